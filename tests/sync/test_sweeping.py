"""Waiting webhooks: taken up under a lease, tried again by their cause, dead at last, replayed on demand."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from coursecove.accounts.sync import causes, stored
from coursecove.accounts.sync.outcomes import Applying
from coursecove.accounts.sync.parsing import parse
from coursecove.accounts.sync.stored import CLAIM_DUE, arrivals_of
from coursecove.accounts.sync.sweeping import Sweeper
from coursecove.accounts.sync.synthetic import apply_within
from coursecove.accounts.sync.taking import Arrival, Line
from coursecove.web.webhooks import UNHURRIED
from tests.sync.provider import START, event, user
from tests.sync.stage import FORGETFUL, Stage, eventually

MARA = "user_mara"
POISON = user(MARA, last_name="Poison")


async def waiting(stage: Stage, webhook_id: str = "msg_1") -> Any:
    """A webhook that could not be applied at once, and is due."""
    await stage.admin.execute(FORGETFUL)
    assert (await stage.post(event("user.created", POISON), webhook_id)).status_code == 200
    await due(stage)
    return await stage.webhook(webhook_id)


async def put_off(stage: Stage, people: dict[str, dict[str, Any]]) -> None:
    """Webhooks that surroundings kept from being applied, by id, all of them due."""
    arrivals = []
    for webhook_id, person in people.items():
        body = event("user.created", person)
        delivery = parse(webhook_id, body, datetime.now(UTC))
        delivery.failure = causes.failure(TimeoutError(), path="fast")
        arrivals.append(Arrival(delivery, body))
    async with stage.database.service() as db:
        await apply_within(db, arrivals)
    await due(stage)


async def due(stage: Stage) -> None:
    await stage.admin.execute("update webhook_events set next_attempt_at = now() where status = 'pending'")


async def mended(stage: Stage) -> None:
    await stage.admin.execute("drop trigger forgetful on users; drop function forget()")


async def test_a_waiting_webhook_says_why_and_when_it_goes_on(stage: Stage) -> None:
    kept = await waiting(stage)
    assert (kept["status"], kept["attempts"]) == ("pending", 1)
    assert "cannot be written" in kept["reason"]
    assert "cannot be written" in kept["history"]


async def test_once_its_cause_is_gone_the_sweeper_applies_it(stage: Stage) -> None:
    await waiting(stage)
    assert await stage.sweep() == 1
    await mended(stage)
    await due(stage)
    assert await stage.sweep() == 1
    kept = await stage.webhook("msg_1")
    assert (kept["status"], kept["path"], kept["attempts"], kept["lease"]) == ("completed", "sweep", 3, None)
    assert kept["next_attempt_at"] is None
    assert (await stage.user(MARA))["last_name"] == "Poison"
    assert await stage.sweep() == 0


async def test_a_batch_with_a_bad_one_does_the_others(stage: Stage) -> None:
    await waiting(stage)
    good = {f"msg_good_{number}": user(f"user_{number}") for number in range(5)}
    await put_off(stage, good)
    assert await stage.sweep() == 6
    assert {await stage.status(one) for one in good} == {"completed"}
    assert await stage.status("msg_1") == "pending"


async def test_waits_grow_from_seconds_to_an_hour_and_end_in_a_dead_letter(stage: Stage) -> None:
    await waiting(stage)
    waits = []
    for _ in range(14):
        await due(stage)
        await stage.sweep()
        kept = await stage.webhook("msg_1")
        waits.append((kept["next_attempt_at"] - kept["updated_at"]).total_seconds())
    expected = [2, 4, 8, 16, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert waits == pytest.approx(expected, rel=0.21)
    await stage.admin.execute(
        "update webhook_events set created_at = now() - $1::interval", timedelta(hours=72)
    )
    await due(stage)
    await stage.sweep()
    kept = await stage.webhook("msg_1")
    assert (kept["status"], kept["next_attempt_at"], kept["attempts"]) == ("failed", None, 16)
    assert await stage.facts("accounts/webhook.died") == ["msg_1:16"]
    assert await stage.sweep() == 0


async def test_surroundings_are_never_held_against_a_webhook(stage: Stage) -> None:
    await put_off(stage, {"msg_1": user(MARA)})
    await stage.admin.execute("update webhook_events set created_at = now() - interval '80 hours'")
    other = await asyncpg.connect(stage.database.config.service_url)
    async with other.transaction():
        await other.execute("lock table users in exclusive mode")
        for _ in range(3):
            await due(stage)
            await stage.sweep()
        kept = await stage.webhook("msg_1")
        assert (kept["status"], kept["reason"]) == ("pending", "a row it needs was locked by somebody else")
        assert (kept["next_attempt_at"] - kept["updated_at"]) < timedelta(seconds=1.5)
    await other.close()
    await due(stage)
    await stage.sweep()
    assert await stage.status("msg_1") == "completed"


async def test_a_worker_whose_lease_has_ended_cannot_commit(stage: Stage) -> None:
    await waiting(stage)
    await mended(stage)
    slow, quick = Line(stage.database.config, UNHURRIED), Line(stage.database.config, UNHURRIED)
    taken = await slow.fetch(CLAIM_DUE, uuid4(), 15.0, 10)
    assert await quick.fetch(CLAIM_DUE, uuid4(), 15.0, 10) == []
    await stage.admin.execute("update webhook_events set leased_until = now() where webhook_id = 'msg_1'")
    applying = Applying(slow, lambda _, error: causes.failure(error, path="sweep"))
    assert await applying.apply(arrivals_of(taken, path="sweep")) == {}
    assert await stage.admin.fetch("select from users where clerk_user_id = $1", MARA) == []
    again = await quick.fetch(CLAIM_DUE, uuid4(), 15.0, 10)
    assert await applying.apply(arrivals_of(taken, path="sweep")) == {}
    assert (await quick.take(arrivals_of(again, path="sweep")))["msg_1"].status == "completed"
    assert await applying.apply(arrivals_of(taken, path="sweep")) == {}
    assert (await stage.webhook("msg_1"))["attempts"] == 2
    slow.cut()
    quick.cut()


async def test_many_workers_do_each_webhook_once(stage: Stage) -> None:
    ids = [f"msg_{number}" for number in range(60)]
    await put_off(stage, {one: user(f"user_{one}") for one in ids})
    swept = await asyncio.gather(*(stage.sweep() for _ in range(4)))
    assert sum(swept) == 60
    rows = await stage.admin.fetch(
        "select status, attempts from webhook_events where webhook_id = any($1)", ids
    )
    assert {(row["status"], row["attempts"]) for row in rows} == {("completed", 2)}


async def test_a_repeat_of_a_waiting_webhook_does_it(stage: Stage) -> None:
    await waiting(stage)
    await mended(stage)
    await stage.post(event("user.created", POISON), "msg_1")
    kept = await stage.webhook("msg_1")
    assert (kept["status"], kept["path"], kept["deliveries"]) == ("completed", "fast", 2)


async def test_a_dead_letter_is_replayed(stage: Stage) -> None:
    await waiting(stage)
    await stage.admin.execute("update webhook_events set status = 'failed', next_attempt_at = null")
    await mended(stage)
    async with stage.database.service() as db:
        assert [one.status for one in await stored.replay(db, ["msg_1", "msg_unknown"])] == ["completed"]
    async with stage.database.service() as db:
        assert await stored.replay(db, ["msg_1"]) == []
    assert (await stage.webhook("msg_1"))["path"] == "replay"


async def test_what_is_done_can_be_done_again_to_mend_rows_but_never_over_something_newer(
    stage: Stage,
) -> None:
    await stage.tell("user.created", user(MARA), "msg_1")
    await stage.admin.execute("update users set first_name = 'Broken' where clerk_user_id = $1", MARA)
    async with stage.database.service() as db:
        assert [one.status for one in await stored.replay(db, ["msg_1"], again=True)] == ["completed"]
    assert (await stage.user(MARA))["first_name"] == "Mara"
    await stage.tell("user.updated", user(MARA, START + 1, first_name="Maja"), "msg_2")
    async with stage.database.service() as db:
        assert [one.status for one in await stored.replay(db, ["msg_1"], again=True)] == ["superseded"]
    assert (await stage.user(MARA))["first_name"] == "Maja"


async def test_a_running_sweeper_looks_by_itself(stage: Stage) -> None:
    await waiting(stage)
    await mended(stage)
    sweeper = Sweeper(Line(stage.database.config, UNHURRIED))
    running = asyncio.create_task(sweeper.run())

    async def done() -> bool:
        return await stage.status("msg_1") == "completed"

    await eventually(done)
    sweeper.stop()
    await running


async def test_a_webhook_that_is_stored_and_applied_at_the_same_moment_is_done(stage: Stage) -> None:
    body = event("user.created", user(MARA))
    stored_only, applied = (Arrival(parse("msg_1", body, datetime.now(UTC)), body) for _ in range(2))
    stored_only.delivery.failure = causes.not_tried("fast")
    quick = Line(stage.database.config, UNHURRIED)
    async with stage.database.service() as db:
        await apply_within(db, [stored_only])
        doing = asyncio.create_task(quick.take([applied]))

        async def waits() -> bool:
            blocked = "select count(*) from pg_stat_activity where wait_event = 'transactionid' and query ~ 'take_webhooks'"
            return await stage.admin.fetchval(blocked) == 1

        await eventually(waits)
    await doing
    quick.cut()
    kept = await stage.webhook("msg_1")
    assert (kept["status"], kept["attempts"], kept["deliveries"], kept["next_attempt_at"]) == (
        "completed",
        1,
        2,
        None,
    )
