"""Moving a lesson of a series with those that follow: what is offered, every date before, and then the move."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from coursecove.accounts.access import Answer, Member, Redirect
from coursecove.kit.db import Reads, UserDb
from coursecove.kit.errors import BadRequest
from coursecove.kit.web.formats import plural
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.scheduling.booking_actions import (
    STAFF,
    Booker,
    LessonChanged,
    OwnLessonsOnly,
    TimeTaken,
    Version,
)
from coursecove.scheduling.booking_queries import Lesson
from coursecove.scheduling.booking_views import ConfirmPage
from coursecove.scheduling.booking_wording import other_zone, verdict_words
from coursecove.scheduling.finding import Search, as_uuid, back_to_times
from coursecove.scheduling.recurrence import MOST
from coursecove.scheduling.series_changes import SeenSeries, alike, move_following
from coursecove.scheduling.series_moves import MovePlan, plan_moves
from coursecove.scheduling.series_plan import Verdict
from coursecove.scheduling.series_queries import Following, at_the_same_time, following, seal_of
from coursecove.scheduling.series_views import MovedDate, MovesPage


class NotReadable(BadRequest):
    """This form cannot be read. Load the page again and repeat it."""


async def with_following(db: Reads, found: Lesson, page: ConfirmPage) -> ConfirmPage:
    """The page that moves a lesson, with those that follow where it is one of a series."""
    if found.series_id is None:
        return page
    later = await following(db, found.id)
    if len(lessons := at_the_same_time(later, ZoneInfo(found.location_zone))) < 2:
        return page
    return replace(page, following=len(lessons) - 1, last=lessons[-1].starts_at, seal=seal_of(lessons))


async def move_series(
    db: UserDb, me: Member, search: Search, seen: Version, form: FormData, *, now: datetime
) -> Answer:
    """Every date first; once somebody agreed to some of them, the move, or the dates as they are now."""
    found, at = search.moved, search.asked.at
    if found is None or at is None:
        raise NotReadable
    lessons = await alike(db, found.id, found.location_id)
    if not lessons:
        raise OwnLessonsOnly
    seal = str(form.get("seal", ""))
    if found.version != seen.version or seal != seal_of(lessons):
        raise LessonChanged
    agreed = _agreed(form)
    if not agreed:
        return await _preview(db, me, search, lessons, now=now)
    who = Booker(me.role, me.school_id, me.id)
    try:
        moved = await move_following(db, who, SeenSeries(seen, seal, agreed), search.wish, at, now=now)
    except TimeTaken as taken:
        return await _preview(db, me, search, lessons, now=now, problem=taken.message)
    said = _("Moved: %(lessons)s.") % {"lessons": plural(len(moved), _("lesson"), _("lessons"))}
    return Redirect(f"/lessons/{found.id}", toast=said)


def _agreed(form: FormData) -> set[UUID]:
    said = [as_uuid(str(each)) for each in form.getlist("lesson")[: MOST + 1]]
    return {each for each in said if each is not None}


async def _preview(
    db: Reads,
    me: Member,
    search: Search,
    lessons: Sequence[Following],
    *,
    now: datetime,
    problem: str | None = None,
) -> Answer:
    at = search.asked.at
    if at is None:
        raise NotReadable
    wish = replace(search.wish, teacher_id=search.asked.teacher_id or lessons[0].teacher_id)
    plan = await plan_moves(db, wish, lessons, at, now=now, staff=me.role in STAFF)
    data = moves_page(me, search, plan, seal_of(lessons), at)
    return Page("scheduling/moves.html", replace(data, problem=problem), status=409 if problem else 200)


def moves_page(me: Member, search: Search, plan: MovePlan, seal: str, at: datetime) -> MovesPage:
    """Every lesson with the date it would come to."""
    found, teachers = plan.ground, {each.id: each.name for each in plan.ground.teachers}
    moved = search.moved
    version = str(moved.version) if moved else ""
    said = {**search.fields, "at": at.isoformat(), "version": version, "seal": seal, "which": "following"}
    agreed = tuple(("lesson", str(move.lesson.id)) for move in plan.free)
    return MovesPage(
        found.name,
        moved.student if moved else "",
        next(iter(teachers.values()), ""),
        found.location,
        tuple(
            MovedDate(
                str(move.lesson.id),
                move.lesson.starts_at,
                move.to.starts_at,
                move.to.ends_at,
                move.to.verdict == Verdict.FREE,
                verdict_words(move.to.verdict),
            )
            for move in plan.by_time
        ),
        me.time_zone,
        other_zone(me.time_zone, found.location_zone, at),
        search.base,
        (*said.items(), *agreed),
        back_to_times(me, search, at),
    )
