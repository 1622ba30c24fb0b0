"""The first door: only requests for one of our own addresses come in, and they say whose it is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from coursecove.kit.ttl_cache import TtlCache
from coursecove.kit.web.hosts import (
    ForeignHost,
    Host,
    HostProblem,
    HostRefused,
    PublicRoot,
    SchoolHost,
    host_name,
    parse_host,
)

_SUBDOMAIN = b"x-subdomain"
VACANT_SECONDS = 1.0
"""How long an address is taken for vacant before somebody asks again: whoever looked at it may be founding a school there."""


class Labelled(Protocol):
    """What a resolver finds: anything that knows its own label."""

    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Moved:
    """The school that had this address now lives under another label."""

    label: str


Resolver: TypeAlias = Callable[[SchoolHost | ForeignHost], Awaitable[Labelled | Moved | None]]
Refusal: TypeAlias = Callable[[HostRefused], Response]
Vacancy: TypeAlias = Callable[[SchoolHost, str], Response | None]
"""What a label that nobody has answers at a path, where it is anything."""


def plain_refusal(refused: HostRefused) -> Response:
    text = (
        "There is nothing at this address." if refused.status == 404 else "This request cannot be understood."
    )
    return PlainTextResponse(text, refused.status, {"cache-control": "no-store"})


class HostGate:
    """Puts `host`, `origin` and `school` into the request's state, and `x-subdomain` into its headers."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        root: PublicRoot,
        resolve: Resolver,
        refusal: Refusal = plain_refusal,
        any_host: frozenset[str] = frozenset(),
        vacancy: Vacancy = lambda host, path: None,
        seconds: float = 60,
    ) -> None:
        self.vacancy = vacancy
        self.app, self.root, self.refusal, self.any_host = app, root, refusal, any_host
        self.schools: TtlCache[SchoolHost | ForeignHost, Labelled | Moved] = TtlCache(
            resolve, seconds=seconds, absent_seconds=VACANT_SECONDS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        try:
            inside = await self._enter(scope)
        except HostRefused as refused:
            inside = self._refuse(scope, self.refusal(refused))
        await inside(scope, receive, send)

    async def _enter(self, scope: Scope) -> ASGIApp:
        headers = [pair for pair in scope["headers"] if pair[0].lower().replace(b"_", b"-") != _SUBDOMAIN]
        scope["headers"] = headers
        state = scope.setdefault("state", {})
        if scope["path"] in self.any_host:
            return self.app
        if not scope["path"].startswith("/"):
            raise HostRefused(HostProblem.MALFORMED)
        host = parse_host([value for name, value in headers if name.lower() == b"host"], self.root)
        school = await self._school(host)
        if school is None and isinstance(host, SchoolHost | ForeignHost):
            return self._vacant(scope, host)
        if isinstance(school, Moved):
            return self._refuse(scope, self._moved(scope, school))
        state["host"], state["school"] = host, school
        state["origin"] = self.root.origin_of(host_name(host, self.root))
        if school is not None:
            headers.append((_SUBDOMAIN, school.label.encode("ascii")))
        return self.app

    async def _school(self, host: Host) -> Labelled | Moved | None:
        if not isinstance(host, SchoolHost | ForeignHost):
            return None
        return await self.schools.get(host)

    def _vacant(self, scope: Scope, host: SchoolHost | ForeignHost) -> ASGIApp:
        answer = self.vacancy(host, scope["path"]) if isinstance(host, SchoolHost) else None
        if answer is None or scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            raise HostRefused(HostProblem.UNKNOWN)
        return self._refuse(scope, answer)

    def _moved(self, scope: Scope, moved: Moved) -> Response:
        path = scope.get("raw_path") or scope["path"].encode()
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        target = self.root.origin(moved.label) + (path + query).decode("latin-1")
        return RedirectResponse(target, 308, {"cache-control": "no-store"})

    @staticmethod
    def _refuse(scope: Scope, response: Response) -> ASGIApp:
        if scope["type"] == "http":
            return response

        async def close(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "websocket.close", "code": 1008})

        return close
