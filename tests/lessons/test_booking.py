"""Lessons: found, booked, moved, cancelled, and who was there; through the pages, by everybody concerned."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from coursecove.accounts.roles import Role
from coursecove.kit.db import Database
from tests.conftest import Server, Someone, World
from tests.lessons.stage import Piano, overlaps, put_off, set_up
from tests.people.stage import Site, Visitor, said

Admin = "asyncpg.Connection[asyncpg.Record]"
SLOT = re.compile(r'href="([^"]*&amp;at=[^"]+)"')


@pytest_asyncio.fixture
async def piano(admin: Admin, world: World) -> Piano:
    return await set_up(admin, world)


@pytest.fixture
def isla(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["isla"])


@pytest.fixture
def hana(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["hana"])


@pytest.fixture
def priya(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["priya"])


async def booked(visitor: Visitor, form: dict[str, str]) -> str:
    answer = await visitor.post("/lessons", form)
    assert answer.status_code == 303, (answer.status_code, said(answer))
    location: str = answer.headers["location"]
    return location


async def test_a_student_finds_a_time_and_books_it(isla: Visitor, piano: Piano) -> None:
    what = await isla.get("/lessons/book")
    assert "Piano lesson" in what.text
    week = await isla.get(f"/lessons/book?type={piano.type_id}&from={piano.monday}")
    links = [link.replace("&amp;", "&") for link in SLOT.findall(week.text)]
    assert len(links) == 5 * 30
    confirm = await isla.get(links[0])
    assert "Book this lesson?" in confirm.text
    assert "freely until" in confirm.text
    page = await isla.follow("/lessons", piano.form("09:00"))
    assert "The lesson is booked" in page.text
    assert "Hana Sato" in page.text
    assert "Room 1" in page.text
    mine = await isla.get("/lessons")
    assert "Piano lesson" in mine.text
    again = await isla.get(f"/lessons/book?type={piano.type_id}&from={piano.monday}")
    free = [link for link in SLOT.findall(again.text) if str(piano.monday) in link]
    assert len(free) == 30 - 4, "45 minutes and a quarter of an hour after them are taken"


async def test_the_second_is_told_clearly_and_shown_the_nearest_times(
    site: Site, isla: Visitor, world: World, piano: Piano, admin: Admin
) -> None:
    await booked(isla, piano.form("10:00"))
    noah = site.browser(world.music.people["noah"])
    refused = await noah.post("/lessons", piano.form("10:00"))
    assert refused.status_code == 409
    assert "Somebody else took this time a moment ago" in refused.text
    assert "Free nearby" in refused.text
    assert len(set(SLOT.findall(refused.text))) >= 3
    assert await admin.fetchval("select count(*) from bookings") == 1


@pytest_asyncio.fixture
async def patient(url: str, server: Server) -> AsyncIterator[Site]:
    """A site whose visitors wait as long as it takes until a connection is free, on a machine of any speed."""
    config = replace(server.settings.database_config(url), connections=8, connect_timeout=120)
    database = await Database.open(config)
    made = Site(server.settings, database)
    yield made
    await made.close()
    await database.close()


async def test_of_a_hundred_who_want_one_time_one_gets_it(
    patient: Site, world: World, piano: Piano, admin: Admin
) -> None:
    students = [each for each in world.music.people.values() if each.role == Role.STUDENT]
    visitors = [patient.browser(each) for each in (students * 3)[:100]]
    answers = await asyncio.gather(*(each.post("/lessons", piano.form("11:00")) for each in visitors))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(303), statuses.count(409)) == (1, 99), sorted(set(statuses))
    winner = next(n for n, status in enumerate(statuses) if status == 303) % len(students)
    for number, answer in enumerate(answers):
        if answer.status_code == 409:
            own = number % len(students) == winner
            words = "another lesson at that time" if own else "Somebody else took this time"
            assert words in answer.text, said(answer)
    assert await admin.fetchval("select count(*) from bookings") == 1


async def test_a_student_is_not_at_two_places(isla: Visitor, admin: Admin, world: World) -> None:
    piano = await set_up(admin, world, "hana", "tomas")
    await booked(isla, piano.form("10:00"))
    refused = await isla.post("/lessons", piano.form("10:15", teacher=world.music.people["tomas"].member_id))
    assert refused.status_code == 409
    assert "another lesson at that time" in refused.text


async def test_a_time_outside_the_hours_is_not_booked(isla: Visitor, piano: Piano) -> None:
    for clock in ("08:45", "16:30", "10:07"):
        refused = await isla.post("/lessons", piano.form(clock))
        assert refused.status_code == 409
        assert "cannot be booked" in refused.text
    soon = piano.form("10:00") | {"at": datetime.now(UTC).isoformat()}
    assert (await isla.post("/lessons", soon)).status_code == 409


async def test_a_guardian_books_for_their_own_children_alone(
    site: Site, priya: Visitor, world: World, piano: Piano
) -> None:
    noah, stranger = world.music.people["noah"], world.music.people["musicschool_1"]
    await booked(priya, piano.form("10:00", student=noah.member_id))
    assert "Noah Adeyemi" in (await priya.get("/lessons")).text
    assert "Piano lesson" in (await site.browser(noah).get("/lessons")).text
    refused = await priya.post("/lessons", piano.form("12:00", student=stranger.member_id))
    assert refused.status_code == 422
    assert "Choose a student." in refused.text


async def test_a_teacher_books_own_lessons_for_any_student(
    site: Site, hana: Visitor, world: World, piano: Piano
) -> None:
    student = world.music.people["musicschool_1"]
    await booked(hana, piano.form("10:00", student=student.member_id))
    tomas = site.browser(world.music.people["tomas"])
    refused = await tomas.post("/lessons", piano.form("12:00", student=student.member_id))
    assert refused.status_code == 403


async def test_others_lessons_do_not_exist(site: Site, isla: Visitor, world: World, piano: Piano) -> None:
    path = await booked(isla, piano.form("10:00"))
    for key in ("noah", "grant", "musicschool_1"):
        other = site.browser(world.music.people[key])
        for where in (path, f"{path}/move", f"{path}/cancellation"):
            assert (await other.get(where)).status_code == 404
        assert (await other.post(f"{path}/cancellation", {"version": "1"})).status_code == 404
        assert "Piano lesson" not in (await other.get("/lessons")).text


async def test_a_lesson_moves_and_its_old_time_is_free_again(
    site: Site, isla: Visitor, world: World, piano: Piano
) -> None:
    path = await booked(isla, piano.form("10:00"))
    times = await isla.get(f"{path}/move?from={piano.monday}")
    assert str(piano.at("10:15").isoformat()).replace("+", "%2B").replace(":", "%3A") in times.text
    form = {"at": piano.at("10:15").isoformat(), "version": "1"}
    page = await isla.follow(f"{path}/move", form)
    assert "The lesson is moved to" in page.text
    stale = await isla.post(f"{path}/move", form | {"at": piano.at("14:00").isoformat()})
    assert stale.status_code == 409
    assert "Somebody else changed this lesson" in stale.text
    noah = site.browser(world.music.people["noah"])
    assert (await noah.post("/lessons", piano.form("09:15"))).status_code == 303
    assert (await noah.post("/lessons", piano.form("10:15"))).status_code == 409


async def test_a_move_onto_a_taken_time_is_refused_and_the_lesson_stays(
    site: Site, isla: Visitor, world: World, piano: Piano, admin: Admin
) -> None:
    path = await booked(isla, piano.form("10:00"))
    await booked(site.browser(world.music.people["noah"]), piano.form("14:00"))
    refused = await isla.post(f"{path}/move", {"at": piano.at("14:00").isoformat(), "version": "1"})
    assert refused.status_code == 409
    assert "Somebody else took this time" in refused.text
    assert await admin.fetchval("select count(*) from bookings where starts_at = $1", piano.at("10:00")) == 1


async def test_what_comes_of_cancelling_is_shown_before(
    isla: Visitor, priya: Visitor, piano: Piano, admin: Admin
) -> None:
    path = await booked(isla, piano.form("10:00"))
    early = await priya.get(f"{path}/cancellation")
    assert "It is in time" in early.text
    await put_off(admin, path, datetime.now(UTC) + timedelta(hours=23))
    late = await isla.get(f"{path}/cancellation")
    assert "This is late" in late.text
    unaware = await isla.post(f"{path}/cancellation", {"version": "1", "late": "0"})
    assert unaware.status_code == 409
    assert "In the meantime it has become too late" in unaware.text
    page = await isla.follow(f"{path}/cancellation", {"version": "1", "late": "1", "reason": "Ill"})
    assert "late by the school’s terms" in page.text
    assert "Ill" in page.text
    twice = await isla.post(f"{path}/cancellation", {"version": "2", "late": "1"})
    assert twice.status_code == 409
    assert "cancelled already" in twice.text


async def test_the_terms_are_those_of_the_day_it_was_booked(
    isla: Visitor, piano: Piano, admin: Admin
) -> None:
    path = await booked(isla, piano.form("10:00"))
    await admin.execute("update appointment_types set cancel_notice_hours = 720")
    assert "It is in time" in (await isla.get(f"{path}/cancellation")).text


async def test_a_late_move_is_the_schools_to_make(
    isla: Visitor, hana: Visitor, piano: Piano, admin: Admin
) -> None:
    path = await booked(isla, piano.form("10:00"))
    await put_off(admin, path, datetime.now(UTC) + timedelta(hours=3))
    form = {"at": piano.at("12:00").isoformat(), "version": "1"}
    refused = await isla.post(f"{path}/move", form)
    assert refused.status_code == 409
    assert "too late to move" in refused.text
    assert (await hana.post(f"{path}/move", form)).status_code == 303


async def test_a_cancelled_time_is_free_for_others(
    site: Site, isla: Visitor, world: World, piano: Piano, admin: Admin
) -> None:
    hana = site.browser(world.music.people["hana"])
    path = await booked(isla, piano.form("10:00"))
    page = await hana.follow(f"{path}/cancellation", {"version": "1"})
    assert "The lesson is cancelled." in page.text
    await booked(site.browser(world.music.people["noah"]), piano.form("10:00"))
    assert await admin.fetchval("select late from bookings where status = 'cancelled'") is False


async def test_attendance_takes_two_taps_and_the_same_again_changes_nothing(
    isla: Visitor, priya: Visitor, hana: Visitor, piano: Piano, admin: Admin
) -> None:
    path = await booked(isla, piano.form("10:00"))
    await put_off(admin, path, datetime.now(UTC) + timedelta(minutes=5))
    assert f'action="{path}/attendance?from=list"' in (await hana.get("/lessons")).text
    for _ in range(2):
        page = await hana.follow(f"{path}/attendance?from=list", {"status": "present"})
        assert "Present" in page.text
    facts = "select count(*) from events where name = 'scheduling/attendance.recorded'"
    assert await admin.fetchval(facts) == 1
    await hana.follow(f"{path}/attendance", {"status": "late", "note": "Ten minutes, and a fine Bach."})
    assert await admin.fetchval(facts) == 2
    assert "a fine Bach" in (await priya.get(path)).text
    assert (await isla.post(f"{path}/attendance", {"status": "present"})).status_code == 403
    wrong = await hana.post(f"{path}/attendance", {"status": "asleep"})
    assert wrong.status_code == 422


async def test_rooms_run_out_before_teachers_do(site: Site, admin: Admin, world: World) -> None:
    piano = await set_up(admin, world, "hana", "tomas", "marcus")
    keys = ("isla", "noah", "musicschool_1")
    answers = [
        await site.browser(world.music.people[key]).post("/lessons", piano.form("10:00")) for key in keys
    ]
    assert [answer.status_code for answer in answers] == [303, 303, 409]
    assert await admin.fetchval("select count(distinct room_id) from bookings") == 2
    assert await overlaps(admin) == []


async def test_a_daily_limit_holds_against_many_at_once(
    site: Site, world: World, piano: Piano, admin: Admin
) -> None:
    await admin.execute("update appointment_types set daily_limit = 2")
    students = [each for each in world.music.people.values() if each.role == Role.STUDENT][:7]
    clocks = ("09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00")
    answers = await asyncio.gather(
        *(
            site.browser(student).post("/lessons", piano.form(clock))
            for student, clock in zip(students, clocks, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [303] * 2 + [409] * 5


async def test_a_closure_and_a_free_day_leave_nothing(isla: Visitor, piano: Piano, admin: Admin) -> None:
    await admin.execute(
        "insert into closures (organization_id, id, name, first_day, last_day)"
        " select organization_id, gen_random_uuid(), 'Snow', $1, $1 from appointment_types where id = $2",
        piano.monday,
        piano.type_id,
    )
    assert (await isla.post("/lessons", piano.form("10:00"))).status_code == 409
    assert (await isla.post("/lessons", piano.form("10:00", days=1))).status_code == 303


async def test_another_school_offers_nothing_of_this_one(site: Site, world: World, piano: Piano) -> None:
    maya: Someone = world.yoga.people["maya"]
    page = await site.browser(maya).get(f"/lessons/book?type={piano.type_id}")
    assert page.status_code == 404
    assert (await site.browser(maya).post("/lessons", piano.form("10:00"))).status_code == 404
