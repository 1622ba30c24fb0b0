"""Reads of lessons: lists by person, one whole, a span of time, and what can be booked."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.kit.ids import NIL
from coursecove.people.parts import parts
from coursecove.people.queries import as_uuid

PAGE_SIZE: Final = 25
MOST_IN_A_SPAN: Final = 4000
ALWAYS: Final = datetime(9999, 1, 1, tzinfo=UTC)
NEVER: Final = datetime(1, 1, 2, tzinfo=UTC)
LATEST = UUID("ffffffff-ffff-ffff-ffff-ffffffffffff")


@dataclass(frozen=True, slots=True)
class LessonRow:
    """One lesson in a list; names are empty where the viewer may not know them any more."""

    id: UUID
    title: str
    colour: str | None
    starts_at: datetime
    ends_at: datetime
    status: str
    late: bool
    teacher_id: UUID
    teacher: str
    student_id: UUID
    student: str
    location: str
    kind: str
    room: str
    presence: str | None


_ROWS = """b.id, b.title, b.appointment_type_id, b.starts_at, b.ends_at, b.status, b.late, b.teacher_id, b.student_id,
       b.location_id, b.room_id from bookings b where b.organization_id = (select app.org_id())"""
_SHOWN = """
    p.id, p.title, y.colour, p.starts_at, p.ends_at, p.status, p.late, p.teacher_id,
           coalesce(t.display_name, '') as teacher, p.student_id, coalesce(s.display_name, '') as student,
           coalesce(l.name, '') as location, coalesce(l.kind, '') as kind, coalesce(r.name, '') as room,
           a.status as presence
      from page p
      left join appointment_types y on y.organization_id = (select app.org_id()) and y.id = p.appointment_type_id
      left join organization_memberships t on t.organization_id = (select app.org_id()) and t.id = p.teacher_id
      left join organization_memberships s on s.organization_id = (select app.org_id()) and s.id = p.student_id
      left join locations l on l.organization_id = (select app.org_id()) and l.id = p.location_id
      left join rooms r on r.organization_id = (select app.org_id()) and r.id = p.room_id
      left join attendance a on a.organization_id = (select app.org_id()) and a.booking_id = p.id"""
_LATER = "(b.starts_at, b.id) > ($1, $2) and b.starts_at < $3 order by b.starts_at, b.id limit $4"
_EARLIER = (
    "(b.starts_at, b.id) < ($1, $2) and b.starts_at >= $3 order by b.starts_at desc, b.id desc limit $4"
)
_OF_FAMILY = "b.student_id = any(array(select app.my_member_ids()))"
_OF_TEACHER = "b.teacher_id = (select app.member_id())"
_UP, _DOWN = " order by p.starts_at, p.id", " order by p.starts_at desc, p.id desc"

ALL_LATER = f"with page as (select {_ROWS} and {_LATER}) select {_SHOWN}{_UP}"
ALL_EARLIER = f"with page as (select {_ROWS} and {_EARLIER}) select {_SHOWN}{_DOWN}"
TEACHERS_LATER = f"with page as (select {_ROWS} and {_OF_TEACHER} and {_LATER}) select {_SHOWN}{_UP}"
TEACHERS_EARLIER = f"with page as (select {_ROWS} and {_OF_TEACHER} and {_EARLIER}) select {_SHOWN}{_DOWN}"
FAMILYS_LATER = f"with page as (select {_ROWS} and {_OF_FAMILY} and {_LATER}) select {_SHOWN}{_UP}"
FAMILYS_EARLIER = f"with page as (select {_ROWS} and {_OF_FAMILY} and {_EARLIER}) select {_SHOWN}{_DOWN}"

BY_WHOM = {
    "all": (ALL_LATER, ALL_EARLIER),
    "teacher": (TEACHERS_LATER, TEACHERS_EARLIER),
    "family": (FAMILYS_LATER, FAMILYS_EARLIER),
}


async def lessons(
    db: Reads,
    whose: str,
    today: datetime,
    *,
    past: bool = False,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Slice[LessonRow]:
    """Lessons from a moment on, or those before it, newest first. `whose`: all, the teacher's, the family's."""
    place = read_cursor(cursor, 2)
    start, row_id = (_moment(place.key[0]), as_uuid(place.key[1])) if place else (today, NIL)
    later, earlier = BY_WHOM[whose]
    if past == bool(place and place.backwards):
        bound = today if past else ALWAYS
        rows = await db.fetch(LessonRow, later, start, row_id, bound, limit + 1)
    else:
        bound = NEVER if past else today
        rows = await db.fetch(LessonRow, earlier, start, row_id, bound, limit + 1)
    return cut(rows, limit, place, lambda row: (row.starts_at.isoformat(), str(row.id)))


ALL_WITHIN = f"""
    with page as (select {_ROWS} and b.starts_at >= $1 and b.starts_at < $2 and b.status = 'booked'
       order by b.starts_at, b.id limit $3) select {_SHOWN}{_UP}"""
TEACHERS_WITHIN = f"""
    with page as (select {_ROWS} and b.teacher_id = $4 and b.starts_at >= $1 and b.starts_at < $2
       and b.status = 'booked' order by b.starts_at, b.id limit $3) select {_SHOWN}{_UP}"""
ROOMS_WITHIN = f"""
    with page as (select {_ROWS} and b.room_id = $4 and b.starts_at >= $1 and b.starts_at < $2
       and b.status = 'booked' order by b.starts_at, b.id limit $3) select {_SHOWN}{_UP}"""
FAMILYS_WITHIN = f"""
    with page as (select {_ROWS} and {_OF_FAMILY} and b.starts_at >= $1 and b.starts_at < $2
       and b.status = 'booked' order by b.starts_at, b.id limit $3) select {_SHOWN}{_UP}"""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose lessons a calendar shows: everybody's, one teacher's, one room's, or the viewer's own family's."""

    family: bool = False
    teacher_id: UUID | None = None
    room_id: UUID | None = None


