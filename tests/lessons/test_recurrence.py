"""Series by the wall clock, beside python-dateutil, over the zones and years in which clocks change oddly."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as some

from coursecove.scheduling.recurrence import EVERY, FEWEST, MOST, Repeat, by_the_clock, occurrences

ZONES = (
    "UTC", "Europe/London", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Sao_Paulo",
    "Africa/Casablanca", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Gaza", "Australia/Lord_Howe", "Pacific/Apia",
    "Pacific/Chatham", "Antarctica/Troll",
)  # fmt: skip
LONDON = ZoneInfo("Europe/London")


def oracle(first: datetime, zone: str, repeat: Repeat) -> list[datetime]:
    """The same by dateutil: dates without a zone, each given its zone and moved out of a gap."""
    place = ZoneInfo(zone)
    return [
        tz.resolve_imaginary(each.replace(tzinfo=place)).astimezone(UTC)
        for each in rrulestr(repeat.rule, dtstart=first)
    ]


repeats = some.builds(Repeat, some.sampled_from(EVERY), some.integers(FEWEST, MOST))


@given(
    some.sampled_from(ZONES),
    some.datetimes(datetime(2005, 1, 1), datetime(2045, 12, 31)),  # noqa: DTZ001 - what a wall clock shows
    repeats,
)
def test_dates_are_those_of_dateutil(zone: str, first: datetime, repeat: Repeat) -> None:
    first = first.replace(second=0, microsecond=0, fold=0)
    found = occurrences(first.date(), first.time(), ZoneInfo(zone), repeat)
    assert found == oracle(first, zone, repeat)
    assert found == sorted(set(found))


@given(some.sampled_from(ZONES), some.datetimes(datetime(2005, 1, 1), datetime(2045, 1, 1)), repeats)  # noqa: DTZ001
def test_the_clock_shows_the_same_time_but_in_a_gap(zone: str, first: datetime, repeat: Repeat) -> None:
    place = ZoneInfo(zone)
    for number, at in enumerate(occurrences(first.date(), first.time(), place, repeat)):
        wanted = first.replace(fold=0) + timedelta(weeks=repeat.every * number)
        shown = datetime.combine(*by_the_clock(at, place))
        assert shown.replace(fold=0) == wanted or not tz.datetime_exists(wanted.replace(tzinfo=place))
        assert shown.replace(fold=0) >= wanted


def test_four_o_clock_stays_four_o_clock() -> None:
    found = occurrences(date(2026, 10, 19), time(16), LONDON, Repeat(1, 3))
    assert found == [datetime(2026, 10, day, hour, tzinfo=UTC) for day, hour in ((19, 15), (26, 16))] + [
        datetime(2026, 11, 2, 16, tzinfo=UTC)
    ]


def test_a_skipped_time_moves_forward_and_a_double_one_is_its_first() -> None:
    spring = occurrences(date(2026, 3, 22), time(1, 30), LONDON, Repeat(1, 2))
    assert spring[1].astimezone(LONDON).time() == time(2, 30)
    autumn = occurrences(date(2026, 10, 18), time(1, 30), LONDON, Repeat(1, 2))
    assert autumn[1] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(repeats)
def test_a_rule_is_read_back(repeat: Repeat) -> None:
    assert Repeat.of_rule(repeat.rule) == repeat


@pytest.mark.parametrize(
    "rule", ["COUNT=3", "FREQ=DAILY;COUNT=2", "FREQ=WEEKLY;INTERVAL=3;COUNT=4", "FREQ=WEEKLY"]
)
def test_another_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        Repeat.of_rule(rule)
