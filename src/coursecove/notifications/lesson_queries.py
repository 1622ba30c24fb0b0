"""A lesson and whom to write to about it, through the service client."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.kit.db import ServiceDb


@dataclass(frozen=True, slots=True)
class LessonFacts:
    """A lesson as a letter tells of it, and the school in whose name it is written."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    status: str
    version: int
    late: bool
    reason: str
    teacher: str
    student: str
    location: str
    address: str
    meeting_link: str | None
    school_id: UUID
    school_name: str
    label: str
    brand_color: str | None


LESSON_FACTS = """
    select b.id, b.title, b.starts_at, b.ends_at, b.status, b.version, b.late, b.reason, t.display_name as teacher,
           s.display_name as student, l.name as location, l.address, b.meeting_link, o.id as school_id,
           o.name as school_name, o.subdomain as label, o.brand_color
      from bookings b
      join organizations o on o.id = b.organization_id and o.status = 'ACTIVE'
      join organization_memberships t on t.organization_id = b.organization_id and t.id = b.teacher_id
      join organization_memberships s on s.organization_id = b.organization_id and s.id = b.student_id
      join locations l on l.organization_id = b.organization_id and l.id = b.location_id
     where b.organization_id = $1 and b.id = $2"""


async def lesson_facts(db: ServiceDb, booking_id: UUID) -> LessonFacts | None:
    return await db.first(LessonFacts, LESSON_FACTS, db.organization_id, booking_id)


@dataclass(frozen=True, slots=True)
class LessonReader:
    """Somebody who is told about a lesson: its teacher, its student, or the guardians of a student without mail."""

    id: UUID
    email: str
    name: str
    locale: str
    time_zone: str
    teaches: bool


LESSON_READERS = """
    with b as (
      select b.organization_id, b.teacher_id, b.student_id from bookings b where b.organization_id = $1 and b.id = $2),
    who as (
      select b.organization_id, b.teacher_id as id, true as teaches from b
      union all
      select b.organization_id, b.student_id, false from b
      union all
      select b.organization_id, g.guardian_id, false
        from b join guardianships g on g.organization_id = b.organization_id and g.student_id = b.student_id
       where not exists (
         select from organization_memberships s join users u on u.id = s.user_id
          where s.organization_id = b.organization_id and s.id = b.student_id and u.email is not null))
    select m.id, u.email, m.display_name as name, coalesce(m.locale, o.locale) as locale,
           coalesce(m.time_zone, o.time_zone) as time_zone, w.teaches
      from who w
      join organization_memberships m on m.organization_id = w.organization_id and m.id = w.id and m.status = 'ACTIVE'
      join organizations o on o.id = m.organization_id
      join users u on u.id = m.user_id and u.status = 'ACTIVE' and u.email is not null
     order by m.id"""


async def lesson_readers(db: ServiceDb, booking_id: UUID) -> list[LessonReader]:
    return await db.fetch(LessonReader, LESSON_READERS, db.organization_id, booking_id)


@dataclass(frozen=True, slots=True)
class SeriesTime:
    """A lesson of a series that takes place."""

    id: UUID
    starts_at: datetime


SERIES_TIMES = """
    select b.id, b.starts_at from bookings b
     where b.organization_id = $1 and b.series_id = $2 and b.status = 'booked'
     order by b.starts_at, b.id limit 60"""


async def series_times(db: ServiceDb, series_id: UUID) -> list[SeriesTime]:
    """When a series takes place, in order."""
    return await db.fetch(SeriesTime, SERIES_TIMES, db.organization_id, series_id)


TIMES_OF = """
    select b.id, b.starts_at from bookings b
     where b.organization_id = $1 and b.id = any($2) and b.status = 'booked'
     order by b.starts_at, b.id limit 60"""


async def times_of(db: ServiceDb, booking_ids: Sequence[UUID]) -> list[SeriesTime]:
    """When these lessons take place, in order; cancelled ones left out."""
    return await db.fetch(SeriesTime, TIMES_OF, db.organization_id, list(booking_ids))


SERIES_CANCELLED = """
    select b.id, b.starts_at
      from bookings a
      join bookings b on b.organization_id = a.organization_id and b.series_id = a.series_id
     where a.organization_id = $1 and a.id = $2 and b.cancelled_at = a.cancelled_at
     order by b.starts_at, b.id limit 60"""


async def cancelled_together(db: ServiceDb, booking_id: UUID) -> list[SeriesTime]:
    """The lessons of a series that were cancelled with this one, itself first."""
    return await db.fetch(SeriesTime, SERIES_CANCELLED, db.organization_id, booking_id)
