"""What would become of a series, date by date: free, or why not. One statement reads all that it hangs on."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from coursecove.kit.db import Reads
from coursecove.scheduling.availability import Span, Terms, days_off, local_day, open_hours
from coursecove.scheduling.recurrence import MOST, Repeat, by_the_clock, occurrences
from coursecove.scheduling.slots import Ground, GroundTeacher, Slot, Wish, ground, open_slots, week_of

AROUND: Final = timedelta(days=3)
AS_FAR_AS_A_SERIES: Final = 4 * 7 * MOST + 7
"""Days; staff may book a series to its end, however far its kind of lesson is open to others."""


class Verdict(StrEnum):
    """Whether one date of a series can be booked, or what is in its way."""

    FREE = "free"
    SOON = "soon"
    FAR = "far"
    CLOSED = "closed"
    OWN = "own"
    AWAY = "away"
    OUTSIDE = "outside"
    TAKEN = "taken"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class SeriesWish:
    """A series that somebody asks for. Its wish names one teacher and one student."""

    wish: Wish
    starts_at: datetime
    repeat: Repeat


@dataclass(frozen=True, slots=True)
class Occasion:
    """One date of a series; `beyond` what others than staff may book ahead."""

    starts_at: datetime
    ends_at: datetime
    verdict: Verdict
    slot: Slot | None
    beyond: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A series as it could be booked at this moment."""

    ground: Ground
    occasions: tuple[Occasion, ...]

    @property
    def free(self) -> tuple[Slot, ...]:
        return tuple(each.slot for each in self.occasions if each.slot is not None)


async def plan_series(db: Reads, asked: SeriesWish, *, now: datetime, staff: bool) -> Plan:
    """Every date of a series with its verdict; NotFound where such a lesson is not offered there."""
    within = Span(asked.starts_at - AROUND, asked.starts_at + asked.repeat.lasts + AROUND)
    found = await ground(db, asked.wish, within)
    zone = ZoneInfo(found.location_zone)
    starts = occurrences(*by_the_clock(asked.starts_at, zone), zone, asked.repeat)
    return Plan(found, tuple(occasion(found, at, now=now, staff=staff) for at in starts))


def occasion(found: Ground, at: datetime, *, now: datetime, staff: bool) -> Occasion:
    """One date of a series."""
    near = _around(found, at)
    teacher = next(iter(near.teachers), None)
    beyond = teacher is not None and _beyond(found, teacher, at, now)
    if staff:
        near = replace(near, horizon_days=max(near.horizon_days, AS_FAR_AS_A_SERIES))
    terms = near.terms(staff=staff)
    slots = open_slots(near, Span(at, at + timedelta(minutes=1)), now=now, staff=staff)
    slot = next((each for each in slots if each.starts_at == at), None)
    lesson = Span(at, at + terms.duration)
    verdict = Verdict.FREE
    if slot is None:
        far = beyond and not staff
        verdict = Verdict.FAR if far else _why_not(near, teacher, lesson, terms, now)
    return Occasion(at, lesson.ends, verdict, slot, beyond)


def _why_not(
    found: Ground, teacher: GroundTeacher | None, lesson: Span, terms: Terms, now: datetime
) -> Verdict:
    if lesson.starts < now + terms.notice:
        return Verdict.SOON
    zone = ZoneInfo(found.location_zone)
    closed = [days_off(zone, each.first_day, each.last_day) for each in found.closures]
    if any(_meet(lesson, each.starts, each.ends) for each in closed):
        return Verdict.CLOSED
    if any(_meet(lesson, each.starts_at, each.ends_at) for each in found.own):
        return Verdict.OWN
    if teacher is None or not _teaches(found, teacher, lesson):
        return Verdict.AWAY if teacher and _is_exception(teacher, lesson.starts) else Verdict.OUTSIDE
    whole = Span(lesson.starts - terms.before, lesson.ends + terms.after)
    if any(_meet(whole, each.busy_from, each.busy_until) for each in found.busy) or not _has_room(
        found, lesson
    ):
        return Verdict.TAKEN
    return Verdict.FULL if terms.daily_limit is not None else Verdict.OUTSIDE


def _around(found: Ground, at: datetime) -> Ground:
    """The same with what is near in time alone: a long series is looked at date by date."""
    return replace(
        found,
        busy=tuple(each for each in found.busy if abs(each.starts_at - at) < AROUND),
        taken=tuple(each for each in found.taken if abs(each.starts_at - at) < AROUND),
        own=tuple(each for each in found.own if abs(each.starts_at - at) < AROUND),
    )


def _beyond(found: Ground, teacher: GroundTeacher, at: datetime, now: datetime) -> bool:
    zone = ZoneInfo(teacher.time_zone)
    return local_day(zone, at) > local_day(zone, now) + timedelta(days=found.horizon_days)


def _teaches(found: Ground, teacher: GroundTeacher, lesson: Span) -> bool:
    opened = open_hours(week_of(teacher), lesson, at=found.location_id)
    return lesson.seconds in opened


def _is_exception(teacher: GroundTeacher, at: datetime) -> bool:
    day = local_day(ZoneInfo(teacher.time_zone), at)
    return any(each.date == day for each in teacher.overrides)


def _has_room(found: Ground, lesson: Span) -> bool:
    taken = {each.room_id for each in found.taken if _meet(lesson, each.starts_at, each.ends_at)}
    return not found.rooms or any(room not in taken for room in found.rooms)


def _meet(lesson: Span, starts: datetime, ends: datetime) -> bool:
    return lesson.starts < ends and starts < lesson.ends
