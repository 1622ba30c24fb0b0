"""What authors do with what a lesson says: drafts saved, versions published, older ones taken back into the draft."""

from uuid import UUID

from coursecove.accounts.access import Actor
from coursecove.courses import lesson_queries
from coursecove.courses.events import LessonPublished
from coursecove.courses.forms import LONGEST_NOTE, checked_content
from coursecove.courses.lesson_queries import Draft
from coursecove.courses.models import CourseLesson, LessonStatus
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.errors import Conflict
from coursecove.kit.ids import new_id


class DraftChanged(Conflict):
    """Somebody else saved this lesson while you were writing. Both texts are kept; compare them."""

    def __init__(self, theirs: Draft) -> None:
        super().__init__()
        self.theirs = theirs


class NothingNew(Conflict):
    """Learners read this text already."""


SAVE = """
    update lesson_drafts set content = $2, version = version + 1, updated_by = (select app.member_id()), updated_at = now()
     where organization_id = (select app.org_id()) and lesson_id = $1 and version = $3 and content <> $2
    returning version"""
NEXT_NUMBER = """
    select coalesce(max(v.number), 0) + 1 from lesson_versions v
     where v.organization_id = (select app.org_id()) and v.lesson_id = $1"""
CURRENT = """
    select v.content from lesson_versions v
     where v.organization_id = (select app.org_id()) and v.lesson_id = $1 and v.id = $2"""
PUBLISH = """
    insert into lesson_versions (organization_id, id, course_id, lesson_id, number, content, note)
    values ($1, $2, $3, $4, $5, $6, $7)"""


async def save_draft(db: UserDb, lesson: CourseLesson, content: str, *, version: int) -> Draft:
    """Keep what was written over the version that it was written on; DraftChanged where that is not the newest."""
    written = checked_content(content)
    await db.value(SAVE, lesson.id, written, version)
    found = await lesson_queries.draft(db, lesson.id)
    if found.content != written:
        raise DraftChanged(found)
    return found


async def publish_lesson(db: UserDb, actor: Actor, lesson: CourseLesson, note: str = "") -> int:
    """Let learners read the draft from here on, as a new version unless it is the one they read."""
    content = (await lesson_queries.draft(db, lesson.id)).content
    current = await db.value(CURRENT, lesson.id, lesson.current_version_id)
    number: int = await db.value(NEXT_NUMBER, lesson.id)
    if current == content:
        if lesson.status == LessonStatus.PUBLISHED:
            raise NothingNew
        await _set(db, lesson, LessonStatus.PUBLISHED)
        return number - 1
    version_id, kept = new_id(), note.strip()[:LONGEST_NOTE] or None
    connection = await db.connection()
    await connection.execute(
        PUBLISH, actor.school_id, version_id, lesson.course_id, lesson.id, number, content, kept
    )
    lesson.current_version_id = version_id
    await _set(db, lesson, LessonStatus.PUBLISHED)
    await db.emit(LessonPublished(lesson.course_id, lesson.id, number))
    return number


async def withdraw_lesson(db: UserDb, lesson: CourseLesson) -> None:
    """Hide a lesson from learners; its versions stay."""
    await _set(db, lesson, LessonStatus.DRAFT)


async def take_back(db: UserDb, lesson: CourseLesson, number: int, *, version: int) -> Draft:
    """Put what a version says into the draft, over the draft of that version."""
    said = await lesson_queries.said(db, lesson.id, number)
    return await save_draft(db, lesson, said.content, version=version)


async def lesson_for_change(db: UserDb, lesson_id: UUID) -> CourseLesson:
    """The lesson, locked; NotFound where it was put away."""
    lesson = await db.get(CourseLesson, lesson_id, lock=True)
    if lesson.deleted_at is not None:
        await lesson_queries.lesson(db, lesson_id)
    return lesson


async def _set(db: UserDb, lesson: CourseLesson, status: LessonStatus) -> None:
    lesson.status = status
    lesson.version += 1
    lesson.updated_at = clock.now()
    await db.flush()
