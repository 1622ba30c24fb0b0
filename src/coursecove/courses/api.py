"""The JSON API of courses for those who make them; every change names the version that it changes."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response
from starlette.requests import Request

from coursecove.accounts.api_access import Reader, Reading, Writer, Writing
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.permissions import Permission
from coursecove.accounts.scopes import Scope
from coursecove.courses import lesson_queries, queries, schemas
from coursecove.courses.actions import change_course, create_course, publish_course, withdraw_course
from coursecove.courses.lesson_actions import lesson_for_change, publish_lesson, save_draft
from coursecove.courses.models import Course, CourseModule, CourseStatus
from coursecove.courses.outline_actions import change_lesson, create_lesson, create_module, rename_module
from coursecove.courses.showing import draft_tag
from coursecove.kit.db import Reads
from coursecove.kit.web.conditional import check_match, entity_tag
from coursecove.kit.web.paging import CursorQuery, Limit, ways_on

routes = ApiRoutes("Courses")

AUTHOR = Permission.AUTHOR_COURSES
IfMatch = Annotated[str | None, Header(description="The ETag of the version to change; required.")]
OfStatus = Annotated[CourseStatus | None, Query(description="Only courses in this state.")]


@routes.get("/courses", allow=AUTHOR, scope=Scope.READ_COURSES)
async def list_courses(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    status: OfStatus = None,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Courses:
    """Courses that the caller may change, by title."""
    found = await queries.courses(db, status=status or "", cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.CourseRow.model_validate(row) for row in found.rows]
    return schemas.Courses(items=items, next=ways.next, previous=ways.previous)


@routes.post("/courses", allow=AUTHOR, scope=Scope.WRITE_COURSES)
async def make_course(
    wanted: schemas.NewCourse, db: Writing, me: Writer, response: Response
) -> schemas.Course:
    """Begin a course; it is a draft, and whoever begins it teaches it."""
    made = await create_course(db, me, wanted.title, wanted.summary, wanted.color)
    return await _course(response, db, made.id)


@routes.get("/courses/{course_id}", allow=AUTHOR, scope=Scope.READ_COURSES)
async def show_course(course_id: UUID, response: Response, db: Reading, _me: Reader) -> schemas.Course:
    """What a course is about and where it stands."""
    return await _course(response, db, course_id)


@routes.patch("/courses/{course_id}", allow=AUTHOR, scope=Scope.WRITE_COURSES, conditional=True)
async def patch_course(
    course_id: UUID,
    changes: schemas.CourseChanges,
    response: Response,
    db: Writing,
    _me: Writer,
    if_match: IfMatch = None,
) -> schemas.Course:
    """Change what a course is about, unless somebody else did since you looked."""
    course = await db.get(Course, course_id, lock=True)
    check_match(if_match, entity_tag(course.id, course.version))
    await change_course(db, course, changes.given())
    return await _course(response, db, course_id)


@routes.post("/courses/{course_id}/publication", allow=AUTHOR, scope=Scope.WRITE_COURSES, status=200)
async def make_course_publication(
    course_id: UUID, response: Response, db: Writing, _me: Writer
) -> schemas.Course:
    """Show a course to the school; it needs a published lesson."""
    await publish_course(db, await db.get(Course, course_id, lock=True))
    return await _course(response, db, course_id)


@routes.post("/courses/{course_id}/withdrawal", allow=AUTHOR, scope=Scope.WRITE_COURSES, status=200)
async def make_course_withdrawal(
    course_id: UUID, response: Response, db: Writing, _me: Writer
) -> schemas.Course:
    """Make a published or archived course a draft again."""
    await withdraw_course(db, await db.get(Course, course_id, lock=True))
    return await _course(response, db, course_id)


@routes.get("/courses/{course_id}/modules", allow=AUTHOR, scope=Scope.READ_COURSES)
async def list_modules(course_id: UUID, db: Reading, _me: Reader) -> schemas.Modules:
    """The modules of a course, in their order."""
    found = await queries.course(db, course_id)
    rows = await queries.modules(db, found.id)
    return schemas.Modules(items=[schemas.Module.model_validate(row) for row in rows])


@routes.post("/courses/{course_id}/modules", allow=AUTHOR, scope=Scope.WRITE_COURSES)
async def make_module(course_id: UUID, wanted: schemas.NewTitled, db: Writing, me: Writer) -> schemas.Module:
    """Add a module at the end of a course."""
    course = await db.get(Course, course_id, lock=True)
    return schemas.Module.model_validate(await create_module(db, me, course, wanted.title))


@routes.patch("/modules/{module_id}", allow=AUTHOR, scope=Scope.WRITE_COURSES, conditional=True)
async def patch_module(
    module_id: UUID,
    wanted: schemas.ModuleChanges,
    response: Response,
    db: Writing,
    _me: Writer,
    if_match: IfMatch = None,
) -> schemas.Module:
    """Give a module another title. Its ETag is made of its version, which the list of modules says."""
    module = await db.get(CourseModule, module_id, lock=True)
    check_match(if_match, entity_tag(module.id, module.version))
    await rename_module(db, module, wanted.title, version=None)
    response.headers["etag"] = entity_tag(module.id, module.version)
    return schemas.Module.model_validate(module)


@routes.get("/modules/{module_id}", allow=AUTHOR, scope=Scope.READ_COURSES)
async def show_module(module_id: UUID, response: Response, db: Reading, _me: Reader) -> schemas.Module:
    """One module, with the ETag that a change of it names."""
    found = await queries.module(db, module_id)
    response.headers["etag"] = entity_tag(found.id, found.version)
    return schemas.Module.model_validate(found)


@routes.get("/courses/{course_id}/lessons", allow=AUTHOR, scope=Scope.READ_COURSES)
async def list_lessons(course_id: UUID, db: Reading, _me: Reader) -> schemas.Lessons:
    """The lessons of a course, in their order within each module."""
    found = await queries.course(db, course_id)
    rows = await queries.lessons(db, found.id)
    return schemas.Lessons(items=[schemas.LessonRow.model_validate(row) for row in rows])


@routes.post("/modules/{module_id}/lessons", allow=AUTHOR, scope=Scope.WRITE_COURSES)
async def make_lesson(
    module_id: UUID, wanted: schemas.NewTitled, response: Response, db: Writing, me: Writer
) -> schemas.Lesson:
    """Add a lesson at the end of a module, with an empty draft."""
    module = await db.get(CourseModule, module_id, lock=True)
    made = await create_lesson(db, me, module, wanted.title)
    return await _lesson(response, db, made.id)


@routes.get("/lessons/{lesson_id}", allow=AUTHOR, scope=Scope.READ_COURSES)
async def show_lesson(lesson_id: UUID, response: Response, db: Reading, _me: Reader) -> schemas.Lesson:
    """A lesson with its draft."""
    return await _lesson(response, db, lesson_id)


@routes.patch("/lessons/{lesson_id}", allow=AUTHOR, scope=Scope.WRITE_COURSES, conditional=True)
async def patch_lesson(
    lesson_id: UUID,
    wanted: schemas.LessonChanges,
    response: Response,
    db: Writing,
    _me: Writer,
    if_match: IfMatch = None,
) -> schemas.Lesson:
    """Change a lesson's title and whether it is a preview, unless somebody else did since you looked."""
    lesson = await lesson_for_change(db, lesson_id)
    check_match(if_match, entity_tag(lesson.id, lesson.version))
    await change_lesson(db, lesson, wanted.title, is_preview=wanted.is_preview, version=None)
    return await _lesson(response, db, lesson_id)


