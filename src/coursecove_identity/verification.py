"""Codes and links that go out by mail: each for one purpose, short-lived, kept only as a digest, used once."""

import hmac
import secrets
from typing import Literal, TypeAlias

from coursecove_identity.attempts import Attempt
from coursecove_identity.clock import now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.provider import Provider
from coursecove_identity.store import Connection
from coursecove_identity.vault import digest

LinkPurpose: TypeAlias = Literal["reset", "convert"]

REPLACE_CODE = "delete from identity.verifications where attempt_id = $1"

ADD_CODE = """
    insert into identity.verifications (id, purpose, attempt_id, secret_hash, tries, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7)"""

ADD_LINK = """
    insert into identity.verifications (id, purpose, user_id, email_address, secret_hash, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7)"""

TRY = """
    update identity.verifications set tries = tries + 1
     where attempt_id = $1 and used_at is null and expires_at > $2 and tries < $3
    returning id, secret_hash"""

USE = "update identity.verifications set used_at = $2 where id = $1 and used_at is null returning true"

REPLACE_LINK = "delete from identity.verifications where user_id = $1 and purpose = $2"

FIND_LINK = """
    select user_id, email_address from identity.verifications
     where secret_hash = $1 and purpose = $2 and used_at is null and expires_at > $3"""

USE_LINK = """
    update identity.verifications set used_at = $3
     where secret_hash = $1 and purpose = $2 and used_at is null and expires_at > $3 returning true"""


async def new_code(
    provider: Provider, connection: Connection, attempt: Attempt, *, void: bool = False
) -> str:
    """Six digits, bound to the attempt; those sent before no longer count. A void one fits nothing."""
    code = f"{secrets.randbelow(1_000_000):06}"
    at = now_ms()
    await connection.execute(REPLACE_CODE, attempt.id)
    await connection.execute(
        ADD_CODE,
        new_id("ver"),
        attempt.purpose,
        attempt.id,
        _code_hash(provider, attempt, code),
        provider.policy.tries if void else 0,
        at,
        at + provider.policy.code_lifetime,
    )
    return code


async def check_code(provider: Provider, connection: Connection, attempt: Attempt, code: str) -> bool:
    """Each try is counted before it is judged; after the fifth only a new code helps."""
    row = await connection.fetchrow(TRY, attempt.id, now_ms(), provider.policy.tries)
    given = _code_hash(provider, attempt, "".join(code.split()))
    if row is None or not hmac.compare_digest(row["secret_hash"], given):
        return False
    return bool(await connection.fetchval(USE, row["id"], now_ms()))


async def new_link(
    provider: Provider,
    connection: Connection,
    user_id: str,
    purpose: LinkPurpose,
    *,
    email_address: str | None = None,
) -> str:
    """A token of 256 bits; it replaces the one before."""
    token, at = secrets.token_urlsafe(32), now_ms()
    await connection.execute(REPLACE_LINK, user_id, purpose)
    await connection.execute(
        ADD_LINK,
        new_id("ver"),
        purpose,
        user_id,
        email_address,
        digest(token),
        at,
        at + provider.policy.link_lifetime,
    )
    return token


async def owner_of_link(
    connection: Connection, token: str, purpose: LinkPurpose
) -> tuple[str, str | None] | None:
    """Whose link it is, and which address it went to, while it is good."""
    row = await connection.fetchrow(FIND_LINK, digest(token), purpose, now_ms())
    return None if row is None else (row["user_id"], row["email_address"])


async def use_link(connection: Connection, token: str, purpose: LinkPurpose) -> bool:
    """True for the one who was first."""
    return bool(await connection.fetchval(USE_LINK, digest(token), purpose, now_ms()))


def _code_hash(provider: Provider, attempt: Attempt, code: str) -> bytes:
    return provider.vault.fingerprint("codes", f"{attempt.id}:{code}")
