"""Declaring events, functions and schedules: names, refusals, and when a schedule is due."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from durable_cast import Happened

from coursecove.kit.durable import (
    Backoff,
    Event,
    Functions,
    PermanentError,
    RetryLater,
    Run,
    event_types,
    function,
)
from coursecove.kit.durable.attempts import wait_after
from coursecove.kit.durable.schedules import Schedule


async def confirm_and_remind(run: Run[Happened]) -> None: ...


def test_an_event_is_named_after_its_domain_and_words() -> None:
    fields = {"__module__": "coursecove.accounts.events", "__qualname__": "OrganizationMembershipCreated"}
    made: type[Event] = type("OrganizationMembershipCreated", (Event,), fields)
    assert made.name == "accounts/organization_membership.created"
    assert event_types()[made.name] is made


def test_two_event_types_cannot_share_a_name() -> None:
    with pytest.raises(TypeError, match=r"test/thing\.happened"):

        @dataclass(frozen=True, slots=True)
        class Other(Event):
            name = Happened.name


def test_an_event_carries_ids_not_documents() -> None:
    with pytest.raises(ValueError, match="send ids"):
        Happened("x" * 40_000).data()


def test_a_function_is_named_after_its_domain() -> None:
    declared = function(on=Happened)(confirm_and_remind)
    assert declared.name == "test-declarations-confirm-and-remind"
    assert declared.attempts == 6


def test_names_are_unique_and_fields_exist() -> None:
    declared = function(on=Happened)(confirm_and_remind)
    with pytest.raises(TypeError, match="two background functions"):
        Functions([declared, declared])
    with pytest.raises(TypeError, match="has no field colour"):
        function(on=Happened, dedup="colour")(confirm_and_remind)
    with pytest.raises(TypeError, match="0 to 20"):
        function(on=Happened, retries=21)(confirm_and_remind)


def test_waits_double_up_to_the_cap() -> None:
    exact = Backoff(base=1, factor=2, cap=10, jitter=0)
    assert [exact.delay(attempt) for attempt in (1, 2, 3, 4, 5, 500)] == [1, 2, 4, 8, 10, 10]
    spread = {Backoff(base=10, jitter=0.2).delay(1) for _ in range(200)}
    assert 8 <= min(spread) < max(spread) <= 12


def test_what_follows_a_failed_attempt() -> None:
    declared = function(on=Happened, retries=2, backoff=Backoff(base=3, jitter=0))(confirm_and_remind)
    assert wait_after(declared, 1, LookupError()) == 3
    assert wait_after(declared, 2, LookupError()) == 6
    assert wait_after(declared, 3, LookupError()) is None
    assert wait_after(declared, 1, RetryLater(40)) == 40
    assert wait_after(declared, 1, PermanentError()) is None


@pytest.mark.parametrize(
    ("expression", "due", "not_due"),
    [
        ("*/15 * * * *", "2026-06-01T10:45", "2026-06-01T10:46"),
        ("0 9-17/2 * * *", "2026-06-01T11:00", "2026-06-01T12:00"),
        ("30 4 1,15 * *", "2026-06-15T04:30", "2026-06-16T04:30"),
        ("0 0 * * 7", "2026-06-07T00:00", "2026-06-08T00:00"),
        ("0 0 * * 0", "2026-06-07T00:00", "2026-06-06T00:00"),
        ("0 0 13 * 5", "2026-06-05T00:00", "2026-06-04T00:00"),
        ("0 0 13 * 5", "2026-06-13T00:00", "2026-06-14T00:00"),
        ("0 0 1 1 *", "2026-01-01T00:00", "2026-02-01T00:00"),
    ],
)
def test_a_schedule_knows_its_minutes(expression: str, due: str, not_due: str) -> None:
    schedule = Schedule.parse(expression)
    assert schedule.due(datetime.fromisoformat(due).replace(tzinfo=UTC))
    assert not schedule.due(datetime.fromisoformat(not_due).replace(tzinfo=UTC))


def test_a_schedule_follows_its_zones_summer_time() -> None:
    schedule = Schedule.parse("30 4 * * *", "Europe/London")
    assert schedule.due(datetime(2026, 6, 1, 3, 30, tzinfo=UTC))
    assert schedule.due(datetime(2026, 12, 1, 4, 30, tzinfo=UTC))


@pytest.mark.parametrize("expression", ["* * * *", "60 * * * *", "5-1 * * * *", "x * * * *", "*/0 * * * *"])
def test_a_schedule_that_is_none_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Schedule.parse(expression)
