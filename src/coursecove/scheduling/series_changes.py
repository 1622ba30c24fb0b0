"""A lesson of a series and those that follow it are cancelled or moved, all that were agreed to or none."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from coursecove.kit.db import UserDb
from coursecove.kit.errors import Conflict
from coursecove.kit.web.language import gettext as _
from coursecove.scheduling.booking_actions import (
    LOCK,
    LONGEST_REASON,
    Booker,
    LessonChanged,
    TimeTaken,
    TooLateToMove,
    Version,
    changeable,
    check_teacher,
    check_words,
    is_late,
    mark_cancelled,
    plan_reminder,
    take,
)
from coursecove.scheduling.booking_events import SeriesCancelled, SeriesMoved
from coursecove.scheduling.booking_models import Booking
from coursecove.scheduling.booking_wording import dates_words
from coursecove.scheduling.series_moves import MovePlan, plan_moves
from coursecove.scheduling.series_queries import (
    Following,
    at_the_same_time,
    following,
    location_zone,
    seal_of,
)
from coursecove.scheduling.slots import Wish


class MovesChanged(TimeTaken):
    """What is free has changed in the meantime. Nothing was moved; look at the dates again."""


class NotOfSeries(Conflict):
    """This lesson is not one of a series, so none follow it."""


@dataclass(frozen=True, slots=True)
class SeenSeries:
    """A lesson of a series and those that follow as somebody saw them; without a seal nobody looked at them all."""

    first: Version
    seal: str | None = None
    agreed: Collection[UUID] | None = None
    """Which of them somebody agreed to move; None agrees to all of them and to nothing less."""


async def cancel_following(
    db: UserDb, booker: Booker, seen: SeenSeries, *, now: datetime, reason: str = ""
) -> list[Booking]:
    """Cancel a lesson and the later ones of its series; each is late by its own terms.

    Where one was changed since somebody saw them, nothing is done.
    """
    check_words(reason=(reason, LONGEST_REASON))
    first = await changeable(db, booker, seen.first, now=now)
    if first.series_id is None:
        raise NotOfSeries
    lessons = await following(db, first.id)
    if seen.seal is not None and seen.seal != seal_of(lessons):
        raise LessonChanged
    changed = [await changeable(db, booker, Version(each.id, each.version), now=now) for each in lessons]
    for booking in changed:
        mark_cancelled(booker, booking, now=now, reason=reason)
    await db.flush()
    await db.emit(SeriesCancelled(first.series_id, first.id))
    return changed


async def move_following(
    db: UserDb, booker: Booker, seen: SeenSeries, wish: Wish, starts_at: datetime, *, now: datetime
) -> list[UUID]:
    """Move a lesson, and the later ones of its series at the same time of the week, each by as much; answers which."""
    first = await changeable(db, booker, seen.first, now=now)
    if first.series_id is None:
        raise NotOfSeries
    lessons = await alike(db, first.id, first.location_id)
    if seen.seal is not None and seen.seal != seal_of(lessons):
        raise LessonChanged
    bookings = {each.id: await _movable(db, booker, each, now=now) for each in lessons}
    teacher_id = wish.teacher_id or first.teacher_id
    check_teacher(booker, teacher_id)
    for each in sorted({teacher_id, first.teacher_id}):
        await db.value(LOCK, str(each))
    wanted = Wish(first.appointment_type_id, wish.location_id, teacher_id, first.student_id)
    plan = await plan_moves(db, wanted, lessons, starts_at, now=now, staff=booker.staff)
    _check_agreed(plan, seen)
    async with db.all_or_nothing():
        for move in plan.free:
            if move.to.slot is not None:
                take(bookings[move.lesson.id], plan.ground, move.to.slot)
                await db.flush()
    moved = [move.lesson.id for move in plan.by_time if move.to.slot is not None]
    for each in moved:
        await plan_reminder(db, each, bookings[each].version, bookings[each].starts_at, now=now)
    await db.emit(SeriesMoved(first.series_id, tuple(moved), bookings[moved[0]].version))
    return moved


async def alike(db: UserDb, booking_id: UUID, location_id: UUID) -> list[Following]:
    """A lesson and those that follow it in its series at the same time of the week."""
    zone = ZoneInfo(await location_zone(db, location_id))
    return at_the_same_time(await following(db, booking_id), zone)


async def _movable(db: UserDb, booker: Booker, each: Following, *, now: datetime) -> Booking:
    if not booker.staff and is_late(each.starts_at, each.cancel_notice_hours, now):
        raise TooLateToMove
    return await changeable(db, booker, Version(each.id, each.version), now=now)


def _check_agreed(plan: MovePlan, seen: SeenSeries) -> None:
    free = {move.lesson.id for move in plan.free}
    agreed = {move.lesson.id for move in plan.moves} if seen.agreed is None else set(seen.agreed)
    if free == agreed and free:
        return
    gone = [move.to.starts_at for move in plan.taken]
    words = MovesChanged.title()
    if gone:
        dates = dates_words(gone, plan.ground.location_zone)
        words = _("%(sentence)s Not free: %(dates)s.") % {"sentence": words, "dates": dates}
    raise MovesChanged(words)
