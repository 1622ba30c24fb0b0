"""What home pages say of lessons and courses, to each of those whom they concern and to nobody else."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest_asyncio

from tests.conftest import World
from tests.lessons.stage import Piano, put_off, set_up
from tests.people.stage import Site, said

Admin = "asyncpg.Connection[asyncpg.Record]"
COURSE = """
    with made as (
      insert into courses (organization_id, id, title, sort_title, status, published_at)
      values ($1, $2, 'Chords for two hands', 'chords for two hands', 'published', now()) returning id),
    part as (
      insert into course_modules (organization_id, id, course_id, title, position)
      select $1, gen_random_uuid(), id, 'One', 1 from made returning id, course_id)
    insert into course_lessons (organization_id, id, course_id, module_id, title, position, status)
    select $1, gen_random_uuid(), course_id, id, 'Lesson ' || n, n, 'published' from part, generate_series(1, 3) n
    returning id"""


@pytest_asyncio.fixture
async def piano(admin: Admin, world: World) -> Piano:
    return await set_up(admin, world, "hana", "tomas")


async def _home(site: Site, world: World, key: str) -> str:
    page = await site.browser(world.music.people[key]).get("/dashboard")
    assert page.status_code == 200, said(page)
    return page.text[page.text.index("<main") :]


async def _book(site: Site, world: World, piano: Piano, clock: str = "10:00") -> str:
    form = piano.form(clock, teacher=world.music.people["hana"].member_id)
    answer = await site.browser(world.music.people["isla"]).post("/lessons", form)
    assert answer.status_code == 303, said(answer)
    return str(answer.headers["location"]).partition("?")[0]


async def test_a_lesson_is_on_the_home_of_those_whom_it_concerns(
    site: Site, world: World, piano: Piano
) -> None:
    lesson = await _book(site, world, piano)
    for key in ("isla", "priya", "hana", "amara"):
        assert f'href="{lesson}"' in await _home(site, world, key), key
    for key in ("noah", "grant", "tomas"):
        assert lesson not in await _home(site, world, key), key


async def test_one_that_was_cancelled_or_is_over_is_not(
    site: Site, world: World, piano: Piano, admin: Admin
) -> None:
    cancelled, over = await _book(site, world, piano), await _book(site, world, piano, "12:00")
    await site.browser(world.music.people["isla"]).post(f"{cancelled}/cancellation", {"version": "1"})
    await put_off(admin, over, datetime.now(UTC) - timedelta(days=1))
    for key in ("isla", "priya", "amara"):
        home = await _home(site, world, key)
        assert cancelled not in home, key
        assert over not in home, key


async def test_a_teacher_is_asked_who_was_there_until_it_is_said(
    site: Site, world: World, piano: Piano, admin: Admin
) -> None:
    lesson = await _book(site, world, piano)
    assert "Who was there?" not in await _home(site, world, "hana")
    await put_off(admin, lesson, datetime.now(UTC) - timedelta(days=1))
    home = await _home(site, world, "hana")
    assert "Who was there?" in home
    assert lesson in home
    answer = await site.browser(world.music.people["hana"]).post(
        f"{lesson}/attendance", {"status": "present"}
    )
    assert answer.status_code == 303, said(answer)
    assert "Who was there?" not in await _home(site, world, "hana")


async def test_a_student_sees_how_far_they_are(site: Site, world: World, admin: Admin) -> None:
    school, isla, course = world.music.id, world.music.people["isla"].member_id, uuid4()
    assert "Chords for two hands" not in await _home(site, world, "isla")
    lesson = await admin.fetchval(COURSE, school, course)
    await admin.execute(
        "insert into enrolments (organization_id, id, course_id, member_id) values ($1, gen_random_uuid(), $2, $3)",
        school,
        course,
        isla,
    )
    await admin.execute(
        "insert into learning_events (organization_id, id, course_id, lesson_id, member_id, kind)"
        " values ($1, gen_random_uuid(), $2, $3, $4, 'completed')",
        school,
        course,
        lesson,
        isla,
    )
    home = await _home(site, world, "isla")
    assert f'href="/learning/{course}"' in home
    assert "1 of 3 lessons done" in home
    assert "Chords for two hands" not in await _home(site, world, "noah")
