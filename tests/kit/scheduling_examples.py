"""Examples of the pages of scheduling: usual, empty, wrong, too long, two at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import Shell
from coursecove.scheduling import views
from coursecove.schools.editing import Difference
from tests.kit.school_examples import LONG_NAME, LONG_WORD, example_id

ZONES = (("America/New_York", "America/New York"), ("Europe/London", "Europe/London"))
CURRENCIES = (("", "no price"), ("EUR", "EUR"), ("GBP", "GBP"))
KINDS = (("in_person", "In person"), ("online", "Online"), ("at_student", "At the student’s"))
PLACES = (("", "Anywhere"), (str(example_id(10)), "Harbour House"), (str(example_id(11)), LONG_NAME))
CONFLICT = (Difference("Name", LONG_NAME, LONG_WORD), Difference("Minutes", "30", "45"))
MONDAY = date(2026, 11, 23)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _ticks(*names: str) -> tuple[views.Tick, ...]:
    return tuple(views.Tick(str(example_id(10 + n)), name, n == 0) for n, name in enumerate(names))


STATES = ("published", "draft", "unpublished", "archived")
ROWS = tuple(
    views.TypeRow(
        example_id(n), name, STATES[n % 4], 30 + 15 * n, "£28.00" if n % 2 else "", places, n, "#0f766e"
    )
    for n, (name, places) in enumerate(
        [
            ("Piano, 30 minutes", ("Harbour House", "Online")),
            ("Violin, 45 minutes", ()),
            (LONG_NAME, (LONG_NAME, LONG_WORD)),
            ("Trial lesson", ("Harbour House",)),
        ]
    )
)
TABS = (("Current", "/schedule/types"), ("Draft", "/schedule/types?status=draft"))
TYPES = views.TypesPage(ROWS, TABS, "/schedule/types", "", older="/schedule/types?cursor=x")
GIVEN = {
    "name": "Piano, 30 minutes",
    "description": "One to one, for all ages and levels.",
    "duration_minutes": "30",
    "buffer_before_minutes": "0",
    "buffer_after_minutes": "5",
    "notice_hours": "12",
    "horizon_days": "60",
    "daily_limit": "",
    "price": "28.00",
    "currency": "GBP",
    "colour": "#0f766e",
    "cancel_notice_hours": "24",
}
TYPE = views.TypePage(
    example_id(1),
    "Piano, 30 minutes",
    "published",
    GIVEN,
    _ticks("Harbour House", "Online", LONG_NAME),
    CURRENCIES,
    "3",
    _ticks("Tomás Varga", "Hana Sato", LONG_NAME),
)
WRONG = dict.fromkeys(
    ("name", "description", "duration_minutes", "price", "currency", "location_ids", "notice_hours"),
    "This needs another look.",
)
LOCATIONS = views.LocationsPage(
    tuple(
        views.LocationRow(example_id(10 + n), name, kind, where, 3 - n, n)
        for n, (name, kind, where) in enumerate(
            [
                ("Harbour House", "in_person", "12 Quay Street, Bristol BS1 4DQ"),
                ("Online", "online", ""),
                (LONG_NAME, "at_student", LONG_WORD),
            ]
        )
    ),
    (("In use", "/schedule/locations"), ("Archived", "/schedule/locations?status=archived")),
    "/schedule/locations",
    False,
)
LOCATION = views.LocationPage(
    example_id(10),
    "Harbour House",
    {
        "name": "Harbour House",
        "kind": "in_person",
        "address": "12 Quay Street",
        "time_zone": "Europe/London",
        "meeting_link": "",
    },
    KINDS,
    ZONES,
    "2",
    rooms=(
        views.RoomRow(example_id(20), "Piano room", 2, 1, False),
        views.RoomRow(example_id(21), LONG_NAME, 1200, 4, True),
    ),
    used_by=(("Piano, 30 minutes", "/schedule/types/x"), (LONG_NAME, "/schedule/types/y")),
)
ROOM = views.RoomPage(
    example_id(20),
    example_id(10),
    "Harbour House",
    "Piano room",
    {"name": "Piano room", "capacity": "2"},
    "1",
    False,
)
SCHOOL_PLACES = (("", "The whole school"), *PLACES[1:])
CLOSURES = views.ClosuresPage(
    tuple(
        views.ClosureRow(example_id(30 + n), name, MONDAY, MONDAY + timedelta(days=n * 4), where)
        for n, (name, where) in enumerate(
            [("Staff day", None), ("Christmas holidays", None), (LONG_NAME, LONG_WORD)]
        )
    ),
    SCHOOL_PLACES,
    {},
)
CLOSURE_GIVEN = {
    "name": "Christmas holidays",
    "first_day": "2026-12-24",
    "last_day": "2026-12-20",
    "location_id": "",
}
CLOSURE = views.ClosurePage(example_id(31), "Christmas holidays", SCHOOL_PLACES, CLOSURE_GIVEN, "1")
TEACHERS = views.TeachersPage(
    tuple(
        views.TeacherRow(example_id(40 + n), name, role, n, n * 2)
        for n, (name, role) in enumerate(
            [("Amara Osei", "SUPER_ADMIN"), ("Tomás Varga", "TEACHER"), (LONG_NAME, "TEACHER")]
        )
    )
)
TEACHER = views.TeacherPage(
    example_id(41), "Tomás Varga", _ticks("Piano, 30 minutes (Published)", LONG_NAME, "Trial lesson (Draft)")
)


def _day(number: int, words: str, wrong: str | None = None) -> views.TypedDay:
    lines = (views.TypedHours("14:00", "19:00", PLACES[1][0]),) if number < 4 else ()
    return views.TypedDay(number, words, (*lines, views.TypedHours()), wrong)


def _hours_id() -> UUID:
    return example_id(41)


HOURS = views.HoursPage(
    _hours_id(),
    "Tomás Varga",
    True,
    "Europe/London",
    ZONES,
    "3",
    tuple(_day(number, words) for number, words in enumerate(WEEKDAYS)),
    PLACES,
    (
        views.ExceptionRow(example_id(50), MONDAY + timedelta(days=9), None, None),
        views.ExceptionRow(example_id(51), MONDAY + timedelta(days=12), "10:00–12:00", LONG_NAME),
    ),
    tuple(
        views.ShownDay(
            MONDAY + timedelta(days=n),
            ("14:00–19:00 · Harbour House",) if n % 7 < 4 else (),
            LONG_NAME if n == 8 else None,
        )
        for n in range(14)
    ),
)
HOURS_WRONG = replace(
    HOURS,
    mine=False,
    days=tuple(
        _day(number, words, "Hours of one day overlap." if number < 2 else None)
        for number, words in enumerate(WEEKDAYS)
    ),
    errors={"date": "Choose a date.", "ends": "Say from when to when.", "time_zone": "Choose one."},
    differences=CONFLICT,
)


SHOWN: dict[str, tuple[str, object]] = {
    "schedule-types": ("types", TYPES),
    "schedule-types-none": ("types", replace(TYPES, rows=(), older=None)),
    "schedule-types-not-found": ("types", replace(TYPES, rows=(), older=None, q="lute")),
    "schedule-type": ("type", TYPE),
    "schedule-type-new": ("type", replace(TYPE, id=None, name="", status="draft", teachers=())),
    "schedule-type-draft": ("type", replace(TYPE, status="draft", locations=(), teachers=_ticks()[:0])),
    "schedule-type-wrong": ("type", replace(TYPE, errors=WRONG, problem="Something is in the way.")),
    "schedule-type-conflict": ("type", replace(TYPE, differences=CONFLICT)),
    "schedule-type-archived": ("type", replace(TYPE, status="archived", name=LONG_NAME)),
    "schedule-locations": ("locations", LOCATIONS),
    "schedule-locations-none": ("locations", replace(LOCATIONS, rows=())),
    "schedule-locations-archived": ("locations", replace(LOCATIONS, rows=(), archived=True)),
    "schedule-location": ("location", LOCATION),
    "schedule-location-new": ("location", replace(LOCATION, id=None, name="", rooms=(), used_by=())),
    "schedule-location-archived": ("location", replace(LOCATION, archived=True, rooms=())),
    "schedule-location-wrong": (
        "location",
        replace(
            LOCATION,
            errors=dict.fromkeys(LOCATION.given, "This needs another look."),
            room_errors={"name": "Another room has this name.", "capacity": "Write a whole number."},
            problem="Appointment types take place at this location.",
            differences=CONFLICT,
        ),
    ),
    "schedule-room": ("room", ROOM),
    "schedule-room-wrong": (
        "room",
        replace(ROOM, archived=True, errors={"name": "No.", "capacity": "No."}, differences=CONFLICT),
    ),
    "schedule-closures": ("closures", CLOSURES),
    "schedule-closures-none": (
        "closures",
        replace(CLOSURES, rows=(), given=CLOSURE_GIVEN, errors={"last_day": "Not before the first."}),
    ),
    "schedule-closure": ("closure", CLOSURE),
    "schedule-closure-wrong": (
        "closure",
        replace(CLOSURE, errors={"last_day": "Not before the first."}, differences=CONFLICT),
    ),
    "schedule-teachers": ("teachers", TEACHERS),
    "schedule-teacher": ("teacher", TEACHER),
    "schedule-teacher-none": ("teacher", replace(TEACHER, types=())),
    "hours": ("hours", HOURS),
    "hours-unsaved": ("hours", replace(HOURS, unsaved=True, exceptions=())),
    "hours-wrong": ("hours", HOURS_WRONG),
}


def pages(shell: Shell) -> dict[str, tuple[Page, Shell | None]]:
    """Each state under its name."""
    return {
        name: (Page(f"scheduling/{template}.html", data), shell) for name, (template, data) in SHOWN.items()
    }
