"""What teachers, and owners for them, change about a week and its exceptions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from coursecove.accounts.access import Actor
from coursecove.accounts.actions import zones
from coursecove.accounts.roles import Role
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import Conflict, Invalid, NotFound
from coursecove.scheduling.events import AvailabilityChanged
from coursecove.scheduling.hours_models import AvailabilityException, AvailabilityHours, AvailabilityWeek
from coursecove.scheduling.hours_queries import Stretch, hours_of, week_of
from coursecove.scheduling.models import Location
from coursecove.scheduling.place_actions import IsArchived
from coursecove.scheduling.type_queries import teacher
from coursecove.schools.editing import ChangedMeanwhile

MIDNIGHT: Final = time(0)
LONGEST_DAY: Final = 24 * 60
MOST_A_DAY: Final = 12
SHORTEST_MINUTES: Final = 5


class HoursOverlap(Conflict):
    """Hours of one day overlap. Join them, or let one end before the next begins."""


class OffOrHours(Conflict):
    """A day off has no hours besides. Take the others of this date away first."""


on_violation("availability_hours_overlap", HoursOverlap)
on_violation("availability_exceptions_overlap", HoursOverlap)


@dataclass(frozen=True, slots=True)
class ExceptionWish:
    """A date with other hours, or with none: then both ends are None."""

    date: date
    starts: time | None
    ends: time | None
    location_id: UUID | None


async def set_week(
    db: UserDb,
    actor: Actor,
    actor_id: UUID | None,
    teacher_id: UUID,
    stretches: Sequence[Stretch],
    *,
    time_zone: str,
    version: int | None,
) -> None:
    """Exactly these hours from now on, meant in this zone; ChangedMeanwhile where `version` is not the current one."""
    await check_whose(db, actor, actor_id, teacher_id)
    if time_zone not in zones():
        raise Invalid("This is not a time zone.", fields={"time_zone": "Choose a time zone from the list."})
    check_stretches(stretches)
    row = await _week(db, teacher_id)
    there, zone = await hours_of(db, teacher_id), (await week_of(db, teacher_id)).time_zone
    if sorted_week(there) == sorted_week(stretches) and row is not None and zone == time_zone:
        return
    current = row.version if row else 0
    if version is not None and version != current:
        raise ChangedMeanwhile({"time_zone": zone})
    await _check_locations(
        db, {each.location_id for each in stretches} - {each.location_id for each in there}
    )
    if row is None:
        db.add(AvailabilityWeek(teacher_id=teacher_id, time_zone=time_zone))
    else:
        row.time_zone, row.version, row.updated_at = time_zone, row.version + 1, clock.now()
    await _replace(db, teacher_id, stretches)
    await db.emit(AvailabilityChanged(teacher_id))


async def add_exception(
    db: UserDb, actor: Actor, actor_id: UUID | None, teacher_id: UUID, wish: ExceptionWish
) -> AvailabilityException:
    """Other hours on one date, or none. Several stretches may be added, one by one."""
    await check_whose(db, actor, actor_id, teacher_id)
    if (wish.starts is None) != (wish.ends is None):
        raise Invalid("Say from when to when, or neither.", fields={"ends": "Say from when to when."})
    if wish.starts is not None and wish.ends is not None:
        _check_order(wish.starts, wish.ends, "ends")
    await _check_locations(db, {wish.location_id})
    await _lock(db, teacher_id)
    await _check_alone(db, teacher_id, wish)
    row = AvailabilityException(
        teacher_id=teacher_id,
        date=wish.date,
        starts=wish.starts,
        ends=wish.ends,
        location_id=wish.location_id,
    )
    db.add(row)
    await db.flush()
    await db.emit(AvailabilityChanged(teacher_id))
    return row


async def remove_exception(
    db: UserDb, actor: Actor, actor_id: UUID | None, teacher_id: UUID, exception_id: UUID
) -> ExceptionWish:
    """Let the week count again on that date; what it was, so that it can be put back."""
    await check_whose(db, actor, actor_id, teacher_id)
    row = await db.get(AvailabilityException, exception_id)
    if row.teacher_id != teacher_id:
        raise NotFound
    was = ExceptionWish(row.date, row.starts, row.ends, row.location_id)
    await db.delete(row)
    await db.flush()
    await db.emit(AvailabilityChanged(teacher_id))
    return was


def minute(at: time, *, end: bool = False) -> int:
    """Minutes since the day began; an end of midnight is the end of the day."""
    found = at.hour * 60 + at.minute
    return LONGEST_DAY if end and found == 0 else found


def sorted_week(stretches: Iterable[Stretch]) -> list[Stretch]:
    return sorted(stretches, key=lambda each: (each.weekday, each.starts))


def check_stretches(stretches: Sequence[Stretch]) -> None:
    """Refuse what ends before it starts, overlaps, or is too much for a day; the field is `day_0` to `day_6`."""
    ordered = sorted_week(stretches)
    for each in ordered:
        if not 0 <= each.weekday <= 6:
            raise Invalid("A week has seven days.", fields={"weekday": "Choose a number from 0 to 6."})
        _check_order(each.starts, each.ends, f"day_{each.weekday}")
    for weekday in range(7):
        day = [each for each in ordered if each.weekday == weekday]
        if len(day) > MOST_A_DAY:
            words = "At most 12 stretches a day."
            raise Invalid(words, fields={f"day_{weekday}": words})
        for before, after in pairwise(day):
            if minute(before.ends, end=True) > minute(after.starts):
                raise HoursOverlap(fields={f"day_{weekday}": HoursOverlap.title()})


def _check_order(starts: time, ends: time, field: str) -> None:
    if minute(ends, end=True) - minute(starts) < SHORTEST_MINUTES:
        words = "The end is at least five minutes after the start. Midnight is 00:00."
        raise Invalid(words, fields={field: words})
    if any(at.second or at.microsecond or at.tzinfo for at in (starts, ends)):
        raise Invalid("Hours are whole minutes.", fields={field: "Hours are whole minutes."})


async def check_whose(db: UserDb, actor: Actor, actor_id: UUID | None, teacher_id: UUID) -> None:
    """Teachers change their own hours, owners everybody's; whoever else asks meets nothing."""
    if actor.role != Role.SUPER_ADMIN and actor_id != teacher_id:
        raise NotFound
    await teacher(db, teacher_id)


