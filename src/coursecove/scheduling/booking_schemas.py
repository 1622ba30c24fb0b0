"""What the JSON API says and takes about free times, lessons and attendance."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from coursecove.accounts.schemas import Answer, Page
from coursecove.scheduling.booking_models import BookingStatus, Presence
from coursecove.scheduling.recurrence import FEWEST, MOST
from coursecove.scheduling.schemas import Wanted, without_odd_controls


def within_reason(at: datetime) -> datetime:
    """An instant of this century, which every clock of ours can show."""
    if not 2000 <= at.year < 2100:
        raise ValueError("This is not a time of this century.")
    return at


Instant = Annotated[
    AwareDatetime,
    AfterValidator(within_reason),
    Field(description="An instant, with its offset.", examples=["2026-11-25T15:00:00Z"]),
]
Note = Annotated[str, AfterValidator(without_odd_controls), Field(max_length=2000)]
Reason = Annotated[str, AfterValidator(without_odd_controls), Field(max_length=500)]
Version = Annotated[
    int, Field(ge=1, le=2_000_000_000, description="The version of the lesson that is changed.")
]
Following = Annotated[
    bool, Field(description="With those that follow it in its series: all of them or none.")
]


class Slot(Answer):
    """A time at which a lesson can begin, and with whom."""

    starts_at: datetime
    ends_at: datetime
    teacher_id: UUID
    teacher: str
    room_id: UUID | None


class Slots(Answer):
    """Free times in order; the same time comes once for each teacher who is free."""

    items: list[Slot]


class BookingLine(Answer):
    """A lesson in a list."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    status: BookingStatus
    late: bool
    teacher_id: UUID
    teacher: str
    student_id: UUID
    student: str
    location: str
    room: str
    presence: Presence | None


class Bookings(Page):
    """Lessons that the caller may see."""

    items: list[BookingLine]


class Booking(Answer):
    """A lesson, and the terms it was booked under."""

    id: UUID
    appointment_type_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    status: BookingStatus
    version: int
    teacher_id: UUID
    teacher: str
    student_id: UUID
    student: str
    location_id: UUID
    location: str
    room_id: UUID | None
    meeting_link: str | None
    note: str
    cancel_notice_hours: int
    cancelled_at: datetime | None
    late: bool
    reason: str
    presence: Presence | None
    presence_note: str
    series_id: UUID | None


class NewBooking(Wanted):
    """A lesson to book; without a teacher, with whoever is free."""

    appointment_type_id: UUID
    location_id: UUID
    student_id: UUID
    teacher_id: UUID | None = None
    starts_at: Instant
    note: Note = ""


class Move(Wanted):
    """Another time for a lesson."""

    version: Version
    starts_at: Instant
    teacher_id: UUID | None = None
    location_id: UUID | None = None
    following: Following = False


class Cancellation(Wanted):
    """That a lesson does not take place."""

    version: Version
    reason: Reason = ""
    following: Following = False


class NewSeries(Wanted):
    """Lessons to book at the same time by the clock of their place, every week, every two or every four."""

    appointment_type_id: UUID
    location_id: UUID
    student_id: UUID
    teacher_id: UUID
    starts_at: Instant
    every: Literal[1, 2, 4] = Field(description="Weeks from one lesson to the next.")
    count: int = Field(ge=FEWEST, le=MOST, description="How many lessons in all.")
    skip_taken: bool = Field(
        default=False,
        description="Leave out dates that are not free; else one of them refuses the whole series.",
    )
    note: Note = ""


class SeriesLesson(Answer):
    """One lesson of a series."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    status: BookingStatus
    version: int


class Series(Answer):
    """A series as it was asked for, and its lessons in order, cancelled ones too."""

    id: UUID
    rule: str = Field(description="RFC 5545.", examples=["FREQ=WEEKLY;INTERVAL=1;COUNT=10"])
    time_zone: str
    lessons: list[SeriesLesson]


class NewAttendance(Wanted):
    """Whether the student was there."""

    status: Presence
    note: Note = ""
