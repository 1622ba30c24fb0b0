"""The root domain that the issuer serves, and which addresses on it people may be sent back to."""

import base64
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class Site:
    """Scheme, root domain and public port."""

    scheme: str
    root: str
    port: int
    issuer_port: int | None = None
    """Where the issuer itself is reached at another port than the hosts that it serves."""

    @classmethod
    def parse(cls, origin: str, issuer_port: int | None = None) -> "Site":
        parts = urlsplit(origin)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(f"not an origin: {origin!r}")
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme], issuer_port)

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def is_local(self) -> bool:
        """A name that leads nowhere but to this machine."""
        return self.root == "localhost" or self.root.endswith(".localhost")

    @property
    def issuer(self) -> str:
        if self.issuer_port is None:
            return self.origin("id")
        return f"{self.scheme}://id.{self.root}:{self.issuer_port}"

    @property
    def cookie_suffix(self) -> str:
        """Clerk's rule, over the publishable key that names this issuer's host."""
        host = self.issuer.partition("://")[2]
        key = "pk_live_" + base64.b64encode(f"{host}$".encode()).decode()
        return base64.urlsafe_b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest())[
            :8
        ].decode()

    def origin(self, label: str | None = None) -> str:
        name = f"{label}.{self.root}" if label else self.root
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{name}{port}"

    def target(self, url: str | None) -> "Target | None":
        """The address if it lies on the root or one label below it, at our scheme and port."""
        if not url or len(url) > 4096 or not url.isascii() or _UNSAFE.search(url):
            return None
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return None
        if parts.scheme != self.scheme or "@" in parts.netloc or (port or _PORTS[self.scheme]) != self.port:
            return None
        label = self._label(parts)
        if label is None or (parts.path and not parts.path.startswith("/")):
            return None
        return Target(parts._replace(netloc=self.origin(label).partition("://")[2]), label)

    def _label(self, parts: SplitResult) -> str | None:
        """The label in front of the root, empty for the root itself."""
        name = parts.hostname or ""
        if name == self.root:
            return ""
        label, dot, rest = name.partition(".")
        return label if dot and rest == self.root and _LABEL.fullmatch(label) else None


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was found to be ours."""

    parts: SplitResult
    label: str

    @property
    def url(self) -> str:
        return self.parts._replace(fragment="").geturl()

    @property
    def origin(self) -> str:
        return f"{self.parts.scheme}://{self.parts.netloc}"

    def with_parameter(self, name: str, value: str) -> str:
        """The address with one more query parameter, whose value needs no escaping."""
        query = f"{self.parts.query}&{name}={value}" if self.parts.query else f"{name}={value}"
        return self.parts._replace(query=query, fragment="").geturl()
