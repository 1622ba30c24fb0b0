"""What the operator of a CourseCove installation sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SchoolRow:
    id: UUID
    name: str
    slug: str
    url: str
    created_at: datetime
    owners: int
    teachers: int
    students: int
    guardians: int

    @property
    def people(self) -> int:
        return self.owners + self.teachers + self.students + self.guardians


@dataclass(frozen=True, slots=True)
class DeadRun:
    """Background work that used up its attempts."""

    id: UUID
    function: str
    school: str | None
    error: str
    attempts: int
    died_at: datetime


@dataclass(frozen=True, slots=True)
class EventRow:
    id: UUID
    name: str
    school: str | None
    occurred_at: datetime
    dispatched_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    schools: tuple[SchoolRow, ...]
    schools_total: int
    people_total: int
    runs: tuple[tuple[str, int], ...]
    dead: tuple[DeadRun, ...]
    events: tuple[EventRow, ...]
    waiting_events: int
    engine: str
    newer: str | None = None
    older: str | None = None

    @property
    def given_up(self) -> int:
        return dict(self.runs).get("dead", len(self.dead))
