"""Reads about members, invitations and what was asked about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from coursecove.accounts.names import search_pattern
from coursecove.accounts.queries import LATEST
from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.kit.ids import NIL
from coursecove.people.parts import parts

PAGE_SIZE: Final = 25
DAYS_TO_RESTORE: Final = 30
RESTORABLE: Final = (
    "m.status = 'INACTIVE' and m.forgotten_at is null and m.removed_at > now() - interval '30 days'"
)
DAYS_LEFT: Final = "30 - floor(extract(epoch from now() - m.removed_at) / 86400)::integer"


@dataclass(frozen=True, slots=True)
class Search:
    """What a list is narrowed to: part of a name, or of an address where an @ is in it, and a role."""

    text: str = ""
    role: str = ""

    @property
    def name(self) -> str:
        return "" if "@" in self.text else search_pattern(self.text)

    @property
    def email(self) -> str:
        """A LIKE pattern for addresses; empty for none."""
        if "@" not in self.text:
            return ""
        wanted = self.text.strip().casefold()[:100]
        for special in ("\\", "%", "_"):
            wanted = wanted.replace(special, f"\\{special}")
        return f"%{wanted}%"

    @property
    def narrows(self) -> bool:
        return bool(self.text.strip() or self.role)


@dataclass(frozen=True, slots=True)
class Listed:
    """A member of the list; `days_left` counts down for somebody who was removed."""

    id: UUID
    name: str
    sort_name: str
    email: str | None
    role: str
    since: datetime
    suspended: bool
    days_left: int | None
    total: int


_FOUND = """m.organization_id = (select app.org_id()) and ($1 = '' or m.role = $1)
         and ($2 = '' or m.sort_name like $2)
         and ($3 = '' or m.id = any(array(select app.members_with_email($3))))"""
_COLUMNS = "m.id, m.display_name, m.sort_name, m.role, m.suspended_at"
_SHOWN = """p.id, p.display_name as name, p.sort_name, e.email, p.role, p.since,
           p.suspended_at is not null as suspended, p.days_left,
           (select count(*) from organization_memberships m where"""

ACTIVE_AFTER = f"""
    with page as (
      select {_COLUMNS}, m.created_at as since, null::integer as days_left from organization_memberships m
       where {_FOUND} and m.status = 'ACTIVE' and (m.sort_name, m.id) > ($4, $5)
       order by m.sort_name, m.id limit $6)
    select {_SHOWN} {_FOUND} and m.status = 'ACTIVE') as total
      from page p left join app.member_emails(array(select id from page)) e on e.member_id = p.id
     order by p.sort_name, p.id"""  # noqa: S608 - literals of this file
ACTIVE_BEFORE = f"""
    with page as (
      select {_COLUMNS}, m.created_at as since, null::integer as days_left from organization_memberships m
       where {_FOUND} and m.status = 'ACTIVE' and (m.sort_name, m.id) < ($4, $5)
       order by m.sort_name desc, m.id desc limit $6)
    select {_SHOWN} {_FOUND} and m.status = 'ACTIVE') as total
      from page p left join app.member_emails(array(select id from page)) e on e.member_id = p.id
     order by p.sort_name desc, p.id desc"""  # noqa: S608
REMOVED_AFTER = f"""
    with page as (
      select {_COLUMNS}, m.removed_at as since, {DAYS_LEFT} as days_left from organization_memberships m
       where {_FOUND} and {RESTORABLE} and (m.sort_name, m.id) > ($4, $5)
       order by m.sort_name, m.id limit $6)
    select {_SHOWN} {_FOUND} and {RESTORABLE}) as total
      from page p left join app.member_emails(array(select id from page)) e on e.member_id = p.id
     order by p.sort_name, p.id"""  # noqa: S608
REMOVED_BEFORE = f"""
    with page as (
      select {_COLUMNS}, m.removed_at as since, {DAYS_LEFT} as days_left from organization_memberships m
       where {_FOUND} and {RESTORABLE} and (m.sort_name, m.id) < ($4, $5)
       order by m.sort_name desc, m.id desc limit $6)
    select {_SHOWN} {_FOUND} and {RESTORABLE}) as total
      from page p left join app.member_emails(array(select id from page)) e on e.member_id = p.id
     order by p.sort_name desc, p.id desc"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that nobody has taken yet; `expired` once its time is over."""

    id: UUID
    email: str
    role: str
    created_at: datetime
    expires_at: datetime | None
    expired: bool
    invited_by: str | None
    total: int


_WAITING = """i.organization_id = (select app.org_id()) and i.status = 'pending' and ($1 = '' or i.role = $1)
       and ($2 = '' or i.email like $2)"""
