"""Reads about kinds of appointment and who is qualified for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coursecove.accounts.queries import LATEST
from coursecove.kit.cursors import Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.kit.ids import NIL
from coursecove.people.queries import as_uuid
from coursecove.scheduling.place_queries import MOST, PAGE_SIZE

ALL_STATUSES: Final = ("draft", "published", "unpublished")


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """A kind of appointment with its locations."""

    id: UUID
    name: str
    description: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    notice_minutes: int
    horizon_days: int
    daily_limit: int | None
    price_minor: int | None
    currency: str | None
    colour: str | None
    status: str
    cancel_notice_hours: int
    version: int
    location_ids: list[UUID]
    locations: list[str]
    teachers: int


_TYPE = """t.id, t.name, t.description, t.duration_minutes, t.buffer_before_minutes, t.buffer_after_minutes,
           t.notice_minutes, t.horizon_days, t.daily_limit, t.price_minor, t.currency, t.colour, t.status,
           t.cancel_notice_hours, t.version"""
_AROUND = """p.*,
           array(select x.location_id from appointment_type_locations x
                  where x.organization_id = (select app.org_id()) and x.appointment_type_id = p.id
                  order by x.location_id) as location_ids,
           array(select l.name from appointment_type_locations x
                   join locations l on l.organization_id = x.organization_id and l.id = x.location_id
                  where x.organization_id = (select app.org_id()) and x.appointment_type_id = p.id
                  order by l.name) as locations,
           (select count(*) from qualifications q where q.organization_id = (select app.org_id())
               and q.appointment_type_id = p.id) as teachers"""
_FOUND = """t.organization_id = (select app.org_id()) and t.status = any($1)
         and ($2 = '' or lower(t.name) like $2 or lower(t.description) like $2)"""
TYPES_AFTER = f"""
    with page as (
      select {_TYPE} from appointment_types t where {_FOUND} and (t.name, t.id) > ($3, $4)
       order by t.name, t.id limit $5)
    select {_AROUND} from page p order by p.name, p.id"""  # noqa: S608 - literals of this file
TYPES_BEFORE = f"""
    with page as (
      select {_TYPE} from appointment_types t where {_FOUND} and (t.name, t.id) < ($3, $4)
       order by t.name desc, t.id desc limit $5)
    select {_AROUND} from page p order by p.name desc, p.id desc"""  # noqa: S608
TYPE = f"""
    with page as (
      select {_TYPE} from appointment_types t where t.organization_id = (select app.org_id()) and t.id = $1)
    select {_AROUND} from page p"""  # noqa: S608


async def types(
    db: Reads,
    *,
    statuses: tuple[str, ...] = ALL_STATUSES,
    text: str = "",
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Slice[TypeFacts]:
    """By name, as far as the viewer may see them."""
    place = read_cursor(cursor, 2)
    name, row_id = (place.key[0], as_uuid(place.key[1])) if place else ("", NIL)
    sql = TYPES_BEFORE if place and place.backwards else TYPES_AFTER
    rows = await db.fetch(TypeFacts, sql, list(statuses), _pattern(text), name, row_id, limit + 1)
    return cut(rows, limit, place, lambda row: (row.name, str(row.id)))


async def published_types(
    db: Reads, *, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Slice[TypeFacts]:
    """What can be booked, with where."""
    return await types(db, statuses=("published",), cursor=cursor, limit=limit)


async def type_facts(db: Reads, type_id: UUID) -> TypeFacts:
    return await db.one(TypeFacts, TYPE, type_id)


@dataclass(frozen=True, slots=True)
class Teacher:
    """Somebody who can teach: a teacher or an owner of the school."""

    id: UUID
    name: str
    role: str
    types: int
    stretches: int


_STAFF = """m.organization_id = (select app.org_id()) and m.role = any('{TEACHER,SUPER_ADMIN}'::text[])
         and m.status = 'ACTIVE' and m.suspended_at is null"""
_BUSY = """p.id, p.name, p.role,
           (select count(*) from qualifications q where q.organization_id = (select app.org_id())
               and q.teacher_id = p.id) as types,
           (select count(*) from availability_hours h where h.organization_id = (select app.org_id())
               and h.teacher_id = p.id) as stretches"""
TEACHERS = f"""
    with page as (
      select m.id, m.display_name as name, m.role, m.sort_name from organization_memberships m where {_STAFF}
       order by m.sort_name, m.id limit $1)
    select {_BUSY} from page p order by p.sort_name, p.id"""  # noqa: S608
TEACHER = f"""
    with page as (
      select m.id, m.display_name as name, m.role from organization_memberships m where {_STAFF} and m.id = $1)
    select {_BUSY} from page p"""  # noqa: S608
QUALIFIED = """
    select q.teacher_id from qualifications q
     where q.organization_id = (select app.org_id()) and q.appointment_type_id = $1"""
QUALIFIED_FOR = """
    select q.appointment_type_id from qualifications q
     where q.organization_id = (select app.org_id()) and q.teacher_id = $1"""


async def teachers(db: Reads) -> list[Teacher]:
    """Everybody who can teach, by name."""
    return await db.fetch(Teacher, TEACHERS, MOST)


async def teacher(db: Reads, member_id: UUID) -> Teacher:
    return await db.one(Teacher, TEACHER, member_id)


@dataclass(frozen=True, slots=True)
class TeacherId:
    teacher_id: UUID


@dataclass(frozen=True, slots=True)
class TypeId:
    appointment_type_id: UUID


async def qualified_for(db: Reads, type_id: UUID) -> frozenset[UUID]:
    """Ids of those who teach a kind of appointment."""
    return frozenset(row.teacher_id for row in await db.fetch(TeacherId, QUALIFIED, type_id))


async def qualifications_of(db: Reads, member_id: UUID) -> frozenset[UUID]:
    """Ids of the kinds of appointment that somebody teaches."""
    return frozenset(row.appointment_type_id for row in await db.fetch(TypeId, QUALIFIED_FOR, member_id))


@dataclass(frozen=True, slots=True)
class TeacherOfType:
    """Somebody who teaches a published kind of appointment, as everybody of the school may know them."""

    id: UUID
    name: str


TEACHERS_OF_TYPE = "select t.id, t.name from app.teachers_of_type($1) t order by t.name, t.id"


async def teachers_of_type(db: Reads, type_id: UUID) -> list[TeacherOfType]:
    """Who teaches it; for students and guardians of published ones alone."""
    return await db.fetch(TeacherOfType, TEACHERS_OF_TYPE, type_id)


@dataclass(frozen=True, slots=True)
class QualificationFacts:
    """That somebody teaches something."""

    id: UUID
    teacher_id: UUID
    appointment_type_id: UUID
    created_at: datetime


_QUALIFICATIONS = """
    select q.id, q.teacher_id, q.appointment_type_id, q.created_at from qualifications q
     where q.organization_id = (select app.org_id()) and ($1::uuid is null or q.teacher_id = $1)
       and ($2::uuid is null or q.appointment_type_id = $2)"""
QUALIFICATIONS_BEFORE = f"{_QUALIFICATIONS} and q.id < $3 order by q.id desc limit $4"
QUALIFICATIONS_AFTER = f"{_QUALIFICATIONS} and q.id > $3 order by q.id limit $4"


QUALIFICATION = f"{_QUALIFICATIONS} and q.id = $3"


async def qualification(db: Reads, qualification_id: UUID) -> QualificationFacts:
    return await db.one(QualificationFacts, QUALIFICATION, None, None, qualification_id)


async def qualifications(
    db: Reads, *, teacher_id: UUID | None, type_id: UUID | None, cursor: str | None, limit: int
) -> Slice[QualificationFacts]:
    """Newest first."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else LATEST
    sql = QUALIFICATIONS_AFTER if place and place.backwards else QUALIFICATIONS_BEFORE
    rows = await db.fetch(QualificationFacts, sql, teacher_id, type_id, key, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


def _pattern(text: str) -> str:
    """A LIKE pattern for what was typed; its own wildcards mean themselves. Empty for nothing."""
    wanted = " ".join(text.replace("\0", "").split()).lower()[:100]
    for special in ("\\", "%", "_"):
        wanted = wanted.replace(special, f"\\{special}")
    return f"%{wanted}%" if wanted else ""
