"""The Backend API's calls about sessions and keys."""

from coursecove_identity import clients, organizations, sessions, shapes, tokens, users
from coursecove_identity.backend_edge import Call, Edge
from coursecove_identity.backend_lists import SESSIONS
from coursecove_identity.cookies import CookieLines
from coursecove_identity.faults import (
    Fault,
    Forbidden,
    NotFound,
    NotPossible,
    Unauthorized,
    not_found,
    wrong_value,
)

STATUSES = ("abandoned", "active", "ended", "expired", "pending", "removed", "replaced", "revoked")
LIST = f"select s.id {SESSIONS} order by s.created_at desc, s.id desc limit $4 offset $5"
SET_ORGANIZATION = "update identity.sessions set last_active_organization_id = $2 where id = $1"


class SessionCalls:
    """Lists, starts, prolongs and ends sessions."""

    def __init__(self, edge: Edge) -> None:
        one = "/sessions/{session_id}"
        self.routes = [
            edge.route("GET", "/jwks", self.jwks, counted=False),
            edge.route("GET", "/sessions", self.find_all),
            edge.route("POST", "/sessions", self.create),
            edge.route("GET", one, self.get),
            edge.route("POST", f"{one}/refresh", self.refresh, counted=False),
            edge.route("POST", f"{one}/revoke", self.revoke),
            edge.route("POST", f"{one}/tokens", self.token),
            edge.route("GET", "/clients/handshake_payload", self.handshake_payload),
        ]

    async def jwks(self, call: Call) -> object:
        return await call.provider.keys.jwks()

    async def find_all(self, call: Call) -> object:
        query = call.query
        user_id, client_id, status = query.text("user_id"), query.text("client_id"), query.text("status")
        limit, offset = query.page()
        query.ignored("paginated")
        query.done()
        if status is not None and status not in STATUSES:
            raise wrong_value("status", f"status must be one of: {', '.join(STATUSES)}.")
        async with call.reading() as db:
            found = await db.fetch(LIST, user_id, client_id, status, limit, offset)
            return await shapes.sessions_json(db, [row["id"] for row in found])

    async def get(self, call: Call) -> object:
        async with call.reading() as db:
            return await shapes.session_json(db, call.id("session_id"), with_user=False)

    async def create(self, call: Call) -> object:
        """For tests, as with Clerk; in production nobody is signed in past their sign-in."""
        body = await call.body()
        user_id, organization = body.needed("user_id"), body.text("active_organization_id")
        body.done()
        if not call.provider.site.is_local:
            said = "Request only valid for development instances."
            raise NotPossible(
                Fault("request_invalid_for_environment", "Invalid request for environment", said)
            )
        async with call.writing() as db:
            user = await users.find(db, user_id)
            if user is None:
                raise not_found("user", user_id)
            if user.banned:
                raise Forbidden(Fault("user_banned", "User banned", "This person has been banned."))
            lifetime = call.provider.policy.session_lifetime
            session = await sessions.start(db, user_id, (await clients.start(db)).id, lifetime_ms=lifetime)
            if organization is not None:
                found = await organizations.find(db, organization)
                await db.execute(SET_ORGANIZATION, session.id, found)
            return await shapes.session_json(db, session.id, with_user=False)

    async def refresh(self, call: Call) -> object:
        """A 401 tells the caller to begin a handshake instead."""
        body = await call.body()
        token, origin = body.needed("refresh_token"), body.needed("request_origin")
        session_id, provider = call.id("session_id"), call.provider
        async with call.writing() as db:
            done = await tokens.refreshed(provider, db, session_id, token, origin)
        if done is None:
            said = "The session is over, or the refresh token was made for another one."
            raise Unauthorized(Fault("session_refresh_refused", "Session not refreshed", said))
        session, target, fresh = done
        if (body.text("format") or "token") == "token":
            return {"object": "token", "jwt": fresh}
        lines = CookieLines(provider.site, body.flag("suffixed_cookies") is not False)
        again = tokens.refresh_token(provider, session, target.origin)
        return {"object": "cookies", "cookies": lines.session(fresh, again)}

    async def revoke(self, call: Call) -> object:
        session_id = call.id("session_id")
        async with call.writing() as db:
            await sessions.end(db, session_id, "revoked")
            return await shapes.session_json(db, session_id, with_user=False)

    async def token(self, call: Call) -> object:
        """A token for the root, as somebody has it who is not at any school; for a school's host ask a handshake."""
        body = await call.body()
        body.ignored("expires_in_seconds")
        body.done()
        provider, session_id = call.provider, call.id("session_id")
        target = provider.site.target(provider.site.origin() + "/")
        async with call.writing() as db:
            session = await sessions.find(db, session_id)
            fresh = None if target is None else await tokens.fresh_token(provider, db, session, target)
        if fresh is None:
            said = f"No session was found with id {session_id}"
            raise NotFound(Fault("resource_not_found", "Session not found", said))
        return {"object": "token", "jwt": fresh}

    async def handshake_payload(self, call: Call) -> object:
        """Handshakes here end with a signed token, never with a nonce: there is none to redeem."""
        call.query.text("nonce")
        raise not_found("handshake nonce")
