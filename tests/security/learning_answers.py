"""Probes of what is answered about learning: lessons that are closed, links, places, progress."""

from hashlib import sha256
from uuid import UUID, uuid4

from tests.security.forgery import Connection, Probe, attempt
from tests.security.people_answers import become, prepared
from tests.security.stage import Stage

COURSE = """
    insert into courses (organization_id, id, title, sort_title, status, seats)
    values ($1, $2, 'Probe', 'probe', 'published', 1)"""
MODULE = """
    insert into course_modules (organization_id, id, course_id, title, position) values ($1, $2, $3, 'M', 'a')"""
LESSON = """
    insert into course_lessons (organization_id, id, course_id, module_id, title, position, status, current_version_id)
    values ($1, $2, $3, $4, 'L', 'a', 'published', $5)"""
VERSION = """
    insert into lesson_versions (organization_id, id, course_id, lesson_id, number, content)
    values ($1, $2, $3, $4, 1, 'secret')"""
ENROL = """
    insert into enrolments (organization_id, id, course_id, member_id, status)
    values ($1, gen_random_uuid(), $2, $3, $4) returning id"""
LINK = """
    insert into enrolment_links (organization_id, id, course_id, name, token_hash, most_uses)
    values ($1, gen_random_uuid(), $2, 'L', $3, 1)"""
READ = "select count(*) from lesson_versions where lesson_id = $1"
LEARN = """
    insert into learning_events (id, course_id, lesson_id, member_id, kind)
    values (gen_random_uuid(), $1, $2, $3, 'completed')"""
TAKE_BACK = """
    with gone as (update certificates set revoked_at = now() where course_id = $1 returning 1) select count(*) from gone"""
SECRET = sha256(b"probe").digest()


async def _course(stage: Stage, connection: Connection) -> tuple[UUID, UUID, UUID]:
    """A published course of one lesson in the school that is looked at: its course, module and lesson."""
    school = stage.subjects["owner"].school
    course, module, lesson, version = uuid4(), uuid4(), uuid4(), uuid4()
    await connection.execute(COURSE, school, course)
    await connection.execute(MODULE, school, module, course)
    await connection.execute(LESSON, school, lesson, course, module, version)
    await connection.execute(VERSION, school, version, course, lesson)
    return course, module, lesson


async def lessons_that_are_closed(stage: Stage) -> list[str]:
    """A lesson is read and learned by whoever is enrolled, once its module is open, and by nobody else."""
    found: list[str] = []
    async with prepared(stage) as connection:
        course, module, lesson = await _course(stage, connection)
        school, student = stage.subjects["student"].school, stage.subjects["student"].member
        enrolment = await connection.fetchval(ENROL, school, course, student, "active")

        async def seen(expected: dict[str, int], what: str) -> None:
            for name, wanted in expected.items():
                await become(stage, connection, name)
                count = await connection.fetchval(READ, lesson)
                learned = await attempt(connection, LEARN, course, lesson, stage.subjects[name].member)
                if count != wanted or (learned is None) != (wanted == 1 and name == "student"):
                    found.append(f"{what}: {name} reads {count}, learns {learned}")
            await connection.execute("reset role")

        await seen({"student": 1, "another": 0, "guardian": 0, "teacher": 0, "visitor": 0}, "enrolled")
        await connection.execute("update enrolments set status = 'removed' where id = $1", enrolment)
        await seen({"student": 0}, "removed")
        await connection.execute("update enrolments set status = 'active' where id = $1", enrolment)
        change = "update course_modules set release_at = now() + interval '1 day' where id = $1"
        await connection.execute(change, module)
        await seen({"student": 1}, "not open yet, and read before")
        await connection.execute("delete from lesson_progress where lesson_id = $1", lesson)
        await seen({"student": 0}, "not open yet")
    return found


