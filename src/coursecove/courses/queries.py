"""Reads about courses: the list, one with its outline, its teachers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from coursecove.accounts.names import search_pattern
from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.kit.ids import NIL
from coursecove.people.parts import parts

PAGE_SIZE: Final = 25
MINE: Final = "((select app.is_admin()) or c.id = any(array(select app.taught_course_ids())))"
"""Courses that the caller may change, which is less than they may see."""
RESTORABLE: Final = "c.deleted_at + interval '30 days' > now()"
DAYS_LEFT: Final = "30 - floor(extract(epoch from now() - c.deleted_at) / 86400)::integer"


@dataclass(frozen=True, slots=True)
class Listed:
    """A course of the list; `days_left` counts down for one that was deleted."""

    id: UUID
    title: str
    sort_title: str
    status: str
    publish_at: datetime | None
    color: str | None
    updated_at: datetime
    days_left: int | None
    lessons: int
    teachers: str | None
    total: int


_FOUND = f"""c.organization_id = (select app.org_id()) and {MINE} and ($1 = '' or c.status = $1)
         and ($2 = '' or c.sort_title like $2)"""
_COLUMNS = "c.id, c.title, c.sort_title, c.status, c.publish_at, c.color, c.updated_at"
_SHOWN = """p.id, p.title, p.sort_title, p.status, p.publish_at, p.color, p.updated_at, p.days_left,
           (select count(*) from course_lessons l
             where l.organization_id = (select app.org_id()) and l.course_id = p.id and l.deleted_at is null) as lessons,
           (select string_agg(m.display_name, ', ' order by m.sort_name)
              from course_teachers t
              join organization_memberships m on m.organization_id = t.organization_id and m.id = t.member_id
             where t.organization_id = (select app.org_id()) and t.course_id = p.id) as teachers,
           (select count(*) from courses c where"""

LIVE_AFTER = f"""
    with page as (
      select {_COLUMNS}, null::integer as days_left from courses c
       where {_FOUND} and c.deleted_at is null and (c.sort_title, c.id) > ($3, $4)
       order by c.sort_title, c.id limit $5)
    select {_SHOWN} {_FOUND} and c.deleted_at is null) as total
      from page p order by p.sort_title, p.id"""  # noqa: S608 - literals of this file
LIVE_BEFORE = f"""
    with page as (
      select {_COLUMNS}, null::integer as days_left from courses c
       where {_FOUND} and c.deleted_at is null and (c.sort_title, c.id) < ($3, $4)
       order by c.sort_title desc, c.id desc limit $5)
    select {_SHOWN} {_FOUND} and c.deleted_at is null) as total
      from page p order by p.sort_title desc, p.id desc"""  # noqa: S608
DELETED_AFTER = f"""
    with page as (
      select {_COLUMNS}, {DAYS_LEFT} as days_left from courses c
       where {_FOUND} and {RESTORABLE} and (c.sort_title, c.id) > ($3, $4)
       order by c.sort_title, c.id limit $5)
    select {_SHOWN} {_FOUND} and {RESTORABLE}) as total
      from page p order by p.sort_title, p.id"""  # noqa: S608
DELETED_BEFORE = f"""
    with page as (
      select {_COLUMNS}, {DAYS_LEFT} as days_left from courses c
       where {_FOUND} and {RESTORABLE} and (c.sort_title, c.id) < ($3, $4)
       order by c.sort_title desc, c.id desc limit $5)
    select {_SHOWN} {_FOUND} and {RESTORABLE}) as total
      from page p order by p.sort_title desc, p.id desc"""  # noqa: S608


async def courses(
    db: Reads,
    search: str = "",
    status: str = "",
    *,
    deleted: bool = False,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Slice[Listed]:
    """Courses that the caller may change, by title: those that are there, or those that can be restored."""
    place = read_cursor(cursor, 2)
    title, row_id = (place.key[0], _as_uuid(place.key[1])) if place else ("", NIL)
    after, before = (DELETED_AFTER, DELETED_BEFORE) if deleted else (LIVE_AFTER, LIVE_BEFORE)
    sql = before if place and place.backwards else after
    rows = await db.fetch(Listed, sql, status, search_pattern(search), title, row_id, limit + 1)
    return cut(rows, limit, place, lambda row: (row.sort_title, str(row.id)))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a course's own settings are."""

    id: UUID
    title: str
    summary: str
    color: str | None
    status: str
    publish_at: datetime | None
    published_at: datetime | None
    version: int
    updated_at: datetime
    days_left: int | None


_FACTS = f"""c.id, c.title, c.summary, c.color, c.status, c.publish_at, c.published_at, c.version, c.updated_at,
           {DAYS_LEFT} as days_left"""
