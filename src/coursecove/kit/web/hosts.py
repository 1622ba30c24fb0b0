"""Whose address a request was sent to, decided from its Host header before anything else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from coursecove.kit.web import names

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"(?P<name>[a-z0-9.-]{1,253})(?::(?P<port>[1-9][0-9]{0,4}))?", re.ASCII)
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublicRoot:
    """The root domain as a browser reaches it."""

    scheme: Literal["http", "https"]
    name: str
    port: int

    @classmethod
    def parse(cls, origin: str) -> "PublicRoot":
        """From "https://coursecove.example" or "http://coursecove.localhost:8000"."""
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(f"not an origin of a website: {origin!r}")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError(f"not an origin of a website: {origin!r}")
        scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
        return cls(scheme, parts.hostname, parts.port or _DEFAULT_PORTS[scheme])

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    def netloc(self, name: str) -> str:
        return name if self.port == _DEFAULT_PORTS[self.scheme] else f"{name}:{self.port}"

    def origin(self, label: str | None = None) -> str:
        """The origin of the apex, or of the label in front of it."""
        return self.origin_of(f"{label}.{self.name}" if label else self.name)

    def origin_of(self, name: str) -> str:
        """The origin of any host name that is served at the public port."""
        return f"{self.scheme}://{self.netloc(name)}"


@dataclass(frozen=True, slots=True)
class Apex:
    """The root domain itself."""


@dataclass(frozen=True, slots=True)
class SchoolHost:
    """One label in front of the root; whether a school has it is for the database to say."""

    label: str


@dataclass(frozen=True, slots=True)
class IdentityHost:
    """Where people sign in."""


@dataclass(frozen=True, slots=True)
class OperatorHost:
    """Where the operator of the installation works."""


@dataclass(frozen=True, slots=True)
class MailHost:
    """Where a development start shows the mail it did not send."""


@dataclass(frozen=True, slots=True)
class ForeignHost:
    """A name outside the root: perhaps a school's own domain."""

    name: str


Host: TypeAlias = Apex | SchoolHost | IdentityHost | OperatorHost | MailHost | ForeignHost

_OWN_HOSTS: dict[str, Host] = {
    names.IDENTITY: IdentityHost(),
    names.OPERATOR: OperatorHost(),
    names.MAIL: MailHost(),
}


class HostProblem(StrEnum):
    """Why a Host header leads nowhere."""

    MISSING = "no host"
    REPEATED = "more than one host"
    MALFORMED = "malformed host"
    PORT = "another port"
    UNKNOWN = "unknown host"


class HostRefused(Exception):
    """This request names no address of ours."""

    def __init__(self, problem: HostProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem

    @property
    def status(self) -> int:
        return 404 if self.problem in (HostProblem.UNKNOWN, HostProblem.PORT) else 400


def parse_host(values: Sequence[bytes], root: PublicRoot) -> Host:
    """The one Host header of a request, read against the root; raises HostRefused."""
    name = _name_at_our_port(values, root)
    if name == root.name:
        return Apex()
    if name.endswith("." + root.name):
        return _below_root(name.removesuffix("." + root.name))
    if not _DOMAIN.fullmatch(name):
        raise HostRefused(HostProblem.UNKNOWN)
    return ForeignHost(name)


def host_name(host: Host, root: PublicRoot) -> str:
    """The full name that a parsed host stands for."""
    match host:
        case Apex():
            return root.name
        case ForeignHost(name):
            return name
        case SchoolHost(label):
            return f"{label}.{root.name}"
    own = next(label for label, known in _OWN_HOSTS.items() if known == host)
    return f"{own}.{root.name}"


def _name_at_our_port(values: Sequence[bytes], root: PublicRoot) -> str:
    if not values:
        raise HostRefused(HostProblem.MISSING)
    if len(values) > 1:
        raise HostRefused(HostProblem.REPEATED)
    found = _HOST.fullmatch(values[0].decode("latin-1").lower())
    if found is None or found["name"].endswith(".") or ".." in found["name"]:
        raise HostRefused(HostProblem.MALFORMED)
    port = int(found["port"]) if found["port"] else _DEFAULT_PORTS[root.scheme]
    if port != root.port:
        raise HostRefused(HostProblem.PORT)
    return found["name"]


def _below_root(label: str) -> Host:
    if label in _OWN_HOSTS:
        return _OWN_HOSTS[label]
    if names.label_problem(label) is not None:
        raise HostRefused(HostProblem.UNKNOWN)
    return SchoolHost(label)
