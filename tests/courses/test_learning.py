"""A student on their way through a course: what is open, what is done, where they left off, who sees it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from coursecove.accounts.roles import Role
from tests.conftest import Someone, World
from tests.courses.classroom import Classroom, classroom
from tests.courses.test_enrolling import ENROL
from tests.people.stage import Site, has, said

LINKED = """
    insert into guardianships (organization_id, id, guardian_id, student_id) values ($1, gen_random_uuid(), $2, $3)
    on conflict do nothing"""
Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
def isla(world: World) -> Someone:
    return world.music.people["isla"]


@pytest_asyncio.fixture
async def room(admin: Admin, world: World, isla: Someone) -> Classroom:
    """The course, with Isla in it."""
    made = await classroom(admin, world.music, world.music.people["hana"])
    await admin.fetchval(ENROL, made.school.id, made.course, isla.member_id, "active")
    return made


async def test_a_student_learns_and_goes_on_where_they_left_off(
    site: Site, room: Classroom, isla: Someone
) -> None:
    student = site.browser(isla)
    assert has((await student.get("/learning")).text, f'href="{room.lesson(0)}"')
    page = await student.get(room.lesson(0))
    assert has(page.text, "<h2>Posture</h2>"), said(page)
    assert has(page.text, "Lesson 1 of 4")
    page = await student.follow(room.lesson(0, "completion"), {"following": str(room.lessons[1])})
    assert has(page.text, "What <em>second</em> says")
    await student.follow(room.lesson(2, "opening"))
    page = await student.get("/learning")
    assert has(page.text, "1 of 4 lessons done")
    assert has(page.text, f'href="{room.lesson(2)}"')
    undone = await student.follow(room.lesson(0, "reopening"))
    assert has(undone.text, "Not done any more.")
    assert has((await student.get("/learning")).text, "0 of 4 lessons done")


async def test_a_finished_course_says_so_and_tells_once(
    site: Site, room: Classroom, isla: Someone, admin: Admin
) -> None:
    student = site.browser(isla)
    for number in range(4):
        page = await student.follow(room.lesson(number, "completion"))
    assert has(page.text, "4 of 4 lessons done")
    assert has(page.text, "Finished")
    await student.follow(room.lesson(3, "reopening"))
    await student.follow(room.lesson(3, "completion"))
    told = await admin.fetch("select name from events where name like '%finished'")
    assert [row["name"] for row in told].count("courses/course.finished") <= 1, told


async def test_a_guardian_sees_how_far_their_child_is_and_reads_no_lesson(
    site: Site, room: Classroom, world: World, isla: Someone, admin: Admin
) -> None:
    await site.browser(isla).follow(room.lesson(0, "completion"))
    guardian = world.music.people["priya"]
    await admin.execute(LINKED, isla.school.id, guardian.member_id, isla.member_id)
    page = await site.browser(guardian).get("/learning")
    assert has(page.text, "1 of 4 lessons done"), said(page)
    assert has(page.text, "Isla Bennett")
    assert not has((await site.browser(guardian).get(room.lesson(0))).text, "What <em>first</em> says")
    assert (await site.browser(guardian).post(room.lesson(1, "completion"))).status_code == 403


async def test_strangers_of_another_school_see_nothing(
    site: Site, room: Classroom, world: World, isla: Someone
) -> None:
    for role in Role:
        visitor = site.browser(world.yoga.one(role))
        assert (await visitor.get(room.home)).status_code == 404
        assert (await visitor.get(room.lesson(0))).status_code == 404
    stranger = site.browser(world.yoga.one(Role.STUDENT))
    assert (await stranger.post(room.lesson(0, "completion"))).status_code == 404
    assert (await stranger.post(room.lesson(0, "note"), {"note": "x", "version": "0"})).status_code == 404


async def test_whoever_is_not_enrolled_sees_the_outline_and_the_previews(
    site: Site, room: Classroom, world: World, admin: Admin
) -> None:
    await admin.execute("update course_lessons set is_preview = true where id = $1", room.lessons[0])
    noah = site.browser(world.music.people["noah"])
    page = await noah.get(room.home)
    assert has(page.text, "Posture second")
    assert has(page.text, "For students who are enrolled in this course.")
    assert has((await noah.get(room.lesson(0))).text, "What <em>first</em> says")
    closed = await noah.get(room.lesson(1))
    assert has(closed.text, "This lesson is closed")
    assert not has(closed.text, "What <em>second</em> says")
    assert (await noah.post(room.lesson(0, "completion"))).status_code == 404


async def test_a_module_opens_in_its_time_and_says_when(
    site: Site, room: Classroom, isla: Someone, admin: Admin
) -> None:
    student, opens = site.browser(isla), datetime.now(UTC) + timedelta(days=3)
    change = "update course_modules set release_at = $2, release_after_days = $3 where id = $1"
    await admin.execute(change, room.modules[1], opens, None)
    page = await student.get(room.home)
    assert has(page.text, "Opens on"), said(page)
    assert not has(page.text, f'href="{room.lesson(2)}"')
    assert not has((await student.get(room.lesson(2))).text, "What <em>first</em> says")
    assert (await student.post(room.lesson(2, "completion"))).status_code == 404
    await admin.execute(change, room.modules[1], None, 5)
    assert has((await student.get(room.lesson(2))).text, "It opens on")
    await admin.execute("update enrolments set started_at = now() - interval '6 days'")
    assert has((await student.get(room.lesson(2))).text, "What <em>first</em> says")
    await student.follow(room.lesson(2, "opening"))
    await admin.execute(change, room.modules[1], opens, None)
    assert has((await student.get(room.lesson(2))).text, "What <em>first</em> says"), (
        "what was opened stays open"
    )
    assert not has((await student.get(room.lesson(3))).text, "What <em>second</em> says")


async def test_a_course_waits_for_the_one_that_comes_first(
    site: Site, room: Classroom, isla: Someone, world: World, admin: Admin
) -> None:
    first = await classroom(admin, world.music, world.music.people["hana"], "Reading notes")
    await admin.fetchval(ENROL, first.school.id, first.course, isla.member_id, "active")
    await admin.execute(
        "insert into course_prerequisites (organization_id, id, course_id, required_id) values ($1, gen_random_uuid(), $2, $3)",
        room.school.id,
        room.course,
        first.course,
    )
    student = site.browser(isla)
    assert has((await student.get(room.lesson(0))).text, "Finish “Reading notes” first.")
    assert (await student.post(room.lesson(0, "completion"))).status_code == 404
    for number in range(4):
        await student.follow(first.lesson(number, "completion"))
    assert has((await student.get(room.lesson(0))).text, "What <em>first</em> says")


async def test_a_learner_keeps_the_version_that_they_began(
    site: Site, room: Classroom, isla: Someone, admin: Admin
) -> None:
    student = site.browser(isla)
    await student.follow(room.lesson(0, "opening"), {"version": str(room.versions[0])})
    newer = await admin.fetchval(
        "insert into lesson_versions (organization_id, id, course_id, lesson_id, number, content)"
        " values ($1, gen_random_uuid(), $2, $3, 2, 'Said better.') returning id",
        room.school.id,
        room.course,
        room.lessons[0],
    )
    await admin.execute(
        "update course_lessons set current_version_id = $2 where id = $1", room.lessons[0], newer
    )
    page = await student.get(room.lesson(0))
    assert has(page.text, "What <em>first</em> says")
    assert has(page.text, "There is a newer version")
    assert has((await student.get(room.lesson(0) + "?version=newest")).text, "Said better.")
    await student.follow(room.lesson(0, "completion"))
    assert has((await student.get(room.lesson(0))).text, "Said better.")


async def test_a_note_is_the_learner_s_own_and_is_never_lost(
    site: Site, room: Classroom, isla: Someone, world: World
) -> None:
    student = site.browser(isla)
    page = await student.follow(room.lesson(0, "note"), {"note": "Elbows!", "version": "0"})
    assert has(page.text, "Elbows!")
    assert not has((await site.browser(world.music.people["hana"]).get(room.lesson(0))).text, "Elbows!")
    stale = await student.post(room.lesson(0, "note"), {"note": "Wrists!", "version": "0"})
    assert stale.status_code == 409
    assert has(stale.text, "Wrists!")
    assert has(stale.text, "Elbows!")
    too_long = await student.post(room.lesson(0, "note"), {"note": "x" * 10_001, "version": "1"})
    assert too_long.status_code == 422
    gone = await student.follow(room.lesson(0, "note"), {"note": "", "version": "1"})
    assert not has(gone.text, "Elbows!")


async def test_players_of_the_list_are_let_in_on_lessons_and_nowhere_else(
    site: Site, room: Classroom, isla: Someone
) -> None:
    student = site.browser(isla)
    policy = (await student.get(room.lesson(0))).headers["content-security-policy"]
    assert (
        "frame-src https://www.youtube-nocookie.com https://player.vimeo.com https://w.soundcloud.com"
        in policy
    )
    assert "frame-src" not in (await student.get(room.home)).headers["content-security-policy"]
    assert re.search(r"script-src 'nonce-[^']+' 'strict-dynamic'", policy)


async def test_a_teacher_sees_the_course_as_a_student_does(
    site: Site, room: Classroom, world: World, admin: Admin
) -> None:
    await admin.execute("update course_modules set release_at = now() + interval '1 day'")
    teacher = site.browser(world.music.people["hana"])
    assert has((await teacher.get(room.home)).text, "You see this as a student does")
    page = await teacher.get(room.lesson(2))
    assert has(page.text, "What <em>first</em> says")
    assert not has(page.text, "Keep the note")
