"""Browsers: each holds a long secret in a cookie, of which the database keeps the digest."""

import secrets
from dataclasses import dataclass

from coursecove_identity.clock import now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.store import Connection, made, one
from coursecove_identity.vault import digest

BY_COOKIE = "select id, created_at, updated_at from identity.clients where secret_hash = $1"

START = """
    insert into identity.clients (id, secret_hash, created_at, updated_at) values ($1, $2, $3, $3)
    returning id, created_at, updated_at"""

RENEW = """
    update identity.clients set secret_hash = $2, updated_at = greatest(updated_at + 1, $3) where id = $1
    returning id, created_at, updated_at"""


@dataclass(frozen=True, slots=True)
class Client:
    """One browser; at most one session in it is open."""

    id: str
    created_at: int
    updated_at: int


async def by_secret(connection: Connection, secret: str) -> Client | None:
    return await one(connection, Client, BY_COOKIE, digest(secret)) if secret else None


async def renewed(connection: Connection, before: Client | None) -> tuple[Client, str]:
    """The browser with a new secret, as every sign-in gives it; a stranger becomes known."""
    secret = secrets.token_urlsafe(32)
    if before is None:
        return await made(connection, Client, START, new_id("client"), digest(secret), now_ms()), secret
    return await made(connection, Client, RENEW, before.id, digest(secret), now_ms()), secret


async def start(connection: Connection) -> Client:
    """A browser that nobody holds, for sessions made through the Backend API."""
    return (await renewed(connection, None))[0]
