"""What the pages about people and accounts show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from coursecove.kit.web.formats import Theme
from coursecove.kit.web.shell import SchoolLink


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member in a list; `role` is the role's code, `active` false once removed."""

    id: UUID
    name: str
    email: str | None
    role: str
    joined_at: datetime
    active: bool = True


@dataclass(frozen=True, slots=True)
class Happening:
    """An event told as a sentence: `actor` `text` `subject`."""

    id: UUID
    text: str
    occurred_at: datetime
    actor: str | None = None
    subject: str | None = None
    subject_href: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    happenings: tuple[Happening, ...]
    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    email: str
    role: str
    school: str
    joined_at: datetime
    theme: Theme
    time_zone: str
    locale: str
    time_zones: tuple[str, ...]
    locales: tuple[tuple[str, str], ...]
    signed_in_at: datetime | None = None
    session_ends_at: datetime | None = None
    may_make_tokens: bool = False
    profile_url: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def time_zone_choices(self) -> tuple[tuple[str, str], ...]:
        return tuple((zone, zone.replace("_", " ")) for zone in self.time_zones)


@dataclass(frozen=True, slots=True)
class TokenRow:
    id: UUID
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    value: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token's secret, shown this once."""

    name: str
    secret: str


@dataclass(frozen=True, slots=True)
class Tokens:
    tokens: tuple[TokenRow, ...]
    scopes: tuple[Scope, ...]
    created: NewToken | None = None
    name: str = ""
    chosen: tuple[str, ...] = ()
    expires: str = "90"
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotAMember:
    """Signed in, yet a stranger here; the school is not described."""

    email: str
    schools: tuple[SchoolLink, ...]
    sign_out_url: str
    reference: str
