"""Errors as programs read them: problem+json (RFC 9457), made in one place from our family of errors."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from coursecove.kit.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    ProblemError,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from coursecove.kit.ids import new_id

MEDIA_TYPE = "application/problem+json"


class MethodNotAllowed(ProblemError):
    """This address does not take that method."""

    status = 405


class MalformedBody(BadRequest):
    """The body is not JSON that can be read."""


class FieldProblem(BaseModel):
    """What is wrong with one part of the request."""

    part: str = Field(serialization_alias="in", description="`body`, `query`, `path`, `header` or `cookie`.")
    pointer: str = Field(description="JSON pointer to the value within that part.", examples=["#/time_zone"])
    message: str


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457)."""

    type: str = Field(description="Which problem this is; the same for every occurrence.")
    title: str
    status: int
    detail: str | None = Field(None, description="What was special about this occurrence.")
    request_id: str = Field(description="Quote this when you ask for help.")
    errors: list[FieldProblem] | None = Field(None, description="The values that cannot be used, one by one.")


class InvalidInput(Invalid):
    """Some of what was sent cannot be used. Nothing was changed."""

    def __init__(self, errors: list[FieldProblem]) -> None:
        super().__init__(fields={error.pointer.removeprefix("#/"): error.message for error in errors})
        self.errors = errors


def problem_of(error: ProblemError, request_id: str) -> Problem:
    """The problem that an error is, without anything that the reader may not know."""
    kind = type(error)
    return Problem(
        type=problem_type(kind),
        title=kind.title(),
        status=error.status,
        detail=error.message if error.message != kind.title() else None,
        request_id=request_id,
        errors=_field_problems(error) or None,
    )


def problem_type(kind: type[ProblemError]) -> str:
    """`/problems/accounts/not-a-member`: the domain that owns the error, and its name."""
    parts = kind.__module__.split(".")
    domain = parts[1] if len(parts) > 1 and parts[1] != "kit" else "general"
    return f"/problems/{domain}/{kind.slug()}"


def problem_response(request: Request, error: ProblemError) -> Response:
    """The answer to a program whose request ended in this error."""
    body = problem_of(error, request_id(request)).model_dump_json(by_alias=True, exclude_none=True)
    return Response(body, error.status, _headers(error), media_type=MEDIA_TYPE)


def request_id(request: Request) -> str:
    """What the request is called in our logs."""
    given = getattr(request.state, "request_id", None)
    if given is None:
        given = request.state.request_id = new_id()
    return str(given)


def from_http(failure: HTTPException) -> ProblemError:
    """The framework's own refusals in our family."""
    return _BY_STATUS.get(failure.status_code, BadRequest)()


def from_validation(failure: RequestValidationError) -> ProblemError:
    """A malformed id is nobody's id; JSON that cannot be read is no JSON; the rest is said value by value."""
    errors: list[Mapping[str, Any]] = list(failure.errors())
    if any(error["loc"][0] == "path" for error in errors):
        return NotFound()
    if any(error["type"] == "json_invalid" for error in errors):
        return MalformedBody()
    return InvalidInput([_field_problem(error) for error in errors[:50]])


def _headers(error: ProblemError) -> dict[str, str]:
    headers = {"cache-control": "no-store"}
    if isinstance(error, RateLimited):
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    return headers


def _field_problems(error: ProblemError) -> list[FieldProblem]:
    if isinstance(error, InvalidInput):
        return error.errors
    return [
        FieldProblem(part="body", pointer=_pointer((name,)), message=message)
        for name, message in error.fields.items()
    ]


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    part, *way = error["loc"]
    message = str(error["msg"]).removeprefix("Value error, ")
    return FieldProblem(part=str(part), pointer=_pointer(way), message=_printable(message))


def _pointer(way: Iterable[object]) -> str:
    return "#" + "".join("/" + _printable(str(step)).replace("~", "~0").replace("/", "~1") for step in way)


def _printable(text: str) -> str:
    """Names sent by strangers may hold halves of letters, which no JSON can carry."""
    return text[:200].encode("utf-8", "replace").decode("utf-8")


_BY_STATUS: dict[int, type[ProblemError]] = {
    kind.status: kind
    for kind in (
        Unauthenticated,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        Conflict,
        Gone,
        TooLarge,
        Invalid,
        RateLimited,
        Unavailable,
        ProblemError,
    )
}
