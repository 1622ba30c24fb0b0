"""No body grows past its limit, whether it said its length or not."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coursecove.kit.errors import TooLarge


def says_too_much(scope: Scope, largest: int) -> bool:
    """Does the request announce a longer body than it may have?"""
    value: bytes = dict(scope["headers"]).get(b"content-length", b"")
    return value.isdigit() and len(value) < 20 and int(value) > largest


class BodyLimit:
    """A site whose requests have a limit; what comes beyond it is the site's own 413.

    `larger` says which addresses take more.
    """

    def __init__(
        self, app: ASGIApp, largest: int, larger: Mapping[re.Pattern[str], int] = MappingProxyType({})
    ) -> None:
        self._app, self._largest, self._larger = app, largest, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            nothing = -1  # so that the first read refuses, without taking what was announced
            largest = self._largest_at(scope["path"])
            receive = Counting(receive, nothing if says_too_much(scope, largest) else largest)
        await self._app(scope, receive, send)

    def _largest_at(self, path: str) -> int:
        return next((most for place, most in self._larger.items() if place.fullmatch(path)), self._largest)


class Counting:
    """A `receive` that refuses a body which grows past the limit without having said so."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self._receive, self._left = receive, largest

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(TooLarge.status)
        return message
