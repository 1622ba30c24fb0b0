"""Series of lessons are booked: the dates that were agreed to, all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from coursecove.kit.db import UserDb
from coursecove.kit.errors import Invalid
from coursecove.kit.ids import new_id
from coursecove.kit.web.language import gettext as _
from coursecove.scheduling.booking_actions import (
    LOCK,
    LONGEST_NOTE,
    STUDENT,
    Booker,
    TimeTaken,
    check_teacher,
    check_words,
    insert_lesson,
    plan_reminder,
)
from coursecove.scheduling.booking_events import SeriesBooked
from coursecove.scheduling.booking_wording import dates_words
from coursecove.scheduling.recurrence import by_the_clock
from coursecove.scheduling.series_models import BookingSeries
from coursecove.scheduling.series_plan import Plan, SeriesWish, plan_series
from coursecove.scheduling.slots import Slot

ROOMS_TRIED: Final = 3


class SeriesTaken(TimeTaken):
    """Not all of these dates are free any more. Nothing was booked; look at them again."""


class NoDates(TimeTaken):
    """None of these dates is free, so there is nothing to book."""


@dataclass(frozen=True, slots=True)
class _Booking:
    """A series while it is booked: by whom, for whom, and with which word."""

    booker: Booker
    asked: SeriesWish
    teacher_id: UUID
    student_id: UUID
    now: datetime
    note: str


async def book_series(
    db: UserDb, booker: Booker, asked: SeriesWish, dates: Sequence[datetime], *, now: datetime, note: str = ""
) -> UUID:
    """Book these dates of a series, all or none, and answer the series.

    Somebody who comes second for one of them is told which.
    """
    check_words(note=(note, LONGEST_NOTE))
    teacher_id, student_id = asked.wish.teacher_id, asked.wish.student_id
    if student_id is None or await db.value(STUDENT, student_id) is None:
        raise Invalid(fields={"student_id": _("Choose a student.")})
    if teacher_id is None:
        raise Invalid(fields={"teacher_id": _("Choose a teacher.")})
    check_teacher(booker, teacher_id)
    await db.value(LOCK, str(teacher_id))
    plan = await plan_series(db, asked, now=now, staff=booker.staff)
    slots = _agreed(plan, dates)
    async with db.all_or_nothing():
        return await _book(db, _Booking(booker, asked, teacher_id, student_id, now, note), plan, slots)


def _agreed(plan: Plan, dates: Sequence[datetime]) -> list[Slot]:
    """The slots of these dates in order of time, so that two series that meet never wait for each other."""
    free = {each.starts_at: each for each in plan.free}
    gone = sorted(set(dates) - set(free))
    if gone:
        raise _taken(plan, gone)
    if not dates:
        raise NoDates
    return [free[at] for at in sorted(set(dates))]


async def _book(db: UserDb, booking: _Booking, plan: Plan, slots: Sequence[Slot]) -> UUID:
    series_id, now = _add_series(db, booking, plan), booking.now
    await db.flush()
    for slot in slots:
        made = await _insert(db, booking, plan, slot, series_id)
        await plan_reminder(db, made, 1, slot.starts_at, now=now)
    await db.emit(SeriesBooked(series_id))
    return series_id


def _add_series(db: UserDb, booking: _Booking, plan: Plan) -> UUID:
    asked, zone = booking.asked, plan.ground.location_zone
    day, starts = by_the_clock(asked.starts_at, ZoneInfo(zone))
    series = BookingSeries(
        id=new_id(),
        appointment_type_id=plan.ground.type_id,
        teacher_id=booking.teacher_id,
        student_id=booking.student_id,
        location_id=plan.ground.location_id,
        first_day=day,
        starts=starts,
        time_zone=zone,
        rule=asked.repeat.rule,
    )
    db.add(series)
    return series.id


async def _insert(db: UserDb, booking: _Booking, plan: Plan, slot: Slot, series_id: UUID) -> UUID:
    """One lesson; where its room was taken at this moment, in another that is free."""
    found: Slot | None = slot
    for _attempt in range(ROOMS_TRIED):
        if found is None:
            break
        made = await insert_lesson(
            db,
            booking.booker,
            booking.student_id,
            plan.ground,
            found,
            note=booking.note,
            series_id=series_id,
        )
        if made is not None:
            return made
        plan = await plan_series(db, booking.asked, now=booking.now, staff=booking.booker.staff)
        found = next((each for each in plan.free if each.starts_at == slot.starts_at), None)
    raise _taken(plan, [slot.starts_at])


def _taken(plan: Plan, gone: Sequence[datetime]) -> SeriesTaken:
    """The refusal, with the dates by the clock of the place."""
    dates = dates_words(gone, plan.ground.location_zone)
    return SeriesTaken(
        _("%(sentence)s Not free: %(dates)s.") % {"sentence": SeriesTaken.title(), "dates": dates}
    )
