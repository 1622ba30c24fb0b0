"""The operator's reads about schools: all of them, and one closely."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from coursecove.accounts.names import search_pattern
from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import ReadDb

PAGE_SIZE = 25
LATEST = UUID("ffffffff-ffff-ffff-ffff-ffffffffffff")
STATES = ("open", "closed", "deleted")


@dataclass(frozen=True, slots=True)
class FoundSchool:
    """A school in the operator's list."""

    id: UUID
    name: str
    label: str
    state: str
    created_at: datetime
    closes_at: datetime | None
    people: int


SCHOOLS_BEFORE = """
    with found as (
      select o.id, o.name, o.subdomain as label, o.created_at, o.closes_at,
             case when o.status = 'DELETED' then 'deleted' when o.closes_at is not null then 'closed'
                  else 'open' end as state
        from organizations o)
    select f.id, f.name, f.label, f.state, f.created_at, f.closes_at,
           (select count(*) from organization_memberships m
             where m.organization_id = f.id and m.status = 'ACTIVE') as people
      from found f
     where f.id < $1 and ($2 = '' or f.state = $2)
       and ($3 = '' or lower(f.name) like $3 or f.label like $3
            or exists (select from hostnames h where h.organization_id = f.id and h.name like $3))
     order by f.id desc limit $4"""

SCHOOLS_AFTER = """
    with found as (
      select o.id, o.name, o.subdomain as label, o.created_at, o.closes_at,
             case when o.status = 'DELETED' then 'deleted' when o.closes_at is not null then 'closed'
                  else 'open' end as state
        from organizations o)
    select f.id, f.name, f.label, f.state, f.created_at, f.closes_at,
           (select count(*) from organization_memberships m
             where m.organization_id = f.id and m.status = 'ACTIVE') as people
      from found f
     where f.id > $1 and ($2 = '' or f.state = $2)
       and ($3 = '' or lower(f.name) like $3 or f.label like $3
            or exists (select from hostnames h where h.organization_id = f.id and h.name like $3))
     order by f.id limit $4"""


async def schools(
    db: ReadDb, *, search: str = "", state: str = "", cursor: str | None = None, limit: int = PAGE_SIZE
) -> Slice[FoundSchool]:
    """Schools by name, label or host name, the newest first."""
    place = read_cursor(cursor, 1)
    key = _uuid(place.key[0]) if place else LATEST
    sql = SCHOOLS_AFTER if place and place.backwards else SCHOOLS_BEFORE
    wanted = state if state in STATES else ""
    rows = await db.fetch(FoundSchool, sql, key, wanted, search_pattern(search), limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """One school, closely."""

    id: UUID
    external_id: str
    name: str
    slug: str
    label: str
    state: str
    provisional: bool
    time_zone: str
    locale: str
    serves_minors: bool
    joining: str
    created_at: datetime
    closed_at: datetime | None
    closes_at: datetime | None
    owners: int
    teachers: int
    students: int
    guardians: int


SCHOOL = """
    select o.id, o.clerk_organization_id as external_id, o.name, o.slug, o.subdomain as label,
           case when o.status = 'DELETED' then 'deleted' when o.closes_at is not null then 'closed'
                else 'open' end as state,
           o.provisional, o.time_zone, o.locale, o.serves_minors, o.joining, o.created_at, o.closed_at, o.closes_at,
           count(m.id) filter (where m.role = 'SUPER_ADMIN') as owners,
           count(m.id) filter (where m.role = 'TEACHER') as teachers,
           count(m.id) filter (where m.role = 'STUDENT') as students,
           count(m.id) filter (where m.role = 'GUARDIAN') as guardians
      from organizations o
      left join organization_memberships m on m.organization_id = o.id and m.status = 'ACTIVE'
     where o.id = $1
     group by o.id"""


async def school(db: ReadDb, school_id: UUID) -> SchoolFacts:
    return await db.one(SchoolFacts, SCHOOL, school_id)


@dataclass(frozen=True, slots=True)
class HostnameRow:
    """A name of the school, whatever its state."""

    name: str
    kind: str
    status: str
    until: datetime | None


HOSTNAMES = """
    select h.name, h.kind, h.status, h.until from hostnames h
     where h.organization_id = $1 order by h.status, h.name limit 50"""


async def hostnames(db: ReadDb, school_id: UUID) -> list[HostnameRow]:
    return await db.fetch(HostnameRow, HOSTNAMES, school_id)


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact of the school, as it was recorded."""

    id: UUID
    name: str
    data: dict[str, Any]
    occurred_at: datetime
    actor: str | None


FACTS = """
    select e.id, e.name, e.data, e.occurred_at, m.display_name as actor
      from (select * from events e where e.organization_id = $1 order by e.id desc limit $2) e
      left join organization_memberships m on m.organization_id = e.organization_id and m.id = e.actor_id
     order by e.id desc"""


async def facts(db: ReadDb, school_id: UUID, *, limit: int = 15) -> list[FactRow]:
    return await db.fetch(FactRow, FACTS, school_id, limit)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A change of a row, as the school's chain holds it."""

    position: int
    at: datetime
    action: str
    table_name: str
    by: str | None


AUDIT = """
    select a.position, a.at, a.action, a.table_name,
           coalesce(m.display_name, case when a.session_id like 'support:%' then (
             select s.operator_name from support_accesses s
              where s.organization_id = a.organization_id and s.id = substr(a.session_id, 9)::uuid) end) as by
      from (select * from audit_log a where a.organization_id = $1 order by a.position desc limit $2) a
      left join organization_memberships m on m.organization_id = a.organization_id and m.id = a.actor_id
     order by a.position desc"""


async def audit(db: ReadDb, school_id: UUID, *, limit: int = 15) -> list[AuditRow]:
    return await db.fetch(AuditRow, AUDIT, school_id, limit)


@dataclass(frozen=True, slots=True)
class StayRow:
    """A support access, open or over."""

    id: UUID
    operator: str
    operator_name: str
    reason: str
    may_change: bool
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    ended_by: str | None


STAYS = """
    select s.id, s.operator, s.operator_name, s.reason, s.may_change, s.starts_at, s.ends_at, s.ended_at,
           m.display_name as ended_by
      from (select * from support_accesses s where s.organization_id = $1 order by s.id desc limit $2) s
      left join organization_memberships m on m.organization_id = s.organization_id and m.id = s.ended_by
     order by s.id desc"""


async def stays(db: ReadDb, school_id: UUID, *, limit: int = 10) -> list[StayRow]:
    return await db.fetch(StayRow, STAYS, school_id, limit)


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What the school's founder agreed to."""

    document: str
    version: str
    at: datetime
    founder: str
    address: str | None


CONSENTS = """
    select c.document, c.version, c.at, concat_ws(' ', u.first_name, u.last_name) as founder, c.address
      from foundings f join consents c on c.founding_id = f.id join users u on u.id = c.user_id
     where f.school_id = $1 order by c.at desc, c.document limit 20"""


async def consents(db: ReadDb, school_id: UUID) -> list[ConsentRow]:
    return await db.fetch(ConsentRow, CONSENTS, school_id)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor from None
