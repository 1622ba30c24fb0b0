"""Finding a time: what an address asks for, the free times of a week, and everything before it is confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from coursecove.accounts.access import Member
from coursecove.accounts.roles import Role
from coursecove.kit.db import Reads
from coursecove.kit.errors import NotFound
from coursecove.kit.web.formats import local_date
from coursecove.kit.web.language import gettext as _
from coursecove.people.queries import of_roles
from coursecove.people.views import Choices
from coursecove.scheduling.availability import Span, days_off
from coursecove.scheduling.booking_actions import STAFF
from coursecove.scheduling.booking_queries import Lesson, Offer, my_students
from coursecove.scheduling.booking_showing import slot_days, slot_link
from coursecove.scheduling.booking_views import ConfirmPage, SlotLink, TimesPage
from coursecove.scheduling.booking_wording import other_zone
from coursecove.scheduling.slots import Ground, Occupied, Slot, Wish, ground, one_each, open_slots

WEEK = timedelta(days=7)
AROUND = timedelta(days=3)
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address or the form says; nothing where it says nothing that can be read."""

    type_id: UUID | None
    location_id: UUID | None
    teacher_id: UUID | None
    student_id: UUID | None
    first: date | None
    at: datetime | None

    @classmethod
    def of(cls, given: Mapping[str, object]) -> "Asked":
        said = {name: str(value) for name, value in given.items()}
        return cls(
            as_uuid(said.get("type", "")),
            as_uuid(said.get("location", "")),
            as_uuid(said.get("teacher", "")),
            as_uuid(said.get("student", "")),
            _date(said.get("from", "")),
            moment_of(said.get("at", "")),
        )


@dataclass(frozen=True, slots=True)
class Search:
    """Looking for a time for one kind of lesson, new or moved."""

    offer: Offer
    asked: Asked
    base: str
    students: Sequence[tuple[str, str]]
    instead_of: Occupied | None = None
    moved: Lesson | None = None

    @property
    def location_id(self) -> UUID:
        known = [each.id for each in self.offer.locations]
        if not known:
            raise NotFound
        if self.asked.location_id in known:
            return self.asked.location_id
        before = self.moved.location_id if self.moved else None
        return before if before in known else known[0]

    @property
    def student_id(self) -> UUID | None:
        if self.moved is not None:
            return self.moved.student_id
        if len(self.students) == 1:
            return UUID(self.students[0][0])
        return self.asked.student_id

    @property
    def wish(self) -> Wish:
        return Wish(self.offer.id, self.location_id, self.asked.teacher_id, self.student_id)

    @property
    def fields(self) -> dict[str, str]:
        """What the next address repeats."""
        said = {
            "type": self.offer.id,
            "location": self.location_id,
            "teacher": self.asked.teacher_id,
            "student": self.student_id,
        }
        return {name: str(value) for name, value in said.items() if value is not None}


async def students_for(db: Reads, me: Member) -> list[tuple[str, str]]:
    """For whom somebody may book: staff for every student, others for themselves and their children."""
    found = await of_roles(db, Role.STUDENT) if me.role in STAFF else await my_students(db)
    return [(str(each.id), each.name) for each in found]


async def times_page(
    db: Reads, me: Member, search: Search, *, now: datetime, problem: str | None = None
) -> TimesPage:
    """The free times of seven days in the viewer's zone; where there are none, the next one there is.

    With a `problem` about the time that was asked for: the days around it, and the times that are nearest to it.
    """
    zone = ZoneInfo(me.time_zone)
    today = now.astimezone(zone).date()
    at = search.asked.at if problem else None
    first = max((at.astimezone(zone).date() - AROUND if at else search.asked.first) or today, today)
    within = days_off(zone, first, first + WEEK - timedelta(days=1))
    found, slots = await _free(db, me, search, within, now=now)
    then = None if slots else await _next_free(db, me, search, found, within.ends, now=now)
    hidden = () if search.moved else (("type", str(search.offer.id)),)
    choices = _choices(search)
    return TimesPage(
        search.offer.name,
        _("%(minutes)s minutes") % {"minutes": search.offer.duration_minutes},
        search.base,
        (*hidden, ("from", first.isoformat())),
        choices.locations,
        str(search.location_id),
        choices.teachers,
        str(search.asked.teacher_id or ""),
        choices.students,
        str(search.student_id or ""),
        slot_days(slots, first, zone, search.base, search.fields),
        first,
        first + WEEK - timedelta(days=1),
        earlier=_week_link(search, max(first - WEEK, today)) if first > today else None,
        later=_week_link(search, first + WEEK),
        zone=me.time_zone,
        other_zone=other_zone(me.time_zone, found.location_zone, within.starts),
        next_free=then,
        problem=problem,
        nearest=tuple(slot_link(slot, search.base, search.fields) for slot in _nearest(slots, at)),
        trail=_trail(search),
    )


