"""Reads of what somebody learns: their courses, one course's outline, one lesson."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from coursecove.kit.db import Reads
from coursecove.people.parts import parts

_SHOWN_LESSONS = """course_lessons l
             join course_modules m on m.organization_id = l.organization_id and m.id = l.module_id"""
_IS_SHOWN = "l.status = 'published' and l.deleted_at is null and m.deleted_at is null"


@dataclass(frozen=True, slots=True)
class LearnedCourse:
    """A course that somebody learns or waits for, and how far they are; `next_id` is where they left off."""

    course_id: UUID
    title: str
    summary: str
    color: str | None
    learner_id: UUID
    learner: str
    mine: bool
    status: str
    lessons: int
    done: int
    last_at: datetime | None
    next_id: UUID | None
    next_title: str | None


LEARNED_COURSES = f"""
    with mine as materialized (
      select e.organization_id, e.course_id, e.member_id, e.status from enrolments e
       where e.organization_id = (select app.org_id()) and e.member_id = any(array(select app.my_member_ids()))
         and e.status in ('active', 'waiting', 'requested')
       order by e.member_id limit 200)
    select c.id as course_id, c.title, c.summary, c.color, e.member_id as learner_id, k.display_name as learner,
           e.member_id = (select app.member_id()) as mine, e.status, n.lessons, n.done, n.last_at,
           r.id as next_id, r.title as next_title
      from mine e
      join courses c on c.organization_id = e.organization_id and c.id = e.course_id
       and c.status = 'published' and c.deleted_at is null
      join organization_memberships k on k.organization_id = e.organization_id and k.id = e.member_id
     cross join lateral (
       select count(*) as lessons, count(p.completed_at) as done, max(p.last_at) as last_at
         from {_SHOWN_LESSONS}
         left join lesson_progress p on p.organization_id = l.organization_id and p.member_id = e.member_id
          and p.lesson_id = l.id
        where l.organization_id = (select app.org_id()) and l.course_id = e.course_id and {_IS_SHOWN}) n
      left join lateral (
        select l.id, l.title from {_SHOWN_LESSONS}
          left join lesson_progress p on p.organization_id = l.organization_id and p.member_id = e.member_id
           and p.lesson_id = l.id
         where l.organization_id = (select app.org_id()) and l.course_id = e.course_id and {_IS_SHOWN}
           and p.completed_at is null and l.id = any(array(select app.open_lesson_ids()))
         order by p.last_at desc nulls last, m.position, m.id, l.position, l.id limit 1) r on e.status = 'active'
     order by k.sort_name, k.id, n.last_at desc nulls last, c.sort_title, c.id"""  # noqa: S608 - literals of this file


async def learned_courses(db: Reads) -> list[LearnedCourse]:
    """The caller's own, or those of the children they stand for."""
    return await db.fetch(LearnedCourse, LEARNED_COURSES)


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """A module as learners see it."""

    id: UUID
    title: str
    release_at: datetime | None
    after_days: int | None


@dataclass(frozen=True, slots=True)
class LessonFacts:
    """A lesson in its place, and how far the caller is with it."""

    id: UUID
    module_id: UUID
    title: str
    is_preview: bool
    opened: bool
    done: bool


@dataclass(frozen=True, slots=True)
class Requirement:
    """A course that comes first."""

    id: UUID
    title: str
    done: bool


@dataclass(frozen=True, slots=True)
class CourseOutline:
    """A course as a learner sees it: its modules and lessons, and how the caller stands to it."""

    id: UUID
    title: str
    summary: str
    color: str | None
    status: str
    gives_certificates: bool
    certificate_id: UUID | None
    standing: str | None
    started_at: datetime | None
    teachers: list[str]
    module_rows: list[dict[str, Any]]
    lesson_rows: list[dict[str, Any]]
    required_rows: list[dict[str, Any]]

    @property
    def modules(self) -> list[ModuleFacts]:
        return parts(self.module_rows, ModuleFacts)

    @property
    def lessons(self) -> list[LessonFacts]:
        return parts(self.lesson_rows, LessonFacts)

    @property
    def required(self) -> list[Requirement]:
        return parts(self.required_rows, Requirement)


_MODULES = """m.id, m.title, m.release_at, m.release_after_days as after_days from course_modules m
     where m.organization_id = c.organization_id and m.course_id = c.id and m.deleted_at is null
     order by m.position, m.id limit 200"""
