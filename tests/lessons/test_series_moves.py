"""A lesson of a series is moved with those that follow: every date shown before, then what was agreed to or nothing."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
import httpx
import pytest
import pytest_asyncio

from tests.conftest import World
from tests.lessons.series_stage import HIDDEN, Form, series_booked, verdicts
from tests.lessons.stage import LONDON, Piano, overlaps, set_up
from tests.people.stage import Site, Visitor, said

Admin = "asyncpg.Connection[asyncpg.Record]"
STARTS = "select starts_at from bookings where status = 'booked' and series_id is not null order by starts_at"
CLOSURE = "insert into closures (organization_id, id, name, first_day, last_day) values ($1, gen_random_uuid(), 'x', $2, $2)"
NTH = "select id from bookings where series_id is not null order by starts_at offset $1 limit 1"


@pytest_asyncio.fixture
async def piano(admin: Admin, world: World) -> Piano:
    await admin.execute("delete from booking_series")
    return await set_up(admin, world)


@pytest.fixture
def isla(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["isla"])


@pytest.fixture
def hana(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["hana"])


@pytest.fixture
def noah(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["noah"])


async def starts(admin: "asyncpg.Connection[asyncpg.Record]") -> list[datetime]:
    return [row["starts_at"] for row in await admin.fetch(STARTS)]


def hidden(page: httpx.Response) -> Form:
    form: Form = {}
    for name, value in HIDDEN.findall(page.text):
        if name not in {"csrf", "csrf_token"}:
            form.setdefault(name, []).append(value)
    return form


async def moving(visitor: Visitor, path: str, at: datetime) -> httpx.Response:
    """The page that shows every date, as the confirm page's form asks for it."""
    confirm = await visitor.get(f"{path}/move?at={at.isoformat().replace('+', '%2B')}")
    assert confirm.status_code == 200, said(confirm)
    assert "It is one of a series" in confirm.text
    return await visitor.post(f"{path}/move", hidden(confirm) | {"which": ["following"]})


async def moved(visitor: Visitor, path: str, preview: httpx.Response) -> httpx.Response:
    return await visitor.post(f"{path}/move", hidden(preview))


async def nth(admin: "asyncpg.Connection[asyncpg.Record]", number: int) -> str:
    return f"/lessons/{await admin.fetchval(NTH, number)}"


def as_moved(piano: Piano, clock: str, days: Sequence[int]) -> list[datetime]:
    return [piano.at(clock, each) for each in days]


async def test_a_lesson_and_those_that_follow_are_moved_by_the_clock(
    site: Site, isla: Visitor, piano: Piano, admin: Admin
) -> None:
    await series_booked(isla, piano, "10:00", 4)
    await site.work()
    second = await nth(admin, 1)
    page = await moving(isla, second, piano.at("14:30", 8))
    assert page.status_code == 200
    assert verdicts(page) == ["Free"] * 3
    assert len(await starts(admin)) == 4
    done = await moved(isla, second, page)
    assert done.headers["location"] == second
    assert await starts(admin) == [piano.at("10:00"), *as_moved(piano, "14:30", (8, 15, 22))]
    await site.work(everything=True)
    letters = await admin.fetch("select subject, text_body from mail_messages where recipient like 'isla%'")
    told = [each for each in letters if each["subject"].startswith("Moved")]
    assert len(told) == 1
    assert "3 lessons" in told[0]["subject"]


async def test_a_series_goes_on_by_the_clock_across_the_change_of_the_hour(
    hana: Visitor, piano: Piano, admin: Admin, world: World
) -> None:
    student = world.music.people["isla"].member_id
    await series_booked(hana, piano, "10:00", 40, student=student)
    first = await nth(admin, 0)
    page = await moving(hana, first, piano.at("11:15", 2))
    assert verdicts(page) == ["Free"] * 40
    await moved(hana, first, page)
    found = await starts(admin)
    assert {f"{at.astimezone(LONDON):%a %H:%M}" for at in found} == {"Wed 11:15"}
    assert len({at.hour for at in found}) == 2
    assert len(found) == 40


