"""The calendar: a month, a week, a day or a list, of oneself, a teacher or a room; and one's own feed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people.parts import parts
from coursecove.people.showing import address
from coursecove.scheduling.availability import days_off
from coursecove.scheduling.booking_actions import STAFF
from coursecove.scheduling.booking_queries import MOST_IN_A_SPAN, LessonRow, Whose, lessons_within
from coursecove.scheduling.booking_showing import lesson_line
from coursecove.scheduling.booking_views import LessonLine
from coursecove.scheduling.calendar_queries import Brief, calendars, lessons_by_day, my_feed
from coursecove.scheduling.calendar_views import BriefLesson, CalendarDay, CalendarPage, FeedPage, MonthCell
from coursecove.scheduling.feeds import feed_path, make_feed, revoke_feed
from coursecove.scheduling.finding import Asked

WEEK: Final = 7
LENGTHS: Final = {"month": 42, "week": WEEK, "day": 1, "list": 28}


@dataclass(frozen=True, slots=True)
class Looked:
    """What somebody wants to look at: how, from which day on, as they were narrowed down."""

    view: str
    first: date
    length: int
    month: date
    zone: ZoneInfo
    today: date
    whose: Whose
    narrowed: dict[str, str]

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(self.length)]

    def at(self, day: date, how: str | None = None) -> str:
        """The address of the same lessons on another day, or looked at in another way."""
        return address("/calendar", view=how or self.view, day=day.isoformat(), **self.narrowed)

    def neighbours(self) -> tuple[date, date]:
        """Where the time before begins, and the time after."""
        if self.view == "month":
            return (self.month - timedelta(days=1)).replace(day=1), next_month(self.month)
        step = timedelta(days=self.length)
        return self.first - step, self.first + step


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@page("GET", "/calendar", allow=Permission.BOOK_LESSONS)
async def calendar(request: Request, db: ReadDb, me: Member) -> Answer:
    looked = _looked(request, me)
    data = _shown(me, looked)
    if looked.view == "month":
        data = replace(data, cells=await _cells(db, looked))
    else:
        within = days_off(looked.zone, looked.days[0], looked.days[-1])
        rows = await lessons_within(db, looked.whose, within.starts, within.ends)
        cut = MOST_IN_A_SPAN if len(rows) >= MOST_IN_A_SPAN else None
        data = replace(data, days=_days(me, looked, rows), cut_at=cut)
    if me.role in STAFF:
        data = await _with_choices(db, data, looked.narrowed)
    return Page("scheduling/calendar.html", data)


def _looked(request: Request, me: Member) -> Looked:
    said = request.query_params
    view = said.get("view", "") if said.get("view") in LENGTHS else "week"
    asked = Asked.of({**said, "from": said.get("day", "")})
    room = Asked.of({"type": said.get("room", "")}).type_id
    zone = ZoneInfo(me.time_zone)
    today = clock.now().astimezone(zone).date()
    teacher = asked.teacher_id if "teacher" in said or me.role != Role.TEACHER or room else me.id
    whose, narrowed = Whose(family=True), {}
    if me.role in STAFF:
        whose = Whose(teacher_id=teacher, room_id=None if teacher else room)
        narrowed = {"teacher": str(teacher or "") or "all", "room": str(whose.room_id or "")}
    day = asked.first or today
    first, length = span_of(view, day)
    return Looked(view, first, length, day.replace(day=1), zone, today, whose, narrowed)


def span_of(view: str, day: date) -> tuple[date, int]:
    """The first day that is shown and how many; a month fills whole weeks, and so does a week."""
    if view == "week":
        return day - timedelta(days=day.weekday()), WEEK
    if view != "month":
        return day, LENGTHS[view]
    first = day.replace(day=1)
    first -= timedelta(days=first.weekday())
    return first, -(-(next_month(day) - first).days // WEEK) * WEEK


def _days(me: Member, looked: Looked, rows: Sequence[LessonRow]) -> tuple[CalendarDay, ...]:
    lines: dict[date, list[LessonLine]] = {}
    for row in rows:
        day = row.starts_at.astimezone(looked.zone).date()
        lines.setdefault(day, []).append(lesson_line(me, row, clock.now()))
    return tuple(CalendarDay(each, each == looked.today, tuple(lines.get(each, ()))) for each in looked.days)


async def _cells(db: ReadDb, looked: Looked) -> tuple[MonthCell, ...]:
    spans = [days_off(looked.zone, day, day) for day in looked.days]
    found = await lessons_by_day(
        db, looked.whose, [each.starts for each in spans], [each.ends for each in spans]
    )
    return tuple(
        MonthCell(
            day,
            day == looked.today,
            day.month != looked.month.month,
            tuple(
                BriefLesson(each.id, each.title if looked.whose.family else each.student, each.starts_at)
                for each in parts(row.first, Brief)
            ),
            row.lessons,
            looked.at(day, "day"),
        )
        for day, row in zip(looked.days, found, strict=True)
    )


def _shown(me: Member, looked: Looked) -> CalendarPage:
    names = {"month": _("Month"), "week": _("Week"), "day": _("Day"), "list": _("List")}
    stays = looked.month if looked.view == "month" else looked.first
    if looked.view == "month" and looked.today.replace(day=1) == looked.month:
        stays = looked.today
    before, after = looked.neighbours()
    tabs = tuple((words, looked.at(stays, how)) for how, words in names.items())
    return CalendarPage(
        looked.view,
        (),
        tabs,
        looked.at(stays),
        looked.at(before),
        looked.at(after),
        looked.at(looked.today),
        me.time_zone,
        (("view", looked.view), ("day", stays.isoformat())),
        staff=me.role in STAFF,
        month=looked.month,
    )


async def _with_choices(db: ReadDb, data: CalendarPage, narrowed: dict[str, str]) -> CalendarPage:
    found = await calendars(db)
    return replace(
        data,
        teachers=tuple((str(each.id), each.name) for each in found.teachers),
        teacher_id=narrowed["teacher"],
        rooms=tuple((str(each.id), each.name) for each in found.rooms),
        room_id=narrowed["room"],
    )


@page("GET", "/calendar/feed", allow=Permission.MANAGE_ACCOUNT)
async def feed(_request: Request, db: ReadDb, _me: Member) -> Answer:
    return Page("scheduling/feed.html", FeedPage(await my_feed(db)))


@page("POST", "/calendar/feed", allow=Permission.MANAGE_ACCOUNT)
async def create_feed(request: Request, db: UserDb, me: Member) -> Answer:
    """Make the address, or another one in its place; it is shown this once."""
    url = f"{request.state.origin}{feed_path(await make_feed(db, me))}"
    return Page("scheduling/feed.html", FeedPage(clock.now(), url))


@page("POST", "/calendar/feed/revocation", allow=Permission.MANAGE_ACCOUNT)
async def create_feed_revocation(_request: Request, db: UserDb, me: Member) -> Answer:
    await revoke_feed(db, me)
    return Redirect("/calendar/feed", toast=_("Nobody can read your calendar by its address any more."))


PAGES: tuple[PageRoute, ...] = (calendar, feed, create_feed, create_feed_revocation)
