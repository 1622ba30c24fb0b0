"""The two addresses that keep and end a session on a school's own host."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coursecove.accounts.sessions import Sessions, SignedIn, add_cookies
from coursecove.kit.web.csrf import CsrfGuard, check_origin

_NEVER_STORED = {"cache-control": "no-store"}


def session_routes(sessions: Sessions, csrf: CsrfGuard, *, after_sign_out: str) -> list[Route]:
    """`POST /auth/refresh` for pages that stay open and `POST /auth/sign-out` for everybody."""

    async def refresh(request: Request) -> Response:
        check_origin(request)
        outcome = await sessions.refresh(request)
        response = Response(status_code=204 if isinstance(outcome, SignedIn) else 401, headers=_NEVER_STORED)
        add_cookies(response, outcome.cookies)
        return response

    async def sign_out(request: Request) -> Response:
        outcome = await sessions.read(request)
        session = outcome.session if isinstance(outcome, SignedIn) else None
        await csrf.check(request, session.session_id if session else None)
        response = RedirectResponse(after_sign_out, 303, _NEVER_STORED)
        add_cookies(response, await sessions.end(session) if session else sessions.forgotten())
        return response

    return [
        Route("/auth/refresh", refresh, methods=["POST"], name="refresh_session"),
        Route("/auth/sign-out", sign_out, methods=["POST"], name="sign_out"),
    ]
