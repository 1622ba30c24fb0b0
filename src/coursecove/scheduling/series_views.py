"""What the pages about series show."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SeriesDate:
    """One date of a series, free or with what is in its way; `beyond` what others than staff may book."""

    starts_at: datetime
    ends_at: datetime
    free: bool
    words: str
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """Every date of a series before it is booked."""

    title: str
    words: str
    teacher: str
    student: str
    location: str
    dates: tuple[SeriesDate, ...]
    zone: str
    other_zone: str | None
    notice_hours: int
    fields: tuple[tuple[str, str], ...]
    back: str
    problem: str | None = None

    @property
    def free(self) -> int:
        return sum(each.free for each in self.dates)

    @property
    def beyond(self) -> int:
        """How many free dates the staff alone may book, that far ahead."""
        return sum(each.beyond and each.free for each in self.dates)


@dataclass(frozen=True, slots=True)
class MovedDate:
    """A lesson of a series, the date it would be moved to, and whether it can be."""

    id: str
    before: datetime
    starts_at: datetime
    ends_at: datetime
    free: bool
    words: str


@dataclass(frozen=True, slots=True)
class MovesPage:
    """A lesson of a series and those that follow before they are moved; those in whose way something is stay."""

    title: str
    student: str
    teacher: str
    location: str
    dates: tuple[MovedDate, ...]
    zone: str
    other_zone: str | None
    action: str
    fields: tuple[tuple[str, str], ...]
    back: str
    problem: str | None = None

    @property
    def free(self) -> int:
        return sum(each.free for each in self.dates)
