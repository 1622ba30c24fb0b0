"""Reads about children's profiles and the consent they stand on; every page that shows them is noted."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from coursecove.accounts.queries import LATEST
from coursecove.kit.cursors import Slice, cut, read_cursor
from coursecove.kit.db import Reads
from coursecove.people.parts import parts
from coursecove.people.queries import as_uuid

PAGE_SIZE: Final = 25
CONSENTED: Final = """coalesce((select c.action = 'given' from consent_records c
             where c.organization_id = p.organization_id and c.profile_id = p.id and c.purpose = 'profile'
             order by c.id desc limit 1), false)"""


@dataclass(frozen=True, slots=True)
class ListedProfile:
    """A child's profile in a list."""

    id: UUID
    first_name: str
    last_name: str | None
    username: str
    status: str
    consented: bool
    guardian: str
    total: int


_WANTED = "p.organization_id = (select app.org_id()) and ($1 = '' or p.status = $1)"
_LISTED = f"""p.id, p.first_name, p.last_name, p.username, p.status, {CONSENTED} as consented,
           g.display_name as guardian, (select count(*) from managed_profiles p where {_WANTED}) as total
      from page p
      join organization_memberships g on g.organization_id = p.organization_id and g.id = p.guardian_id"""  # noqa: S608 - literals of this file
PROFILES_BEFORE = f"""
    with page as (select p.* from managed_profiles p where {_WANTED} and p.id < $2 order by p.id desc limit $3)
    select {_LISTED} order by p.id desc"""  # noqa: S608
PROFILES_AFTER = f"""
    with page as (select p.* from managed_profiles p where {_WANTED} and p.id > $2 order by p.id limit $3)
    select {_LISTED} order by p.id"""  # noqa: S608


async def profiles(db: Reads, *, status: str = "", cursor: str | None = None) -> Slice[ListedProfile]:
    """Profiles that the viewer may see, newest first."""
    place = read_cursor(cursor, 1)
    key = as_uuid(place.key[0]) if place else LATEST
    sql = PROFILES_AFTER if place and place.backwards else PROFILES_BEFORE
    rows = await db.fetch(ListedProfile, sql, status, key, PAGE_SIZE + 1)
    return cut(rows, PAGE_SIZE, place, lambda row: (str(row.id),))


@dataclass(frozen=True, slots=True)
class Profile:
    """A child's profile, whole."""

    id: UUID
    member_id: UUID | None
    guardian_id: UUID
    guardian: str
    first_name: str
    last_name: str | None
    birth_date: date | None
    username: str
    status: str
    consented: bool
    grown_up: bool
    created_at: datetime
    activated_at: datetime | None
    suspended_at: datetime | None
    converted_at: datetime | None


PROFILE = f"""
    select p.id, p.member_id, p.guardian_id, g.display_name as guardian, p.first_name, p.last_name, p.birth_date,
           p.username, p.status, {CONSENTED} as consented,
           coalesce(p.birth_date <= (now() at time zone o.time_zone)::date - interval '18 years', false) as grown_up,
           p.created_at, p.activated_at, p.suspended_at, p.converted_at
      from managed_profiles p
      join organizations o on o.id = p.organization_id
      join organization_memberships g on g.organization_id = p.organization_id and g.id = p.guardian_id
     where p.organization_id = (select app.org_id()) and p.id = $1"""  # noqa: S608


async def profile(db: Reads, profile_id: UUID) -> Profile:
    return await db.one(Profile, PROFILE, profile_id)


@dataclass(frozen=True, slots=True)
class Consent:
    """One record: who consented to what or took it back, how, and when."""

    id: UUID
    purpose: str
    action: str
    version: str
    method: str
    signature: str
    note: str | None
    address: str | None
    guardian: str
    recorded_by: str
    at: datetime


CONSENTS = """
    select c.id, c.purpose, c.action, c.version, c.method, c.signature, c.note, c.address, g.display_name as guardian,
           r.display_name as recorded_by, c.at
      from consent_records c
      join organization_memberships g on g.organization_id = c.organization_id and g.id = c.guardian_id
      join organization_memberships r on r.organization_id = c.organization_id and r.id = c.recorded_by
     where c.organization_id = (select app.org_id()) and c.profile_id = $1
     order by c.id desc limit 100"""


@dataclass(frozen=True, slots=True)
class Guardian:
    """Somebody who may consent for a child."""

    id: UUID
    name: str


GUARDIANS = """
    select m.id, m.display_name as name from organization_memberships m
      join managed_profiles p on p.organization_id = m.organization_id and p.id = $1
     where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
       and (m.id = p.guardian_id or exists (
         select from guardianships g where g.organization_id = m.organization_id and g.student_id = p.member_id
            and g.guardian_id = m.id))
     order by m.sort_name, m.id limit 20"""


@dataclass(frozen=True, slots=True)
class WholeProfile(Profile):
    """A child's profile with every record about it and those who may consent."""

    recorded: list[dict[str, Any]]
    guarding: list[dict[str, Any]]

    @property
    def records(self) -> list[Consent]:
        """Newest first."""
        return parts(self.recorded, Consent)

    @property
    def who_consents(self) -> list[Guardian]:
        return parts(self.guarding, Guardian)


WHOLE_PROFILE = f"""
    select w.*, (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from ({CONSENTS}) c) as recorded,
           (select coalesce(jsonb_agg(to_jsonb(g)), '[]') from ({GUARDIANS}) g) as guarding
      from ({PROFILE}) w"""  # noqa: S608 - literals of this file


async def whole_profile(db: Reads, profile_id: UUID) -> WholeProfile:
    """All that a profile's page shows."""
    return await db.one(WholeProfile, WHOLE_PROFILE, profile_id)


@dataclass(frozen=True, slots=True)
class Child:
    """A child of the caller: a student they are linked with, or a profile that waits for their consent."""

    member_id: UUID | None
    name: str
    relation: str
    profile_id: UUID | None
    status: str | None


CHILDREN = """
    select m.id as member_id, m.display_name as name, g.relation, p.id as profile_id, p.status
      from guardianships g
      join organization_memberships m on m.organization_id = g.organization_id and m.id = g.student_id
       and m.status = 'ACTIVE'
      left join managed_profiles p on p.organization_id = m.organization_id and p.member_id = m.id
     where g.organization_id = (select app.org_id()) and g.guardian_id = (select app.member_id())
    union all
    select null, p.first_name, 'guardian', p.id, p.status
      from managed_profiles p
     where p.organization_id = (select app.org_id()) and p.guardian_id = (select app.member_id())
       and p.status = 'pending'
     order by 2 limit 50"""


async def children(db: Reads) -> list[Child]:
    return await db.fetch(Child, CHILDREN)
