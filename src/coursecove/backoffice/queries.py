"""Reads across all schools, through the service client."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.backoffice.access import Operator
from coursecove.backoffice.views import DeadRun, EventRow
from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import ReadDb
from coursecove.kit.durable.operations import Stats, stats
from coursecove.kit.ids import NIL

PAGE_SIZE = 25
LATEST = UUID("ffffffff-ffff-ffff-ffff-ffffffffffff")


@dataclass(frozen=True, slots=True)
class ListedSchool:
    """A school with its people counted by role."""

    id: UUID
    name: str
    slug: str
    label: str
    created_at: datetime
    owners: int
    teachers: int
    students: int
    guardians: int


SCHOOLS_BEFORE = """
    select o.id, o.name, o.slug, o.subdomain as label, o.created_at, m.owners, m.teachers, m.students, m.guardians
      from (select * from organizations where id < $1 order by id desc limit $2) o
     cross join lateral (
       select count(*) filter (where role = 'SUPER_ADMIN') as owners,
              count(*) filter (where role = 'TEACHER') as teachers,
              count(*) filter (where role = 'STUDENT') as students,
              count(*) filter (where role = 'GUARDIAN') as guardians
         from organization_memberships where organization_id = o.id and status = 'ACTIVE') m
     order by o.id desc"""

SCHOOLS_AFTER = """
    select o.id, o.name, o.slug, o.subdomain as label, o.created_at, m.owners, m.teachers, m.students, m.guardians
      from (select * from organizations where id > $1 order by id limit $2) o
     cross join lateral (
       select count(*) filter (where role = 'SUPER_ADMIN') as owners,
              count(*) filter (where role = 'TEACHER') as teachers,
              count(*) filter (where role = 'STUDENT') as students,
              count(*) filter (where role = 'GUARDIAN') as guardians
         from organization_memberships where organization_id = o.id and status = 'ACTIVE') m
     order by o.id"""


async def schools(db: ReadDb, *, cursor: str | None = None, limit: int = PAGE_SIZE) -> Slice[ListedSchool]:
    """Every school, the newest first; ids are ordered by time."""
    place = read_cursor(cursor, 1)
    key = _uuid(place.key[0]) if place else LATEST
    sql = SCHOOLS_AFTER if place and place.backwards else SCHOOLS_BEFORE
    rows = await db.fetch(ListedSchool, sql, key, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


@dataclass(frozen=True, slots=True)
class Totals:
    """How many schools and people this installation serves."""

    schools: int
    people: int


TOTALS = """
    select (select count(*) from organizations where status = 'ACTIVE') as schools,
           (select count(*) from users where status = 'ACTIVE') as people"""


async def totals(db: ReadDb) -> Totals:
    return await db.one(Totals, TOTALS)


DEAD_RUNS = """
    select r.id, r.function, o.name as school, coalesce(r.error, '') as error, r.attempt as attempts,
           coalesce(r.finished_at, r.due_at) as died_at
      from function_runs r left join organizations o on o.id = r.organization_id
     where r.status = 'dead'
     order by r.finished_at desc, r.id limit $1"""


async def dead_runs(db: ReadDb, *, limit: int = 100) -> list[DeadRun]:
    """Background work that gave up, the latest first."""
    return await db.fetch(DeadRun, DEAD_RUNS, limit)


RECENT_EVENTS = """
    select e.id, e.name, o.name as school, e.occurred_at, e.dispatched_at
      from (select $1::uuid as id, null as name union all select id, name from organizations) o
     cross join lateral (
       select e.id, e.name, e.occurred_at, e.dispatched_at from events e
        where e.organization_id = o.id order by e.id desc limit $2) e
     order by e.id desc limit $2"""


async def recent_events(db: ReadDb, *, limit: int = 20) -> list[EventRow]:
    """The latest facts of all schools and of the platform itself, each school's from its own index range."""
    return await db.fetch(EventRow, RECENT_EVENTS, NIL, limit)


OPERATOR = """
    select u.clerk_user_id as id, concat_ws(' ', u.first_name, u.last_name) as name, coalesce(u.email, '') as email
      from users u where u.clerk_user_id = $1"""


async def operator(db: ReadDb, subject: str) -> Operator:
    """The operator as far as we know them: one who belongs to no school may be a stranger to the database."""
    return await db.first(Operator, OPERATOR, subject) or Operator(subject)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor from None


__all__ = ["Stats", "dead_runs", "operator", "recent_events", "schools", "stats", "totals"]
