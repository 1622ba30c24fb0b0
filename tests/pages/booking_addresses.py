"""Addresses of lessons and calendars for the tests over the URL map, and the rows that they are about."""

from collections.abc import Mapping
from uuid import UUID

from coursecove.accounts.roles import Role
from coursecove.kit.db import Database
from tests.conftest import School

NOBODY = "00000000-0000-0000-0000-000000000000"
FORMS: Mapping[str, Mapping[str, str | list[str]]] = {
    "create_lesson": {"type": NOBODY, "at": "2030-01-07T10:00:00+00:00"},
    "create_series": {
        "type": NOBODY,
        "teacher": NOBODY,
        "at": "2030-01-07T10:00:00+00:00",
        "repeat": "1",
        "count": "2",
        "date": "2030-01-07T10:00:00+00:00",
    },
    "create_move": {"at": "2030-01-07T10:00:00+00:00", "version": "1"},
    "create_cancellation": {"version": "0"},
    "create_attendance": {"status": "asleep"},
    "create_feed": {},
    "create_feed_revocation": {},
}
FROM_ANOTHER_PAGE = frozenset({"book", "feed"})
MADE_IDS = ("booking_id",)
LESSON = """
    with place as (
      insert into locations (organization_id, id, name, time_zone)
      values ($1, gen_random_uuid(), 'Hall ' || left(gen_random_uuid()::text, 8), 'Europe/London') returning id),
    kind as (
      insert into appointment_types (organization_id, id, name, duration_minutes, status)
      values ($1, gen_random_uuid(), 'Piano lesson', 45, 'published') returning id),
    at as (
      insert into appointment_type_locations (organization_id, id, appointment_type_id, location_id)
      select $1, gen_random_uuid(), kind.id, place.id from kind, place),
    taught as (
      insert into qualifications (organization_id, id, teacher_id, appointment_type_id)
      select $1, gen_random_uuid(), $2, kind.id from kind)
    insert into bookings (organization_id, id, appointment_type_id, teacher_id, student_id, location_id, title,
           starts_at, ends_at, busy_from, busy_until)
    select $1, gen_random_uuid(), kind.id, $2, $3, place.id, 'Piano lesson', t.at, t.at + $4, t.at, t.at + $4
      from kind, place, (select date_trunc('day', now()) + interval '10 days 15 hours' as at) t returning id"""
"""Ten days from now; lessons of no length never take each other's time, however often a test makes one."""


async def made(database: Database, school: School, minutes: int = 0) -> Mapping[str, tuple[UUID, ...]]:
    """A lesson of the school's first teacher with its first student."""
    people = [school.one(role).member_id for role in (Role.TEACHER, Role.STUDENT)]
    async with database.service(school.id) as db:
        sql = LESSON.replace("$4", f"interval '{minutes} minutes'")
        return {"booking_id": (await db.value(sql, school.id, *people),)}


async def scene(database: Database, school: School) -> Mapping[str, UUID]:
    """The same for the browser, by the name that its addresses give it."""
    found = await made(database, school, 45)
    return {"booking": found["booking_id"][0]}
