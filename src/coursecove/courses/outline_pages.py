"""The outline of a course: its modules and lessons, made, named, moved, put away and restored."""

from dataclasses import replace
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.courses import queries, showing
from coursecove.courses.forms import line, number
from coursecove.courses.models import Course, CourseLesson, CourseModule
from coursecove.courses.outline_actions import (
    Way,
    create_lesson,
    create_module,
    delete_lesson,
    delete_module,
    move_lesson,
    move_module,
    one_by_one,
    put_lesson,
    put_module_before,
    rename_module,
    restore_lesson,
    restore_module,
)
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.errors import Invalid, NotFound
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.schools.editing import ChangedMeanwhile

AUTHOR = Permission.AUTHOR_COURSES
WAYS: dict[str, Way] = {"up": "up", "down": "down"}


@page("GET", "/courses/{course_id:uuid}", allow=AUTHOR)
async def course(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await queries.outline(db, request.path_params["course_id"])
    return Page("courses/course.html", showing.course_page(found))


@page("POST", "/courses/{course_id:uuid}/modules", allow=AUTHOR)
async def create_course_module(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    course = await db.get(Course, request.path_params["course_id"], lock=True)
    typed = line(form, "title", longest=1000)
    try:
        made = await create_module(db, me, course, typed)
    except Invalid as refusal:
        return await _again(db, course.id, typed, refusal)
    return Redirect(
        f"/courses/{course.id}#module-{made.id}", toast=_("The module is there. Add its first lesson.")
    )


@page("POST", "/courses/modules/{module_id:uuid}/title", allow=AUTHOR)
async def update_module(request: Request, db: UserDb, me: Member) -> Answer:
    form, module = await request.form(), await _module(request, db)
    typed = line(form, "title", longest=1000)
    try:
        await rename_module(db, module, typed, version=number(form, "version"))
    except ChangedMeanwhile as conflict:
        said = _(
            "Somebody else named this module “%(title)s” since you opened the page. Yours was not saved."
        )
        told = Invalid(fields={"rename": said % {"title": conflict.theirs["title"]}})
        return await _again(db, module.course_id, typed, told, module.id, status=409)
    except Invalid as refusal:
        told = Invalid(fields={"rename": refusal.fields["title"]})
        return await _again(db, module.course_id, typed, told, module.id)
    return Redirect(f"/courses/{module.course_id}#module-{module.id}", toast=_("Saved."))


@page("POST", "/courses/modules/{module_id:uuid}/place", allow=AUTHOR)
async def update_module_place(request: Request, db: UserDb, me: Member) -> Answer:
    """One place up or down, or before another module; two people may move at once."""
    form = await request.form()
    await one_by_one(db)
    module = await _module(request, db)
    way = WAYS.get(line(form, "way"))
    if way is not None:
        await move_module(db, module, way)
    else:
        await put_module_before(db, module, _maybe_id(line(form, "before")))
    return Redirect(f"/courses/{module.course_id}#module-{module.id}")


@page("POST", "/courses/modules/{module_id:uuid}/deletion", allow=AUTHOR)
async def create_module_deletion(request: Request, db: UserDb, me: Member) -> Answer:
    module = await _module(request, db)
    await delete_module(db, module)
    said = _("“%(title)s” was deleted with its lessons.") % {"title": module.title[:80]}
    return Redirect(
        f"/courses/{module.course_id}", toast=said, undo=f"/courses/modules/{module.id}/restoration"
    )


@page("POST", "/courses/modules/{module_id:uuid}/restoration", allow=AUTHOR)
async def create_module_restoration(request: Request, db: UserDb, me: Member) -> Answer:
    module = await _module(request, db)
    await restore_module(db, module)
    return Redirect(f"/courses/{module.course_id}#module-{module.id}", toast=_("The module is back."))


@page("POST", "/courses/modules/{module_id:uuid}/lessons", allow=AUTHOR)
async def create_module_lesson(request: Request, db: UserDb, me: Member) -> Answer:
    form, module = await request.form(), await _module(request, db)
    typed = line(form, "title", longest=1000)
    try:
        made = await create_lesson(db, me, module, typed)
    except Invalid as refusal:
        return await _again(db, module.course_id, typed, refusal, module.id)
    return Redirect(f"/courses/lessons/{made.id}", toast=_("The lesson is there. Write what it says."))


@page("POST", "/courses/lessons/{lesson_id:uuid}/place", allow=AUTHOR)
async def update_lesson_place(request: Request, db: UserDb, me: Member) -> Answer:
    """One place up or down, or into a module, before one of its lessons or at its end."""
    form = await request.form()
    await one_by_one(db)
    lesson = await _lesson(request, db)
    way, into = WAYS.get(line(form, "way")), _maybe_id(line(form, "module_id"))
    if way is not None:
        await move_lesson(db, lesson, way)
    elif into is not None:
        module = await db.get(CourseModule, into, lock=True)
        await put_lesson(db, lesson, module, _maybe_id(line(form, "before")))
    else:
        raise NotFound
    return Redirect(f"/courses/{lesson.course_id}#lesson-{lesson.id}")


@page("POST", "/courses/lessons/{lesson_id:uuid}/deletion", allow=AUTHOR)
async def create_lesson_deletion(request: Request, db: UserDb, me: Member) -> Answer:
    lesson = await _lesson(request, db)
    await delete_lesson(db, lesson)
    said = _("“%(title)s” was deleted. It can be restored for 30 days.") % {"title": lesson.title[:80]}
    return Redirect(
        f"/courses/{lesson.course_id}", toast=said, undo=f"/courses/lessons/{lesson.id}/restoration"
    )


@page("POST", "/courses/lessons/{lesson_id:uuid}/restoration", allow=AUTHOR)
async def create_lesson_restoration(request: Request, db: UserDb, me: Member) -> Answer:
    lesson = await _lesson(request, db)
    await restore_lesson(db, lesson)
    return Redirect(f"/courses/{lesson.course_id}#lesson-{lesson.id}", toast=_("The lesson is back."))


PAGES: tuple[PageRoute, ...] = (
    course,
    create_course_module,
    update_module,
    update_module_place,
    create_module_deletion,
    create_module_restoration,
    create_module_lesson,
    update_lesson_place,
    create_lesson_deletion,
    create_lesson_restoration,
)


async def _module(request: Request, db: UserDb) -> CourseModule:
    return await db.get(CourseModule, request.path_params["module_id"], lock=True)


async def _lesson(request: Request, db: UserDb) -> CourseLesson:
    return await db.get(CourseLesson, request.path_params["lesson_id"], lock=True)


async def _again(
    db: UserDb,
    course_id: UUID,
    typed: str,
    refusal: Invalid,
    wrong_at: UUID | None = None,
    *,
    status: int = 422,
) -> Answer:
    """The outline with what was typed where it was typed."""
    data = showing.course_page(await queries.outline(db, course_id))
    data = replace(data, errors=dict(refusal.fields), typed=typed, wrong_at=wrong_at)
    return Page("courses/course.html", data, status=status)


def _maybe_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
