"""Profiles that a school manages for minors: no address, a name within the school and a PIN. Who may do it, the product says."""

from dataclasses import dataclass
from typing import ClassVar

import asyncpg

from coursecove_identity import accounts, audit, emails, memberships, passwords, sessions, users
from coursecove_identity.accounts import NewAccount
from coursecove_identity.audit import Action
from coursecove_identity.clock import now_ms
from coursecove_identity.faults import malformed, not_found, taken, too_long
from coursecove_identity.provider import Provider
from coursecove_identity.store import Connection, one
from coursecove_identity.users import User

ADD = """
    insert into identity.managed_profiles (user_id, organization_id, username, pin_hash, pin_changed_at, created_by, created_at)
    values ($1, $2, $3, $4, $5, $6, $5)"""

FIND = "select user_id, organization_id, username, pin_hash from identity.managed_profiles where user_id = $1"

BY_NAME = """
    select user_id, organization_id, username, pin_hash from identity.managed_profiles
     where organization_id = $1 and lower(username) = lower($2)"""

SET_PIN = "update identity.managed_profiles set pin_hash = $2, pin_changed_at = $3 where user_id = $1 returning true"

RENAME = "update identity.managed_profiles set username = $2 where user_id = $1 returning true"

LONGEST_NAME = 40
TAKEN = "Somebody in this school has this name already."


@dataclass(frozen=True, slots=True)
class ManagedProfile:
    """Somebody who signs in with the school's code, a name and a PIN."""

    role: ClassVar[str] = "org:student"

    user_id: str
    organization_id: str
    username: str
    pin_hash: str


async def create_managed(
    provider: Provider,
    connection: Connection,
    organization_id: str,
    *,
    username: str,
    pin: str,
    first_name: str,
    last_name: str | None = None,
    created_by: str | None = None,
) -> User:
    """A person who belongs to this school as a student and to nothing else."""
    name, hashed = _username(username), await provider.hasher.hash(_pin(provider, pin))
    user = await accounts.open_account(connection, NewAccount(first_name=first_name, last_name=last_name))
    try:
        async with connection.transaction():
            await connection.execute(ADD, user.id, organization_id, name, hashed, now_ms(), created_by)
    except asyncpg.UniqueViolationError as used:
        raise taken("username", TAKEN) from used
    await memberships.create(connection, organization_id, user.id, role=ManagedProfile.role)
    await audit.record(
        connection,
        Action.MANAGED_CREATED,
        user_id=user.id,
        actor_id=created_by,
        organization_id=organization_id,
    )
    return user


async def set_pin(
    provider: Provider, connection: Connection, user_id: str, pin: str, *, set_by: str | None = None
) -> None:
    """A new PIN; whoever is signed in with the old one is signed out."""
    hashed = await provider.hasher.hash(_pin(provider, pin))
    if not await connection.fetchval(SET_PIN, user_id, hashed, now_ms()):
        raise not_found("managed profile")
    await sessions.end_all(connection, user_id, "revoked")
    await audit.record(connection, Action.MANAGED_PIN_SET, user_id=user_id, actor_id=set_by)


async def rename(
    connection: Connection, user_id: str, username: str, *, renamed_by: str | None = None
) -> None:
    """Another name to sign in with; whoever is signed in stays so."""
    name = _username(username)
    try:
        async with connection.transaction():
            renamed = await connection.fetchval(RENAME, user_id, name)
    except asyncpg.UniqueViolationError as used:
        raise taken("username", TAKEN) from used
    if not renamed:
        raise not_found("managed profile")
    await audit.record(connection, Action.MANAGED_RENAMED, user_id=user_id, actor_id=renamed_by)


async def convert_managed(
    connection: Connection,
    user_id: str,
    *,
    password_hash: str,
    email_address: str | None = None,
    username: str | None = None,
) -> User:
    """The profile becomes its person's own account: with an address they have verified, or without one under a username
    that is theirs everywhere. The school's PIN no longer opens it."""
    if await find(connection, user_id) is None:
        raise not_found("managed profile")
    if email_address is None and username is None:
        raise malformed("username", "An account without an address needs a username.")
    await connection.execute("delete from identity.managed_profiles where user_id = $1", user_id)
    await passwords.keep(connection, user_id, password_hash)
    if email_address is not None:
        await emails.insert(
            connection, user_id, email_address, strategy="email_link", verified=True, primary=True
        )
    await sessions.end_all(connection, user_id, "revoked")
    await audit.record(connection, Action.MANAGED_CONVERTED, user_id=user_id)
    named = {"username": username} if username is not None else {}
    changed = await users.change(connection, user_id, **named)
    if changed is None:
        raise not_found("user", user_id)
    return changed


async def find(connection: Connection, user_id: str) -> ManagedProfile | None:
    return await one(connection, ManagedProfile, FIND, user_id)


async def by_name(connection: Connection, organization_id: str, username: str) -> ManagedProfile | None:
    return await one(connection, ManagedProfile, BY_NAME, organization_id, username.strip())


def _username(given: str) -> str:
    name = " ".join(given.split())
    if len(name) > LONGEST_NAME:
        raise too_long("username", LONGEST_NAME)
    if len(name) < 2 or not all(each.isalnum() or each in " ._-" for each in name):
        raise malformed("username", "A name here is made of letters, digits, spaces, dots and dashes.")
    return name


def _pin(provider: Provider, given: str) -> str:
    least = provider.policy.pin_length
    if not (given.isascii() and given.isdecimal() and least <= len(given) <= 12):
        raise malformed("pin", f"A PIN is {least} to 12 digits.")
    if len(set(given)) == 1 or given in "0123456789012345" or given in "9876543210987654":
        raise malformed("pin", "This PIN is too easy to guess.")
    return given
