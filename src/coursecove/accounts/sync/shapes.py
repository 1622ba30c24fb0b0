"""The provider's objects as its webhooks carry them; only what we use, and nothing of it required."""

from typing import Any, TypeAlias

from msgspec import Raw, Struct

Milliseconds: TypeAlias = int | float | None


class Envelope(Struct):
    """A webhook's body."""

    type: str
    data: Raw
    timestamp: Milliseconds = None
    instance_id: str | None = None


class Verification(Struct):
    """Whether an address was shown to be its owner's."""

    status: str | None = None


class EmailAddress(Struct):
    id: str | None = None
    email_address: str | None = None
    verification: Verification | None = None


class ProviderUser(Struct):
    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    image_url: str | None = None
    primary_email_address_id: str | None = None
    email_addresses: list[EmailAddress] | None = None
    updated_at: Milliseconds = None


class ProviderOrganization(Struct):
    id: str | None = None
    name: str | None = None
    slug: str | None = None
    image_url: str | None = None
    has_image: bool | None = None
    created_by: str | None = None
    updated_at: Milliseconds = None


class PublicUserData(Struct):
    """Who a membership is about, as far as it says."""

    user_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    image_url: str | None = None


class ProviderMembership(Struct):
    id: str | None = None
    role: str | None = None
    organization: ProviderOrganization | None = None
    public_user_data: PublicUserData | None = None
    public_metadata: dict[str, Any] | None = None
    created_at: Milliseconds = None
    updated_at: Milliseconds = None
