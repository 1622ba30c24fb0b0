"""Free times of a kind of lesson: one statement reads all that they hang on, the rest is computed."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from coursecove.kit.db import Reads
from coursecove.kit.errors import NotFound
from coursecove.kit.ids import NIL
from coursecove.scheduling.availability import Hours, Override, Span, Terms, Week, days_off, free_starts


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for; without a teacher, anybody who is qualified."""

    type_id: UUID
    location_id: UUID
    teacher_id: UUID | None = None
    student_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which a lesson can begin, with whom, and in which room where there are rooms."""

    starts_at: datetime
    ends_at: datetime
    teacher_id: UUID
    teacher: str
    room_id: UUID | None


@dataclass(frozen=True, slots=True)
class Occupied:
    """Whose time, and which room, a lesson takes that would be moved: for itself it is free."""

    teacher_id: UUID
    room_id: UUID | None
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class GroundHours:
    weekday: int
    starts: time
    ends: time
    location_id: UUID | None


@dataclass(frozen=True, slots=True)
class GroundOverride:
    date: date
    starts: time | None
    ends: time | None
    location_id: UUID | None


@dataclass(frozen=True, slots=True)
class GroundTeacher:
    id: UUID
    name: str
    time_zone: str
    hours: tuple[GroundHours, ...]
    overrides: tuple[GroundOverride, ...]


@dataclass(frozen=True, slots=True)
class GroundClosure:
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class GroundBusy:
    teacher_id: UUID
    appointment_type_id: UUID
    starts_at: datetime
    busy_from: datetime
    busy_until: datetime


@dataclass(frozen=True, slots=True)
class GroundTaken:
    room_id: UUID | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that the free times of one kind of lesson at one location hang on."""

    type_id: UUID
    name: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    notice_minutes: int
    horizon_days: int
    daily_limit: int | None
    cancel_notice_hours: int
    location_id: UUID
    location: str
    location_zone: str
    meeting_link: str | None
    teachers: tuple[GroundTeacher, ...]
    closures: tuple[GroundClosure, ...]
    rooms: tuple[UUID, ...]
    busy: tuple[GroundBusy, ...]
    taken: tuple[GroundTaken, ...]
    own: tuple[GroundTaken, ...]

    def terms(self, *, staff: bool) -> Terms:
        """Staff book at short notice, and as far ahead as anybody may."""
        return Terms(
            timedelta(minutes=self.duration_minutes),
            timedelta(minutes=self.buffer_before_minutes),
            timedelta(minutes=self.buffer_after_minutes),
            timedelta() if staff else timedelta(minutes=self.notice_minutes),
            max(self.horizon_days, 366) if staff else self.horizon_days,
            self.daily_limit,
        )


GROUND = """
    with wanted as (
      select t.id as type_id, t.name, t.duration_minutes, t.buffer_before_minutes, t.buffer_after_minutes,
             t.notice_minutes, t.horizon_days, t.daily_limit, t.cancel_notice_hours, l.id as location_id,
             l.name as location, l.time_zone as location_zone, l.meeting_link
        from appointment_types t
        join appointment_type_locations a on a.organization_id = t.organization_id and a.appointment_type_id = t.id
        join locations l on l.organization_id = a.organization_id and l.id = a.location_id
       where t.organization_id = (select app.org_id()) and t.id = $1 and t.status = 'published'
         and a.location_id = $2 and l.archived_at is null),
    teacher as materialized (
      select m.id, m.display_name as name, m.sort_name
        from qualifications q
        join organization_memberships m on m.organization_id = q.organization_id and m.id = q.teacher_id
       where q.organization_id = (select app.org_id()) and q.appointment_type_id = $1 and m.status = 'ACTIVE'
         and ($3::uuid is null or q.teacher_id = $3)
       order by m.sort_name, m.id limit 100)
    select to_jsonb(x)::text from (
      select w.*,
             (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'name', m.name,
                'time_zone', coalesce((select v.time_zone from availability_weeks v
                    where v.organization_id = (select app.org_id()) and v.teacher_id = m.id),
                  (select o.time_zone from organizations o where o.id = (select app.org_id()))),
                'hours', (select coalesce(jsonb_agg(to_jsonb(h)), '[]')
                   from (select h.weekday, h.starts, h.ends, h.location_id from availability_hours h
                          where h.organization_id = (select app.org_id()) and h.teacher_id = m.id) h),
                'overrides', (select coalesce(jsonb_agg(to_jsonb(e)), '[]')
                   from (select e.date, e.starts, e.ends, e.location_id from availability_exceptions e
                          where e.organization_id = (select app.org_id()) and e.teacher_id = m.id
                            and e.date between $5::timestamptz::date - 2 and $6::timestamptz::date + 2) e))
                order by m.sort_name, m.id), '[]') from teacher m) as teachers,
             (select coalesce(jsonb_agg(to_jsonb(c)), '[]')
                from (select c.first_day, c.last_day from closures c
                       where c.organization_id = (select app.org_id())
                         and c.last_day >= $5::timestamptz::date - 2 and c.first_day <= $6::timestamptz::date + 2
                         and (c.location_id is null or c.location_id = w.location_id)) c) as closures,
             (select coalesce(jsonb_agg(r.id order by r.capacity, r.name, r.id), '[]') from rooms r
               where r.organization_id = (select app.org_id()) and r.location_id = w.location_id
                 and r.archived_at is null) as rooms,
             (select coalesce(jsonb_agg(to_jsonb(b)), '[]')
                from app.busy_times(array(select id from teacher), $5, $6) b) as busy,
             (select coalesce(jsonb_agg(to_jsonb(b)), '[]') from app.busy_rooms(w.location_id, $5, $6) b) as taken,
             (select coalesce(jsonb_agg(to_jsonb(b)), '[]')
                from (select b.room_id, b.starts_at, b.ends_at from bookings b
                       where b.organization_id = (select app.org_id()) and b.student_id = $4 and b.status = 'booked'
                         and b.starts_at > $5::timestamptz - interval '33 hours' and b.starts_at < $6) b) as own
        from wanted w) x"""

