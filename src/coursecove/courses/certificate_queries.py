"""Reads of certificates: a course's, a learner's, one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from coursecove.accounts.queries import LATEST
from coursecove.courses.enrolment_queries import AUTHORED
from coursecove.kit.cursors import Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.people.parts import parts
from coursecove.people.queries import as_uuid

PAGE_SIZE: Final = 25


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate as it was issued."""

    id: UUID
    course_id: UUID | None
    member_id: UUID
    learner: str
    course: str
    school: str
    code: str
    issued_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class CourseCertificates:
    """A course, whether it gives certificates, how many wait for theirs, and one page of those given."""

    id: UUID
    title: str
    gives_certificates: bool
    lessons: int
    ready: int
    certificate_rows: list[dict[str, Any]]

    @property
    def certificates(self) -> list[CertificateFacts]:
        return parts(self.certificate_rows, CertificateFacts)


_FACTS: Final = (
    "k.id, k.course_id, k.member_id, k.learner, k.course, k.school, k.code, k.issued_at, k.revoked_at"
)
_SHOWN: Final = """course_lessons l
              join course_modules m on m.organization_id = l.organization_id and m.id = l.module_id"""
_IS_SHOWN: Final = """l.organization_id = c.organization_id and l.course_id = c.id and l.status = 'published'
               and l.deleted_at is null and m.deleted_at is null"""
_COURSE: Final = f"""
    c.id, c.title, c.gives_certificates, n.lessons,
           (select count(*) from (
              select p.member_id from lesson_progress p
                join {_SHOWN} on l.organization_id = p.organization_id and l.id = p.lesson_id
               where p.organization_id = c.organization_id and p.course_id = c.id and p.completed_at is not null
                 and {_IS_SHOWN}
               group by p.member_id having count(*) = n.lessons) f
              join enrolments e on e.organization_id = c.organization_id and e.course_id = c.id
               and e.member_id = f.member_id and e.status = 'active'
             where not exists (select from certificates k where k.organization_id = c.organization_id
                                and k.member_id = f.member_id and k.course_id = c.id)) as ready"""  # noqa: S608 - literals
_OF_COURSE: Final = f"""
      from courses c
     cross join lateral (select count(*) as lessons from {_SHOWN} where {_IS_SHOWN}) n
     where c.organization_id = (select app.org_id()) and c.id = $1 and c.deleted_at is null and {AUTHORED}"""  # noqa: S608
_GIVEN: Final = "k.organization_id = c.organization_id and k.course_id = c.id"
CERTIFICATES_BEFORE = f"""
    select {_COURSE}, (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
          select {_FACTS} from certificates k where {_GIVEN} and k.id < $2 order by k.id desc limit $3) x
      ) as certificate_rows {_OF_COURSE}"""  # noqa: S608
CERTIFICATES_AFTER = f"""
    select {_COURSE}, (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
          select {_FACTS} from certificates k where {_GIVEN} and k.id > $2 order by k.id limit $3) x
      ) as certificate_rows {_OF_COURSE}"""  # noqa: S608


async def course_certificates(
    db: Reads, course_id: UUID, cursor: str | None = None
) -> tuple[CourseCertificates, Slice[CertificateFacts]]:
    """For those who teach the course: its certificates, newest first."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else LATEST
    sql = CERTIFICATES_AFTER if place and place.backwards else CERTIFICATES_BEFORE
    found = await db.one(CourseCertificates, sql, course_id, key, PAGE_SIZE + 1)
    return found, cut(found.certificates, PAGE_SIZE, place, lambda row: (str(row.id),))


@dataclass(frozen=True, slots=True)
class MyCertificate(CertificateFacts):
    """A certificate of the caller's, or of somebody they look after."""

    name: str
    """What the learner is called now."""


MY_CERTIFICATES = f"""
    select {_FACTS}, o.display_name as name
      from certificates k
      join organization_memberships o on o.organization_id = k.organization_id and o.id = k.member_id
     where k.organization_id = (select app.org_id()) and k.member_id = any(array(select app.my_member_ids()))
     order by o.sort_name, o.id, k.id desc limit 200"""  # noqa: S608


async def my_certificates(db: Reads) -> list[MyCertificate]:
    """The caller's own, or those of the children they stand for, newest first."""
    return await db.fetch(MyCertificate, MY_CERTIFICATES)


@dataclass(frozen=True, slots=True)
class OneCertificate(CertificateFacts):
    """A certificate, and whether the caller may take it back."""

    decides: bool


CERTIFICATE = f"""
    select {_FACTS}, (select app.is_admin()) or coalesce(k.course_id = any(array(select app.taught_course_ids())), false)
           as decides
      from certificates k where k.organization_id = (select app.org_id()) and k.id = $1"""  # noqa: S608


LOGO = """
    select l.image from school_logos l where l.organization_id = (select app.org_id()) and l.digest = $1"""


async def logo(db: Reads, digest: str | None) -> bytes | None:
    """The school's picture as it is now."""
    image: bytes | None = await db.value(LOGO, digest) if digest else None
    return image


async def certificate(db: Reads, certificate_id: UUID) -> OneCertificate:
    return await db.one(OneCertificate, CERTIFICATE, certificate_id)


LISTED_BEFORE = f"""
    select {_FACTS} from certificates k
     where k.organization_id = (select app.org_id()) and k.course_id = $1 and k.id < $2
     order by k.id desc limit $3"""  # noqa: S608
LISTED_AFTER = f"""
    select {_FACTS} from certificates k
     where k.organization_id = (select app.org_id()) and k.course_id = $1 and k.id > $2
     order by k.id limit $3"""  # noqa: S608


async def certificates(
    db: Reads, course_id: UUID, *, cursor: str | None, limit: int
) -> Slice[CertificateFacts]:
    """A course's, newest first, as far as the caller may see them."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else LATEST
    sql = LISTED_AFTER if place and place.backwards else LISTED_BEFORE
    rows = await db.fetch(CertificateFacts, sql, course_id, key, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))
