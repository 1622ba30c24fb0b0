"""Examples of home pages of people who are in the middle of things: lessons ahead, attendance to note, courses begun."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from coursecove.analytics import views
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import Shell

START = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def _id(n: int) -> UUID:
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0900 + n)


LESSON = views.Lesson(
    _id(1),
    "Piano, 30 minutes",
    START,
    START + timedelta(minutes=30),
    "Tomás Varga",
    "Isla Bennett",
    "Harbour House",
)
LESSONS = (
    LESSON,
    replace(LESSON, id=_id(2), title=LONG_WORD, teacher=LONG_WORD, student=LONG_WORD, place=LONG_WORD),
    replace(LESSON, id=_id(3), teacher="", student="", place=""),
)
COURSES = (
    views.LearnedCourse(_id(4), LONG_WORD, 12, 5),
    views.LearnedCourse(_id(5), "First chords on the guitar", 0, 0),
)
FACTS = views.Facts("Isla Bennett", "STUDENT", START - timedelta(days=90), "Europe/London")
CHILDREN = (
    views.Child(_id(6), "Isla Bennett", START - timedelta(days=90), lessons=LESSONS[:1]),
    views.Child(_id(7), LONG_WORD, START - timedelta(days=90), lessons=LESSONS[1:2]),
    views.Child(_id(8), "Noah Adeyemi", START - timedelta(days=9)),
)


def pages(shell: Shell) -> dict[str, tuple[Page, Shell]]:
    made = {
        "owner-lessons": Page(
            "analytics/dashboard_owner.html", views.OwnerHome("Amara", (), (), (), (), LESSONS)
        ),
        "teacher-lessons": Page(
            "analytics/dashboard_teacher.html",
            views.TeacherHome("Tomás", FACTS, 214, 12, (), LESSONS, LESSONS),
        ),
        "student-lessons": Page(
            "analytics/dashboard_student.html",
            views.StudentHome("Isla", FACTS, (), (), LESSONS, COURSES),
        ),
        "guardian-lessons": Page("analytics/dashboard_guardian.html", views.GuardianHome("Priya", CHILDREN)),
    }
    return {name: (page, shell) for name, page in made.items()}
