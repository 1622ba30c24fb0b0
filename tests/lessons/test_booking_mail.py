"""Letters about lessons: to whom, once, and never about what is not so any more."""

from datetime import timedelta
from typing import Any

import pytest_asyncio

from tests.conftest import World
from tests.lessons.stage import Piano, set_up
from tests.people.stage import Site, said

Admin = "asyncpg.Connection[asyncpg.Record]"
MAILS = "select recipient, subject, text_body from mail_messages where key like 'lesson:%' order by created_at, recipient"


@pytest_asyncio.fixture
async def piano(admin: Admin, world: World) -> Piano:
    return await set_up(admin, world)


async def letters(admin: Any) -> list[tuple[str, str]]:
    return [(row["recipient"], row["subject"].partition(":")[0]) for row in await admin.fetch(MAILS)]


async def _booked(site: Site, world: World, piano: Piano, key: str = "isla") -> str:
    answer = await site.browser(world.music.people[key]).post("/lessons", piano.form("10:00"))
    assert answer.status_code == 303, said(answer)
    path: str = answer.headers["location"]
    return path


async def test_teacher_and_student_are_told_and_reminded(
    site: Site, world: World, piano: Piano, admin: Admin
) -> None:
    await _booked(site, world, piano)
    await site.work()
    both = ["hana@example.com", "isla@example.com"]
    assert await letters(admin) == [(each, "Booked") for each in both]
    planned = await admin.fetchval("select not_before from events where name = 'scheduling/reminder.planned'")
    assert planned == piano.at("10:00") - timedelta(hours=24)
    await site.work(everything=True)
    assert sorted(await letters(admin)) == sorted(
        (each, what) for each in both for what in ("Booked", "Reminder")
    )
    text = (await admin.fetch(MAILS))[0]["text_body"]
    assert "Piano lesson" in text
    assert "Harbour house" in text


async def test_a_moved_lesson_reminds_at_its_new_time_alone(
    site: Site, world: World, piano: Piano, admin: Admin
) -> None:
    path = await _booked(site, world, piano)
    isla = site.browser(world.music.people["isla"])
    moved = await isla.post(f"{path}/move", {"at": piano.at("12:00").isoformat(), "version": "1"})
    assert moved.status_code == 303
    await site.work(everything=True)
    kinds = [what for who, what in await letters(admin) if who == "isla@example.com"]
    assert sorted(kinds) == ["Moved", "Reminder"], "of what was moved before it was told, the last is told"


async def test_a_cancelled_lesson_reminds_nobody(
    site: Site, world: World, piano: Piano, admin: Admin
) -> None:
    path = await _booked(site, world, piano)
    await site.work()
    isla = site.browser(world.music.people["isla"])
    await isla.post(f"{path}/cancellation", {"version": "1", "late": "0", "reason": "Away <b>"})
    await site.work(everything=True)
    kinds = [what for who, what in await letters(admin) if who == "isla@example.com"]
    assert kinds == ["Booked", "Cancelled"]
    html = await admin.fetchval("select html_body from mail_messages where subject like 'Cancelled%' limit 1")
    assert "Away &lt;b&gt;" in html


async def test_a_child_without_mail_is_written_to_by_way_of_their_guardian(
    site: Site, world: World, piano: Piano, admin: Admin
) -> None:
    await admin.execute("update users set email = null where email = 'noah@example.com'")
    await _booked(site, world, piano, "noah")
    await site.work()
    assert await letters(admin) == [("hana@example.com", "Booked"), ("priya@example.com", "Booked")]
