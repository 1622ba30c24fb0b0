"""Certificates: who gets one and when, what it says, taking it back, and that anybody can verify it."""

import asyncio
import re
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from coursecove.accounts.roles import Role
from coursecove.courses.certificate_actions import read_code, spaced
from coursecove.courses.certificate_pdf import printable
from tests.conftest import Someone, World
from tests.courses.classroom import Classroom, classroom
from tests.courses.test_enrolling import ENROL
from tests.courses.test_learning import LINKED
from tests.people.stage import Site, Visitor, has, said

Admin = "asyncpg.Connection[asyncpg.Record]"
GIVEN = (
    "select id, member_id, learner, course, school, code from certificates where course_id = $1 order by id"
)
LETTERS = "select recipient, subject, text_body as text from mail_messages where subject like 'Finished:%' order by recipient"


@pytest.fixture
def teacher(world: World) -> Someone:
    return world.music.people["hana"]


@pytest.fixture
def isla(world: World) -> Someone:
    return world.music.people["isla"]


@pytest_asyncio.fixture
async def room(admin: Admin, world: World, teacher: Someone) -> Classroom:
    """A course that gives certificates, with two students in it."""
    made = await classroom(admin, world.music, teacher)
    await admin.execute("update courses set gives_certificates = true where id = $1", made.course)
    for name in ("isla", "noah"):
        await admin.fetchval(ENROL, made.school.id, made.course, world.music.people[name].member_id, "active")
    return made


async def finish(visitor: Visitor, room: Classroom, *lessons: int) -> None:
    for number in lessons or range(4):
        answer = await visitor.post(room.lesson(number, "completion"))
        assert answer.status_code == 303, said(answer)