COURSE = f"""
    select {_FACTS} from courses c
     where c.organization_id = (select app.org_id()) and c.id = $1 and {MINE}
       and (c.deleted_at is null or {RESTORABLE})"""  # noqa: S608


async def course(db: Reads, course_id: UUID) -> Facts:
    return await db.one(Facts, COURSE, course_id)


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the outline."""

    id: UUID
    title: str
    version: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson of the outline; `changed` says that its draft is newer than what learners read."""

    id: UUID
    module_id: UUID
    title: str
    status: str
    is_preview: bool
    version: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """A module or lesson that was deleted lately."""

    id: UUID
    kind: str
    title: str


MODULES = """
    select m.id, m.title, m.version from course_modules m
     where m.organization_id = (select app.org_id()) and m.course_id = $1 and m.deleted_at is null
     order by m.position, m.id limit 500"""
LESSONS = """
    select l.id, l.module_id, l.title, l.status, l.is_preview, l.version,
           coalesce(d.updated_at > v.made_at, v.id is null) as changed
      from course_lessons l
      left join lesson_drafts d on d.organization_id = l.organization_id and d.lesson_id = l.id
      left join lesson_versions v on v.organization_id = l.organization_id and v.id = l.current_version_id
     where l.organization_id = (select app.org_id()) and l.course_id = $1 and l.deleted_at is null
     order by l.module_id, l.position, l.id limit 2000"""
GONE = """
    select x.id, x.kind, x.title from (
      select m.id, 'module' as kind, m.title, m.deleted_at from course_modules m
       where m.organization_id = (select app.org_id()) and m.course_id = $1
         and m.deleted_at > now() - interval '30 days'
      union all
      select l.id, 'lesson', l.title, l.deleted_at from course_lessons l
       where l.organization_id = (select app.org_id()) and l.course_id = $1
         and l.deleted_at > now() - interval '30 days') x
     order by x.deleted_at desc, x.id limit 20"""


@dataclass(frozen=True, slots=True)
class Outline(Facts):
    """A course with its modules, its lessons and what can be restored of them."""

    found_modules: list[dict[str, Any]]
    found_lessons: list[dict[str, Any]]
    found_gone: list[dict[str, Any]]

    @property
    def modules(self) -> list[Module]:
        return parts(self.found_modules, Module)

    @property
    def lessons(self) -> list[Lesson]:
        return parts(self.found_lessons, Lesson)

    @property
    def gone(self) -> list[Gone]:
        return parts(self.found_gone, Gone)


OUTLINE = f"""
    select c.*, (select coalesce(jsonb_agg(to_jsonb(m)), '[]') from ({MODULES}) m) as found_modules,
           (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from ({LESSONS}) l) as found_lessons,
           (select coalesce(jsonb_agg(to_jsonb(g)), '[]') from ({GONE}) g) as found_gone
      from ({COURSE}) c"""  # noqa: S608


async def outline(db: Reads, course_id: UUID) -> Outline:
    """All that the outline's page shows."""
    return await db.one(Outline, OUTLINE, course_id)


async def modules(db: Reads, course_id: UUID) -> list[Module]:
    return await db.fetch(Module, MODULES, course_id)


MODULE = """
    select m.id, m.title, m.version from course_modules m
     where m.organization_id = (select app.org_id()) and m.id = $1 and m.deleted_at is null
       and ((select app.is_admin()) or m.course_id = any(array(select app.taught_course_ids())))"""


async def module(db: Reads, module_id: UUID) -> Module:
    return await db.one(Module, MODULE, module_id)


async def lessons(db: Reads, course_id: UUID) -> list[Lesson]:
    return await db.fetch(Lesson, LESSONS, course_id)


@dataclass(frozen=True, slots=True)
class Teacher:
    """Somebody who teaches a course."""

    id: UUID
    name: str


TEACHERS = """
    select m.id, m.display_name as name from course_teachers t
      join organization_memberships m on m.organization_id = t.organization_id and m.id = t.member_id
     where t.organization_id = (select app.org_id()) and t.course_id = $1
     order by m.sort_name, m.id limit 100"""


async def teachers(db: Reads, course_id: UUID) -> list[Teacher]:
    return await db.fetch(Teacher, TEACHERS, course_id)


HAS_PUBLISHED_LESSON = """
    select exists (
      select from course_lessons l join course_modules m on m.organization_id = l.organization_id and m.id = l.module_id
       where l.organization_id = (select app.org_id()) and l.course_id = $1 and l.status = 'published'
         and l.deleted_at is null and m.deleted_at is null)"""


async def has_published_lesson(db: Reads, course_id: UUID) -> bool:
    found: bool = await db.value(HAS_PUBLISHED_LESSON, course_id)
    return found


def _as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor from None
