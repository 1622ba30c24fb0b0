"""Reads of series: the first lesson, and those that follow one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from coursecove.kit.db import Reads
from coursecove.kit.errors import NotFound
from coursecove.people.parts import parts
from coursecove.scheduling.recurrence import by_the_clock

FIRST_OF_SERIES = """
    select b.id from bookings b where b.organization_id = (select app.org_id()) and b.series_id = $1
     order by b.starts_at, b.id limit 1"""


async def first_of_series(db: Reads, series_id: UUID) -> UUID:
    """Its first lesson."""
    found: UUID = await db.value(FIRST_OF_SERIES, series_id)
    return found


@dataclass(frozen=True, slots=True)
class Following:
    """A lesson of a series that takes place, this one or a later one, and that the viewer may change."""

    id: UUID
    version: int
    starts_at: datetime
    cancel_notice_hours: int
    teacher_id: UUID
    room_id: UUID | None


FOLLOWING = """
    select b.id, b.version, b.starts_at, b.cancel_notice_hours, b.teacher_id, b.room_id
      from bookings a
      join bookings b on b.organization_id = a.organization_id and b.series_id = a.series_id
     where a.organization_id = (select app.org_id()) and a.id = $1 and b.status = 'booked'
       and (b.starts_at, b.id) >= (a.starts_at, a.id)
       and ((select app.is_admin()) or b.teacher_id = (select app.member_id())
            or b.student_id = any(array(select app.my_member_ids())))
     order by b.starts_at, b.id limit 60"""


async def following(db: Reads, booking_id: UUID) -> list[Following]:
    """A lesson of a series and those after it, in order; nothing for one that stands alone."""
    return await db.fetch(Following, FOLLOWING, booking_id)


ZONE = "select l.time_zone from locations l where l.organization_id = (select app.org_id()) and l.id = $1"


async def location_zone(db: Reads, location_id: UUID) -> str:
    """By whose clock lessons there are told; NotFound where there is no such place."""
    found: str | None = await db.value(ZONE, location_id)
    if found is None:
        raise NotFound
    return found


def at_the_same_time(lessons: Sequence[Following], zone: ZoneInfo) -> list[Following]:
    """The first of them and those that still begin at its time of the week, with its teacher; others were moved alone."""

    def when(each: Following) -> tuple[int, time, UUID]:
        day, clock = by_the_clock(each.starts_at, zone)
        return day.weekday(), clock, each.teacher_id

    return [each for each in lessons if when(each) == when(lessons[0])]


SERIES = """
    select s.id, s.rule, s.time_zone,
           (select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'starts_at', b.starts_at, 'ends_at', b.ends_at,
                     'status', b.status, 'version', b.version) order by b.starts_at, b.id), '[]')
              from bookings b where b.organization_id = s.organization_id and b.series_id = s.id) as found
      from booking_series s
     where s.organization_id = (select app.org_id()) and s.id = $1"""


@dataclass(frozen=True, slots=True)
class SeriesLesson:
    """One lesson of a series, cancelled ones too."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    status: str
    version: int


@dataclass(frozen=True, slots=True)
class Series:
    """A series as it was asked for, and its lessons in order."""

    id: UUID
    rule: str
    time_zone: str
    found: list[dict[str, Any]]

    @property
    def lessons(self) -> list[SeriesLesson]:
        return parts(self.found, SeriesLesson)


async def series(db: Reads, series_id: UUID) -> Series:
    return await db.one(Series, SERIES, series_id)


def seal_of(lessons: Sequence[Following]) -> str:
    """What somebody saw of several lessons: it differs as soon as one of them is moved or cancelled."""
    seen = ",".join(f"{each.id}:{each.version}" for each in lessons)
    return sha256(seen.encode()).hexdigest()[:32]
