"""From what was read about a course to what its learners see: what is open, what is not, why, and until when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from coursecove.accounts.access import Member
from coursecove.accounts.roles import Role
from coursecove.courses import content
from coursecove.courses.learning_locks import Closed, Lock, Standing, lock_of
from coursecove.courses.learning_queries import (
    CourseOutline,
    LearnedCourse,
    LessonFacts,
    ModuleFacts,
    OpenLesson,
)
from coursecove.courses.learning_views import (
    CourseCard,
    CoursePage,
    LearnerCourses,
    Learning,
    LessonPage,
    LessonRow,
    LockNote,
    ModuleRow,
)
from coursecove.kit.web.language import gettext as _

STAFF = frozenset({Role.SUPER_ADMIN, Role.TEACHER})


def lesson_url(lesson_id: UUID) -> str:
    return f"/learning/lessons/{lesson_id}"


def learning_of(found: Sequence[LearnedCourse], me: Member) -> Learning:
    """Cards by learner: the caller's own, or each child's."""
    by_learner: dict[UUID, list[LearnedCourse]] = {}
    for course in found:
        by_learner.setdefault(course.learner_id, []).append(course)
    learners = tuple(
        LearnerCourses(courses[0].learner, tuple(_card(course) for course in courses))
        for courses in by_learner.values()
    )
    return Learning(learners, own=me.role == Role.STUDENT)


def _card(course: LearnedCourse) -> CourseCard:
    card = CourseCard(
        course.course_id,
        course.title,
        course.summary,
        course.color,
        course.status,  # type: ignore[arg-type] # the query asks for these three
        course.lessons,
        course.done,
        course.last_at,
    )
    if not course.mine or course.next_id is None:
        return card
    return replace(card, next_url=lesson_url(course.next_id), next_title=course.next_title)


def course_page(found: CourseOutline, me: Member, now: datetime) -> CoursePage:
    modules = modules_of(found, me, now)
    lessons = [lesson for module in modules for lesson in module.lessons]
    learning = found.standing == "active"
    open_ones = [lesson for lesson in lessons if lesson.lock is None and not lesson.done]
    first = next(iter(open_ones), None)
    return CoursePage(
        found.id,
        found.title,
        found.summary,
        tuple(found.teachers),
        modules,
        found.standing,
        done=sum(lesson.done for lesson in lessons),
        lessons=len(lessons),
        next_url=lesson_url(first.id) if first and (learning or me.role in STAFF) else None,
        required=tuple((each.title, each.done) for each in found.required),
        staff=me.role in STAFF,
        draft=found.status != "published",
        certified=found.gives_certificates,
        certificate_id=found.certificate_id,
    )


def modules_of(
    found: CourseOutline, me: Member, now: datetime, here: UUID | None = None
) -> tuple[ModuleRow, ...]:
    """The outline with locks, as a learner sees it; modules without lessons are left out."""
    lessons: dict[UUID, list[LessonFacts]] = {}
    for lesson in found.lessons:
        lessons.setdefault(lesson.module_id, []).append(lesson)
    rows = []
    for module in found.modules:
        inside = tuple(
            LessonRow(
                each.id,
                each.title,
                each.done,
                each.opened,
                each.is_preview,
                None if me.role in STAFF or each.is_preview else _lock_note(found, module, each, now),
                here=each.id == here,
            )
            for each in lessons.get(module.id, ())
        )
        if inside:
            rows.append(ModuleRow(module.title, inside, _module_lock(inside)))
    return tuple(rows)


def _lock_note(
    found: CourseOutline, module: ModuleFacts, lesson: LessonFacts, now: datetime
) -> LockNote | None:
    standing = Standing(found.standing, found.started_at, all(each.done for each in found.required))
    lock = lock_of(
        standing, release_at=module.release_at, after_days=module.after_days, opened=lesson.opened, now=now
    )
    return _in_words(lock, found) if lock else None


def _in_words(lock: Lock, found: CourseOutline) -> LockNote:
    first = ", ".join(_("“%(title)s”") % {"title": each.title} for each in found.required if not each.done)
    words = {
        Closed.STRANGER: _("For students who are enrolled in this course."),
        Closed.REQUESTED: _("Opens once your teacher has let you in."),
        Closed.WAITING: _("Opens once there is a place for you."),
        Closed.REQUIRES: _("Finish %(courses)s first.") % {"courses": first},
        Closed.LATER: _("Opens later."),
    }
    return LockNote(words[lock.why], lock.opens_at)


def _module_lock(lessons: Sequence[LessonRow]) -> LockNote | None:
    """What keeps all of a module closed, said once."""
    locks = {lesson.lock for lesson in lessons}
    return locks.pop() if len(locks) == 1 else None


def lesson_page(found: OpenLesson, me: Member, now: datetime) -> LessonPage:
    """The lesson between its neighbours; without its text where it is closed."""
    modules = modules_of(found, me, now, here=found.lesson_id)
    rows = [row for module in modules for row in module.lessons]
    place = next(number for number, row in enumerate(rows) if row.here)
    here = rows[place]
    text = found.content
    return LessonPage(
        found.lesson_id,
        found.id,
        found.title,
        found.lesson_title,
        content.render(text) if text is not None and here.lock is None else None,
        here.lock,
        modules,
        number=place + 1,
        total=len(rows),
        learner=me.role == Role.STUDENT and found.standing == "active" and here.lock is None,
        version_id=found.version_id,
        done=here.done,
        newer=found.newer,
        staff=me.role in STAFF,
        previous=_way(rows[place - 1]) if place else None,
        following=_way(rows[place + 1]) if place + 1 < len(rows) else None,
        note=found.note or "",
        note_version=found.note_version or 0,
    )


def _way(row: LessonRow) -> tuple[str, UUID]:
    return row.title, row.id
