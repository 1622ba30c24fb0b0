"""Who keeps people's accounts and sessions: the port, and what the product knows of the other side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from coursecove.kit.errors import Unavailable


class IdentityUnavailable(Unavailable):
    """The sign-in service does not answer right now. Please try again in a minute."""


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
