"""Reads about schools, members and what happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coursecove.accounts.names import search_pattern
from coursecove.kit.cursors import BadCursor, Cursor, Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.kit.ids import NIL

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A member as lists show them; the address is None where the viewer may not know it."""

    id: UUID
    name: str
    sort_name: str
    email: str | None
    role: str
    joined_at: datetime
    total: int


MEMBERS_AFTER = """
    with page as (
      select m.id, m.display_name, m.sort_name, m.role, m.created_at
        from organization_memberships m
       where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
         and ($1 = '' or m.role = $1) and ($2 = '' or m.sort_name like $2)
         and (m.sort_name, m.id) > ($3, $4)
       order by m.sort_name, m.id limit $5)
    select p.id, p.display_name as name, p.sort_name, e.email, p.role, p.created_at as joined_at,
           (select count(*) from organization_memberships m
             where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
               and ($1 = '' or m.role = $1) and ($2 = '' or m.sort_name like $2)) as total
      from page p left join app.member_emails(array(select id from page)) e on e.member_id = p.id
     order by p.sort_name, p.id"""

MEMBERS_BEFORE = """
    with page as (
      select m.id, m.display_name, m.sort_name, m.role, m.created_at
        from organization_memberships m
       where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
         and ($1 = '' or m.role = $1) and ($2 = '' or m.sort_name like $2)
         and (m.sort_name, m.id) < ($3, $4)
       order by m.sort_name desc, m.id desc limit $5)
    select p.id, p.display_name as name, p.sort_name, e.email, p.role, p.created_at as joined_at,
           (select count(*) from organization_memberships m
             where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
               and ($1 = '' or m.role = $1) and ($2 = '' or m.sort_name like $2)) as total
      from page p left join app.member_emails(array(select id from page)) e on e.member_id = p.id
     order by p.sort_name desc, p.id desc"""


async def members(
    db: Reads, *, role: str = "", search: str = "", cursor: str | None = None, limit: int = PAGE_SIZE
) -> Slice[ListedMember]:
    """The school's members by name, as far as the viewer may see them."""
    place = read_cursor(cursor, 2)
    name, row_id = (place.key[0], _uuid(place.key[1])) if place else ("", NIL)
    backwards = place is not None and place.backwards
    sql = MEMBERS_BEFORE if backwards else MEMBERS_AFTER
    rows = await db.fetch(ListedMember, sql, role, search_pattern(search), name, row_id, limit + 1)
    return cut(rows, limit, place, lambda row: (row.sort_name, str(row.id)))


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """One member, closer."""

    id: UUID
    name: str
    email: str | None
    role: str
    joined_at: datetime
    active: bool
    time_zone: str
    locale: str
    version: datetime


MEMBER = """
    select m.id, m.display_name as name, e.email, m.role, m.created_at as joined_at,
           m.status = 'ACTIVE' as active, coalesce(m.time_zone, o.time_zone) as time_zone,
           coalesce(m.locale, o.locale) as locale, m.updated_at as version
      from organization_memberships m
      join organizations o on o.id = m.organization_id
      left join app.member_emails(array[$1::uuid]) e on e.member_id = m.id
     where m.organization_id = (select app.org_id()) and m.id = $1"""


async def member_facts(db: Reads, member_id: UUID) -> MemberFacts:
    return await db.one(MemberFacts, MEMBER, member_id)


@dataclass(frozen=True, slots=True)
class Related:
    """Somebody linked with a member; `word` says what they are to them."""

    id: UUID
    name: str
    role: str
    word: str


RELATED = """
    select m.id, m.display_name as name, m.role,
           case when g.student_id = m.id then 'child' else 'guardian' end as word
      from guardianships g
      join organization_memberships m on m.organization_id = g.organization_id
       and m.id = case when g.guardian_id = $1 then g.student_id else g.guardian_id end
     where g.organization_id = (select app.org_id()) and (g.guardian_id = $1 or g.student_id = $1)
       and m.status = 'ACTIVE'
     order by m.sort_name, m.id limit 50"""


async def related(db: Reads, member_id: UUID) -> list[Related]:
    """Children of a guardian, guardians of a student."""
    return await db.fetch(Related, RELATED, member_id)


@dataclass(frozen=True, slots=True)
class PersonFacts(MemberFacts):
    """A member with whoever is linked with them."""

    linked: list[dict[str, Any]]

    @property
    def related(self) -> list[Related]:
        return msgspec.convert(self.linked, list[Related])


PERSON = f"""
    select m.*, (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from ({RELATED}) r) as linked
      from ({MEMBER}) m"""  # noqa: S608 - both parts are literals of this file


