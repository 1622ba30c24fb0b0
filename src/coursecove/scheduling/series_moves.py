"""What would become of several lessons of a series that are moved at once: each by as much, by the wall clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from coursecove.kit.db import Reads
from coursecove.scheduling.availability import Span
from coursecove.scheduling.recurrence import by_the_clock
from coursecove.scheduling.series_plan import AROUND, Occasion, occasion
from coursecove.scheduling.series_queries import Following
from coursecove.scheduling.slots import Ground, GroundBusy, GroundTaken, Slot, Wish, ground


@dataclass(frozen=True, slots=True)
class Move:
    """A lesson, and the date it would be moved to, with what is in the way there."""

    lesson: Following
    to: Occasion


@dataclass(frozen=True, slots=True)
class MovePlan:
    """Lessons of a series as they could be moved at this moment, in the order in which one makes room for the next."""

    ground: Ground
    moves: tuple[Move, ...]

    @property
    def free(self) -> tuple[Move, ...]:
        return tuple(each for each in self.moves if each.to.slot is not None)

    @property
    def taken(self) -> tuple[Move, ...]:
        return tuple(each for each in self.moves if each.to.slot is None)

    @property
    def by_time(self) -> list[Move]:
        return sorted(self.moves, key=lambda move: move.lesson.starts_at)


async def plan_moves(
    db: Reads, wish: Wish, lessons: Sequence[Following], starts_at: datetime, *, now: datetime, staff: bool
) -> MovePlan:
    """Where each lesson would come, the first of them at `starts_at`.

    Those that go later begin with the last, those that go earlier with the first; a lesson that cannot be moved stays
    where it is, and in the way of the others.
    """
    by = starts_at - lessons[0].starts_at
    first, last = min(by, timedelta()) - AROUND, max(by, timedelta()) + AROUND
    within = Span(lessons[0].starts_at + first, lessons[-1].starts_at + last)
    found = known = await ground(db, wish, within)
    zone = ZoneInfo(found.location_zone)
    moves = []
    for each in lessons if by < timedelta() else reversed(lessons):
        without = _without(found, each)
        to = occasion(without, _shifted(each, lessons[0], starts_at, zone), now=now, staff=staff)
        moves.append(Move(each, to))
        if to.slot is not None:
            found = _with(without, to.slot)
    return MovePlan(known, tuple(moves))


def _shifted(lesson: Following, first: Following, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """As many days later or earlier as the first lesson goes, at its new time by the clock of the place."""
    before, _clock = by_the_clock(first.starts_at, zone)
    after, clock = by_the_clock(starts_at, zone)
    day, _own = by_the_clock(lesson.starts_at, zone)
    return datetime.combine(day + (after - before), clock).replace(tzinfo=zone).astimezone(UTC)


def _without(found: Ground, lesson: Following) -> Ground:
    """The same, as if this lesson did not take place."""
    at = lesson.starts_at
    return replace(
        found,
        busy=tuple(b for b in found.busy if (b.teacher_id, b.starts_at) != (lesson.teacher_id, at)),
        taken=tuple(t for t in found.taken if (t.room_id, t.starts_at) != (lesson.room_id, at)),
        own=tuple(each for each in found.own if each.starts_at != at),
    )


def _with(found: Ground, slot: Slot) -> Ground:
    """The same with a lesson in that slot."""
    terms = found.terms(staff=True)
    busy = GroundBusy(
        slot.teacher_id,
        found.type_id,
        slot.starts_at,
        slot.starts_at - terms.before,
        slot.ends_at + terms.after,
    )
    taken = GroundTaken(slot.room_id, slot.starts_at, slot.ends_at)
    return replace(found, busy=(*found.busy, busy), taken=(*found.taken, taken), own=(*found.own, taken))