@routes.get("/lessons/{lesson_id}/draft", allow=AUTHOR, scope=Scope.READ_COURSES)
async def show_draft(lesson_id: UUID, response: Response, db: Reading, _me: Reader) -> schemas.Draft:
    """A lesson's draft alone."""
    await lesson_queries.lesson(db, lesson_id)
    return await _draft(response, db, lesson_id)


@routes.patch("/lessons/{lesson_id}/draft", allow=AUTHOR, scope=Scope.WRITE_COURSES, conditional=True)
async def patch_draft(
    lesson_id: UUID,
    wanted: schemas.NewDraft,
    response: Response,
    db: Writing,
    _me: Writer,
    if_match: IfMatch = None,
) -> schemas.Draft:
    """Save what a lesson shall say, unless somebody else saved it since you looked."""
    lesson = await lesson_for_change(db, lesson_id)
    current = await lesson_queries.draft(db, lesson_id)
    check_match(if_match, draft_tag(lesson_id, current.version))
    await save_draft(db, lesson, wanted.content, version=current.version)
    return await _draft(response, db, lesson_id)


@routes.post("/lessons/{lesson_id}/publication", allow=AUTHOR, scope=Scope.WRITE_COURSES)
async def make_lesson_publication(
    lesson_id: UUID, wanted: schemas.Publication, db: Writing, me: Writer
) -> schemas.Published:
    """Let learners read the draft from here on, as a new version."""
    lesson = await lesson_for_change(db, lesson_id)
    return schemas.Published(number=await publish_lesson(db, me, lesson, wanted.note))


async def _course(response: Response, db: Reads, course_id: UUID) -> schemas.Course:
    found = await queries.course(db, course_id)
    response.headers["etag"] = entity_tag(found.id, found.version)
    return schemas.Course.model_validate(found)


async def _lesson(response: Response, db: Reads, lesson_id: UUID) -> schemas.Lesson:
    found = await lesson_queries.lesson(db, lesson_id)
    response.headers["etag"] = entity_tag(found.id, found.version)
    return schemas.Lesson.model_validate(found)


async def _draft(response: Response, db: Reads, lesson_id: UUID) -> schemas.Draft:
    found = await lesson_queries.draft(db, lesson_id)
    response.headers["etag"] = draft_tag(lesson_id, found.version)
    return schemas.Draft.model_validate(found)
