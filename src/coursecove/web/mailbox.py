"""The edge of the mailbox's host: nobody signs in, and still only its own pages may change anything."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

import coursecove.notifications.pages
from coursecove.kit.db import Database
from coursecove.kit.errors import ProblemError
from coursecove.kit.web.formats import Reader, reading
from coursecove.kit.web.headers import HeaderPolicy
from coursecove.notifications.pages import MailboxRoute
from coursecove.web import places
from coursecove.web.edge import rendered
from coursecove.web.problems import nonce_of, problem_page
from coursecove.web.routes import static_files
from coursecove.web.shell import theme_of

MAILBOX_PAGES: tuple[MailboxRoute, ...] = coursecove.notifications.pages.PAGES
Endpoint = Callable[[Request], Awaitable[Response]]
FRAMING = HeaderPolicy(https=False, sources={"frame-src": ("'self'",)}).content_security()
"""The pages show a mail's HTML in a frame of this very host."""


def mailbox_routes() -> list[BaseRoute]:
    """What answers at the mailbox's address."""
    return [
        *(Route(page.path, _endpoint(page), methods=[page.method], name=page.name) for page in MAILBOX_PAGES),
        Route("/account/theme", places.set_theme, methods=["POST"]),
        static_files(),
    ]


def _endpoint(route: MailboxRoute) -> Endpoint:
    async def answer(request: Request) -> Response:
        state = request.app.state
        reader = Reader(theme=theme_of(request), csrf_token=state.csrf.token(None, request.state.origin))
        reading.set(reader)
        try:
            await state.csrf.check(request, None)
            async with _transaction(state.database, route) as db:
                given = await route.handler(request, db)
                response = given if isinstance(given, Response) else rendered(request, given, None, reader)
        except ProblemError as problem:
            return problem_page(request, problem)
        response.headers.setdefault("content-security-policy", FRAMING.format(nonce=nonce_of(request)))
        return response

    answer.__name__ = route.name
    return answer


def _transaction(database: Database, route: MailboxRoute) -> AbstractAsyncContextManager[Any]:
    return database.service() if route.method == "POST" else database.service_read()
