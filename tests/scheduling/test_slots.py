"""Free times, held to a reading minute by minute of the same rules."""

import time as timing
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursecove.scheduling.availability import (
    Hours,
    Override,
    Span,
    Terms,
    Week,
    days_off,
    free_starts,
    open_hours,
)

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "America/St_Johns",
)
CHANGES = (
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 3, 8, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 4, 4, tzinfo=UTC),
    datetime(2026, 10, 3, tzinfo=UTC),
    datetime(2011, 12, 30, tzinfo=UTC),
    datetime(2018, 11, 4, tzinfo=UTC),
    datetime(2026, 7, 1, tzinfo=UTC),
)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

quarters = st.integers(0, 95)
minutes = st.integers(0, 90).map(lambda n: timedelta(minutes=n))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    first, last = sorted(draw(st.lists(quarters, min_size=2, max_size=2, unique=True)))
    return Hours(draw(st.integers(0, 6)), _clock(first), _clock(last))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Week, list[Span], Terms, Span, datetime, list[datetime]]:
    around = draw(st.sampled_from(CHANGES))
    overrides = draw(
        st.lists(
            st.builds(
                Override,
                st.integers(-1, 2).map(lambda n: around.date() + n * DAY),
                st.just(None) | st.just(time(1, 30)),
                st.just(time(4, 45)),
            ),
            max_size=2,
        )
    )
    week = Week(ZoneInfo(draw(st.sampled_from(ZONES))), draw(st.lists(hours(), max_size=12)), overrides)
    busy = [
        Span(around + start * MINUTE, around + (start + length) * MINUTE)
        for start, length in draw(
            st.lists(st.tuples(st.integers(-900, 3000), st.integers(1, 200)), max_size=6)
        )
    ]
    terms = Terms(
        duration=timedelta(minutes=draw(st.sampled_from((15, 20, 45, 60)))),
        before=timedelta(minutes=draw(st.sampled_from((0, 10)))),
        after=timedelta(minutes=draw(st.sampled_from((0, 5, 15)))),
        notice=draw(minutes),
        horizon_days=draw(st.integers(0, 3)),
        daily_limit=draw(st.none() | st.integers(1, 2)),
        step=timedelta(minutes=draw(st.sampled_from((15, 30)))),
    )
    now = around + draw(st.integers(-600, 600)) * MINUTE
    return week, busy, terms, Span(around - DAY / 2, around + 2 * DAY), now, [each.starts for each in busy]


@given(situations())
@settings(max_examples=60, deadline=None)
def test_free_times_are_those_that_a_reading_minute_by_minute_finds(
    situation: tuple[Week, list[Span], Terms, Span, datetime, list[datetime]],
) -> None:
    week, busy, terms, within, now, taken = situation
    found = free_starts(week, busy, terms, within, now=now, taken=taken)
    assert found == list(_oracle(week, busy, terms, within, now, taken))


def test_hours_in_the_skipped_hour_shift_forward() -> None:
    assert _opened("Europe/Berlin", date(2026, 3, 29), time(2, 30), time(5)) == ["01:30", "03:00"]


def test_hours_in_the_repeated_hour_begin_with_its_first_time() -> None:
    assert _opened("Europe/Berlin", date(2026, 10, 25), time(2, 30), time(4)) == ["00:30", "03:00"]


def test_hours_that_the_change_swallows_are_none() -> None:
    assert _opened("Europe/Berlin", date(2026, 3, 29), time(2, 30), time(3, 15)) == []


def test_lord_howe_shifts_by_half_an_hour() -> None:
    assert _opened("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), time(4)) == ["15:45", "17:00"]


def test_a_date_that_samoa_skipped_has_no_hours() -> None:
    assert _opened("Pacific/Apia", date(2011, 12, 30), time(9), time(17)) == []
    assert _opened("Pacific/Apia", date(2011, 12, 31), time(9), time(17)) == ["19:00", "03:00"]


def test_a_whole_day_is_as_long_as_its_zone_makes_it() -> None:
    zone = ZoneInfo("Europe/Berlin")
    for day, length in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)):
        off = days_off(zone, day, day)
        assert off.ends - off.starts == timedelta(hours=length)
        week = Week(zone, [Hours(day.weekday(), time(0), time(0))])
        assert open_hours(week, off) == [off.seconds]


def test_sixteen_stays_sixteen_across_both_changes() -> None:
    zone = ZoneInfo("America/New_York")
    week = Week(zone, [Hours(day, time(16), time(17)) for day in range(7)])
    year = Span(datetime(2026, 1, 1, 5, tzinfo=UTC), datetime(2027, 1, 1, 5, tzinfo=UTC))
    now = year.starts - DAY
    starts = free_starts(week, [], Terms(timedelta(hours=1), horizon_days=999), year, now=now)
    assert len(starts) == 365
    assert {each.astimezone(zone).time() for each in starts} == {time(16)}


