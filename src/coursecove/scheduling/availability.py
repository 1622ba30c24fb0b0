"""When somebody can be booked: wall-clock hours become moments, and what is busy is cut out of them.

An hour that a clock change skips is read with the offset before the change, so it shifts forward (RFC 5545,
3.3.5); one that happens twice is its first time; a date that a zone skipped whole has no hours.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

MIDNIGHT: Final = time(0)
DAY: Final = timedelta(days=1)
STEP: Final = timedelta(minutes=15)
"""Lessons start on this grid, counted from the moment at which the hours open."""

Seconds = tuple[int, int]
"""A stretch of time in seconds since 1970, its end outside; comparing whole numbers is what makes this fast."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time; its end is outside."""

    starts: datetime
    ends: datetime

    @property
    def seconds(self) -> Seconds:
        return int(self.starts.timestamp()), int(self.ends.timestamp())


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of one weekday, Monday is 0; an end at midnight is the end of the day. Without a place: anywhere."""

    weekday: int
    starts: time
    ends: time
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """What replaces the week's hours on one date: other hours, or none without a start."""

    day: date
    starts: time | None = None
    ends: time | None = None
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """Somebody's hours week by week in their own time zone, and the dates on which it is otherwise."""

    zone: ZoneInfo
    hours: Sequence[Hours] = ()
    overrides: Sequence[Override] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a kind of lesson asks: its length, free time around it, and how early and how late it is booked."""

    duration: timedelta
    before: timedelta = timedelta()
    after: timedelta = timedelta()
    notice: timedelta = timedelta()
    horizon_days: int = 365
    daily_limit: int | None = None
    step: timedelta = STEP


def moment(zone: ZoneInfo, day: date, at: time) -> int:
    """The moment at which a wall clock in `zone` shows this, in seconds since 1970."""
    return int(datetime.combine(day, at, zone).timestamp())


def local_day(zone: ZoneInfo, at: datetime) -> date:
    return at.astimezone(zone).date()


def days_off(zone: ZoneInfo, first: date, last: date) -> Span:
    """Whole dates, both included, as a stretch of time."""
    return Span(_as_datetime(moment(zone, first, MIDNIGHT)), _as_datetime(moment(zone, last + DAY, MIDNIGHT)))


def open_hours(week: Week, within: Span, *, at: UUID | None = None) -> list[Seconds]:
    """When somebody teaches within a span, at one place or, without it, at any; stretches that touch are one."""
    start, end = within.seconds
    day, last = local_day(week.zone, within.starts) - DAY, local_day(week.zone, within.ends)
    by_weekday: list[list[Hours]] = [[] for _ in range(7)]
    for each in week.hours:
        if _is_at(each.location_id, at):
            by_weekday[each.weekday].append(each)
    replaced: dict[date, list[Override]] = {}
    for other in week.overrides:
        replaced.setdefault(other.day, []).append(other)
    found: list[Seconds] = []
    while day <= last:
        found += _hours_of_day(week.zone, day, _edges(by_weekday, replaced, day, at))
        day += DAY
    return [(max(a, start), min(b, end)) for a, b in _joined(found) if a < end and b > start]


def free_starts(
    week: Week,
    busy: Iterable[Span],
    terms: Terms,
    within: Span,
    *,
    now: datetime,
    at: UUID | None = None,
    taken: Iterable[datetime] = (),
) -> list[datetime]:
    """Moments at which a lesson can start. `busy` carries its own buffers; `taken` are starts that count for the limit."""
    whole = Span(within.starts - DAY, within.ends + DAY)  # the grid begins where the hours open, even before
    blocked = _joined([span.seconds for span in busy])
    earliest = max(within.starts, now + terms.notice)
    last_day = local_day(week.zone, now) + timedelta(days=terms.horizon_days)
    latest = min(int(within.ends.timestamp()), moment(week.zone, last_day + DAY, MIDNIGHT))
    starts: list[int] = []
    for opened in open_hours(week, whole, at=at):
        starts += _starts(opened, blocked, terms, -int(-earliest.timestamp() // 1), latest)
    found = [_as_datetime(each) for each in starts]
    return list(_below_limit(week.zone, found, terms.daily_limit, taken))


def _starts(
    opened: Seconds, blocked: list[Seconds], terms: Terms, earliest: int, latest: int
) -> Iterator[int]:
    """Starts on the grid of one stretch, jumping over what is busy; the lesson lies inside, its buffers may not."""
    length, step = int(terms.duration.total_seconds()), int(terms.step.total_seconds())
    before, after = int(terms.before.total_seconds()), int(terms.after.total_seconds())
    at = _on_grid(max(earliest, opened[0]), opened[0], step)
    index = max(bisect_right(blocked, (at - before, at - before)) - 1, 0)
    while at + length <= opened[1] and at < latest:
        while index < len(blocked) and blocked[index][1] <= at - before:
            index += 1
        if index < len(blocked) and blocked[index][0] < at + length + after:
            at = _on_grid(blocked[index][1] + before, opened[0], step)
            continue
        yield at
        at += step


def _on_grid(at: int, origin: int, step: int) -> int:
    """The first moment of the grid that is not before `at`."""
    return origin + -(-(at - origin) // step) * step


def _below_limit(
    zone: ZoneInfo, found: list[datetime], limit: int | None, taken: Iterable[datetime]
) -> Iterator[datetime]:
    if limit is None:
        yield from found
        return
    count: dict[date, int] = {}
    for each in taken:
        day = local_day(zone, each)
        count[day] = count.get(day, 0) + 1
    yield from (each for each in found if count.get(local_day(zone, each), 0) < limit)


def _edges(
    by_weekday: list[list[Hours]], replaced: dict[date, list[Override]], day: date, at: UUID | None
) -> list[tuple[time, time]]:
    others = replaced.get(day)
    if others is None:
        return [(each.starts, each.ends) for each in by_weekday[day.weekday()]]
    return [
        (each.starts, each.ends)
        for each in others
        if each.starts is not None and each.ends is not None and _is_at(each.location_id, at)
    ]


def _hours_of_day(zone: ZoneInfo, day: date, edges: list[tuple[time, time]]) -> Iterator[Seconds]:
    if not edges or moment(zone, day, MIDNIGHT) == moment(zone, day + DAY, MIDNIGHT):
        return
    for starts, ends in edges:
        opens = moment(zone, day, starts)
        closes = moment(zone, day + DAY if ends == MIDNIGHT else day, ends)
        if opens < closes:
            yield opens, closes


def _is_at(hours_at: UUID | None, wanted: UUID | None) -> bool:
    return wanted is None or hours_at is None or hours_at == wanted


def _joined(spans: list[Seconds]) -> list[Seconds]:
    """The same time as stretches that neither overlap nor touch, in order."""
    joined: list[Seconds] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def _as_datetime(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
