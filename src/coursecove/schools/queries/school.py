"""Reads about the school itself: its settings, its addresses, its domains."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.kit.db import Reads


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that owners may change, and what stands beside it."""

    id: UUID
    external_id: str
    name: str
    slug: str
    label: str
    brand_color: str | None
    logo_digest: str | None
    time_zone: str
    locale: str
    serves_minors: bool
    profiles_by: str
    joining: str
    created_at: datetime
    version: datetime
    members: int


SETTINGS = """
    select o.id, o.clerk_organization_id as external_id, o.name, o.slug, o.subdomain as label, o.brand_color,
           o.logo_digest, o.time_zone, o.locale, o.serves_minors, o.profiles_by, o.joining, o.created_at,
           o.updated_at as version,
           (select count(*) from organization_memberships m
             where m.organization_id = o.id and m.status = 'ACTIVE') as members
      from organizations o where o.id = (select app.org_id())"""


async def settings(db: Reads) -> Settings:
    return await db.one(Settings, SETTINGS)


@dataclass(frozen=True, slots=True)
class Address:
    """A name under which the school answers or once answered."""

    name: str
    kind: str
    status: str
    since: datetime
    until: datetime | None


ADDRESSES = """
    select h.name, h.kind, h.status, h.since, h.until
      from hostnames h
     where h.organization_id = (select app.org_id()) and h.status in ('current', 'redirect')
       and (h.until is null or h.until > now())
     order by h.status, h.kind desc, h.since desc limit 50"""


async def addresses(db: Reads) -> list[Address]:
    """The current ones first, then those that lead here."""
    return await db.fetch(Address, ADDRESSES)


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of the school's own and how far its proof has come."""

    id: UUID
    name: str
    proof: str
    state: str
    points_here: bool
    problem: str | None
    created_at: datetime
    checked_at: datetime | None
    verified_at: datetime | None
    next_check_at: datetime


DOMAINS = """
    select d.id, d.name, d.proof, d.state, d.points_here, d.problem, d.created_at, d.checked_at, d.verified_at,
           d.next_check_at
      from custom_domains d where d.organization_id = (select app.org_id())
     order by d.created_at, d.id limit 20"""


async def domains(db: Reads) -> list[Domain]:
    return await db.fetch(Domain, DOMAINS)


LABELS_TAKEN = """
    select coalesce(array_agg(w), '{}') from unnest($1::text[]) w where not app.name_is_free(w)"""


async def taken(db: Reads, labels: list[str]) -> set[str]:
    """Which of these labels somebody has, or had until lately."""
    return set(await db.value(LABELS_TAKEN, labels))


ADJUSTED = """
    select e.data->>'wanted' from events e
     where e.organization_id = (select app.org_id()) and e.name = 'accounts/subdomain.adjusted' and e.key = $1
     limit 1"""


async def adjusted_from(db: Reads, label: str) -> str | None:
    """The label that the school's slug asked for, where it was given this one instead."""
    wanted: str | None = await db.value(ADJUSTED, label)
    return wanted
