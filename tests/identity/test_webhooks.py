"""The outbox on its way: signed as Svix signs, again until it is taken, whatever dies in between."""

import asyncio
import re
import sys
import threading
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from coursecove_identity import delivering, webhooks
from coursecove_identity.clock import DAY, SECOND, moved, now_ms
from coursecove_identity.delivering import Deliveries, Schedule, Target, signed_headers
from coursecove_identity.webhooks import Caller
from tests.identity.receiver import receiving

OLD, NEW = "whsec_" + "b2xk" * 8, "whsec_" + "bmV3" * 8


@pytest.fixture
def receiver():
    with receiving() as opened:
        yield opened


@pytest.fixture
async def deliveries(store, receiver, instance):
    async with Deliveries(store, Target(receiver.url), [NEW]) as opened:
        yield opened


async def emit(store, **data):
    async with store.transaction() as db:
        return await webhooks.emit(db, "user.updated", {"id": "user_2a", **data}, at_ms=1767225600123)


async def row(store, message):
    async with store.reading() as db:
        return await db.fetchrow("select * from identity.webhook_messages where id = $1", message)


def verified(got, secret):
    """What the receiver's library says to it."""
    headers = {name.replace("svix", "webhook"): value for name, value in got.headers.items()}
    return Webhook(secret).verify(got.body, headers)


async def test_it_arrives_signed_in_clerks_envelope(store, receiver, deliveries, instance):
    webhooks.caller.set(Caller("203.0.113.7", "Mozilla/5.0"))
    message = await emit(store, first_name='Mára "x"')
    assert await deliveries.deliver_due() is False
    (got,) = receiver.all()
    assert got.headers["svix-id"] == message
    assert re.fullmatch(r"msg_[0-9A-Za-z]{27}", message)
    assert verified(got, NEW) == {
        "data": {"id": "user_2a", "first_name": 'Mára "x"'},
        "event_attributes": {"http_request": {"client_ip": "203.0.113.7", "user_agent": "Mozilla/5.0"}},
        "instance_id": instance,
        "object": "event",
        "timestamp": 1767225600123,
        "type": "user.updated",
    }
    found = await row(store, message)
    assert found["delivered_at"]
    assert found["next_attempt_at"] is None
    assert await deliveries.deliver_due() is False
    assert receiver.all() == []


def test_signatures_are_the_published_ones():
    secret, body = (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        '{"email":"test@example.com","username":"test_user"}',
    )
    at = datetime.fromtimestamp(1649367553, UTC)
    headers = signed_headers("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", body, [secret], at)
    assert headers["svix-signature"] == "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
    assert headers["svix-timestamp"] == "1649367553"


async def test_two_secrets_sign_while_one_replaces_the_other(store, receiver, instance):
    await emit(store)
    async with Deliveries(store, Target(receiver.url), [NEW, OLD]) as deliveries:
        await deliveries.deliver_due()
    (got,) = receiver.all()
    assert len(got.headers["svix-signature"].split()) == 2
    assert verified(got, OLD) == verified(got, NEW)


async def test_nothing_leaves_that_was_rolled_back(store, receiver, deliveries):
    async def fail():
        async with store.transaction() as db:
            await webhooks.emit(db, "user.updated", {})
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await fail()
    await deliveries.deliver_due()
    assert receiver.all() == []


async def test_a_failure_is_tried_again_on_svixs_schedule_and_then_given_up(store, receiver, deliveries):
    receiver.answer = lambda got: (500, {})
    message, ahead, waits = await emit(store), 0, []
    for attempt in range(1, 9):
        with moved(ahead):
            await deliveries.deliver_due()
            found = await row(store, message)
            assert found["attempts"] == attempt
            if found["next_attempt_at"] is not None:
                wait = found["next_attempt_at"] - now_ms()
                waits.append(wait / 1000)
                assert await deliveries.deliver_due() is False
        ahead += wait + SECOND
    planned = [5, 300, 1800, 7200, 18000, 36000, 36000]
    assert all(0.79 * plan <= wait <= 1.2 * plan for wait, plan in zip(waits, planned, strict=True))
    found = await row(store, message)
    assert found["given_up_at"]
    assert found["next_attempt_at"] is None
    got = receiver.all()
    assert {each.headers["svix-id"] for each in got} == {message}
    assert len(got) == 8
    async with store.transaction() as db:
        statuses = await db.fetch("select status, problem from identity.webhook_attempts order by number")
        assert [tuple(each) for each in statuses] == [(500, "answered 500")] * 8
        receiver.answer = lambda got: (204, {})
        assert await delivering.replay(db, 0) == 1
    await deliveries.deliver_due()
    assert (await row(store, message))["delivered_at"]


