"""The edge and its deadline: sizes, methods, hosts, faults of the database, one bad event among good ones."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest
import pytest_asyncio
import uvicorn

from coursecove.accounts.sync import receiving
from coursecove.accounts.sync.mirror_sql import LATE
from coursecove.accounts.sync.parsing import parse
from coursecove.accounts.sync.receiving import LEAST_BUDGET, LIMITS, Receiver
from coursecove.accounts.sync.taking import Arrival, Line, Patience
from coursecove.accounts.webhooks import PATH
from coursecove.providers.identity.webhooks import LARGEST_BODY
from coursecove.web.app import create_app
from tests.sync import provider
from tests.sync.provider import event, organization, signed, user
from tests.sync.stage import FORGETFUL, PATIENT, Stage, eventually, with_journal

MARA = "user_mara"


@pytest.mark.parametrize(
    "change", [{"svix-signature": "v1,AAAA"}, {"svix-timestamp": "1"}, {"svix-id": "other"}]
)
async def test_a_bad_signature_is_400_and_nothing_is_stored(stage: Stage, change: dict[str, str]) -> None:
    body = event("user.created", user(MARA))
    answer = await stage.client.post(PATH, content=body, headers=signed(body, "msg_1") | change)
    assert (answer.status_code, answer.text) == (400, "The signature does not fit.")
    assert await stage.admin.fetchval("select count(*) from webhook_events where path <> 'seed'") == 0


async def test_only_posts_are_taken(stage: Stage) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        answer = await stage.client.request(method, PATH)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_body_is_at_most_a_megabyte_whatever_is_said_about_it(stage: Stage) -> None:
    large = b"x" * (LARGEST_BODY + 1)
    assert (await stage.post(large)).status_code == 413
    headers = signed(b"{}", "msg_1") | {"content-length": "2"}

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    assert (await stage.client.post(PATH, content=endless(), headers=headers)).status_code == 413
    assert (
        await stage.client.post(PATH, content=b"", headers=headers | {"content-length": "-1"})
    ).status_code == 413
    largest = event("user.created", user(MARA, public_metadata={"x": "y" * (LARGEST_BODY - 2_000)}))
    assert (await stage.post(largest)).status_code == 200


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"type":"user.deleted","data":{"deleted":true}}', b"[" * 200_000]
)
async def test_a_signed_body_that_cannot_be_read_is_a_dead_letter(stage: Stage, body: bytes) -> None:
    assert (await stage.post(body, "msg_dead")).status_code == 200
    kept = await stage.webhook("msg_dead")
    assert (kept["status"], kept["body"], kept["attempts"]) == ("failed", body, 1)
    assert kept["reason"]
    assert await stage.facts("accounts/webhook.died") == ["msg_dead:1"]


async def test_what_is_not_used_is_kept_without_its_secrets(stage: Stage) -> None:
    invitation = {"id": "orginv_1", "url": "https://accept?t=secret", "email_address": "ola@student.example"}
    await stage.tell("organizationInvitation.created", invitation, "msg_invitation")
    kept = await stage.webhook("msg_invitation")
    assert (kept["status"], kept["body"]) == ("ignored", None)
    assert "secret" not in kept["payload"]
    assert "ola@student.example" in kept["payload"]


async def test_a_code_is_stored_nowhere(stage: Stage) -> None:
    await stage.tell(
        "email.created", {"id": "ema_1", "body": "482913", "subject": "482913 is your code"}, "msg_code"
    )
    row = await stage.admin.fetchval(
        "select to_jsonb(w)::text from webhook_events w where webhook_id = 'msg_code'"
    )
    assert '"ignored"' in row
    assert "482913" not in row


async def test_one_bad_event_harms_only_itself(stage: Stage) -> None:
    await stage.admin.execute(FORGETFUL)
    people = [user(f"user_{number}", last_name="Poison" if number == 20 else "Good") for number in range(40)]
    ids = [provider.fresh("msg") for _ in people]
    answers = await asyncio.gather(
        *(stage.post(event("user.created", person), one) for person, one in zip(people, ids, strict=True))
    )
    assert {answer.status_code for answer in answers} == {200}
    statuses = [await stage.status(one) for one in ids]
    assert statuses.count("completed") == 39
    assert statuses[20] == "pending"
    bad = await stage.webhook(ids[20])
    assert "this one cannot be written" in bad["reason"]
    assert bad["next_attempt_at"] is not None
    assert await stage.facts("clerk/webhook.received") == [ids[20]]


async def test_a_locked_table_costs_a_delivery_its_speed_and_nothing_else(hurried: Stage) -> None:
    other = await asyncpg.connect(hurried.database.config.service_url)
    people = [(f"msg_{number}", event("user.created", user(f"user_{number}"))) for number in range(20)]
    async with other.transaction():
        await other.execute("lock table users in exclusive mode")
        answers = await asyncio.gather(*(hurried.post(body, one) for one, body in people))
        waiting = await hurried.admin.fetch(
            "select reason, attempts from webhook_events where status = 'pending'"
        )
    await other.close()
    assert {answer.status_code for answer in answers} == {200}
    assert all(row["reason"] for row in waiting)
    assert waiting or hurried.webhooks.journal.waiting().bytes
    await eventually(hurried.done)
    found = "select count(*) from webhook_events where webhook_id like 'msg_%' and status = 'completed'"
    assert await hurried.admin.fetchval(found) == 20


async def test_behind_a_transaction_pooler_limits_go_with_each_transaction(stage: Stage) -> None:
    pooled = replace(stage.database.config, prepared_statements=False)
    line = Line(pooled, Patience(statement=0.3, lock=0.15, connect=5))
    rows = await line.fetch(
        "select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock"
    )
    assert (rows[0]["statement"], rows[0]["lock"]) == ("300ms", "150ms")
    receiver = Receiver(pooled, stage.webhooks.journal, PATIENT)
    body = event("user.created", user(MARA))
    receipt = await receiver.receive(parse("msg_1", body, datetime.now(UTC)), body, time.monotonic())
    assert (receipt.path, receipt.status) == ("fast", "completed")
    await receiver.close()
    line.cut()


async def test_past_its_deadline_nothing_commits(stage: Stage) -> None:
    line = Line(stage.database.config, Patience(statement=5, lock=1, connect=5))
    body = event("user.created", user(MARA))
    with pytest.raises(asyncpg.PostgresError) as refused:
        await line.take([Arrival(parse("msg_1", body, datetime.now(UTC)), body)], budget=0)
    assert refused.value.sqlstate == LATE
    line.cut()
    assert await stage.webhook("msg_1") is None
    assert await stage.admin.fetch("select from users where clerk_user_id = $1", MARA) == []


async def test_with_too_little_time_left_a_delivery_is_only_stored(hurried: Stage) -> None:
    body = event("user.created", user(MARA))
    late = time.monotonic() - LIMITS.deadline + LEAST_BUDGET / 2
    receipt = await hurried.webhooks.receiver.receive(parse("msg_1", body, datetime.now(UTC)), body, late)
    assert receipt.path in ("slow", "journal")  # the latter on a machine that is busy just now
    await eventually(hurried.done)
    kept = await hurried.webhook("msg_1")
    assert (kept["status"], kept["attempts"]) == ("completed", 1)


async def test_what_waits_in_memory_is_bounded(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_BYTES", 3_000)
    bodies = [event("user.created", user(f"user_{number}")) for number in range(30)]
    answers = await asyncio.gather(*(stage.post(body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    counted = stage.registry.get_sample_value
    by_journal = counted("webhooks_acknowledged_total", {"path": "journal", "status": "pending"})
    assert by_journal
    assert await stage.webhooks._replaying.replay() == by_journal
    assert (
        await stage.admin.fetchval(
            "select count(*) from users where clerk_user_id like 'user_%' and created_at > $1", stage.since
        )
        == 30
    )


async def test_where_even_the_inbox_is_locked_the_journal_takes_it(hurried: Stage) -> None:
    other = await asyncpg.connect(hurried.database.config.service_url)
    async with other.transaction():
        await other.execute("lock table webhook_events in exclusive mode")
        assert (await hurried.post(event("user.created", user(MARA)), "msg_1")).status_code == 200
        assert hurried.webhooks.journal.waiting().bytes > 0
    await other.close()
    await eventually(hurried.done)
    kept = await hurried.webhook("msg_1")
    assert (kept["status"], kept["path"]) == ("completed", "journal")


@pytest_asyncio.fixture
async def served(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """The whole site on a real socket."""
    folder = stage.webhooks.journal.folder
    assert folder is not None
    settings = with_journal(stage.settings, folder.parent / "served")
    app = create_app(settings, stage.database)
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        yield client
    server.should_exit = True
    await serving


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("coursecove.localhost:8000", 200),
        ("id.coursecove.localhost:8000", 200),
        ("musicschool.coursecove.localhost:8000", 404),
        ("operator.coursecove.localhost:8000", 404),
        ("elsewhere.example:8000", 404),
        ("nobody.coursecove.localhost:8000", 404),
    ],
)
async def test_webhooks_come_in_at_the_apex_and_where_people_sign_in(
    stage: Stage, served: httpx.AsyncClient, host: str, status: int
) -> None:
    body = event("user.created", user(MARA))
    answer = await served.post(PATH, content=body, headers=signed(body, "msg_1") | {"host": host})
    assert answer.status_code == status
    assert (await stage.status("msg_1") == "completed") == (status == 200)


async def test_the_sites_own_provider_signs_with_a_key_of_this_installation(
    stage: Stage, served: httpx.AsyncClient
) -> None:
    body = event("organization.created", organization("org_1"))
    headers = signed(body, "msg_1", secret=stage.settings.webhook_secrets[0]) | {
        "host": "coursecove.localhost:8000"
    }
    assert (await served.post(PATH, content=body, headers=headers)).status_code == 200


async def test_acknowledgements_are_counted(stage: Stage) -> None:
    webhook_id = await stage.tell("user.created", user(MARA))
    await stage.tell("user.created", user(MARA), webhook_id)
    await stage.client.post(PATH, content=b"{}", headers={})
    counted = stage.registry.get_sample_value
    assert counted("webhooks_acknowledged_total", {"path": "fast", "status": "completed"}) == 2
    assert counted("webhooks_refused_total", {"status": "400"}) == 1
    assert counted("webhooks_seconds_count", {"path": "fast"}) == 2
