"""People: made, found, changed and removed. Every change moves `updated_at` forward."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any

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
    """A person without address, password or place; those are added by their own operations."""
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
    return await made(connection, User, SAVE, *values, now_ms())


async def delete(connection: Connection, user_id: str) -> User | None:
    """Everything that is the person's goes with them; the audit log stays."""
    return await one(connection, User, "delete from identity.users where id = $1 returning *", user_id)
