"""People: made, found, changed and removed. Every change moves `updated_at` forward."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any

from coursecove_identity import memberships, shapes, webhooks
from coursecove_identity.clock import now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.store import Connection, made, many, one


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account; times are milliseconds."""

    id: str
    external_id: str | None
    username: str | None
    first_name: str | None
    last_name: str | None
    locale: str | None
    image_version: str | None
    public_metadata: dict[str, Any]
    private_metadata: dict[str, Any]
    unsafe_metadata: dict[str, Any]
    banned: bool
    locked: bool
    mfa_enabled_at: int | None
    mfa_disabled_at: int | None
    mfa_grace_until: int | None
    devices_since: int
    legal_accepted_at: int | None
    last_sign_in_at: int | None
    last_active_at: int | None
    created_at: int
    updated_at: int

    @property
    def name(self) -> str:
        return f"{self.first_name or ''} {self.last_name or ''}".strip()


CREATE = """
    insert into identity.users (id, external_id, username, first_name, last_name, locale, public_metadata,
                                private_metadata, unsafe_metadata, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) returning *"""

FIND = "select * from identity.users where id = $1"

FIND_LOCKED = "select * from identity.users where id = $1 for update"

BY_EMAIL = """
    select u.* from identity.users u join identity.email_addresses e on e.user_id = u.id
     where lower(e.email_address) = lower($1) and e.verified_at is not null"""

SAVE = """
    update identity.users
       set external_id = $2, username = $3, first_name = $4, last_name = $5, locale = $6, image_version = $7,
           public_metadata = $8, private_metadata = $9, unsafe_metadata = $10, banned = $11, locked = $12,
           mfa_enabled_at = $13, mfa_disabled_at = $14, mfa_grace_until = $15, devices_since = $16,
           legal_accepted_at = $17, last_sign_in_at = $18, last_active_at = $19,
           updated_at = greatest(updated_at + 1, $20)
     where id = $1 returning *"""


BEGIN_GRACE = """
    update identity.users set mfa_grace_until = coalesce(mfa_grace_until, $2) where id = $1 returning mfa_grace_until"""

NOTE_SIGN_IN = "update identity.users set last_sign_in_at = $2, last_active_at = $2 where id = $1"


async def create(
    connection: Connection,
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    username: str | None = None,
    external_id: str | None = None,
    locale: str | None = None,
    public_metadata: Mapping[str, Any] | None = None,
    private_metadata: Mapping[str, Any] | None = None,
    unsafe_metadata: Mapping[str, Any] | None = None,
    user_id: str | None = None,
) -> User:
    """Only the row: `accounts.open_account` adds what else a person needs, and tells of them."""
    return await made(
        connection,
        User,
        CREATE,
        user_id or new_id("user"),
        external_id,
        username,
        first_name,
        last_name,
        locale,
        dict(public_metadata or {}),
        dict(private_metadata or {}),
        dict(unsafe_metadata or {}),
        now_ms(),
    )


async def find(connection: Connection, user_id: str) -> User | None:
    return await one(connection, User, FIND, user_id)


async def find_locked(connection: Connection, user_id: str) -> User | None:
    """The row, held until the transaction ends."""
    return await one(connection, User, FIND_LOCKED, user_id)


async def by_email(connection: Connection, address: str) -> User | None:
    """Whoever has verified this address."""
    return await one(connection, User, BY_EMAIL, address)


async def by_ids(connection: Connection, user_ids: list[str]) -> list[User]:
    return await many(connection, User, "select * from identity.users where id = any($1)", user_ids)


async def change(connection: Connection, user_id: str, **fields: Any) -> User | None:
    """Set fields of the person; with none, only `updated_at` moves. None where nobody has this id."""
    before = await find_locked(connection, user_id)
    if before is None:
        return None
    *values, _created, _updated = astuple(replace(before, **fields))
    after = await made(connection, User, SAVE, *values, now_ms())
    await tell(connection, "user.updated", after)
    return after


async def tell(connection: Connection, event_type: str, user: User) -> None:
    """What everybody who listens is told of the person, as they are now."""
    body = await shapes.user_json(connection, user.id)
    await webhooks.emit(connection, event_type, body, at_ms=user.updated_at)


async def begin_grace(connection: Connection, user_id: str, until: int) -> int:
    """The first time counts; nobody needs to be told."""
    return int(await connection.fetchval(BEGIN_GRACE, user_id, until))


async def note_sign_in(connection: Connection, user_id: str) -> None:
    await connection.execute(NOTE_SIGN_IN, user_id, now_ms())


async def delete(connection: Connection, user_id: str) -> User | None:
    """Everything that is the person's goes with them, their places first; the audit log stays."""
    if await find_locked(connection, user_id) is None:
        return None
    at = now_ms()
    await memberships.end_all_of(connection, user_id)
    gone = await made(connection, User, "delete from identity.users where id = $1 returning *", user_id)
    body = shapes.user_deleted_json(user_id, gone.external_id)
    await webhooks.emit(connection, "user.deleted", body, at_ms=max(at, gone.updated_at + 1))
    return gone
