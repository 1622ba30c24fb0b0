"""The webhooks' slow path on both engines: a stored webhook is applied by the function that its event starts."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
from durable_cast import eventually
from durable_stage import Stage

from coursecove.accounts.events import ClerkWebhookReceived
from coursecove.accounts.functions import process_clerk_webhook
from coursecove.accounts.sync.causes import failure
from coursecove.accounts.sync.parsing import parse
from coursecove.accounts.sync.synthetic import apply_within
from coursecove.accounts.sync.taking import Arrival
from coursecove.kit.durable import Backoff, Run


def delivered(event_type: str, data: dict[str, object], *, failed: bool = False) -> Arrival:
    body = msgspec.json.encode({"type": event_type, "data": data})
    delivery = parse(f"msg_{uuid4().hex}", body, datetime.now(UTC))
    delivery.failure = failure(TimeoutError(), path="fast") if failed else None
    return Arrival(delivery, body)


async def stored(stage: Stage, event_type: str, data: dict[str, object]) -> str:
    """A webhook that could not be applied on its way in."""
    arrival = delivered(event_type, data, failed=True)
    async with stage.database.service() as db:
        await apply_within(db, [arrival])
    return arrival.id


async def has(stage: Stage, webhook_id: str, *, status: str, path: str) -> bool:
    found = await stage.value(
        "select status || ' ' || path from webhook_events where webhook_id = $1", webhook_id
    )
    return bool(found == f"{status} {path}")


async def test_a_stored_webhook_is_applied_once_by_the_engine(stage: Stage) -> None:
    await stage.open(process_clerk_webhook)
    user_id = f"user_{uuid4().hex}"
    webhook_id = await stored(stage, "user.created", {"id": user_id, "first_name": "Mara"})
    await eventually(lambda: has(stage, webhook_id, status="completed", path="slow"))
    await stage.settled()
    assert await stage.value("select first_name from users where clerk_user_id = $1", user_id) == "Mara"
    assert [(run.function, run.status) for run in await stage.runs()] == [("process-clerk-webhook", "done")]


async def test_what_somebody_else_has_done_meanwhile_is_left_alone(stage: Stage) -> None:
    webhook_id = await stored(stage, "user.created", {"id": f"user_{uuid4().hex}"})
    done = "update webhook_events set status = 'completed' where webhook_id = $1 returning 1"
    await stage.value(done, webhook_id)
    await stage.open(process_clerk_webhook)
    await stage.settled()
    assert await stage.value("select path from webhook_events where webhook_id = $1", webhook_id) == "fast"
    assert [run.status for run in await stage.runs()] == ["done"]


async def test_what_fails_is_tried_again_until_its_cause_is_gone(stage: Stage) -> None:
    school, names = {"id": f"org_{uuid4().hex}", "name": "School", "slug": uuid4().hex}, iter("ab")
    first, second = (
        {
            "id": f"orgmem_{uuid4().hex}",
            "organization": school,
            "public_user_data": {"user_id": f"user_{uuid4().hex}", "first_name": next(names)},
        }
        for _ in range(2)
    )
    async with stage.database.service() as db:
        await apply_within(db, [delivered("organizationMembership.created", first)])
    rename = "update organization_memberships set clerk_membership_id = $2 where clerk_membership_id = $1 returning 1"
    await stage.value(rename, first["id"], second["id"])  # somebody else has the id of the second
    webhook_id = await stored(stage, "organizationMembership.created", second)
    tries: list[int] = []

    async def handler(run: Run[ClerkWebhookReceived]) -> None:
        tries.append(run.attempt)
        if run.attempt > 1:
            await stage.value(rename, second["id"], first["id"])
        await process_clerk_webhook.handler(run)

    await stage.open(replace(process_clerk_webhook, handler=handler, backoff=Backoff(base=0.1)))
    await eventually(lambda: has(stage, webhook_id, status="completed", path="slow"))
    await stage.settled()
    assert 2 in tries
    assert [run.status for run in await stage.runs()] == ["done"]
