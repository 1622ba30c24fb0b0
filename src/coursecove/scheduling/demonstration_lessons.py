"""What the demo schools' calendars hold: lessons of last week with who was there, and those of the weeks to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from coursecove.kit import clock
from coursecove.kit.db import ServiceDb
from coursecove.scheduling.booking_models import Attendance, Booking, BookingStatus, Presence
from coursecove.scheduling.hours_models import AvailabilityException, AvailabilityHours, Closure
from coursecove.scheduling.models import (
    AppointmentType,
    AppointmentTypeLocation,
    Location,
    LocationKind,
    Qualification,
    Room,
    TypeStatus,
)

WEEKS: Final = range(-1, 4)
"""From the week before this one on."""
MOST_HOURS, EVERY_OTHER = (True, True, False), (True, False)
"""Which of a teacher's hours are taken, over and over, so that some are free; long lessons need the hour after."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """What a teacher gives, where, and in which room that is theirs alone."""

    kind: AppointmentType
    location: Location
    room_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Closed:
    """Days on which a teacher, or the whole school, is away."""

    off: frozenset[tuple[UUID, date]]
    shut: tuple[tuple[date, date], ...]

    def __contains__(self, asked: tuple[UUID, date]) -> bool:
        return asked in self.off or any(first <= asked[1] <= last for first, last in self.shut)


async def add_lessons(db: ServiceDb, zone: str, students: Sequence[UUID]) -> None:
    """Fill the teachers' hours of a school with lessons; every teacher has students of their own."""
    hours = (
        await db.execute(select(AvailabilityHours).filter_by(organization_id=db.organization_id))
    ).scalars()
    of_teacher: dict[UUID, list[AvailabilityHours]] = {}
    for each in hours:
        of_teacher.setdefault(each.teacher_id, []).append(each)
    closed = await _closed(db)
    for place, (teacher_id, stretches) in enumerate(sorted(of_teacher.items())):
        mine = students[place :: len(of_teacher)]
        offer = await _offer(db, teacher_id, place)
        there = [each for each in stretches if each.location_id in (None, offer.location.id)]
        times = [at for at in _times(there, ZoneInfo(zone)) if (teacher_id, at.date()) not in closed]
        await _fill(db, teacher_id, offer, times, mine)


def _times(stretches: Sequence[AvailabilityHours], zone: ZoneInfo) -> Iterator[datetime]:
    """Every full hour that the teacher is there."""
    today = clock.now().astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    for week in WEEKS:
        for stretch in stretches:
            day = monday + timedelta(weeks=week, days=stretch.weekday)
            for hour in range(stretch.starts.hour, stretch.ends.hour or 24):
                yield datetime.combine(day, time(hour), zone)


async def _closed(db: ServiceDb) -> _Closed:
    off = await db.execute(select(AvailabilityException).filter_by(organization_id=db.organization_id))
    shut = await db.execute(select(Closure).filter_by(organization_id=db.organization_id))
    return _Closed(
        frozenset((each.teacher_id, each.date) for each in off.scalars()),
        tuple((each.first_day, each.last_day) for each in shut.scalars()),
    )


async def _offer(db: ServiceDb, teacher_id: UUID, place: int) -> _Offer:
    """The dearest kind of lesson that the teacher gives; rooms go round, one to each teacher."""
    kinds = await db.execute(
        select(AppointmentType)
        .join(Qualification, Qualification.appointment_type_id == AppointmentType.id)
        .where(
            AppointmentType.organization_id == db.organization_id,
            AppointmentType.status == TypeStatus.PUBLISHED,
            Qualification.teacher_id == teacher_id,
        )
        .order_by(AppointmentType.price_minor.desc().nulls_last())
        .limit(1)
    )
    kind = kinds.scalar_one()
    places = await db.execute(
        select(Location)
        .join(AppointmentTypeLocation, AppointmentTypeLocation.location_id == Location.id)
        .where(AppointmentTypeLocation.appointment_type_id == kind.id)
        .order_by(Location.kind != LocationKind.IN_PERSON)
        .limit(1)
    )
    location = places.scalar_one()
    found = await db.execute(select(Room.id).where(Room.location_id == location.id).order_by(Room.name))
    rooms = list(found.scalars())
    return _Offer(kind, location, rooms[place % len(rooms)] if rooms else None)


async def _fill(
    db: ServiceDb, teacher_id: UUID, offer: _Offer, times: Sequence[datetime], students: Sequence[UUID]
) -> None:
    now, kind = clock.now(), offer.kind
    needed = kind.buffer_before_minutes + kind.duration_minutes + kind.buffer_after_minutes
    taken = EVERY_OTHER if needed > 60 else MOST_HOURS
    lessons = [
        _lesson(teacher_id, students[number % len(students)], offer, at)
        for number, at in enumerate(times)
        if taken[number % len(taken)]
    ]
    for lesson in lessons:
        db.add(lesson)
    await db.flush()
    for number, lesson in enumerate(each for each in lessons if each.ends_at < now):
        db.add(_attendance(lesson, number))
    ahead = [lesson for lesson in lessons if lesson.starts_at > now]
    if len(ahead) > 1:
        _cancel(ahead[1], now)
    await db.flush()


def _lesson(teacher_id: UUID, student_id: UUID, offer: _Offer, at: datetime) -> Booking:
    kind = offer.kind
    starts = at.astimezone(UTC)
    ends = starts + timedelta(minutes=kind.duration_minutes)
    return Booking(
        appointment_type_id=kind.id,
        teacher_id=teacher_id,
        student_id=student_id,
        location_id=offer.location.id,
        room_id=offer.room_id,
        title=kind.name,
        starts_at=starts,
        ends_at=ends,
        busy_from=starts - timedelta(minutes=kind.buffer_before_minutes),
        busy_until=ends + timedelta(minutes=kind.buffer_after_minutes),
        cancel_notice_hours=kind.cancel_notice_hours,
        meeting_link=offer.location.meeting_link,
        booked_by=teacher_id,
    )


def _attendance(lesson: Booking, number: int) -> Attendance:
    status, note = Presence.PRESENT, ""
    if number % 7 == 3:
        status, note = Presence.LATE, "Ten minutes late; the bus."
    elif number % 9 == 5:
        status = Presence.ABSENT
    return Attendance(
        booking_id=lesson.id,
        student_id=lesson.student_id,
        status=status,
        note=note,
        noted_by=lesson.teacher_id,
        noted_at=lesson.ends_at,
    )


def _cancel(lesson: Booking, now: datetime) -> None:
    lesson.status, lesson.cancelled_at, lesson.cancelled_by = BookingStatus.CANCELLED, now, lesson.student_id
    lesson.reason, lesson.version = "A school trip.", 2
