"""Founding a school: what its founder says, step by step, and the agreement that starts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select

from coursecove.accounts.actions import checked_locale, checked_zone
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import Conflict, Invalid, RateLimited
from coursecove.schools.actions.naming import checked_name
from coursecove.schools.actions.settings import checked_color
from coursecove.schools.founding_models import Consent, Founding
from coursecove.schools.legal import DOCUMENTS
from coursecove.schools.logos import Logo
from coursecove.schools.naming import label_of, slug_from_typed, slug_problem
from coursecove.schools.queries.school import taken

MOST_A_DAY = 5
LONGEST_AGENT = 300

SUBMITTED_TODAY = "select count(*) from foundings where submitted_at > $1"


class FoundedMeanwhile(Conflict):
    """Your school is being made already."""


class TextChanged(Invalid):
    """A text you agree to has changed since you opened this page. Please look at it again."""


on_violation("foundings_open_key", FoundedMeanwhile)


@dataclass(frozen=True, slots=True)
class Witness:
    """Where an agreement came from, as the server saw it."""

    address: str | None
    agent: str | None


async def my_founding(db: UserDb) -> Founding | None:
    """The founding that the caller has begun and not finished."""
    found = await db.execute(
        select(Founding).where(Founding.state.in_(("drafted", "submitted", "failed"))).with_for_update()
    )
    draft: Founding | None = found.scalar_one_or_none()
    return draft


async def say_name(db: UserDb, *, name: str, typed: str, time_zone: str, locale: str) -> Founding:
    """The first step: what it is called and where it will live. Saying it again changes it."""
    said, slug = checked_name(name), slug_from_typed(typed) or slug_from_typed(name)
    await check_free(db, slug)
    draft = await my_founding(db)
    if draft is None:
        begun = insert(Founding).values(
            name=said, slug=slug, time_zone=checked_zone(time_zone), locale=checked_locale(locale)
        )
        fresh: Founding = (await db.execute(begun.returning(Founding))).scalar_one()
        return fresh
    _check_open(draft)
    draft.name, draft.slug = said, slug
    _again(draft)
    await db.flush()
    return draft


async def say_looks(db: UserDb, draft: Founding, *, color: str, logo: Logo | None) -> None:
    _check_open(draft)
    draft.brand_color, draft.looks_chosen = checked_color(color), True
    if logo is not None:
        draft.logo = logo.image
    _again(draft)
    await db.flush()


async def say_place(
    db: UserDb, draft: Founding, *, time_zone: str, locale: str, serves_minors: bool | None
) -> None:
    _check_open(draft)
    if serves_minors is None:
        said = "Say whether you teach people under 18."
        raise Invalid(said, fields={"serves_minors": said})
    draft.time_zone, draft.locale = checked_zone(time_zone), checked_locale(locale)
    draft.serves_minors, draft.place_chosen = serves_minors, True
    _again(draft)
    await db.flush()


async def agree(db: UserDb, draft: Founding, agreed: Mapping[str, str], witness: Witness) -> None:
    """The last step: each text in the version that was shown. From here on the school is made."""
    _check_open(draft)
    missing = {
        key: "Please agree to this, or the school cannot be made." for key in DOCUMENTS if key not in agreed
    }
    if missing:
        raise Invalid(fields=missing)
    if any(agreed[key] != document.version for key, document in DOCUMENTS.items()):
        raise TextChanged
    if await db.value(SUBMITTED_TODAY, clock.now() - timedelta(days=1)) >= MOST_A_DAY:
        raise RateLimited("You founded several schools today. Please go on tomorrow.", retry_after=86_400)
    await check_free(db, draft.slug)
    for document in DOCUMENTS.values():
        db.add(
            Consent(
                founding_id=draft.id,
                document=document.key,
                version=document.version,
                digest=document.digest,
                method="checkbox",
                address=witness.address,
                agent=(witness.agent or "")[:LONGEST_AGENT] or None,
            )
        )
    draft.state, draft.submitted_at = "submitted", clock.now()
    draft.updated_at = clock.now()
    await db.flush()


async def check_free(db: UserDb, slug: str) -> None:
    """Refuse an address that no school can have, or that somebody has."""
    problem = slug_problem(slug)
    if problem is None and await taken(db, [label_of(slug)]):
        problem = "This address is taken."
    if problem is not None:
        raise Invalid(problem, fields={"slug": problem})


def _check_open(draft: Founding) -> None:
    if draft.state == "submitted":
        raise FoundedMeanwhile


def _again(draft: Founding) -> None:
    draft.state, draft.updated_at = "drafted", clock.now()
