"""Progress follows from what learners did, and from nothing else."""

import asyncio
import random
from uuid import UUID

import asyncpg
import pytest_asyncio

from coursecove.kit.db import Database
from tests.conftest import Someone, World
from tests.courses.classroom import Classroom, classroom
from tests.courses.test_enrolling import ENROL
from tests.people.stage import Site, has, said

Admin = "asyncpg.Connection[asyncpg.Record]"
PROGRESS = """
    select member_id, lesson_id, course_id, opened_at, last_at, completed_at, version_id from lesson_progress
     order by member_id, lesson_id"""
REBUILD = "select app.rebuild_progress($1)"
EVENT = """
    insert into learning_events (organization_id, id, course_id, lesson_id, member_id, kind)
    values ($1, app.new_id(), $2, $3, $4, $5)"""


@pytest_asyncio.fixture
async def room(admin: Admin, world: World) -> Classroom:
    made = await classroom(admin, world.music, world.music.people["hana"])
    for name in ("isla", "noah"):
        await admin.fetchval(ENROL, made.school.id, made.course, world.music.people[name].member_id, "active")
    return made


async def _learn(admin: Admin, room: Classroom, learners: list[UUID], amount: int) -> None:
    chance = random.Random(7)  # noqa: S311 - the same course of things in every run
    for _ in range(amount):
        kind = chance.choice(("opened", "completed", "completed", "reopened"))
        given = (chance.choice(room.lessons), chance.choice(learners), kind)
        await admin.execute(EVENT, room.school.id, room.course, *given)


async def test_what_is_rebuilt_from_the_events_equals_what_is_there(
    admin: Admin, room: Classroom, world: World, database: Database
) -> None:
    learners = [world.music.people[name].member_id for name in ("isla", "noah")]
    await _learn(admin, room, learners, 120)
    live = await admin.fetch(PROGRESS)
    assert len(live) == 8
    await admin.execute("update lesson_progress set completed_at = null, last_at = '2000-01-01'")
    async with database.service(room.school.id) as db:
        assert await db.value(REBUILD, room.school.id) == 8
    assert await admin.fetch(PROGRESS) == live


async def test_the_last_word_of_a_learner_counts(admin: Admin, room: Classroom, world: World) -> None:
    learner = world.music.people["isla"].member_id
    expected = {"opened": False, "completed": True, "reopened": False}
    for kind in ("opened", "completed", "opened", "reopened", "completed"):
        await admin.execute(EVENT, room.school.id, room.course, room.lessons[0], learner, kind)
        done = await admin.fetchval("select completed_at is not null from lesson_progress")
        assert done == (expected[kind] if kind != "opened" else done)
    assert done


async def test_two_windows_at_once_leave_one_line_that_is_right(
    admin: Admin, room: Classroom, world: World, site: Site
) -> None:
    student = site.browser(world.music.people["isla"])
    answers = await asyncio.gather(*(student.post(room.lesson(0, "completion")) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {303}
    assert await admin.fetchval("select count(*) from lesson_progress") == 1
    assert await admin.fetchval("select count(*) from learning_events") == 8
    assert await admin.fetchval("select completed_at is not null from lesson_progress")


async def test_events_are_never_changed(
    admin: Admin, room: Classroom, world: World, database: Database
) -> None:
    await admin.execute(
        EVENT, room.school.id, room.course, room.lessons[0], world.music.people["isla"].member_id, "opened"
    )
    isla: Someone = world.music.people["isla"]
    for statement in ("update learning_events set kind = 'completed'", "delete from learning_events"):
        for opened in (database.write(isla.claims), database.service(room.school.id)):
            try:
                async with opened as db:
                    await (await db.connection()).execute(statement)
            except asyncpg.InsufficientPrivilegeError:
                continue
            raise AssertionError(statement)


async def test_a_teacher_sees_who_has_done_what(site: Site, room: Classroom, world: World) -> None:
    isla = site.browser(world.music.people["isla"])
    await isla.follow(room.lesson(0, "completion"))
    await isla.follow(room.lesson(1, "opening"))
    teacher = site.browser(world.music.people["hana"])
    page = await teacher.get(f"/courses/{room.course}/progress")
    assert has(page.text, "1 of 4"), said(page)
    assert page.text.count(">done<") == 1
    assert page.text.count(">begun<") == 1
    other = await teacher.get(f"/courses/{room.course}/progress?module={room.modules[1]}")
    assert has(other.text, "Scales second")
    assert other.text.count(">begun<") == 0
