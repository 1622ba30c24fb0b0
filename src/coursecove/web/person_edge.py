"""The edge of pages for persons: the same sessions, and a transaction that belongs to no school."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coursecove.accounts.person_access import OPEN_PERSON, PersonRoute, person_from
from coursecove.accounts.provisioning import provision_me
from coursecove.accounts.sessions import SignedIn, SignedOut, add_cookies
from coursecove.kit.db import Claims, Database
from coursecove.kit.errors import Forbidden, ProblemError
from coursecove.kit.web.formats import reading
from coursecove.web.edge import rendered
from coursecove.web.problems import problem_page
from coursecove.web.shell import reader_of


def person_route(page: PersonRoute) -> Route:
    async def answer(request: Request) -> Response:
        try:
            return await _answer(page, request)
        finally:
            await request.close()  # files that were sent

    return Route(page.path, answer, methods=[page.method], name=page.name)


async def _answer(route: PersonRoute, request: Request) -> Response:
    sessions = request.app.state.sessions
    outcome = await sessions.read(request)
    if isinstance(outcome, SignedIn):
        request.state.session = outcome.session
        response = await _as_person(route, request)
    elif isinstance(outcome, SignedOut):
        challenge = sessions.challenge(request, joins=route.joins)
        response = Response(status_code=challenge.status, headers=challenge.headers)
    else:
        response = RedirectResponse(outcome.location, outcome.status)
    add_cookies(response, outcome.cookies)
    return response


async def _as_person(route: PersonRoute, request: Request) -> Response:
    """The page inside its transaction, which commits before the answer leaves."""
    state, session = request.app.state, request.state.session
    claims = Claims(session.subject, None, session.session_id)
    reader = reader_of(request, None, state.csrf.token(session.session_id, request.state.origin))
    reading.set(reader)
    try:
        await state.csrf.check(request, session.session_id)
        async with _transaction(state.database, route, claims) as db:
            if db.opened is not None:
                return rendered(
                    request, await route.handler(request, db, person_from(db.opened)), None, reader
                )
        async with state.database.write(claims) as db:
            await provision_me(db)
        async with _transaction(state.database, route, claims) as db:
            me = person_from(db.opened or _refused())
            return rendered(request, await route.handler(request, db, me), None, reader)
    except ProblemError as problem:
        return problem_page(request, problem)


def _refused() -> str:
    """An account that was deleted keeps its session for a moment."""
    raise Forbidden


def _transaction(database: Database, route: PersonRoute, claims: Claims) -> AbstractAsyncContextManager[Any]:
    return database.write(claims, OPEN_PERSON) if route.writes else database.read(claims, OPEN_PERSON)
