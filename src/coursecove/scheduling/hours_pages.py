"""Teaching hours: one's own, or for owners a teacher's: the week, its exceptions, and what they come to."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission, may
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Conflict, Invalid, NotFound, ProblemError
from coursecove.kit.web.formats import local_date
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people.parts import parts
from coursecove.scheduling import forms, hours_queries, week_form
from coursecove.scheduling.hours_actions import ExceptionWish, add_exception, remove_exception, set_week
from coursecove.scheduling.hours_queries import ExceptionFacts, Stretch
from coursecove.scheduling.place_queries import Choice, ClosureFacts
from coursecove.scheduling.views import ExceptionRow, HoursPage, ShownDay
from coursecove.scheduling.week_form import Lines, clock_words
from coursecove.scheduling.weeks import Day, resulting_days
from coursecove.schools.editing import ChangedMeanwhile, Difference

PATH: Final = "/hours"
COMING_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed that is not saved: it is shown again."""

    lines: Lines | None = None
    time_zone: str = ""
    exception: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    more: str = ""


NOTHING: Final = Typed()


@page("GET", PATH, allow=Permission.OFFER_LESSONS)
async def my_hours(request: Request, db: ReadDb, me: Member) -> Answer:
    if me.support is not None:
        return Redirect("/schedule/teachers")
    return Page("scheduling/hours.html", await _shown(db, me, me.id, request.query_params.get("cursor")))


