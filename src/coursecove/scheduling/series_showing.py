"""A series before it is booked: what its form says, and every date with what is in its way."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from coursecove.accounts.access import Answer, Member
from coursecove.kit.db import Reads
from coursecove.kit.errors import Invalid
from coursecove.kit.web.formats import plural
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.scheduling.booking_actions import LONGEST_NOTE, STAFF, TimeTaken, check_words
from coursecove.scheduling.booking_wording import every_words, other_zone, verdict_words
from coursecove.scheduling.finding import Search, back_to_times, confirm_page, teacher_at, times_page
from coursecove.scheduling.recurrence import EVERY, FEWEST, MOST, Repeat
from coursecove.scheduling.series_plan import Occasion, Plan, SeriesWish, Verdict, plan_series
from coursecove.scheduling.series_views import SeriesDate, SeriesPage
from coursecove.scheduling.slots import Wish


@dataclass(frozen=True, slots=True)
class SeriesForm:
    """What somebody asks for: a lesson, and how often it is repeated, in their own words."""

    search: Search
    at: datetime
    given: Mapping[str, str]

    @property
    def note(self) -> str:
        return self.given.get("note", "")

    def repeat(self) -> Repeat:
        """How often; Invalid where that is not on offer."""
        every, count = self.given.get("repeat", ""), self.given.get("count", "")
        wrong = {}
        if every not in {str(each) for each in EVERY}:
            wrong["repeat"] = _("Choose how often.")
        if not (count.isascii() and count.isdigit() and len(count) < 3 and FEWEST <= int(count) <= MOST):
            wrong["count"] = _("From 2 to 60 lessons.")
        if wrong:
            raise Invalid(fields=wrong)
        return Repeat(int(every), int(count))

    def student(self) -> UUID:
        """For whom; Invalid for nobody, and for somebody for whom the viewer does not book."""
        student_id = self.search.student_id
        if student_id is None or str(student_id) not in dict(self.search.students):
            raise Invalid(fields={"student_id": _("Choose a student.")})
        return student_id

    def wish(self, teacher_id: UUID | None) -> SeriesWish:
        search = self.search
        wanted = Wish(search.offer.id, search.location_id, teacher_id, self.student())
        return SeriesWish(wanted, self.at, self.repeat())


async def series_preview(
    db: Reads, me: Member, form: SeriesForm, *, now: datetime, problem: str | None = None
) -> Answer:
    """Every date; what was asked for once more, where it cannot be read; other times, where this one is gone."""
    try:
        check_words(note=(form.note, LONGEST_NOTE))
        teacher_id = await teacher_at(db, me, form.search, form.at, now=now)
        asked = form.wish(teacher_id)
    except Invalid as refusal:
        return await _asked_again(db, me, form, refusal, now=now)
    if teacher_id is None:
        return await _gone(db, me, form, now=now)
    plan = await plan_series(db, asked, now=now, staff=me.role in STAFF)
    data = series_page(me, form, asked, plan, problem)
    return Page("scheduling/series.html", data, status=409 if problem else 200)


async def _asked_again(db: Reads, me: Member, form: SeriesForm, refusal: Invalid, *, now: datetime) -> Answer:
    again = await confirm_page(
        db, me, form.search, form.at, now=now, note=form.note, errors=dict(refusal.fields)
    )
    if again is None:
        return await _gone(db, me, form, now=now)
    given = form.given
    data = replace(again, repeat=given.get("repeat", ""), count=given.get("count", ""))
    return Page("scheduling/confirm.html", data, status=422)


async def _gone(db: Reads, me: Member, form: SeriesForm, *, now: datetime) -> Answer:
    data = await times_page(db, me, form.search, now=now, problem=TimeTaken.title())
    return Page("scheduling/times.html", data, status=409)


def series_page(
    me: Member, form: SeriesForm, asked: SeriesWish, plan: Plan, problem: str | None = None
) -> SeriesPage:
    search, found = form.search, plan.ground
    names = {each.id: each.name for each in search.offer.teachers}
    said = {
        **search.fields,
        "teacher": str(asked.wish.teacher_id),
        "at": form.at.isoformat(),
        "repeat": str(asked.repeat.every),
        "count": str(asked.repeat.count),
        "note": form.note,
    }
    dates = tuple(("date", slot.starts_at.isoformat()) for slot in plan.free)
    lessons = plural(asked.repeat.count, _("lesson"), _("lessons"))
    return SeriesPage(
        found.name,
        f"{every_words(asked.repeat.every)}, {lessons}",
        names.get(asked.wish.teacher_id, "") if asked.wish.teacher_id else "",
        dict(search.students)[str(asked.wish.student_id)],
        found.location,
        tuple(_date(each) for each in plan.occasions),
        me.time_zone,
        other_zone(me.time_zone, found.location_zone, form.at),
        found.cancel_notice_hours,
        (*said.items(), *dates),
        back_to_times(me, search, form.at),
        problem,
    )


def _date(each: Occasion) -> SeriesDate:
    words = verdict_words(each.verdict)
    return SeriesDate(each.starts_at, each.ends_at, each.verdict == Verdict.FREE, words, each.beyond)
