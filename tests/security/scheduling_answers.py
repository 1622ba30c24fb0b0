"""Probes of what scheduling's functions and triggers answer."""

from uuid import uuid4

from tests.security.forgery import Probe, attempt
from tests.security.people_answers import become, prepared
from tests.security.stage import Stage

TEACHERS = "select count(*) from app.teachers_of_type($1)"
HOURS = """
    insert into availability_hours (organization_id, id, teacher_id, weekday, starts, ends)
    values ($1, gen_random_uuid(), $2, 2, $3::text::time, $4::text::time)"""
SEEN = {
    "owner": (1, 1),
    "teacher": (1, 1),
    "student": (0, 1),
    "guardian": (0, 1),
    "visitor": (0, 0),
    "nobody": (0, 0),
}
"""How many teachers somebody is told of: of a draft, and of what is published."""


async def teachers_of_what_is_not_published(stage: Stage) -> list[str]:
    found = []
    here = stage.subjects["teacher"]
    for name, expected in SEEN.items():
        async with prepared(stage) as connection:
            kind = uuid4()
            await connection.execute(
                "insert into appointment_types (organization_id, id, name, duration_minutes) values ($1, $2, 'x', 30)",
                here.school,
                kind,
            )
            await connection.execute(
                "insert into qualifications (organization_id, id, teacher_id, appointment_type_id)"
                " values ($1, gen_random_uuid(), $2, $3)",
                here.school,
                here.member,
                kind,
            )
            await become(stage, connection, name)
            draft = await attempt(connection, TEACHERS, kind)
            await connection.execute("reset role")
            await connection.execute("update appointment_types set status = 'published' where id = $1", kind)
            await become(stage, connection, name)
            published = await attempt(connection, TEACHERS, kind)
        if (draft, published) != expected:
            found.append(f"{name}: {draft} {published}")
    return found


async def hours_that_overlap(stage: Stage) -> list[str]:
    found = []
    mine = stage.subjects["teacher"]
    async with prepared(stage) as connection:
        await become(stage, connection, "teacher")
        await connection.execute(HOURS, mine.school, mine.member, "20:00", "00:00")
        for start, end in (("19:00", "20:01"), ("23:59", "00:00"), ("20:00", "21:00")):
            if await attempt(connection, HOURS, mine.school, mine.member, start, end) != "refused 23P01":
                found.append(f"{start} {end}")
        other = stage.subjects["owner"].member
        if await attempt(connection, HOURS, mine.school, other, "08:00", "09:00") != "refused 42501":
            found.append("hours of another")
    return found


PROBES: tuple[Probe, ...] = (teachers_of_what_is_not_published, hours_that_overlap)
