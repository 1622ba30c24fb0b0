"""Who keeps people's accounts and sessions: the port, and what the product knows of the other side."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from coursecove.kit.errors import Conflict, Invalid, NotFound, RateLimited, Unavailable


class IdentityUnavailable(Unavailable):
    """The sign-in service does not answer right now. Please try again in a minute."""


class ProviderRefused(Invalid):
    """The sign-in service did not take this."""


class ProviderConflict(Conflict):
    """The sign-in service has this already."""


class ProviderForgot(NotFound):
    """The sign-in service does not know this any more."""


class TooManyInvitations(RateLimited):
    """The sign-in service sends no more invitations for the moment."""


class NotOffered(Invalid):
    """This installation's sign-in service does not offer that."""


@dataclass(frozen=True, slots=True)
class ProviderUser:
    """A person as the provider answered; `raw` is the object's JSON."""

    id: str
    email: str | None
    first_name: str | None
    last_name: str | None
    image_url: str | None
    updated_at_ms: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class ProviderOrganization:
    """A school as the provider answered."""

    id: str
    name: str
    slug: str | None
    image_url: str | None
    created_by: str | None
    updated_at_ms: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class ProviderMembership:
    """A membership as the provider answered."""

    id: str
    organization_id: str
    user_id: str
    role: str
    public_metadata: Mapping[str, Any]
    updated_at_ms: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class ProviderInvitation:
    """An invitation as the provider answered."""

    id: str
    organization_id: str
    email: str
    role: str
    status: str
    url: str | None
    expires_at_ms: int | None
    created_at_ms: int
    updated_at_ms: int


@dataclass(frozen=True, slots=True)
class ProviderSession:
    """A session of a person, as far as the provider says."""

    id: str
    status: str
    created_at_ms: int
    last_active_at_ms: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """Somebody to ask, and the role they are to have."""

    email: str
    role: str
    public_metadata: Mapping[str, Any] | None = None


class RefreshRefused(Exception):
    """The provider no longer knows this session, or will not prolong it."""


@dataclass(frozen=True, slots=True)
class IdentityEndpoints:
    """The provider as the browser and the verifier meet it; both kinds differ only in these values."""

    issuer: str
    frontend: str
    sign_in: str
    sign_up: str
    cookie_suffix: str | None = None
    development_browser: bool = False

    @property
    def handshake(self) -> str:
        return f"{self.frontend}/v1/client/handshake"


class IdentityProvider(Protocol):
    """What the product asks of the provider while it answers a request."""

    async def refresh(
        self, *, session_id: str, expired_token: str, refresh_token: str, origin: str
    ) -> Sequence[str]:
        """Set-Cookie lines that prolong a session on one origin; RefreshRefused or IdentityUnavailable."""

    async def revoke(self, session_id: str) -> None:
        """End a session everywhere; ending one that is over already is fine."""

    async def sessions(self, user_id: str) -> list[ProviderSession]:
        """The person's sessions that are not over, the latest first."""

    async def create_organization(
        self, *, name: str, slug: str, created_by: str, public_metadata: Mapping[str, Any] | None = None
    ) -> ProviderOrganization:
        """A new school, whose first owner is `created_by`; repeating it answers the same school."""

    async def update_organization(
        self,
        organization_id: str,
        *,
        name: str | None = None,
        slug: str | None = None,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderOrganization:
        """Change what is given; metadata is laid over what is there."""

    async def delete_organization(self, organization_id: str) -> None:
        """Gone for good; deleting one that is gone is fine."""

    async def change_role(
        self,
        organization_id: str,
        user_id: str,
        role: str,
        *,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderMembership: ...

    async def add_member(
        self,
        organization_id: str,
        user_id: str,
        role: str,
        *,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderMembership: ...

    async def remove_member(self, organization_id: str, user_id: str) -> None: ...

    async def invite(
        self,
        organization_id: str,
        invitations: Sequence[NewInvitation],
        *,
        inviter_id: str | None,
        redirect_url: str,
    ) -> list[ProviderInvitation]: ...

    async def invitations(
        self,
        organization_id: str,
        *,
        status: Sequence[str] = ("pending",),
        limit: int = 100,
        offset: int = 0,
    ) -> list[ProviderInvitation]: ...

    async def revoke_invitation(
        self, organization_id: str, invitation_id: str, *, by: str | None
    ) -> ProviderInvitation: ...

    async def resend_invitation(
        self, organization_id: str, invitation_id: str, *, by: str | None
    ) -> ProviderInvitation: ...

    async def create_user(
        self,
        *,
        email: str | None = None,
        username: str | None = None,
        first_name: str | None,
        last_name: str | None,
        public_metadata: Mapping[str, Any] | None = None,
        external_id: str | None = None,
    ) -> ProviderUser: ...

    async def delete_user(self, user_id: str) -> None: ...

    async def set_pin(self, user_id: str, pin: str) -> None: ...

    async def convert_managed(self, user_id: str, email: str) -> ProviderUser: ...

    def memberships(self, organization_id: str) -> AsyncIterator[ProviderMembership]: ...
