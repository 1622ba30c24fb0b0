"""What the pages about a course's learners show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

Status = Literal["active", "requested", "waiting", "removed"]


@dataclass(frozen=True, slots=True)
class LearnerRow:
    """Somebody who learns a course, waits for it, asks for it or no longer learns it."""

    id: UUID
    member_id: UUID
    name: str
    since: datetime
    by: str
    done: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Learners:
    """One list of a course's learners."""

    course_id: UUID
    course: str
    status: Status
    tabs: tuple[tuple[str, str], ...]
    here: str
    rows: tuple[LearnerRow, ...]
    lessons: int
    active: int
    seats: int | None
    q: str = ""
    newer: str | None = None
    older: str | None = None
    published: bool = True
    given_seats: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Students who could be enrolled."""

    course_id: UUID
    course: str
    q: str
    students: tuple[tuple[UUID, str], ...]
    more: bool
    free: int | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that leads into a course."""

    id: UUID
    name: str
    needs_approval: bool
    uses: int
    most_uses: int | None
    expires_at: datetime | None
    created_at: datetime
    state: Literal["open", "revoked", "over"]


@dataclass(frozen=True, slots=True)
class Links:
    """The links into a course; `made` is the address of a new one, shown once."""

    course_id: UUID
    course: str
    published: bool
    links: tuple[LinkRow, ...]
    made: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One learner in the table: a mark for each lesson of the module."""

    member_id: UUID
    name: str
    marks: tuple[Literal["done", "begun", ""], ...]
    done: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProgressTable:
    """How far everybody is in one module of a course."""

    course_id: UUID
    course: str
    modules: tuple[tuple[str, str], ...]
    module: str
    here: str
    lessons: tuple[str, ...]
    rows: tuple[ProgressRow, ...]
    total: int
    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """When a module opens, as its form has it."""

    id: UUID
    title: str
    version: int
    date: str
    days: str
    release_at: datetime | None
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Releases:
    """What opens when, and what comes first."""

    course_id: UUID
    course: str
    modules: tuple[ReleaseRow, ...]
    required: tuple[tuple[UUID, str], ...]
    choices: tuple[tuple[str, str], ...]
    zone: str
    problem: str | None = None
