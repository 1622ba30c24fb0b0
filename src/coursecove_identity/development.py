"""The development issuer: signs any of the demo people in at one click, in exactly Clerk's shapes."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from coursecove_identity.clients import Clients
from coursecove_identity.cookies import CookieLines
from coursecove_identity.people import Membership, People
from coursecove_identity.signing import (
    TOKEN_LIFETIME,
    Secrets,
    SigningKey,
    mint_session_token,
    new_session_id,
)
from coursecove_identity.site import Site, Target


class DevelopmentIssuer:
    """Composed with a folder for its keys, the root origin of the installation and the people it may sign in."""

    def __init__(self, folder: Path, root_origin: str, people: People, *, landing: str = "/") -> None:
        self.site = Site.parse(root_origin)
        if not (self.site.root == "localhost" or self.site.root.endswith(".localhost")):
            raise ValueError(
                "the development issuer signs anybody in, so it serves only names under .localhost"
            )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        secrets = Secrets.kept_in(folder)
        self.key = SigningKey.kept_in(folder)
        self.secret_key = secrets.backend
        self.clients = Clients(secrets, folder)
        self.people, self.landing = people, landing

    @property
    def issuer(self) -> str:
        return self.site.issuer

    def sign_in_link(self, person_id: str, redirect_url: str | None = None) -> str:
        """A link that signs somebody in at one click."""
        query = f"?{urlencode({'redirect_url': redirect_url})}" if redirect_url else ""
        return f"{self.issuer}/sign-in/{quote(person_id, safe='')}{query}"

    def session_token(
        self, subject: str, origin: str, organization: Membership | None = None, session_id: str | None = None
    ) -> str:
        """A token as the handshake makes it, for tests and measurements."""
        return mint_session_token(
            self.key,
            issuer=self.issuer,
            subject=subject,
            session_id=session_id or new_session_id(),
            origin=origin,
            organization=organization,
        )

    def session_cookies(
        self, subject: str, origin: str, organization: Membership | None = None
    ) -> dict[str, str]:
        """The cookies of a browser that has just signed in on this origin."""
        client = self.clients.start(subject)
        names = CookieLines(self.site)
        return {
            names.name("__session"): self.session_token(subject, origin, organization, client.session_id),
            names.name("__refresh"): self.clients.refresh_token(client, origin),
            names.name("__client_uat"): str(client.started_at),
        }

    def handshake_token(self, directives: list[str]) -> str:
        """The signed answer to a handshake; it lives no longer than a session token."""
        ends = datetime.now(UTC) + TOKEN_LIFETIME
        return self.key.sign({"iss": self.issuer, "exp": int(ends.timestamp()), "handshake": directives})

    def target(self, url: str | None) -> Target | None:
        return self.site.target(url)