async def test_what_is_in_the_way_keeps_a_lesson_where_it_is(
    isla: Visitor, noah: Visitor, piano: Piano, admin: Admin, world: World
) -> None:
    path = await series_booked(isla, piano, "10:00", 4)
    await noah.post("/lessons", piano.form("14:00", days=8))
    await admin.execute(CLOSURE, world.music.id, piano.monday + timedelta(days=15))
    try:
        page = await moving(isla, path, piano.at("14:00", 1))
        assert verdicts(page) == ["Free", "Taken", "Closed", "Free"]
        assert "The others stay where they are." in page.text
        assert (await moved(isla, path, page)).status_code == 303
        expected = [
            piano.at("14:00", 1),
            piano.at("10:00", 7),
            piano.at("10:00", 14),
            piano.at("14:00", 22),
        ]
        assert await starts(admin) == expected
    finally:
        await admin.execute("delete from closures")


async def test_one_that_was_moved_alone_stays_and_a_change_in_between_stops_it_all(
    isla: Visitor, hana: Visitor, noah: Visitor, piano: Piano, admin: Admin
) -> None:
    path, third = await series_booked(isla, piano, "10:00", 4), ""
    third = await nth(admin, 2)
    alone = {"at": piano.at("15:00", 15).isoformat(), "version": "1"}
    page = await moving(isla, path, piano.at("14:00", 1))
    assert (await hana.post(f"{third}/move", alone)).status_code == 303
    assert (await moved(isla, path, page)).status_code == 409
    page = await moving(isla, path, piano.at("14:00", 1))
    assert verdicts(page) == ["Free"] * 3
    await noah.post("/lessons", piano.form("14:00", days=8))
    refused = await moved(isla, path, page)
    assert refused.status_code == 409
    assert "Nothing was moved" in refused.text
    assert verdicts(refused) == ["Free", "Taken", "Free"]
    assert len([at for at in await starts(admin) if at.astimezone(LONDON).hour == 10]) == 3
    assert (await moved(isla, path, refused)).status_code == 303
    assert await admin.fetchval("select count(*) from bookings where version = 2") == 3


async def test_two_who_move_at_once_never_meet(site: Site, piano: Piano, admin: Admin, world: World) -> None:
    pages = []
    for key, clock in (("isla", "10:00"), ("noah", "12:00"), ("musicschool_1", "15:00")):
        visitor = site.browser(world.music.people[key])
        path = await series_booked(visitor, piano, clock, 5)
        pages.append((visitor, path, await moving(visitor, path, piano.at("13:30", 3))))
    answers = await asyncio.gather(*(moved(*each[:2], each[2]) for each in pages))
    assert sorted(each.status_code for each in answers) == [303, 409, 409]
    assert await overlaps(admin) == []
    assert len(await starts(admin)) == 15


async def test_who_may_move_a_series(
    site: Site, isla: Visitor, piano: Piano, admin: Admin, world: World
) -> None:
    noah, tomas = (site.browser(world.music.people[key]) for key in ("noah", "tomas"))
    path = await series_booked(isla, piano, "10:00", 3)
    page = await moving(isla, path, piano.at("14:00"))
    assert (await noah.post(f"{path}/move", hidden(page))).status_code == 404
    assert (await tomas.post(f"{path}/move", hidden(page))).status_code == 403
    assert (await isla.post(f"{path}/move", hidden(page) | {"seal": ["x"]})).status_code == 409
    none = await isla.post(f"{path}/move", hidden(page) | {"lesson": ["x"]})
    assert re.search("Move 3 lessons", none.text), (
        "nothing that can be read is agreed to: the dates once more"
    )
    assert {at.astimezone(LONDON).hour for at in await starts(admin)} == {10}
