"""What a week, its exceptions and the school's closures come to, day by day, on the wall clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from coursecove.scheduling.hours_queries import ExceptionFacts, Stretch
from coursecove.scheduling.place_queries import ClosureFacts


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when on some day, at one location or anywhere."""

    starts: time
    ends: time
    location_id: UUID | None


@dataclass(frozen=True, slots=True)
class Day:
    """One date and its hours; `why` names what changed them: a closure, an exception, or nothing."""

    date: date
    hours: tuple[Hours, ...]
    why: str | None = None
    closed: bool = False


def resulting_days(
    first: date,
    days: int,
    week: Sequence[Stretch],
    exceptions: Sequence[ExceptionFacts],
    closures: Sequence[ClosureFacts],
) -> tuple[Day, ...]:
    """Each day from `first` on: exceptions replace the week, closures take away."""
    dates = (first + timedelta(days=number) for number in range(days))
    return tuple(_day(on, week, exceptions, closures) for on in dates)


def _day(
    on: date, week: Sequence[Stretch], exceptions: Sequence[ExceptionFacts], closures: Sequence[ClosureFacts]
) -> Day:
    closed = [each for each in closures if each.first_day <= on <= each.last_day]
    everywhere = next((each.name for each in closed if each.location_id is None), None)
    if everywhere is not None:
        return Day(on, (), everywhere, closed=True)
    own = [each for each in exceptions if each.date == on]
    hours = [
        Hours(each.starts, each.ends, each.location_id)
        for each in own
        if each.starts is not None and each.ends is not None
    ]
    if not own:
        weekly = [each for each in week if each.weekday == on.weekday()]
        hours = [Hours(each.starts, each.ends, each.location_id) for each in weekly]
    shut = {each.location_id: each.name for each in closed}
    left = [each for each in hours if each.location_id is None or each.location_id not in shut]
    why = next(iter(shut.values())) if len(left) < len(hours) else ("exception" if own else None)
    return Day(on, tuple(sorted(left, key=lambda each: each.starts)), why, closed=len(left) < len(hours))
