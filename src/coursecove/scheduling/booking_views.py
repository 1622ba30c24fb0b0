"""What the pages about lessons show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from coursecove.people.views import Choices


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A lesson in a list; `who` is whom the viewer meets there, or both people for the staff."""

    id: UUID
    title: str
    who: str
    place: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    presence: str | None = None
    takes_attendance: bool = False


@dataclass(frozen=True, slots=True)
class LessonDay:
    day: date
    lessons: tuple[LessonLine, ...]


@dataclass(frozen=True, slots=True)
class LessonsPage:
    days: tuple[LessonDay, ...]
    past: bool
    staff: bool
    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True)
class OfferRow:
    id: UUID
    name: str
    description: str
    minutes: int
    price: str | None
    teachers: str
    places: str
    bookable: bool


@dataclass(frozen=True, slots=True)
class OffersPage:
    """What can be booked; `nobody` for a guardian who stands for no child."""

    offers: tuple[OfferRow, ...]
    nobody: bool = False


@dataclass(frozen=True, slots=True)
class SlotLink:
    starts_at: datetime
    href: str


@dataclass(frozen=True, slots=True)
class SlotDay:
    day: date
    slots: tuple[SlotLink, ...]


@dataclass(frozen=True, slots=True)
class TimesPage:
    """Free times of a week, in the viewer's zone; `other_zone` where the lesson's own differs."""

    title: str
    text: str
    action: str
    """Where the choices above the week are sent, by GET."""
    hidden: tuple[tuple[str, str], ...]
    locations: Choices
    location_id: str
    teachers: Choices
    teacher_id: str
    students: Choices
    student_id: str
    days: tuple[SlotDay, ...]
    first: date
    last: date
    earlier: str | None
    later: str | None
    zone: str
    other_zone: str | None = None
    next_free: SlotLink | None = None
    problem: str | None = None
    nearest: tuple[SlotLink, ...] = ()
    trail: tuple[tuple[str, str], ...] = ()

    @property
    def empty(self) -> bool:
        return not any(day.slots for day in self.days)


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """Everything about a lesson before it is booked or moved."""

    moving: bool
    title: str
    teacher: str
    students: Choices
    """Whom to choose from; one where it is clear who is meant."""
    student_id: str
    location: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    other_zone: str | None
    notice_hours: int
    free_until: datetime
    action: str
    fields: tuple[tuple[str, str], ...]
    back: str
    note: str = ""
    before: datetime | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    repeat: str = ""
    count: str = "10"
    following: int = 0
    """How many lessons of the series follow at the same time of the week; with them all can be moved."""
    last: datetime | None = None
    seal: str = ""


@dataclass(frozen=True, slots=True)
class LessonPage:
    """One lesson, and what this viewer may do with it."""

    id: UUID
    title: str
    teacher: str
    student: str
    student_href: str | None
    location: str
    address: str
    meeting_link: str | None
    starts_at: datetime
    ends_at: datetime
    zone: str
    other_zone: str | None
    note: str
    booked_by: str
    created_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str
    late: bool
    reason: str
    presence: str | None
    presence_note: str
    may_change: bool
    may_move: bool
    staff: bool
    notice_hours: int
    free_until: datetime
    over: bool
    series: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CancellationPage:
    """What comes of cancelling, before it is done."""

    id: UUID
    version: int
    title: str
    who: str
    starts_at: datetime
    zone: str
    late: bool
    by_school: bool
    notice_hours: int
    free_until: datetime
    reason: str = ""
    problem: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    following: int = 0
    """How many lessons of the series follow; with them the page offers to cancel those too."""
    last: datetime | None = None
    late_following: int = 0
    seal: str = ""
