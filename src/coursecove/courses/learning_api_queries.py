"""What the JSON API reads about who learns what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coursecove.accounts.queries import LATEST
from coursecove.kit.cursors import Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.kit.ids import NIL
from coursecove.people.queries import as_uuid


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """An enrolment with its student's name."""

    id: UUID
    course_id: UUID
    member_id: UUID
    name: str
    status: str
    source: str
    created_at: datetime
    started_at: datetime | None
    waiting_since: datetime | None
    ended_at: datetime | None


_NAMED: Final = """e.id, e.course_id, e.member_id, k.display_name as name, e.status, e.source, e.created_at, e.started_at,
           e.waiting_since, e.ended_at
      from page e join organization_memberships k on k.organization_id = e.organization_id and k.id = e.member_id"""
ENROLMENTS_BEFORE = f"""
    with page as (
      select e.* from enrolments e where e.organization_id = (select app.org_id()) and e.course_id = $1 and e.id < $2
       order by e.id desc limit $3)
    select {_NAMED} order by e.id desc"""  # noqa: S608 - literals of this file
ENROLMENTS_AFTER = f"""
    with page as (
      select e.* from enrolments e where e.organization_id = (select app.org_id()) and e.course_id = $1 and e.id > $2
       order by e.id limit $3)
    select {_NAMED} order by e.id"""  # noqa: S608
ENROLMENT = f"""
    with page as (select e.* from enrolments e where e.organization_id = (select app.org_id()) and e.id = $1)
    select {_NAMED}"""  # noqa: S608


async def enrolments(db: Reads, course_id: UUID, *, cursor: str | None, limit: int) -> Slice[EnrolmentRow]:
    """A course's, newest first, as far as the caller may see them."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else LATEST
    sql = ENROLMENTS_AFTER if place and place.backwards else ENROLMENTS_BEFORE
    rows = await db.fetch(EnrolmentRow, sql, course_id, key, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


async def enrolment(db: Reads, enrolment_id: UUID) -> EnrolmentRow:
    return await db.one(EnrolmentRow, ENROLMENT, enrolment_id)


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """How far somebody is."""

    enrolment_id: UUID
    course_id: UUID
    member_id: UUID
    name: str
    lessons: int
    done: int
    last_at: datetime | None


_SHOWN: Final = """e.id as enrolment_id, e.course_id, e.member_id, k.display_name as name, n.lessons, n.done, n.last_at
      from page e join organization_memberships k on k.organization_id = e.organization_id and k.id = e.member_id
     cross join lateral (
       select count(*) as lessons, count(p.completed_at) as done, max(p.last_at) as last_at
         from course_lessons l
         join course_modules m on m.organization_id = l.organization_id and m.id = l.module_id
         left join lesson_progress p on p.organization_id = l.organization_id and p.member_id = e.member_id
          and p.lesson_id = l.id
        where l.organization_id = (select app.org_id()) and l.course_id = e.course_id and l.status = 'published'
          and l.deleted_at is null and m.deleted_at is null) n"""
PROGRESS_AFTER = f"""
    with page as (
      select e.* from enrolments e
       where e.organization_id = (select app.org_id()) and e.course_id = $1 and e.status = 'active' and e.id > $2
       order by e.id limit $3)
    select {_SHOWN} order by e.id"""  # noqa: S608
PROGRESS_BEFORE = f"""
    with page as (
      select e.* from enrolments e
       where e.organization_id = (select app.org_id()) and e.course_id = $1 and e.status = 'active' and e.id < $2
       order by e.id desc limit $3)
    select {_SHOWN} order by e.id desc"""  # noqa: S608


async def progress_of(db: Reads, course_id: UUID, *, cursor: str | None, limit: int) -> Slice[ProgressRow]:
    """Those who learn the course, as far as the caller may see them."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else NIL
    sql = PROGRESS_BEFORE if place and place.backwards else PROGRESS_AFTER
    rows = await db.fetch(ProgressRow, sql, course_id, key, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.enrolment_id),))
