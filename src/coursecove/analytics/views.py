"""What the home page of each role shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.accounts.views import Happening, MemberRow


@dataclass(frozen=True, slots=True)
class Headcount:
    """People of one role, and how many of them joined this month."""

    role: str
    people: int
    joined_this_month: int = 0


@dataclass(frozen=True, slots=True)
class SetUpStep:
    label: str
    detail: str
    done: bool
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson that comes next, or whose attendance nobody took."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    teacher: str
    student: str
    place: str


@dataclass(frozen=True, slots=True)
class LearnedCourse:
    """A course that the student learns, and how many of its lessons are done."""

    id: UUID
    title: str
    lessons: int
    done: int


@dataclass(frozen=True, slots=True)
class OwnerHome:
    first_name: str
    headcounts: tuple[Headcount, ...]
    newest: tuple[MemberRow, ...]
    happenings: tuple[Happening, ...]
    set_up: tuple[SetUpStep, ...]
    lessons: tuple[Lesson, ...] = ()

    @property
    def steps_done(self) -> int:
        return sum(step.done for step in self.set_up)


@dataclass(frozen=True, slots=True)
class Facts:
    """A member's own standing in the school."""

    name: str
    role: str
    joined_at: datetime
    time_zone: str


@dataclass(frozen=True, slots=True)
class TeacherHome:
    first_name: str
    facts: Facts
    students: int
    teachers: int
    colleagues: tuple[MemberRow, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    to_note: tuple[Lesson, ...] = ()


@dataclass(frozen=True, slots=True)
class StudentHome:
    first_name: str
    facts: Facts
    teachers: tuple[MemberRow, ...] = ()
    guardians: tuple[str, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    courses: tuple[LearnedCourse, ...] = ()


@dataclass(frozen=True, slots=True)
class Child:
    """A student the guardian is linked with."""

    id: UUID
    name: str
    joined_at: datetime
    relation: str | None = None
    other_guardians: tuple[str, ...] = ()
    lessons: tuple[Lesson, ...] = ()


@dataclass(frozen=True, slots=True)
class GuardianHome:
    first_name: str
    children: tuple[Child, ...] = ()
    contact_email: str | None = None