_decode = msgspec.json.Decoder(Ground).decode


async def ground(db: Reads, wish: Wish, within: Span) -> Ground:
    """What free times within a span hang on; NotFound where this is not offered, or not there."""
    found = await db.value(
        GROUND, wish.type_id, wish.location_id, wish.teacher_id, wish.student_id, within.starts, within.ends
    )
    if found is None:
        raise NotFound
    return _decode(found)


def open_slots(
    found: Ground, within: Span, *, now: datetime, staff: bool, instead_of: Occupied | None = None
) -> list[Slot]:
    """Free times in order, for each moment the teachers by name; those of a lesson that is moved count as free."""
    terms = found.terms(staff=staff)
    zone = ZoneInfo(found.location_zone)
    closed = [days_off(zone, each.first_day, each.last_day) for each in found.closures]
    free = instead_of or Occupied(NIL, NIL, now)
    own = _Stretches([each for each in found.own if not instead_of or each.starts_at != free.starts_at])
    rooms = [
        (room, _Stretches([t for t in found.taken if t.room_id == room and not _same_room(t, free)]))
        for room in found.rooms
    ]
    slots = []
    for teacher in found.teachers:
        busy = [b for b in found.busy if b.teacher_id == teacher.id and not _same_teacher(b, free)]
        starts = free_starts(
            week_of(teacher),
            [*closed, *(Span(each.busy_from, each.busy_until) for each in busy)],
            terms,
            within,
            now=now,
            at=found.location_id,
            taken=[each.starts_at for each in busy if each.appointment_type_id == found.type_id],
        )
        for start in starts:
            end = start + terms.duration
            room = next((key for key, taken in rooms if taken.is_free(start, end)), None)
            if (room is not None or not rooms) and own.is_free(start, end):
                slots.append(Slot(start, end, teacher.id, teacher.name, room))
    return sorted(slots, key=attrgetter("starts_at"))


def one_each(slots: Sequence[Slot]) -> Iterator[Slot]:
    """One slot for each moment: whoever comes first in the list takes it."""
    last: datetime | None = None
    for slot in slots:
        if slot.starts_at != last:
            yield slot
        last = slot.starts_at


class _Stretches:
    """Stretches of time that do not overlap, asked many times whether another fits between."""

    def __init__(self, taken: Sequence[GroundTaken]) -> None:
        ordered = sorted(taken, key=attrgetter("starts_at"))
        self._starts = [each.starts_at for each in ordered]
        self._ends = [each.ends_at for each in ordered]

    def is_free(self, start: datetime, end: datetime) -> bool:
        index = bisect_left(self._starts, end)
        return index == 0 or self._ends[index - 1] <= start


def _same_room(taken: GroundTaken, lesson: Occupied) -> bool:
    return (taken.room_id, taken.starts_at) == (lesson.room_id, lesson.starts_at)


def _same_teacher(busy: GroundBusy, lesson: Occupied) -> bool:
    return (busy.teacher_id, busy.starts_at) == (lesson.teacher_id, lesson.starts_at)


def week_of(teacher: GroundTeacher) -> Week:
    return Week(
        ZoneInfo(teacher.time_zone),
        [Hours(each.weekday, each.starts, each.ends, each.location_id) for each in teacher.hours],
        [Override(each.date, each.starts, each.ends, each.location_id) for each in teacher.overrides],
    )
