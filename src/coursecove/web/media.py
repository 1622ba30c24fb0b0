"""A file of a lesson as a response: whole or a stretch of it (RFC 9110, 14), and in no case something that runs."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from coursecove.accounts.access import Media

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
NOTHING_RUNS = "default-src 'none'; sandbox"


def media(request: Request, answer: Media) -> Response:
    """Not kept by others than the reader's own browser, and there for a few minutes, since rights end."""
    tag = f'"{answer.digest[:32]}"'
    kind = "inline" if answer.inline else "attachment"
    headers = {
        "accept-ranges": "bytes",
        "etag": tag,
        "cache-control": "private, max-age=300",
        "content-disposition": f"{kind}; filename*=UTF-8''{quote(answer.name)}",
        "content-security-policy": NOTHING_RUNS,
        "content-encoding": "identity",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range", "")
    if request.headers.get("if-range", tag) != tag or not _RANGE.fullmatch(asked):
        headers["content-length"] = str(answer.size)
        return StreamingResponse(answer.pieces(0, answer.size), media_type=answer.type, headers=headers)
    start, end = _stretch(asked, answer.size)
    if start >= end:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{answer.size}"})
    headers |= {"content-range": f"bytes {start}-{end - 1}/{answer.size}", "content-length": str(end - start)}
    return StreamingResponse(answer.pieces(start, end - start), 206, headers, answer.type)


def _stretch(asked: str, size: int) -> tuple[int, int]:
    """The first byte and the one after the last; an empty stretch where there is none."""
    found = _RANGE.fullmatch(asked)
    first, last = found.groups() if found else ("", "")
    if not first:
        return (max(0, size - int(last)), size) if last and int(last) else (0, 0)
    return int(first), min(size, int(last) + 1 if last else size)