@dataclass(frozen=True, slots=True)
class _Choices:
    locations: Choices
    teachers: Choices
    students: Choices


def _choices(search: Search) -> _Choices:
    """What there is to choose; nothing where there is but one."""
    locations = tuple((str(each.id), each.name) for each in search.offer.locations)
    teachers = tuple((str(each.id), each.name) for each in search.offer.teachers)
    students = () if search.moved else tuple(search.students)
    locations, teachers, students = (
        each if len(each) > 1 else () for each in (locations, teachers, students)
    )
    return _Choices(locations, teachers, students)


async def confirm_page(
    db: Reads,
    me: Member,
    search: Search,
    at: datetime,
    *,
    now: datetime,
    note: str = "",
    errors: Mapping[str, str] | None = None,
) -> ConfirmPage | None:
    """Everything about the lesson as it would be; None where that time is not free any more."""
    within = Span(at, at + timedelta(minutes=1))
    found, slots = await _free(db, me, search, within, now=now)
    slot = next((each for each in slots if each.starts_at == at), None)
    if slot is None:
        return None
    moved = search.moved
    hours = moved.cancel_notice_hours if moved else found.cancel_notice_hours
    return ConfirmPage(
        moved is not None,
        found.name,
        slot.teacher,
        ((str(moved.student_id), moved.student),) if moved else tuple(search.students),
        str(search.student_id or ""),
        found.location,
        slot.starts_at,
        slot.ends_at,
        me.time_zone,
        other_zone(me.time_zone, found.location_zone, slot.starts_at),
        hours,
        slot.starts_at - timedelta(hours=hours),
        f"/lessons/{moved.id}/move" if moved else "/lessons",
        (*_repeated(search), ("at", at.isoformat())),
        back_to_times(me, search, at),
        note,
        moved.starts_at if moved else None,
        errors or {},
    )


async def teacher_at(db: Reads, me: Member, search: Search, at: datetime, *, now: datetime) -> UUID | None:
    """With whom a lesson at that time would be: whoever is asked for, else the first who is free."""
    if search.asked.teacher_id is not None:
        return search.asked.teacher_id
    _found, slots = await _free(db, me, search, Span(at, at + timedelta(minutes=1)), now=now)
    return next((slot.teacher_id for slot in slots if slot.starts_at == at), None)


def _repeated(search: Search) -> tuple[tuple[str, str], ...]:
    """What the form sends besides the time; the student too, where there is none to choose."""
    moved = search.moved
    known = moved is not None or len(search.students) == 1
    fields = {name: value for name, value in search.fields.items() if known or name != "student"}
    return (*fields.items(), *((("version", str(moved.version)),) if moved else ()))


async def _free(
    db: Reads, me: Member, search: Search, within: Span, *, now: datetime
) -> tuple[Ground, list[Slot]]:
    found = await ground(db, search.wish, within)
    staff = me.role in STAFF
    slots = open_slots(found, within, now=now, staff=staff, instead_of=search.instead_of)
    if me.role == Role.TEACHER:
        slots = [slot for slot in slots if slot.teacher_id == me.id]
    return found, list(one_each(slots))


async def _next_free(
    db: Reads, me: Member, search: Search, found: Ground, after: datetime, *, now: datetime
) -> SlotLink | None:
    """The first free time after a week without any, as far as the horizon reaches."""
    latest = now + timedelta(days=found.horizon_days + 1)
    if latest <= after:
        return None
    slots = (await _free(db, me, search, Span(after, latest), now=now))[1]
    if not slots:
        return None
    day = slots[0].starts_at.astimezone(ZoneInfo(me.time_zone)).date()
    return SlotLink(slots[0].starts_at, _week_link(search, day))


def _nearest(slots: list[Slot], at: datetime | None) -> list[Slot]:
    if at is None:
        return []
    found = sorted(slots, key=lambda slot: abs(slot.starts_at - at))[:NEAREST]
    return sorted(found, key=lambda slot: slot.starts_at)


def back_to_times(me: Member, search: Search, at: datetime) -> str:
    return _week_link(search, at.astimezone(ZoneInfo(me.time_zone)).date())


def _week_link(search: Search, first: date) -> str:
    query = "&".join(f"{name}={value}" for name, value in search.fields.items())
    return f"{search.base}?{query}&from={first.isoformat()}"


def _trail(search: Search) -> tuple[tuple[str, str], ...]:
    if search.moved is None:
        return ((_("Lessons"), "/lessons"), (_("Book"), "/lessons/book"))
    return ((_("Lessons"), "/lessons"), (local_date(search.moved.starts_at), f"/lessons/{search.moved.id}"))


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2100 else None


def moment_of(text: str) -> datetime | None:
    """An instant with its offset; without one it could be anywhere."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None or not 2000 <= found.year < 2100:
        return None
    return found.astimezone(UTC)
