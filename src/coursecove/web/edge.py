"""The edge of every school's page: session, transaction, permission, page or problem, answer."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote, unquote

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from coursecove.accounts.access import (
    OPEN_MEMBER,
    Answer,
    Download,
    Media,
    Member,
    NotAMember,
    PageRoute,
    Redirect,
    Stream,
    member_from,
    require,
)
from coursecove.accounts.noting import keep_notes
from coursecove.accounts.outside import Outside
from coursecove.accounts.provisioning import provision_me
from coursecove.accounts.sessions import SignedIn, SignedOut, add_cookies
from coursecove.accounts.views import NotAMember as NotAMemberPage
from coursecove.accounts.wording import role_word
from coursecove.kit.db import Claims, Database, ReadDb
from coursecove.kit.errors import ProblemError
from coursecove.kit.web.cookies import expired_cookie, own_name, set_cookie
from coursecove.kit.web.formats import Reader, reading
from coursecove.kit.web.redirects import safe_path
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import SchoolLink, Shell
from coursecove.web.media import media
from coursecove.web.problems import nonce_of, problem_page, reference_of, sign_in_first
from coursecove.web.shell import reader_of, shell_of, theme_of

Endpoint = Callable[[Request], Awaitable[Response]]
SIGN_OUT = "/session/end"
log = structlog.get_logger()


def endpoint(route: PageRoute) -> Endpoint:
    """The declared page as something that a router can call."""

    async def answer(request: Request) -> Response:
        try:
            return await _answer(route, request)
        finally:
            await request.close()  # files that were sent

    answer.__name__ = route.name
    return answer


async def _answer(route: PageRoute, request: Request) -> Response:
    outcome = await request.app.state.sessions.read(request)
    if isinstance(outcome, SignedIn):
        request.state.session = outcome.session
        response = await _as_person(route, request)
    elif isinstance(outcome, SignedOut):
        response = sign_in_first(request)
    else:
        response = RedirectResponse(outcome.location, outcome.status)
    add_cookies(response, outcome.cookies)
    return response


async def _as_person(route: PageRoute, request: Request) -> Response:
    """The page inside its transaction, which commits before the answer leaves."""
    state = request.app.state
    session = request.state.session
    claims = Claims(session.subject, request.state.school.id, session.session_id)
    request.state.theme = theme_of(request)
    try:
        await state.csrf.check(request, session.session_id)
        if route.call is not None:
            opened = await route.call(state.database, claims)
            shell = _enter(route, request, member_from(opened.me))
            return rendered(request, route.handler(request, opened.data, request.state.me), shell)
        if route.outside:
            return await _outside(route, request, claims)
        async with _transaction(state.database, route, claims) as db:
            shell = _enter(route, request, member_from(db.opened))
            response = rendered(request, await route.handler(request, db, request.state.me), shell)
        await keep_notes(state.database, claims, request)
    except NotAMember:
        return await _not_a_member(request, claims)
    except ProblemError as problem:
        return problem_page(request, problem, getattr(request.state, "shell", None))
    return response


async def _outside(route: PageRoute, request: Request, claims: Claims) -> Response:
    """A page that calls the provider: its own transactions are over before and after each call."""
    state = request.app.state
    async with state.database.read(claims, OPEN_MEMBER) as db:
        shell = _enter(route, request, member_from(db.opened))
    work = Outside(state.database, claims, allow=route.allow, identity=state.identity, learn=state.learn)
    response = rendered(request, await route.handler(request, work, request.state.me), shell)
    await keep_notes(state.database, claims, request)
    return response


def _enter(route: PageRoute, request: Request, me: Member) -> Shell:
    """The member's own shell, kept for a problem page; then the permission, so that a refusal has a shell."""
    session_id = request.state.session.session_id
    csrf_token = request.app.state.csrf.token(session_id, request.state.origin)
    reading.set(reader_of(request, me, csrf_token))
    shell = request.state.shell = shell_of(request, me, csrf_token)
    request.state.me = me
    in_person = request.state.session.impersonator is None
    require(me, route.allow, writes=route.writes, in_person=in_person)
    return shell


def _transaction(database: Database, route: PageRoute, claims: Claims) -> AbstractAsyncContextManager[Any]:
    return database.write(claims, OPEN_MEMBER) if route.writes else database.read(claims, OPEN_MEMBER)


def rendered(request: Request, answer: Answer, shell: Shell | None, reader: Reader | None = None) -> Response:
    """The answer as a response: a page or its fragment, a file, or a redirect that carries its toast."""
    secure = request.app.state.root.secure
    name = own_name("toast", secure=secure)
    if isinstance(answer, Download | Stream):
        return _file(answer)
    if isinstance(answer, Media):
        return media(request, answer)
    if isinstance(answer, Redirect):
        response: Response = RedirectResponse(answer.to, 303)
        if "hx-request" in request.headers and not answer.to.startswith("/"):
            response = Response(headers={"hx-redirect": answer.to})  # script may not follow to another host
        if answer.toast:
            carried = f"{quote(answer.toast)}&{quote(answer.undo or '')}"
            add_cookies(response, [set_cookie(name, carried, secure=secure, max_age=30)])
        add_cookies(response, answer.cookies)
        return response
    said, _, undo = request.cookies.get(name, "").partition("&")
    said, undo = unquote(said)[:200], safe_path(unquote(undo), default="")
    if answer.toast:
        said, undo = answer.toast, answer.undo or ""
    fragment = answer.block if "hx-request" in request.headers else None
    page = Page(answer.template, answer.data, fragment, answer.status, said or None, undo or None)
    html = request.app.state.templates.render(page, shell, nonce=nonce_of(request), reader=reader)
    response = HTMLResponse(html, page.status, {"vary": "HX-Request"})
    if name in request.cookies:
        add_cookies(response, [expired_cookie(name, secure=secure)])
    return response


def _file(file: Download | Stream) -> Response:
    name = quote(file.name)
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "no-store"}
    if isinstance(file, Stream):
        headers |= {
            "content-length": str(file.size),
            "content-encoding": "identity",
        }  # it is compressed already
        return StreamingResponse(file.pieces, media_type=file.media_type, headers=headers)
    return Response(file.body, media_type=file.media_type, headers=headers)


MY_SCHOOLS = "select label, name, role from app.my_schools()"


async def _not_a_member(request: Request, claims: Claims) -> Response:
    """Signed in but a stranger here: says nothing of this school, and shows the way to the person's own."""
    state = request.app.state
    async with state.database.write(claims) as db:
        if await db.value("select auth.uid() is null"):
            await provision_me(db)
    async with state.database.read(claims) as db:
        schools = await _own_schools(request, db)
        email = await db.value("select coalesce(email, '') from users limit 1") or ""
    csrf_token = state.csrf.token(claims.session_id, request.state.origin)
    data = NotAMemberPage(email, schools, SIGN_OUT, reference_of(request))
    page = Page("accounts/not_a_member.html", data, status=403)
    reader = reader_of(request, None, csrf_token)
    return HTMLResponse(state.templates.render(page, None, nonce=nonce_of(request), reader=reader), 403)


async def _own_schools(request: Request, db: ReadDb) -> tuple[SchoolLink, ...]:
    root = request.app.state.root
    rows = await (await db.connection()).fetch(MY_SCHOOLS)
    return tuple(
        SchoolLink(
            row["name"], row["label"], role_word(row["role"]), f"{root.origin(row['label'])}/dashboard"
        )
        for row in rows
    )
