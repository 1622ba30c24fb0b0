"""What only the Inngest adapter must prove: signatures, sending, and calls that are repeated."""

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from durable_cast import SCHOOL, Happened, eventually, leave
from durable_inngest_server import EVENT_KEY, SIGNING_KEY, call_body, signature
from durable_stage import InngestStage

from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import Failure, Run, ScheduleTicked, function
from coursecove.kit.durable.inngest import InngestConfig


async def bury(db: ServiceDb, failure: Failure[Happened]) -> None:
    await leave(db, f"dead {failure.error}")


@function(on=Happened, name="tell", serial_key="group", retries=3, on_exhausted=bury)
async def tell(run: Run[Happened]) -> None:
    await run.step("leave", slowly, run.event.item)


@function(cron="15 3 * * *", timezone="Europe/London", name="nightly")
async def nightly(run: Run[ScheduleTicked]) -> None:
    await run.step("leave", leave, run.event.at.isoformat())


async def slowly(db: ServiceDb, what: str) -> str:
    await leave(db, what)
    await asyncio.sleep(0.2)
    return what


async def recorded(stage: InngestStage) -> dict[str, Any]:
    """An event that is in the table but that no server has acted on yet."""
    stage.server.functions = []
    await stage.emit(Happened("x"))
    await stage.settled()
    [[event]] = stage.server.received
    return event


def test_a_dev_server_is_refused_in_production() -> None:
    with pytest.raises(ValueError, match="INNGEST_DEV"):
        InngestConfig(EVENT_KEY, SIGNING_KEY, dev=True, production=True)


async def test_only_fresh_signatures_of_our_key_are_answered(inngest: InngestStage) -> None:
    await inngest.open(tell)
    client = inngest.server.client
    assert client
    event = await recorded(inngest)
    body = json.dumps(call_body(event, "run", 0, 4, {}), separators=(",", ":"), sort_keys=True).encode()
    now = int(time.time())
    refused = [
        None,
        "",
        "s=abc",
        f"t={now}&s=abc",
        "t=abc&s=abc",
        signature(body, at=now - 301),
        signature(body, at=now + 301),
        signature(body, key="signkey-test-" + "cd" * 16),
        signature(body + b" "),
    ]
    for value in refused:
        headers = {} if value is None else {"x-inngest-signature": value}
        for method in ("POST", "PUT"):
            params = {"fnId": "coursecove-tell", "stepId": "step"}
            answer = await client.request(
                method, "/api/inngest", content=body, headers=headers, params=params
            )
            assert answer.status_code == 401, (method, value, answer.text)
    assert (await client.get("/api/inngest")).status_code == 401
    assert await inngest.told() == []


async def test_functions_are_registered_as_they_were_declared(inngest: InngestStage) -> None:
    await inngest.open(tell, nightly)
    registered = {each["id"]: each for each in inngest.server.functions}
    telling = registered["coursecove-tell"]
    assert telling["steps"]["step"]["retries"] == {"attempts": 3}
    assert telling["concurrency"] == [
        {
            "limit": 1,
            "scope": "fn",
            "key": "event.data.organization_id + '/' + string(event.data.fields.group)",
        }
    ]
    assert telling["triggers"][0] == {"event": "test/thing.happened"}
    assert registered["coursecove-nightly"]["triggers"][0] == {"cron": "TZ=Europe/London 15 3 * * *"}
    assert set(registered) == {
        "coursecove-tell",
        "coursecove-tell-failure",
        "coursecove-nightly",
        "coursecove-nightly-failure",
    }


async def test_events_are_sent_a_hundred_at_a_time_under_their_own_ids(inngest: InngestStage) -> None:
    await inngest.open(tell)
    inngest.server.functions = []
    await inngest.emit(*(Happened(str(number)) for number in range(250)))
    await inngest.settled()
    batches = inngest.server.received
    assert [len(batch) for batch in batches] == [100, 100, 50]
    sent = [event["id"] for batch in batches for event in batch]
    assert sent == sorted(set(sent))
    assert await inngest.value("select count(*) from events where id::text = any($1)", sent) == 250


async def test_events_wait_while_inngest_is_away(inngest: InngestStage) -> None:
    await inngest.open(tell)
    inngest.server.refuse_events = True
    await inngest.emit(Happened("x"))

    async def tried() -> bool:
        return bool(await inngest.value("select max(send_attempts) from events"))

    await eventually(tried)
    assert await inngest.value("select count(*) from events where dispatched_at is not null") == 0
    inngest.server.refuse_events = False
    await inngest.settled(30)
    assert await inngest.told() == ["x"]


async def test_a_call_that_is_repeated_after_its_answer_was_lost_changes_nothing(
    inngest: InngestStage,
) -> None:
    """What a killed or paused web process looks like from outside: the same call again, or twice at once."""
    await inngest.open(tell)
    event = await recorded(inngest)
    body = call_body(event, "run-1", 0, 4, {})
    calls = [inngest.server.call("POST", body, fnId="coursecove-tell", stepId="step") for _ in range(2)]
    first, second = await asyncio.gather(*calls)
    again = await inngest.server.call("POST", body, fnId="coursecove-tell", stepId="step")
    assert [answer.status_code for answer in (first, second, again)] == [206, 206, 206]
    assert {answer.json()[0]["data"] for answer in (first, second, again)} == {"x"}
    assert await inngest.told() == ["x"]


async def test_another_run_of_the_same_event_is_a_double(inngest: InngestStage) -> None:
    await inngest.open(tell)
    event = await recorded(inngest)
    await inngest.server.call(
        "POST", call_body(event, "run-1", 0, 4, {}), fnId="coursecove-tell", stepId="step"
    )
    other = await inngest.server.call(
        "POST", call_body(event, "run-2", 0, 4, {}), fnId="coursecove-tell", stepId="step"
    )
    assert (other.status_code, other.json()) == (200, "done before")
    assert await inngest.told() == ["x"]


async def test_a_run_that_never_reached_us_leaves_a_dead_letter_once(inngest: InngestStage) -> None:
    await inngest.open(tell)
    event = await recorded(inngest)
    error = {"name": "Error", "message": "could not reach the app"}
    failed = {
        "name": "inngest/function.failed",
        "data": {"event": event, "run_id": "run-9", "function_id": "coursecove-tell", "error": error},
    }
    for _ in range(2):
        body = call_body(failed, uuid4().hex, 0, 1, {})
        answer = await inngest.server.call("POST", body, fnId="coursecove-tell-failure", stepId="step")
        assert answer.status_code == 200, answer.text
    assert await inngest.told() == ["dead Error: could not reach the app"]
    assert [run.status for run in await inngest.runs()] == ["dead"]


async def test_a_tick_is_the_planned_minute(inngest: InngestStage) -> None:
    await inngest.open(nightly)
    inngest.server.tick("nightly", datetime(2026, 6, 1, 2, 14, 59, 950_000, tzinfo=UTC))
    await inngest.until(1)
    await inngest.settled()
    assert await inngest.told() == ["2026-06-01T02:15:00+00:00"]


async def test_an_event_that_is_not_ours_is_refused_for_good(inngest: InngestStage) -> None:
    await inngest.open(tell)
    ids = {"organization_id": str(SCHOOL), "event_id": str(uuid4())}
    forged = {"name": Happened.name, "data": ids | {"fields": {}}}
    answer = await inngest.server.call(
        "POST", call_body(forged, "run-x", 0, 4, {}), fnId="coursecove-tell", stepId="step"
    )
    assert answer.status_code == 500
    assert answer.headers["x-inngest-no-retry"] == "true"
