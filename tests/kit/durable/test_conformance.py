"""What a function may rely on, whichever engine runs it."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from durable_cast import SCHOOL, Happened, Ignored, leave
from durable_stage import EmbeddedStage, InngestStage

from coursecove.kit import clock
from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import (
    Backoff,
    Failure,
    PermanentError,
    RetryLater,
    Run,
    ScheduleTicked,
    function,
)
from coursecove.kit.durable.operations import NotDead, retry_run, stats

AnyStage = EmbeddedStage | InngestStage
QUICK = Backoff(base=0.05, factor=1, jitter=0)
SLOW = 3
"""Seconds that a busy machine may add to any wait."""


async def record_dead(db: ServiceDb, failure: Failure[Happened]) -> None:
    await leave(db, f"dead {failure.event.item}: {failure.error}", failure.run_id)


async def test_an_event_starts_every_function_that_listens(stage: AnyStage) -> None:
    @function(on=Happened, name="first")
    async def first(run: Run[Happened]) -> None:
        await run.step("leave", leave, f"first {run.event.item} {run.organization_id == SCHOOL}")

    @function(on=Happened, name="second")
    async def second(run: Run[Happened]) -> None:
        await run.step("leave", leave, f"second {run.event.item} {run.attempt}")

    await stage.open(first, second)
    await stage.emit(Happened("tea"), Ignored("nobody listens"))
    await stage.settled()
    assert sorted(await stage.told()) == ["first tea True", "second tea 1"]
    assert {run.status for run in await stage.runs()} == {"done"}


async def test_a_rolled_back_change_emits_nothing(stage: AnyStage) -> None:
    @function(on=Happened)
    async def tell(run: Run[Happened]) -> None:
        await run.step("leave", leave, run.event.item)

    await stage.open(tell)
    with pytest.raises(LookupError):
        await emit_and_fail(stage)
    await stage.emit(Happened("always"))
    await stage.settled()
    assert await stage.told() == ["always"]


async def emit_and_fail(stage: AnyStage) -> None:
    async with stage.database.service(SCHOOL) as db:
        await db.emit(Happened("never"))
        raise LookupError


async def test_the_same_value_runs_once_now_and_later(stage: AnyStage) -> None:
    @function(on=Happened, dedup="item")
    async def tell(run: Run[Happened]) -> None:
        await run.step("leave", leave, run.event.item)

    await stage.open(tell)
    await stage.emit(Happened("a"), Happened("a", "again"), Happened("b"))
    await stage.settled()
    await stage.emit(Happened("a", "later"))
    await stage.settled()
    assert sorted(await stage.told()) == ["a", "b"]


async def test_the_same_key_is_recorded_once(stage: AnyStage) -> None:
    @function(on=Happened)
    async def tell(run: Run[Happened]) -> None:
        await run.step("leave", leave, run.event.item)

    await stage.open(tell)
    await stage.emit(Happened("one"), key="svix-1")
    await stage.emit(Happened("two"), key="svix-1")
    await stage.settled()
    assert await stage.told() == ["one"]


async def test_an_event_handed_over_twice_runs_once(stage: AnyStage) -> None:
    @function(on=Happened)
    async def tell(run: Run[Happened]) -> None:
        await run.step("leave", leave, run.event.item)

    await stage.open(tell)
    await stage.emit(Happened("once"))
    await stage.settled()
    await stage.value("update events set dispatched_at = null returning 1")
    await stage.settled()
    assert await stage.told() == ["once"]


async def test_a_finished_step_is_not_repeated_when_a_later_one_fails(stage: AnyStage) -> None:
    @function(on=Happened, backoff=QUICK)
    async def tell(run: Run[Happened]) -> None:
        first = await run.step("first", leave, "first")
        await run.step("second", fails_at_first, f"{first} then second", run.attempt)

    await stage.open(tell)
    await stage.emit(Happened("x"))
    await stage.settled()
    assert await stage.told() == ["first", "first then second"]


async def fails_at_first(db: ServiceDb, what: str, attempt: int) -> str:
    """Its effect is written before it fails, so it must be undone."""
    await leave(db, what)
    if attempt == 1:
        raise LookupError("the first time fails")
    return what


async def test_every_step_has_attempts_of_its_own(stage: AnyStage) -> None:
    @function(on=Happened, retries=1, backoff=QUICK)
    async def tell(run: Run[Happened]) -> None:
        await run.step("one", fails_at_first, "one", run.attempt)
        await run.step("two", fails_at_first, "two", run.attempt)

    await stage.open(tell)
    await stage.emit(Happened("x"))
    await stage.settled()
    assert await stage.told() == ["one", "two"]
    assert [run.status for run in await stage.runs()] == ["done"]


async def make_id(_: ServiceDb) -> UUID:
    return UUID(int=7)


async def test_a_steps_answer_keeps_its_type(stage: AnyStage) -> None:
    answers: list[object] = []

    @function(on=Happened, backoff=QUICK)
    async def tell(run: Run[Happened]) -> None:
        answers.append(await run.step("make", make_id))
        await run.step("leave", fails_at_first, "x", run.attempt)

    await stage.open(tell)
    await stage.emit(Happened("x"))
    await stage.settled()
    assert len(answers) >= 2
    assert set(answers) == {UUID(int=7)}


async def test_a_call_outside_repeats_with_the_same_key(stage: AnyStage) -> None:
    keys: list[str] = []

    async def charge(key: str, amount: int) -> int:
        keys.append(key)
        if len(keys) == 1:
            raise ConnectionError("the answer was lost")
        return amount

    @function(on=Happened, backoff=QUICK)
    async def pay(run: Run[Happened]) -> None:
        amount = await run.call("charge", charge, 5)
        await run.step("leave", leave, f"paid {amount}", run.id)

    await stage.open(pay)
    await stage.emit(Happened("x"))
    await stage.settled()
    [effect] = await stage.effects()
    assert effect.what == "paid 5"
    assert keys == [f"{effect.run_id}:charge"] * 2


async def test_the_waits_are_the_functions_backoff(stage: AnyStage) -> None:
    moments: list[float] = []

    @function(on=Happened, retries=2, backoff=Backoff(base=1, factor=2, jitter=0))
    async def fail(run: Run[Happened]) -> None:
        moments.append(asyncio.get_running_loop().time())
        raise LookupError

    await stage.open(fail)
    await stage.emit(Happened("x"))
    await stage.settled()
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert len(waits) == 2
    assert 0.95 <= waits[0] < 1 + SLOW
    assert 1.95 <= waits[1] < 2 + SLOW


async def test_a_function_may_ask_for_its_own_wait(stage: AnyStage) -> None:
    moments: list[float] = []

    @function(on=Happened, backoff=Backoff(base=60))
    async def wait(run: Run[Happened]) -> None:
        moments.append(asyncio.get_running_loop().time())
        if run.attempt == 1:
            raise RetryLater(1.5)

    await stage.open(wait)
    await stage.emit(Happened("x"))
    await stage.settled()
    assert 1.45 <= moments[1] - moments[0] < 1.5 + SLOW


async def test_a_permanent_error_is_not_tried_again(stage: AnyStage) -> None:
    tries: list[int] = []

    async def refuse(_: ServiceDb) -> None:
        raise PermanentError("no such customer")

    @function(on=Happened, backoff=QUICK, on_exhausted=record_dead)
    async def fail(run: Run[Happened]) -> None:
        tries.append(run.attempt)
        await run.step("refuse", refuse)

    await stage.open(fail)
    await stage.emit(Happened("x"))
    await stage.settled()
    [run] = await stage.runs()
    assert tries == [1]
    assert (run.status, run.error) == ("dead", "PermanentError: no such customer")
    assert await stage.told() == ["dead x: PermanentError: no such customer"]


async def test_the_last_attempt_leaves_a_dead_letter(stage: AnyStage) -> None:
    tries: list[int] = []

    @function(on=Happened, retries=2, backoff=QUICK, on_exhausted=record_dead)
    async def fail(run: Run[Happened]) -> None:
        tries.append(run.attempt)
        raise LookupError("still not there")

    await stage.open(fail)
    await stage.emit(Happened("x"))
    await stage.settled()
    [run] = await stage.runs()
    assert tries == [1, 2, 3]
    assert (run.status, run.error) == ("dead", "LookupError: still not there")
    assert await stage.told() == ["dead x: LookupError: still not there"]
    async with stage.database.service_read() as db:
        assert (await stats(db)).dead == 1


async def test_an_operator_sends_a_dead_run_round_again(stage: AnyStage) -> None:
    broken = [True]

    async def check(_: ServiceDb) -> None:
        if broken:
            raise PermanentError("broken")

    @function(on=Happened)
    async def mend(run: Run[Happened]) -> None:
        await run.step("leave", leave, "before")
        await run.step("check", check)
        await run.step("leave again", leave, "after")

    await stage.open(mend)
    await stage.emit(Happened("x"))
    await stage.settled()
    [dead] = await stage.runs()
    broken.clear()
    async with stage.database.service() as db:
        await retry_run(db, dead.id)
    await stage.settled()
    assert await stage.told() == ["before", "after"]
    assert [run.status for run in await stage.runs()] == ["done"]
    async with stage.database.service() as db:
        with pytest.raises(NotDead):
            await retry_run(db, dead.id)


async def test_a_handler_cannot_swallow_a_failed_step(stage: AnyStage) -> None:
    @function(on=Happened, backoff=QUICK)
    async def tell(run: Run[Happened]) -> None:
        try:
            await run.step("first", fails_at_first, "first", run.attempt)
        except LookupError:
            await run.step("swallowed", leave, "swallowed")

    await stage.open(tell)
    await stage.emit(Happened("x"))
    await stage.settled()
    assert await stage.told() == ["first"]


async def test_a_step_name_cannot_stand_for_two_things(stage: AnyStage) -> None:
    @function(on=Happened)
    async def tell(run: Run[Happened]) -> None:
        await run.step("same", leave, "one")
        await run.step("same", leave, "two")

    await stage.open(tell)
    await stage.emit(Happened("x"))
    await stage.settled()
    assert await stage.told() == ["one"]
    assert [run.status for run in await stage.runs()] == ["dead"]


async def test_an_attempt_has_a_deadline(stage: AnyStage) -> None:
    @function(on=Happened, retries=0, timeout=0.2)
    async def dawdle(run: Run[Happened]) -> None:
        await asyncio.sleep(30)

    await stage.open(dawdle)
    await stage.emit(Happened("x"))
    await stage.settled(5)
    [run] = await stage.runs()
    assert (run.status, (run.error or "").split(":")[0]) == ("dead", "TimeoutError")


async def test_data_that_no_longer_fits_is_dead_at_once(stage: AnyStage) -> None:
    @function(on=Happened, on_exhausted=record_dead)
    async def tell(run: Run[Happened]) -> None:
        await run.step("leave", leave, run.event.item)

    await stage.open(tell)
    await stage.value(
        "insert into events (organization_id, id, name, data, occurred_at) "
        "values ($1, gen_random_uuid(), 'test/thing.happened', '{\"item\": 5}', now()) returning 1",
        SCHOOL,
    )
    await stage.settled()
    [run] = await stage.runs()
    assert run.status == "dead"
    assert "does not fit" in (run.error or "")


async def test_one_serial_value_runs_one_at_a_time(stage: AnyStage) -> None:
    inside: dict[str, int] = {}
    worst: dict[str, int] = {}
    together = 0

    @function(on=Happened, serial_key="group")
    async def apply(run: Run[Happened]) -> None:
        nonlocal together
        group = run.event.group
        inside[group] = inside.get(group, 0) + 1
        worst[group] = max(worst.get(group, 0), inside[group])
        together = max(together, sum(inside.values()))
        await asyncio.sleep(0.1)
        inside[group] -= 1

    await stage.open(apply, workers=2)
    await stage.emit(*(Happened(str(number), group) for number in range(5) for group in ("red", "blue")))
    await stage.settled()
    assert worst == {"red": 1, "blue": 1}
    assert together == 2
    assert len(await stage.runs()) == 10


async def test_an_event_waits_for_its_time(stage: AnyStage) -> None:
    @function(on=Happened)
    async def tell(run: Run[Happened]) -> None:
        await run.step("leave", leave, run.event.item)

    await stage.open(tell)
    due = datetime.now(UTC) + timedelta(seconds=1.5)
    await stage.emit(Happened("later"), not_before=due)
    await stage.emit(Happened("now"))
    first, second = await stage.until(2)
    assert (first.what, second.what) == ("now", "later")
    assert timedelta(0) <= second.at - due < timedelta(seconds=SLOW)


async def test_a_schedule_ticks_once_with_two_workers(stage: AnyStage) -> None:
    minute = datetime.now(UTC).replace(second=0, microsecond=0)

    @function(cron=f"{minute.minute} {minute.hour} * * *")
    async def report(run: Run[ScheduleTicked]) -> None:
        await run.step("leave", leave, run.event.at.isoformat())

    with clock.fixed(minute + timedelta(seconds=20)):
        await stage.open(report, workers=2)
        stage.tick_twice(report.name, minute)
    await stage.until(1)
    await stage.settled()
    assert await stage.told() == [minute.isoformat()]
    assert len(await stage.runs()) == 1
