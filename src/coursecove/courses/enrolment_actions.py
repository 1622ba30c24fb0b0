"""Letting students into courses and out of them; links that let them in; what opens when."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coursecove.accounts.access import Actor, Member
from coursecove.courses.enrolment_models import Enrolment, EnrolmentLink, EnrolmentStatus
from coursecove.courses.enrolment_queries import AUTHORED
from coursecove.courses.learning_events import LearnerEnrolled, LearnerLeft, LearnerWaits, PlaceRequested
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import Conflict, Gone, Invalid, NotFound
from coursecove.kit.ids import new_id

MOST_AT_ONCE: Final = 200


class OnlyStudentsLearn(Invalid):
    """Only students of this school can be enrolled."""


class NobodyChosen(Invalid):
    """Choose at least one student."""


class LinkIsOver(Gone):
    """This link does not work any more. Ask your teacher for a new one."""


class CannotStandSo(Conflict):
    """This cannot be done with this enrolment as it stands now. Load the page again."""


on_violation("enrolments_student_check", OnlyStudentsLearn)

THE_COURSE: Final = f"""
    select c.id from courses c
     where c.organization_id = (select app.org_id()) and c.id = $1 and c.deleted_at is null and {AUTHORED}"""  # noqa: S608
ENROL: Final = """
    insert into enrolments (organization_id, id, course_id, member_id, status, source)
    values ($1, $2, $3, $4, 'active', 'hand')
    on conflict (organization_id, course_id, member_id)
    do update set status = 'active', version = enrolments.version + 1, updated_at = now()
     where enrolments.status not in ('active', 'waiting')
    returning status"""
CHANGE: Final = """
    update enrolments e set status = $2, version = e.version + 1, updated_at = now()
     where e.organization_id = (select app.org_id()) and e.id = $1 and e.status = any($3::text[])
    returning status"""
FILL: Final = "select f from app.fill_places($1) f"
WHO: Final = """
    select e.member_id from enrolments e where e.organization_id = (select app.org_id()) and e.id = $1"""
JOIN: Final = "select app.join_course($1, $2)"
STANDING: Final = """
    select e.status from enrolments e
     where e.organization_id = (select app.org_id()) and e.course_id = $1 and e.member_id = (select app.member_id())"""
MINE: Final = """
    select e.id from enrolments e
     where e.organization_id = (select app.org_id()) and e.course_id = $1 and e.member_id = (select app.member_id())
       and e.status in ('active', 'waiting', 'requested')"""
MAKE_LINK: Final = """
    insert into enrolment_links (organization_id, id, course_id, name, token_hash, needs_approval, most_uses, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)"""
SET_SEATS: Final = f"""
    update courses c set seats = $2, version = c.version + 1, updated_at = now()
     where c.organization_id = (select app.org_id()) and c.id = $1 and c.deleted_at is null and {AUTHORED}
    returning c.id"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What came of letting students in."""

    active: int
    waiting: int


async def taught_course(db: UserDb, course_id: UUID) -> UUID:
    """The course, where the caller may decide on its learners; NotFound otherwise."""
    found: UUID | None = await db.value(THE_COURSE, course_id)
    if found is None:
        raise NotFound
    return found


async def enrol(db: UserDb, actor: Actor, course_id: UUID, members: Sequence[UUID]) -> Enrolled:
    """Let students into a course; whoever comes after the last place waits."""
    if not members:
        raise NobodyChosen
    await taught_course(db, course_id)
    counted = {EnrolmentStatus.ACTIVE: 0, EnrolmentStatus.WAITING: 0}
    for member_id in sorted(set(members))[:MOST_AT_ONCE]:
        status = await db.value(ENROL, actor.school_id, new_id(), course_id, member_id)
        if status is not None:
            counted[EnrolmentStatus(status)] += 1
            await _tell(db, status, course_id, member_id)
    return Enrolled(counted[EnrolmentStatus.ACTIVE], counted[EnrolmentStatus.WAITING])


async def stand(
    db: UserDb, enrolment: Enrolment, status: EnrolmentStatus, *, come_from: Sequence[EnrolmentStatus]
) -> EnrolmentStatus:
    """Let somebody in, or out, from where they stand; a place that becomes free goes to whoever waits longest."""
    course_id, member_id = enrolment.course_id, enrolment.member_id
    became = await db.value(CHANGE, enrolment.id, status, list(come_from))
    if became is None:
        raise CannotStandSo
    await _tell(db, became, course_id, member_id)
    if became in (EnrolmentStatus.ENDED, EnrolmentStatus.REMOVED):
        await fill_places(db, course_id)
    return EnrolmentStatus(became)


async def fill_places(db: UserDb, course_id: UUID) -> None:
    """Give free places to those who wait, in their order."""
    for row in await db.fetch(_Filled, FILL, course_id):
        member_id = await db.value(WHO, row.f)
        if member_id is not None:
            await db.emit(LearnerEnrolled(course_id, member_id))


@dataclass(frozen=True, slots=True)
class _Filled:
    f: UUID


async def set_seats(db: UserDb, course_id: UUID, seats: int | None) -> None:
    """How many may learn the course at a time; nobody who has a place loses it."""
    if await db.value(SET_SEATS, course_id, seats) is None:
        raise NotFound
    await fill_places(db, course_id)


async def make_link(
    db: UserDb,
    course_id: UUID,
    name: str,
    *,
    needs_approval: bool,
    most_uses: int | None,
    expires_at: datetime | None,
) -> str:
    """A new link; its secret is answered once and never kept."""
    await taught_course(db, course_id)
    secret = secrets.token_urlsafe(24)
    await db.value(
        MAKE_LINK,
        db.organization_id,
        new_id(),
        course_id,
        name,
        digest_of(secret),
        needs_approval,
        most_uses,
        expires_at,
    )
    return secret


async def revoke_link(db: UserDb, link: EnrolmentLink) -> None:
    link.revoked_at = link.revoked_at or clock.now()


def digest_of(secret: str) -> bytes:
    """What is kept of a link's secret."""
    return hashlib.sha256(secret.encode()).digest()


async def join_course(db: UserDb, actor: Member, secret: str) -> tuple[UUID, EnrolmentStatus]:
    """Come in by a link: with a place, in line for one, or asking for one."""
    course_id: UUID | None = await db.value(JOIN, digest_of(secret), new_id())
    if course_id is None:
        raise LinkIsOver
    status = EnrolmentStatus(await db.value(STANDING, course_id))
    await _tell(db, status, course_id, actor.id)
    return course_id, status


async def leave_course(db: UserDb, course_id: UUID) -> None:
    """A learner leaves; what they have done stays known, in case they come back."""
    enrolment_id = await db.value(MINE, course_id)
    if enrolment_id is None:
        raise NotFound
    enrolment = await db.get(Enrolment, enrolment_id)
    came = (EnrolmentStatus.ACTIVE, EnrolmentStatus.WAITING, EnrolmentStatus.REQUESTED)
    await stand(db, enrolment, EnrolmentStatus.ENDED, come_from=came)


async def _tell(db: UserDb, status: str, course_id: UUID, member_id: UUID) -> None:
    facts = {
        EnrolmentStatus.ACTIVE: LearnerEnrolled,
        EnrolmentStatus.WAITING: LearnerWaits,
        EnrolmentStatus.REQUESTED: PlaceRequested,
        EnrolmentStatus.ENDED: LearnerLeft,
        EnrolmentStatus.REMOVED: LearnerLeft,
    }
    await db.emit(facts[EnrolmentStatus(status)](course_id, member_id))