async def lessons_within(db: Reads, whose: Whose, start: datetime, end: datetime) -> list[LessonRow]:
    """Lessons that take place within a span, in order."""
    if whose.family:
        return await db.fetch(LessonRow, FAMILYS_WITHIN, start, end, MOST_IN_A_SPAN)
    if whose.teacher_id is not None:
        return await db.fetch(LessonRow, TEACHERS_WITHIN, start, end, MOST_IN_A_SPAN, whose.teacher_id)
    if whose.room_id is not None:
        return await db.fetch(LessonRow, ROOMS_WITHIN, start, end, MOST_IN_A_SPAN, whose.room_id)
    return await db.fetch(LessonRow, ALL_WITHIN, start, end, MOST_IN_A_SPAN)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson, whole."""

    id: UUID
    appointment_type_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    status: str
    version: int
    teacher_id: UUID
    teacher: str
    student_id: UUID
    student: str
    location_id: UUID
    location: str
    address: str
    location_zone: str
    room_id: UUID | None
    room: str
    meeting_link: str | None
    note: str
    cancel_notice_hours: int
    booked_by: str
    created_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str
    late: bool
    reason: str
    presence: str | None
    presence_note: str
    noted_at: datetime | None
    series_id: UUID | None
    series_rule: str
    series_number: int
    """Which one of its series it is by time, cancelled ones counted; 0 without a series."""
    series_total: int


LESSON = """
    select b.id, b.appointment_type_id, b.title, b.starts_at, b.ends_at, b.status, b.version, b.teacher_id,
           coalesce(t.display_name, '') as teacher, b.student_id, coalesce(s.display_name, '') as student,
           b.location_id, coalesce(l.name, '') as location, coalesce(l.address, '') as address,
           coalesce(l.time_zone, o.time_zone) as location_zone, b.room_id, coalesce(r.name, '') as room,
           b.meeting_link, b.note, b.cancel_notice_hours, coalesce(w.display_name, '') as booked_by, b.created_at,
           b.cancelled_at, coalesce(c.display_name, '') as cancelled_by, b.late, b.reason, a.status as presence,
           coalesce(a.note, '') as presence_note, a.noted_at, b.series_id, coalesce(e.rule, '') as series_rule,
           (select count(*) from bookings x
             where x.organization_id = b.organization_id and x.series_id = b.series_id
               and (x.starts_at, x.id) <= (b.starts_at, b.id)) as series_number,
           (select count(*) from bookings x
             where x.organization_id = b.organization_id and x.series_id = b.series_id) as series_total
      from bookings b
      left join booking_series e on e.organization_id = b.organization_id and e.id = b.series_id
      join organizations o on o.id = b.organization_id
      left join organization_memberships t on t.organization_id = b.organization_id and t.id = b.teacher_id
      left join organization_memberships s on s.organization_id = b.organization_id and s.id = b.student_id
      left join organization_memberships w on w.organization_id = b.organization_id and w.id = b.booked_by
      left join organization_memberships c on c.organization_id = b.organization_id and c.id = b.cancelled_by
      left join locations l on l.organization_id = b.organization_id and l.id = b.location_id
      left join rooms r on r.organization_id = b.organization_id and r.id = b.room_id
      left join attendance a on a.organization_id = b.organization_id and a.booking_id = b.id
     where b.organization_id = (select app.org_id()) and b.id = $1"""


async def lesson(db: Reads, booking_id: UUID) -> Lesson:
    return await db.one(Lesson, LESSON, booking_id)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose, by name."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind of lesson that can be booked: where, and with whom."""

    id: UUID
    name: str
    description: str
    duration_minutes: int
    price_minor: int | None
    currency: str | None
    places: list[dict[str, Any]]
    people: list[dict[str, Any]]

    @property
    def locations(self) -> list[Choice]:
        return parts(self.places, Choice)

    @property
    def teachers(self) -> list[Choice]:
        return parts(self.people, Choice)


