"""Reads about a founding: what was said so far, and how far the school has come."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.kit.db import Reads


@dataclass(frozen=True, slots=True)
class Draft:
    """What a founder has said so far."""

    id: UUID
    state: str
    name: str
    slug: str
    brand_color: str | None
    has_logo: bool
    time_zone: str
    locale: str
    serves_minors: bool | None
    looks_chosen: bool
    place_chosen: bool
    submitted_at: datetime | None
    problem: str | None


DRAFT = """
    select f.id, f.state, f.name, f.slug, f.brand_color, f.logo is not null as has_logo, f.time_zone, f.locale,
           f.serves_minors, f.looks_chosen, f.place_chosen, f.submitted_at, f.problem
      from foundings f
     where f.user_id = (select app.user_id()) and f.state in ('drafted', 'submitted', 'failed')"""


async def draft(db: Reads) -> Draft | None:
    return await db.first(Draft, DRAFT)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the latest founding is; `label` once its founder can go in."""

    state: str
    name: str
    submitted_at: datetime | None
    at_provider: bool
    problem: str | None
    label: str | None


PROGRESS = """
    select f.state, f.name, f.submitted_at, f.external_id is not null as at_provider, f.problem, s.label
      from foundings f left join app.my_schools() s on s.id = f.school_id
     where f.user_id = (select app.user_id()) and f.submitted_at is not null
     order by f.submitted_at desc limit 1"""


async def progress(db: Reads) -> Progress | None:
    return await db.first(Progress, PROGRESS)


LOGO = """
    select f.logo from foundings f
     where f.user_id = (select app.user_id()) and f.state in ('drafted', 'submitted', 'failed')"""


async def drafted_logo(db: Reads) -> bytes | None:
    image: bytes | None = await db.value(LOGO)
    return image
