"""Something begun in one browser and finished there: a sign-up, a second factor, a reset. Its secret is in a cookie."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import msgspec

from coursecove_identity.clock import now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.provider import Provider
from coursecove_identity.store import Connection
from coursecove_identity.vault import digest

Purpose: TypeAlias = Literal["sign_up", "sign_in", "reset", "email", "passkey", "totp"]

BEGIN = """
    insert into identity.attempts (id, secret_hash, purpose, user_id, details_sealed, redirect_url, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)"""

CURRENT = """
    select id, purpose, user_id, details_sealed, redirect_url, created_at, expires_at from identity.attempts
     where secret_hash = $1 and purpose = $2 and used_at is null and expires_at > $3"""

USE = "update identity.attempts set used_at = $2 where id = $1 and used_at is null returning true"
CHANGE = "update identity.attempts set details_sealed = $2 where id = $1"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was begun, and what it has to remember."""

    id: str
    purpose: str
    user_id: str | None
    details: Mapping[str, Any]
    redirect_url: str | None
    created_at: int
    expires_at: int


async def begin(
    provider: Provider,
    connection: Connection,
    purpose: Purpose,
    *,
    user_id: str | None = None,
    details: Mapping[str, Any] | None = None,
    redirect_url: str | None = None,
    lifetime: int | None = None,
) -> tuple[Attempt, str]:
    """The attempt, and the secret that its browser keeps."""
    secret, attempt_id, at = secrets.token_urlsafe(32), new_id("att"), now_ms()
    ends = at + (lifetime or provider.policy.attempt_lifetime)
    sealed = _sealed(provider, attempt_id, details or {})
    await connection.execute(
        BEGIN, attempt_id, digest(secret), purpose, user_id, sealed, redirect_url, at, ends
    )
    return Attempt(attempt_id, purpose, user_id, dict(details or {}), redirect_url, at, ends), secret


async def current(
    provider: Provider, connection: Connection, secret: str | None, purpose: Purpose
) -> Attempt | None:
    """What this browser has begun and neither finished nor left lying for too long."""
    row = await connection.fetchrow(CURRENT, digest(secret), purpose, now_ms()) if secret else None
    if row is None:
        return None
    values = dict(row)
    sealed = values.pop("details_sealed")
    details = msgspec.json.decode(provider.vault.open(sealed, f"attempt {values['id']}"))
    return Attempt(details=details, **values)


async def remember(
    provider: Provider, connection: Connection, attempt: Attempt, details: Mapping[str, Any]
) -> None:
    await connection.execute(CHANGE, attempt.id, _sealed(provider, attempt.id, details))


async def use(connection: Connection, attempt: Attempt) -> bool:
    """True for the one who finishes it."""
    return bool(await connection.fetchval(USE, attempt.id, now_ms()))


def _sealed(provider: Provider, attempt_id: str, details: Mapping[str, Any]) -> bytes:
    return provider.vault.seal(msgspec.json.encode(dict(details)), f"attempt {attempt_id}")
