"""Mail's own notations: an address with its name, and the address of an SMTP server."""

import re
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address as HeaderAddress
from email.utils import parseaddr
from typing import Literal
from urllib.parse import unquote, urlsplit

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*", re.ASCII)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)*(?=[a-z0-9-]*[a-z]){_LABEL}", re.ASCII)
_LONGEST = 254
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class BadAddress(ValueError):
    """This is not a mail address."""


def has_controls(text: str) -> bool:
    """Whether the text holds what could end a header's line, or half a letter that cannot be sent."""
    return any(unicodedata.category(letter) in ("Cc", "Cs") or letter in "\u2028\u2029" for letter in text)


def one_line(text: str) -> str:
    """The text as it may stand in a header: every break and control character becomes a space."""
    return " ".join("".join(" " if has_controls(letter) else letter for letter in text).split())


def checked_address(text: str) -> str:
    """A bare `name@domain`, its domain in ASCII and small letters; BadAddress where it is none."""
    local, _, domain = text.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise BadAddress(BadAddress.__doc__) from None
    found = f"{local}@{ascii_domain}"
    if not _LOCAL.fullmatch(local) or len(local) > 64 or not _DOMAIN.fullmatch(ascii_domain):
        raise BadAddress(BadAddress.__doc__)
    if len(found) > _LONGEST:
        raise BadAddress(BadAddress.__doc__)
    return found


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody's mail address, and the name shown with it."""

    mail: str
    name: str = ""

    def __post_init__(self) -> None:
        if checked_address(self.mail) != self.mail or has_controls(self.name):
            raise BadAddress(BadAddress.__doc__)

    @classmethod
    def parse(cls, text: str) -> "Address":
        """From `CourseCove <hello@school.example>` or a bare address."""
        if has_controls(text):
            raise BadAddress(BadAddress.__doc__)
        name, mail = parseaddr(text)
        return cls(checked_address(mail), name.strip())

    @property
    def domain(self) -> str:
        return self.mail.rpartition("@")[2]

    def named(self, name: str | None) -> "Address":
        """The same address under another name, where there is one."""
        return Address(self.mail, one_line(name)) if name else self

    def __str__(self) -> str:
        """As headers and providers write it; quotes stand where the name needs them."""
        return str(HeaderAddress(self.name, addr_spec=self.mail))


@dataclass(frozen=True, slots=True)
class SmtpPlace:
    """Where mail is handed over, how the line is protected, and who we are there."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    user: str | None
    password: str | None

    @classmethod
    def parse(cls, url: str) -> "SmtpPlace":
        """From `smtps://user:password@host:465`; ValueError where it is no such address."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("an SMTP server has a scheme and a host")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("an SMTP server has no path")
        if (parts.username is None) != (parts.password is None):
            raise ValueError("user and password belong together")
        security: Literal["none", "starttls", "tls"] = "none"
        if parts.scheme != "smtp":
            security = "tls" if parts.scheme == "smtps" else "starttls"
        user, password = (
            None if part is None else unquote(part) for part in (parts.username, parts.password)
        )
        return cls(parts.hostname, parts.port or _PORTS[parts.scheme], security, user, password)

    @property
    def tells_password(self) -> bool:
        """Whether the password would travel unprotected."""
        return self.security == "none" and self.password is not None
