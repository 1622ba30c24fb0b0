"""Series of lessons: every date shown before, then all of them or none; by everybody concerned."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from tests.conftest import World
from tests.lessons.series_stage import form_of, preview, series_booked, verdicts
from tests.lessons.stage import LONDON, Piano, overlaps, set_up
from tests.people.stage import Site, Visitor, said

Admin = "asyncpg.Connection[asyncpg.Record]"
STARTS = "select starts_at from bookings where status = 'booked' and series_id is not null order by starts_at"
CLOSURE = "insert into closures (organization_id, id, name, first_day, last_day) values ($1, gen_random_uuid(), 'x', $2, $2)"
AWAY = "insert into availability_exceptions (organization_id, id, teacher_id, date) values ($1, gen_random_uuid(), $2, $3)"


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


async def starts(admin: Admin) -> list[datetime]:
    return [row["starts_at"] for row in await admin.fetch(STARTS)]


async def test_a_student_sees_every_date_and_books_them_all(
    isla: Visitor, piano: Piano, admin: Admin
) -> None:
    page = await preview(isla, piano, "10:00", 5)
    assert page.status_code == 200
    assert verdicts(page) == ["Free"] * 5
    assert "Every week, 5 lessons" in page.text
    assert await starts(admin) == [], "nothing is booked by looking"
    lesson = await isla.follow("/lessons/series", form_of(page))
    assert "Booked: 5 lessons" in lesson.text
    found = await starts(admin)
    assert found == [piano.at("10:00", 7 * n) for n in range(5)]
    assert {at.astimezone(LONDON).hour for at in found} == {10}
    row = await admin.fetchrow("select rule, time_zone, starts, first_day from booking_series")
    assert (row["rule"], row["time_zone"]) == ("FREQ=WEEKLY;INTERVAL=1;COUNT=5", "Europe/London")
    assert (f"{row['starts']:%H:%M}", row["first_day"]) == ("10:00", piano.monday)


async def test_a_date_that_is_not_free_says_why_and_is_left_out(
    isla: Visitor, noah: Visitor, piano: Piano, admin: Admin, world: World
) -> None:
    hana = world.music.people["hana"].member_id
    day = piano.monday
    await noah.post("/lessons", piano.form("10:00", days=7))
    await admin.execute(CLOSURE, world.music.id, day + timedelta(days=14))
    await admin.execute(AWAY, world.music.id, hana, day + timedelta(days=21))
    try:
        page = await preview(isla, piano, "10:00", 5)
        assert verdicts(page) == ["Free", "Taken", "Closed", "The teacher is away", "Free"]
        await isla.follow("/lessons/series", form_of(page))
        assert await starts(admin) == [piano.at("10:00"), piano.at("10:00", 28)]
    finally:
        await admin.execute("delete from closures; delete from availability_exceptions")


async def test_the_student_s_own_lesson_is_in_the_way(isla: Visitor, admin: Admin, world: World) -> None:
    await admin.execute("delete from booking_series")
    piano = await set_up(admin, world, "hana", "tomas")
    tomas = world.music.people["tomas"].member_id
    await isla.post("/lessons", piano.form("10:15", days=7, teacher=tomas))
    page = await preview(isla, piano, "10:00", 2, teacher=world.music.people["hana"].member_id)
    assert verdicts(page) == ["Free", "The student has another lesson"]


async def test_students_stop_at_the_horizon_and_staff_go_on(
    isla: Visitor, hana: Visitor, piano: Piano, admin: Admin, world: World
) -> None:
    theirs = await preview(isla, piano, "10:00", 30)
    assert set(verdicts(theirs)) == {"Free", "Further ahead than can be booked"}
    student = world.music.people["musicschool_1"].member_id
    page = await preview(hana, piano, "10:00", 60, repeat="2", student=student)
    assert verdicts(page) == ["Free"] * 60
    assert "further ahead than students may book" in page.text
    await hana.follow("/lessons/series", form_of(page))
    found = await starts(admin)
    assert len(found) == 60
    assert {at.astimezone(LONDON).hour for at in found} == {10}, "two years, four changes of the clock"
    assert len({at.hour for at in found}) == 2


async def test_whoever_is_second_is_told_which_date_and_nothing_is_half_done(
    isla: Visitor, noah: Visitor, piano: Piano, admin: Admin
) -> None:
    page = await preview(isla, piano, "10:00", 4)
    await noah.post("/lessons", piano.form("10:30", days=14))
    refused = await isla.post("/lessons/series", form_of(page))
    assert refused.status_code == 409
    assert "Nothing was booked" in refused.text
    assert verdicts(refused) == ["Free", "Free", "Taken", "Free"]
    assert await starts(admin) == []
    assert await admin.fetchval("select count(*) from booking_series") == 0
    again = await isla.post("/lessons/series", form_of(refused))
    assert again.status_code == 303, said(again)
    assert len(await starts(admin)) == 3


async def test_overlapping_series_at_once_are_whole_or_not_there(
    site: Site, piano: Piano, admin: Admin, world: World
) -> None:
    people = [world.music.people[key] for key in ("isla", "noah", "musicschool_1", "musicschool_2")]
    forms = []
    for number, person in enumerate(people):
        visitor = site.browser(person)
        page = await preview(visitor, piano, ("10:00", "10:15")[number % 2], 6 - number % 3)
        forms.append((visitor, form_of(page)))
    answers = await asyncio.gather(*(visitor.post("/lessons/series", form) for visitor, form in forms))
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    assert await overlaps(admin) == []
    made = await admin.fetch("select series_id, count(*) as n from bookings group by 1")
    assert len(made) == await admin.fetchval("select count(*) from booking_series") == 1
    winner = next(n for n, answer in enumerate(answers) if answer.status_code == 303)
    assert made[0]["n"] == 6 - winner % 3


async def test_two_teachers_at_once_share_the_rooms(site: Site, admin: Admin, world: World) -> None:
    """The first room is given to one and the second to the other, date by date, without waiting in a circle."""
    await admin.execute("delete from booking_series")
    piano = await set_up(admin, world, "hana", "tomas")
    forms = []
    for key, teacher in (("isla", "hana"), ("noah", "tomas")):
        visitor = site.browser(world.music.people[key])
        page = await preview(visitor, piano, "11:00", 6, teacher=world.music.people[teacher].member_id)
        forms.append((visitor, form_of(page)))
    answers = await asyncio.gather(*(visitor.post("/lessons/series", form) for visitor, form in forms))
    assert [answer.status_code for answer in answers] == [303, 303], [said(each) for each in answers]
    assert await overlaps(admin) == []
    assert len(await starts(admin)) == 12


async def test_what_cannot_be_read_is_asked_again(isla: Visitor, piano: Piano, admin: Admin) -> None:
    for more, words in (
        ({"count": "61"}, "From 2 to 60 lessons."),
        ({"count": "1"}, "From 2 to 60 lessons."),
        ({"repeat": "3", "count": "5"}, "Choose how often."),
        ({"count": "5", "note": "x" * 2001}, "At most 2000 letters."),
    ):
        refused = await isla.post("/lessons", piano.form("10:00") | {"repeat": "1", **more})
        assert refused.status_code == 422
        assert words in refused.text
    page = await preview(isla, piano, "10:00", 3)
    none = await isla.post("/lessons/series", form_of(page) | {"date": []})
    assert none.status_code == 409
    other = await isla.post("/lessons/series", form_of(page) | {"date": [piano.at("12:00").isoformat()]})
    assert other.status_code == 409, "a date that is none of the series"
    assert await starts(admin) == []


async def test_a_guardian_books_for_their_own_and_a_teacher_in_their_own_name(
    site: Site, piano: Piano, world: World, admin: Admin
) -> None:
    priya, people = site.browser(world.music.people["priya"]), world.music.people
    await series_booked(priya, piano, "10:00", 2, student=people["noah"].member_id)
    form = form_of(await preview(priya, piano, "12:00", 2, student=people["noah"].member_id))
    stranger = str(people["musicschool_1"].member_id)
    assert (await preview(priya, piano, "12:00", 2, student=stranger)).status_code == 422
    assert (await priya.post("/lessons/series", form | {"student": [stranger]})).status_code == 422
    tomas = site.browser(people["tomas"])
    assert (await tomas.post("/lessons/series", form | {"student": [stranger]})).status_code == 403
    assert len(await starts(admin)) == 2


async def test_a_series_is_told_in_one_letter_and_reminds_of_each_lesson(
    site: Site, isla: Visitor, piano: Piano, admin: Admin
) -> None:
    await series_booked(isla, piano, "10:00", 3)
    await site.work()
    rows = await admin.fetch(
        "select recipient, subject, text_body from mail_messages where key like 'series:%' or key like 'lesson:%' order by 1"
    )
    assert [row["recipient"] for row in rows] == ["hana@example.com", "isla@example.com"]
    assert rows[1]["subject"].startswith("Booked: Piano lesson, 3 lessons from ")
    assert rows[1]["text_body"].count("10:00") >= 3
    planned = await admin.fetch(
        "select not_before from events where name = 'scheduling/reminder.planned' order by 1"
    )
    day = timedelta(hours=24)
    assert [row["not_before"] for row in planned] == [piano.at("10:00", 7 * n) - day for n in range(3)]


async def test_a_lesson_of_a_series_is_moved_and_cancelled_like_any_other(
    isla: Visitor, piano: Piano, admin: Admin
) -> None:
    path = await series_booked(isla, piano, "10:00", 3)
    moved = await isla.post(f"{path}/move", {"at": piano.at("15:00").isoformat(), "version": "1"})
    assert moved.status_code == 303
    cancelled = await isla.post(f"{path}/cancellation", {"version": "2", "late": "0"})
    assert cancelled.status_code == 303
    kept = await admin.fetchval("select series_id from bookings where id = $1", UUID(path[-36:]))
    assert kept is not None
    assert len(await starts(admin)) == 2


async def test_dates_before_the_notice_are_too_soon(isla: Visitor, hana: Visitor, piano: Piano) -> None:
    soon = piano.form("10:00", count=3) | {
        "at": datetime.now(UTC).replace(second=0).isoformat(),
        "repeat": "1",
    }
    refused = await isla.post("/lessons", soon)
    assert refused.status_code == 409


async def cancelling(visitor: Visitor, path: str, **more: str) -> dict[str, str]:
    page = await visitor.get(f"{path}/cancellation")
    found = dict(re.findall(r'<input type="hidden" name="(version|late|seal)" value="([^"]*)">', page.text))
    return {**found, **more}


async def test_a_lesson_says_which_of_its_series_it_is(isla: Visitor, piano: Piano, admin: Admin) -> None:
    await series_booked(isla, piano, "10:00", 4)
    third = await admin.fetchval("select id from bookings order by starts_at offset 2 limit 1")
    assert "3 of 4, every week" in (await isla.get(f"/lessons/{third}")).text


async def test_a_lesson_and_those_that_follow_are_cancelled_with_one_letter(
    site: Site, isla: Visitor, piano: Piano, admin: Admin
) -> None:
    await series_booked(isla, piano, "10:00", 4)
    await site.work()
    second = f"/lessons/{await admin.fetchval('select id from bookings order by starts_at offset 1 limit 1')}"
    assert "This and the 2 that follow" in (await isla.get(f"{second}/cancellation")).text
    form = await cancelling(isla, second, which="following", reason="Moving house")
    page = await isla.follow(f"{second}/cancellation", form)
    assert "Cancelled: 3 lessons" in page.text
    assert await starts(admin) == [piano.at("10:00")]
    await site.work(everything=True)
    rows = await admin.fetch(
        "select subject, text_body from mail_messages where recipient like 'isla%' and subject not like 'Welcome%' order by created_at"
    )
    kinds = [row["subject"].partition(":")[0] for row in rows]
    assert sorted(kinds) == ["Booked", "Cancelled", "Reminder"]
    told = next(row for row in rows if row["subject"].startswith("Cancelled"))
    assert "3 lessons" in told["subject"]
    assert "Moving house" in told["text_body"]


async def test_only_this_one_is_cancelled_unless_more_is_said(
    isla: Visitor, piano: Piano, admin: Admin
) -> None:
    path = await series_booked(isla, piano, "10:00", 3)
    await isla.follow(f"{path}/cancellation", await cancelling(isla, path, which="one"))
    assert len(await starts(admin)) == 2


async def test_a_change_in_between_stops_the_whole_cancellation(
    isla: Visitor, hana: Visitor, piano: Piano, admin: Admin
) -> None:
    path = await series_booked(isla, piano, "10:00", 3)
    form = await cancelling(isla, path, which="following")
    last = await admin.fetchval("select id from bookings order by starts_at desc limit 1")
    moved = {"at": piano.at("15:00", 14).isoformat(), "version": "1"}
    assert (await hana.post(f"/lessons/{last}/move", moved)).status_code == 303
    refused = await isla.post(f"{path}/cancellation", form)
    assert refused.status_code == 409
    assert "Somebody else changed this lesson" in refused.text
    assert len(await starts(admin)) == 3
    alone = await isla.post("/lessons", piano.form("12:00"))
    path = alone.headers["location"]
    form = await cancelling(isla, path, which="following")
    assert (await isla.post(f"{path}/cancellation", form)).status_code == 409, "one that stands alone"
