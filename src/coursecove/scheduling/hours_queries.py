"""Reads about a teacher's week and its exceptions."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.kit.ids import NIL
from coursecove.people.queries import as_uuid
from coursecove.scheduling.place_queries import MOST, PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Week:
    """The zone that a teacher's hours are meant in, and how often the week was changed; 0 for never."""

    time_zone: str
    version: int


WEEK = """
    select coalesce(w.time_zone, o.time_zone) as time_zone, coalesce(w.version, 0) as version from organizations o
      left join availability_weeks w on w.organization_id = o.id and w.teacher_id = $1
     where o.id = (select app.org_id())"""


async def week_of(db: Reads, teacher_id: UUID) -> Week:
    return await db.one(Week, WEEK, teacher_id)


@dataclass(frozen=True, slots=True)
class WholeWeek:
    """A teacher's week with all that is shown beside it, in one statement."""

    id: UUID
    name: str
    time_zone: str
    version: int
    hours: list[dict[str, Any]] | str
    closures: list[dict[str, Any]] | str
    places: list[dict[str, Any]] | str


WHOLE_WEEK = """
    select m.id, m.display_name as name, coalesce(w.time_zone, o.time_zone) as time_zone,
           coalesce(w.version, 0) as version,
           coalesce((select jsonb_agg(jsonb_build_object('weekday', h.weekday, 'starts', h.starts, 'ends', h.ends,
                                                         'location_id', h.location_id) order by h.weekday, h.starts)
              from availability_hours h
             where h.organization_id = (select app.org_id()) and h.teacher_id = $1), '[]') as hours,
           coalesce((select jsonb_agg(to_jsonb(x)) from (
              select c.id, c.name, c.first_day, c.last_day, c.location_id, null as location, c.version from closures c
               where c.organization_id = (select app.org_id()) and c.last_day >= $2 and c.first_day <= $3
               order by c.last_day, c.id limit 100) x), '[]') as closures,
           coalesce((select jsonb_agg(to_jsonb(x)) from (
              select l.id, l.name from locations l
               where l.organization_id = (select app.org_id()) and l.archived_at is null
               order by l.name, l.id limit 500) x), '[]') as places
      from organizations o
      join organization_memberships m on m.organization_id = o.id and m.id = $1 and m.status = 'ACTIVE'
       and m.role = any('{TEACHER,SUPER_ADMIN}'::text[]) and m.suspended_at is null
      left join availability_weeks w on w.organization_id = o.id and w.teacher_id = m.id
     where o.id = (select app.org_id())"""


async def whole_week(db: Reads, teacher_id: UUID, first: date, last: date) -> WholeWeek:
    """With the closures that touch any day from `first` to `last`."""
    return await db.one(WholeWeek, WHOLE_WEEK, teacher_id, first, last)


SCHOOL_ZONE = "select o.time_zone from organizations o where o.id = (select app.org_id())"


async def school_zone(db: Reads) -> str:
    return str(await db.value(SCHOOL_ZONE))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours of a weekday, 0 being Monday; an end of midnight ends the day."""

    weekday: int
    starts: time
    ends: time
    location_id: UUID | None


HOURS = """
    select h.weekday, h.starts, h.ends, h.location_id from availability_hours h
     where h.organization_id = (select app.org_id()) and h.teacher_id = $1
     order by h.weekday, h.starts limit $2"""


async def hours_of(db: Reads, teacher_id: UUID) -> list[Stretch]:
    return await db.fetch(Stretch, HOURS, teacher_id, MOST)


@dataclass(frozen=True, slots=True)
class ExceptionFacts:
    """A date with hours of its own, or without any."""

    id: UUID
    date: date
    starts: time | None
    ends: time | None
    location_id: UUID | None


_EXCEPTIONS = """
    select e.id, e.date, e.starts, e.ends, e.location_id from availability_exceptions e
     where e.organization_id = (select app.org_id()) and e.teacher_id = $1"""
EXCEPTIONS_AFTER = f"{_EXCEPTIONS} and (e.date, e.id) > ($2, $3) order by e.date, e.id limit $4"
EXCEPTIONS_BEFORE = f"{_EXCEPTIONS} and (e.date, e.id) < ($2, $3) order by e.date desc, e.id desc limit $4"
EXCEPTION = f"{_EXCEPTIONS} and e.id = $2"


async def exceptions_of(
    db: Reads, teacher_id: UUID, since: date, *, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Slice[ExceptionFacts]:
    """From a date on, the nearest first."""
    place = read_cursor(cursor, 2)
    day, row_id = (_day(place.key[0]), as_uuid(place.key[1])) if place else (since, NIL)
    sql = EXCEPTIONS_BEFORE if place and place.backwards else EXCEPTIONS_AFTER
    rows = await db.fetch(ExceptionFacts, sql, teacher_id, day, row_id, limit + 1)
    return cut(rows, limit, place, lambda row: (row.date.isoformat(), str(row.id)))


async def exception_facts(db: Reads, teacher_id: UUID, exception_id: UUID) -> ExceptionFacts:
    return await db.one(ExceptionFacts, EXCEPTION, teacher_id, exception_id)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadCursor from None
