"""From an open session to a token for one host: who it is, whether the sign-in is whole, which organisation it is."""

from dataclasses import dataclass

import jwt

from coursecove_identity import memberships, sessions, users
from coursecove_identity.clock import SECOND, now_ms
from coursecove_identity.memberships import Place
from coursecove_identity.provider import Provider
from coursecove_identity.sessions import Session
from coursecove_identity.signing import TOKEN_LIFETIME, factor_age, mint_session_token
from coursecove_identity.site import Target
from coursecove_identity.store import Connection
from coursecove_identity.users import User


@dataclass(frozen=True, slots=True)
class Standing:
    """An open session, and what it is worth right now."""

    session: Session
    user: User
    is_staff: bool
    grace_until: int | None

    @property
    def is_pending(self) -> bool:
        """Somebody who runs or teaches has to show a second factor once the grace is over."""
        return self.is_staff and self.session.second_factor_at is None and now_ms() > (self.grace_until or 0)

    def is_fresh(self, within_ms: int) -> bool:
        """Proved who they are a moment ago, with everything they have."""
        at, session = now_ms() - within_ms, self.session
        enrolled = self.user.mfa_enabled_at is not None
        return session.first_factor_at >= at and (not enrolled or (session.second_factor_at or 0) >= at)


async def standing(provider: Provider, connection: Connection, session: Session | None) -> Standing | None:
    """None where the session is over, was idle for too long, or its person may not be here."""
    if session is None or not session.is_open:
        return None
    user = await users.find(connection, session.user_id)
    if user is None or user.banned:
        return None
    is_staff = await memberships.runs_or_teaches(connection, user.id)
    policy = provider.policy
    idle = policy.idle_of_staff if is_staff else policy.idle
    if now_ms() >= min(session.expire_at, session.last_active_at + idle):
        await sessions.end(connection, session.id, "expired")
        return None
    grace = user.mfa_grace_until
    if is_staff and grace is None and session.second_factor_at is None:
        grace = await users.begin_grace(connection, user.id, now_ms() + policy.grace)
    return Standing(session, user, is_staff, grace)


async def fresh_token(
    provider: Provider, connection: Connection, session: Session | None, target: Target
) -> str | None:
    """A token for one host, unless the session is over; asking for it counts as activity."""
    stands = await standing(provider, connection, session)
    if stands is None:
        return None
    await sessions.touch(connection, stands.session)
    return await token_of(provider, connection, stands, target)


async def token_of(provider: Provider, connection: Connection, stands: Standing, target: Target) -> str:
    session, at = stands.session, now_ms()
    return mint_session_token(
        await provider.keys.current(),
        issuer=provider.issuer,
        subject=stands.user.id,
        session_id=session.id,
        origin=target.origin,
        issued_at=max(at // SECOND, session.known_since),
        organization=await _place(provider, connection, stands.user.id, target.label),
        factor_ages=(factor_age(session.first_factor_at, at), factor_age(session.second_factor_at, at)),
        pending=stands.is_pending,
        actor=session.actor,
    )


def refresh_token(provider: Provider, session: Session, origin: str) -> str:
    """What prolongs a session on one origin; it says which session, and whether that is open the database says."""
    claims = {"sid": session.id, "aud": origin, "exp": session.expire_at // SECOND}
    return jwt.encode(claims, provider.vault.key("refresh"), algorithm="HS256")


def session_of_refresh_token(provider: Provider, token: str, origin: str) -> str | None:
    """The session that the token was made for, if it was made for this origin."""
    try:
        claims = jwt.decode(
            token,
            provider.vault.key("refresh"),
            algorithms=["HS256"],
            audience=origin,
            options={"require": ["sid", "aud", "exp"]},
        )
    except jwt.PyJWTError:
        return None
    session_id = claims["sid"]
    return session_id if isinstance(session_id, str) else None


async def refreshed(
    provider: Provider, connection: Connection, session_id: str, token: str, origin: str
) -> tuple[Session, Target, str] | None:
    """A session prolonged on one of our hosts: the session, the host, its new token."""
    target = provider.site.target(origin)
    if target is None or session_of_refresh_token(provider, token, target.origin) != session_id:
        return None
    session = await sessions.find(connection, session_id)
    fresh = await fresh_token(provider, connection, session, target)
    return None if session is None or fresh is None else (session, target, fresh)


async def handshake_token(provider: Provider, directives: list[str]) -> str:
    """The signed answer to a handshake; it lives no longer than a session token."""
    ends = now_ms() // SECOND + TOKEN_LIFETIME
    key = await provider.keys.current()
    return key.sign({"iss": provider.issuer, "exp": ends, "handshake": directives})


async def _place(provider: Provider, connection: Connection, user_id: str, label: str) -> Place | None:
    if not label:
        return None
    organization_id = await provider.around.organization_at(label)
    if organization_id is None:
        return None
    return await memberships.claim_at(connection, user_id, organization_id)
