"""The calendar: whose lessons it shows to whom, and that weeks, days and lists hold the same."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from coursecove.scheduling.booking_queries import Whose
from coursecove.scheduling.calendar_pages import Looked, span_of
from tests.conftest import World
from tests.lessons.stage import Piano, set_up
from tests.people.stage import Site, said

Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest_asyncio.fixture
async def piano(admin: Admin, world: World) -> Piano:
    return await set_up(admin, world, "hana", "tomas")


@pytest_asyncio.fixture
async def booked(site: Site, world: World, piano: Piano) -> None:
    for key, teacher, clock in (
        ("isla", "hana", "10:00"),
        ("noah", "tomas", "11:00"),
        ("musicschool_1", "hana", "12:00"),
    ):
        form = piano.form(clock, teacher=world.music.people[teacher].member_id)
        answer = await site.browser(world.music.people[key]).post("/lessons", form)
        assert answer.status_code == 303, said(answer)


async def _shown(site: Site, world: World, key: str, piano: Piano, **more: object) -> list[str]:
    narrowed = "".join(f"&{name}={value}" for name, value in more.items())
    page = await site.browser(world.music.people[key]).get(f"/calendar?day={piano.monday}{narrowed}")
    assert page.status_code == 200, said(page)
    students = ("Isla Bennett", "Noah Adeyemi", "Beatriz", "Ada")
    main = page.text[page.text.index("<main") :]
    return [name for name in students if name in main]


async def test_everybody_sees_their_own_week(site: Site, world: World, piano: Piano, booked: None) -> None:
    assert await _shown(site, world, "amara", piano) == ["Isla Bennett", "Noah Adeyemi", "Ada"]
    assert await _shown(site, world, "hana", piano) == ["Isla Bennett", "Ada"]
    assert await _shown(site, world, "hana", piano, teacher="all") == ["Isla Bennett", "Noah Adeyemi", "Ada"]
    assert await _shown(site, world, "priya", piano) == ["Isla Bennett", "Noah Adeyemi"]
    isla = await site.browser(world.music.people["isla"]).get(f"/calendar?day={piano.monday}")
    assert "Hana Sato" in isla.text
    assert "Noah" not in isla.text


async def test_a_students_calendar_is_theirs_whatever_the_address_says(
    site: Site, world: World, piano: Piano, booked: None
) -> None:
    teacher = world.music.people["tomas"].member_id
    assert await _shown(site, world, "grant", piano, teacher=teacher, room=piano.rooms[0]) == []


async def test_a_teachers_and_a_rooms_calendar(site: Site, world: World, piano: Piano, booked: None) -> None:
    tomas = world.music.people["tomas"].member_id
    assert await _shown(site, world, "amara", piano, teacher=tomas) == ["Noah Adeyemi"]
    first, second = [
        await _shown(site, world, "amara", piano, teacher="all", room=room) for room in piano.rooms
    ]
    assert sorted(first + second) == ["Ada", "Isla Bennett", "Noah Adeyemi"]


async def test_a_day_and_a_list_hold_what_the_week_holds(
    site: Site, world: World, piano: Piano, booked: None
) -> None:
    for view in ("day", "week", "list", "month", "nonsense"):
        assert len(await _shown(site, world, "amara", piano, view=view)) == 3, view


async def test_a_month_counts_each_day_and_names_the_first(
    site: Site, world: World, piano: Piano, booked: None
) -> None:
    isla, owner = site.browser(world.music.people["isla"]), site.browser(world.music.people["amara"])
    for clock in ("09:00", "14:00"):
        form = piano.form(clock, teacher=world.music.people["hana"].member_id)
        assert (await isla.post("/lessons", form)).status_code == 303
    address = f"/calendar?view=month&day={piano.monday}"
    page = await owner.get(address)
    assert page.status_code == 200, said(page)
    main = page.text[page.text.index("<main") :]
    assert main.count('href="/lessons/0') == 3
    assert "2 more" in main
    assert "5 lessons" in main
    own = await isla.get(address)
    assert own.text[own.text.index("<main") :].count('href="/lessons/0') == 3
    assert "3 lessons" in own.text
    noah = await site.browser(world.music.people["grant"]).get(address)
    assert "No lessons in these days" in noah.text


@pytest.mark.parametrize(
    ("month", "before", "after", "cells"),
    [
        ("2026-02-14", "2026-01-01", "2026-03-01", 35),
        ("2027-02-01", "2027-01-01", "2027-03-01", 28),
        ("2026-12-31", "2026-11-01", "2027-01-01", 35),
        ("2026-08-01", "2026-07-01", "2026-09-01", 42),
    ],
)
def test_a_month_fills_its_weeks_and_has_neighbours(month: str, before: str, after: str, cells: int) -> None:
    day = date.fromisoformat(month)
    first, length = span_of("month", day)
    zone, whose = ZoneInfo("Pacific/Apia"), Whose(family=True)
    looked = Looked("month", first, length, day.replace(day=1), zone, day, whose, {})
    assert [each.isoformat() for each in looked.neighbours()] == [before, after]
    assert len(looked.days) == cells
    assert looked.days[0].weekday() == 0
    assert looked.days[-1].weekday() == 6
    assert looked.days[0] <= day <= looked.days[-1]
