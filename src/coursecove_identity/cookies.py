"""The Set-Cookie lines that the issuer sends itself or signs for a school's host."""

from dataclasses import dataclass

from coursecove_identity.clients import Client
from coursecove_identity.site import Site

_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class CookieLines:
    """Lines for one site; with a suffix in the names where the other side asked for it."""

    site: Site
    suffixed: bool = True

    def session(self, token: str, refresh_token: str) -> list[str]:
        """Both are for the school's own host and out of reach of scripts."""
        return [
            self._line("__session", token, "HttpOnly"),
            self._line("__refresh", refresh_token, "HttpOnly"),
        ]

    def no_session(self) -> list[str]:
        return [self._line("__session", ""), self._line("__refresh", "")]

    def client_uat(self, client: Client | None) -> str:
        """Shared by all hosts below the root; it says when something changed and holds no secret."""
        return self._line("__client_uat", str(client.started_at if client else 0), f"Domain={self.site.root}")

    def client(self, sealed: str) -> str:
        return self._line("__client", sealed, "HttpOnly")

    def name(self, plain: str) -> str:
        return f"{plain}_{self.site.cookie_suffix}" if self.suffixed else plain

    def _line(self, name: str, value: str, *attributes: str) -> str:
        age = _YEAR if value else 0
        parts = [f"{self.name(name)}={value}", "Path=/", f"Max-Age={age}", "SameSite=Lax", *attributes]
        if self.site.secure:
            parts.append("Secure")
        return "; ".join(parts)
