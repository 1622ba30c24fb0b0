"""What authors do with the outline: modules and lessons made, named, moved, put away and copied."""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select

from coursecove.accounts.access import Actor
from coursecove.courses.actions import create_course
from coursecove.courses.forms import checked_title
from coursecove.courses.models import Course, CourseLesson, CourseModule
from coursecove.courses.positions import LONGEST, NoRoom, after, between, spread
from coursecove.kit import clock
from coursecove.kit.db import UserDb
from coursecove.kit.errors import NotFound
from coursecove.kit.ids import new_id
from coursecove.schools.editing import ChangedMeanwhile

Way = Literal["up", "down"]

CREATE_MODULE = """
    insert into course_modules (organization_id, id, course_id, title, position) values ($1, $2, $3, $4, $5)"""
CREATE_LESSON = """
    insert into course_lessons (organization_id, id, course_id, module_id, title, position, is_preview)
    values ($1, $2, $3, $4, $5, $6, $7)"""
CREATE_DRAFT = """
    insert into lesson_drafts (organization_id, id, course_id, lesson_id, content) values ($1, $2, $3, $4, $5)"""


ONE_BY_ONE = "select pg_advisory_xact_lock(hashtextextended('outline:' || app.org_id(), 0))"


class Placed(Protocol):
    """Something with a place in an order."""

    id: UUID
    position: str


P = TypeVar("P", bound=Placed)


async def one_by_one(db: UserDb) -> None:
    """Whoever moves something waits for whoever does so in the same school: spacing an order anew locks all of it."""
    await db.value(ONE_BY_ONE)


async def create_module(db: UserDb, actor: Actor, course: Course, title: str) -> CourseModule:
    """Add a module at the end of a course."""
    named, module_id = checked_title(title), new_id()
    there = await _modules(db, course.id)
    place = after(there[-1].position if there else "")
    connection = await db.connection()
    await connection.execute(CREATE_MODULE, actor.school_id, module_id, course.id, named, place)
    return await db.get(CourseModule, module_id)


async def rename_module(db: UserDb, module: CourseModule, title: str, *, version: int | None) -> None:
    """Give a module another title, unless somebody else did since."""
    named = checked_title(title)
    if named == module.title:
        return
    if version is not None and version != module.version:
        raise ChangedMeanwhile({"title": module.title})
    module.title = named
    await _changed(db, module)


async def move_module(db: UserDb, module: CourseModule, way: Way) -> None:
    """One place up or down; two people may do so at once."""
    _step(await _modules(db, module.course_id), module, way)
    await db.flush()


async def put_module_before(db: UserDb, module: CourseModule, before: UUID | None) -> None:
    """To the place before another module, or to the end."""
    _put(await _modules(db, module.course_id), module, before)
    await db.flush()


async def delete_module(db: UserDb, module: CourseModule) -> None:
    """Put a module away with its lessons; for thirty days it can be restored."""
    module.deleted_at = module.deleted_at or clock.now()
    await _changed(db, module)


async def restore_module(db: UserDb, module: CourseModule) -> None:
    module.deleted_at = None
    await _changed(db, module)


async def create_lesson(db: UserDb, actor: Actor, module: CourseModule, title: str) -> CourseLesson:
    """Add a lesson at the end of a module, with an empty draft."""
    if module.deleted_at is not None:
        raise NotFound
    named, lesson_id = checked_title(title), new_id()
    there = await _lessons(db, module)
    place = after(there[-1].position if there else "")
    connection = await db.connection()
    school, course_id = actor.school_id, module.course_id
    await connection.execute(CREATE_LESSON, school, lesson_id, course_id, module.id, named, place, False)
    await connection.execute(CREATE_DRAFT, school, new_id(), course_id, lesson_id, "")
    return await db.get(CourseLesson, lesson_id)


async def change_lesson(
    db: UserDb, lesson: CourseLesson, title: str, *, is_preview: bool, version: int | None
) -> None:
    """Set a lesson's title and whether everybody may read it, unless somebody else did since."""
    named = checked_title(title)
    if (named, is_preview) == (lesson.title, lesson.is_preview):
        return
    if version is not None and version != lesson.version:
        raise ChangedMeanwhile({"title": lesson.title, "is_preview": lesson.is_preview})
    lesson.title, lesson.is_preview = named, is_preview
    await _changed(db, lesson)


