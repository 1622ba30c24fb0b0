"""The provider as one application, for the host `id.<root>`."""

import secrets
from collections.abc import Sequence
from typing import Protocol

import asyncpg
import structlog
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coursecove_identity import webhooks, words
from coursecove_identity.cookies import is_repeated
from coursecove_identity.pages.account import AccountPages
from coursecove_identity.pages.endpoints import Endpoints
from coursecove_identity.pages.factors import FactorPages
from coursecove_identity.pages.frame import Frame, visitor
from coursecove_identity.pages.invitations import InvitationPages
from coursecove_identity.pages.leaving import LeavingPages
from coursecove_identity.pages.one_click import OneClickPages
from coursecove_identity.pages.passkey import PasskeyPages
from coursecove_identity.pages.reset import ResetPages
from coursecove_identity.pages.school import SchoolPages
from coursecove_identity.pages.security import SecurityPages
from coursecove_identity.pages.sign_in import SignInPages
from coursecove_identity.pages.sign_up import SignUpPages
from coursecove_identity.provider import Provider

LARGEST_BODY = 6 * 1024 * 1024
_log = structlog.get_logger("coursecove.identity")


def identity_app(provider: Provider, more: Sequence[BaseRoute] = ()) -> Starlette:
    """Pages and endpoints; `more` are routes that others add, the Backend API for one."""
    frame = Frame(provider)

    async def not_here(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return await frame.page(request, "problem.html", status)

    async def busy(request: Request, error: Exception) -> Response:
        """The database does not answer, or another change was under way: nothing was done."""
        _log.warning("identity_unavailable", reason=type(error).__name__)
        request.state.failure = error
        response = await frame.page(request, "busy.html", 503)
        response.headers["retry-after"] = "5"
        return response

    return Starlette(
        routes=[*_routes(frame), *more],
        middleware=[Middleware(AroundPages, provider=provider)],
        exception_handlers={
            HTTPException: not_here,
            asyncpg.PostgresConnectionError: busy,
            asyncpg.InterfaceError: busy,
            asyncpg.QueryCanceledError: busy,
            asyncpg.LockNotAvailableError: busy,
            TimeoutError: busy,
            OSError: busy,
        },
    )


def page_routes(provider: Provider) -> list[BaseRoute]:
    """Every address that the pages and endpoints answer."""
    return _routes(Frame(provider))


class Pages(Protocol):
    """A group of pages."""

    def routes(self) -> list[Route]: ...


def _routes(frame: Frame) -> list[BaseRoute]:
    sign_in = SignInPages(frame)
    pages: list[Pages] = [
        Endpoints(frame),
        sign_in,
        PasskeyPages(frame, sign_in),
        SchoolPages(frame, sign_in),
        SignUpPages(frame, sign_in),
        ResetPages(frame),
        LeavingPages(frame),
        AccountPages(frame),
        SecurityPages(frame),
        FactorPages(frame),
        InvitationPages(frame),
    ]
    if frame.provider.around.one_click:
        pages.append(OneClickPages(frame, sign_in))
    return [route for each in pages for route in each.routes()]


class AroundPages:
    """Strict headers on every answer, a limit on every body, and who asks for whoever has to know."""

    def __init__(self, app: ASGIApp, *, provider: Provider) -> None:
        self.app, self._provider = app, provider
        root = provider.site.origin()
        below = root.replace("://", "://*.", 1)
        self._policy = (
            "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
            "script-src 'nonce-{nonce}'; "
            f"form-action 'self' {root} {below}; base-uri 'none'; frame-ancestors 'none'"
        )
        self._headers = {
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["script_nonce"] = nonce
        request = Request(scope)
        words.speak(request.headers.get("accept-language", ""))
        who = visitor(request)
        webhooks.caller.set(webhooks.Caller(who.ip_address or "", who.user_agent or ""))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", self._policy.format(nonce=nonce))
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                for line in self._unplanted(request):
                    headers.append("set-cookie", line)
            await send(message)

        await self.app(scope, _limited(receive), send_with_headers)

    def _unplanted(self, request: Request) -> list[str]:
        lines = self._provider.cookies
        name = lines.name("__client")
        if not is_repeated("; ".join(request.headers.getlist("cookie")), name):
            return []
        return lines.unplanted(name, request.url.path)


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise HTTPException(413)
        return message

    return limited
