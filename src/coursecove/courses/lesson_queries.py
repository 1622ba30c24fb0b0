"""Reads about one lesson: its draft, and the versions that learners have read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coursecove.kit.db import Reads

MINE: Final = "((select app.is_admin()) or l.course_id = any(array(select app.taught_course_ids())))"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson as its authors see it."""

    id: UUID
    course_id: UUID
    course_title: str
    module_id: UUID
    title: str
    status: str
    is_preview: bool
    version: int
    content: str
    draft_version: int
    draft_at: datetime
    draft_by: str | None
    current_number: int | None
    published_at: datetime | None
    changed: bool


LESSON = f"""
    select l.id, l.course_id, c.title as course_title, l.module_id, l.title, l.status, l.is_preview, l.version, d.content,
           d.version as draft_version, d.updated_at as draft_at, b.display_name as draft_by,
           v.number as current_number, v.made_at as published_at,
           coalesce(d.updated_at > v.made_at, true) as changed
      from course_lessons l
      join courses c on c.organization_id = l.organization_id and c.id = l.course_id and c.deleted_at is null
      join course_modules m on m.organization_id = l.organization_id and m.id = l.module_id and m.deleted_at is null
      join lesson_drafts d on d.organization_id = l.organization_id and d.lesson_id = l.id
      left join organization_memberships b on b.organization_id = d.organization_id and b.id = d.updated_by
      left join lesson_versions v on v.organization_id = l.organization_id and v.id = l.current_version_id
     where l.organization_id = (select app.org_id()) and l.id = $1 and l.deleted_at is null and {MINE}"""  # noqa: S608


async def lesson(db: Reads, lesson_id: UUID) -> Lesson:
    return await db.one(Lesson, LESSON, lesson_id)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a lesson, without what it says."""

    id: UUID
    number: int
    note: str | None
    made_by: str | None
    made_at: datetime
    is_current: bool


VERSIONS = """
    select v.id, v.number, v.note, b.display_name as made_by, v.made_at, v.id = l.current_version_id as is_current
      from lesson_versions v
      join course_lessons l on l.organization_id = v.organization_id and l.id = v.lesson_id
      left join organization_memberships b on b.organization_id = v.organization_id and b.id = v.made_by
     where v.organization_id = (select app.org_id()) and v.lesson_id = $1
     order by v.number desc limit 200"""


async def versions(db: Reads, lesson_id: UUID) -> list[Version]:
    """The latest first."""
    return await db.fetch(Version, VERSIONS, lesson_id)


@dataclass(frozen=True, slots=True)
class Said:
    """What a version of a lesson says."""

    id: UUID
    number: int
    content: str


SAID = """
    select v.id, v.number, v.content from lesson_versions v
     where v.organization_id = (select app.org_id()) and v.lesson_id = $1 and v.number = $2"""


async def said(db: Reads, lesson_id: UUID, number: int) -> Said:
    return await db.one(Said, SAID, lesson_id, number)


@dataclass(frozen=True, slots=True)
class Draft:
    """A lesson's draft alone."""

    content: str
    version: int
    updated_by: str | None
    updated_at: datetime


DRAFT = """
    select d.content, d.version, b.display_name as updated_by, d.updated_at from lesson_drafts d
      left join organization_memberships b on b.organization_id = d.organization_id and b.id = d.updated_by
     where d.organization_id = (select app.org_id()) and d.lesson_id = $1"""


async def draft(db: Reads, lesson_id: UUID) -> Draft:
    return await db.one(Draft, DRAFT, lesson_id)
