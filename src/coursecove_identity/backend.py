"""The part of the Backend API that the product calls while it answers a request."""

import hmac
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from coursecove_identity.clients import SESSION_ID, Client
from coursecove_identity.cookies import CookieLines
from coursecove_identity.development import DevelopmentIssuer
from coursecove_identity.signing import mint_session_token
from coursecove_identity.site import Target

_LARGEST_BODY = 64 * 1024


class BackendApi:
    """Refreshes and revokes sessions for whoever holds the secret key."""

    def __init__(self, issuer: DevelopmentIssuer) -> None:
        self._issuer = issuer

    def routes(self) -> list[Route]:
        return [
            Route("/v1/sessions/{session_id}/refresh", self.refresh, methods=["POST"]),
            Route("/v1/sessions/{session_id}/revoke", self.revoke, methods=["POST"]),
        ]

    async def refresh(self, request: Request) -> Response:
        if not self._allowed(request):
            return _problem(401, "authentication_invalid", "Unauthorized request")
        body = await _body(request)
        target = self._issuer.target(_text(body, "request_origin"))
        client = self._client(request, _text(body, "refresh_token"), target)
        if client is None or target is None:
            return _problem(404, "resource_not_found", "Session not found")
        lines = CookieLines(self._issuer.site, body.get("suffixed_cookies") is not False)
        token = await fresh_token(self._issuer, client, target)
        if token is None:
            return _problem(404, "resource_not_found", "Session not found")
        cookies = lines.session(token, self._issuer.clients.refresh_token(client, target.origin))
        if body.get("format") == "token":
            return JSONResponse({"object": "token", "jwt": token})
        return JSONResponse({"object": "cookies", "cookies": cookies})

    async def revoke(self, request: Request) -> Response:
        if not self._allowed(request):
            return _problem(401, "authentication_invalid", "Unauthorized request")
        session_id = request.path_params["session_id"]
        if not SESSION_ID.fullmatch(session_id):
            return _problem(404, "resource_not_found", "Session not found")
        self._issuer.clients.end(session_id)
        return JSONResponse({"object": "session", "id": session_id, "status": "revoked"})

    def _allowed(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").encode("utf-8")
        return hmac.compare_digest(given, f"Bearer {self._issuer.secret_key}".encode())

    def _client(self, request: Request, refresh_token: str, target: Target | None) -> Client | None:
        if target is None:
            return None
        client = self._issuer.clients.by_refresh_token(refresh_token, target.origin)
        return client if client and client.session_id == request.path_params["session_id"] else None


async def fresh_token(issuer: DevelopmentIssuer, client: Client, target: Target) -> str | None:
    """A token for a client on one host, unless the person is gone."""
    person = next((one for one in await issuer.people() if one.id == client.person_id), None)
    if person is None:
        return None
    return mint_session_token(
        issuer.key,
        issuer=issuer.issuer,
        subject=person.id,
        session_id=client.session_id,
        origin=target.origin,
        organization=person.membership_at(target.label),
        first_factor_age=client.minutes_old,
    )


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if len(raw) > _LARGEST_BODY:
        return {}
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _problem(status: int, code: str, message: str) -> Response:
    return JSONResponse({"errors": [{"code": code, "message": message, "long_message": message}]}, status)
