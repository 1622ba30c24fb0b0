"""What the provider does by itself: letters that were left lying, and forgetting what is over."""

import asyncio

import pytest

from coursecove_identity import sessions
from coursecove_identity.clock import DAY, HOUR, MINUTE, SECOND, moved
from coursecove_identity.letters import Letters
from coursecove_identity.mail import Mail, MailNotTaken
from coursecove_identity.running import Running, Task

MAIL = Mail("mara@example.com", "123456 is your code", "123456", "<p>123456</p>", "mail_1")


async def until(condition):
    """Lets others work until it is so; the caller sets the limit."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.01)


async def left(provider):
    async with provider.store.reading() as db:
        return await db.fetchval("select count(*) from identity.mails_due")


async def wrote(provider, mail=MAIL):
    async with provider.store.transaction() as db:
        await provider.letters.due(db, mail)


async def test_a_letter_is_written_with_its_cause_or_not_at_all(provider):
    async def broken():
        async with provider.store.transaction() as db:
            await provider.letters.due(db, MAIL)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await broken()
    assert await left(provider) == 0


async def test_what_a_crash_left_lying_is_sent_by_the_next(provider, postbox):
    await wrote(provider)
    assert postbox.letters == []
    assert not await provider.letters.send_due()
    assert postbox.letters == [MAIL]
    assert await left(provider) == 0


async def test_two_processes_send_one_letter(provider, postbox):
    await wrote(provider)
    other = Letters(provider.store, provider.vault, postbox)
    await asyncio.gather(provider.letters.send_due(), other.send_due(), provider.letters.send_due())
    assert postbox.letters == [MAIL]


async def test_a_letter_that_is_not_taken_is_tried_again(provider, postbox):
    async def refuse(mail):
        raise MailNotTaken

    await wrote(provider)
    await Letters(provider.store, provider.vault, refuse).send_due()
    assert await left(provider) == 1
    await provider.letters.send_due()
    assert postbox.letters == []
    with moved(3 * SECOND):
        await provider.letters.send_due()
    assert postbox.letters == [MAIL]


async def test_a_process_that_died_while_sending_loses_nothing(provider, postbox):
    async def die(mail):
        raise asyncio.CancelledError

    await wrote(provider)
    with pytest.raises(asyncio.CancelledError):
        await Letters(provider.store, provider.vault, die).send_due()
    with moved(21 * SECOND):
        await provider.letters.send_due()
    assert postbox.letters == [MAIL]


async def test_the_database_does_not_tell_a_code(provider):
    await wrote(provider)
    async with provider.store.reading() as db:
        sealed = await db.fetchval("select sealed from identity.mails_due")
    assert b"123456" not in sealed
    assert b"mara" not in sealed


async def test_old_letters_are_of_no_use(provider, postbox):
    await wrote(provider)
    with moved(HOUR + MINUTE):
        await once(provider)
    assert await left(provider) == 0
    assert postbox.letters == []


async def once(provider, *tasks):
    """One turn of everything, without waiting."""
    running = Running(provider, tasks)
    await running._forget()


async def test_what_is_over_is_forgotten_and_the_log_stays(provider, visitor, mara):
    await visitor.sign_in("mara@example.com", "wrong words entirely")
    await visitor.sign_in("mara@example.com")
    await visitor.post("/reset", {"email": "mara@example.com"})
    await visitor.get("/account/second-factor/app")
    with moved(8 * DAY):
        await once(provider)
        async with provider.store.reading() as db:
            (session,) = await sessions.of_user(db, mara.id)
            assert session.status == "expired"
            for table in ("attempts", "verifications", "attempt_counters", "mails_due"):
                assert not await db.fetchval(f"select exists (select from identity.{table})"), table
            types = [
                row["type"]
                for row in await db.fetch("select type from identity.webhook_messages order by number")
            ]
            assert types[-1] == "session.ended"
            assert await db.fetchval("select count(*) from identity.audit_log") >= 2
    with moved(40 * DAY):
        await once(provider)
        async with provider.store.reading() as db:
            assert not await db.fetchval("select exists (select from identity.sessions)")
            assert not await db.fetchval("select exists (select from identity.clients)")


async def test_nothing_that_still_counts_is_forgotten(provider, visitor, mara):
    await visitor.sign_in("mara@example.com")
    await once(provider)
    assert (await visitor.get("/account")).status_code == 200


async def test_the_loop_sends_letters_hears_news_and_ends_when_told(provider, postbox):
    await wrote(provider)
    heard = asyncio.Event()

    async def hear():
        heard.set()
        return False

    running = Running(provider, [Task("news", 3600, hear, urgent=True)])
    task = asyncio.create_task(running.run())
    async with asyncio.timeout(10):
        await heard.wait()
        await until(lambda: bool(postbox.letters))
        heard.clear()
        while not heard.is_set():  # until it listens, nobody hears
            async with provider.store.transaction() as db:
                await db.execute("select pg_notify('identity_work', '')")
            await asyncio.sleep(0.05)
        running.stop()
        await task


async def test_the_loop_outlives_a_database_that_is_away(provider):
    tries = []

    async def away():
        tries.append(1)
        if len(tries) == 1:
            raise OSError
        return False

    running = Running(provider, [Task("news", 0.01, away)])
    task = asyncio.create_task(running.run())
    async with asyncio.timeout(10):
        await until(lambda: len(tries) >= 3)
        running.stop()
        await task
