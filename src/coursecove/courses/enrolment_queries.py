"""Reads about who learns a course: those who do, who wait, who ask; links that lead in; how far everybody is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from coursecove.accounts.names import search_pattern
from coursecove.accounts.queries import LATEST
from coursecove.kit.cursors import Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.people.parts import parts
from coursecove.people.queries import as_uuid

PAGE_SIZE: Final = 25
LISTS: Final = ("active", "requested", "waiting", "removed")
AUTHORED: Final = "((select app.is_admin()) or c.id = any(array(select app.taught_course_ids())))"
"""Courses whose learners the caller may see: those they teach, and all for owners."""


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody who learns a course, or wants to."""

    id: UUID
    member_id: UUID
    name: str
    since: datetime
    source: str
    link: str | None
    done: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class LearnersPage:
    """A course with one page of its learners, how many stand where, and how many lessons there are."""

    id: UUID
    title: str
    status: str
    seats: int | None
    lessons: int
    counts: dict[str, int] | str
    learner_rows: list[dict[str, Any]]

    @property
    def learners(self) -> list[Learner]:
        return parts(self.learner_rows, Learner)


_STANDING = """e.organization_id = c.organization_id and e.course_id = c.id and e.status = $2
            and ($3 = '' or e.member_id = any(array(
              select f.id from organization_memberships f
               where f.organization_id = (select app.org_id()) and f.sort_name like $3)))"""
_LEARNER = """p.id, p.member_id, k.display_name as name, coalesce(p.ended_at, p.waiting_since, p.started_at, p.created_at) as since,
             p.source, (select i.name from enrolment_links i where i.organization_id = p.organization_id and i.id = p.link_id) as link,
             (select count(*) from lesson_progress g where g.organization_id = p.organization_id
                 and g.member_id = p.member_id and g.course_id = p.course_id and g.completed_at is not null) as done,
             (select max(g.last_at) from lesson_progress g where g.organization_id = p.organization_id
                 and g.member_id = p.member_id and g.course_id = p.course_id) as last_at
        from page p join organization_memberships k on k.organization_id = p.organization_id and k.id = p.member_id"""
_COURSE = """
    c.id, c.title, c.status, c.seats,
           (select count(*) from course_lessons l join course_modules m
                on m.organization_id = l.organization_id and m.id = l.module_id
             where l.organization_id = c.organization_id and l.course_id = c.id and l.status = 'published'
               and l.deleted_at is null and m.deleted_at is null) as lessons,
           (select coalesce(jsonb_object_agg(s.status, s.count), '{}') from (
              select e.status, count(*) from enrolments e
               where e.organization_id = c.organization_id and e.course_id = c.id group by e.status) s) as counts"""
_OF_COURSE = f"""
      from courses c where c.organization_id = (select app.org_id()) and c.id = $1 and c.deleted_at is null and {AUTHORED}"""
LEARNERS_BEFORE = f"""
    select {_COURSE}, (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
          with page as (select e.* from enrolments e where {_STANDING} and e.id < $4 order by e.id desc limit $5)
          select {_LEARNER} order by p.id desc) x) as learner_rows {_OF_COURSE}"""  # noqa: S608 - literals of this file
LEARNERS_AFTER = f"""
    select {_COURSE}, (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
          with page as (select e.* from enrolments e where {_STANDING} and e.id > $4 order by e.id limit $5)
          select {_LEARNER} order by p.id) x) as learner_rows {_OF_COURSE}"""  # noqa: S608


async def learners(
    db: Reads, course_id: UUID, *, status: str, search: str, cursor: str | None
) -> tuple[LearnersPage, Slice[Learner]]:
    """One list of a course's learners, newest first."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else LATEST
    sql = LEARNERS_AFTER if place and place.backwards else LEARNERS_BEFORE
    found = await db.one(
        LearnersPage, sql, course_id, status, search_pattern(search) if search else "", key, PAGE_SIZE + 1
    )
    return found, cut(found.learners, PAGE_SIZE, place, lambda row: (str(row.id),))


@dataclass(frozen=True, slots=True)
class Enrollable:
    """A student who could be enrolled."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class EnrollablePage:
    """A course, and students who do not learn it."""

    id: UUID
    title: str
    seats: int | None
    active: int
    found: list[dict[str, Any]]

    @property
    def students(self) -> list[Enrollable]:
        return parts(self.found, Enrollable)


ENROLLABLE = f"""
    select c.id, c.title, c.seats,
           (select count(*) from enrolments e where e.organization_id = c.organization_id and e.course_id = c.id
               and e.status = 'active') as active,
           (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
              select k.id, k.display_name as name from organization_memberships k
               where k.organization_id = c.organization_id and k.status = 'ACTIVE' and k.role = 'STUDENT'
                 and ($2 = '' or k.sort_name like $2)
                 and not exists (select from enrolments e where e.organization_id = k.organization_id
                                  and e.course_id = c.id and e.member_id = k.id
                                  and e.status in ('active', 'waiting'))
               order by k.sort_name, k.id limit $3) x) as found {_OF_COURSE}"""  # noqa: S608


async def enrollable(db: Reads, course_id: UUID, search: str, limit: int) -> EnrollablePage:
    return await db.one(
        EnrollablePage, ENROLLABLE, course_id, search_pattern(search) if search else "", limit
    )


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A link that leads into a course."""

    id: UUID
    name: str
    needs_approval: bool
    most_uses: int | None
    uses: int
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
    over: bool


@dataclass(frozen=True, slots=True)
class LinksPage:
    """A course and the links that lead into it."""

    id: UUID
    title: str
    status: str
    link_rows: list[dict[str, Any]]

    @property
    def links(self) -> list[LinkFacts]:
        return parts(self.link_rows, LinkFacts)


LINKS = f"""
    select c.id, c.title, c.status, (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
          select k.id, k.name, k.needs_approval, k.most_uses, k.uses, k.expires_at, k.revoked_at, k.created_at,
                 k.revoked_at is not null or coalesce(k.expires_at <= now(), false)
                 or coalesce(k.uses >= k.most_uses, false) as over
            from enrolment_links k where k.organization_id = c.organization_id and k.course_id = c.id
           order by k.id desc limit 50) x) as link_rows {_OF_COURSE}"""  # noqa: S608


async def links(db: Reads, course_id: UUID) -> LinksPage:
    return await db.one(LinksPage, LINKS, course_id)


@dataclass(frozen=True, slots=True)
class Offer:
    """The course that a link leads into, and how the caller stands to it."""

    course_id: UUID
    title: str
    summary: str
    needs_approval: bool
    standing: str | None


OFFER = "select o.course_id, o.title, o.summary, o.needs_approval, o.standing from app.link_offer($1) o"


async def offer(db: Reads, digest: bytes) -> Offer | None:
    return await db.first(Offer, OFFER, digest)
