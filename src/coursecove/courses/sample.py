"""Courses of the demo schools: one that is published, one that is being prepared."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from coursecove.accounts.names import sortable
from coursecove.courses.content_models import LessonDraft, LessonVersion
from coursecove.courses.enrolment_models import Enrolment
from coursecove.courses.learning_models import Learned, LearningEvent
from coursecove.courses.models import (
    Course,
    CourseLesson,
    CourseModule,
    CourseStatus,
    CourseTeacher,
    LessonStatus,
)
from coursecove.courses.positions import spread
from coursecove.kit import clock
from coursecove.kit.db import ServiceDb
from coursecove.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class SampleLesson:
    """A lesson with what it says; without a text nobody has written it yet."""

    title: str
    content: str = ""
    is_preview: bool = False


@dataclass(frozen=True, slots=True)
class SampleCourse:
    title: str
    summary: str
    color: str
    teacher: str
    published: bool
    modules: tuple[tuple[str, tuple[SampleLesson, ...]], ...]


CHORDS = SampleCourse(
    "First chords on the guitar",
    "Six weeks from holding the guitar to playing your first song. No notes needed, ten minutes a day are enough.",
    "#0f766e",
    "hana",
    published=True,
    modules=(
        (
            "Week one: sitting and holding",
            (
                SampleLesson(
                    "How to hold the guitar",
                    "Sit on a chair **without arms**. The guitar rests on your right leg.\n\n"
                    "- Both feet on the floor\n- Shoulders low\n- The neck points a little up\n\n"
                    "> [!TIP]\n> If your shoulder is up after a minute, begin again.\n",
                    is_preview=True,
                ),
                SampleLesson(
                    "The right hand",
                    "Play the open strings with your thumb, from the lowest to the highest.\n\n"
                    "| String | Note |\n|---|---|\n| 6 | E |\n| 5 | A |\n| 4 | D |\n| 3 | G |\n| 2 | B |\n| 1 | E |\n",
                ),
            ),
        ),
        (
            "Week two: two chords",
            (
                SampleLesson("E minor", "Two fingers: second and third, on strings 5 and 4, second fret.\n"),
                SampleLesson("Changing in time", "Four beats of **E minor**, four beats of **D**. Slowly.\n"),
                SampleLesson("Your first song"),
            ),
        ),
    ),
)
CHOIR = SampleCourse(
    "Singing in the choir",
    "What a new voice needs to know before the first rehearsal.",
    "#7c3aed",
    "marcus",
    published=False,
    modules=(("Before you come", (SampleLesson("Warming up at home", "Hum. Then hum higher.\n"),)),),
)
BREATHING = SampleCourse(
    "Breathing for beginners",
    "Four short practices that fit into any day.",
    "#7c3aed",
    "ravi",
    published=True,
    modules=(
        (
            "The four practices",
            (
                SampleLesson("Noticing", "Sit. Notice one breath. Then the next.\n", is_preview=True),
                SampleLesson("Counting", "Breathe in for four, out for six.\n"),
            ),
        ),
    ),
)
OF_SCHOOL = {"musicschool": (CHORDS, CHOIR), "yogastudio": (BREATHING,)}


async def add_courses(db: ServiceDb, label: str, teachers: dict[str, UUID]) -> None:
    """Give a demo school its courses; `teachers` names members by their key."""
    for sample in OF_SCHOOL[label]:
        await _add(db, sample, teachers[sample.teacher])


async def _add(db: ServiceDb, sample: SampleCourse, teacher: UUID) -> None:
    published = CourseStatus.PUBLISHED if sample.published else CourseStatus.DRAFT
    course = Course(
        id=new_id(),
        title=sample.title,
        sort_title=sortable(sample.title),
        summary=sample.summary,
        color=sample.color,
        status=published,
        published_at=clock.now() if sample.published else None,
        gives_certificates=sample.published,
        created_by=teacher,
    )
    db.add(course)
    await db.flush()
    db.add(CourseTeacher(course_id=course.id, member_id=teacher))
    places = spread(len(sample.modules))
    for position, (title, lessons) in zip(places, sample.modules, strict=True):
        module = CourseModule(id=new_id(), course_id=course.id, title=title, position=position)
        db.add(module)
        await db.flush()
        await _add_lessons(db, module, lessons, teacher)


async def _add_lessons(
    db: ServiceDb, module: CourseModule, lessons: Sequence[SampleLesson], teacher: UUID
) -> None:
    for position, sample in zip(spread(len(lessons)), lessons, strict=True):
        version_id = new_id() if sample.content else None
        lesson = CourseLesson(
            id=new_id(),
            course_id=module.course_id,
            module_id=module.id,
            title=sample.title,
            position=position,
            status=LessonStatus.PUBLISHED if version_id else LessonStatus.DRAFT,
            is_preview=sample.is_preview,
            current_version_id=version_id,
        )
        db.add(lesson)
        await db.flush()
        hangs_on = {"course_id": lesson.course_id, "lesson_id": lesson.id}
        db.add(LessonDraft(content=sample.content, updated_by=teacher, **hangs_on))
        if version_id:
            db.add(
                LessonVersion(id=version_id, number=1, content=sample.content, made_by=teacher, **hangs_on)
            )
    await db.flush()


async def add_learners(db: ServiceDb, students: Sequence[UUID]) -> None:
    """Enrol students in what is published; some have begun, one or the other is done."""
    courses = await db.execute(
        select(Course.id).filter_by(organization_id=db.organization_id, status=CourseStatus.PUBLISHED)
    )
    for course_id in courses.scalars():
        await _learn(db, course_id, students)


async def _learn(db: ServiceDb, course_id: UUID, students: Sequence[UUID]) -> None:
    lessons = await db.execute(
        select(CourseLesson)
        .join(CourseModule, CourseModule.id == CourseLesson.module_id)
        .where(CourseLesson.course_id == course_id, CourseLesson.status == LessonStatus.PUBLISHED)
        .order_by(CourseModule.position, CourseLesson.position)
    )
    read = list(lessons.scalars())
    for place, member_id in enumerate(students):
        db.add(Enrolment(course_id=course_id, member_id=member_id))
        await db.flush()
        for lesson in read[: (len(read) - 1 - place) % (len(read) + 1)]:
            for kind in (Learned.OPENED, Learned.COMPLETED):
                version_id = lesson.current_version_id
                hangs_on = {"course_id": course_id, "lesson_id": lesson.id, "member_id": member_id}
                db.add(LearningEvent(kind=kind, version_id=version_id, **hangs_on))
                await db.flush()
