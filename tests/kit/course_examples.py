"""Examples of the pages of authors: usual, empty, wrong, too long, two at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from coursecove.courses import content, views
from coursecove.courses.comparing import compared
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import Shell
from coursecove.schools.editing import Difference

NOW = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen und was daraus wird " * 2
OLD = "# Chords\n\nPlay C.\n\nThen G.\n" + "\n".join(f"Line {n}" for n in range(20))
NEW = OLD.replace("Then G.", "Then F.\nThen G.").replace("Line 19", "The last line")


def _id(n: int) -> UUID:
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0700 + n)


def _row(n: int, title: str, status: str, **more: object) -> views.Row:
    row = views.Row(
        _id(n), title, status, None, None, NOW - timedelta(days=n), n * 3, "Hana Sato, Tomás Varga"
    )
    return replace(row, **more)  # type: ignore[arg-type] # fields of the row


TABS = (("All", "/courses"), ("Drafts", "/courses?status=draft"), ("Deleted", "/courses?status=deleted"))
COURSES = views.CoursesPage(
    (
        _row(1, "First chords", "published"),
        _row(2, "Breathing", "draft", publish_at=NOW + timedelta(days=2)),
        _row(3, LONG, "archived"),
        _row(4, "Scales", "draft", teachers=""),
    ),
    44,
    TABS,
    "/courses",
    older="/courses?cursor=x",
)
DELETED = replace(
    COURSES,
    rows=(_row(5, "Old course", "draft", days_left=2),),
    status="deleted",
    here="/courses?status=deleted",
)
NONE = replace(COURSES, rows=(), total=0, older=None)
LESSONS = (
    views.LessonRow(_id(20), "Holding the guitar", "published", True, False, first=True),
    views.LessonRow(_id(21), LONG, "published", False, True),
    views.LessonRow(_id(22), "Two chords", "draft", False, True, last=True),
)
COURSE = views.CoursePage(
    _id(1),
    "First chords",
    "Six weeks to your first song.",
    "draft",
    None,
    None,
    (
        views.ModuleRow(_id(10), "Week one", 1, LESSONS, first=True),
        views.ModuleRow(_id(11), "Week two", 1, (), last=True),
    ),
    (views.GoneRow(_id(30), "lesson", "An old lesson"), views.GoneRow(_id(31), "module", "Week three")),
)
SETTINGS = views.SettingsPage(
    _id(1),
    "First chords",
    "Six weeks to your first song.",
    "#0f766e",
    "draft",
    NOW + timedelta(days=3),
    3,
    None,
    (views.TeacherRow(_id(40), "Hana Sato", True), views.TeacherRow(_id(41), "Tomás Varga", False)),
    ((str(_id(42)), "Marcus Bell"),),
    "Europe/London",
)
LESSON = views.LessonPage(
    _id(20),
    _id(1),
    "First chords",
    _id(10),
    "Holding the guitar",
    "published",
    True,
    2,
    NEW,
    7,
    NOW - timedelta(minutes=3),
    "Hana Sato",
    2,
    NOW - timedelta(days=2),
    True,
    ((str(_id(10)), "Week one"), (str(_id(11)), "Week two")),
    '"tag"',
)
VERSIONS = views.VersionsPage(
    _id(20),
    _id(1),
    "First chords",
    "Holding the guitar",
    7,
    True,
    (
        views.VersionRow(2, "Clearer about the thumb", "Hana Sato", NOW - timedelta(days=2), True),
        views.VersionRow(1, None, None, NOW - timedelta(days=9), False),
    ),
)
COMPARISON = views.ComparisonPage(
    _id(20),
    _id(1),
    "First chords",
    "Holding the guitar",
    1,
    None,
    7,
    True,
    compared(OLD, NEW),
    (("2", "Version 2"), ("1", "Version 1")),
)
EMPTY_COURSE = replace(COURSE, modules=(), gone=())
PUBLISHED = replace(SETTINGS, status="published", publish_at=None)
NOBODY_TEACHES = replace(PUBLISHED, status="archived", teachers=(), candidates=())
TWO_AT_ONCE = (Difference("Title", "First chords", "Chords for beginners"),)
OTHERS = replace(LESSON, theirs=compared(OLD, NEW), theirs_by="Tomás Varga")
PREVIEW = views.PreviewPage(
    _id(20), _id(1), "First chords", "Holding the guitar", content.render(NEW), changed=True
)
FILES = views.FilesPage(
    _id(20),
    _id(1),
    "First chords",
    "Holding the guitar",
    50,
    (
        views.FileRow(
            _id(50), "hand.png", "120 kB", "/courses/files/1/picture", "![hand](/courses/files/1/picture)"
        ),
        views.FileRow(
            _id(51), f"{LONG}.pdf", "2.1 MB", "/courses/files/2/download", "[x](/courses/files/2/download)"
        ),
    ),
)

PAGES: dict[str, Page] = {
    "courses": Page("courses/courses.html", COURSES),
    "courses-none": Page("courses/courses.html", NONE),
    "courses-none-found": Page("courses/courses.html", replace(NONE, q="flute")),
    "courses-none-archived": Page("courses/courses.html", replace(NONE, status="archived")),
    "courses-deleted": Page("courses/courses.html", DELETED),
    "courses-none-deleted": Page("courses/courses.html", replace(DELETED, rows=(), total=0)),
    "new-course": Page("courses/new_course.html", views.NewCoursePage()),
    "new-course-wrong": Page(
        "courses/new_course.html", views.NewCoursePage("", "x", {"title": "Write a title."}), status=422
    ),
    "course": Page("courses/course.html", COURSE),
    "course-empty": Page("courses/course.html", EMPTY_COURSE),
    "course-deleted": Page("courses/course.html", replace(COURSE, days_left=4)),
    "course-scheduled": Page("courses/course.html", replace(COURSE, publish_at=NOW + timedelta(days=1))),
    "course-refused": Page("courses/course.html", replace(COURSE, problem="Publish a lesson first.")),
    "course-wrong-module": Page(
        "courses/course.html", replace(COURSE, errors={"title": "Write a title."}, typed=LONG), status=422
    ),
    "course-wrong-lesson": Page(
        "courses/course.html",
        replace(COURSE, errors={"title": "Write a title."}, wrong_at=_id(10)),
        status=422,
    ),
    "course-module-renamed-by-two": Page(
        "courses/course.html",
        replace(COURSE, errors={"rename": "Somebody else named it."}, typed="Week 1", wrong_at=_id(10)),
        status=409,
    ),
    "course-settings": Page("courses/settings.html", SETTINGS),
    "course-settings-published": Page("courses/settings.html", PUBLISHED),
    "course-settings-archived": Page("courses/settings.html", NOBODY_TEACHES),
    "course-settings-deleted": Page("courses/settings.html", replace(SETTINGS, days_left=2)),
    "course-settings-two-at-once": Page("courses/settings.html", replace(SETTINGS, differences=TWO_AT_ONCE)),
    "course-settings-wrong": Page(
        "courses/settings.html",
        replace(
            SETTINGS, errors={"title": "Write a title.", "at": "Choose a day and a time."}, problem="No."
        ),
    ),
    "lesson": Page("courses/lesson.html", LESSON),
    "lesson-new": Page(
        "courses/lesson.html",
        replace(LESSON, status="draft", content="", draft_by=None, current_number=None, published_at=None),
    ),
    "lesson-two-at-once": Page("courses/lesson.html", OTHERS, status=409),
    "lesson-settings-of-two": Page("courses/lesson.html", replace(LESSON, differences=TWO_AT_ONCE)),
    "lesson-wrong": Page(
        "courses/lesson.html",
        replace(LESSON, errors={"content": "Too long.", "title": "Write a title."}, problem="No."),
    ),
    "lesson-preview": Page("courses/preview.html", PREVIEW),
    "lesson-preview-empty": Page(
        "courses/preview.html", replace(PREVIEW, content=content.render(""), changed=False)
    ),
    "lesson-files": Page("courses/files.html", FILES),
    "lesson-files-none": Page(
        "courses/files.html", replace(FILES, rows=(), problem="This file is empty."), status=422
    ),
    "lesson-versions": Page("courses/versions.html", VERSIONS),
    "lesson-versions-none": Page("courses/versions.html", replace(VERSIONS, rows=())),
    "comparison": Page("courses/comparison.html", COMPARISON),
    "comparison-same": Page(
        "courses/comparison.html", replace(COMPARISON, right=2, lines=compared(OLD, OLD))
    ),
    "comparison-asks": Page("courses/comparison.html", replace(COMPARISON, asks=True)),
}


def pages(shell: Shell) -> dict[str, tuple[Page, Shell | None]]:
    """Each state of each page."""
    here = replace(shell, path="/courses")
    return {name: (page, here) for name, page in PAGES.items()}