async def learning_in_another_s_name(stage: Stage) -> list[str]:
    """Nobody writes what somebody else did, progress at all, or a note of another's."""
    found: list[str] = []
    async with prepared(stage) as connection:
        course, _module, lesson = await _course(stage, connection)
        school, student = stage.subjects["student"].school, stage.subjects["student"].member
        await connection.fetchval(ENROL, school, course, student, "active")
        for name in ("student", "another", "guardian", "teacher", "owner"):
            await become(stage, connection, name)
            other = stage.subjects["another" if name == "student" else "student"].member
            if await attempt(connection, LEARN, course, lesson, other) != "refused 42501":
                found.append(f"{name} learns for another")
            made = "insert into lesson_progress (id, course_id, lesson_id, member_id, opened_at, last_at) values (gen_random_uuid(), $1, $2, $3, now(), now())"
            if await attempt(connection, made, course, lesson, other) != "refused 42501":
                found.append(f"{name} writes progress")
            note = "insert into lesson_notes (id, course_id, lesson_id, member_id, content) values (gen_random_uuid(), $1, $2, $3, 'x')"
            if await attempt(connection, note, course, lesson, other) != "refused 42501":
                found.append(f"{name} writes another's note")
    return found


async def places_and_links(stage: Stage) -> list[str]:
    """A link lets students of its own school in, as often as it says; the last place goes to one."""
    found: list[str] = []
    async with prepared(stage) as connection:
        course, _module, _lesson = await _course(stage, connection)
        school = stage.subjects["owner"].school
        await connection.execute(LINK, school, course, SECRET)
        for name in ("visitor", "nobody", "guardian"):
            await become(stage, connection, name)
            if await connection.fetchval("select app.join_course($1, $2)", SECRET, uuid4()) is not None:
                found.append(f"{name} came in")
        for name, wanted in (("student", True), ("another", False)):
            await become(stage, connection, name)
            joined = await connection.fetchval("select app.join_course($1, $2)", SECRET, uuid4())
            if (joined is not None) != wanted:
                found.append(f"{name}: {joined}")
        await connection.execute("reset role")
        await connection.fetchval(ENROL, school, course, stage.subjects["another"].member, "active")
        standing = "select array_agg(status order by status) from enrolments where course_id = $1"
        if await connection.fetchval(standing, course) != ["active", "waiting"]:
            found.append("both have the last place")
        await become(stage, connection, "visitor")
        if await connection.fetchval("select count(*) from app.fill_places($1)", course):
            found.append("a stranger moved the line on")
    return found


async def certificates_in_the_right_hands(stage: Stage) -> list[str]:
    """Finishing gives one to the learner alone; others neither write, take back nor see it."""
    found: list[str] = []
    async with prepared(stage) as connection:
        course, _module, lesson = await _course(stage, connection)
        school, student = stage.subjects["student"].school, stage.subjects["student"].member
        await connection.execute("update courses set gives_certificates = true where id = $1", course)
        await connection.fetchval(ENROL, school, course, student, "active")
        await become(stage, connection, "student")
        await connection.execute(LEARN, course, lesson, student)
        for name, wanted in {"student": 1, "owner": 1, "another": 0, "teacher": 0, "visitor": 0}.items():
            await become(stage, connection, name)
            if (
                await connection.fetchval("select count(*) from certificates where course_id = $1", course)
                != wanted
            ):
                found.append(f"{name} sees not {wanted}")
            made = "insert into certificates (id, course_id, member_id, learner, course, school, code) values (gen_random_uuid(), $1, $2, 'x', 'x', 'x', 'x')"
            if await attempt(connection, made, course, stage.subjects[name].member) != "refused 42501":
                found.append(f"{name} writes one")
            if name != "owner" and await connection.fetchval(TAKE_BACK, course):
                found.append(f"{name} takes it back")
            if await connection.fetchval("select count(*) from app.give_certificates($1)", course):
                found.append(f"{name} gives one that is given")
    return found


PROBES: tuple[Probe, ...] = (
    lessons_that_are_closed,
    learning_in_another_s_name,
    places_and_links,
    certificates_in_the_right_hands,
)
