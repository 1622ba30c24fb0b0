"""Sessions: started by a sign-in, kept alive by use, ended by many things."""

from dataclasses import dataclass
from typing import Any

from coursecove_identity import shapes, webhooks
from coursecove_identity.clock import DAY, SECOND, now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.store import Connection, made, many, one

ABANDONED_AFTER = 30 * DAY
OPEN = ("active", "pending")
EVENTS = {
    "ended": "session.ended",
    "expired": "session.ended",
    "replaced": "session.ended",
    "removed": "session.removed",
    "revoked": "session.revoked",
}


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

    @property
    def known_since(self) -> int:
        """In seconds: tokens made before know less than the provider does now. A change within a second counts
        as one of the next, since whole seconds are all that tokens tell."""
        return (
            self.created_at // SECOND if self.updated_at == self.created_at else self.updated_at // SECOND + 1
        )


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

OPEN_IN_CLIENT = "select * from identity.sessions where client_id = $1 and status in ('active', 'pending')"

OF_USER = "select * from identity.sessions where user_id = $1 order by created_at desc, id limit $2 offset $3"


TOUCH = """
    update identity.sessions set last_active_at = $2 where id = $1 and last_active_at < $2::bigint - 60000"""

TOUCH_USER = "update identity.users set last_active_at = $2 where id = $1 and coalesce(last_active_at, 0) < $2::bigint - 60000"

PROVED = """
    update identity.sessions
       set first_factor_at = coalesce($2::bigint, first_factor_at), second_factor_at = coalesce($3::bigint, second_factor_at),
           updated_at = greatest(updated_at + 1, $4)
     where id = $1 and status in ('active', 'pending') returning *"""


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
    started = await made(
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
    await _tell(connection, "session.created", started)
    return started


async def find(connection: Connection, session_id: str) -> Session | None:
    return await one(connection, Session, "select * from identity.sessions where id = $1", session_id)


async def open_of_user(connection: Connection, user_id: str) -> list[Session]:
    """What is open, the most recently used first."""
    return await many(connection, Session, OPEN_OF_USER, user_id, now_ms())


async def of_user(connection: Connection, user_id: str, *, limit: int = 20, offset: int = 0) -> list[Session]:
    return await many(connection, Session, OF_USER, user_id, limit, offset)


async def open_in_client(connection: Connection, client_id: str) -> Session | None:
    """The one open session of a browser."""
    return await one(connection, Session, OPEN_IN_CLIENT, client_id)


async def touch(connection: Connection, session: Session) -> None:
    """Somebody is there; noted once a minute."""
    await connection.execute(TOUCH, session.id, now_ms())
    await connection.execute(TOUCH_USER, session.user_id, now_ms())


async def proved(
    connection: Connection, session_id: str, *, first_at: int | None = None, second_at: int | None = None
) -> Session | None:
    """The person showed a factor again, or something else makes older tokens know too little."""
    return await one(connection, Session, PROVED, session_id, first_at, second_at, now_ms())


async def end(connection: Connection, session_id: str, status: str) -> Session | None:
    """`ended` by sign-out, `removed` with its client, `revoked` from elsewhere; None where it is over already."""
    ended = await one(connection, Session, END, session_id, status, now_ms())
    if ended is not None:
        await _tell(connection, EVENTS[status], ended)
    return ended


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


async def end_beyond(connection: Connection, user_id: str, most: int) -> None:
    """Nobody holds more than so many: those unused for longest go first."""
    for each in (await open_of_user(connection, user_id))[most:]:
        await end(connection, each.id, "removed")


async def _tell(connection: Connection, event_type: str, session: Session) -> None:
    body = await shapes.session_json(connection, session.id)
    await webhooks.emit(connection, event_type, body, at_ms=session.updated_at)
