"""The edge of the operator's host: the same sessions, another list of who may enter, the service client."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

import coursecove.backoffice.pages
import coursecove.backoffice.webhooks_pages
from coursecove import demo
from coursecove.accounts.sessions import SignedIn, SignedOut, add_cookies
from coursecove.backoffice.access import Operator, OperatorRoute, check_operator
from coursecove.backoffice.queries import operator
from coursecove.kit.db import Database
from coursecove.kit.errors import ProblemError
from coursecove.kit.web.formats import reading
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.names import OPERATOR
from coursecove.kit.web.shell import NavGroup, NavItem, Person, School, Shell
from coursecove.settings import Settings
from coursecove.web import places
from coursecove.web.edge import rendered
from coursecove.web.problems import problem_page
from coursecove.web.routes import static_files
from coursecove.web.shell import theme_of

OPERATOR_PAGES: tuple[OperatorRoute, ...] = (
    *coursecove.backoffice.pages.PAGES,
    *coursecove.backoffice.webhooks_pages.PAGES,
)
Endpoint = Callable[[Request], Awaitable[Response]]


def operator_routes() -> list[BaseRoute]:
    """What answers at the operator's address."""
    return [
        *(
            Route(page.path, _endpoint(page), methods=[page.method], name=page.name)
            for page in OPERATOR_PAGES
        ),
        Route("/account/theme", places.set_theme, methods=["POST"]),
        Route("/session/end", places.end_session, methods=["POST"]),
        Route("/auth/refresh", places.refresh, methods=["POST"]),
        static_files(),
    ]


def operators(settings: Settings) -> frozenset[str]:
    """Who is set; in development, while nobody is, the operator of the cast."""
    if settings.operator_ids or not settings.in_development:
        return settings.operator_ids
    return frozenset({demo.OPERATOR.external_id})


def _endpoint(route: OperatorRoute) -> Endpoint:
    async def answer(request: Request) -> Response:
        outcome = await request.app.state.sessions.read(request)
        if isinstance(outcome, SignedIn):
            request.state.session = outcome.session
            response = await _as_operator(route, request)
        elif isinstance(outcome, SignedOut):
            challenge = request.app.state.sessions.challenge(request)
            response = Response(status_code=challenge.status, headers=challenge.headers)
        else:
            response = RedirectResponse(outcome.location, outcome.status)
        add_cookies(response, outcome.cookies)
        return response

    answer.__name__ = route.name
    return answer


async def _as_operator(route: OperatorRoute, request: Request) -> Response:
    """The page inside its transaction, which commits before the answer leaves."""
    state, session = request.app.state, request.state.session
    shell: Shell | None = None
    try:
        check_operator(session, operators(state.settings))
        await state.csrf.check(request, session.session_id)
        async with _transaction(state.database, route) as db:
            me = await operator(db, session.subject)
            shell = _shell(request, me, state.csrf.token(session.session_id, request.state.origin))
            reading.set(shell.reader)
            return rendered(request, await route.handler(request, db, me), shell)
    except ProblemError as problem:
        return problem_page(request, problem, shell)


def _transaction(database: Database, route: OperatorRoute) -> AbstractAsyncContextManager[Any]:
    return database.service() if route.writes else database.service_read()


def _shell(request: Request, me: Operator, csrf_token: str) -> Shell:
    return Shell(
        school=School("CourseCove", OPERATOR),
        person=Person(me.name or _("Operator"), me.email, _("Operator")),
        nav=(
            NavGroup(
                _("Operate"),
                (
                    NavItem(_("Overview"), "layout-dashboard", "/"),
                    NavItem(_("Webhooks"), "inbox", "/webhooks"),
                ),
            ),
        ),
        path=request.url.path,
        theme=theme_of(request),
        csrf_token=csrf_token,
        account_url=None,
    )
