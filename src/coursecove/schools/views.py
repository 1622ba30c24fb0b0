"""What the pages of a school's settings show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from coursecove.kit.web.branding import Legibility
from coursecove.kit.web.shell import SchoolLink
from coursecove.schools.domains import Records
from coursecove.schools.editing import Difference

Errors = Mapping[str, str]
PALETTE = ("#0f766e", "#1d4ed8", "#7c3aed", "#be185d", "#b91c1c", "#c2410c", "#4d7c0f", "#334155")
"""Colours to start from; any other may be written."""


@dataclass(frozen=True, slots=True)
class FactsPage:
    name: str
    slug: str
    url: str
    time_zone: str
    created_at: datetime
    members: int
    version: str
    errors: Errors = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class LookPage:
    name: str
    color: str
    version: str
    legibility: Legibility | None
    logo_url: str | None = None
    errors: Errors = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()

    @property
    def palette(self) -> tuple[str, ...]:
        return PALETTE


@dataclass(frozen=True, slots=True)
class RegionPage:
    time_zone: str
    locale: str
    version: str
    time_zones: tuple[tuple[str, str], ...]
    locales: tuple[tuple[str, str], ...]
    errors: Errors = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class RulesPage:
    serves_minors: bool
    profiles_by: str
    joining: str
    version: str
    errors: Errors = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What can be said about an address that somebody thinks of."""

    typed: str
    label: str
    shown: str
    problem: str | None = None
    suggestions: tuple[str, ...] = ()

    @property
    def free(self) -> bool:
        return self.problem is None


@dataclass(frozen=True, slots=True)
class OldAddress:
    """An address that leads to the current one for a while."""

    label: str
    shown: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DomainRow:
    id: UUID
    name: str
    state: str
    points_here: bool
    problem: str | None
    records: Records
    checked_at: datetime | None
    verified_at: datetime | None
    next_check_at: datetime


@dataclass(frozen=True, slots=True)
class AddressPage:
    label: str
    shown: str
    url: str
    since: datetime | None
    root: str
    old: tuple[OldAddress, ...]
    domains: tuple[DomainRow, ...]
    standing: Standing | None = None
    adjusted_from: str | None = None
    typed_domain: str = ""
    errors: Errors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestRow:
    id: UUID
    name: str
    email: str | None
    message: str
    state: str
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class JoiningPage:
    joining: str
    door_url: str
    requests: tuple[RequestRow, ...]

    @property
    def waiting(self) -> tuple[RequestRow, ...]:
        return tuple(each for each in self.requests if each.state == "waiting")

    @property
    def decided(self) -> tuple[RequestRow, ...]:
        return tuple(each for each in self.requests if each.state != "waiting")


@dataclass(frozen=True, slots=True)
class ExportRow:
    id: UUID
    state: str
    created_at: datetime
    requested_by: str | None
    tables_done: int
    tables_total: int
    rows: int
    megabytes: str
    problem: str | None
    expires_at: datetime | None

    @property
    def open(self) -> bool:
        return self.state in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class DataPage:
    school: str
    exports: tuple[ExportRow, ...]
    grace_days: int
    typed_name: str = ""
    errors: Errors = field(default_factory=dict)

    @property
    def writing(self) -> bool:
        return any(each.open for each in self.exports)


@dataclass(frozen=True, slots=True)
class StayRow:
    id: UUID
    operator_name: str
    reason: str
    may_change: bool
    starts_at: datetime
    ends_at: datetime
    over_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class SupportPage:
    stays: tuple[StayRow, ...]
    may_end: bool = True


@dataclass(frozen=True, slots=True)
class ClosedRow:
    id: UUID
    name: str
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class MySchoolsPage:
    name: str
    email: str
    schools: tuple[SchoolLink, ...]
    closed: tuple[ClosedRow, ...]
    sign_out_url: str


@dataclass(frozen=True, slots=True)
class JoinPage:
    school: str
    email: str
    takes_requests: bool
    asked_at: datetime | None
    sign_out_url: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to agree to."""

    key: str
    title: str
    version: str
    url: str


@dataclass(frozen=True, slots=True)
class FoundNamePage:
    name: str
    slug: str
    root: str
    standing: Standing | None
    step: int = 1
    failed: str | None = None
    errors: Errors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundLookPage:
    name: str
    color: str
    legibility: Legibility | None
    has_logo: bool
    step: int = 2
    errors: Errors = field(default_factory=dict)

    @property
    def palette(self) -> tuple[str, ...]:
        return PALETTE


@dataclass(frozen=True, slots=True)
class FoundPlacePage:
    name: str
    time_zone: str
    locale: str
    serves_minors: bool | None
    guessed: bool
    time_zones: tuple[tuple[str, str], ...]
    locales: tuple[tuple[str, str], ...]
    step: int = 3
    errors: Errors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundTermsPage:
    name: str
    shown: str
    color: str
    time_zone: str
    language: str
    serves_minors: bool
    has_logo: bool
    texts: tuple[Text, ...]
    agreed: tuple[str, ...] = ()
    step: int = 4
    notice: str | None = None
    errors: Errors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundProgressPage:
    """`done` of the four things that happen; `slow` once it takes longer than it should."""

    name: str
    done: int
    slow: bool


@dataclass(frozen=True, slots=True)
class LegalPage:
    title: str
    version: str
    site: str
