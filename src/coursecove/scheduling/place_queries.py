"""Reads about locations, rooms and closures."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.kit.ids import NIL
from coursecove.people.queries import as_uuid

PAGE_SIZE: Final = 25
MOST: Final = 500
"""How many a form lists to choose from."""


@dataclass(frozen=True, slots=True)
class LocationFacts:
    """A location, and how much hangs on it."""

    id: UUID
    name: str
    kind: str
    address: str
    time_zone: str
    meeting_link: str | None
    archived_at: datetime | None
    version: int
    rooms: int
    types: int


_LOCATION = """l.id, l.name, l.kind, l.address, l.time_zone,
           case when (select app.is_staff()) then l.meeting_link end as meeting_link, l.archived_at, l.version"""
"""The link lets whoever has it in: families read that of their own lessons, with each lesson."""
_COUNTED = """p.*,
           (select count(*) from rooms r where r.organization_id = (select app.org_id())
               and r.location_id = p.id and r.archived_at is null) as rooms,
           (select count(*) from appointment_type_locations x where x.organization_id = (select app.org_id())
               and x.location_id = p.id) as types"""
_LISTED = "l.organization_id = (select app.org_id()) and (l.archived_at is not null) = $1"
LOCATIONS_AFTER = f"""
    with page as (
      select {_LOCATION} from locations l where {_LISTED} and (l.name, l.id) > ($2, $3)
       order by l.name, l.id limit $4)
    select {_COUNTED} from page p order by p.name, p.id"""  # noqa: S608 - literals of this file
LOCATIONS_BEFORE = f"""
    with page as (
      select {_LOCATION} from locations l where {_LISTED} and (l.name, l.id) < ($2, $3)
       order by l.name desc, l.id desc limit $4)
    select {_COUNTED} from page p order by p.name desc, p.id desc"""  # noqa: S608
LOCATION = f"""
    with page as (
      select {_LOCATION} from locations l where l.organization_id = (select app.org_id()) and l.id = $1)
    select {_COUNTED} from page p"""  # noqa: S608


async def locations(
    db: Reads, *, archived: bool = False, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Slice[LocationFacts]:
    """By name, as far as the viewer may see them."""
    place = read_cursor(cursor, 2)
    name, row_id = (place.key[0], as_uuid(place.key[1])) if place else ("", NIL)
    sql = LOCATIONS_BEFORE if place and place.backwards else LOCATIONS_AFTER
    rows = await db.fetch(LocationFacts, sql, archived, name, row_id, limit + 1)
    return cut(rows, limit, place, lambda row: (row.name, str(row.id)))


async def location(db: Reads, location_id: UUID) -> LocationFacts:
    return await db.one(LocationFacts, LOCATION, location_id)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose, by name."""

    id: UUID
    name: str


LOCATION_CHOICES = """
    select l.id, l.name from locations l
     where l.organization_id = (select app.org_id()) and l.archived_at is null order by l.name, l.id limit $1"""
SAME_LOCATION_NAME = """
    select true from locations l where l.organization_id = (select app.org_id()) and lower(l.name) = lower($1)
       and l.archived_at is null and l.id <> $2"""
USED_BY = """
    select t.id, t.name from appointment_types t
     where t.organization_id = (select app.org_id()) and t.status <> 'archived'
       and t.id = any(array(select x.appointment_type_id from appointment_type_locations x
                             where x.organization_id = (select app.org_id()) and x.location_id = $1))
     order by t.name limit 10"""


_AHEAD = """
    select count(*) from bookings b
     where b.organization_id = (select app.org_id()) and b.status = 'booked' and b.ends_at > now()
       and b.starts_at > now() - interval '33 hours'"""
LESSONS_AT = f"{_AHEAD} and b.location_id = $1"
LESSONS_IN = f"{_AHEAD} and b.room_id = $1"


async def location_choices(db: Reads) -> list[Choice]:
    return await db.fetch(Choice, LOCATION_CHOICES, MOST)


async def types_at(db: Reads, location_id: UUID) -> list[Choice]:
    """Kinds of appointment that take place there and are not archived."""
    return await db.fetch(Choice, USED_BY, location_id)


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """A room of a location."""

    id: UUID
    location_id: UUID
    name: str
    capacity: int
    archived_at: datetime | None
    version: int


