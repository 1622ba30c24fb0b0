"""What learners do: opening and finishing lessons, taking notes."""

from typing import Final
from uuid import UUID

from coursecove.accounts.access import Member
from coursecove.courses.certificate_actions import announce_mine
from coursecove.courses.learning_events import CourseFinished, LessonFinished
from coursecove.courses.learning_models import LONGEST_NOTE, Learned
from coursecove.kit.db import UserDb
from coursecove.kit.errors import Conflict, Invalid, NotFound
from coursecove.kit.ids import new_id


class NoteTooLong(Invalid):
    """A note holds at most 10,000 characters."""


class NoteChanged(Conflict):
    """You changed this note somewhere else in the meantime. Both texts are below; nothing was lost."""


RECORD: Final = """
    insert into learning_events (organization_id, id, course_id, lesson_id, member_id, kind, version_id)
    select l.organization_id, $1, l.course_id, l.id, (select app.member_id()), $3,
           (select v.id from lesson_versions v
             where v.organization_id = l.organization_id and v.lesson_id = l.id and v.id = coalesce($4, l.current_version_id))
      from course_lessons l
     where l.organization_id = (select app.org_id()) and l.id = $2 and l.id = any(array(select app.open_lesson_ids()))
    returning course_id"""
ALL_DONE: Final = """
    select not exists (
      select from course_lessons l join course_modules m on m.organization_id = l.organization_id and m.id = l.module_id
        left join lesson_progress p on p.organization_id = l.organization_id
         and p.member_id = (select app.member_id()) and p.lesson_id = l.id
       where l.organization_id = (select app.org_id()) and l.course_id = $1 and l.status = 'published'
         and l.deleted_at is null and m.deleted_at is null and p.completed_at is null)"""
KEEP_NOTE: Final = """
    insert into lesson_notes as n (organization_id, id, course_id, lesson_id, member_id, content)
    select l.organization_id, $1, l.course_id, l.id, (select app.member_id()), $3 from course_lessons l
     where l.organization_id = (select app.org_id()) and l.id = $2 and l.id = any(array(select app.open_lesson_ids()))
    on conflict (organization_id, member_id, lesson_id)
    do update set content = excluded.content, version = n.version + 1, updated_at = now() where n.version = $4
    returning version"""
NOTE_IS_THERE: Final = """
    select n.content from lesson_notes n
     where n.organization_id = (select app.org_id()) and n.member_id = (select app.member_id()) and n.lesson_id = $1"""
DROP_NOTE: Final = """
    delete from lesson_notes n
     where n.organization_id = (select app.org_id()) and n.member_id = (select app.member_id()) and n.lesson_id = $1
       and n.version = $2 returning n.id"""


async def record(
    db: UserDb, actor: Member, lesson_id: UUID, what: Learned, *, version: UUID | None = None
) -> UUID:
    """Note what a learner did with an open lesson; the id of its course."""
    course_id: UUID | None = await db.value(RECORD, new_id(), lesson_id, what, version)
    if course_id is None:
        raise NotFound
    if what == Learned.COMPLETED:
        await db.emit(LessonFinished(course_id, lesson_id, actor.id))
        if await db.value(ALL_DONE, course_id):
            await db.emit(CourseFinished(course_id, actor.id), key=f"finished:{course_id}:{actor.id}")
            await announce_mine(db, course_id)
    return course_id


async def keep_note(db: UserDb, lesson_id: UUID, text: str, *, version: int) -> None:
    """Keep a learner's note over the version that they saw; an empty one goes."""
    content = text.replace("\0", "").replace("\r\n", "\n").strip()
    if len(content) > LONGEST_NOTE:
        raise NoteTooLong
    if not content and version == 0:
        return
    if content:
        kept = await db.value(KEEP_NOTE, new_id(), lesson_id, content, version)
    else:
        kept = await db.value(DROP_NOTE, lesson_id, version)
    if kept is None:
        if await db.value(NOTE_IS_THERE, lesson_id) is None:
            raise NotFound
        raise NoteChanged
