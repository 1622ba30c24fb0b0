"""E-mail addresses: one owner each once verified, one of them primary."""

import re
from dataclasses import dataclass

from coursecove_identity import users
from coursecove_identity.clock import now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.store import Connection, made, many, one

_ADDRESS = re.compile(
    r"[^\s@<>()\[\],;:\"\\\x00-\x20\x7f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """One address of one person."""

    id: str
    user_id: str
    email_address: str
    strategy: str
    verified_at: int | None
    is_primary: bool
    created_at: int
    updated_at: int


ADD = """
    insert into identity.email_addresses (id, user_id, email_address, strategy, verified_at, is_primary,
                                          created_at, updated_at)
    values ($1, $2, $3, $4, $5, false, $6, $6) returning *"""

OF_USER = "select * from identity.email_addresses where user_id = $1 order by is_primary desc, created_at, id"

MAKE_PRIMARY = """
    update identity.email_addresses set is_primary = true, updated_at = greatest(updated_at + 1, $2)
     where id = $1 and verified_at is not null returning *"""

NOT_PRIMARY = """
    update identity.email_addresses set is_primary = false, updated_at = greatest(updated_at + 1, $2)
     where user_id = (select user_id from identity.email_addresses where id = $1) and is_primary and id <> $1"""

VERIFY = """
    update identity.email_addresses set verified_at = $2, strategy = $3, updated_at = greatest(updated_at + 1, $2)
     where id = $1 and verified_at is null returning *"""


async def add(
    connection: Connection,
    user_id: str,
    address: str,
    *,
    strategy: str,
    verified: bool,
    primary: bool = False,
    email_id: str | None = None,
) -> EmailAddress:
    """Raises asyncpg.UniqueViolationError where somebody has verified this address already."""
    added = await insert(
        connection, user_id, address, strategy=strategy, verified=verified, primary=primary, email_id=email_id
    )
    await users.change(connection, user_id)
    return added


async def insert(
    connection: Connection,
    user_id: str,
    address: str,
    *,
    strategy: str,
    verified: bool,
    primary: bool = False,
    email_id: str | None = None,
) -> EmailAddress:
    """As `add`, for whoever tells of the person afterwards."""
    at = now_ms()
    verified_at = at if verified else None
    added = await made(
        connection, EmailAddress, ADD, email_id or new_id("idn"), user_id, address, strategy, verified_at, at
    )
    return (await _make_primary(connection, added.id) or added) if primary else added


async def of_user(connection: Connection, user_id: str) -> list[EmailAddress]:
    """The primary one first."""
    return await many(connection, EmailAddress, OF_USER, user_id)


async def find(connection: Connection, email_id: str) -> EmailAddress | None:
    return await one(
        connection, EmailAddress, "select * from identity.email_addresses where id = $1", email_id
    )


async def primary_of(connection: Connection, user_id: str) -> EmailAddress | None:
    return await one(
        connection,
        EmailAddress,
        "select * from identity.email_addresses where user_id = $1 and is_primary",
        user_id,
    )


async def make_primary(connection: Connection, email_id: str) -> EmailAddress | None:
    """Only a verified address can be primary."""
    return await _told(connection, await _make_primary(connection, email_id))


async def verify(connection: Connection, email_id: str, strategy: str) -> EmailAddress | None:
    """Raises asyncpg.UniqueViolationError where somebody else was faster."""
    return await _told(connection, await one(connection, EmailAddress, VERIFY, email_id, now_ms(), strategy))


async def remove(connection: Connection, email_id: str) -> EmailAddress | None:
    sql = "delete from identity.email_addresses where id = $1 returning *"
    return await _told(connection, await one(connection, EmailAddress, sql, email_id))


def normal(address: str) -> str | None:
    """The address as it is kept, without its surroundings; None where it cannot be one."""
    found = address.strip()
    if len(found) > 254 or not _ADDRESS.fullmatch(found):
        return None
    name, _, domain = found.rpartition("@")
    return f"{name}@{domain.lower()}"


async def _make_primary(connection: Connection, email_id: str) -> EmailAddress | None:
    await connection.execute(NOT_PRIMARY, email_id, now_ms())
    return await one(connection, EmailAddress, MAKE_PRIMARY, email_id, now_ms())


async def _told(connection: Connection, changed: EmailAddress | None) -> EmailAddress | None:
    if changed is not None:
        await users.change(connection, changed.user_id)
    return changed
