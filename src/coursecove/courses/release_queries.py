"""Reads of what opens when: a course's modules with their times, and the courses that come first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from coursecove.courses.enrolment_queries import AUTHORED
from coursecove.kit.db import Reads
from coursecove.people.parts import parts


@dataclass(frozen=True, slots=True)
class ModuleRelease:
    """A module and when it opens."""

    id: UUID
    title: str
    version: int
    release_at: datetime | None
    after_days: int | None


@dataclass(frozen=True, slots=True)
class Named:
    """A course by its title."""

    id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class ReleasesOf:
    """A course, when its modules open, what comes before it and what else could."""

    id: UUID
    title: str
    module_rows: list[dict[str, Any]]
    required_rows: list[dict[str, Any]]
    other_rows: list[dict[str, Any]]

    @property
    def modules(self) -> list[ModuleRelease]:
        return parts(self.module_rows, ModuleRelease)

    @property
    def required(self) -> list[Named]:
        return parts(self.required_rows, Named)

    @property
    def others(self) -> list[Named]:
        return parts(self.other_rows, Named)


RELEASES = f"""
    select c.id, c.title,
           (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
              select m.id, m.title, m.version, m.release_at, m.release_after_days as after_days from course_modules m
               where m.organization_id = c.organization_id and m.course_id = c.id and m.deleted_at is null
               order by m.position, m.id limit 200) x) as module_rows,
           (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
              select q.id, r.title from course_prerequisites q
                join courses r on r.organization_id = q.organization_id and r.id = q.required_id
               where q.organization_id = c.organization_id and q.course_id = c.id
               order by r.sort_title, r.id limit 50) x) as required_rows,
           (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
              select o.id, o.title from courses o
               where o.organization_id = c.organization_id and o.id <> c.id and o.status = 'published'
                 and o.deleted_at is null and not exists (
                   select from course_prerequisites q where q.organization_id = o.organization_id
                      and q.course_id = c.id and q.required_id = o.id)
               order by o.sort_title, o.id limit 200) x) as other_rows
      from courses c
     where c.organization_id = (select app.org_id()) and c.id = $1 and c.deleted_at is null and {AUTHORED}"""  # noqa: S608 - literals


async def releases(db: Reads, course_id: UUID) -> ReleasesOf:
    return await db.one(ReleasesOf, RELEASES, course_id)
