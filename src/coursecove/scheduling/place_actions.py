"""What owners change about locations, rooms and closures."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Final
from uuid import UUID

from coursecove.accounts.access import Actor
from coursecove.accounts.actions import zones
from coursecove.accounts.roles import Role
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import Conflict, Forbidden, Invalid
from coursecove.kit.ids import NIL
from coursecove.scheduling.events import ClosureChanged, LocationChanged
from coursecove.scheduling.hours_models import Closure
from coursecove.scheduling.models import Location, LocationKind, Room
from coursecove.scheduling.place_queries import (
    LESSONS_AT,
    LESSONS_IN,
    SAME_LOCATION_NAME,
    SAME_ROOM_NAME,
    types_at,
)
from coursecove.schools.editing import ChangedMeanwhile, Values

LONGEST_CLOSURE_DAYS: Final = 366
LARGEST_ROOM: Final = 10_000


class LocationNameTaken(Conflict):
    """Another location has this name already."""


class RoomNameTaken(Conflict):
    """Another room of this location has this name already."""


class LocationInUse(Conflict):
    """Appointment types take place at this location. Give them another one first, or archive them."""


class LessonsAhead(Conflict):
    """Lessons are booked there. Move or cancel them first."""


class AlreadyArchived(Conflict):
    """This is archived already."""


class NotArchived(Conflict):
    """This is not archived."""


class IsArchived(Conflict):
    """This is archived. Restore it before you change it."""


on_violation("locations_name_key", LocationNameTaken)
on_violation("rooms_name_key", RoomNameTaken)


@dataclass(frozen=True, slots=True)
class LocationWish:
    """What a location shall be."""

    name: str
    kind: str
    address: str
    time_zone: str
    meeting_link: str | None


@dataclass(frozen=True, slots=True)
class RoomWish:
    """What a room shall be."""

    name: str
    capacity: int


@dataclass(frozen=True, slots=True)
class ClosureWish:
    """What a closure shall be."""

    name: str
    first_day: date
    last_day: date
    location_id: UUID | None


def only_owners(actor: Actor) -> None:
    if actor.role != Role.SUPER_ADMIN:
        raise Forbidden


async def add_location(db: UserDb, actor: Actor, wish: LocationWish) -> Location:
    only_owners(actor)
    check_location(wish)
    await _check_location_name(db, wish.name, NIL)
    row = Location(**asdict(wish))
    db.add(row)
    await db.flush()
    await db.emit(LocationChanged(row.id, row.name, "added"))
    return row


async def change_location(
    db: UserDb, actor: Actor, location_id: UUID, wish: LocationWish, *, version: int | None
) -> Location:
    """Set everything that `wish` says; ChangedMeanwhile where `version` is no longer the current one."""
    only_owners(actor)
    check_location(wish)
    row = await db.get(Location, location_id, lock=True)
    if row.archived_at is not None:
        raise IsArchived
    await _check_location_name(db, wish.name, row.id)
    if set_all(row, asdict(wish), version):
        await db.flush()
        await db.emit(LocationChanged(row.id, row.name, "changed"))
    return row


async def archive_location(db: UserDb, actor: Actor, location_id: UUID) -> Location:
    """Put a location away; refused while a kind of appointment takes place there, drafts included."""
    only_owners(actor)
    row = await db.get(Location, location_id, lock=True)
    if row.archived_at is not None:
        raise AlreadyArchived
    used = await types_at(db, row.id)
    if used:
        names = ", ".join(each.name for each in used)
        raise LocationInUse(f"{LocationInUse.title()} ({len(used)}: {names})")
    await _check_lessons(db, LESSONS_AT, row.id)
    await _put_away(db, row, True)
    await db.emit(LocationChanged(row.id, row.name, "archived"))
    return row


async def _check_lessons(db: UserDb, sql: str, row_id: UUID) -> None:
    ahead = await db.value(sql, row_id)
    if ahead:
        raise LessonsAhead(f"{LessonsAhead.title()} ({ahead})")


async def restore_location(db: UserDb, actor: Actor, location_id: UUID) -> Location:
    only_owners(actor)
    row = await db.get(Location, location_id, lock=True)
    if row.archived_at is None:
        raise NotArchived
    await _check_location_name(db, row.name, row.id)
    await _put_away(db, row, False)
    await db.emit(LocationChanged(row.id, row.name, "restored"))
    return row


async def add_room(db: UserDb, actor: Actor, location_id: UUID, wish: RoomWish) -> Room:
    only_owners(actor)
    check_room(wish)
    location = await db.get(Location, location_id, lock=True)
    if location.archived_at is not None:
        raise IsArchived
    await _check_room_name(db, location.id, wish.name, NIL)
    row = Room(location_id=location.id, **asdict(wish))
    db.add(row)
    await db.flush()
    await db.emit(LocationChanged(location.id, location.name, "changed"))
    return row


async def change_room(
    db: UserDb, actor: Actor, room_id: UUID, wish: RoomWish, *, version: int | None
) -> Room:
    only_owners(actor)
    check_room(wish)
    row = await db.get(Room, room_id, lock=True)
    if row.archived_at is not None:
        raise IsArchived
    await _check_room_name(db, row.location_id, wish.name, row.id)
    if set_all(row, asdict(wish), version):
        await db.flush()
        await _tell_of_room(db, row)
    return row


async def archive_room(db: UserDb, actor: Actor, room_id: UUID) -> Room:
    only_owners(actor)
    row = await db.get(Room, room_id, lock=True)
    if row.archived_at is not None:
        raise AlreadyArchived
    await _check_lessons(db, LESSONS_IN, row.id)
    await _put_away(db, row, True)
    await _tell_of_room(db, row)
    return row


async def restore_room(db: UserDb, actor: Actor, room_id: UUID) -> Room:
    only_owners(actor)
    row = await db.get(Room, room_id, lock=True)
    if row.archived_at is None:
        raise NotArchived
    await _check_room_name(db, row.location_id, row.name, row.id)
    await _put_away(db, row, False)
    await _tell_of_room(db, row)
    return row


async def add_closure(db: UserDb, actor: Actor, wish: ClosureWish) -> Closure:
    only_owners(actor)
    await check_closure(db, wish)
    row = Closure(**asdict(wish))
    db.add(row)
    await db.flush()
    await db.emit(ClosureChanged(row.name, "added"))
    return row


async def change_closure(
    db: UserDb, actor: Actor, closure_id: UUID, wish: ClosureWish, *, version: int | None
) -> Closure:
    only_owners(actor)
    await check_closure(db, wish)
    row = await db.get(Closure, closure_id, lock=True)
    if set_all(row, asdict(wish), version):
        await db.flush()
        await db.emit(ClosureChanged(row.name, "changed"))
    return row


async def remove_closure(db: UserDb, actor: Actor, closure_id: UUID) -> ClosureWish:
    """Take a closure away; what it was, so that it can be put back."""
    only_owners(actor)
    row = await db.get(Closure, closure_id, lock=True)
    was = ClosureWish(row.name, row.first_day, row.last_day, row.location_id)
    await db.delete(row)
    await db.flush()
    await db.emit(ClosureChanged(was.name, "deleted"))
    return was


def check_location(wish: LocationWish) -> None:
    problems: dict[str, str] = {}
    if not 1 <= len(wish.name) <= 100:
        problems["name"] = "Give the location a name of at most 100 characters."
    if wish.kind not in set(LocationKind):
        problems["kind"] = "Choose one of these."
    if wish.time_zone not in zones():
        problems["time_zone"] = "Choose a time zone from the list."
    if len(wish.address) > 300:
        problems["address"] = "An address has at most 300 characters."
    elif wish.kind == LocationKind.IN_PERSON and not wish.address:
        problems["address"] = "Say where people meet."
    if wish.meeting_link is not None:
        if wish.kind != LocationKind.ONLINE:
            problems["meeting_link"] = "Only an online location has a link."
        elif not wish.meeting_link.startswith("https://") or len(wish.meeting_link) > 500:
            problems["meeting_link"] = "Write a link that starts with https://."
    refuse(problems)


def check_room(wish: RoomWish) -> None:
    problems: dict[str, str] = {}
    if not 1 <= len(wish.name) <= 100:
        problems["name"] = "Give the room a name of at most 100 characters."
    if not 1 <= wish.capacity <= LARGEST_ROOM:
        problems["capacity"] = "A room holds between 1 and 10,000 people."
    refuse(problems)


async def check_closure(db: UserDb, wish: ClosureWish) -> None:
    problems: dict[str, str] = {}
    if not 1 <= len(wish.name) <= 100:
        problems["name"] = "Give the days a name of at most 100 characters."
    if wish.last_day < wish.first_day:
        problems["last_day"] = "The last day is not before the first."
    elif (wish.last_day - wish.first_day).days > LONGEST_CLOSURE_DAYS:
        problems["last_day"] = "A closure lasts a year at most."
    refuse(problems)
    if wish.location_id is not None:
        await db.get(Location, wish.location_id)


def refuse(problems: dict[str, str]) -> None:
    """Invalid where anything is wrong; its message is the first problem."""
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)


def set_all(row: Location | Room | Closure, wanted: dict[str, object], version: int | None) -> bool:
    """Give the row these values and another version; False where it has them already."""
    current = {name: getattr(row, name) for name in wanted}
    if current == wanted:
        return False
    if version is not None and version != row.version:
        raise ChangedMeanwhile(said_values(current))
    for name, value in wanted.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = clock.now()
    return True


def said_values(values: dict[str, object]) -> Values:
    return {name: None if value is None else str(value) for name, value in values.items()}


async def _put_away(db: UserDb, row: Location | Room, away: bool) -> None:
    row.archived_at = clock.now() if away else None
    row.version += 1
    row.updated_at = clock.now()
    await db.flush()


async def _tell_of_room(db: UserDb, row: Room) -> None:
    location = await db.get(Location, row.location_id)
    await db.emit(LocationChanged(location.id, location.name, "changed"))


async def _check_location_name(db: UserDb, name: str, row_id: UUID) -> None:
    if await db.value(SAME_LOCATION_NAME, name, row_id):
        raise LocationNameTaken(fields={"name": LocationNameTaken.title()})


async def _check_room_name(db: UserDb, location_id: UUID, name: str, row_id: UUID) -> None:
    if await db.value(SAME_ROOM_NAME, location_id, name, row_id):
        raise RoomNameTaken(fields={"name": RoomNameTaken.title()})
