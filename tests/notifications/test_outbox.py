"""The outbox: written once with its cause, handed over once, and every failure in sight."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coursecove.kit import clock
from coursecove.kit.durable import ScheduleTicked
from coursecove.kit.durable.operations import retry_run
from coursecove.kit.ids import NIL
from coursecove.kit.web.hosts import PublicRoot
from coursecove.notifications.actions import clear_bodies, queue_mail
from coursecove.notifications.queries import mail_stats
from coursecove.providers.mail.embedded import EmbeddedMail
from coursecove.web.functions import background
from coursecove.web.identity import build_identity
from coursecove.web.webhooks import Learning
from tests.conftest import Server, World
from tests.notifications.postroom import Postroom
from tests.providers.resend_server import ResendServer, problem

Spawn = Callable[[], subprocess.Popen[str]]


class Undone(Exception):
    """What rolls a cause back."""


async def test_a_mail_is_written_with_its_cause_or_not_at_all(postroom: Postroom) -> None:
    async def cause() -> None:
        async with postroom.database.service() as db:
            await queue_mail(db, to="a@b.example", subject="x", text="x", html="x", key="k")
            raise Undone

    with pytest.raises(Undone):
        await cause()
    assert await postroom.mails() == []
    assert await postroom.events() == []


async def test_a_key_is_written_once_for_ever(postroom: Postroom, resend: ResendServer, world: World) -> None:
    await postroom.queue("code:1")
    await postroom.deliver()
    await postroom.queue("code:1", subject="Again")
    await postroom.queue("code:1", world.music.id, subject="Again for a school")
    await postroom.deliver()
    [mail] = await postroom.mails()
    assert (mail["status"], mail["subject"], mail["attempts"], mail["error"]) == ("sent", "Hello", 1, None)
    assert mail["sent_at"] >= mail["created_at"]
    assert mail["receipt"] == next(iter(resend.sent.values()))["id"]
    assert len(resend.requests) == 1
    assert resend.mails[0]["headers"] == {"Auto-Submitted": "auto-generated"}


async def test_a_mail_of_a_school_bears_its_name_and_stays_out_of_its_feed(
    postroom: Postroom, resend: ResendServer, world: World
) -> None:
    await postroom.queue("invitation:1", world.music.id)
    await postroom.queue("code:1")
    await postroom.deliver()
    assert sorted(mail["from"] for mail in resend.mails) == [
        "CourseCove <no-reply@coursecove.example>",
        "Harbour Music School <no-reply@coursecove.example>",
    ]
    assert await postroom.events() == [(NIL, "notifications/mail.queued")] * 2


async def test_rows_added_beside_a_mail_belong_to_their_school(postroom: Postroom, world: World) -> None:
    async with postroom.database.service(world.music.id) as db:
        await queue_mail(db, to="a@b.example", subject="x", text="x", html="x", key="k")
        assert db.organization_id == world.music.id


@pytest.mark.parametrize("to", ["", "nobody", "a@b.example\r\nBcc: c@d.example", "islä@b.example"])
async def test_an_address_that_is_none_fails_the_mail_and_not_its_cause(
    postroom: Postroom, resend: ResendServer, to: str
) -> None:
    await postroom.queue("k", to=to)
    await postroom.deliver()
    [mail] = await postroom.mails()
    assert (mail["status"], mail["error"]) == ("failed", "the recipient's address is none")
    assert "\n" not in mail["recipient"]
    assert resend.requests == []


async def test_a_subject_is_one_line(postroom: Postroom, resend: ResendServer) -> None:
    await postroom.queue("k", subject="Welcome to\r\nBcc: victim@bank.example\n" + "x" * 300)
    await postroom.deliver()
    [mail] = resend.mails
    assert mail["subject"].startswith("Welcome to Bcc: victim@bank.example x")
    assert len(mail["subject"]) == 200
    assert mail["to"] == ["isla@music.example"]


async def test_trouble_is_noted_and_tried_again(postroom: Postroom, resend: ResendServer) -> None:
    resend.answers = [
        problem(500, "application_error", "Ours"),
        problem(429, "rate_limit_exceeded", "Slowly", **{"retry-after": "2"}),
    ]
    await postroom.queue("k")
    await postroom.deliver()
    [mail] = await postroom.mails()
    assert (mail["status"], mail["attempts"], mail["error"]) == ("sent", 3, None)
    assert len(set(resend.requests)) == 1
    assert len(resend.mails) == 1


async def test_a_mail_that_is_refused_fails_at_once_and_its_run_is_done(
    postroom: Postroom, resend: ResendServer
) -> None:
    resend.answers = [problem(422, "validation_error", "Invalid `to` field")]
    await postroom.queue("k")
    await postroom.deliver()
    [mail] = await postroom.mails()
    assert (mail["status"], mail["attempts"]) == ("failed", 1)
    assert mail["error"] == "422 validation_error Invalid `to` field"
    assert await postroom.value("select status from function_runs") == "done"


async def test_a_mail_whose_tries_are_used_up_fails_and_can_be_sent_after_all(
    postroom: Postroom, resend: ResendServer
) -> None:
    resend.answers = [problem(403, "validation_error", "The domain is not verified") for _ in range(21)]
    await postroom.queue("k")
    await postroom.deliver()
    [mail] = await postroom.mails()
    assert (mail["status"], mail["attempts"]) == ("failed", 21)
    assert "The domain is not verified" in mail["error"]
    async with postroom.database.service_read() as db:
        stats = await mail_stats(db)
    assert (stats.queued, stats.failed) == (0, 1)

    run_id = await postroom.value("select id from function_runs where status = 'dead'")
    await postroom.do(retry_run, run_id)
    await postroom.deliver()
    [mail] = await postroom.mails()
    assert (mail["status"], mail["error"]) == ("sent", None)
    assert len(resend.mails) == 1


async def test_what_waits_is_counted_with_its_age(postroom: Postroom) -> None:
    async with postroom.database.service_read() as db:
        assert (await mail_stats(db)).oldest_queued_age == 0
    await postroom.queue("k")
    await postroom.value("update mail_messages set created_at = now() - interval '90 s' returning 1")
    async with postroom.database.service_read() as db:
        stats = await mail_stats(db)
    assert (stats.queued, stats.failed) == (1, 0)
    assert 90 <= stats.oldest_queued_age < 100


async def test_no_step_remembers_what_a_mail_said(postroom: Postroom) -> None:
    await postroom.queue("k", text="your code is 314159", html="<b>314159</b>")
    await postroom.deliver()
    steps = await postroom.value("select string_agg(output::text, ' ') from run_steps")
    assert steps
    assert "314159" not in steps
    assert "isla@" not in steps


async def test_embedded_mail_stays_in_the_outbox(postroom: Postroom, resend: ResendServer) -> None:
    kept = Postroom(postroom.database, EmbeddedMail())
    await kept.queue("k")
    await kept.deliver()
    [mail] = await kept.mails()
    assert (mail["status"], mail["text_body"]) == ("sent", "Hello, Isla")
    assert resend.requests == []


async def test_what_mails_said_is_forgotten_after_thirty_days(postroom: Postroom) -> None:
    for key in ("old", "young", "waiting"):
        await postroom.queue(key)
    age = "update mail_messages set created_at = now() - interval '31 days', status = $2 where key = $1 returning 1"
    await postroom.value(age, "old", "sent")
    await postroom.value(age, "waiting", "queued")
    assert await postroom.do(clear_bodies, 500) == 1
    bodies = {mail["key"]: (mail["text_body"], mail["html_body"]) for mail in await postroom.mails()}
    assert bodies["old"] == (None, None)
    assert None not in bodies["young"] + bodies["waiting"]
    assert await postroom.do(clear_bodies, 500) == 0


async def test_forgetting_is_part_of_the_worker(postroom: Postroom, server: Server) -> None:
    await postroom.queue("old")
    await postroom.deliver()
    await postroom.value("update mail_messages set created_at = now() - interval '31 days' returning 1")
    name = "notifications-clear-old-mail"
    identity = build_identity(server.settings, PublicRoot.parse(server.settings.origin()), postroom.database)
    learning = Learning(postroom.database)
    known = background(server.settings, postroom.database, identity.port, learning.learn)
    learning.close()
    await identity.close()
    assert known[name].schedule
    async with postroom.database.service() as db:
        await db.emit(ScheduleTicked(name, clock.now()))
    await postroom.deliver()
    [mail] = await postroom.mails()
    assert (mail["text_body"], mail["key"]) == (None, "old")


async def test_a_mail_without_words_is_not_sent(postroom: Postroom, resend: ResendServer) -> None:
    await postroom.queue("k")
    await postroom.value("update mail_messages set text_body = null, html_body = null returning 1")
    await postroom.deliver()
    [mail] = await postroom.mails()
    assert (mail["status"], mail["error"]) == ("failed", "its text is no longer kept")
    assert resend.requests == []


async def test_a_mail_that_was_thrown_away_is_not_sent(postroom: Postroom, resend: ResendServer) -> None:
    await postroom.queue("k")
    await postroom.value("delete from mail_messages returning 1")
    await postroom.deliver()
    assert resend.requests == []


@pytest.fixture
def spawn(postroom: Postroom, resend: ResendServer) -> Iterator[Spawn]:
    started: list[subprocess.Popen[str]] = []
    project = Path(__file__).parents[2]

    def start() -> subprocess.Popen[str]:
        script = Path(__file__).with_name("outbox_worker.py")
        process = subprocess.Popen(
            [sys.executable, str(script), postroom.database.config.service_url, resend.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": f"{project}:{project / 'src'}"},
        )
        started.append(process)
        assert process.stdout
        while "ready" not in process.stdout.readline():
            assert process.poll() is None
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


async def test_a_worker_killed_between_sending_and_noting_sends_nothing_twice(
    postroom: Postroom, resend: ResendServer, spawn: Spawn
) -> None:
    """The mail was taken, the worker never heard of it; the next one asks with the same key."""
    resend.held = asyncio.Event()
    await postroom.queue("k")
    first = await asyncio.to_thread(spawn)
    await asyncio.wait_for(resend.asked.wait(), 20)
    first.kill()
    resend.held.set()
    resend.held = None
    await postroom.deliver()
    [mail] = await postroom.mails()
    assert (mail["status"], mail["attempts"]) == ("sent", 2)
    assert len(resend.requests) == 2
    assert len(set(resend.requests)) == 1
    assert len(resend.mails) == 1
