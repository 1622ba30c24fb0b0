"""What owners change about kinds of appointment: what they are, whether they can be booked, and who teaches them."""

import re
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Final
from uuid import UUID

from babel.numbers import is_currency
from sqlalchemy import delete, select

from coursecove.accounts.access import Actor
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import Conflict, Invalid, NotFound
from coursecove.scheduling.events import AppointmentTypeChanged, QualificationsChanged
from coursecove.scheduling.models import (
    AppointmentType,
    AppointmentTypeLocation,
    Location,
    Qualification,
    TypeStatus,
)
from coursecove.scheduling.place_actions import (
    AlreadyArchived,
    IsArchived,
    NotArchived,
    only_owners,
    refuse,
    said_values,
)
from coursecove.scheduling.type_queries import qualifications_of, qualified_for, teacher
from coursecove.schools.editing import ChangedMeanwhile

BOUNDS: Final = MappingProxyType(
    {
        "duration_minutes": (5, 1440),
        "buffer_before_minutes": (0, 480),
        "buffer_after_minutes": (0, 480),
        "notice_minutes": (0, 129_600),
        "horizon_days": (1, 730),
        "cancel_notice_hours": (0, 2160),
        "daily_limit": (1, 100),
        "price_minor": (0, 1_000_000_000),
    }
)
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")


class AlreadyPublished(Conflict):
    """This appointment type is published already."""


class NotPublished(Conflict):
    """This appointment type is not published."""


class StillPublished(Conflict):
    """This appointment type is published. Take it back before you archive it."""


class NotReady(Conflict):
    """Before it can be booked, say where it takes place and who teaches it."""


class OnlyDraftsGo(Conflict):
    """Only a draft that nobody booked can be deleted. Archive it instead."""


class LocationIsArchived(Conflict):
    """One of the locations is archived. Choose another one, or restore it."""


class AlreadyQualified(Conflict):
    """This teacher teaches this already."""


on_violation("qualifications_organization_id_teacher_id_appointment_type_id_key", AlreadyQualified)
on_violation("bookings_organization_id_appointment_type_id_fkey", OnlyDraftsGo)


@dataclass(frozen=True, slots=True)
class TypeWish:
    """What a kind of appointment shall be."""

    name: str
    duration_minutes: int
    description: str = ""
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    notice_minutes: int = 720
    horizon_days: int = 60
    daily_limit: int | None = None
    price_minor: int | None = None
    currency: str | None = None
    colour: str | None = None
    cancel_notice_hours: int = 24
    location_ids: frozenset[UUID] = field(default_factory=frozenset)

    def columns(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if name != "location_ids"}


async def create_type(db: UserDb, actor: Actor, wish: TypeWish) -> AppointmentType:
    """A draft, which nobody can book yet."""
    only_owners(actor)
    check_type(wish)
    await _live_locations(db, wish.location_ids)
    row = AppointmentType(**wish.columns())
    db.add(row)
    await db.flush()
    await _place(db, row, wish.location_ids)
    return await _told(db, row, "added")


async def change_type(
    db: UserDb, actor: Actor, type_id: UUID, wish: TypeWish, *, version: int | None
) -> AppointmentType:
    """Set everything that `wish` says; ChangedMeanwhile where `version` is no longer the current one."""
    only_owners(actor)
    check_type(wish)
    row = await db.get(AppointmentType, type_id, lock=True)
    if row.status == TypeStatus.ARCHIVED:
        raise IsArchived
    there = await _locations_of(db, row)
    current = {name: getattr(row, name) for name in wish.columns()}
    if current == wish.columns() and there == wish.location_ids:
        return row
    if version is not None and version != row.version:
        raise ChangedMeanwhile(said_values({**current, "location_ids": _joined(there)}))
    await _live_locations(db, wish.location_ids - there)
    if row.status == TypeStatus.PUBLISHED and not wish.location_ids:
        raise NotReady(fields={"location_ids": NotReady.title()})
    for name, value in wish.columns().items():
        setattr(row, name, value)
    await _place(db, row, wish.location_ids)
    return await _told(db, row, "changed")


async def publish_type(db: UserDb, actor: Actor, type_id: UUID) -> AppointmentType:
    """Let it be booked; that needs a place and somebody who teaches it."""
    only_owners(actor)
    row = await db.get(AppointmentType, type_id, lock=True)
    if row.status == TypeStatus.PUBLISHED:
        raise AlreadyPublished
    if row.status == TypeStatus.ARCHIVED:
        raise IsArchived
    if not (await _locations_of(db, row) and await qualified_for(db, row.id)):
        raise NotReady
    return await _become(db, row, TypeStatus.PUBLISHED, "published")


async def withdraw_type(db: UserDb, actor: Actor, type_id: UUID) -> AppointmentType:
    """Let nobody book it any more; what is booked stays."""
    only_owners(actor)
    row = await db.get(AppointmentType, type_id, lock=True)
    if row.status != TypeStatus.PUBLISHED:
        raise NotPublished
    return await _become(db, row, TypeStatus.UNPUBLISHED, "withdrawn")


async def archive_type(db: UserDb, actor: Actor, type_id: UUID) -> AppointmentType:
    only_owners(actor)
    row = await db.get(AppointmentType, type_id, lock=True)
    if row.status == TypeStatus.ARCHIVED:
        raise AlreadyArchived
    if row.status == TypeStatus.PUBLISHED:
        raise StillPublished
    return await _become(db, row, TypeStatus.ARCHIVED, "archived")


async def restore_type(db: UserDb, actor: Actor, type_id: UUID) -> AppointmentType:
    """Back from the archive, as a draft; refused where its location was archived meanwhile."""
    only_owners(actor)
    row = await db.get(AppointmentType, type_id, lock=True)
    if row.status != TypeStatus.ARCHIVED:
        raise NotArchived
    await _live_locations(db, await _locations_of(db, row))
    return await _become(db, row, TypeStatus.DRAFT, "restored")


