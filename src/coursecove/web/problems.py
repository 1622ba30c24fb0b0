"""Errors as people see them: one page for every kind, with a reference to quote."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from coursecove.kit.errors import ProblemError, RateLimited, Unauthenticated
from coursecove.kit.ids import new_id
from coursecove.kit.web.render import Page
from coursecove.kit.web.requests_log import note_failure
from coursecove.kit.web.shell import Shell
from coursecove.web.shell import reader_of
from coursecove.web.views import Problem


def problem_page(
    request: Request, error: ProblemError, shell: Shell | None = None, *, sign_in_url: str | None = None
) -> Response:
    """The error's own page, in the person's shell where there is one."""
    if error.status >= 500:
        note_failure(request, error)
    data = Problem(
        error.status,
        error.message,
        reference_of(request),
        home_url="/dashboard" if shell else "/",
        sign_in_url=sign_in_url,
        retry_after=error.retry_after if isinstance(error, RateLimited) else None,
        kind=error.slug(),
    )
    block = "problem" if "hx-request" in request.headers else None
    page = Page("web/errors/problem.html", data, status=error.status, block=block)
    html = request.app.state.templates.render(
        page,
        shell,
        nonce=nonce_of(request),
        reader=reader_of(request, None, shell.csrf_token if shell else ""),
    )
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, RateLimited) else {}
    return HTMLResponse(html, error.status, headers)


def sign_in_first(request: Request) -> Response:
    """To a stranger: the way to sign in as a redirect, for a form that came too late as a page."""
    sessions = request.app.state.sessions
    challenge = sessions.challenge(request)
    if challenge.status != Unauthenticated.status or "hx-request" in request.headers:
        return Response(status_code=challenge.status, headers=challenge.headers)
    response = problem_page(request, Unauthenticated(), sign_in_url=sessions.sign_in_url(request))
    response.headers.update(challenge.headers)
    return response


def reference_of(request: Request) -> str:
    """The request's id, as it stands in the log."""
    known: str | None = getattr(request.state, "request_id", None)
    return known or str(new_id())


def nonce_of(request: Request) -> str:
    nonce: str = getattr(request.state, "csp_nonce", "")
    return nonce
