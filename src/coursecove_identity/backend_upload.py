"""A file in a request: a form with a part named `file`, or the file itself as the body."""

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from coursecove_identity.backend_fields import malformed_request, read_body
from coursecove_identity.faults import missing

_AROUND = 16 * 1024


async def read_file(request: Request, most: int) -> bytes:
    """The bytes, never more than allowed plus what a form puts around them."""
    body = await read_body(request, most + _AROUND)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return body

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        async with Request(request.scope, again).form(max_files=1, max_fields=10) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise missing("file")
            return await file.read()
    except MultiPartException as problem:
        raise malformed_request() from problem
