"""The JSON API of lessons: free times, booking, moving, cancelling, attendance."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Query, Response
from starlette.requests import Request

from coursecove.accounts.api_access import Caller, Reader, Reading, Writer, Writing
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.accounts.scopes import Scope
from coursecove.kit import clock
from coursecove.kit.db import Reads, UserDb
from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.paging import CursorQuery, Limit, ways_on
from coursecove.scheduling import booking_queries as queries
from coursecove.scheduling import booking_schemas as schemas
from coursecove.scheduling.attendance_actions import record_attendance
from coursecove.scheduling.availability import Span
from coursecove.scheduling.booking_actions import (
    STAFF,
    Booker,
    TimeTaken,
    Version,
    book_lesson,
    cancel_booking,
    move_booking,
)
from coursecove.scheduling.series_changes import SeenSeries, cancel_following, move_following
from coursecove.scheduling.slots import Wish, ground, one_each, open_slots

routes = ApiRoutes("Lessons")
LONGEST_SEARCH: Final = timedelta(days=31)
AROUND: Final = timedelta(days=3)
NEAREST: Final = 3

When = Annotated[Literal["upcoming", "past"], Query(description="Those from now on, or those before.")]
Type = Annotated[UUID, Query(description="The kind of lesson.")]
Place = Annotated[UUID, Query(description="Where it would be.")]
Teacher = Annotated[UUID | None, Query(description="With whom; without, with anybody who teaches it.")]
Student = Annotated[
    UUID | None, Query(description="For whom: times at which they have a lesson are left out.")
]
From = Annotated[schemas.Instant, Query(alias="from")]


@routes.get("/slots", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def list_slots(
    db: Reading,
    me: Reader,
    *,
    appointment_type_id: Type,
    location_id: Place,
    from_: From,
    until: Annotated[schemas.Instant, Query()],
    teacher_id: Teacher = None,
    student_id: Student = None,
) -> schemas.Slots:
    """Free times within a span of at most 31 days."""
    if not timedelta() < until - from_ <= LONGEST_SEARCH:
        raise Invalid(fields={"until": _("At most 31 days after the beginning.")})
    within = Span(from_, until)
    found = await ground(db, Wish(appointment_type_id, location_id, teacher_id, student_id), within)
    slots = open_slots(found, within, now=clock.now(), staff=me.role in STAFF)
    return schemas.Slots(items=[schemas.Slot.model_validate(slot) for slot in slots])


@routes.get("/bookings", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def list_bookings(
    request: Request,
    response: Response,
    db: Reading,
    me: Reader,
    *,
    when: When = "upcoming",
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Bookings:
    """Lessons: the whole school's for an owner, a teacher's own, a family's own."""
    whose = {Role.SUPER_ADMIN: "all", Role.TEACHER: "teacher"}.get(me.role, "family")
    past = when == "past"
    found = await queries.lessons(db, whose, clock.now(), past=past, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.BookingLine.model_validate(row) for row in found.rows]
    return schemas.Bookings(items=items, next=ways.next, previous=ways.previous)


@routes.post("/bookings", allow=Permission.BOOK_LESSONS, scope=Scope.WRITE_SCHEDULE, names_rows=True)
async def make_booking(wanted: schemas.NewBooking, db: Writing, me: Writer) -> schemas.Booking:
    """Book a lesson. Of two who want the same time one gets it; the other is told the nearest free ones."""
    wish = Wish(wanted.appointment_type_id, wanted.location_id, wanted.teacher_id, wanted.student_id)
    now = clock.now()
    try:
        booking_id = await book_lesson(db, _booker(me), wish, wanted.starts_at, now=now, note=wanted.note)
    except TimeTaken as taken:
        raise await _with_nearest(db, me, wish, wanted.starts_at, taken) from taken
    return await _booking(db, booking_id)


@routes.get("/bookings/{booking_id}", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def show_booking(booking_id: UUID, db: Reading, _me: Reader) -> schemas.Booking:
    """One lesson."""
    return await _booking(db, booking_id)


@routes.post(
    "/bookings/{booking_id}/move", allow=Permission.BOOK_LESSONS, scope=Scope.WRITE_SCHEDULE, status=200
)
async def move_lesson(booking_id: UUID, wanted: schemas.Move, db: Writing, me: Writer) -> schemas.Booking:
    """Another time for a lesson; its terms stay those it was booked under.

    Those that follow in its series are moved by as much, if they begin at the same time of the week.
    """
    found = await queries.lesson(db, booking_id)
    place = wanted.location_id or found.location_id
    wish = Wish(found.appointment_type_id, place, wanted.teacher_id or found.teacher_id, found.student_id)
    seen, now = Version(booking_id, wanted.version), clock.now()
    try:
        if wanted.following:
            await move_following(db, _booker(me), SeenSeries(seen), wish, wanted.starts_at, now=now)
        else:
            await move_booking(db, _booker(me), seen, wish, wanted.starts_at, now=now)
    except TimeTaken as taken:
        raise await _with_nearest(db, me, wish, wanted.starts_at, taken) from taken
    return await _booking(db, booking_id)


@routes.post(
    "/bookings/{booking_id}/cancellation",
    allow=Permission.BOOK_LESSONS,
    scope=Scope.WRITE_SCHEDULE,
    status=200,
)
async def cancel_lesson(
    booking_id: UUID, wanted: schemas.Cancellation, db: Writing, me: Writer
) -> schemas.Booking:
    """Cancel a lesson; `late` says whether that was later than its terms allow."""
    seen, now = Version(booking_id, wanted.version), clock.now()
    if wanted.following:
        await cancel_following(db, _booker(me), SeenSeries(seen), now=now, reason=wanted.reason)
    else:
        await cancel_booking(db, _booker(me), seen, now=now, reason=wanted.reason)
    return await _booking(db, booking_id)


@routes.post(
    "/bookings/{booking_id}/attendance",
    allow=Permission.OFFER_LESSONS,
    scope=Scope.WRITE_SCHEDULE,
    status=200,
)
async def note_attendance(
    booking_id: UUID, wanted: schemas.NewAttendance, db: Writing, me: Writer
) -> schemas.Booking:
    """Say whether the student was there, as often as you like: the last word counts."""
    await record_attendance(db, _booker(me), booking_id, wanted.status, note=wanted.note)
    return await _booking(db, booking_id)


def _booker(me: Caller) -> Booker:
    return Booker(me.role, me.school_id, me.member_id)


async def _booking(db: Reads, booking_id: UUID) -> schemas.Booking:
    return schemas.Booking.model_validate(await queries.lesson(db, booking_id))


async def _with_nearest(
    db: UserDb, me: Caller, wish: Wish, starts_at: datetime, taken: TimeTaken
) -> TimeTaken:
    """The same refusal, with the free times that are nearest."""
    now = clock.now()
    within = Span(starts_at - AROUND, starts_at + AROUND)
    free = open_slots(await ground(db, wish, within), within, now=now, staff=me.role in STAFF)
    around = sorted(one_each(free), key=lambda slot: abs(slot.starts_at - starts_at))[:NEAREST]
    times = ", ".join(
        f"{slot.starts_at:%Y-%m-%dT%H:%M:%SZ}" for slot in sorted(around, key=lambda s: s.starts_at)
    )
    return type(taken)(f"{taken.message} Free nearby: {times}." if times else taken.message)
