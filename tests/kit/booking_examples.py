"""Examples of the pages about lessons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import Shell
from coursecove.scheduling import booking_views as views
from coursecove.scheduling import calendar_views, series_views

NOW = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
START = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
LONG_NAME = "Adhurimi-Përparimi Krasniqi-Gjonbalaj de los Ángeles y Santísima Trinidad Fernández"
LONG_WORD = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafe"


def _id(n: int) -> UUID:
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0400 + n)


def _line(n: int, **more: object) -> views.LessonLine:
    start = START + timedelta(hours=n)
    line = views.LessonLine(
        _id(n),
        "Piano lesson",
        "Isla Bennett",
        "Harbour house, Room 2",
        start,
        start + timedelta(minutes=45),
        False,
    )
    return replace(line, **more)  # type: ignore[arg-type] # fields of the line


DAYS = (
    views.LessonDay(
        date(2026, 11, 24),
        (
            _line(-24, takes_attendance=True),
            _line(-23, presence="present"),
            _line(-22, cancelled=True),
            _line(-21, presence="late", who=LONG_NAME, title=LONG_WORD),
        ),
    ),
    views.LessonDay(
        date(2026, 11, 25), (_line(0), _line(2, presence="excused"), _line(3, presence="absent"))
    ),
)
LESSONS = views.LessonsPage(DAYS, past=False, staff=True, older="/lessons?cursor=x")
OFFERS = views.OffersPage(
    (
        views.OfferRow(
            _id(20), "Piano lesson", "At the piano in the hall.", 45, "£42.00", "Hana Sato, Tomás Rivera",
            "Harbour house", True,
        ),
        views.OfferRow(_id(21), LONG_WORD, LONG_NAME * 3, 1, None, LONG_NAME, LONG_WORD, True),
        views.OfferRow(_id(22), "Drums", "", 60, None, "", "", False),
    )
)  # fmt: skip


def _slots(day: date, count: int) -> views.SlotDay:
    first = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return views.SlotDay(
        day,
        tuple(
            views.SlotLink(first + timedelta(minutes=15 * n), f"/lessons/book?type={_id(20)}&at={n}")
            for n in range(count)
        ),
    )


WEEK = tuple(
    _slots(date(2026, 11, 24) + timedelta(days=n), count) for n, count in enumerate((3, 12, 0, 5, 1, 0, 8))
)
CHOICES = ((str(_id(1)), "Hana Sato"), (str(_id(2)), LONG_NAME))
TIMES = views.TimesPage(
    "Piano lesson", "45 minutes", "/lessons/book", (("type", str(_id(20))), ("from", "2026-11-24")), (), str(_id(3)),
    CHOICES, "", (), str(_id(5)), WEEK, WEEK[0].day, WEEK[-1].day, None, "/lessons/book?from=2026-12-01", "Europe/London",
    trail=(("Lessons", "/lessons"), ("Book", "/lessons/book")),
)  # fmt: skip
CONFIRM = views.ConfirmPage(
    False, "Piano lesson", "Hana Sato", CHOICES[:1], CHOICES[0][0], "Harbour house", START, START + timedelta(minutes=45),
    "Europe/London", None, 24, START - timedelta(hours=24), "/lessons", (("type", str(_id(20))),), "/lessons/book",
)  # fmt: skip
LESSON = views.LessonPage(
    _id(1), "Piano lesson", "Hana Sato", "Isla Bennett", None, "Harbour house, Room 2", "1 Quay Street",
    "https://meet.example.com/abc", START, START + timedelta(minutes=45), "Europe/London", None, "Bach, please.",
    "Priya Natarajan", NOW - timedelta(days=3), None, "", False, "", None, "", may_change=True, may_move=True,
    staff=False, notice_hours=24, free_until=START - timedelta(hours=24), over=False,
)  # fmt: skip
CANCELLATION = views.CancellationPage(
    _id(1), 3, "Piano lesson", "Isla Bennett with Hana Sato", START, "Europe/London", late=False, by_school=False,
    notice_hours=24, free_until=START - timedelta(hours=24),
)  # fmt: skip
LATE = replace(CANCELLATION, late=True, reason=LONG_NAME, who=LONG_NAME)
DATES = tuple(
    series_views.SeriesDate(start, start + timedelta(minutes=45), why == "Free", why, beyond=n > 4)
    for n, why in enumerate(("Free", "Taken", "Free", "Closed", "The student has another lesson", "Free"))
    for start in (START + timedelta(weeks=n),)
)
SERIES = series_views.SeriesPage(
    "Piano lesson", "Every week, 6 lessons", "Hana Sato", "Isla Bennett", "Harbour house", DATES, "Europe/London", None,
    24, (("type", str(_id(20))), ("date", START.isoformat())), "/lessons/book",
)  # fmt: skip
CALENDAR = calendar_views.CalendarPage(
    "week",
    tuple(
        calendar_views.CalendarDay(date(2026, 11, 23) + timedelta(days=n), n == 1, lessons)
        for n, lessons in enumerate((DAYS[1].lessons, DAYS[0].lessons, (), DAYS[1].lessons[:1], (), (), ()))
    ),
    (("Week", "/calendar?view=week"), ("Day", "/calendar?view=day"), ("List", "/calendar?view=list")),
    "/calendar?view=week", "/calendar?day=2026-11-16", "/calendar?day=2026-11-30", "/calendar?day=2026-11-24",
    "Europe/London", (("view", "week"), ("day", "2026-11-23")), CHOICES, "all",
    ((str(_id(7)), "Harbour house, Room 2"),), "", staff=True,
)  # fmt: skip
DAY = replace(CALENDAR, view="day", days=CALENDAR.days[:1], staff=False, here="/calendar?view=day")
BRIEF = calendar_views.BriefLesson(_id(8), LONG_WORD, START)
MONTH = replace(
    CALENDAR,
    view="month",
    days=(),
    here="/calendar?view=month",
    tabs=(*CALENDAR.tabs, ("Month", "/calendar?view=month")),
    month=date(2026, 11, 1),
    cells=tuple(
        calendar_views.MonthCell(
            date(2026, 10, 26) + timedelta(days=n),
            n == 29,
            not 6 <= n < 36,
            (BRIEF, replace(BRIEF, words="Piano"), replace(BRIEF, words="Violin"))[: n % 4],
            n % 4 + (1200 if n % 4 == 3 else 0),
            "/calendar?view=day&day=2026-11-01",
        )
        for n in range(42)
    ),
)
MOVES = series_views.MovesPage(
    "Piano lesson", "Isla Bennett", "Hana Sato", "Harbour house",
    tuple(
        series_views.MovedDate(
            str(_id(30 + n)), each.starts_at, each.starts_at + timedelta(days=1), each.ends_at + timedelta(days=1),
            each.free, each.words,
        )
        for n, each in enumerate(DATES)
    ),
    "Europe/London", None, f"/lessons/{_id(20)}/move", (("at", START.isoformat()), ("lesson", str(_id(20)))), "/lessons/book",
)  # fmt: skip
STATES = {
    "calendar": ("calendar", CALENDAR),
    "calendar-month": ("calendar", MONTH),
    "calendar-cut": ("calendar", replace(CALENDAR, cut_at=4000)),
    "calendar-day": ("calendar", DAY),
    "calendar-list": ("calendar", replace(CALENDAR, view="list", rooms=(), here="/calendar?view=list")),
    "calendar-empty": (
        "calendar",
        replace(CALENDAR, days=tuple(replace(day, lessons=()) for day in CALENDAR.days)),
    ),
    "feed": ("feed", calendar_views.FeedPage(None)),
    "feed-made": ("feed", calendar_views.FeedPage(NOW)),
    "feed-shown": (
        "feed",
        calendar_views.FeedPage(NOW, f"https://musicschool.coursecove.example/calendar/feeds/{'x' * 43}.ics"),
    ),
    "lessons": ("lessons", LESSONS),
    "lessons-past": (
        "lessons",
        replace(LESSONS, past=True, newer="/lessons?when=past&cursor=x"),
    ),
    "lessons-none": ("lessons", views.LessonsPage((), past=False, staff=False)),
    "lessons-none-past": ("lessons", views.LessonsPage((), past=True, staff=False)),
    "book": ("book", OFFERS),
    "book-nobody": ("book", replace(OFFERS, nobody=True)),
    "book-nothing": ("book", views.OffersPage(())),
    "times": ("times", TIMES),
    "times-elsewhere": (
        "times",
        replace(
            TIMES,
            locations=((str(_id(3)), "Harbour house"), (str(_id(4)), LONG_WORD)),
            students=CHOICES,
            other_zone="America/New_York",
            earlier="/lessons/book",
        ),
    ),
    "times-taken": (
        "times",
        replace(TIMES, problem="Somebody else took this time a moment ago.", nearest=WEEK[1].slots[:3]),
    ),
    "times-none": (
        "times",
        replace(
            TIMES, days=tuple(replace(day, slots=()) for day in WEEK), next_free=WEEK[3].slots[0], teachers=()
        ),
    ),
    "confirm": ("confirm", CONFIRM),
    "confirm-for-whom": (
        "confirm",
        replace(
            CONFIRM,
            students=CHOICES,
            student_id="",
            notice_hours=0,
            note=LONG_NAME,
            other_zone="America/New_York",
            errors={"student_id": "Choose a student.", "note": "At most 2000 letters."},
        ),
    ),
    "confirm-move": ("confirm", replace(CONFIRM, moving=True, before=START - timedelta(days=2))),
    "confirm-wrong-repeat": (
        "confirm",
        replace(
            CONFIRM,
            repeat="1",
            count="99",
            errors={"count": "From 2 to 60 lessons.", "repeat": "Choose how often."},
        ),
    ),
    "series": ("series", SERIES),
    "series-taken": (
        "series",
        replace(
            SERIES,
            problem="Not all of these dates are free any more. Nothing was booked; look at them again.",
            title=LONG_WORD,
            student=LONG_NAME,
            other_zone="America/New_York",
            notice_hours=0,
        ),
    ),
    "series-none": ("series", replace(SERIES, dates=tuple(replace(each, free=False) for each in DATES))),
    "lesson": ("lesson", LESSON),
    "lesson-of-a-teacher": (
        "lesson",
        replace(
            LESSON,
            staff=True,
            student_href=f"/people/{_id(9)}",
            presence="late",
            presence_note="Ten minutes.",
            over=True,
        ),
    ),
    "lesson-wrong-attendance": (
        "lesson",
        replace(
            LESSON, staff=True, given={"note": "x"}, errors={"status": "Choose one.", "note": "At most 2000."}
        ),
    ),
    "lesson-noted": (
        "lesson",
        replace(
            LESSON, presence="present", presence_note=LONG_NAME, over=True, may_change=False, may_move=False
        ),
    ),
    "lesson-cancelled": (
        "lesson",
        replace(
            LESSON,
            title=LONG_WORD,
            teacher=LONG_NAME,
            cancelled_at=NOW,
            cancelled_by=LONG_NAME,
            late=True,
            reason="Ill.",
            may_change=False,
            may_move=False,
            notice_hours=0,
            other_zone="America/New_York",
        ),
    ),
    "cancellation": ("cancellation", CANCELLATION),
    "cancellation-late": ("cancellation", LATE),
    "cancellation-by-the-school": ("cancellation", replace(CANCELLATION, by_school=True)),
    "moves": ("moves", MOVES),
    "moves-taken": (
        "moves",
        replace(
            MOVES,
            problem="What is free has changed in the meantime. Nothing was moved; look at the dates again.",
            title=LONG_WORD,
            student=LONG_NAME,
            other_zone="America/New_York",
        ),
    ),
    "moves-none": ("moves", replace(MOVES, dates=tuple(replace(each, free=False) for each in MOVES.dates))),
    "confirm-moving-a-series": (
        "confirm",
        replace(
            CONFIRM, moving=True, before=START, following=7, last=START + timedelta(weeks=7), seal="x" * 32
        ),
    ),
    "cancellation-of-a-series": (
        "cancellation",
        replace(CANCELLATION, following=7, last=START + timedelta(weeks=7), late_following=1, seal="x" * 32),
    ),
    "lesson-of-a-series": ("lesson", replace(LESSON, series="3 of 10, every week")),
    "cancellation-wrong": (
        "cancellation",
        replace(LATE, problem="It has become too late.", errors={"reason": "At most 500 letters."}),
    ),
}


def pages(shell: Shell) -> dict[str, tuple[Page, Shell | None]]:
    """Each state of each page."""
    here = replace(shell, path="/lessons")
    return {
        name: (Page(f"scheduling/{template}.html", data), here) for name, (template, data) in STATES.items()
    }