_ROOM = "select r.id, r.location_id, r.name, r.capacity, r.archived_at, r.version from rooms r"
ROOMS_OF = f"""
    {_ROOM} where r.organization_id = (select app.org_id()) and r.location_id = $1
     order by r.archived_at is not null, r.name, r.id limit $2"""
_ROOMS = f"""
    {_ROOM} where r.organization_id = (select app.org_id()) and ($1::uuid is null or r.location_id = $1)
       and (r.archived_at is not null) = $2"""
ROOMS_AFTER = f"{_ROOMS} and r.id > $3 order by r.id limit $4"
ROOMS_BEFORE = f"{_ROOMS} and r.id < $3 order by r.id desc limit $4"
ROOM = f"{_ROOM} where r.organization_id = (select app.org_id()) and r.id = $1"
SAME_ROOM_NAME = """
    select true from rooms r where r.organization_id = (select app.org_id()) and r.location_id = $1
       and lower(r.name) = lower($2) and r.archived_at is null and r.id <> $3"""


async def rooms_of(db: Reads, location_id: UUID) -> list[RoomFacts]:
    """All rooms of a location, those in use first."""
    return await db.fetch(RoomFacts, ROOMS_OF, location_id, MOST)


async def rooms(
    db: Reads, *, location_id: UUID | None, archived: bool, cursor: str | None, limit: int
) -> Slice[RoomFacts]:
    """In the order they were made."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else NIL
    sql = ROOMS_BEFORE if place and place.backwards else ROOMS_AFTER
    rows = await db.fetch(RoomFacts, sql, location_id, archived, key, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


async def room(db: Reads, room_id: UUID) -> RoomFacts:
    return await db.one(RoomFacts, ROOM, room_id)


@dataclass(frozen=True, slots=True)
class ClosureFacts:
    """Days on which nobody teaches, at one location or anywhere."""

    id: UUID
    name: str
    first_day: date
    last_day: date
    location_id: UUID | None
    location: str | None
    version: int


_CLOSURE = """c.id, c.name, c.first_day, c.last_day, c.location_id, c.version from closures c
       where c.organization_id = (select app.org_id())"""
_WITH_PLACE = """)
    select p.id, p.name, p.first_day, p.last_day, p.location_id, l.name as location, p.version from page p
      left join locations l on l.organization_id = (select app.org_id()) and l.id = p.location_id"""
CLOSURES_AFTER = f"""
    with page as (select {_CLOSURE} and (c.last_day, c.id) > ($1, $2) order by c.last_day, c.id limit $3{_WITH_PLACE}
     order by p.last_day, p.id"""
CLOSURES_BEFORE = f"""
    with page as (select {_CLOSURE} and (c.last_day, c.id) < ($1, $2) order by c.last_day desc, c.id desc limit $3{_WITH_PLACE}
     order by p.last_day desc, p.id desc"""
CLOSURE = f"with page as (select {_CLOSURE} and c.id = $1{_WITH_PLACE}"
CLOSED_BETWEEN = f"with page as (select {_CLOSURE} and c.last_day >= $1 and c.first_day <= $2 order by c.last_day limit $3{_WITH_PLACE}"


async def closures(
    db: Reads, since: date, *, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Slice[ClosureFacts]:
    """Those that are not over on `since`, the nearest first."""
    place = read_cursor(cursor, 2)
    day, row_id = (_day(place.key[0]), as_uuid(place.key[1])) if place else (since, NIL)
    sql = CLOSURES_BEFORE if place and place.backwards else CLOSURES_AFTER
    rows = await db.fetch(ClosureFacts, sql, day, row_id, limit + 1)
    return cut(rows, limit, place, lambda row: (row.last_day.isoformat(), str(row.id)))


async def closure(db: Reads, closure_id: UUID) -> ClosureFacts:
    return await db.one(ClosureFacts, CLOSURE, closure_id)


async def closed_between(db: Reads, first: date, last: date) -> list[ClosureFacts]:
    """Closures that touch any day from `first` to `last`."""
    return await db.fetch(ClosureFacts, CLOSED_BETWEEN, first, last, MOST)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadCursor from None
