"""Probes of lessons that are booked: who changes which, and what is told of a time that is taken."""

from hashlib import sha256
from uuid import UUID, uuid4

from coursecove.kit.db.reading import Connection
from tests.security.forgery import Probe, attempt
from tests.security.people_answers import become, prepared
from tests.security.stage import Stage

KIND = "insert into appointment_types (organization_id, id, name, duration_minutes) values ($1, $2, 'x', 30)"
LOCATION = "insert into locations (organization_id, id, name, time_zone) values ($1, $2, $3, 'UTC')"
ROOM = "insert into rooms (organization_id, id, location_id, name) values ($1, $2, $3, 'x')"
BOOK = """
    insert into bookings (organization_id, id, appointment_type_id, teacher_id, student_id, location_id, room_id, title,
      starts_at, ends_at, busy_from, busy_until)
    select $1, gen_random_uuid(), $2, $3, $4, $5, $6, 'x', b.at, b.at + interval '30 minutes', b.at, b.at + interval '30 minutes'
      from (select now() + make_interval(days => $7) as at) b"""
CHANGE = "update bookings set note = 'x' where id = $1 returning 1"
SEE = "select count(*) from bookings where id = $1"
OF_SERIES = BOOK.replace("busy_until)", "busy_until, series_id)").replace(
    "from (select now()", ", $8::uuid from (select now()"
)
SERIES = """
    insert into booking_series (organization_id, id, appointment_type_id, teacher_id, student_id, location_id, first_day,
      starts, time_zone, rule)
    values ($1, gen_random_uuid(), $2, $3, $4, $5, current_date, '10:00', 'UTC', 'FREQ=WEEKLY;INTERVAL=1;COUNT=4')"""
SEE_SERIES = "select count(*) from booking_series where id = $1"
END_SERIES = "delete from booking_series where id = $1"
NOTE = "insert into attendance (organization_id, id, booking_id, student_id, status) values ($1, gen_random_uuid(), $2, $3, 'present')"
TIMES = "select count(*) from app.busy_times(array[$1::uuid], now(), now() + interval '9 days')"
ROOMS = "select count(*) from app.busy_rooms($1, now(), now() + interval '9 days')"
FEED = "insert into calendar_feeds (organization_id, id, member_id, secret_hash) values ($1, gen_random_uuid(), $2, $3)"
OF_FEED = "select count(*) from app.feed_by_hash($1)"
REFUSED = "refused 42501"
SECRET = sha256(b"probe").digest()
EVERYBODY = ("owner", "teacher", "student", "guardian", "another", "visitor", "nobody")
MAY_CHANGE = {"owner", "teacher", "student", "guardian"}
"""Of a lesson that this teacher gives to this student; a booking whose teacher is another one is not the teacher's to change."""


async def _laid_out(stage: Stage, connection: Connection) -> tuple[UUID, UUID, UUID]:
    """A kind of lesson and a place with a room."""
    school = stage.subjects["owner"].school
    kind, location, room = uuid4(), uuid4(), uuid4()
    await connection.execute(KIND, school, kind)
    await connection.execute(LOCATION, school, location, f"Probe {location}")
    await connection.execute(ROOM, school, room, location)
    return kind, location, room


async def lessons_of_others(stage: Stage) -> list[str]:
    """A lesson is seen by staff and family, changed by its teacher, its family and the owner, and by nobody else."""
    found = []
    school, member = stage.subjects["owner"].school, {k: s.member for k, s in stage.subjects.items()}
    async with prepared(stage) as connection:
        kind, location, room = await _laid_out(stage, connection)
        with_id = f"{BOOK} returning id"
        made = (kind, member["teacher"], member["student"], location, room, 3)
        lesson = await connection.fetchval(with_id, school, *made)
        others = await connection.fetchval(
            with_id, school, kind, member["owner"], member["another"], location, None, 4
        )
        for name in EVERYBODY:
            await become(stage, connection, name)
            sees, changes = await attempt(connection, SEE, lesson), await attempt(connection, CHANGE, lesson)
            if (sees == 1) != (name in MAY_CHANGE) or (changes == 1) != (name in MAY_CHANGE):
                found.append(f"{name} sees {sees}, changes {changes}")
            may = {"owner", "another"}
            if (await attempt(connection, CHANGE, others) == 1) != (name in may):
                found.append(f"{name} changes another's lesson, or not their own")
            noted = await attempt(connection, NOTE, school, lesson, member["student"])
            if name not in ("owner", "teacher") and noted != REFUSED:
                found.append(f"{name} says who was there: {noted}")
    return found


