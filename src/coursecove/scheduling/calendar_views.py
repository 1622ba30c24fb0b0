"""What the calendar and the page of its feed show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from coursecove.people.views import Choices
from coursecove.scheduling.booking_views import LessonLine


@dataclass(frozen=True, slots=True)
class CalendarDay:
    day: date
    is_today: bool
    lessons: tuple[LessonLine, ...]


@dataclass(frozen=True, slots=True)
class BriefLesson:
    """A lesson of which a month says no more than when, and what or with whom."""

    id: UUID
    words: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class MonthCell:
    """A day of a month; days of the months around it fill its first and last week."""

    day: date
    is_today: bool
    outside: bool
    lessons: tuple[BriefLesson, ...]
    count: int
    href: str

    @property
    def more(self) -> int:
        return self.count - len(self.lessons)


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """A month, a week, a day, or four weeks as a list; `tabs` are addresses of the four."""

    view: str
    days: tuple[CalendarDay, ...]
    tabs: tuple[tuple[str, str], ...]
    here: str
    earlier: str
    later: str
    today: str
    zone: str
    hidden: tuple[tuple[str, str], ...]
    teachers: Choices = ()
    teacher_id: str = ""
    rooms: Choices = ()
    room_id: str = ""
    staff: bool = False
    month: date | None = None
    cells: tuple[MonthCell, ...] = ()
    cut_at: int | None = None
    """So many lessons are shown, and there are more."""

    @property
    def count(self) -> int:
        return sum(len(day.lessons) for day in self.days) + sum(each.count for each in self.cells)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Whether there is a feed, since when, and its address right after it was made."""

    made_at: datetime | None
    url: str | None = None
