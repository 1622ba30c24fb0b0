"""The operator's reads about people, across all schools."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.accounts.names import search_pattern
from coursecove.backoffice.schools_queries import LATEST, PAGE_SIZE
from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import ReadDb


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Somebody with an account."""

    id: UUID
    name: str
    email: str | None
    status: str
    provisional: bool
    created_at: datetime
    schools: int


PEOPLE_BEFORE = """
    select u.id, concat_ws(' ', u.first_name, u.last_name) as name, u.email, u.status, u.provisional, u.created_at,
           (select count(*) from organization_memberships m where m.user_id = u.id and m.status = 'ACTIVE') as schools
      from users u
     where u.id < $1
       and ($2 = '' or lower(concat_ws(' ', u.first_name, u.last_name)) like $2 or lower(u.email) like $2
            or u.clerk_user_id = $3
            or exists (select from organization_memberships m where m.user_id = u.id and m.sort_name like $2))
     order by u.id desc limit $4"""

PEOPLE_AFTER = """
    select u.id, concat_ws(' ', u.first_name, u.last_name) as name, u.email, u.status, u.provisional, u.created_at,
           (select count(*) from organization_memberships m where m.user_id = u.id and m.status = 'ACTIVE') as schools
      from users u
     where u.id > $1
       and ($2 = '' or lower(concat_ws(' ', u.first_name, u.last_name)) like $2 or lower(u.email) like $2
            or u.clerk_user_id = $3
            or exists (select from organization_memberships m where m.user_id = u.id and m.sort_name like $2))
     order by u.id limit $4"""


async def people(
    db: ReadDb, *, search: str = "", cursor: str | None = None, limit: int = PAGE_SIZE
) -> Slice[FoundPerson]:
    """People by name, address or the provider's id, the newest first."""
    place = read_cursor(cursor, 1)
    key = _uuid(place.key[0]) if place else LATEST
    sql = PEOPLE_AFTER if place and place.backwards else PEOPLE_BEFORE
    rows = await db.fetch(FoundPerson, sql, key, search_pattern(search), search.strip(), limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One person, closely."""

    id: UUID
    external_id: str
    name: str
    email: str | None
    status: str
    provisional: bool
    created_at: datetime


PERSON = """
    select u.id, u.clerk_user_id as external_id, concat_ws(' ', u.first_name, u.last_name) as name, u.email, u.status,
           u.provisional, u.created_at
      from users u where u.id = $1"""


async def person(db: ReadDb, user_id: UUID) -> PersonFacts:
    return await db.one(PersonFacts, PERSON, user_id)


@dataclass(frozen=True, slots=True)
class Belonging:
    """A school that somebody belongs to, or belonged to."""

    school_id: UUID
    school: str
    role: str
    active: bool
    since: datetime


BELONGINGS = """
    select o.id as school_id, o.name as school, m.role, m.status = 'ACTIVE' and m.suspended_at is null as active,
           m.created_at as since
      from organization_memberships m join organizations o on o.id = m.organization_id
     where m.user_id = $1 order by m.status, o.name, o.id limit 100"""


async def belongings(db: ReadDb, user_id: UUID) -> list[Belonging]:
    return await db.fetch(Belonging, BELONGINGS, user_id)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor from None
