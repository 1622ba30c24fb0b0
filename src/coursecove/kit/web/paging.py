"""The ways on from one page of a list, as addresses in the body and as Link headers (RFC 8288)."""

from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from coursecove.kit.cursors import Slice

R = TypeVar("R")

CursorQuery = Annotated[str | None, Query(max_length=1000, description="Where the list goes on.")]
Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]


@dataclass(frozen=True, slots=True)
class Ways:
    """Addresses of the neighbouring pages, with everything else that was asked for."""

    next: str | None
    previous: str | None


def ways_on(request: Request, response: Response, found: Slice[R]) -> Ways:
    """The neighbouring pages, which the Link header of the answer names too."""
    ways = Ways(_address(request, found.following), _address(request, found.previous))
    named = {"next": ways.next, "prev": ways.previous}
    links = [f'<{address}>; rel="{name}"' for name, address in named.items() if address]
    if links:
        response.headers["link"] = ", ".join(links)
    return ways


def _address(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    url = request.url.include_query_params(cursor=cursor)
    return f"{url.path}?{url.query}"