def test_a_receiver_may_ask_for_more_time_within_bounds():
    schedule = Schedule(delays=(10,))
    assert 8 <= schedule.wait(1, overload=False, asked=None) <= 12
    assert 12 <= schedule.wait(1, overload=False, asked=15) <= 18
    assert 16 <= schedule.wait(1, overload=False, asked=100_000) <= 24
    assert 48 <= schedule.wait(1, overload=True, asked=None) <= 72
    assert schedule.wait(2, overload=False, asked=None) is None


async def test_redirects_are_failures(store, receiver, deliveries):
    receiver.answer = lambda got: (307, {"location": f"http://127.0.0.1:{receiver.port}/elsewhere"})
    message = await emit(store)
    await deliveries.deliver_due()
    assert [got.path for got in receiver.all()] == ["/api/webhooks/clerk"]
    assert (await row(store, message))["next_attempt_at"]


async def test_a_silent_receiver_is_left_at_the_deadline(store, receiver, instance, monkeypatch):
    monkeypatch.setattr(delivering, "DEADLINE_S", 0.2)
    stay = threading.Event()
    receiver.answer = lambda got: (stay.wait(10), (200, {}))[1]
    message = await emit(store)
    async with Deliveries(store, Target(receiver.url), [NEW]) as deliveries:
        await deliveries.deliver_due()
    stay.set()
    async with store.reading() as db:
        problem = await db.fetchval(
            "select problem from identity.webhook_attempts where message_id = $1", message
        )
    assert problem == "no answer in time"
    assert (await row(store, message))["next_attempt_at"] >= now_ms() + 40 * SECOND


async def test_nobody_there_is_a_failure_too(store, instance):
    message = await emit(store)
    async with Deliveries(store, Target("http://127.0.0.1:9/"), [NEW]) as deliveries:
        await deliveries.deliver_due()
    assert (await row(store, message))["attempts"] == 1


async def test_the_receiver_is_called_by_its_name(store, receiver, instance):
    await emit(store)
    async with Deliveries(store, Target(receiver.url, "coursecove.localhost:8000"), [NEW]) as deliveries:
        await deliveries.deliver_due()
    (got,) = receiver.all()
    assert got.headers["host"] == "coursecove.localhost:8000"


async def test_processes_side_by_side_tell_each_message_once(store, receiver, instance):
    messages = {await emit(store, number=number) for number in range(40)}
    async with (
        Deliveries(store, Target(receiver.url), [NEW]) as first,
        Deliveries(store, Target(receiver.url), [NEW]) as second,
    ):
        while any(await asyncio.gather(first.deliver_due(), second.deliver_due())):
            pass
    got = receiver.all()
    assert {each.headers["svix-id"] for each in got} == messages
    assert len(got) == 40


async def test_a_process_killed_in_mid_delivery_loses_nothing(store, receiver, deliveries, server, url):
    arrived, stay = threading.Event(), threading.Event()

    def hold(got):
        arrived.set()
        stay.wait(30)
        return 200, {}

    receiver.answer = hold
    message = await emit(store)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.identity.deliver_process",
        server.settings.identity_database_url(url),
        receiver.url,
    )
    assert await asyncio.to_thread(arrived.wait, 30)
    process.kill()
    await process.wait()
    stay.set()
    receiver.answer = lambda got: (200, {})
    await deliveries.deliver_due()
    assert len(receiver.all()) == 1, "the lease of the dead process still holds"
    with moved(delivering.LEASE + SECOND):
        await deliveries.deliver_due()
    (got,) = receiver.all()
    assert got.headers["svix-id"] == message
    assert (await row(store, message))["delivered_at"]


async def test_a_commit_wakes_whoever_listens(store, instance):
    woken = asyncio.Event()
    listener = await store.listener()
    await listener.add_listener(webhooks.CHANNEL, lambda *_: woken.set())
    await emit(store)
    async with asyncio.timeout(5):
        await woken.wait()
    await listener.close()


async def test_what_was_told_long_ago_is_forgotten(store, receiver, deliveries):
    told = await emit(store)
    await deliveries.deliver_due()
    async with store.transaction() as db:
        await delivering.forget_old(db)
    assert await row(store, told)
    waiting = await emit(store)
    with moved(31 * DAY):
        async with store.transaction() as db:
            await delivering.forget_old(db)
    assert await row(store, told) is None
    assert await row(store, waiting)
