"""What the pages of scheduling show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from coursecove.schools.editing import Difference

Errors = Mapping[str, str]
Given = Mapping[str, str]
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A kind of appointment in the list."""

    id: UUID
    name: str
    status: str
    minutes: int
    price: str
    locations: tuple[str, ...]
    teachers: int
    colour: str | None


@dataclass(frozen=True, slots=True)
class TypesPage:
    rows: tuple[TypeRow, ...]
    tabs: Choices
    here: str
    status: str
    q: str = ""
    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Something to choose or not."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class TypePage:
    """A kind of appointment, or a new one: then `id` is None."""

    id: UUID | None
    name: str
    status: str
    given: Given
    locations: tuple[Tick, ...]
    currencies: Choices
    version: str = ""
    teachers: tuple[Tick, ...] = ()
    errors: Errors = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    problem: str | None = None

    @property
    def path(self) -> str:
        return f"/schedule/types/{self.id}" if self.id else "/schedule/types"

    @property
    def missing_teachers(self) -> bool:
        return not any(each.chosen for each in self.teachers)


@dataclass(frozen=True, slots=True)
class LocationRow:
    id: UUID
    name: str
    kind: str
    address: str
    rooms: int
    types: int


@dataclass(frozen=True, slots=True)
class LocationsPage:
    rows: tuple[LocationRow, ...]
    tabs: Choices
    here: str
    archived: bool
    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True)
class RoomRow:
    id: UUID
    name: str
    capacity: int
    version: int
    archived: bool


@dataclass(frozen=True, slots=True)
class LocationPage:
    """A location with its rooms, or a new one: then `id` is None."""

    id: UUID | None
    name: str
    given: Given
    kinds: Choices
    time_zones: Choices
    version: str = ""
    archived: bool = False
    rooms: tuple[RoomRow, ...] = ()
    used_by: Choices = ()
    room_given: Given = field(default_factory=dict)
    room_errors: Errors = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    problem: str | None = None

    @property
    def path(self) -> str:
        return f"/schedule/locations/{self.id}" if self.id else "/schedule/locations"


@dataclass(frozen=True, slots=True)
class RoomPage:
    """One room, to be changed."""

    id: UUID
    location_id: UUID
    location: str
    name: str
    given: Given
    version: str
    archived: bool
    errors: Errors = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()

    @property
    def path(self) -> str:
        return f"/schedule/rooms/{self.id}"


@dataclass(frozen=True, slots=True)
class ClosureRow:
    id: UUID
    name: str
    first_day: date
    last_day: date
    location: str | None


@dataclass(frozen=True, slots=True)
class ClosuresPage:
    rows: tuple[ClosureRow, ...]
    locations: Choices
    given: Given
    errors: Errors = field(default_factory=dict)
    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True)
class ClosurePage:
    id: UUID
    name: str
    locations: Choices
    given: Given
    version: str
    errors: Errors = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()

    @property
    def path(self) -> str:
        return f"/schedule/closures/{self.id}"


@dataclass(frozen=True, slots=True)
class TeacherRow:
    id: UUID
    name: str
    role: str
    types: int
    stretches: int


@dataclass(frozen=True, slots=True)
class TeachersPage:
    rows: tuple[TeacherRow, ...]


@dataclass(frozen=True, slots=True)
class TeacherPage:
    """What one teacher teaches."""

    id: UUID
    name: str
    types: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class TypedHours:
    """One line of the week's form, as it was typed."""

    starts: str = ""
    ends: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class TypedDay:
    """A weekday of the form; one empty line waits at its end."""

    number: int
    words: str
    lines: tuple[TypedHours, ...]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    id: UUID
    date: date
    hours: str | None
    location: str | None


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A coming date with what its hours come to."""

    date: date
    hours: tuple[str, ...]
    why: str | None


@dataclass(frozen=True, slots=True)
class HoursPage:
    """A teacher's week, its exceptions, and the next two weeks that result."""

    teacher_id: UUID
    name: str
    mine: bool
    time_zone: str
    time_zones: Choices
    version: str
    days: tuple[TypedDay, ...]
    locations: Choices
    exceptions: tuple[ExceptionRow, ...]
    coming: tuple[ShownDay, ...]
    given: Given = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    unsaved: bool = False
    newer: str | None = None
    older: str | None = None

    @property
    def path(self) -> str:
        return f"/hours/{self.teacher_id}"

    @property
    def weekdays(self) -> Choices:
        return tuple((str(day.number), day.words) for day in self.days)
