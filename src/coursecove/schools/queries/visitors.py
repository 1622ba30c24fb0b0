"""Reads about those at the door: people who ask to join, and support."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.kit.db import Reads


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody who asks to be let in."""

    id: UUID
    name: str
    email: str | None
    message: str
    state: str
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None


REQUESTS = """
    select r.id, r.name, r.email, r.message, r.state, r.created_at, r.decided_at, m.display_name as decided_by
      from join_requests r
      left join organization_memberships m on m.organization_id = r.organization_id and m.id = r.decided_by
     where r.organization_id = (select app.org_id())
     order by r.state <> 'waiting', r.id desc limit 100"""


async def requests(db: Reads) -> list[Request]:
    """Those who wait first, then the latest decisions."""
    return await db.fetch(Request, REQUESTS)


@dataclass(frozen=True, slots=True)
class Stay:
    """A support access, open or over."""

    id: UUID
    operator_name: str
    reason: str
    may_change: bool
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    ended_by: str | None


STAYS = """
    select s.id, s.operator_name, s.reason, s.may_change, s.starts_at, s.ends_at, s.ended_at,
           m.display_name as ended_by
      from support_accesses s
      left join organization_memberships m on m.organization_id = s.organization_id and m.id = s.ended_by
     where s.organization_id = (select app.org_id())
     order by s.id desc limit 100"""


async def stays(db: Reads) -> list[Stay]:
    """The latest first."""
    return await db.fetch(Stay, STAYS)


@dataclass(frozen=True, slots=True)
class Door:
    """How a person stands to a school that they are not in, perhaps."""

    takes_requests: bool
    asked_at: datetime | None
    is_member: bool


DOOR = "select takes_requests, asked_at, is_member from app.school_door($1)"


async def door(db: Reads, school_id: UUID) -> Door:
    return await db.one(Door, DOOR, school_id)


@dataclass(frozen=True, slots=True)
class ClosedSchool:
    """A school that its owner closed and may still open again."""

    id: UUID
    name: str
    label: str
    closes_at: datetime


CLOSED = "select id, name, label, closes_at from app.my_closed_schools()"


async def closed_schools(db: Reads) -> list[ClosedSchool]:
    return await db.fetch(ClosedSchool, CLOSED)