async def move_lesson(db: UserDb, lesson: CourseLesson, way: Way) -> None:
    """One place up or down within its module."""
    module = await db.get(CourseModule, lesson.module_id)
    _step(await _lessons(db, module), lesson, way)
    await db.flush()


async def put_lesson(
    db: UserDb, lesson: CourseLesson, module: CourseModule, before: UUID | None = None
) -> None:
    """Into a module, before another of its lessons or at its end; what hangs on the lesson follows."""
    if module.deleted_at is not None:
        raise NotFound
    there = [each for each in await _lessons(db, module) if each.id != lesson.id]
    lesson.course_id, lesson.module_id = module.course_id, module.id
    _put(there, lesson, before)
    await _changed(db, lesson)


async def delete_lesson(db: UserDb, lesson: CourseLesson) -> None:
    """Put a lesson away; for thirty days it can be restored."""
    lesson.deleted_at = lesson.deleted_at or clock.now()
    await _changed(db, lesson)


async def restore_lesson(db: UserDb, lesson: CourseLesson) -> None:
    lesson.deleted_at = None
    await _changed(db, lesson)


DRAFTS = """
    select l.id, l.module_id, l.title, l.position, l.is_preview, d.content
      from course_lessons l join lesson_drafts d on d.organization_id = l.organization_id and d.lesson_id = l.id
     where l.organization_id = (select app.org_id()) and l.course_id = $1 and l.deleted_at is null"""


async def duplicate_course(db: UserDb, actor: Actor, course: Course, title: str) -> Course:
    """A draft with the same modules and the lessons as their authors last left them; nobody is in it."""
    copy = await create_course(db, actor, title, course.summary, course.color)
    connection, school = await db.connection(), actor.school_id
    modules = {module.id: (new_id(), module) for module in await _modules(db, course.id)}
    await connection.executemany(
        CREATE_MODULE,
        [(school, made, copy.id, module.title, module.position) for made, module in modules.values()],
    )
    drafts = [
        (new_id(), row) for row in await connection.fetch(DRAFTS, course.id) if row["module_id"] in modules
    ]
    await connection.executemany(
        CREATE_LESSON,
        [
            (
                school,
                made,
                copy.id,
                modules[row["module_id"]][0],
                row["title"],
                row["position"],
                row["is_preview"],
            )
            for made, row in drafts
        ],
    )
    await connection.executemany(
        CREATE_DRAFT, [(school, new_id(), copy.id, made, row["content"]) for made, row in drafts]
    )
    return copy


async def _modules(db: UserDb, course_id: UUID) -> list[CourseModule]:
    found = await db.execute(
        select(CourseModule)
        .where(CourseModule.course_id == course_id, CourseModule.deleted_at.is_(None))
        .order_by(CourseModule.position, CourseModule.id)
    )
    return list(found.scalars())


async def _lessons(db: UserDb, module: CourseModule) -> list[CourseLesson]:
    found = await db.execute(
        select(CourseLesson)
        .where(
            CourseLesson.course_id == module.course_id,
            CourseLesson.module_id == module.id,
            CourseLesson.deleted_at.is_(None),
        )
        .order_by(CourseLesson.position, CourseLesson.id)
    )
    return list(found.scalars())


def _step(there: Sequence[P], moved: P, way: Way) -> None:
    """At the end of the order, nothing happens."""
    place = next((number for number, each in enumerate(there) if each.id == moved.id), None)
    if place is None:
        raise NotFound
    others = [each for each in there if each.id != moved.id]
    _into(others, moved, max(0, min(len(others), place - 1 if way == "up" else place + 1)))


def _put(there: Sequence[P], moved: P, before: UUID | None) -> None:
    others = [each for each in there if each.id != moved.id]
    place = next((number for number, each in enumerate(others) if each.id == before), len(others))
    _into(others, moved, place)


def _into(others: list[P], moved: P, place: int) -> None:
    """Between two neighbours; where those left no room, all are spaced anew."""
    low = others[place - 1].position if place else ""
    high = others[place].position if place < len(others) else None
    try:
        found = between(low, high)
    except NoRoom:
        found = ""
    if found and len(found) <= LONGEST:
        moved.position = found
        return
    order = [*others[:place], moved, *others[place:]]
    for each, position in zip(order, spread(len(order)), strict=True):
        each.position = position


async def _changed(db: UserDb, row: CourseModule | CourseLesson) -> None:
    row.version += 1
    row.updated_at = clock.now()
    await db.flush()
