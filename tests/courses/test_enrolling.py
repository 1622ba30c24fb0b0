"""Coming into courses and leaving them: by hand, by link, with a place or in line for one."""

import asyncio
import re
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from coursecove.accounts.roles import Role
from tests.conftest import Someone, World
from tests.courses.classroom import Classroom, classroom
from tests.people.stage import Site, Visitor, has, said

Admin = "asyncpg.Connection[asyncpg.Record]"
ENROL = """
    insert into enrolments (organization_id, id, course_id, member_id, status)
    values ($1, gen_random_uuid(), $2, $3, $4) returning status"""


@pytest.fixture
def teacher(world: World) -> Someone:
    return world.music.people["hana"]


@pytest.fixture
def isla(world: World) -> Someone:
    return world.music.people["isla"]


@pytest_asyncio.fixture
async def room(admin: Admin, world: World, teacher: Someone) -> Classroom:
    return await classroom(admin, world.music, teacher)


async def standings(admin: Admin, room: Classroom) -> list[str]:
    found = await admin.fetch("select status from enrolments where course_id = $1 order by id", room.course)
    return [row["status"] for row in found]


async def test_a_teacher_enrols_students_and_removes_one_and_undoes_it(
    site: Site, room: Classroom, teacher: Someone, isla: Someone, admin: Admin
) -> None:
    visitor = site.browser(teacher)
    found = await visitor.get(f"{room.learners}/new?q=isla")
    assert has(found.text, "Isla Bennett")
    page = await visitor.follow(room.learners, {"member": str(isla.member_id)})
    assert has(page.text, "1 student enrolled."), said(page)
    assert has(page.text, "Isla Bennett")
    assert not has((await visitor.get(f"{room.learners}/new?q=isla")).text, "Isla Bennett")
    enrolment = await admin.fetchval("select id from enrolments where course_id = $1", room.course)
    page = await visitor.follow(f"/courses/enrolments/{enrolment}/removal")
    assert not has(page.text, "Isla Bennett")
    undo = re.search(r'action="(/courses/enrolments/[^"]+/restoration)"', page.text)
    assert undo is not None, said(page)
    assert has((await visitor.follow(undo[1])).text, "Isla Bennett")


async def test_whoever_comes_after_the_last_place_waits_and_moves_up(
    site: Site, room: Classroom, teacher: Someone, world: World, admin: Admin
) -> None:
    visitor = site.browser(teacher)
    assert has((await visitor.follow(f"/courses/{room.course}/seats", {"seats": "1"})).text, "Saved.")
    students = [person for person in world.music.people.values() if person.role == Role.STUDENT][:3]
    page = await visitor.follow(room.learners, {"member": [str(each.member_id) for each in students]})
    assert has(page.text, "2 wait for a place."), said(page)
    assert sorted(await standings(admin, room)) == ["active", "waiting", "waiting"]
    enrolment = await admin.fetchval("select id from enrolments where status = 'active'")
    first = await admin.fetchval(
        "select id from enrolments where status = 'waiting' order by waiting_since limit 1"
    )
    await visitor.follow(f"/courses/enrolments/{enrolment}/removal")
    assert await admin.fetchval("select status from enrolments where id = $1", first) == "active"
    page = await visitor.follow(f"/courses/enrolments/{enrolment}/restoration")
    assert has(page.text, "Their place was given away")
    await visitor.follow(f"/courses/{room.course}/seats", {"seats": ""})
    assert await standings(admin, room) == ["active"] * 3


async def test_the_last_place_goes_to_one_however_many_come_at_once(
    room: Classroom, world: World, admin: Admin, url: str
) -> None:
    await admin.execute("update courses set seats = 2 where id = $1", room.course)
    students = [person for person in world.music.people.values() if person.role == Role.STUDENT]

    async def come(student: Someone) -> None:
        connection = await asyncpg.connect(url)
        await connection.fetchval(ENROL, room.school.id, room.course, student.member_id, "active")
        await connection.close()

    await asyncio.gather(*(come(student) for student in students))
    found = await standings(admin, room)
    assert len(students) > 2
    assert found.count("active") == 2
    assert found.count("waiting") == len(students) - 2


async def make_link(visitor: Visitor, room: Classroom, **form: str) -> str:
    answer = await visitor.post(f"/courses/{room.course}/links", {"name": "For the flyer", **form})
    assert answer.status_code == 200, said(answer)
    made = re.search(r'value="https?://[^"/]+(/learning/joining\?link=[^"]+)"', answer.text)
    assert made is not None, said(answer)
    return made[1]


