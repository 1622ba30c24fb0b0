"""What authors do with a course as a whole."""

from datetime import datetime
from uuid import UUID

from coursecove.accounts.access import Actor
from coursecove.accounts.models import Membership
from coursecove.accounts.names import sortable
from coursecove.accounts.roles import Role, Status
from coursecove.courses import queries
from coursecove.courses.events import (
    CourseArchived,
    CourseCreated,
    CourseDeleted,
    CoursePublished,
    CourseRestored,
    CourseScheduled,
    CourseWithdrawn,
)
from coursecove.courses.forms import checked_summary, checked_title
from coursecove.courses.models import Course, CourseStatus
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import Conflict, Invalid
from coursecove.kit.ids import new_id
from coursecove.schools.actions.settings import checked_color
from coursecove.schools.editing import ChangedMeanwhile, Values


class TeachesItThemselves(Conflict):
    """You cannot take yourself off a course that you teach. Ask an owner, or another teacher of it."""


class NothingToLearn(Conflict):
    """A course needs a published lesson before it can be published. Publish one first."""


class NotInThisState(Conflict):
    """This cannot be done with the course as it stands now. Load the page again."""


class TeachesAlready(Conflict):
    """This person teaches the course already."""


on_violation("course_teachers_organization_id_course_id_member_id_key", TeachesAlready)

CREATE = """
    insert into courses (organization_id, id, title, sort_title, summary, color) values ($1, $2, $3, $4, $5, $6)"""
ADD_TEACHER = (
    "insert into course_teachers (organization_id, id, course_id, member_id) values ($1, $2, $3, $4)"
)
REMOVE_TEACHER = """
    with gone as (
      delete from course_teachers
       where organization_id = (select app.org_id()) and course_id = $1 and member_id = $2 returning 1)
    select count(*) from gone"""


async def create_course(
    db: UserDb, actor: Actor, title: str, summary: str = "", color: str | None = None
) -> Course:
    """Begin a course; whoever does so teaches it, which the database sees to."""
    course_id = new_id()
    named = checked_title(title)
    connection = await db.connection()
    await connection.execute(
        CREATE,
        actor.school_id,
        course_id,
        named,
        sortable(named),
        checked_summary(summary),
        checked_color(color) if color else None,
    )
    await db.emit(CourseCreated(course_id, named))
    return await db.get(Course, course_id)


async def change_course(db: UserDb, course: Course, changes: Values, *, version: int | None = None) -> Course:
    """Set what `changes` names of title, summary and colour; ChangedMeanwhile where somebody else did since."""
    wanted = {name: _checked(name, value) for name, value in changes.items()}
    current: Values = {name: getattr(course, name) for name in wanted}
    if dict(current) == wanted:
        return course
    if version is not None and version != course.version:
        raise ChangedMeanwhile(current)
    for name, value in wanted.items():
        setattr(course, name, value)
    course.sort_title = sortable(course.title)
    await _changed(db, course)
    return course


def _checked(name: str, value: str | bool | None) -> str | None:
    text = value if isinstance(value, str) else ""
    if name == "title":
        return checked_title(text)
    if name == "summary":
        return checked_summary(text)
    return checked_color(text) if text else None


async def publish_course(db: UserDb, course: Course) -> None:
    """Show the course to the school."""
    _refuse_unless(course, CourseStatus.DRAFT)
    if not await queries.has_published_lesson(db, course.id):
        raise NothingToLearn
    course.status, course.publish_at, course.published_at = CourseStatus.PUBLISHED, None, clock.now()
    await _changed(db, course)
    await db.emit(CoursePublished(course.id, course.title))


async def schedule_course(db: UserDb, course: Course, at: datetime | None) -> None:
    """Have the course published at a moment to come, or no longer."""
    _refuse_unless(course, CourseStatus.DRAFT)
    if at is not None and not await queries.has_published_lesson(db, course.id):
        raise NothingToLearn
    course.publish_at = at
    await _changed(db, course)
    if at is not None:
        await db.emit(CourseScheduled(course.id), not_before=at)


async def withdraw_course(db: UserDb, course: Course) -> None:
    """Make a published or archived course a draft again."""
    _refuse_unless(course, CourseStatus.PUBLISHED, CourseStatus.ARCHIVED)
    course.status = CourseStatus.DRAFT
    await _changed(db, course)
    await db.emit(CourseWithdrawn(course.id, course.title))


async def archive_course(db: UserDb, course: Course) -> None:
    """Take nobody new any more."""
    _refuse_unless(course, CourseStatus.DRAFT, CourseStatus.PUBLISHED)
    course.status, course.publish_at = CourseStatus.ARCHIVED, None
    await _changed(db, course)
    await db.emit(CourseArchived(course.id, course.title))


async def delete_course(db: UserDb, course: Course) -> None:
    """Put the course away; for thirty days it can be restored as it was."""
    if course.deleted_at is not None:
        return
    course.deleted_at = clock.now()
    await _changed(db, course)
    await db.emit(CourseDeleted(course.id, course.title))


async def restore_course(db: UserDb, course: Course) -> None:
    """Bring a deleted course back."""
    if course.deleted_at is None:
        return
    course.deleted_at = None
    await _changed(db, course)
    await db.emit(CourseRestored(course.id, course.title))


async def add_teacher(db: UserDb, actor: Actor, course: Course, member_id: UUID) -> Membership:
    """Let a member teach the course, and so change it."""
    member = await db.get(Membership, member_id)
    if member.status != Status.ACTIVE or member.role not in (Role.TEACHER, Role.SUPER_ADMIN):
        raise Invalid(fields={"member_id": "Choose somebody who teaches at this school."})
    connection = await db.connection()
    await connection.execute(ADD_TEACHER, actor.school_id, new_id(), course.id, member.id)
    return member


async def remove_teacher(db: UserDb, actor: Actor, course: Course, member_id: UUID) -> None:
    """A member teaches the course no longer. Nobody takes themselves off: they could not come back."""
    if actor.role != Role.SUPER_ADMIN and member_id == getattr(actor, "id", None):
        raise TeachesItThemselves
    await db.value(REMOVE_TEACHER, course.id, member_id)


def _refuse_unless(course: Course, *states: CourseStatus) -> None:
    if course.deleted_at is not None or course.status not in states:
        raise NotInThisState


async def _changed(db: UserDb, course: Course) -> None:
    course.version += 1
    course.updated_at = clock.now()
    await db.flush()
