"""The Set-Cookie lines that the issuer sends itself or signs for a school's host."""

from dataclasses import dataclass

from coursecove_identity.site import Site

_YEAR = 31_536_000


def is_repeated(header: str, name: str) -> bool:
    """Browsers send one cookie of a name, unless another host planted a second."""
    return sum(part.partition("=")[0].strip() == name for part in header.split(";")) > 1


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

    def client_uat(self, changed_at: int | None) -> str:
        """Shared by all hosts below the root; it says in seconds when something changed and holds no secret."""
        return self._line("__client_uat", str(changed_at or 0), f"Domain={self.site.root}")

    def client(self, secret: str) -> str:
        return self._line("__client", secret, "HttpOnly")

    def unplanted(self, name: str, path: str) -> list[str]:
        """Takes away what a sibling host set under this name for the whole domain, wherever on the way it hangs."""
        parts = path.strip("/").split("/") if path.strip("/") else []
        paths = {"/", path}
        for depth in range(1, len(parts)):
            paths |= {"/" + "/".join(parts[:depth]), "/" + "/".join(parts[:depth]) + "/"}
        return [f"{name}=; Path={each}; Domain={self.site.root}; Max-Age=0" for each in sorted(paths)]

    def own(self, name: str, value: str, age: int) -> str:
        """A cookie that is the provider's alone, on its own host."""
        parts = [
            f"{self.own_name(name)}={value}",
            "Path=/",
            f"Max-Age={age if value else 0}",
            "SameSite=Lax",
            "HttpOnly",
        ]
        return "; ".join([*parts, "Secure"] if self.site.secure else parts)

    def own_name(self, name: str) -> str:
        """The prefix makes browsers refuse it from any other host; they honour it only with Secure."""
        return f"__Host-{name}" if self.site.secure else f"{name}_{self.site.cookie_suffix}"

    def name(self, plain: str) -> str:
        return f"{plain}_{self.site.cookie_suffix}" if self.suffixed else plain

    def _line(self, name: str, value: str, *attributes: str) -> str:
        age = _YEAR if value else 0
        parts = [f"{self.name(name)}={value}", "Path=/", f"Max-Age={age}", "SameSite=Lax", *attributes]
        if self.site.secure:
            parts.append("Secure")
        return "; ".join(parts)
