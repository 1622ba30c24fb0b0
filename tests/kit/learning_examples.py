"""Examples of the pages about learning: usual, empty, closed, wrong, too long, too many."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from coursecove.courses import content
from coursecove.courses import enrolment_views as staff
from coursecove.courses import learning_views as views
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import Shell

NOW = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LONG_TITLE = f"Einführung in die {LONG_WORD} für Fortgeschrittene und solche, die es noch werden wollen"
TEXT = f"""# Sitting

Sit *upright*, and **breathe**[^1]. {LONG_WORD}

- [x] the bench is high enough
- [ ] the shoulders are low

> [!TIP]
> Look into a mirror.

> [!WARNING]
> Stop where it hurts.

| Finger | Number |
|:--|--:|
| Thumb | 1 |

$f = \\frac{{1}}{{T}}$ and

$$\\int_0^1 x\\,dx = \\frac{{1}}{{2}}$$

```abc
X:1
K:C
CDEF GABc|
```

https://youtu.be/dQw4w9WgXcQ

[^1]: Through the nose.
"""


def _id(n: int) -> UUID:
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0400 + n)


def _ago(**distance: float) -> datetime:
    return NOW - timedelta(**distance)


LATER = views.LockNote("Opens later.", NOW + timedelta(days=3))
STRANGER = views.LockNote("For students who are enrolled in this course.")


def _lesson(n: int, title: str, **more: bool) -> views.LessonRow:
    flags = {"done": False, "opened": False, "preview": False, "here": False} | more
    return views.LessonRow(
        _id(n), title, flags["done"], flags["opened"], flags["preview"], None, flags["here"]
    )


MODULES = (
    views.ModuleRow(
        "Week one: sitting and holding",
        (
            _lesson(1, "How to sit", done=True, opened=True),
            _lesson(2, LONG_TITLE, opened=True, here=True),
            _lesson(3, "The left hand", preview=True),
        ),
        None,
    ),
    views.ModuleRow("Week two", (replace(_lesson(4, "A first chord"), lock=LATER),), LATER),
    views.ModuleRow(
        LONG_TITLE,
        (replace(_lesson(5, "Changing chords"), lock=LATER), replace(_lesson(6, "A song"), lock=STRANGER)),
        None,
    ),
)
CARD = views.CourseCard(
    _id(20), "First chords on the guitar", "Six weeks, ten minutes a day.", "#0f766e", "active", 6, 2,
    _ago(hours=3), f"/learning/lessons/{_id(2)}", "The left hand",
)  # fmt: skip
CARDS = (
    CARD,
    replace(CARD, title=LONG_TITLE, summary=LONG_TITLE * 4, next_title=LONG_TITLE, last_at=None, done=0),
    replace(CARD, title="Reading notes", done=6, next_url=None, next_title=None),
    replace(CARD, title="Choir", status="waiting", next_url=None),
    replace(CARD, title="Band", status="requested", summary="", next_url=None),
)
LEARNING = views.Learning((views.LearnerCourses("Isla Bennett", CARDS),), own=True)
FAMILY = views.Learning(
    (
        views.LearnerCourses("Isla Bennett", (replace(CARD, next_url=None),)),
        views.LearnerCourses(LONG_TITLE, (replace(CARD, next_url=None, done=6),)),
    ),
    own=False,
)
COURSE = views.CoursePage(
    _id(20), "First chords on the guitar", "Six weeks.\n\nTen minutes a day.", ("Hana Sato", "Tomás Rivera"),
    MODULES, "active", 1, 6, f"/learning/lessons/{_id(2)}",
)  # fmt: skip
LESSON = views.LessonPage(
    _id(2), _id(20), "First chords on the guitar", "How to hold it", content.render(TEXT), None, MODULES, 2, 6,
    learner=True, version_id=_id(30), previous=("How to sit", _id(1)), following=("The left hand", _id(3)),
    note="Shoulders!", note_version=2,
)  # fmt: skip
JOINING = views.JoiningPage("secret", "First chords on the guitar", "Six weeks, ten minutes a day.")

HERE = f"/courses/{_id(20)}/learners"
TABS = (
    ("Learning (3)", HERE),
    ("Asking (1)", f"{HERE}?status=requested"),
    ("Waiting (2)", f"{HERE}?status=waiting"),
    ("Removed (0)", f"{HERE}?status=removed"),
)
ROWS = (
    staff.LearnerRow(_id(40), _id(60), "Isla Bennett", _ago(days=9), "by hand", 2, _ago(hours=1)),
    staff.LearnerRow(_id(41), _id(61), LONG_TITLE, _ago(days=90), f"by a link: {LONG_WORD}", 0, None),
    staff.LearnerRow(_id(42), _id(62), "Noah Adeyemi", _ago(days=1), "by a link: Flyer", 6, _ago(days=1)),
)
LEARNERS = staff.Learners(
    _id(20), "First chords on the guitar", "active", TABS, HERE, ROWS, 6, 3, 12, older=f"{HERE}?cursor=x",
    given_seats="12",
)  # fmt: skip
CANDIDATES = staff.Candidates(
    _id(20),
    "First chords on the guitar",
    "",
    tuple((_id(70 + n), f"Student {n}") for n in range(5)),
    False,
    None,
)
LINK_ROWS = (
    staff.LinkRow(_id(80), "On the door", False, 3, None, None, _ago(days=3), "open"),
    staff.LinkRow(_id(81), LONG_WORD[:80], True, 20, 20, NOW + timedelta(days=2), _ago(days=30), "over"),
    staff.LinkRow(_id(82), "Open day", True, 1, 5, _ago(days=2), _ago(days=60), "revoked"),
)
LINKS = staff.Links(_id(20), "First chords on the guitar", True, LINK_ROWS)
PROGRESS = staff.ProgressTable(
    _id(20), "First chords on the guitar", (("Week one", f"/courses/{_id(20)}/progress?module=a"), (LONG_TITLE, "/b")),
    "Week one", f"/courses/{_id(20)}/progress?module=a", ("How to sit", LONG_TITLE, "The left hand"),
    (
        staff.ProgressRow(_id(60), "Isla Bennett", ("done", "begun", ""), 1, _ago(hours=3)),
        staff.ProgressRow(_id(61), LONG_TITLE, ("", "", ""), 0, None),
    ),
    6, older="/courses?cursor=x",
)  # fmt: skip
RELEASES = staff.Releases(
    _id(20), "First chords on the guitar",
    (
        staff.ReleaseRow(_id(90), "Week one", 1, "", "", None),
        staff.ReleaseRow(_id(91), LONG_TITLE, 4, "2026-12-01", "7", NOW + timedelta(days=7)),
    ),
    ((_id(95), "Reading notes"),), ((str(_id(96)), LONG_TITLE), (str(_id(97)), "Choir")), "Europe/London",
)  # fmt: skip
WRONG_RELEASE = replace(
    RELEASES,
    modules=(
        replace(
            RELEASES.modules[0],
            date="2020-01-01",
            errors={"date": "A day, or nothing.", "days": "A whole number."},
        ),
    ),
    problem="That course waits for this one already: nobody could begin either.",
)


def pages(shell: Shell) -> dict[str, tuple[Page, Shell | None]]:
    """By name, each with the shell around it."""
    every = _learner_pages() | _lesson_pages() | _learners_pages() | _staff_pages()
    return {name: (page, shell) for name, page in every.items()}


def _learner_pages() -> dict[str, Page]:
    course = "courses/learned_course.html"
    return {
        "learning": Page("courses/learning.html", LEARNING),
        "learning-family": Page("courses/learning.html", FAMILY),
        "learning-none": Page("courses/learning.html", views.Learning((), own=True)),
        "learning-family-none": Page("courses/learning.html", views.Learning((), own=False)),
        "learned-course": Page(course, COURSE),
        "learned-course-finished": Page(
            course, replace(COURSE, done=6, next_url=None, certified=True, certificate_id=_id(90))
        ),
        "learned-course-certified": Page(course, replace(COURSE, certified=True)),
        "learned-course-waiting": Page(course, replace(COURSE, standing="waiting", next_url=None)),
        "learned-course-requested": Page(course, replace(COURSE, standing="requested", next_url=None)),
        "learned-course-blocked": Page(
            course, replace(COURSE, required=(("Reading notes", False), (LONG_TITLE, True)), next_url=None)
        ),
        "learned-course-stranger": Page(
            course, replace(COURSE, standing=None, title=LONG_TITLE, next_url=None)
        ),
        "learned-course-staff": Page(course, replace(COURSE, staff=True, standing=None)),
        "learned-course-draft": Page(
            course, replace(COURSE, staff=True, standing=None, draft=True, modules=(), lessons=0)
        ),
    }


def _lesson_pages() -> dict[str, Page]:
    lesson, joining = "courses/learned_lesson.html", "courses/joining.html"
    return {
        "learned-lesson": Page(lesson, LESSON),
        "learned-lesson-done": Page(lesson, replace(LESSON, done=True, following=None, newer=True)),
        "learned-lesson-last": Page(lesson, replace(LESSON, following=None, previous=None, title=LONG_TITLE)),
        "learned-lesson-closed": Page(lesson, replace(LESSON, content=None, lock=LATER, learner=False)),
        "learned-lesson-stranger": Page(lesson, replace(LESSON, content=None, lock=STRANGER, learner=False)),
        "learned-lesson-empty": Page(lesson, replace(LESSON, content=None, learner=False, staff=True)),
        "learned-lesson-note-changed": Page(
            lesson,
            replace(LESSON, note_theirs="Elbows!", errors={"note": "You changed this note somewhere else."}),
        ),
        "joining": Page(joining, JOINING),
        "joining-asks": Page(joining, replace(JOINING, needs_approval=True, title=LONG_TITLE)),
        "joining-known": Page(joining, replace(JOINING, standing="active", course_url="/learning/x")),
        "joining-staff": Page(joining, replace(JOINING, student=False)),
        "joining-over": Page(joining, views.JoiningPage("secret", None)),
    }


def _learners_pages() -> dict[str, Page]:
    learners = "courses/learners.html"
    empty = replace(LEARNERS, rows=(), older=None)
    return {
        "learners": Page(learners, LEARNERS),
        "learners-none": Page(learners, replace(empty, seats=None, active=0, given_seats="")),
        "learners-nobody-found": Page(learners, replace(empty, q="xyz")),
        "learners-asking": Page(
            learners, replace(LEARNERS, status="requested", here=f"{HERE}?status=requested")
        ),
        "learners-waiting": Page(
            learners, replace(LEARNERS, status="waiting", here=f"{HERE}?status=waiting")
        ),
        "learners-removed": Page(
            learners, replace(LEARNERS, status="removed", here=f"{HERE}?status=removed")
        ),
        "learners-nobody-asks": Page(learners, replace(empty, status="requested")),
        "learners-nobody-waits": Page(learners, replace(empty, status="waiting")),
        "learners-nobody-removed": Page(learners, replace(empty, status="removed", published=False)),
        "learners-wrong-seats": Page(
            learners,
            replace(LEARNERS, given_seats="many", errors={"seats": "A whole number from 1 on, or nothing."}),
        ),
    }


def _staff_pages() -> dict[str, Page]:
    links, progress = "courses/links.html", "courses/progress.html"
    return {
        "enrol": Page("courses/enrol.html", CANDIDATES),
        "enrol-more": Page("courses/enrol.html", replace(CANDIDATES, more=True, free=1)),
        "enrol-nobody-found": Page("courses/enrol.html", replace(CANDIDATES, q="xyz", students=())),
        "enrol-nobody-left": Page("courses/enrol.html", replace(CANDIDATES, students=(), free=0)),
        "enrol-nobody-chosen": Page(
            "courses/enrol.html", replace(CANDIDATES, problem="Choose at least one student.")
        ),
        "links": Page(links, LINKS),
        "links-none": Page(links, replace(LINKS, links=(), published=False)),
        "links-made": Page(
            links, replace(LINKS, made=f"https://example.com/learning/joining?link={'a' * 32}")
        ),
        "links-wrong": Page(
            links,
            replace(
                LINKS,
                given={"name": "", "approval": "1", "uses": "x", "until": "2020-01-01"},
                errors={
                    "name": "Say what it is for.",
                    "uses": "A whole number.",
                    "until": "A day, or nothing.",
                },
            ),
        ),
        "progress": Page(progress, PROGRESS),
        "progress-nobody": Page(progress, replace(PROGRESS, rows=())),
        "progress-no-lessons": Page(progress, replace(PROGRESS, rows=(), lessons=(), modules=())),
        "release": Page("courses/release.html", RELEASES),
        "release-wrong": Page("courses/release.html", WRONG_RELEASE),
        "release-none": Page("courses/release.html", replace(RELEASES, modules=(), required=(), choices=())),
    }