_INVITED = f"""
    select i.id, i.email, i.role, i.created_at, i.expires_at, coalesce(i.expires_at <= now(), false) as expired,
           b.display_name as invited_by, (select count(*) from invitations i where {_WAITING}) as total
      from invitations i
      left join organization_memberships b on b.organization_id = i.organization_id and b.id = i.invited_by
     where {_WAITING}"""  # noqa: S608
INVITED_BEFORE = f"{_INVITED} and i.id < $3 order by i.id desc limit $4"
INVITED_AFTER = f"{_INVITED} and i.id > $3 order by i.id limit $4"


@dataclass(frozen=True, slots=True)
class Removed:
    """Somebody who can still be restored, and what would come back with them."""

    id: UUID
    name: str
    role: str
    removed_at: datetime
    removed_by: str | None
    left: bool
    days_left: int
    family: int
    keys: int


REMOVED = f"""
    select m.id, m.display_name as name, m.role, m.removed_at, b.display_name as removed_by,
           coalesce(c.kind = 'leaving', false) as left, {DAYS_LEFT} as days_left,
           (select count(*) from guardianships g
             where g.organization_id = m.organization_id and g.guardian_id = m.id)
           + (select count(*) from guardianships g
               where g.organization_id = m.organization_id and g.student_id = m.id) as family,
           (select count(*) from api_tokens t where t.organization_id = m.organization_id and t.member_id = m.id
               and t.revoked_at is null) as keys
      from organization_memberships m
      left join lateral (
        select c.kind, c.asked_by from team_changes c
         where c.organization_id = m.organization_id and c.member_id = m.id and c.kind in ('removal', 'leaving')
           and c.status = 'done' order by c.asked_at desc limit 1) c on true
      left join organization_memberships b on b.organization_id = m.organization_id and b.id = c.asked_by
     where m.organization_id = (select app.org_id()) and {RESTORABLE}
     order by m.removed_at, m.id limit 50"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Roster:
    """A page of the list, how many stand where, and who was removed lately: all that the page shows."""

    found: list[dict[str, Any]]
    active: int
    invited: int
    removed: int
    gone: list[dict[str, Any]]

    @property
    def lately_removed(self) -> list[Removed]:
        return parts(self.gone, Removed)


_BESIDE = f"""
           (select count(*) from organization_memberships m
             where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE') as active,
           (select count(*) from invitations i
             where i.organization_id = (select app.org_id()) and i.status = 'pending') as invited,
           (select count(*) from organization_memberships m
             where m.organization_id = (select app.org_id()) and {RESTORABLE}) as removed,
           (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from ({REMOVED}) r) as gone"""  # noqa: S608
ACTIVE_ROSTER_AFTER = f"""
    select (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from ({ACTIVE_AFTER}) l) as found, {_BESIDE}"""  # noqa: S608
ACTIVE_ROSTER_BEFORE = f"""
    select (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from ({ACTIVE_BEFORE}) l) as found, {_BESIDE}"""  # noqa: S608
REMOVED_ROSTER_AFTER = f"""
    select (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from ({REMOVED_AFTER}) l) as found, {_BESIDE}"""  # noqa: S608
REMOVED_ROSTER_BEFORE = f"""
    select (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from ({REMOVED_BEFORE}) l) as found, {_BESIDE}"""  # noqa: S608
INVITED_ROSTER_AFTER = f"""
    select (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from ({INVITED_AFTER}) l) as found, {_BESIDE}"""  # noqa: S608
INVITED_ROSTER_BEFORE = f"""
    select (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from ({INVITED_BEFORE}) l) as found, {_BESIDE}"""  # noqa: S608


async def members(
    db: Reads, search: Search, *, removed: bool = False, cursor: str | None = None, limit: int = PAGE_SIZE
) -> tuple[Roster, Slice[Listed]]:
    """Members by name: those who are in, or those removed who can still be restored."""
    place = read_cursor(cursor, 2)
    name, row_id = (place.key[0], as_uuid(place.key[1])) if place else ("", NIL)
    after = REMOVED_ROSTER_AFTER if removed else ACTIVE_ROSTER_AFTER
    before = REMOVED_ROSTER_BEFORE if removed else ACTIVE_ROSTER_BEFORE
    sql = before if place and place.backwards else after
    roster = await db.one(Roster, sql, search.role, search.name, search.email, name, row_id, limit + 1)
    rows = parts(roster.found, Listed)
    return roster, cut(rows, limit, place, lambda row: (row.sort_name, str(row.id)))


async def invitation_page(db: Reads, *, cursor: str | None = None, limit: int = PAGE_SIZE) -> Slice[Invited]:
    """Open invitations alone, newest first."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else LATEST
    sql = INVITED_AFTER if place and place.backwards else INVITED_BEFORE
    rows = await db.fetch(Invited, sql, "", "", key, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


async def invitations(
    db: Reads, search: Search, *, cursor: str | None = None, limit: int = PAGE_SIZE
) -> tuple[Roster, Slice[Invited]]:
    """Open invitations, newest first."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else LATEST
    sql = INVITED_ROSTER_AFTER if place and place.backwards else INVITED_ROSTER_BEFORE
    text = search.text.strip()
    pattern = search.email or (search_pattern(text) if text else "")
    roster = await db.one(Roster, sql, search.role, pattern, key, limit + 1)
    rows = parts(roster.found, Invited)
    return roster, cut(rows, limit, place, lambda row: (str(row.id),))


@dataclass(frozen=True, slots=True)
class Person:
    """One member, as their page shows them."""

    id: UUID
    name: str
    email: str | None
    role: str
    joined_at: datetime
    active: bool
    suspended: bool
    days_left: int | None
    time_zone: str
    locale: str
    profile_id: UUID | None
    only_owner: bool


PERSON = f"""
    select m.id, m.display_name as name, e.email, m.role, m.created_at as joined_at, m.status = 'ACTIVE' as active,
           m.suspended_at is not null as suspended, case when {RESTORABLE} then {DAYS_LEFT} end as days_left,
           coalesce(m.time_zone, o.time_zone) as time_zone, coalesce(m.locale, o.locale) as locale,
           p.id as profile_id,
           m.role = 'SUPER_ADMIN' and m.status = 'ACTIVE' and not exists (
             select from organization_memberships other
              where other.organization_id = m.organization_id and other.role = 'SUPER_ADMIN'
                and other.status = 'ACTIVE' and other.id <> m.id) as only_owner
      from organization_memberships m
      join organizations o on o.id = m.organization_id
      left join app.member_emails(array[$1::uuid]) e on e.member_id = m.id
      left join managed_profiles p on p.organization_id = m.organization_id and p.member_id = m.id
     where m.organization_id = (select app.org_id()) and m.id = $1"""  # noqa: S608


async def person(db: Reads, member_id: UUID) -> Person:
    return await db.one(Person, PERSON, member_id)


@dataclass(frozen=True, slots=True)
class Linked:
    """Somebody linked with a member: a child they stand for, or a guardian of theirs."""

    link_id: UUID
    id: UUID
    name: str
    role: str
    relation: str
    is_child: bool


FAMILY = """
    select g.id as link_id, m.id, m.display_name as name, m.role, g.relation, g.student_id = m.id as is_child
      from guardianships g
      join organization_memberships m on m.organization_id = g.organization_id
       and m.id = case when g.guardian_id = $1 then g.student_id else g.guardian_id end
     where g.organization_id = (select app.org_id()) and (g.guardian_id = $1 or g.student_id = $1)
       and m.status = 'ACTIVE'
     order by m.sort_name, m.id limit 50"""


@dataclass(frozen=True, slots=True)
class Named:
    """A member by name, for a choice."""

    id: UUID
    name: str


OF_ROLES = """
    select m.id, m.display_name as name from organization_memberships m
     where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE' and m.role = any($1)
     order by m.sort_name, m.id limit $2"""


async def of_roles(db: Reads, *roles: str, limit: int = 1000) -> list[Named]:
    """Members with one of these roles, by name."""
    return await db.fetch(Named, OF_ROLES, list(roles), limit)


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """Something that was asked about a member, and what came of it."""

    id: UUID
    kind: str
    role: str | None
    status: str
    problem: str | None
    asked_by: str | None
    asked_at: datetime


ASKED_ABOUT = """
    select c.id, c.kind, c.role, c.status, c.problem, b.display_name as asked_by, c.asked_at
      from team_changes c
      left join organization_memberships b on b.organization_id = c.organization_id and b.id = c.asked_by
     where c.organization_id = (select app.org_id()) and c.member_id = $1 and c.status in ('asked', 'done', 'refused')
     order by c.asked_at desc, c.id desc limit 10"""


@dataclass(frozen=True, slots=True)
class WholePerson(Person):
    """A member with their family and, for whoever may know, what was asked about them."""

    linked: list[dict[str, Any]]
    asked: list[dict[str, Any]]

    @property
    def family(self) -> list[Linked]:
        return parts(self.linked, Linked)

    @property
    def past(self) -> list[AskedAbout]:
        return parts(self.asked, AskedAbout)


WHOLE_PERSON = f"""
    select p.*, (select coalesce(jsonb_agg(to_jsonb(f)), '[]') from ({FAMILY}) f) as linked,
           (select coalesce(jsonb_agg(to_jsonb(a)), '[]') from ({ASKED_ABOUT}) a) as asked
      from ({PERSON}) p"""  # noqa: S608 - literals of this file


async def whole_person(db: Reads, member_id: UUID) -> WholePerson:
    """All that a person's page shows."""
    return await db.one(WholePerson, WHOLE_PERSON, member_id)


def as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor from None