OFFERS = """
    with page as (
      select t.id, t.name, t.description, t.duration_minutes, t.price_minor, t.currency from appointment_types t
       where t.organization_id = (select app.org_id()) and t.status = 'published' and ($1::uuid is null or t.id = $1)
       order by t.name, t.id limit 100)
    select p.id, p.name, p.description, p.duration_minutes, p.price_minor, p.currency,
           (select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'name', l.name) order by l.name, l.id), '[]')
              from appointment_type_locations a
              join locations l on l.organization_id = a.organization_id and l.id = a.location_id
             where a.organization_id = (select app.org_id()) and a.appointment_type_id = p.id
               and l.archived_at is null) as places,
           (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'name', m.display_name) order by m.sort_name, m.id), '[]')
              from qualifications q
              join organization_memberships m on m.organization_id = q.organization_id and m.id = q.teacher_id
             where q.organization_id = (select app.org_id()) and q.appointment_type_id = p.id
               and m.status = 'ACTIVE') as people
      from page p order by p.name, p.id"""


async def offer(db: Reads, type_id: UUID) -> Offer:
    return await db.one(Offer, OFFERS, type_id)


MY_STUDENTS = """
    select m.id, m.display_name as name from organization_memberships m
     where m.organization_id = (select app.org_id()) and m.id = any(array(select app.my_member_ids()))
       and m.role = 'STUDENT' and m.status = 'ACTIVE'
     order by m.sort_name, m.id limit 50"""


async def my_students(db: Reads) -> list[Choice]:
    """For whom somebody who is no staff may book: themselves, or the children they stand for."""
    return await db.fetch(Choice, MY_STUDENTS)


@dataclass(frozen=True, slots=True)
class Offered:
    """All that can be booked, and whether there is somebody to book it for."""

    found: list[dict[str, Any]]
    somebody: bool

    @property
    def offers(self) -> list[Offer]:
        return parts(self.found, Offer)


OFFERED = f"""
    select (select coalesce(jsonb_agg(to_jsonb(o)), '[]') from ({OFFERS}) o) as found,
           (select app.is_staff()) or exists ({MY_STUDENTS}) as somebody"""  # noqa: S608 - literals of this file


async def offered(db: Reads) -> Offered:
    """What can be booked, by name."""
    return await db.one(Offered, OFFERED, None)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadCursor from None
    if found.tzinfo is None:
        raise BadCursor
    return found