@pytest.mark.parametrize("zone", ZONES)
def test_touching_hours_are_one(zone: str) -> None:
    week = Week(ZoneInfo(zone), [Hours(day, time(0), time(0)) for day in range(7)])
    span = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    assert open_hours(week, span) == [span.seconds]


def test_thirty_days_of_ten_teachers_with_two_thousand_bookings_take_no_time() -> None:
    random, zone = Random(5), ZoneInfo("Europe/Berlin")  # noqa: S311 - not a secret
    start = datetime(2026, 3, 10, tzinfo=UTC)
    span = Span(start, start + timedelta(days=30))
    week = Week(zone, [Hours(day, time(9), time(20)) for day in range(6)])
    busy = [
        [Span(begin, begin + timedelta(minutes=40)) for begin in _moments(random, start, 200)]
        for _ in range(10)
    ]
    terms = Terms(timedelta(minutes=45), after=timedelta(minutes=10), horizon_days=60, daily_limit=9)
    tries = []
    for _ in range(5):
        began = timing.perf_counter()
        for each in busy:
            free_starts(week, each, terms, span, now=start, taken=[one.starts for one in each])
        tries.append(timing.perf_counter() - began)
    assert min(tries) < 0.05, tries


def _moments(random: Random, start: datetime, count: int) -> list[datetime]:
    return [start + timedelta(minutes=5 * random.randrange(30 * 24 * 12)) for _ in range(count)]


def _clock(quarter: int) -> time:
    return time(quarter // 4, quarter % 4 * 15)


def _opened(zone: str, day: date, starts: time, ends: time) -> list[str]:
    """Hours on one date alone, as their edges in UTC."""
    week = Week(ZoneInfo(zone), (), [Override(day, starts, ends)])
    around = Span(
        datetime.combine(day - 3 * DAY, time(0), UTC), datetime.combine(day + 3 * DAY, time(0), UTC)
    )
    edges = [edge for opened in open_hours(week, around) for edge in opened]
    return [f"{datetime.fromtimestamp(edge, UTC):%H:%M}" for edge in edges]


class _Clocks:
    """What the wall shows, minute by minute over some days."""

    def __init__(self, zone: ZoneInfo, within: Span) -> None:
        self.first_time: dict[datetime, datetime] = {}
        at = within.starts - 4 * DAY
        while at < within.ends + 4 * DAY:
            self.first_time.setdefault(at.astimezone(zone).replace(tzinfo=None), at)
            at += MINUTE

    def moment(self, shown: datetime) -> datetime:
        """When the clock first shows it; if never, the clock runs on from the last minute it did show."""
        missing = 0
        while shown - missing * MINUTE not in self.first_time:
            missing += 1
        return self.first_time[shown - missing * MINUTE] + missing * MINUTE


def _oracle(  # noqa: PLR0917 - the same as what it is held to
    week: Week, busy: list[Span], terms: Terms, within: Span, now: datetime, taken: list[datetime]
) -> Iterator[datetime]:
    opened = _open_minutes(week, within)
    closed = {at for span in busy for at in _minutes(span.starts, span.ends)}
    last_day = now.astimezone(week.zone).date() + terms.horizon_days * DAY
    counted = [each.astimezone(week.zone).date() for each in taken]
    origin: datetime | None = None
    for at in _minutes(within.starts - 2 * DAY, within.ends):
        if at not in opened:
            origin = None
            continue
        origin = origin or at
        day = at.astimezone(week.zone).date()
        if at < within.starts or at < now + terms.notice or day > last_day or (at - origin) % terms.step:
            continue
        if terms.daily_limit is not None and counted.count(day) >= terms.daily_limit:
            continue
        lesson = _minutes(at, at + terms.duration)
        around = _minutes(at - terms.before, at + terms.duration + terms.after)
        if all(each in opened for each in lesson) and not any(each in closed for each in around):
            yield at


def _open_minutes(week: Week, within: Span) -> set[datetime]:
    clocks, found = _Clocks(week.zone, within), set[datetime]()
    shown = {each.date() for each in clocks.first_time}
    for day in sorted(shown)[1:-1]:
        replaced = [each for each in week.overrides if each.day == day]
        edges = [(each.starts, each.ends) for each in replaced] if replaced else _of_weekday(week, day)
        for starts, ends in edges:
            if starts is not None and ends is not None:
                begin = clocks.moment(datetime.combine(day, starts))
                found.update(_minutes(begin, clocks.moment(datetime.combine(day, ends))))
    return found


def _of_weekday(week: Week, day: date) -> list[tuple[time | None, time | None]]:
    return [(each.starts, each.ends) for each in week.hours if each.weekday == day.weekday()]


def _minutes(start: datetime, end: datetime) -> list[datetime]:
    return [start + n * MINUTE for n in range(int((end - start) / MINUTE))]
