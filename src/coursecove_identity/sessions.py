"""Sessions: started by a sign-in, kept alive by use, ended by many things."""

from dataclasses import dataclass
from typing import Any

from coursecove_identity.clock import DAY, now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.store import Connection, made, many, one

ABANDONED_AFTER = 30 * DAY
OPEN = ("active", "pending")


@dataclass(frozen=True, slots=True)
class Session:
    """One person in one browser; times are milliseconds."""

    id: str
    user_id: str
    client_id: str
    status: str
    actor: dict[str, Any] | None
    last_active_organization_id: str | None
    first_factor_at: int
    second_factor_at: int | None
    last_active_at: int
    expire_at: int
    abandon_at: int
    activity_id: str
    ip_address: str | None
    user_agent: str | None
    created_at: int
    updated_at: int

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


START = """
    insert into identity.sessions (id, user_id, client_id, status, first_factor_at, second_factor_at, last_active_at,
                                   expire_at, abandon_at, activity_id, ip_address, user_agent, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $5, $7, $8, $9, $10, $11, $5, $5) returning *"""

END = """
    update identity.sessions set status = $2, updated_at = greatest(updated_at + 1, $3)
     where id = $1 and status in ('active', 'pending') returning *"""

OPEN_OF_USER = """
    select * from identity.sessions
     where user_id = $1 and status in ('active', 'pending') and expire_at > $2
     order by last_active_at desc, id"""

OF_USER = "select * from identity.sessions where user_id = $1 order by created_at desc, id limit $2 offset $3"


async def start(
    connection: Connection,
    user_id: str,
    client_id: str,
    *,
    lifetime_ms: int,
    second_factor_at: int | None = None,
    status: str = "active",
    ip_address: str | None = None,
    user_agent: str | None = None,
) -> Session:
    """A client holds one open session: end the one before first."""
    at = now_ms()
    return await made(
        connection,
        Session,
        START,
        new_id("sess"),
        user_id,
        client_id,
        status,
        at,
        second_factor_at,
        at + lifetime_ms,
        at + ABANDONED_AFTER,
        new_id("sess_activity"),
        ip_address,
        (user_agent or "")[:400] or None,
    )


async def find(connection: Connection, session_id: str) -> Session | None:
    return await one(connection, Session, "select * from identity.sessions where id = $1", session_id)


async def open_of_user(connection: Connection, user_id: str) -> list[Session]:
    """What is open, the most recently used first."""
    return await many(connection, Session, OPEN_OF_USER, user_id, now_ms())


async def of_user(connection: Connection, user_id: str, *, limit: int = 20, offset: int = 0) -> list[Session]:
    return await many(connection, Session, OF_USER, user_id, limit, offset)


async def end(connection: Connection, session_id: str, status: str) -> Session | None:
    """`ended` by sign-out, `removed` with its client, `revoked` from elsewhere; None where it is over already."""
    return await one(connection, Session, END, session_id, status, now_ms())


async def end_all(
    connection: Connection, user_id: str, status: str, *, but: str | None = None
) -> list[Session]:
    """Every open session of a person, except perhaps the one that asks."""
    ended = [
        await end(connection, each.id, status)
        for each in await open_of_user(connection, user_id)
        if each.id != but
    ]
    return [each for each in ended if each is not None]
