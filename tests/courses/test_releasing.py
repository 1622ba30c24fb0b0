"""A teacher decides what opens when, and what comes first."""

from itertools import pairwise

import pytest
import pytest_asyncio

from tests.conftest import World
from tests.courses.classroom import Classroom, classroom
from tests.people.stage import Site, Visitor, has, said

Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest_asyncio.fixture
async def room(admin: Admin, world: World) -> Classroom:
    return await classroom(admin, world.music, world.music.people["hana"])


@pytest.fixture
def teacher(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["hana"])


async def test_a_module_opens_with_a_day_in_the_teacher_s_zone(
    teacher: Visitor, room: Classroom, admin: Admin
) -> None:
    path = f"/courses/modules/{room.modules[0]}/release"
    page = await teacher.follow(path, {"date": "2030-03-01", "days": "7", "version": "1"})
    assert has(page.text, 'value="2030-03-01"'), said(page)
    found = await admin.fetchrow(
        "select release_at, release_after_days from course_modules where id = $1", room.modules[0]
    )
    assert (found["release_at"].date().isoformat(), found["release_after_days"]) in (
        ("2030-03-01", 7),
        ("2030-02-28", 7),
    )


async def test_a_mistake_and_a_meanwhile_changed_module_keep_what_was_entered(
    teacher: Visitor, room: Classroom
) -> None:
    path = f"/courses/modules/{room.modules[0]}/release"
    wrong = await teacher.post(path, {"date": "tomorrow", "days": "soon", "version": "1"})
    assert wrong.status_code == 422
    assert has(wrong.text, 'value="soon"')
    await teacher.follow(path, {"date": "", "days": "3", "version": "1"})
    stale = await teacher.post(path, {"date": "2031-01-01", "days": "", "version": "1"})
    assert stale.status_code == 409
    assert has(stale.text, 'value="2031-01-01"')


async def test_courses_do_not_wait_for_each_other_in_a_circle(
    teacher: Visitor, room: Classroom, admin: Admin, world: World
) -> None:
    others = [await classroom(admin, world.music, world.music.people["hana"], f"Part {n}") for n in (2, 3)]
    chain = [room.course, *(other.course for other in others)]
    for course, required in pairwise(chain):
        page = await teacher.follow(f"/courses/{course}/prerequisites", {"required": str(required)})
        assert has(page.text, "Saved."), said(page)
    for course, required in ((chain[2], chain[0]), (chain[1], chain[0]), (chain[0], chain[0])):
        circle = await teacher.post(f"/courses/{course}/prerequisites", {"required": str(required)})
        assert circle.status_code == 409, said(circle)
    row = await admin.fetchval("select id from course_prerequisites where course_id = $1", chain[0])
    page = await teacher.follow(f"/courses/prerequisites/{row}/removal")
    assert has(page.text, "It does not wait for that course any more.")