async def _check_locations(db: UserDb, location_ids: set[UUID | None]) -> None:
    for location_id in location_ids - {None}:
        if location_id is not None and (await db.get(Location, location_id)).archived_at is not None:
            raise IsArchived


async def _week(db: UserDb, teacher_id: UUID) -> AvailabilityWeek | None:
    await _lock(db, teacher_id)
    found = await db.execute(
        select(AvailabilityWeek).where(
            AvailabilityWeek.organization_id == db.organization_id, AvailabilityWeek.teacher_id == teacher_id
        )
    )
    return found.scalar_one_or_none()


LOCK = "select pg_advisory_xact_lock(hashtextextended('hours:' || app.org_id() || $1::text, 0))"


async def _lock(db: UserDb, teacher_id: UUID) -> None:
    """One at a time for each teacher, as the database itself does it."""
    await db.value(LOCK, str(teacher_id))


async def _replace(db: UserDb, teacher_id: UUID, stretches: Sequence[Stretch]) -> None:
    await db.execute(
        delete(AvailabilityHours).where(
            AvailabilityHours.organization_id == db.organization_id,
            AvailabilityHours.teacher_id == teacher_id,
        )
    )
    for each in stretches:
        db.add(
            AvailabilityHours(
                teacher_id=teacher_id,
                weekday=each.weekday,
                starts=each.starts,
                ends=each.ends,
                location_id=each.location_id,
            )
        )
    await db.flush()


async def _check_alone(db: UserDb, teacher_id: UUID, wish: ExceptionWish) -> None:
    found = await db.execute(
        select(AvailabilityException).where(
            AvailabilityException.organization_id == db.organization_id,
            AvailabilityException.teacher_id == teacher_id,
            AvailabilityException.date == wish.date,
        )
    )
    for other in found.scalars():
        if other.starts is None or other.ends is None or wish.starts is None or wish.ends is None:
            raise OffOrHours(fields={"date": OffOrHours.title()})
        if minute(other.starts) < minute(wish.ends, end=True) and minute(wish.starts) < minute(
            other.ends, end=True
        ):
            raise HoursOverlap(fields={"ends": HoursOverlap.title()})