async def looked_up(site: Site, label: str, path: str) -> httpx.Response:
    """What a stranger's browser shows."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(site.app), base_url=site.settings.origin(label))
    site.clients.append(client)
    return await client.get(path)


async def test_whoever_finishes_gets_one_with_a_letter_and_can_show_that_it_is_true(
    site: Site, room: Classroom, isla: Someone, admin: Admin
) -> None:
    student = site.browser(isla)
    await finish(student, room, 0, 1, 2)
    assert await admin.fetch(GIVEN, room.course) == []
    assert has((await student.get(room.home)).text, "You get a certificate once every lesson is done.")
    await finish(student, room, 3)
    await finish(student, room, 3)
    (given,) = await admin.fetch(GIVEN, room.course)
    assert (given["member_id"], given["learner"]) == (isla.member_id, "Isla Bennett")
    page = await student.get(f"/certificates/{given['id']}")
    assert has(page.text, spaced(given["code"])), said(page)
    assert has((await student.get("/certificates")).text, f"/certificates/{given['id']}")
    assert has((await student.get(room.home)).text, "Your certificate")

    stranger = await looked_up(site, room.school.label, f"/verify?code={spaced(given['code']).lower()}")
    assert has(stranger.text, "This certificate is valid"), said(stranger)
    assert has(stranger.text, "Isla Bennett")
    assert stranger.headers["x-robots-tag"] == "noindex"
    await site.work()
    await site.work()
    (letter,) = await admin.fetch(LETTERS)
    address = await admin.fetchval("select email from users where id = $1", isla.user_id)
    assert letter["recipient"] == address
    assert has(letter["text"], f"/certificates/{given['id']}")


async def test_two_last_lessons_finished_at_one_moment_give_one(
    site: Site, room: Classroom, isla: Someone, admin: Admin
) -> None:
    student = site.browser(isla)
    for _ in range(5):
        await admin.execute("delete from certificates where course_id = $1", room.course)
        await admin.execute(
            "update learning_events set kind = 'reopened' where member_id = $1", isla.member_id
        )
        await admin.execute(
            "update lesson_progress set completed_at = null where member_id = $1", isla.member_id
        )
        await finish(student, room, 0, 1)
        await asyncio.gather(finish(student, room, 2), finish(student, room, 3))
        assert len(await admin.fetch(GIVEN, room.course)) == 1


async def test_who_finished_before_gets_one_when_they_begin_to_be_given(
    site: Site, room: Classroom, teacher: Someone, isla: Someone, admin: Admin
) -> None:
    author, path = site.browser(teacher), f"/courses/{room.course}/certificates"
    await author.follow(path, {"gives": ""})
    await finish(site.browser(isla), room)
    assert await admin.fetch(GIVEN, room.course) == []
    assert has((await author.get(path)).text, "This course gives no certificates")
    page = await author.follow(path, {"gives": "1"})
    assert has(page.text, "1 certificate given."), said(page)
    assert has(page.text, "Isla Bennett")
    assert not has(page.text, "Noah Adeyemi")


async def test_whoever_is_done_since_a_lesson_was_taken_out_is_named_and_gets_one(
    site: Site, room: Classroom, teacher: Someone, isla: Someone, admin: Admin
) -> None:
    await finish(site.browser(isla), room, 0, 1, 2)
    await admin.execute("update course_lessons set deleted_at = now() where id = $1", room.lessons[3])
    author, path = site.browser(teacher), f"/courses/{room.course}/certificates"
    assert has((await author.get(path)).text, "1 learner is done and has no certificate")
    page = await author.follow(f"{path}/issue")
    assert has(page.text, "1 certificate given."), said(page)
    assert not has(page.text, "and has no certificate")
    again = await author.follow(f"{path}/issue")
    assert has(again.text, "0 certificates given.")
    assert len(await admin.fetch(GIVEN, room.course)) == 1


async def test_one_is_taken_back_undone_and_written_anew(
    site: Site, room: Classroom, teacher: Someone, isla: Someone, admin: Admin
) -> None:
    await finish(site.browser(isla), room)
    (given,) = await admin.fetch(GIVEN, room.course)
    author, way = site.browser(teacher), f"/certificates/{given['id']}"
    page = await author.follow(f"{way}/revocation")
    assert has(page.text, "This certificate was taken back"), said(page)
    verify = f"/verify?code={given['code']}"
    assert has((await looked_up(site, room.school.label, verify)).text, "not valid any more")
    assert (await author.post(f"{way}/revocation")).status_code == 409
    assert (await author.post(f"{way}/renewal")).status_code == 409
    assert (await author.get(f"{way}/certificate.pdf")).status_code == 409
    undo = re.search(r'action="(/certificates/[^"]+/restoration)"', page.text)
    assert undo is not None
    await author.follow(undo[1])
    await admin.execute(
        "update organization_memberships set display_name = 'Isla B. Bennett' where id = $1", isla.member_id
    )
    await author.follow(f"{way}/renewal")
    (renewed,) = await admin.fetch(GIVEN, room.course)
    assert (renewed["learner"], renewed["code"]) == ("Isla B. Bennett", given["code"])


async def test_the_file_is_a_pdf_that_names_the_learner(
    site: Site, room: Classroom, isla: Someone, admin: Admin
) -> None:
    student = site.browser(isla)
    await finish(student, room)
    (given,) = await admin.fetch(GIVEN, room.course)
    file = await student.get(f"/certificates/{given['id']}/certificate.pdf")
    assert file.headers["content-type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-")
    assert (await student.get(f"/certificates/{given['id']}/certificate.pdf")).content == file.content
    await admin.execute("update certificates set learner = '王小明' where id = $1", given["id"])
    assert not has((await student.get(f"/certificates/{given['id']}")).text, "certificate.pdf")
    assert (await student.get(f"/certificates/{given['id']}/certificate.pdf")).status_code == 409


async def test_nobody_else_sees_one_and_another_school_does_not_know_its_code(
    site: Site, world: World, room: Classroom, isla: Someone, admin: Admin
) -> None:
    people = world.music.people
    await finish(site.browser(isla), room)
    (given,) = await admin.fetch(GIVEN, room.course)
    await admin.execute(LINKED, world.music.id, people["priya"].member_id, isla.member_id)
    way, statuses = f"/certificates/{given['id']}", {}
    for key in ("amara", "hana", "isla", "priya", "noah", "tomas", "grant"):
        statuses[key] = (await site.browser(people[key]).get(way)).status_code
    assert statuses == {
        "amara": 200, "hana": 200, "isla": 200, "priya": 200, "noah": 404, "tomas": 404, "grant": 404,
    }  # fmt: skip
    owner = site.browser(world.yoga.one(Role.SUPER_ADMIN))
    assert (await owner.get(way)).status_code == 404
    assert (await owner.post(f"{way}/revocation")).status_code == 404
    assert (await site.browser(people["tomas"]).post(f"{way}/revocation")).status_code == 404
    assert (await site.browser(isla).post(f"{way}/revocation")).status_code == 403
    verify = f"/verify?code={given['code']}"
    assert (await looked_up(site, world.yoga.label, verify)).status_code == 404
    assert (await looked_up(site, world.music.label, verify)).status_code == 200


async def test_the_certificate_outlives_its_course(
    site: Site, room: Classroom, isla: Someone, admin: Admin
) -> None:
    await finish(site.browser(isla), room)
    (given,) = await admin.fetch(GIVEN, room.course)
    await admin.execute("delete from courses where id = $1", room.course)
    page = await site.browser(isla).get(f"/certificates/{given['id']}")
    assert has(page.text, "Piano from the start"), said(page)
    assert has((await looked_up(site, room.school.label, f"/verify?code={given['code']}")).text, "is valid")


async def test_a_program_reads_them(site: Site, world: World, room: Classroom, isla: Someone) -> None:
    await finish(site.browser(isla), room)
    await finish(site.browser(world.music.people["noah"]), room)
    asked = {"course_id": str(room.course), "limit": 1}
    page = (await site.api(world.music.people["hana"]).get("/certificates", params=asked)).json()
    assert [row["learner"] for row in page["items"]] == ["Noah Adeyemi"]
    assert page["next"]
    own = (await site.api(isla).get("/certificates", params={"course_id": str(room.course)})).json()
    assert [UUID(row["member_id"]) for row in own["items"]] == [isla.member_id]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("7K2M-Q9ZX-04HT", "7K2MQ9ZX04HT"),
        (" 7k2m q9zx o4ht ", "7K2MQ9ZX04HT"),
        ("ILIL-OOOO-0000", "111100000000"),
        ("7K2M-Q9ZX-04H", None),
        ("7K2M-Q9ZX-04HU", None),
        ("", None),
        ("'; drop table", None),
    ],
)
def test_codes_are_read_as_people_write_them(given: str, code: str | None) -> None:
    assert read_code(given) == code


def test_what_the_font_cannot_write_is_left_to_the_browser() -> None:
    assert printable("Zoë Ł. Кирилл Παπά")
    assert not printable("王小明")
    assert not printable("אריאל")