_LESSONS = f"""l.id, l.module_id, l.title, l.is_preview, p.id is not null as opened, p.completed_at is not null as done
      from {_SHOWN_LESSONS}
      left join lesson_progress p on p.organization_id = l.organization_id
       and p.member_id = (select app.member_id()) and p.lesson_id = l.id
     where l.organization_id = c.organization_id and l.course_id = c.id and {_IS_SHOWN}
     order by m.position, m.id, l.position, l.id limit 1000"""
_REQUIRED = f"""r.id, r.title, count(*) > 0 and count(*) = count(p.completed_at) as done
      from course_prerequisites q
      join courses r on r.organization_id = q.organization_id and r.id = q.required_id
       and r.status = 'published' and r.deleted_at is null
      join {_SHOWN_LESSONS} on l.organization_id = r.organization_id and l.course_id = r.id and {_IS_SHOWN}
      left join lesson_progress p on p.organization_id = l.organization_id
       and p.member_id = (select app.member_id()) and p.lesson_id = l.id
     where q.organization_id = c.organization_id and q.course_id = c.id
     group by r.id, r.title order by r.title, r.id limit 50"""
_TEACHERS = """t.display_name from course_teachers k
      join organization_memberships t on t.organization_id = k.organization_id and t.id = k.member_id
     where k.organization_id = c.organization_id and k.course_id = c.id and t.status = 'ACTIVE'
     order by t.sort_name, t.id limit 20"""
_OUTLINE = f"""
    c.id, c.title, c.summary, c.color, c.status, c.gives_certificates,
           (select k.id from certificates k where k.organization_id = c.organization_id
               and k.member_id = (select app.member_id()) and k.course_id = c.id and k.revoked_at is null) as certificate_id,
           e.status as standing, e.started_at,
           array(select {_TEACHERS}) as teachers,
           (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (select {_MODULES}) x) as module_rows,
           (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (select {_LESSONS}) x) as lesson_rows,
           (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (select {_REQUIRED}) x) as required_rows"""  # noqa: S608
_MY_ENROLMENT = """left join enrolments e on e.organization_id = c.organization_id and e.course_id = c.id
       and e.member_id = (select app.member_id())"""
OUTLINE = f"""
    select {_OUTLINE}
      from courses c {_MY_ENROLMENT}
     where c.organization_id = (select app.org_id()) and c.id = $1 and c.deleted_at is null"""  # noqa: S608


async def outline(db: Reads, course_id: UUID) -> CourseOutline:
    return await db.one(CourseOutline, OUTLINE, course_id)


@dataclass(frozen=True, slots=True)
class OpenLesson(CourseOutline):
    """A lesson in its course. `content` is None where the caller may not read it yet, or nothing was published."""

    lesson_id: UUID
    lesson_title: str
    version_id: UUID | None
    content: str | None
    newer: bool
    """There is a newer version than the one that was begun, which a learner keeps until they are done."""
    note: str | None
    note_version: int | None


OPEN_LESSON = f"""
    select {_OUTLINE}, l.id as lesson_id, l.title as lesson_title, v.id as version_id, v.content,
           coalesce(v.id <> l.current_version_id, false) as newer, n.content as note, n.version as note_version
      from course_lessons l
      join course_modules o on o.organization_id = l.organization_id and o.id = l.module_id and o.deleted_at is null
      join courses c on c.organization_id = l.organization_id and c.id = l.course_id and c.deleted_at is null
      {_MY_ENROLMENT}
      left join lesson_progress p on p.organization_id = l.organization_id
       and p.member_id = (select app.member_id()) and p.lesson_id = l.id
      left join lesson_versions v on v.organization_id = l.organization_id and v.lesson_id = l.id
       and v.id = coalesce(case when p.completed_at is null and not $2 then p.version_id end, l.current_version_id)
      left join lesson_notes n on n.organization_id = l.organization_id
       and n.member_id = (select app.member_id()) and n.lesson_id = l.id
     where l.organization_id = (select app.org_id()) and l.id = $1 and l.status = 'published'
       and l.deleted_at is null"""  # noqa: S608


async def open_lesson(db: Reads, lesson_id: UUID, *, newest: bool = False) -> OpenLesson:
    """The version that the learner began, until they are done or ask for the newest."""
    return await db.one(OpenLesson, OPEN_LESSON, lesson_id, newest)