async def lessons_in_another_s_name(stage: Stage) -> list[str]:
    """Families book for themselves, teachers for themselves, the owner for all."""
    found = []
    school, member = stage.subjects["owner"].school, {k: s.member for k, s in stage.subjects.items()}
    expected = {
        "owner": {"student", "another"},
        "teacher": {"student", "another"},
        "student": {"student"},
        "guardian": {"student"},
        "another": {"another"},
        "visitor": set(),
    }
    for name, allowed in expected.items():
        async with prepared(stage) as connection:
            kind, location, _room = await _laid_out(stage, connection)
            await become(stage, connection, name)
            for day, student in enumerate(("student", "another"), 3):
                made = (kind, member["teacher"], member[student], location, None, day)
                said = await attempt(connection, BOOK, school, *made)
                if (said is None) != (student in allowed):
                    found.append(f"{name} books for {student}: {said}")
            if name == "teacher":
                made = (kind, member["owner"], member["student"], location, None, 6)
                if await attempt(connection, BOOK, school, *made) != REFUSED:
                    found.append("a teacher books another teacher")
    return found


async def series_of_others(stage: Stage) -> list[str]:
    """A series is seen by staff and family, made as its lessons are, and has lessons of its own student alone."""
    found = []
    school, member = stage.subjects["owner"].school, {k: s.member for k, s in stage.subjects.items()}
    async with prepared(stage) as connection:
        kind, location, _room = await _laid_out(stage, connection)
        made = (school, kind, member["teacher"], member["student"], location)
        series = await connection.fetchval(f"{SERIES} returning id", *made)
        for day, name in enumerate(EVERYBODY, 3):
            await become(stage, connection, name)
            sees = await attempt(connection, SEE_SERIES, series)
            if (sees == 1) != (name in MAY_CHANGE):
                found.append(f"{name} sees a series: {sees}")
            said = await attempt(connection, SERIES, *made)
            if (said is None) != (name in MAY_CHANGE):
                found.append(f"{name} makes a series for the student: {said}")
            if await attempt(connection, END_SERIES, series) != REFUSED:
                found.append(f"{name} deletes a series")
            lesson = (kind, member["teacher"], member["another"], location, None, day)
            joined = await attempt(connection, OF_SERIES, school, *lesson, series)
            if joined not in (REFUSED, "refused 23503"):
                found.append(f"{name} puts another student's lesson into a series: {joined}")
    return found


async def times_that_are_taken(stage: Stage) -> list[str]:
    """Members are told when a teacher and a room are taken; cancelled lessons take nothing, strangers hear nothing."""
    found = []
    school, member = stage.subjects["owner"].school, {k: s.member for k, s in stage.subjects.items()}
    async with prepared(stage) as connection:
        kind, location, room = await _laid_out(stage, connection)
        await connection.execute("delete from bookings where teacher_id = $1", member["teacher"])
        made = (kind, member["teacher"], member["student"], location, room, 3)
        await connection.execute(BOOK, school, *made)
        for taken in (1, 0):
            for name in EVERYBODY:
                await become(stage, connection, name)
                times = await attempt(connection, TIMES, member["teacher"])
                rooms = await attempt(connection, ROOMS, location)
                inside = taken if name not in ("visitor", "nobody") else 0
                if (times, rooms) != (inside, inside):
                    found.append(f"{name} is told of {times} times and {rooms} rooms")
            await connection.execute("reset role")
            await connection.execute("update bookings set status = 'cancelled', cancelled_at = now()")
    return found


async def feeds_of_those_who_are_gone(stage: Stage) -> list[str]:
    """A secret address opens its member's calendar, until the member may not come any more."""
    found = []
    student = stage.subjects["student"]
    async with prepared(stage) as connection:
        await connection.execute("delete from calendar_feeds where member_id = $1", student.member)
        await connection.execute(FEED, student.school, student.member, SECRET)
        changes = (
            ("", 1),
            ("suspended_at = now()", 0),
            ("suspended_at = null", 1),
            ("status = 'INACTIVE', removed_at = now()", 0),
        )
        for change, opened in changes:
            await connection.execute("reset role")
            if change:
                await connection.execute(
                    f"update organization_memberships set {change} where id = $1",
                    student.member,
                )
            await connection.execute("set local role coursecove_app")
            if await attempt(connection, OF_FEED, SECRET) != opened:
                found.append(f"{change}: not {opened}")
            if await attempt(connection, OF_FEED, sha256(b"unknown").digest()) != 0:
                found.append("an unknown address opens")
    return found


PROBES: tuple[Probe, ...] = (
    lessons_of_others,
    lessons_in_another_s_name,
    series_of_others,
    times_that_are_taken,
    feeds_of_those_who_are_gone,
)
