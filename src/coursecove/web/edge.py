"""The edge of every page: session in, transaction around, permission checked, errors rendered, answer out."""

import structlog
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import Response

from coursecove.accounts.access import PageRoute
from coursecove.accounts.sessions import SignedIn, SignedOut, add_cookies

log = structlog.get_logger()


class Edge:
    """Turns a declared page into an endpoint."""

    def __init__(self, state: State) -> None:
        self.state = state

    async def answer(self, route: PageRoute, request: Request) -> Response:
        """Sign in if needed, then the page, or the problem it met, with the person's own shell around it."""
        outcome = await self.state.sessions.read(request)
        if isinstance(outcome, SignedOut):
            challenge = self.state.sessions.challenge(request)
            response = Response(status_code=challenge.status, headers=challenge.headers)
        elif isinstance(outcome, SignedIn):
            response = await self._as_person(route, request, outcome)
        else:
            response = Response(status_code=outcome.status, headers=outcome.headers)
        add_cookies(response, outcome.cookies)
        return response
