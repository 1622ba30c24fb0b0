"""Facts about lessons: booked, moved, cancelled, soon to begin, and who was there."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class LessonBooked(Event):
    """A lesson was booked."""

    booking_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class SeriesBooked(Event):
    """A series of lessons was booked, all of them at once."""

    series_id: UUID


@dataclass(frozen=True, slots=True)
class SeriesCancelled(Event):
    """A lesson of a series and those that follow do not take place; it names the first of them."""

    series_id: UUID
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class SeriesMoved(Event):
    """A lesson of a series and those that follow take place at other times; all that were moved."""

    series_id: UUID
    booking_ids: tuple[UUID, ...]
    version: int
    """The one that the first of them has since."""


@dataclass(frozen=True, slots=True)
class LessonMoved(Event):
    """A lesson takes place at another time, or with another teacher."""

    booking_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class LessonCancelled(Event):
    """A lesson does not take place."""

    booking_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class ReminderPlanned(Event):
    """Told a day before a lesson begins; stale where the lesson was moved or cancelled since."""

    booking_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class AttendanceRecorded(Event):
    """It was noted whether a student was there."""

    booking_id: UUID
    status: str
