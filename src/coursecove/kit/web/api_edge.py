"""The outermost layer of a JSON API: bodies have a limit, HEAD is GET without a body, headers join the answer."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coursecove.kit.errors import TooLarge
from coursecove.kit.web.body_limit import Counting, says_too_much
from coursecove.kit.web.problems import problem_response


class ApiEdge:
    """Gives every request `state.answer_headers`, a list that whoever answers it adds to."""

    def __init__(self, app: ASGIApp, *, largest_body: int) -> None:
        self.app, self.largest_body = app, largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers: list[tuple[str, str]] = []
        scope.setdefault("state", {})["answer_headers"] = headers
        answering = _Answering(send, headers, empty=scope["method"] == "HEAD")
        if says_too_much(scope, self.largest_body):
            await problem_response(Request(scope), TooLarge())(scope, receive, answering)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self.app(scope, Counting(receive, self.largest_body), answering)


class _Answering:
    """Adds the headers, and withholds the body of an answer to HEAD."""

    def __init__(self, send: Send, headers: list[tuple[str, str]], *, empty: bool) -> None:
        self._send, self._headers, self._empty = send, headers, empty

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("cache-control", "private, no-cache")
            headers.add_vary_header("Authorization, Cookie")
            for name, value in self._headers:
                headers.append(name, value)
        elif self._empty:
            message = {**message, "body": b""}
        await self._send(message)
