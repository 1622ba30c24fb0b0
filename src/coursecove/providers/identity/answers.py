"""The provider's JSON as our dataclasses: what we use is required, everything else is kept as it came."""

from typing import Any, TypeVar

import msgspec

from coursecove.providers.identity import (
    IdentityUnavailable,
    ProviderInvitation,
    ProviderMembership,
    ProviderOrganization,
    ProviderSession,
    ProviderUser,
)

T = TypeVar("T")


class _Address(msgspec.Struct):
    id: str | None = None
    email_address: str = ""


class _User(msgspec.Struct):
    id: str
    updated_at: int
    primary_email_address_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    image_url: str | None = None
    has_image: bool = False
    email_addresses: list[_Address] = []


class _Organization(msgspec.Struct):
    id: str
    name: str
    updated_at: int
    slug: str | None = None
    image_url: str | None = None
    has_image: bool = False
    created_by: str | None = None


class _Named(msgspec.Struct):
    id: str


class _Person(msgspec.Struct):
    user_id: str


class _Membership(msgspec.Struct):
    id: str
    role: str
    updated_at: int
    organization: _Named
    public_user_data: _Person
    public_metadata: dict[str, Any] | None = None


class _Invitation(msgspec.Struct):
    id: str
    email_address: str
    role: str
    created_at: int
    updated_at: int
    organization_id: str = ""
    status: str = "pending"
    url: str | None = None
    expires_at: int | None = None
    public_metadata: dict[str, Any] | None = None


class _Session(msgspec.Struct):
    id: str
    status: str
    created_at: int
    last_active_at: int
    expire_at: int


class Cookies(msgspec.Struct):
    """Set-Cookie lines of a refreshed session."""

    cookies: list[str]


class Page(msgspec.Struct):
    """A list with its whole length; each item stays as it came."""

    data: list[msgspec.Raw]
    total_count: int = 0


def read(raw: bytes, kind: type[T]) -> T:
    """The answer as what it should be; anything else is a service that does not work."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.MsgspecError as problem:
        raise IdentityUnavailable from problem


def user(raw: bytes) -> ProviderUser:
    found = read(raw, _User)
    email = next(
        (a.email_address for a in found.email_addresses if a.id == found.primary_email_address_id), None
    )
    image = found.image_url if found.has_image else None
    return ProviderUser(found.id, email, found.first_name, found.last_name, image, found.updated_at, raw)


def organization(raw: bytes) -> ProviderOrganization:
    found = read(raw, _Organization)
    image = found.image_url if found.has_image else None
    return ProviderOrganization(
        found.id, found.name, found.slug, image, found.created_by, found.updated_at, raw
    )


def membership(raw: bytes) -> ProviderMembership:
    found = read(raw, _Membership)
    return ProviderMembership(
        found.id,
        found.organization.id,
        found.public_user_data.user_id,
        found.role,
        found.public_metadata or {},
        found.updated_at,
        raw,
    )


def sessions(raw: bytes) -> list[ProviderSession]:
    found = sorted(read(raw, list[_Session]), key=lambda each: each.last_active_at, reverse=True)
    return [
        ProviderSession(each.id, each.status, each.created_at, each.last_active_at, each.expire_at)
        for each in found
    ]


def invitation(raw: bytes) -> ProviderInvitation:
    found = read(raw, _Invitation)
    return ProviderInvitation(
        id=found.id,
        organization_id=found.organization_id,
        email=found.email_address,
        role=found.role,
        status=found.status,
        url=found.url,
        expires_at_ms=found.expires_at,
        created_at_ms=found.created_at,
        updated_at_ms=found.updated_at,
        raw=raw,
        public_metadata=found.public_metadata or {},
    )
