"""Signing in: the password is checked, perhaps a second factor, then a session begins in this browser."""

from dataclasses import dataclass
from enum import Enum

from coursecove_identity import audit, clients, devices, emails, notices, passwords, sessions, users
from coursecove_identity.audit import Action
from coursecove_identity.clients import Client
from coursecove_identity.devices import Device
from coursecove_identity.ids import new_id
from coursecove_identity.provider import Provider
from coursecove_identity.sessions import Session
from coursecove_identity.store import Connection
from coursecove_identity.users import User
from coursecove_identity.visitor import Visitor

BY_USERNAME = "select id from identity.users where lower(username) = lower($1)"


class Failed(Enum):
    """Nobody is told more than this."""

    WRONG = "wrong"
    TOO_OFTEN = "too often"


@dataclass(frozen=True, slots=True)
class Started:
    """A session that began, and what the browser has to keep."""

    session: Session
    cookies: tuple[str, ...]


async def check_password(
    provider: Provider, visitor: Visitor, device: Device, identifier: str, password: str
) -> User | Failed:
    """The same work, words and time whether somebody has this name or not. Opens its own transactions:
    the try is on record before the password is looked at."""
    async with provider.store.transaction() as connection:
        user = await by_identifier(connection, identifier)
        account = user.id if user else identifier.strip().lower()
        known = device.id if device.is_known_to(user) else None
        tried = await provider.limits.try_account(connection, account, visitor, device=known)
        hashed = await passwords.hash_of(connection, user.id) if user else None
    if tried is None:
        return Failed.TOO_OFTEN
    right = await provider.hasher.verify(hashed, password[: provider.policy.longest_password + 1])
    if user is None or hashed is None or not right or user.banned or user.locked:
        async with provider.store.transaction() as connection:
            user_id = user.id if user else None
            await audit.record(connection, Action.SIGN_IN_FAILED, visitor, user_id=user_id)
        return Failed.WRONG
    renewed = await provider.hasher.hash(password) if provider.hasher.is_stale(hashed) else None
    async with provider.store.transaction() as connection:
        await provider.limits.succeeded(connection, tried)
        if renewed is not None:
            await passwords.keep_rehashed(connection, user.id, hashed, renewed)
    return user


async def by_identifier(connection: Connection, identifier: str) -> User | None:
    """By a verified address, or by a username."""
    given = identifier.strip()[:254]
    if "@" in given:
        return await users.by_email(connection, given)
    user_id = await connection.fetchval(BY_USERNAME, given) if given else None
    return await users.find(connection, user_id) if user_id else None


async def start(
    provider: Provider,
    connection: Connection,
    visitor: Visitor,
    user: User,
    *,
    client_secret: str,
    device: Device,
    method: str,
    second_factor_at: int | None = None,
) -> Started:
    """A new session; the one before it in this browser is over, and the browser's secret is a new one."""
    client, secret = await _renewed(connection, client_secret)
    await sessions.end_beyond(connection, user.id, provider.policy.most_sessions - 1)
    session = await sessions.start(
        connection,
        user.id,
        client.id,
        lifetime_ms=provider.policy.session_lifetime,
        second_factor_at=second_factor_at,
        ip_address=visitor.ip_address,
        user_agent=visitor.user_agent,
    )
    await audit.record(
        connection, Action.SIGNED_IN, visitor, user_id=user.id, session_id=session.id, method=method
    )
    await users.note_sign_in(connection, user.id)
    if user.last_sign_in_at is not None and not device.is_known_to(user):
        await _tell_owner(provider, connection, visitor, user)
    return Started(
        session,
        (
            provider.cookies.client(secret),
            provider.cookies.client_uat(session.known_since),
            devices.line(provider, device, user),
        ),
    )


async def _renewed(connection: Connection, client_secret: str) -> tuple[Client, str]:
    """The browser with its new secret and no open session."""
    before = await clients.by_secret(connection, client_secret)
    open_before = await sessions.open_in_client(connection, before.id) if before else None
    if open_before is not None:
        await sessions.end(connection, open_before.id, "replaced")
    return await clients.renewed(connection, before)


async def _tell_owner(provider: Provider, connection: Connection, visitor: Visitor, user: User) -> None:
    """A letter, where the browser is a new one."""
    address = await emails.primary_of(connection, user.id)
    if address is not None:
        letter = notices.new_sign_in(provider, address.email_address, visitor, new_id("mail"))
        await provider.letters.due(connection, letter)
