"""The edge of the Backend API: who calls, how often, and how answers and refusals look."""

import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeAlias

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from coursecove_identity.backend_fields import Fields, Query, read_object
from coursecove_identity.faults import (
    Fault,
    NotFound,
    NotNow,
    Refused,
    TooOften,
    Unauthorized,
    malformed,
    not_found,
    taken,
)
from coursecove_identity.provider import Provider
from coursecove_identity.store import Connection

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TAKEN = {
    "users_external_id_key": "external_id",
    "users_username_unique": "username",
    "email_addresses_one_owner": "email_address",
    "organizations_slug_unique": "slug",
}

_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
)


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated call."""

    provider: Provider
    request: Request
    query: Query

    def id(self, name: str) -> str:
        """An id in the path; one that cannot be any is like one that is not there."""
        value = str(self.request.path_params[name])
        if not _ID.fullmatch(value):
            raise not_found(name.removesuffix("_id").replace("_", " "), "")
        return value

    async def body(self) -> Fields:
        return await read_object(self.request)

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        return self.provider.store.transaction()

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        return self.provider.store.reading()


Handler: TypeAlias = Callable[[Call], Awaitable[object]]


@dataclass(slots=True)
class Window:
    """Calls within spans of ten seconds; one process counts for itself."""

    most: int = 1000
    seconds: float = 10
    _began: float = field(default_factory=monotonic)
    _counted: int = 0

    def count(self) -> Mapping[str, str]:
        """One more call; the headers that tell the caller how many are left."""
        now = monotonic()
        if now >= self._began + self.seconds:
            self._began, self._counted = now, 0
        self._counted += 1
        reset = max(1, int(self._began + self.seconds - now + 0.999))
        if self._counted > self.most:
            said = "Too many requests. Please try again in a bit."
            raise TooOften(Fault("too_many_requests", "Too many requests", said), retry_after=reset)
        left = self.most - self._counted
        return {
            "x-ratelimit-limit": str(self.most),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(reset),
        }


class Edge:
    """Turns handlers into routes of one provider."""

    def __init__(self, provider: Provider, *, window: Window | None = None) -> None:
        self._provider, self._window = provider, window or Window()

    def route(self, method: str, path: str, handler: Handler, *, counted: bool = True) -> Route:
        """`counted` is off for what every page view may ask: it must not lock the product out."""

        async def answer(request: Request) -> Response:
            try:
                self._check_key(request)
                headers = self._window.count() if counted else {}
                return JSONResponse(
                    await handler(Call(self._provider, request, Query(request.query_params))), headers=headers
                )
            except Refused as refused:
                return refusal(refused)
            except asyncpg.UniqueViolationError as used:
                name = _TAKEN.get(used.constraint_name or "")
                if name is None:
                    raise
                return refusal(taken(name))
            except asyncpg.CheckViolationError as bad:
                return refusal(malformed("request", f"A value cannot be kept: {bad.constraint_name}."))
            except _AWAY:
                said = "The service does not answer right now. Please try again in a moment."
                return refusal(NotNow(Fault("service_unavailable", "Service unavailable", said)))

        return Route(f"/v1{path}", answer, methods=[method])

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        kind, _, key = given.partition(" ")
        if not given:
            said = "Unable to authenticate the request, you need to supply a secret key"
            raise Unauthorized(Fault("authentication_invalid", "Invalid authentication", said))
        if kind.lower() != "bearer" or not key.strip():
            said = "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'"
            raise Unauthorized(
                Fault("authorization_header_format_invalid", "Invalid Authorization header format", said)
            )
        if not hmac.compare_digest(key.strip().encode(), self._provider.secret_key.encode()):
            said = (
                "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct."
            )
            raise Unauthorized(Fault("clerk_key_invalid", said, said))


async def nothing_here(request: Request) -> Response:
    """Whatever Clerk offers and this provider does not."""
    said = f"{request.method} {request.url.path} is not offered here."
    return refusal(NotFound(Fault("resource_not_found", "Resource not found", said)))


def refusal(refused: Refused) -> JSONResponse:
    """An error as Clerk writes it."""
    body = {"errors": [fault.json() for fault in refused.faults], "clerk_trace_id": secrets.token_hex(16)}
    return JSONResponse(body, refused.status, headers=refused.headers)


def page(data: list[dict[str, object]], total: int) -> dict[str, object]:
    """A list with its whole length."""
    return {"data": data, "total_count": total}
