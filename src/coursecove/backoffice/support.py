"""Letting an operator into a school for a while, and what else an operator does to schools."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from coursecove.accounts.events import OrganizationReopened, SupportEnded, SupportOpened
from coursecove.accounts.models import Organization
from coursecove.accounts.roles import Status
from coursecove.accounts.support_models import SupportAccess
from coursecove.backoffice.access import Operator
from coursecove.backoffice.events import SchoolReopeningOrdered, SchoolRestorationOrdered, SupportTaken
from coursecove.kit import clock
from coursecove.kit.db import ServiceDb
from coursecove.kit.errors import Conflict, Invalid, NotFound

MINUTES: Final = (15, 30, 60)
SHORTEST_REASON, LONGEST_REASON = 10, 500


class AlreadyInside(Conflict):
    """You have access to this school already. End it first, or use it."""


class NothingToReopen(Conflict):
    """This school is not closed, or its data are gone."""


async def open_support(
    db: ServiceDb, operator: Operator, school_id: UUID, *, minutes: int, reason: str, may_change: bool
) -> SupportAccess:
    """Let the operator in; the owners see it from this transaction on."""
    said = " ".join(reason.split())
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        raise Invalid(
            fields={
                "reason": f"Say why in {SHORTEST_REASON} to {LONGEST_REASON} characters; the owners read it."
            }
        )
    if minutes not in MINUTES:
        raise Invalid(fields={"minutes": "Choose one of these."})
    school = await db.get(Organization, school_id, lock=True)
    if school.status != Status.ACTIVE or school.closes_at is not None:
        raise NotFound
    if await db.value(OPEN, school_id, operator.id):
        raise AlreadyInside
    db.belongs_to(school_id)
    now = clock.now()
    access = SupportAccess(
        operator=operator.id,
        operator_name=operator.name or "Operator",
        reason=said,
        may_change=may_change,
        starts_at=now,
        ends_at=now + timedelta(minutes=minutes),
    )
    db.add(access)
    await db.flush()
    await db.emit(
        SupportOpened(access.id, operator.id, access.operator_name, said, may_change, access.ends_at)
    )
    await _note(db, SupportTaken(school_id, access.id, operator.id, said))
    return access


OPEN = """
    select exists (select from support_accesses s where s.organization_id = $1 and s.operator = $2
                    and s.ended_at is null and s.ends_at > now())"""


async def end_support(db: ServiceDb, operator: Operator, school_id: UUID, access_id: UUID) -> None:
    """Leave before the time is over."""
    db.belongs_to(school_id)
    access = await db.get(SupportAccess, access_id, lock=True)
    if access.ended_at is not None or access.ends_at <= clock.now():
        return
    access.ended_at = clock.now()
    await db.flush()
    await db.emit(SupportEnded(access.id, access.operator, by_operator=True))


async def reopen(db: ServiceDb, operator: Operator, school_id: UUID, *, reason: str) -> bool:
    """Open a closed school again. True at once; False where the identity provider has to make it anew first."""
    said = " ".join(reason.split())[:LONGEST_REASON]
    if len(said) < SHORTEST_REASON:
        raise Invalid(fields={"why": f"Say why in {SHORTEST_REASON} characters or more."})
    school = await db.get(Organization, school_id, lock=True)
    if school.status == Status.DELETED:
        await _note(db, SchoolRestorationOrdered(school_id, operator.id, said))
        return False
    if school.closes_at is None:
        raise NothingToReopen
    school.closes_at = school.closed_at = None
    school.updated_at = clock.now()
    db.belongs_to(school_id)
    await db.flush()
    await db.emit(OrganizationReopened(school_id))
    await _note(db, SchoolReopeningOrdered(school_id, operator.id, said))
    return True


async def _note(
    db: ServiceDb, event: SupportTaken | SchoolReopeningOrdered | SchoolRestorationOrdered
) -> None:
    """The operators' own trail lies with the platform, not with the school."""
    school = db.organization_id
    db.belongs_to(None)
    await db.emit(event)
    db.belongs_to(school)
