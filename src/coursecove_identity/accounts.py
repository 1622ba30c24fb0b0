"""A whole person at once: who they are, how they are reached, how they sign in; told as one event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coursecove_identity import emails, passwords, users
from coursecove_identity.clock import now_ms
from coursecove_identity.store import Connection
from coursecove_identity.users import User

CONSENT = """
    insert into identity.terms_consents (user_id, version, accepted_at, ip_address) values ($1, $2, $3, $4)
    on conflict do nothing"""

ANYBODY = "select exists (select from identity.users)"
CONSENTED = "update identity.users set legal_accepted_at = $2 where id = $1"


@dataclass(frozen=True, slots=True)
class NewAddress:
    """How somebody is reached."""

    email_address: str
    strategy: str = "email_code"
    verified: bool = True


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Everything that a person can begin with; the first verified address is primary."""

    first_name: str | None = None
    last_name: str | None = None
    addresses: Sequence[NewAddress] = ()
    password_hash: str | None = None
    username: str | None = None
    external_id: str | None = None
    locale: str | None = None
    public_metadata: Mapping[str, Any] = field(default_factory=dict)
    private_metadata: Mapping[str, Any] = field(default_factory=dict)
    unsafe_metadata: Mapping[str, Any] = field(default_factory=dict)
    terms_version: str | None = None
    user_id: str | None = None


async def open_account(connection: Connection, new: NewAccount, *, ip_address: str | None = None) -> User:
    """Raises asyncpg.UniqueViolationError where an address, a name or an id is somebody else's."""
    user = await users.create(
        connection,
        first_name=new.first_name,
        last_name=new.last_name,
        username=new.username,
        external_id=new.external_id,
        locale=new.locale,
        public_metadata=new.public_metadata,
        private_metadata=new.private_metadata,
        unsafe_metadata=new.unsafe_metadata,
        user_id=new.user_id,
    )
    has_primary = False
    for each in new.addresses:
        primary = each.verified and not has_primary
        has_primary = has_primary or primary
        await emails.insert(
            connection,
            user.id,
            each.email_address,
            strategy=each.strategy,
            verified=each.verified,
            primary=primary,
        )
    if new.password_hash is not None:
        await passwords.keep(connection, user.id, new.password_hash)
    if new.terms_version is not None:
        await accept_terms(connection, user.id, new.terms_version, ip_address=ip_address)
    await users.tell(connection, "user.created", user)
    return user


async def accept_terms(
    connection: Connection, user_id: str, version: str, *, ip_address: str | None = None
) -> None:
    """Which version, when and from where: the first time counts."""
    await connection.execute(CONSENT, user_id, version, now_ms(), ip_address)
    await connection.execute(CONSENTED, user_id, now_ms())


async def anybody(connection: Connection) -> bool:
    """Is somebody here already?"""
    return bool(await connection.fetchval(ANYBODY))
