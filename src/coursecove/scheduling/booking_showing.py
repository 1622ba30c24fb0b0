"""Lessons as their pages show them, with what this viewer may do there."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from coursecove.accounts.access import Member
from coursecove.accounts.roles import Role
from coursecove.kit.web.language import gettext as _
from coursecove.scheduling.booking_actions import STAFF, Version, is_late
from coursecove.scheduling.booking_models import BookingStatus
from coursecove.scheduling.booking_queries import Lesson, LessonRow, Offer
from coursecove.scheduling.booking_views import (
    CancellationPage,
    LessonDay,
    LessonLine,
    LessonPage,
    OfferRow,
    SlotDay,
    SlotLink,
)
from coursecove.scheduling.booking_wording import other_zone, place_words, price_words, series_words
from coursecove.scheduling.series_queries import Following, seal_of
from coursecove.scheduling.slots import Slot

Words = dict[str, str] | None
"""What a form said, or what is wrong with it, by the names of its fields."""


def lesson_days(me: Member, rows: Sequence[LessonRow], now: datetime) -> tuple[LessonDay, ...]:
    """Lessons by the viewer's dates, in the order they come in."""
    zone = ZoneInfo(me.time_zone)
    return tuple(
        LessonDay(day, tuple(lesson_line(me, row, now) for row in group))
        for day, group in groupby(rows, lambda row: row.starts_at.astimezone(zone).date())
    )


def lesson_line(me: Member, row: LessonRow, now: datetime) -> LessonLine:
    cancelled = row.status == BookingStatus.CANCELLED
    return LessonLine(
        row.id,
        row.title,
        who_words(me, row),
        place_words(row.location, row.room),
        row.starts_at,
        row.ends_at,
        cancelled,
        row.presence,
        takes_attendance=me.role in STAFF
        and not cancelled
        and row.presence is None
        and row.starts_at - timedelta(minutes=15) <= now
        and may_teach(me, row),
    )


def who_words(me: Member, row: LessonRow | Lesson) -> str:
    """Whom the viewer meets; staff who look at others' lessons read both names."""
    teacher, student = row.teacher or _("a teacher"), row.student or _("a student")
    if me.id == row.teacher_id:
        return student
    if me.id == row.student_id:
        return teacher
    return _("%(student)s with %(teacher)s") % {"student": student, "teacher": teacher}


def may_teach(me: Member, row: LessonRow | Lesson) -> bool:
    return me.role == Role.SUPER_ADMIN or me.id == row.teacher_id


def offer_row(offer: Offer) -> OfferRow:
    teachers, places = offer.teachers, offer.locations
    return OfferRow(
        offer.id,
        offer.name,
        offer.description,
        offer.duration_minutes,
        price_words(offer.price_minor, offer.currency),
        ", ".join(each.name for each in teachers),
        ", ".join(each.name for each in places),
        bookable=bool(teachers and places),
    )


def slot_days(
    slots: Iterable[Slot], first: date, zone: ZoneInfo, base: str, fields: dict[str, str]
) -> tuple[SlotDay, ...]:
    """Seven dates of the viewer with what is free on each; one link for each moment."""
    by_day: dict[date, list[SlotLink]] = {}
    for slot in slots:
        link = slot_link(slot, base, fields)
        by_day.setdefault(slot.starts_at.astimezone(zone).date(), []).append(link)
    days = (first + timedelta(days=n) for n in range(7))
    return tuple(SlotDay(day, tuple(by_day.get(day, ()))) for day in days)


def slot_link(slot: Slot, base: str, fields: dict[str, str]) -> SlotLink:
    query = urlencode({**fields, "at": slot.starts_at.isoformat()})
    return SlotLink(slot.starts_at, f"{base}?{query}")


def free_until(lesson: Lesson) -> datetime:
    return lesson.starts_at - timedelta(hours=lesson.cancel_notice_hours)


def lesson_page(
    me: Member, found: Lesson, now: datetime, *, given: Words = None, errors: Words = None
) -> LessonPage:
    change, move = _may(me, found, now)
    return LessonPage(
        found.id,
        found.title,
        found.teacher or _("A teacher who has left"),
        found.student or _("A student who has left"),
        f"/people/{found.student_id}" if me.role in STAFF else None,
        place_words(found.location, found.room),
        found.address,
        found.meeting_link,
        found.starts_at,
        found.ends_at,
        me.time_zone,
        other_zone(me.time_zone, found.location_zone, found.starts_at),
        found.note,
        found.booked_by,
        found.created_at,
        found.cancelled_at,
        found.cancelled_by,
        found.late,
        found.reason,
        found.presence,
        found.presence_note,
        may_change=change,
        may_move=move,
        staff=me.role in STAFF and may_teach(me, found),
        notice_hours=found.cancel_notice_hours,
        free_until=free_until(found),
        over=found.starts_at <= now,
        series=_series(found),
        given=given or {},
        errors=errors or {},
    )


def _series(found: Lesson) -> str | None:
    if found.series_id is None:
        return None
    return series_words(found.series_number, found.series_total, found.series_rule)


def _may(me: Member, found: Lesson, now: datetime) -> tuple[bool, bool]:
    """Whether the viewer may change the lesson at all, and whether they may move it."""
    staff = me.role in STAFF
    change = found.status == BookingStatus.BOOKED and (
        may_teach(me, found) if staff else found.starts_at > now
    )
    late = is_late(found.starts_at, found.cancel_notice_hours, now)
    return change, change and (staff or not late)


def cancellation_page(
    me: Member,
    found: Lesson,
    now: datetime,
    *,
    reason: str = "",
    problem: str | None = None,
    errors: dict[str, str] | None = None,
    series: Sequence[Following] = (),
) -> CancellationPage:
    """What this viewer's cancelling would come to at this moment."""
    by_school, later = me.role in STAFF, series[1:]
    return CancellationPage(
        found.id,
        found.version,
        found.title,
        who_words(me, found),
        found.starts_at,
        me.time_zone,
        late=not by_school and is_late(found.starts_at, found.cancel_notice_hours, now),
        by_school=by_school,
        notice_hours=found.cancel_notice_hours,
        free_until=free_until(found),
        reason=reason,
        problem=problem,
        errors=errors or {},
        following=len(later),
        last=later[-1].starts_at if later else None,
        late_following=0
        if by_school
        else sum(is_late(each.starts_at, each.cancel_notice_hours, now) for each in later),
        seal=seal_of(series) if later else "",
    )


def version_of(found: Lesson) -> Version:
    return Version(found.id, found.version)
