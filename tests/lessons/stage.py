"""A music school with a piano lesson on offer: Hana teaches on weekdays from nine to five, in two rooms."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tests.conftest import World

LONDON = ZoneInfo("Europe/London")
GROUND = """
    with place as (
      insert into locations (organization_id, id, name, time_zone)
      values ($1, gen_random_uuid(), 'Harbour house', 'Europe/London') returning id),
    kind as (
      insert into appointment_types (organization_id, id, name, duration_minutes, buffer_after_minutes, notice_minutes,
             horizon_days, cancel_notice_hours, status)
      values ($1, gen_random_uuid(), 'Piano lesson', 45, 15, 60, 60, 24, 'published') returning id),
    room as (
      insert into rooms (organization_id, id, location_id, name)
      select $1, gen_random_uuid(), place.id, name from place, unnest(array['Room 1', 'Room 2']) name returning id),
    at as (
      insert into appointment_type_locations (organization_id, id, appointment_type_id, location_id)
      select $1, gen_random_uuid(), kind.id, place.id from kind, place),
    taught as (
      insert into qualifications (organization_id, id, teacher_id, appointment_type_id)
      select $1, gen_random_uuid(), t, kind.id from kind, unnest($2::uuid[]) t),
    week as (
      insert into availability_weeks (organization_id, id, teacher_id, time_zone)
      select $1, gen_random_uuid(), t, 'Europe/London' from unnest($2::uuid[]) t),
    hours as (
      insert into availability_hours (organization_id, id, teacher_id, weekday, starts, ends)
      select $1, gen_random_uuid(), t, day, '09:00', '17:00' from unnest($2::uuid[]) t, generate_series(0, 4) day)
    select place.id as location_id, kind.id as type_id, array(select id from room) as rooms from place, kind"""


@dataclass(frozen=True)
class Piano:
    """What was made, and the next Monday but one, on which everything is free."""

    type_id: UUID
    location_id: UUID
    rooms: list[UUID]
    monday: date

    def at(self, clock: str, days: int = 0) -> datetime:
        """A wall clock in London on that Monday or days after it, as an instant in UTC."""
        shown = datetime.combine(self.monday + timedelta(days=days), time.fromisoformat(clock), LONDON)
        return shown.astimezone(UTC)

    def form(self, clock: str, *, days: int = 0, **more: object) -> dict[str, str]:
        said = {"type": self.type_id, "location": self.location_id, "at": self.at(clock, days).isoformat()}
        return {name: str(value) for name, value in {**said, **more}.items()}


async def set_up(admin: "asyncpg.Connection[asyncpg.Record]", world: World, *teachers: str) -> Piano:
    """The school offers piano lessons, with Hana unless others are named."""
    for table in ("bookings", "availability_exceptions", "availability_hours", "availability_weeks", "qualifications", "appointment_types",
                  "closures", "rooms", "locations"):  # fmt: skip
        await admin.execute(f"delete from {table} where organization_id = $1", world.music.id)
    ids = [world.music.people[key].member_id for key in teachers or ("hana",)]
    row = await admin.fetchrow(GROUND, world.music.id, ids)
    assert row is not None
    today = datetime.now(LONDON).date()
    return Piano(
        row["type_id"], row["location_id"], row["rooms"], today + timedelta(days=14 - today.weekday())
    )


async def put_off(admin: "asyncpg.Connection[asyncpg.Record]", booking: str, start: datetime) -> None:
    """A lesson as if it had been booked for another time."""
    await admin.execute(
        "update bookings set starts_at = t.at, ends_at = t.at + interval '45 minutes', busy_from = t.at,"
        " busy_until = t.at + interval '1 hour' from (select $2::timestamptz as at) t where id = $1",
        UUID(booking.rpartition("/")[2]),
        start,
    )


async def overlaps(admin: "asyncpg.Connection[asyncpg.Record]") -> list[asyncpg.Record]:
    """Pairs of lessons that take the same person's or room's time."""
    return await admin.fetch(
        """select a.id, b.id from bookings a join bookings b on a.id < b.id and a.organization_id = b.organization_id
            where a.status = 'booked' and b.status = 'booked' and (
              (a.teacher_id = b.teacher_id and a.busy_from < b.busy_until and b.busy_from < a.busy_until)
              or ((a.student_id = b.student_id or a.room_id = b.room_id)
                  and a.starts_at < b.ends_at and b.starts_at < a.ends_at))"""
    )
