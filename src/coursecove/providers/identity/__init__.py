"""Who keeps people's accounts and sessions: the port, and what the product knows of the other side."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from coursecove.kit.errors import Conflict, Invalid, NotFound, ProblemError, RateLimited, Unavailable


class IdentityUnavailable(Unavailable):
    """The sign-in service does not answer right now. Please try again in a minute."""


class RefreshRefused(Exception):
    """The provider no longer knows this session, or will not prolong it."""


class ProviderRefused(Invalid):
    """The sign-in service did not accept this. Nothing was changed."""

    def __init__(
        self, detail: str | None = None, *, fields: Mapping[str, str] | None = None, codes: Sequence[str] = ()
    ) -> None:
        """`fields` has a sentence for each field that was refused, `codes` the provider's own words."""
        super().__init__(detail, fields=fields)
        self.codes = tuple(codes)


class ProviderConflict(Conflict):
    """Somebody else changed this at the sign-in service in the meantime. Load it again and repeat your change."""


class ProviderForgot(NotFound):
    """The sign-in service does not know this any more."""


class TooManyInvitations(RateLimited):
    """Too many invitations were sent within an hour. Please wait a while before you send more."""


class NotOffered(ProblemError):
    """The sign-in service of this installation does not offer this."""

    status = 501


@dataclass(frozen=True, slots=True)
class IdentityEndpoints:
    """The provider as the browser and the verifier meet it; both kinds differ only in these values."""

    issuer: str
    frontend: str
    sign_in: str
    sign_up: str
    profile: str
    cookie_suffix: str | None = None
    development_browser: bool = False

    @property
    def handshake(self) -> str:
        return f"{self.frontend}/v1/client/handshake"


@dataclass(frozen=True, slots=True)
class ProviderUser:
    """A person as the provider has them; `raw` is its own JSON, byte for byte."""

    id: str
    email: str | None
    first_name: str | None
    last_name: str | None
    image_url: str | None
    updated_at_ms: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class ProviderOrganization:
    """A school as the provider has it."""

    id: str
    name: str
    slug: str | None
    image_url: str | None
    created_by: str | None
    updated_at_ms: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class ProviderMembership:
    """Somebody's place in a school as the provider has it; `role` in its words."""

    id: str
    organization_id: str
    user_id: str
    role: str
    public_metadata: Mapping[str, Any]
    updated_at_ms: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class ProviderInvitation:
    """Somebody asked to join a school; `url` is known only to whoever has just sent it."""

    id: str
    organization_id: str
    email: str
    role: str
    status: str
    url: str | None
    expires_at_ms: int | None
    created_at_ms: int
    updated_at_ms: int
    raw: bytes
    public_metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderSession:
    """Somebody's session, as the provider knows it."""

    id: str
    status: str
    created_at_ms: int
    last_active_at_ms: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """Whom to ask, and what they will be: one of our roles."""

    email: str
    role: str
    public_metadata: Mapping[str, Any] = field(default_factory=dict)


class InvitationsRefused(ProviderRefused):
    """Some of these addresses could not be invited. The others were."""

    def __init__(self, refused: Mapping[str, str], sent: Sequence[ProviderInvitation]) -> None:
        """`fields` has a sentence for each address that was refused, `sent` those that were not."""
        super().__init__(fields=refused)
        self.sent = tuple(sent)


class IdentityProvider(Protocol):
    """What the product asks of the provider. Roles are ours; the adapter knows the provider's.

    Every call has a deadline and is repeated where that is safe. They raise ProviderRefused, ProviderConflict,
    ProviderForgot, TooManyInvitations or IdentityUnavailable. Never call one inside a transaction."""

    async def refresh(
        self, *, session_id: str, expired_token: str, refresh_token: str, origin: str
    ) -> Sequence[str]:
        """Set-Cookie lines that prolong a session on one origin; RefreshRefused or IdentityUnavailable."""

    async def revoke(self, session_id: str) -> None:
        """End a session everywhere; ending one that is over already is fine."""

    async def sessions(self, user_id: str) -> list[ProviderSession]:
        """The person's sessions that are not over, the latest used first."""

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

    async def add_member(
        self,
        organization_id: str,
        user_id: str,
        role: str,
        *,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderMembership:
        """Somebody belongs to the school; repeating it answers the same membership."""

    async def change_role(
        self,
        organization_id: str,
        user_id: str,
        role: str,
        *,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderMembership: ...

    async def remove_member(self, organization_id: str, user_id: str) -> None:
        """Somebody no longer belongs; removing who is gone is fine."""

    async def invite(
        self,
        organization_id: str,
        invitations: Sequence[NewInvitation],
        *,
        inviter_id: str,
        redirect_url: str | None = None,
    ) -> list[ProviderInvitation]:
        """As many as can be; InvitationsRefused names those that could not."""

    async def invitations(
        self, organization_id: str, *, status: Sequence[str] = ("pending",), limit: int = 100, offset: int = 0
    ) -> list[ProviderInvitation]:
        """The newest first."""

    async def revoke_invitation(
        self, organization_id: str, invitation_id: str, *, by: str
    ) -> ProviderInvitation: ...

    async def resend_invitation(
        self, organization_id: str, invitation_id: str, *, by: str
    ) -> ProviderInvitation:
        """A new link for the same person; where the provider cannot, a new invitation in the place of the old."""

    async def create_user(
        self,
        *,
        email: str | None = None,
        username: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        public_metadata: Mapping[str, Any] | None = None,
        external_id: str | None = None,
    ) -> ProviderUser:
        """A person who did not sign up by themselves; repeating it with the same external id answers the same person."""

    async def update_user(
        self,
        user_id: str,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        public_metadata: Mapping[str, Any] | None = None,
    ) -> ProviderUser: ...

    async def delete_user(self, user_id: str) -> None:
        """Gone for good; deleting somebody who is gone is fine."""

    async def create_managed(
        self,
        organization_id: str,
        *,
        username: str,
        pin: str,
        first_name: str,
        last_name: str | None = None,
        created_by: str | None = None,
    ) -> ProviderUser:
        """A student without an address, who signs in with the school's code, a name and a PIN; NotOffered on Clerk."""

    async def set_pin(self, user_id: str, pin: str, *, by: str | None = None) -> None:
        """NotOffered on Clerk."""

    async def rename_managed(self, user_id: str, username: str, *, by: str | None = None) -> None:
        """Another name to sign in with, one in the school; NotOffered on Clerk."""

    async def offer_conversion(self, user_id: str, email: str, *, school: str, by: str | None = None) -> None:
        """Send the letter with which a managed profile becomes its person's own; NotOffered on Clerk."""

    def users(self) -> AsyncIterator[ProviderUser]:
        """Everybody, the oldest first."""

    def organizations(self) -> AsyncIterator[ProviderOrganization]:
        """Every school, the oldest first."""

    def memberships(self, organization_id: str) -> AsyncIterator[ProviderMembership]:
        """Everybody in a school, the oldest first."""
