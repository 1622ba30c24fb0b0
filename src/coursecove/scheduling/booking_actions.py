"""Lessons are booked, moved and cancelled. Two never get the same time: the database refuses the second."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from coursecove.accounts.roles import Role
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import Conflict, Forbidden, Invalid
from coursecove.kit.ids import new_id
from coursecove.kit.web.language import gettext as _
from coursecove.scheduling.availability import Span
from coursecove.scheduling.booking_events import LessonBooked, LessonCancelled, LessonMoved, ReminderPlanned
from coursecove.scheduling.booking_models import Booking, BookingStatus
from coursecove.scheduling.slots import Ground, Occupied, Slot, Wish, ground, open_slots

STAFF: Final = frozenset({Role.SUPER_ADMIN, Role.TEACHER})
REMINDED: Final = timedelta(hours=24)
LONGEST_NOTE: Final = 2000
LONGEST_REASON: Final = 500


class TimeTaken(Conflict):
    """Somebody else took this time a moment ago. Nothing was booked; choose another one."""


class TimeNotFree(TimeTaken):
    """This time cannot be booked. Choose one of the free times."""


class TwoAtOnce(TimeTaken):
    """There is another lesson at that time already. Choose another one."""


class AlreadyCancelled(Conflict):
    """This lesson is cancelled already."""


class LessonOver(Conflict):
    """This lesson has begun already, so it can be neither moved nor cancelled."""


class TooLateToMove(Conflict):
    """By the school's terms it is too late to move this lesson yourself. Ask the school."""


class LessonChanged(Conflict):
    """Somebody else changed this lesson in the meantime. Look at it again; nothing of yours was saved."""


class OwnLessonsOnly(Forbidden):
    """Teachers book and change their own lessons. Ask an owner for those of others."""


on_violation("bookings_teacher_twice", TimeTaken)
on_violation("bookings_room_twice", TimeTaken)
on_violation("bookings_student_twice", TwoAtOnce)

LOCK = "select pg_advisory_xact_lock(hashtextextended('lessons:' || app.org_id() || $1::text, 0))"
STUDENT = """
    select m.id from organization_memberships m
     where m.organization_id = (select app.org_id()) and m.id = $1 and m.role = 'STUDENT' and m.status = 'ACTIVE'"""
BOOK = """
    insert into bookings (organization_id, id, appointment_type_id, teacher_id, student_id, location_id, room_id, title,
           starts_at, ends_at, busy_from, busy_until, cancel_notice_hours, meeting_link, note, series_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    on conflict do nothing returning id"""


@dataclass(frozen=True, slots=True)
class Booker:
    """Whoever books: a member, or a program with the school's own key, which is none."""

    role: Role
    school_id: UUID
    member_id: UUID | None

    @property
    def staff(self) -> bool:
        return self.role in STAFF


@dataclass(frozen=True, slots=True)
class Version:
    """A lesson as somebody saw it."""

    booking_id: UUID
    version: int


async def book_lesson(
    db: UserDb, booker: Booker, wish: Wish, starts_at: datetime, *, now: datetime, note: str = ""
) -> UUID:
    """Book a lesson for a student; whoever comes second gets a clear refusal."""
    check_words(note=(note, LONGEST_NOTE))
    if wish.student_id is None or await db.value(STUDENT, wish.student_id) is None:
        raise Invalid(fields={"student_id": _("Choose a student.")})
    found, free = await _look(db, booker, wish, starts_at, now=now)
    for candidate in (slot for slot in free if slot.starts_at == starts_at):
        check_teacher(booker, candidate.teacher_id)
        await db.value(LOCK, str(candidate.teacher_id))
        again = Wish(wish.type_id, wish.location_id, candidate.teacher_id, wish.student_id)
        found, free = await _look(db, booker, again, starts_at, now=now)
        slot = next((each for each in free if each.starts_at == starts_at), None)
        if slot is None:
            continue
        booking_id = await insert_lesson(db, booker, wish.student_id, found, slot, note=note)
        if booking_id is not None:
            await db.emit(LessonBooked(booking_id, 1))
            await plan_reminder(db, booking_id, 1, starts_at, now=now)
            return booking_id
    raise _refusal(found, starts_at)


async def move_booking(
    db: UserDb, booker: Booker, seen: Version, wish: Wish, starts_at: datetime, *, now: datetime
) -> Booking:
    """Another time for a lesson, with the same teacher or another one; the terms stay those it was booked under."""
    booking = await changeable(db, booker, seen, now=now)
    if not booker.staff and is_late(booking.starts_at, booking.cancel_notice_hours, now):
        raise TooLateToMove
    teacher_id = wish.teacher_id or booking.teacher_id
    check_teacher(booker, teacher_id)
    for each in sorted({teacher_id, booking.teacher_id}):
        await db.value(LOCK, str(each))
    wish = Wish(booking.appointment_type_id, wish.location_id, teacher_id, booking.student_id)
    before = Occupied(booking.teacher_id, booking.room_id, booking.starts_at)
    found, free = await _look(db, booker, wish, starts_at, now=now, instead_of=before)
    slot = next((each for each in free if each.starts_at == starts_at), None)
    if slot is None:
        raise _refusal(found, starts_at, before)
    take(booking, found, slot)
    await db.flush()
    await db.emit(LessonMoved(booking.id, booking.version))
    await plan_reminder(db, booking.id, booking.version, starts_at, now=now)
    return booking


