"""Lessons: one's own, one whole, booked, moved, cancelled, and who was there."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Invalid
from coursecove.kit.web.formats import local_time, plural
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people.showing import address
from coursecove.scheduling import booking_queries as queries
from coursecove.scheduling.attendance_actions import record_attendance
from coursecove.scheduling.booking_actions import (
    STAFF,
    AlreadyCancelled,
    Booker,
    LessonChanged,
    LessonOver,
    TimeTaken,
    TooLateToMove,
    Version,
    book_lesson,
    cancel_booking,
    is_late,
    move_booking,
)
from coursecove.scheduling.booking_models import BookingStatus
from coursecove.scheduling.booking_queries import Lesson
from coursecove.scheduling.booking_showing import cancellation_page, lesson_days, lesson_page, offer_row
from coursecove.scheduling.booking_views import LessonsPage, OffersPage
from coursecove.scheduling.booking_wording import presence_word
from coursecove.scheduling.finding import Asked, Search, confirm_page, students_for, times_page
from coursecove.scheduling.series_changes import SeenSeries, cancel_following
from coursecove.scheduling.series_moving import NotReadable, move_series, with_following
from coursecove.scheduling.series_queries import Following, following
from coursecove.scheduling.series_showing import SeriesForm, series_preview
from coursecove.scheduling.slots import Occupied


@page("GET", "/lessons", allow=Permission.BOOK_LESSONS)
async def lessons(request: Request, db: ReadDb, me: Member) -> Answer:
    past = request.query_params.get("when") == "past"
    now, zone = clock.now(), ZoneInfo(me.time_zone)
    today = datetime.combine(now.astimezone(zone).date(), time(0), zone)
    cursor = request.query_params.get("cursor")
    found = await queries.lessons(db, whose(me), today, past=past, cursor=cursor)
    when = "past" if past else ""
    data = LessonsPage(
        lesson_days(me, found.rows, now),
        past,
        me.role in STAFF,
        newer=address("/lessons", found.previous, when=when) if found.previous else None,
        older=address("/lessons", found.following, when=when) if found.following else None,
    )
    return Page("scheduling/lessons.html", data)


def whose(me: Member) -> str:
    return {Role.SUPER_ADMIN: "all", Role.TEACHER: "teacher"}.get(me.role, "family")


@page("GET", "/lessons/book", allow=Permission.BOOK_LESSONS)
async def book(request: Request, db: ReadDb, me: Member) -> Answer:
    """What can be booked; with a kind of lesson its free times, and with a time what is about to be booked."""
    asked = Asked.of(request.query_params)
    if asked.type_id is None:
        found = await queries.offered(db)
        rows = tuple(offer_row(each) for each in found.offers)
        return Page("scheduling/book.html", OffersPage(rows, not found.somebody))
    offer, students = await queries.offer(db, asked.type_id), await students_for(db, me)
    return await _found(db, me, Search(offer, asked, "/lessons/book", students))


async def _found(db: Reads, me: Member, search: Search) -> Answer:
    now = clock.now()
    if search.asked.at is None:
        return Page("scheduling/times.html", await times_page(db, me, search, now=now))
    data = await confirm_page(db, me, search, search.asked.at, now=now)
    if data is None:
        gone = await times_page(db, me, search, now=now, problem=TimeTaken.title())
        return Page("scheduling/times.html", gone, status=409)
    if search.moved is not None:
        data = await with_following(db, search.moved, data)
    return Page("scheduling/confirm.html", data)


@page("POST", "/lessons", allow=Permission.BOOK_LESSONS)
async def create_lesson(request: Request, db: UserDb, me: Member) -> Answer:
    form, now = await request.form(), clock.now()
    asked = Asked.of(_texts(form))
    if asked.type_id is None or asked.at is None:
        raise NotReadable
    offer, students = await queries.offer(db, asked.type_id), await students_for(db, me)
    search, note = Search(offer, asked, "/lessons/book", students), str(form.get("note", ""))
    if form.get("repeat"):
        return await series_preview(db, me, SeriesForm(search, asked.at, _texts(form)), now=now)
    try:
        booking_id = await book_lesson(db, booker(me), search.wish, asked.at, now=now, note=note)
    except TimeTaken as taken:
        data = await times_page(db, me, search, now=now, problem=taken.message)
        return Page("scheduling/times.html", data, status=409)
    except Invalid as refusal:
        errors = dict(refusal.fields)
        again = await confirm_page(db, me, search, asked.at, now=now, note=note, errors=errors)
        if again is None:
            raise
        return Page("scheduling/confirm.html", again, status=422)
    said = _("The lesson is booked: %(time)s.") % {"time": local_time(asked.at)}
    return Redirect(f"/lessons/{booking_id}", toast=said)


@page("GET", "/lessons/{booking_id:uuid}", allow=Permission.BOOK_LESSONS)
async def lesson(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await queries.lesson(db, request.path_params["booking_id"])
    return Page("scheduling/lesson.html", lesson_page(me, found, clock.now()))


@page("GET", "/lessons/{booking_id:uuid}/move", allow=Permission.BOOK_LESSONS)
async def move(request: Request, db: ReadDb, me: Member) -> Answer:
    """Free times for a lesson that is to be at another time."""
    found = await queries.lesson(db, request.path_params["booking_id"])
    _check_movable(me, found)
    return await _found(db, me, await _moving(db, me, found, Asked.of(request.query_params)))


@page("POST", "/lessons/{booking_id:uuid}/move", allow=Permission.BOOK_LESSONS)
async def create_move(request: Request, db: UserDb, me: Member) -> Answer:
    form, now = await request.form(), clock.now()
    found = await queries.lesson(db, request.path_params["booking_id"])
    asked = Asked.of(_texts(form))
    if asked.at is None:
        raise NotReadable
    search, seen = await _moving(db, me, found, asked), _seen(found, form)
    if form.get("which") == "following":
        return await move_series(db, me, search, seen, form, now=now)
    try:
        await move_booking(db, booker(me), seen, search.wish, asked.at, now=now)
    except TimeTaken as taken:
        data = await times_page(db, me, search, now=now, problem=taken.message)
        return Page("scheduling/times.html", data, status=409)
    said = _("The lesson is moved to %(time)s.") % {"time": local_time(asked.at)}
    return Redirect(f"/lessons/{found.id}", toast=said)


@page("GET", "/lessons/{booking_id:uuid}/cancellation", allow=Permission.BOOK_LESSONS)
async def cancellation(request: Request, db: ReadDb, me: Member) -> Answer:
    """What comes of cancelling, before anything is done."""
    found = await queries.lesson(db, request.path_params["booking_id"])
    _check_open(me, found)
    series = await _series(db, found)
    return Page("scheduling/cancellation.html", cancellation_page(me, found, clock.now(), series=series))


@page("POST", "/lessons/{booking_id:uuid}/cancellation", allow=Permission.BOOK_LESSONS)
async def create_cancellation(request: Request, db: UserDb, me: Member) -> Answer:
    form, now = await request.form(), clock.now()
    found = await queries.lesson(db, request.path_params["booking_id"])
    reason, series = str(form.get("reason", "")), await _series(db, found)
    shown_late = form.get("late") == "1"
    asks_again = cancellation_page(me, found, now, reason=reason, series=series)
    if asks_again.late and not shown_late and found.status == BookingStatus.BOOKED:
        said = _("In the meantime it has become too late to cancel without consequences.")
        return Page("scheduling/cancellation.html", replace(asks_again, problem=said), status=409)
    try:
        said = await _cancel(db, me, _seen(found, form), form, reason)
    except Invalid as refusal:
        data = replace(asks_again, errors=dict(refusal.fields))
        return Page("scheduling/cancellation.html", data, status=422)
    return Redirect(f"/lessons/{found.id}", toast=said)


async def _series(db: Reads, found: Lesson) -> list[Following]:
    """It and those that follow; a lesson that stands alone asks the database nothing more."""
    return await following(db, found.id) if found.series_id is not None else []


async def _cancel(db: UserDb, me: Member, seen: Version, form: FormData, reason: str) -> str:
    """Cancel this lesson, or this and those that follow, and say so."""
    now, who = clock.now(), booker(me)
    if form.get("which") == "following":
        seal = str(form.get("seal", ""))
        gone = await cancel_following(db, who, SeenSeries(seen, seal), now=now, reason=reason)
        return _("Cancelled: %(lessons)s.") % {"lessons": plural(len(gone), _("lesson"), _("lessons"))}
    done = await cancel_booking(db, who, seen, now=now, reason=reason)
    if done.late:
        return _("The lesson is cancelled, late by the school’s terms.")
    return _("The lesson is cancelled.")


@page("POST", "/lessons/{booking_id:uuid}/attendance", allow=Permission.OFFER_LESSONS)
async def create_attendance(request: Request, db: UserDb, me: Member) -> Answer:
    """From a list one tap is enough; on the lesson's own page a note may be added."""
    form, booking_id = await request.form(), request.path_params["booking_id"]
    status, note = str(form.get("status", "")), str(form.get("note", ""))
    try:
        await record_attendance(db, booker(me), booking_id, status, note=note)
    except Invalid as refusal:
        found = await queries.lesson(db, booking_id)
        data = lesson_page(
            me, found, clock.now(), given={"status": status, "note": note}, errors=dict(refusal.fields)
        )
        return Page("scheduling/lesson.html", data, status=422)
    from_list = request.query_params.get("from") == "list"
    return Redirect("/lessons" if from_list else f"/lessons/{booking_id}", toast=presence_word(status))