async def test_a_link_lets_students_in_until_it_is_used_up_or_taken_back(
    site: Site, room: Classroom, teacher: Someone, world: World, admin: Admin
) -> None:
    visitor = site.browser(teacher)
    link = await make_link(visitor, room, uses="1")
    isla, noah = site.browser(world.music.people["isla"]), site.browser(world.music.people["noah"])
    assert has((await isla.get(link)).text, "Take part")
    page = await isla.follow("/learning/joining", {"link": link.partition("=")[2]})
    assert has(page.text, "You are in."), said(page)
    assert has((await isla.get(link)).text, "does not work any more") or has(
        (await isla.get(link)).text, "You are in this course already."
    )
    answer = await noah.post("/learning/joining", {"link": link.partition("=")[2]})
    assert answer.status_code == 410
    assert await admin.fetchval("select uses from enrolment_links") == 1
    another = await make_link(visitor, room)
    row = await admin.fetchval("select id from enrolment_links order by id desc limit 1")
    await visitor.follow(f"/courses/links/{row}/revocation")
    assert (await noah.post("/learning/joining", {"link": another.partition("=")[2]})).status_code == 410


async def test_a_link_with_approval_asks_first(
    site: Site, room: Classroom, teacher: Someone, isla: Someone, admin: Admin
) -> None:
    visitor, student = site.browser(teacher), site.browser(isla)
    link = await make_link(visitor, room, approval="1")
    page = await student.follow("/learning/joining", {"link": link.partition("=")[2]})
    assert has(page.text, "Asked. Your teacher lets you in.")
    assert (await student.get(room.lesson(0))).status_code == 200
    assert not has((await student.get(room.lesson(0))).text, "What <em>first</em> says")
    assert has((await visitor.get(f"{room.learners}?status=requested")).text, "Isla Bennett")
    enrolment = await admin.fetchval("select id from enrolments where course_id = $1", room.course)
    await visitor.follow(f"/courses/enrolments/{enrolment}/approval")
    assert has((await student.get(room.lesson(0))).text, "What <em>first</em> says")


async def test_a_link_that_has_ended_and_one_that_never_was_look_alike(
    site: Site, room: Classroom, teacher: Someone, isla: Someone, admin: Admin
) -> None:
    link = await make_link(site.browser(teacher), room)
    await admin.execute("update enrolment_links set expires_at = now() - interval '1 minute'")
    student = site.browser(isla)
    pages = [await student.get(address) for address in (link, "/learning/joining?link=nothing")]
    assert [page.status_code for page in pages] == [200, 200]
    assert all(has(page.text, "does not work any more") for page in pages)


async def test_a_removed_student_does_not_come_back_by_a_link(
    site: Site, room: Classroom, teacher: Someone, isla: Someone, admin: Admin
) -> None:
    link = await make_link(site.browser(teacher), room)
    await admin.fetchval(ENROL, room.school.id, room.course, isla.member_id, "removed")
    answer = await site.browser(isla).post("/learning/joining", {"link": link.partition("=")[2]})
    assert answer.status_code == 410


async def test_a_learner_leaves_and_their_place_goes_on(
    site: Site, room: Classroom, world: World, isla: Someone, admin: Admin
) -> None:
    await admin.execute("update courses set seats = 1 where id = $1", room.course)
    for name in ("isla", "noah"):
        member = world.music.people[name].member_id
        await admin.fetchval(ENROL, room.school.id, room.course, member, "active")
    page = await site.browser(isla).follow(f"{room.home}/ending")
    assert has(page.text, "You left the course.")
    assert not has(page.text, "Piano from the start")
    found = dict(await admin.fetch("select member_id, status from enrolments"))
    assert found == {isla.member_id: "ended", world.music.people["noah"].member_id: "active"}


async def test_who_does_not_teach_the_course_decides_nothing_about_it(
    site: Site, room: Classroom, world: World, isla: Someone, admin: Admin
) -> None:
    enrolment = await _enrolled(admin, room, isla)
    others = (world.music.people["tomas"], world.yoga.one(Role.SUPER_ADMIN), world.yoga.one(Role.TEACHER))
    for other in others:
        visitor = site.browser(other)
        assert (await visitor.get(room.learners)).status_code == 404
        assert (await visitor.get(f"/courses/{room.course}/progress")).status_code == 404
        assert (await visitor.post(room.learners, {"member": str(isla.member_id)})).status_code == 404
        assert (await visitor.post(f"/courses/enrolments/{enrolment}/removal")).status_code == 404
        assert (await visitor.post(f"/courses/{room.course}/seats", {"seats": "1"})).status_code == 404
    assert (await site.browser(isla).get(room.learners)).status_code == 403
    assert (await site.browser(world.music.one(Role.SUPER_ADMIN)).get(room.learners)).status_code == 200


async def _enrolled(admin: Admin, room: Classroom, student: Someone) -> object:
    await admin.fetchval(ENROL, room.school.id, room.course, student.member_id, "active")
    return await admin.fetchval("select id from enrolments where member_id = $1", student.member_id)


async def test_only_students_are_enrolled(
    site: Site, room: Classroom, teacher: Someone, world: World
) -> None:
    for member in (world.music.one(Role.GUARDIAN).member_id, world.yoga.one(Role.STUDENT).member_id, uuid4()):
        answer = await site.browser(teacher).post(room.learners, {"member": str(member)})
        assert answer.status_code == 422, said(answer)
