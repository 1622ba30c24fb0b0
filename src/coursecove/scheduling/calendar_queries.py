"""Reads of calendars: whose can be looked at, a member's feed, and what it holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from coursecove.accounts.access import Member
from coursecove.accounts.roles import Role
from coursecove.kit.db import Reads
from coursecove.people.parts import parts
from coursecove.scheduling.booking_queries import Choice, Whose


@dataclass(frozen=True, slots=True)
class Calendars:
    """Teachers and rooms, for a choice; and when the viewer's own feed was made."""

    people: list[dict[str, Any]]
    places: list[dict[str, Any]]

    @property
    def teachers(self) -> list[Choice]:
        return parts(self.people, Choice)

    @property
    def rooms(self) -> list[Choice]:
        return parts(self.places, Choice)


CALENDARS = """
    select (select coalesce(jsonb_agg(to_jsonb(m)), '[]')
              from (select m.id, m.display_name as name from organization_memberships m
                     where m.organization_id = (select app.org_id()) and m.role = 'TEACHER' and m.status = 'ACTIVE'
                     order by m.sort_name, m.id limit 200) m) as people,
           (select coalesce(jsonb_agg(to_jsonb(r)), '[]')
              from (select r.id, l.name || ', ' || r.name as name
                      from (select r.id, r.name, r.location_id from rooms r
                             where r.organization_id = (select app.org_id()) and r.archived_at is null
                             order by r.location_id, r.name, r.id limit 200) r
                      join locations l on l.organization_id = (select app.org_id()) and l.id = r.location_id
                     order by 2, 1) r) as places"""


async def calendars(db: Reads) -> Calendars:
    return await db.one(Calendars, CALENDARS)


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One day of a month: how many lessons take place, and the first few."""

    day: datetime
    lessons: int
    first: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Brief:
    """A lesson in a cell of a month."""

    id: UUID
    title: str
    student: str
    starts_at: datetime


def _by_day(whose: str) -> str:
    taking_place = f"""where b.organization_id = (select app.org_id()) and {whose} and b.status = 'booked'
               and b.starts_at >= d.start and b.starts_at < d.stop"""
    return f"""
    select d.start as day, (select count(*) from bookings b {taking_place}) as lessons,
           (select coalesce(jsonb_agg(to_jsonb(x)), '[]')
              from (select b.id, b.title, b.starts_at, coalesce(s.display_name, b.title) as student
                      from (select * from bookings b {taking_place} order by b.starts_at, b.id limit 3) b
                      left join organization_memberships s on s.organization_id = (select app.org_id()) and s.id = b.student_id
                     order by b.starts_at, b.id) x) as first
      from unnest($1::timestamptz[], $2::timestamptz[]) as d(start, stop) order by d.start"""  # noqa: S608


ALL_BY_DAY = _by_day("true")
TEACHERS_BY_DAY = _by_day("b.teacher_id = $3")
ROOMS_BY_DAY = _by_day("b.room_id = $3")
FAMILYS_BY_DAY = _by_day("b.student_id = any(array(select app.my_member_ids()))")


async def lessons_by_day(
    db: Reads, whose: Whose, starts: list[datetime], stops: list[datetime]
) -> list[MonthDay]:
    """For each day, from its start to its stop."""
    if whose.family:
        return await db.fetch(MonthDay, FAMILYS_BY_DAY, starts, stops)
    if whose.teacher_id is not None:
        return await db.fetch(MonthDay, TEACHERS_BY_DAY, starts, stops, whose.teacher_id)
    if whose.room_id is not None:
        return await db.fetch(MonthDay, ROOMS_BY_DAY, starts, stops, whose.room_id)
    return await db.fetch(MonthDay, ALL_BY_DAY, starts, stops)


MY_FEED = """
    select f.created_at from calendar_feeds f
     where f.organization_id = (select app.org_id()) and f.member_id = (select app.member_id())"""


async def my_feed(db: Reads) -> datetime | None:
    """When the caller's own feed got its present address; None without one."""
    made: datetime | None = await db.value(MY_FEED)
    return made


@dataclass(frozen=True, slots=True)
class FeedLesson:
    """A lesson as a calendar shows it; cancelled ones too, so that they disappear where they were shown."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    status: str
    version: int
    changed_at: datetime
    teacher_id: UUID
    teacher: str
    student: str
    location: str
    address: str
    room: str
    meeting_link: str | None


_PAGE = """b.id, b.title, b.starts_at, b.ends_at, b.status, b.version, coalesce(b.cancelled_at, b.created_at) as changed_at,
       b.teacher_id, b.student_id, b.location_id, b.room_id, b.meeting_link from bookings b
     where b.organization_id = (select app.org_id()) and b.starts_at > $1::timestamptz"""
_FEED = """
    p.id, p.title, p.starts_at, p.ends_at, p.status, p.version, p.changed_at, p.teacher_id,
           coalesce(t.display_name, '') as teacher, coalesce(s.display_name, '') as student,
           coalesce(l.name, '') as location, coalesce(l.address, '') as address, coalesce(r.name, '') as room,
           p.meeting_link
      from page p
      left join organization_memberships t on t.organization_id = (select app.org_id()) and t.id = p.teacher_id
      left join organization_memberships s on s.organization_id = (select app.org_id()) and s.id = p.student_id
      left join locations l on l.organization_id = (select app.org_id()) and l.id = p.location_id
      left join rooms r on r.organization_id = (select app.org_id()) and r.id = p.room_id
     order by p.starts_at, p.id"""
TEACHERS_FEED = f"""
    with page as (select {_PAGE} and b.teacher_id = (select app.member_id()) order by b.starts_at, b.id limit 2000)
    select {_FEED}"""
FAMILYS_FEED = f"""
    with page as (select {_PAGE} and b.student_id = any(array(select app.my_member_ids()))
       order by b.starts_at, b.id limit 2000)
    select {_FEED}"""


async def feed_lessons(db: Reads, me: Member, since: datetime) -> list[FeedLesson]:
    """What the member teaches, or takes themselves or with their children."""
    sql = TEACHERS_FEED if me.role in (Role.TEACHER, Role.SUPER_ADMIN) else FAMILYS_FEED
    return await db.fetch(FeedLesson, sql, since)