async def person_facts(db: Reads, member_id: UUID) -> PersonFacts:
    """All that a person's page shows, in one round trip."""
    return await db.one(PersonFacts, PERSON, member_id)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with the name of whoever did it and of the member it is about."""

    id: UUID
    name: str
    data: dict[str, Any]
    occurred_at: datetime
    actor: str | None
    subject_id: UUID | None
    subject: str | None


HAPPENED_BEFORE = """
    select e.id, e.name, e.data, e.occurred_at, a.display_name as actor, s.id as subject_id,
           s.display_name as subject
      from (select *, coalesce(data->>'member_id', data->>'student_id')::uuid as about from events
             where organization_id = (select app.org_id()) and id < $1
             order by id desc limit $2) e
      left join organization_memberships a on a.organization_id = e.organization_id and a.id = e.actor_id
      left join organization_memberships s on s.organization_id = e.organization_id and s.id = e.about
     order by e.id desc"""

HAPPENED_AFTER = """
    select e.id, e.name, e.data, e.occurred_at, a.display_name as actor, s.id as subject_id,
           s.display_name as subject
      from (select *, coalesce(data->>'member_id', data->>'student_id')::uuid as about from events
             where organization_id = (select app.org_id()) and id > $1
             order by id limit $2) e
      left join organization_memberships a on a.organization_id = e.organization_id and a.id = e.actor_id
      left join organization_memberships s on s.organization_id = e.organization_id and s.id = e.about
     order by e.id"""

LATEST = UUID("ffffffff-ffff-ffff-ffff-ffffffffffff")


async def happened(db: Reads, *, cursor: str | None = None, limit: int = PAGE_SIZE) -> Slice[Happened]:
    """What happened in the school, newest first; ids are ordered by time."""
    place = read_cursor(cursor, 1)
    key = _uuid(place.key[0]) if place else LATEST
    sql = HAPPENED_AFTER if place and place.backwards else HAPPENED_BEFORE
    rows = await db.fetch(Happened, sql, key, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """The school itself."""

    id: UUID
    name: str
    slug: str
    label: str
    brand_color: str | None
    time_zone: str
    locale: str
    created_at: datetime
    version: datetime
    hostnames: list[str]
    members: int


SCHOOL = """
    select o.id, o.name, o.slug, o.subdomain as label, o.brand_color, o.time_zone, o.locale, o.created_at,
           o.updated_at as version,
           array(select h.name from hostnames h where h.organization_id = o.id and h.status = 'current'
                  order by h.kind desc, h.name) as hostnames,
           (select count(*) from organization_memberships m
             where m.organization_id = o.id and m.status = 'ACTIVE') as members
      from organizations o where o.id = (select app.org_id())"""


async def school_facts(db: Reads) -> SchoolFacts:
    return await db.one(SchoolFacts, SCHOOL)


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A key for programs, without its secret."""

    id: UUID
    name: str
    hint: str
    scopes: list[str]
    of_school: bool
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    expired: bool


TOKENS = """
    select t.id, t.name, t.hint, t.scopes, t.member_id is null as of_school, t.created_at, t.expires_at,
           t.last_used_at, t.revoked_at, coalesce(t.expires_at <= now(), false) as expired
      from api_tokens t
     where t.organization_id = (select app.org_id())
       and (t.member_id = (select app.member_id()) or t.member_id is null)
     order by t.created_at desc, t.id desc limit $1"""


async def tokens(db: Reads, *, limit: int = 100) -> list[ListedToken]:
    """The caller's own keys and, for owners, the school's."""
    return await db.fetch(ListedToken, TOKENS, limit)


TOKENS_BEFORE = """
    select t.id, t.name, t.hint, t.scopes, t.member_id is null as of_school, t.created_at, t.expires_at,
           t.last_used_at, t.revoked_at, coalesce(t.expires_at <= now(), false) as expired
      from api_tokens t
     where t.organization_id = (select app.org_id()) and t.id < $1
       and (t.member_id = (select app.member_id()) or t.member_id is null)
     order by t.id desc limit $2"""

TOKENS_AFTER = """
    select t.id, t.name, t.hint, t.scopes, t.member_id is null as of_school, t.created_at, t.expires_at,
           t.last_used_at, t.revoked_at, coalesce(t.expires_at <= now(), false) as expired
      from api_tokens t
     where t.organization_id = (select app.org_id()) and t.id > $1
       and (t.member_id = (select app.member_id()) or t.member_id is null)
     order by t.id limit $2"""


async def token_page(db: Reads, *, cursor: str | None = None, limit: int = PAGE_SIZE) -> Slice[ListedToken]:
    """The same keys, page by page, newest first; ids are ordered by time."""
    place = read_cursor(cursor, 1)
    key = _uuid(place.key[0]) if place else LATEST
    sql = TOKENS_AFTER if place and place.backwards else TOKENS_BEFORE
    rows = await db.fetch(ListedToken, sql, key, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor from None


__all__ = ["Cursor", "happened", "member_facts", "members", "related", "school_facts", "token_page", "tokens"]