@page("GET", PATH + "/{member_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def teachers_hours(request: Request, db: ReadDb, me: Member) -> Answer:
    data = await _shown(db, me, _id(request), request.query_params.get("cursor"))
    return Page("scheduling/hours.html", data)


@page("POST", PATH + "/{member_id:uuid}", allow=Permission.OFFER_LESSONS)
async def update_hours(request: Request, db: UserDb, me: Member) -> Answer:
    """Save the week; the buttons that copy and clear only change the form."""
    form, member_id = await request.form(), _own(request, me)
    lines, zone = week_form.typed_week(form), forms.words(form, "time_zone")
    action = forms.words(form, "action")
    changed = week_form.changed_by(action, form, lines)
    if changed is not None:
        typed = Typed(changed, zone, more=action.partition(":")[2] if action.startswith("more") else "")
        data = replace(await _shown(db, me, member_id, typed=typed), unsaved=True)
        return Page("scheduling/hours.html", data)
    try:
        stretches = week_form.stretches_of(lines)
        version = forms.version_of(form)
        await set_week(db, me, me.id, member_id, stretches, time_zone=zone, version=version)
    except (Invalid, Conflict) as refusal:
        typed = Typed(lines, zone, errors=dict(refusal.fields))
        return await _refused(db, me, member_id, typed, refusal)
    return Redirect(
        _path(me, member_id), toast=_("Your week is saved.") if member_id == me.id else _("Saved.")
    )


@page("POST", PATH + "/{member_id:uuid}/exceptions", allow=Permission.OFFER_LESSONS)
async def create_exception(request: Request, db: UserDb, me: Member) -> Answer:
    member_id, given = _own(request, me), forms.sent(request.query_params, await request.form())
    try:
        wish = _exception(given)
        await add_exception(db, me, me.id, member_id, wish)
    except (Invalid, Conflict) as refusal:
        names = ("date", "starts", "ends", "location_id", "off")
        typed = Typed(
            exception={name: forms.words(given, name) for name in names}, errors=dict(refusal.fields)
        )
        return await _refused(db, me, member_id, typed, refusal)
    return Redirect(_path(me, member_id), toast=_("Noted for %(date)s.") % {"date": local_date(wish.date)})


@page(
    "POST", PATH + "/{member_id:uuid}/exceptions/{exception_id:uuid}/removal", allow=Permission.OFFER_LESSONS
)
async def create_exception_removal(request: Request, db: UserDb, me: Member) -> Answer:
    member_id = _id(request)
    was = await remove_exception(db, me, me.id, member_id, request.path_params["exception_id"])
    fields = {
        "date": was.date.isoformat(),
        "starts": clock_words(was.starts) if was.starts else "",
        "ends": clock_words(was.ends) if was.ends else "",
        "location_id": str(was.location_id or ""),
        "off": "" if was.starts else "1",
    }
    said = _("The week counts again on %(date)s.") % {"date": local_date(was.date)}
    undo = f"{PATH}/{member_id}/exceptions?{urlencode(fields)}"
    return Redirect(_path(me, member_id), toast=said, undo=undo)


PAGES: tuple[PageRoute, ...] = (
    my_hours,
    teachers_hours,
    update_hours,
    create_exception,
    create_exception_removal,
)


def _id(request: Request) -> UUID:
    member_id: UUID = request.path_params["member_id"]
    return member_id


def _own(request: Request, me: Member) -> UUID:
    """Whose hours are to be changed: one's own, or for owners anybody's."""
    member_id = _id(request)
    if member_id != me.id and not may(me.role, Permission.MANAGE_SCHEDULE):
        raise NotFound
    return member_id


def _path(me: Member, member_id: UUID) -> str:
    return PATH if member_id == me.id else f"{PATH}/{member_id}"


def _exception(given: dict[str, object]) -> ExceptionWish:
    read = forms.Reading(given)
    on, off = read.day("date"), bool(forms.words(given, "off"))
    starts = None if off else read.clock("starts")
    ends = None if off else read.clock("ends")
    if not off and (starts is None or ends is None):
        read.problems.setdefault("ends", _("Say from when to when, or tick the whole day."))
    read.finish()
    return ExceptionWish(on, starts, ends, None if off else forms.id_of(given.get("location_id")))


async def _refused(db: UserDb, me: Member, member_id: UUID, typed: Typed, refusal: ProblemError) -> Page:
    data = await _shown(db, me, member_id, typed=typed)
    if isinstance(refusal, ChangedMeanwhile):
        theirs = await _shown(db, me, member_id)
        return Page(
            "scheduling/hours.html", replace(data, differences=_differences(theirs, data)), status=409
        )
    if not refusal.fields:
        raise refusal
    return Page("scheduling/hours.html", data, status=refusal.status)


def _differences(theirs: HoursPage, yours: HoursPage) -> tuple[Difference, ...]:
    labels = {"time_zone": _("Time zone"), **{day.words: day.words for day in yours.days}}
    return forms.differences(_in_words(theirs), _in_words(yours), labels)


def _in_words(data: HoursPage) -> dict[str, str]:
    days = {
        day.words: week_form.day_words([line for line in day.lines if line.starts or line.ends])
        for day in data.days
    }
    return {"time_zone": data.time_zone, **days}


async def _shown(
    db: Reads, me: Member, member_id: UUID, cursor: str | None = None, typed: Typed = NOTHING
) -> HoursPage:
    """The page as the database has it, with what was typed in its place where something was."""
    day = clock.now().date()
    ahead = timedelta(days=COMING_DAYS + 1)
    week = await hours_queries.whole_week(db, member_id, day - timedelta(days=1), day + ahead)
    hours, closures = parts(week.hours, Stretch), parts(week.closures, ClosureFacts)
    names = {each.id: each.name for each in parts(week.places, Choice)}
    today = _today(week.time_zone)
    found = await hours_queries.exceptions_of(db, member_id, today, cursor=cursor)
    near = found if cursor is None else await hours_queries.exceptions_of(db, member_id, today)
    lines = typed.lines if typed.lines is not None else week_form.lines_of(hours)
    return HoursPage(
        week.id,
        week.name,
        week.id == me.id,
        typed.time_zone or week.time_zone,
        forms.zone_choices(),
        str(week.version),
        week_form.shown_days(lines, typed.errors, more=typed.more),
        (("", _("Anywhere")), *((str(each), name) for each, name in names.items())),
        tuple(_exception_row(each, names) for each in found.rows),
        tuple(
            _coming(each, names) for each in resulting_days(today, COMING_DAYS, hours, near.rows, closures)
        ),
        typed.exception,
        typed.errors,
        newer=forms.address(_path(me, member_id), found.previous),
        older=forms.address(_path(me, member_id), found.following),
    )


def _today(zone: str) -> date:
    now: datetime = clock.now()
    return now.astimezone(ZoneInfo(zone)).date()


def _exception_row(facts: ExceptionFacts, names: dict[UUID, str]) -> ExceptionRow:
    hours = f"{clock_words(facts.starts)}–{clock_words(facts.ends)}" if facts.starts and facts.ends else None
    return ExceptionRow(
        facts.id, facts.date, hours, names.get(facts.location_id) if facts.location_id else None
    )


def _coming(day: Day, names: dict[UUID, str]) -> ShownDay:
    hours = tuple(
        f"{clock_words(each.starts)}–{clock_words(each.ends)}"
        + (f" · {names[each.location_id]}" if each.location_id in names else "")
        for each in day.hours
    )
    return ShownDay(day.date, hours, _("Exception") if day.why == "exception" else day.why)
