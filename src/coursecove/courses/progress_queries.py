"""How far the learners of a course are, lesson by lesson."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from coursecove.courses.enrolment_queries import AUTHORED
from coursecove.kit.cursors import Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.kit.ids import NIL
from coursecove.people.parts import parts
from coursecove.people.queries import as_uuid

PAGE_SIZE: Final = 25


@dataclass(frozen=True, slots=True)
class Column:
    """A module of the course and how many lessons it has."""

    id: UUID
    title: str
    lessons: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class LearnerProgress:
    """One learner: lessons that they have finished, and those they have begun."""

    id: UUID
    member_id: UUID
    name: str
    done: list[UUID]
    begun: list[UUID]
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """A course, its modules with their lessons, and one page of its learners."""

    id: UUID
    title: str
    module_rows: list[dict[str, Any]]
    learner_rows: list[dict[str, Any]]

    @property
    def modules(self) -> list[Column]:
        return parts(self.module_rows, Column)

    @property
    def learners(self) -> list[LearnerProgress]:
        return parts(self.learner_rows, LearnerProgress)


_MODULES = """m.id, m.title, (select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'title', l.title) order by l.position, l.id), '[]')
                             from course_lessons l
                            where l.organization_id = m.organization_id and l.course_id = m.course_id and l.module_id = m.id
                              and l.status = 'published' and l.deleted_at is null) as lessons
      from course_modules m where m.organization_id = c.organization_id and m.course_id = c.id and m.deleted_at is null
     order by m.position, m.id limit 200"""
_SHOWN = """
    p.id, p.member_id, k.display_name as name,
          coalesce((select jsonb_agg(g.lesson_id) from lesson_progress g where g.organization_id = p.organization_id
              and g.member_id = p.member_id and g.course_id = p.course_id and g.completed_at is not null), '[]') as done,
          coalesce((select jsonb_agg(g.lesson_id) from lesson_progress g where g.organization_id = p.organization_id
              and g.member_id = p.member_id and g.course_id = p.course_id and g.completed_at is null), '[]') as begun,
          (select max(g.last_at) from lesson_progress g where g.organization_id = p.organization_id
              and g.member_id = p.member_id and g.course_id = p.course_id) as last_at
     from page p join organization_memberships k on k.organization_id = p.organization_id and k.id = p.member_id"""
_ACTIVE = "e.organization_id = c.organization_id and e.course_id = c.id and e.status = 'active'"
_OF_COURSE = f"""
    from courses c where c.organization_id = (select app.org_id()) and c.id = $1 and c.deleted_at is null and {AUTHORED}"""
PROGRESS_AFTER = f"""
    select c.id, c.title, (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (select {_MODULES}) x) as module_rows,
           (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
              with page as (select e.* from enrolments e where {_ACTIVE} and e.id > $2 order by e.id limit $3)
              select {_SHOWN} order by p.id) x) as learner_rows {_OF_COURSE}"""  # noqa: S608 - literals of this file
PROGRESS_BEFORE = f"""
    select c.id, c.title, (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (select {_MODULES}) x) as module_rows,
           (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
              with page as (select e.* from enrolments e where {_ACTIVE} and e.id < $2 order by e.id desc limit $3)
              select {_SHOWN} order by p.id desc) x) as learner_rows {_OF_COURSE}"""  # noqa: S608


async def progress(
    db: Reads, course_id: UUID, *, cursor: str | None
) -> tuple[ProgressPage, Slice[LearnerProgress]]:
    """Those who learn the course, in the order in which they came."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else NIL
    sql = PROGRESS_BEFORE if place and place.backwards else PROGRESS_AFTER
    found = await db.one(ProgressPage, sql, course_id, key, PAGE_SIZE + 1)
    return found, cut(found.learners, PAGE_SIZE, place, lambda row: (str(row.id),))
