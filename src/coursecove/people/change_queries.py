"""Reads for programs: one change, and who stands for whom, page by page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.accounts.queries import LATEST
from coursecove.kit.cursors import Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.people.queries import as_uuid


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """Something that was asked, and what came of it."""

    id: UUID
    kind: str
    status: str
    problem: str | None
    member_id: UUID | None
    invitation_id: UUID | None
    email: str | None
    role: str | None
    asked_at: datetime
    settled_at: datetime | None


CHANGE = """
    select c.id, c.kind, c.status, c.problem, c.member_id, c.invitation_id, coalesce(c.email, i.email) as email, c.role,
           c.asked_at, c.settled_at
      from team_changes c
      left join invitations i on i.organization_id = c.organization_id and i.id = c.invitation_id
     where c.organization_id = (select app.org_id()) and c.id = $1"""


async def change_facts(db: Reads, change_id: UUID) -> ChangeFacts:
    return await db.one(ChangeFacts, CHANGE, change_id)


@dataclass(frozen=True, slots=True)
class ListedGuardianship:
    """That a guardian stands for a student."""

    id: UUID
    guardian_id: UUID
    student_id: UUID
    relation: str
    created_at: datetime


_LINKS = """
    select g.id, g.guardian_id, g.student_id, g.relation, g.created_at from guardianships g
     where g.organization_id = (select app.org_id())
       and ($1::uuid is null or g.guardian_id = $1 or g.student_id = $1)"""
LINKS_BEFORE = f"{_LINKS} and g.id < $2 order by g.id desc limit $3"
LINKS_AFTER = f"{_LINKS} and g.id > $2 order by g.id limit $3"


async def guardianships(
    db: Reads, *, member_id: UUID | None = None, cursor: str | None = None, limit: int = 25
) -> Slice[ListedGuardianship]:
    """Newest first, as far as the viewer may see them."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else LATEST
    sql = LINKS_AFTER if place and place.backwards else LINKS_BEFORE
    rows = await db.fetch(ListedGuardianship, sql, member_id, key, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))
