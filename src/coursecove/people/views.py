"""What the pages about people show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

Standing = Literal["active", "invited", "removed"]
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A member or an invitation in the list; `note` says what is special about them."""

    id: UUID
    name: str
    email: str | None
    role: str
    since: datetime
    until: datetime | None = None
    suspended: bool = False
    expired: bool = False
    days_left: int | None = None
    by: str | None = None
    is_me: bool = False


@dataclass(frozen=True, slots=True)
class RemovedRow:
    """Somebody who can still be restored."""

    id: UUID
    name: str
    role: str
    removed_at: datetime
    removed_by: str | None
    left: bool
    days_left: int
    family: int
    keys: int


@dataclass(frozen=True, slots=True)
class RemovedBanner:
    """Who was removed lately; the more urgent, the harder to overlook."""

    rows: tuple[RemovedRow, ...]
    urgency: Literal["calm", "soon", "now"]
    seen: str
    """What the browser remembers when this is put away."""

    @property
    def dismissable(self) -> bool:
        return self.urgency != "now"

    @property
    def days_left(self) -> int:
        return min(row.days_left for row in self.rows)


@dataclass(frozen=True, slots=True)
class People:
    rows: tuple[Row, ...]
    total: int
    standing: Standing
    tabs: tuple[tuple[str, str], ...]
    here: str
    q: str = ""
    role: str = ""
    newer: str | None = None
    older: str | None = None
    manages: bool = False
    actions: Choices = ()
    banner: RemovedBanner | None = None
    export_url: str | None = None
    problem: str | None = None

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.role)

    @property
    def more_than_shown(self) -> bool:
        return self.total > len(self.rows)


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody linked with a member, and what they are to each other."""

    link_id: UUID
    id: UUID
    name: str
    role: str
    word: str


@dataclass(frozen=True, slots=True)
class Past:
    """Something that was asked about a member."""

    words: str
    status: str
    problem: str | None
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonPage:
    id: UUID
    name: str
    email: str | None
    role: str
    joined_at: datetime
    active: bool
    suspended: bool
    days_left: int | None
    time_zone: str
    locale: str
    relatives: tuple[Relative, ...] = ()
    past: tuple[Past, ...] = ()
    roles: Choices = ()
    is_me: bool = False
    only_owner: bool = False
    manages: bool = False
    links: Literal["guardian", "child"] | None = None
    profile_id: UUID | None = None
    confirm_role: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ListLink:
    """A list that somebody may want to come back to."""

    id: UUID
    words: str
    source: str | None
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InvitePage:
    roles: Choices
    recent: tuple[ListLink, ...] = ()
    email: str = ""
    role: str = "STUDENT"
    list_role: str = "STUDENT"
    text: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a list; `state` is ready, problem, waiting, done or refused."""

    number: int
    given: str
    about: str | None
    role: str | None
    was: str | None
    state: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class ListPage:
    id: UUID
    kind: str
    words: str
    source: str | None
    status: str
    asked_by: str | None
    at: datetime
    finished_at: datetime | None
    ready: int
    problems: int
    asked: int
    done: int
    refused: int
    lines: tuple[LineRow, ...]
    tabs: tuple[tuple[str, str], ...]
    here: str
    path: str
    newer: str | None = None
    older: str | None = None

    @property
    def total(self) -> int:
        return self.asked + self.done + self.refused

    @property
    def settled(self) -> int:
        return self.done + self.refused


@dataclass(frozen=True, slots=True)
class Candidate:
    id: UUID
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class LinkPage:
    """Finding somebody to link with a member."""

    id: UUID
    name: str
    links: Literal["guardian", "child"]
    q: str
    candidates: tuple[Candidate, ...]
    relations: Choices
    more: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class OwnershipPage:
    candidates: Choices
    afterwards: Choices
    chosen: str = ""
    then: str = "TEACHER"
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LeavingPage:
    school: str
    only_owner: bool
    managed: bool
    problem: str | None = None