async def cancel_booking(
    db: UserDb, booker: Booker, seen: Version, *, now: datetime, reason: str = ""
) -> Booking:
    """A lesson does not take place; late by the terms it was booked under, unless the school itself cancels."""
    check_words(reason=(reason, LONGEST_REASON))
    booking = await changeable(db, booker, seen, now=now)
    mark_cancelled(booker, booking, now=now, reason=reason)
    await db.flush()
    await db.emit(LessonCancelled(booking.id, booking.version))
    return booking


def mark_cancelled(booker: Booker, booking: Booking, *, now: datetime, reason: str) -> None:
    """The lesson as it is once it is cancelled."""
    booking.late = not booker.staff and is_late(booking.starts_at, booking.cancel_notice_hours, now)
    booking.status, booking.cancelled_at = BookingStatus.CANCELLED, now
    booking.cancelled_by, booking.reason = booker.member_id, reason.strip()
    booking.version += 1


def is_late(starts_at: datetime, notice_hours: int, now: datetime) -> bool:
    """Is it later than the terms of a lesson allow without consequences?"""
    return now > starts_at - timedelta(hours=notice_hours)


async def _look(
    db: UserDb,
    booker: Booker,
    wish: Wish,
    starts_at: datetime,
    *,
    now: datetime,
    instead_of: Occupied | None = None,
) -> tuple[Ground, list[Slot]]:
    """What is free around a time, a day before and after."""
    within = Span(starts_at - timedelta(days=1), starts_at + timedelta(days=1))
    found = await ground(db, wish, within)
    return found, open_slots(found, within, now=now, staff=booker.staff, instead_of=instead_of)


async def insert_lesson(
    db: UserDb,
    booker: Booker,
    student_id: UUID,
    found: Ground,
    slot: Slot,
    *,
    note: str,
    series_id: UUID | None = None,
) -> UUID | None:
    """A lesson with the terms of its kind; none where somebody or a room is not free any more."""
    terms = found.terms(staff=booker.staff)
    inserted: UUID | None = await db.value(
        BOOK,
        booker.school_id,
        new_id(),
        found.type_id,
        slot.teacher_id,
        student_id,
        found.location_id,
        slot.room_id,
        found.name,
        slot.starts_at,
        slot.ends_at,
        slot.starts_at - terms.before,
        slot.ends_at + terms.after,
        found.cancel_notice_hours,
        found.meeting_link,
        note.strip(),
        series_id,
    )
    return inserted


def take(booking: Booking, found: Ground, slot: Slot) -> None:
    """The lesson as it is once it is moved there."""
    booking.teacher_id, booking.location_id, booking.room_id = (
        slot.teacher_id,
        found.location_id,
        slot.room_id,
    )
    booking.starts_at, booking.ends_at = slot.starts_at, slot.ends_at
    booking.busy_from = slot.starts_at - timedelta(minutes=found.buffer_before_minutes)
    booking.busy_until = slot.ends_at + timedelta(minutes=found.buffer_after_minutes)
    booking.meeting_link = found.meeting_link
    booking.version += 1


async def changeable(db: UserDb, booker: Booker, seen: Version, *, now: datetime) -> Booking:
    """The lesson, locked; refused where it is over, or not any more what somebody saw."""
    booking = await db.get(Booking, seen.booking_id, lock=True)
    if booking.status == BookingStatus.CANCELLED:
        raise AlreadyCancelled
    if booking.version != seen.version:
        raise LessonChanged
    if booking.starts_at <= now and not booker.staff:
        raise LessonOver
    return booking


def _refusal(found: Ground, starts_at: datetime, before: Occupied | None = None) -> TimeTaken:
    """What to say about a time that is not free: own lesson, somebody else's, or none of the school's hours."""
    ends_at = starts_at + timedelta(minutes=found.duration_minutes)
    others = [each for each in found.own if before is None or each.starts_at != before.starts_at]
    if any(each.starts_at < ends_at and each.ends_at > starts_at for each in others):
        return TwoAtOnce()
    busy = [(each.busy_from, each.busy_until) for each in found.busy]
    taken = [(each.starts_at, each.ends_at) for each in found.taken]
    if any(start < ends_at and end > starts_at for start, end in busy + taken):
        return TimeTaken()
    return TimeNotFree()


async def plan_reminder(
    db: UserDb, booking_id: UUID, version: int, starts_at: datetime, *, now: datetime
) -> None:
    if starts_at - REMINDED > now:
        await db.emit(ReminderPlanned(booking_id, version), not_before=starts_at - REMINDED)


def check_teacher(booker: Booker, teacher_id: UUID) -> None:
    if booker.role == Role.TEACHER and teacher_id != booker.member_id:
        raise OwnLessonsOnly


def check_words(**words: tuple[str, int]) -> None:
    wrong = {
        name: _("At most %(most)s letters.") % {"most": most}
        for name, (text, most) in words.items()
        if len(text.strip()) > most or "\0" in text
    }
    if wrong:
        raise Invalid(fields=wrong)
