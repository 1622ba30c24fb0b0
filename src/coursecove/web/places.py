"""Endpoints that are no page of a domain: the landing page, theme, sign-out, refresh, the school's colours."""

import re

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from coursecove import demo
from coursecove.accounts.sessions import SignedIn, add_cookies
from coursecove.kit.errors import ProblemError
from coursecove.kit.web.branding import stylesheet
from coursecove.kit.web.cookies import set_cookie
from coursecove.kit.web.csrf import check_origin
from coursecove.kit.web.redirects import safe_path
from coursecove.kit.web.render import Page
from coursecove.web.problems import nonce_of, problem_page
from coursecove.web.shell import THEMES, reader_of
from coursecove.web.views import DemoSchool, Landing

COLOUR = re.compile("[0-9a-f]{6}")
ABOUT = {
    "musicschool": ("Teachers, families and students of a music school.", "music"),
    "yogastudio": ("A studio with its teachers and members.", "flower-2"),
}


async def landing(request: Request) -> Response:
    """The apex: what CourseCove is, and in development the way into the two demo schools."""
    state = request.app.state
    demos = (
        tuple(
            DemoSchool(school.name, f"{state.root.origin(school.label)}/dashboard", *ABOUT[school.label])
            for school in demo.SCHOOLS
        )
        if state.settings.in_development
        else ()
    )
    page = Page("web/landing.html", Landing(state.endpoints.sign_in, demos))
    return HTMLResponse(
        state.templates.render(page, None, nonce=nonce_of(request), reader=reader_of(request, None))
    )


async def home(request: Request) -> Response:
    """A school's root leads to the dashboard."""
    return RedirectResponse("/dashboard", 303)


async def set_theme(request: Request) -> Response:
    """Remember the theme in this browser and go back to where the person was."""
    try:
        check_origin(request)
    except ProblemError as problem:
        return problem_page(request, problem)
    form = await request.form()
    chosen = str(form.get("theme", "system"))
    answer: Response = (
        Response(status_code=204)
        if "hx-request" in request.headers
        else RedirectResponse(_back(request), 303)
    )
    secure = request.app.state.root.secure
    theme = chosen if chosen in THEMES else "system"
    add_cookies(answer, [set_cookie("theme", theme, secure=secure, max_age=31_536_000)])
    return answer


async def end_session(request: Request) -> Response:
    """Sign out everywhere: the provider ends the session, this browser forgets it."""
    state = request.app.state
    response = RedirectResponse(state.root.origin() + "/", 303)
    try:
        check_origin(request)
        outcome = await state.sessions.read(request)
        if isinstance(outcome, SignedIn):
            await state.csrf.check(request, outcome.session.session_id)
            add_cookies(response, await state.sessions.end(outcome.session))
        else:
            add_cookies(response, state.sessions.forgotten())
    except ProblemError as problem:
        return problem_page(request, problem)
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


async def refresh(request: Request) -> Response:
    """A fresh token for a page that stays open; 204, or 401 when the session is over."""
    try:
        check_origin(request)
        outcome = await request.app.state.sessions.refresh(request)
    except ProblemError as problem:
        return Response(status_code=problem.status)
    response = Response(status_code=204 if isinstance(outcome, SignedIn) else 401)
    add_cookies(response, outcome.cookies)
    return response


async def brand_css(request: Request) -> Response:
    """A colour as custom properties. The address names it, so that a changed one is seen at once."""
    named = COLOUR.fullmatch(request.query_params.get("v", ""))
    colour = f"#{named[0]}" if named else request.state.school.brand_color
    freshness = "public, max-age=31536000, immutable" if named else "public, max-age=300"
    return Response(stylesheet(colour), media_type="text/css", headers={"cache-control": freshness})


def _back(request: Request) -> str:
    referrer = request.headers.get("referer", "")
    origin: str = request.state.origin
    return safe_path(referrer.removeprefix(origin)) if referrer.startswith(f"{origin}/") else "/"