async def delete_type(db: UserDb, actor: Actor, type_id: UUID) -> str:
    """Delete a draft for good; its name."""
    only_owners(actor)
    row = await db.get(AppointmentType, type_id, lock=True)
    if row.status != TypeStatus.DRAFT:
        raise OnlyDraftsGo
    name = row.name
    await db.emit(AppointmentTypeChanged(row.id, name, "deleted"))
    await db.delete(row)
    await db.flush()
    return name


async def qualify(db: UserDb, actor: Actor, teacher_id: UUID, type_id: UUID) -> Qualification:
    only_owners(actor)
    row = await db.get(AppointmentType, type_id)
    await teacher(db, teacher_id)
    if type_id in await qualifications_of(db, teacher_id):
        raise AlreadyQualified
    link = Qualification(teacher_id=teacher_id, appointment_type_id=row.id)
    db.add(link)
    await db.flush()
    await db.emit(QualificationsChanged(teacher_id))
    return link


async def disqualify(db: UserDb, actor: Actor, qualification_id: UUID) -> None:
    only_owners(actor)
    row = await db.get(Qualification, qualification_id)
    teacher_id = row.teacher_id
    await db.delete(row)
    await db.flush()
    await db.emit(QualificationsChanged(teacher_id))


async def set_teachers(db: UserDb, actor: Actor, type_id: UUID, wanted: frozenset[UUID]) -> None:
    """Exactly these teach it from now on."""
    only_owners(actor)
    row = await db.get(AppointmentType, type_id, lock=True)
    there = await qualified_for(db, row.id)
    for teacher_id in sorted(wanted - there):
        await qualify(db, actor, teacher_id, row.id)
    await _take_away(db, there - wanted, frozenset({row.id}))


async def set_types(db: UserDb, actor: Actor, teacher_id: UUID, wanted: frozenset[UUID]) -> None:
    """The teacher teaches exactly these from now on."""
    only_owners(actor)
    there = await qualifications_of(db, (await teacher(db, teacher_id)).id)
    for type_id in sorted(wanted - there):
        await qualify(db, actor, teacher_id, type_id)
    await _take_away(db, frozenset({teacher_id}), there - wanted)


def check_type(wish: TypeWish) -> None:
    problems: dict[str, str] = {}
    if not 1 <= len(wish.name) <= 200:
        problems["name"] = "Give it a name of at most 200 characters."
    if len(wish.description) > 5000:
        problems["description"] = "A description has at most 5,000 characters."
    for name, (low, high) in BOUNDS.items():
        value = getattr(wish, name)
        if value is not None and not low <= value <= high:
            problems[name] = f"Choose a number from {low:,} to {high:,}."
    if (wish.price_minor is None) != (wish.currency is None):
        problems["price_minor"] = "A price has an amount and a currency."
    elif wish.currency is not None and not is_currency(wish.currency):
        problems["currency"] = "Choose a currency from the list."
    if wish.colour is not None and not _COLOUR.fullmatch(wish.colour):
        problems["colour"] = "Write the colour as six digits, like #0f766e."
    refuse(problems)


async def _locations_of(db: UserDb, row: AppointmentType) -> frozenset[UUID]:
    found = await db.execute(
        select(AppointmentTypeLocation.location_id).where(
            AppointmentTypeLocation.organization_id == row.organization_id,
            AppointmentTypeLocation.appointment_type_id == row.id,
        )
    )
    return frozenset(found.scalars())


async def _live_locations(db: UserDb, wanted: frozenset[UUID]) -> None:
    """Locked in one order, so that none is archived while a kind of appointment moves in."""
    for location_id in sorted(wanted):
        try:
            location = await db.get(Location, location_id, lock=True)
        except NotFound:
            raise Invalid(
                "Choose a location from the list.", fields={"location_ids": "Choose from the list."}
            ) from None
        if location.archived_at is not None:
            raise LocationIsArchived(fields={"location_ids": LocationIsArchived.title()})


async def _place(db: UserDb, row: AppointmentType, wanted: frozenset[UUID]) -> None:
    there = await _locations_of(db, row)
    await db.execute(
        delete(AppointmentTypeLocation).where(
            AppointmentTypeLocation.organization_id == row.organization_id,
            AppointmentTypeLocation.appointment_type_id == row.id,
            AppointmentTypeLocation.location_id.in_(there - wanted),
        )
    )
    for location_id in sorted(wanted - there):
        db.add(AppointmentTypeLocation(appointment_type_id=row.id, location_id=location_id))
    await db.flush()


async def _take_away(db: UserDb, teachers: frozenset[UUID], types: frozenset[UUID]) -> None:
    if not (teachers and types):
        return
    await db.execute(
        delete(Qualification).where(
            Qualification.organization_id == db.organization_id,
            Qualification.teacher_id.in_(teachers),
            Qualification.appointment_type_id.in_(types),
        )
    )
    for teacher_id in sorted(teachers):
        await db.emit(QualificationsChanged(teacher_id))


async def _become(db: UserDb, row: AppointmentType, status: TypeStatus, change: str) -> AppointmentType:
    row.status = status
    return await _told(db, row, change)


async def _told(db: UserDb, row: AppointmentType, change: str) -> AppointmentType:
    row.version += change != "added"
    row.updated_at = clock.now()
    await db.flush()
    await db.emit(AppointmentTypeChanged(row.id, row.name, change))
    return row


def _joined(ids: frozenset[UUID]) -> str:
    return " ".join(str(each) for each in sorted(ids))