def booker(me: Member) -> Booker:
    return Booker(me.role, me.school_id, me.id)


async def _moving(db: Reads, me: Member, found: Lesson, asked: Asked) -> Search:
    offer = await queries.offer(db, found.appointment_type_id)
    before = Occupied(found.teacher_id, found.room_id, found.starts_at)
    known = {each.id for each in offer.teachers}
    kept = asked.teacher_id or (found.teacher_id if found.teacher_id in known else None)
    wanted = Asked(offer.id, asked.location_id, kept, found.student_id, asked.first, asked.at)
    return Search(
        offer, wanted, f"/lessons/{found.id}/move", [(str(found.student_id), found.student)], before, found
    )


def _check_open(me: Member, found: Lesson) -> None:
    if found.status == BookingStatus.CANCELLED:
        raise AlreadyCancelled
    if found.starts_at <= clock.now() and me.role not in STAFF:
        raise LessonOver


def _check_movable(me: Member, found: Lesson) -> None:
    _check_open(me, found)
    if me.role not in STAFF and is_late(found.starts_at, found.cancel_notice_hours, clock.now()):
        raise TooLateToMove


def _seen(found: Lesson, form: FormData) -> Version:
    said = str(form.get("version", ""))
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        raise LessonChanged
    return Version(found.id, int(said))


def _texts(form: FormData) -> Mapping[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


PAGES: tuple[PageRoute, ...] = (
    lessons,
    book,
    create_lesson,
    lesson,
    move,
    create_move,
    cancellation,
    create_cancellation,
    create_attendance,
)
