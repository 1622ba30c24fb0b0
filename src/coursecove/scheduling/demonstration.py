"""What the two demo schools offer: places, kinds of appointment, teachers' hours and holidays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final
from uuid import UUID

from coursecove.kit import clock
from coursecove.kit.db import ServiceDb
from coursecove.scheduling.hours_models import (
    AvailabilityException,
    AvailabilityHours,
    Closure,
)
from coursecove.scheduling.models import (
    AppointmentType,
    AppointmentTypeLocation,
    Location,
    LocationKind,
    Qualification,
    Room,
    TypeStatus,
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind of appointment: where, by whom, for how much."""

    name: str
    description: str
    minutes: int
    price: int | None
    colour: str
    places: tuple[str, ...]
    teachers: tuple[str, ...]
    status: str = TypeStatus.PUBLISHED


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything of one school."""

    currency: str
    places: tuple[tuple[str, str, str, str | None], ...]
    rooms: Mapping[str, tuple[tuple[str, int], ...]]
    offers: tuple[Offer, ...]
    hours: Mapping[str, tuple[tuple[int, int, int, str | None], ...]]
    holidays: str


MUSIC: Final = Plan(
    "GBP",
    (
        ("Harbour House", LocationKind.IN_PERSON, "12 Quay Street, Bristol BS1 4DQ", None),
        ("Online", LocationKind.ONLINE, "", "https://meet.example.com/harbour-music"),
        ("At your home", LocationKind.AT_STUDENT, "", None),
    ),
    {"Harbour House": (("Piano room", 2), ("String room", 3), ("Hall", 30))},
    (
        Offer(
            "Piano, 30 minutes",
            "One to one, for all ages and levels.",
            30,
            2800,
            "#0f766e",
            ("Harbour House", "Online"),
            ("tomas", "marcus"),
        ),
        Offer(
            "Violin, 45 minutes",
            "One to one. Bring your own violin, or borrow one of ours.",
            45,
            3900,
            "#7c3aed",
            ("Harbour House", "At your home"),
            ("hana",),
        ),
        Offer(
            "Trial lesson",
            "Half an hour to find out whether we fit.",
            30,
            None,
            "#c2410c",
            ("Harbour House",),
            ("tomas", "hana", "marcus"),
        ),
        Offer(
            "Duet evening", "Not ready yet.", 90, 6000, "#1d4ed8", ("Harbour House",), (), TypeStatus.DRAFT
        ),
    ),
    {
        "tomas": ((0, 14, 19, "Harbour House"), (1, 14, 19, "Harbour House"), (3, 9, 12, "Online")),
        "hana": ((1, 15, 19, None), (2, 15, 20, "Harbour House"), (4, 10, 16, None)),
        "marcus": ((5, 9, 13, "Harbour House"), (2, 10, 12, "Harbour House")),
    },
    "Christmas holidays",
)
YOGA: Final = Plan(
    "USD",
    (
        ("Stillwater Studio", LocationKind.IN_PERSON, "40 Fore Street, Portland, ME", None),
        ("Online", LocationKind.ONLINE, "", "https://meet.example.com/stillwater"),
    ),
    {"Stillwater Studio": (("Quiet room", 4), ("Main room", 18))},
    (
        Offer(
            "Private yoga, 60 minutes",
            "A practice made for you.",
            60,
            9000,
            "#7c3aed",
            ("Stillwater Studio", "Online"),
            ("ravi", "lena"),
        ),
        Offer(
            "First conversation",
            "Twenty minutes, free of charge.",
            20,
            None,
            "#be185d",
            ("Online",),
            ("lena",),
        ),
    ),
    {
        "ravi": ((0, 7, 11, "Stillwater Studio"), (2, 7, 11, None), (4, 16, 20, None)),
        "lena": ((1, 12, 15, None),),
    },
    "Winter break",
)
PLANS: Final = {"musicschool": MUSIC, "yogastudio": YOGA}


async def furnish(db: ServiceDb, label: str, zone: str, members: Mapping[str, UUID]) -> None:
    """Fill a demo school; `members` are its leads by their key."""
    plan = PLANS[label]
    places = {
        name: Location(name=name, kind=kind, address=where, time_zone=zone, meeting_link=link)
        for name, kind, where, link in plan.places
    }
    await _add(db, *places.values())
    for name, rooms in plan.rooms.items():
        await _add(db, *(Room(location_id=places[name].id, name=one, capacity=size) for one, size in rooms))
    for offer in plan.offers:
        await _offer(db, plan, offer, places, members)
    for key, stretches in plan.hours.items():
        await _hours(db, members[key], stretches, places)
    await _days_off(db, plan, members[next(iter(plan.hours))])


async def _offer(
    db: ServiceDb, plan: Plan, offer: Offer, places: Mapping[str, Location], members: Mapping[str, UUID]
) -> None:
    kind = AppointmentType(
        name=offer.name,
        description=offer.description,
        duration_minutes=offer.minutes,
        buffer_after_minutes=5 if offer.minutes < 60 else 15,
        price_minor=offer.price,
        currency=None if offer.price is None else plan.currency,
        colour=offer.colour,
        status=offer.status,
    )
    await _add(db, kind)
    await _add(
        db,
        *(
            AppointmentTypeLocation(appointment_type_id=kind.id, location_id=places[name].id)
            for name in offer.places
        ),
        *(Qualification(teacher_id=members[key], appointment_type_id=kind.id) for key in offer.teachers),
    )


async def _hours(
    db: ServiceDb,
    teacher_id: UUID,
    stretches: tuple[tuple[int, int, int, str | None], ...],
    places: Mapping[str, Location],
) -> None:
    await _add(
        db,
        *(
            AvailabilityHours(
                teacher_id=teacher_id,
                weekday=weekday,
                starts=time(start),
                ends=time(end),
                location_id=places[where].id if where else None,
            )
            for weekday, start, end, where in stretches
        ),
    )


async def _days_off(db: ServiceDb, plan: Plan, teacher_id: UUID) -> None:
    today = clock.now().date()
    first = date(today.year if today < date(today.year, 12, 24) else today.year + 1, 12, 24)
    await _add(
        db,
        Closure(name=plan.holidays, first_day=first, last_day=first + timedelta(days=9)),
        AvailabilityException(teacher_id=teacher_id, date=today + timedelta(days=10)),
    )


async def _add(db: ServiceDb, *rows: object) -> None:
    for row in rows:
        db.add(row)
    await db.flush()
