"""The JSON API of learning: who learns what, and how far they are."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from starlette.requests import Request

from coursecove.accounts.api_access import Reader, Reading, Writer, Writing
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.permissions import Permission
from coursecove.accounts.scopes import Scope
from coursecove.courses import certificate_queries
from coursecove.courses import learning_api_queries as queries
from coursecove.courses import learning_schemas as schemas
from coursecove.courses.enrolment_actions import enrol, stand, taught_course
from coursecove.courses.enrolment_models import Enrolment, EnrolmentStatus
from coursecove.kit.web.paging import CursorQuery, Limit, ways_on

routes = ApiRoutes("Learning")

OfCourse = Annotated[UUID, Query(description="Of this course.")]
STANDING = (EnrolmentStatus.ACTIVE, EnrolmentStatus.WAITING, EnrolmentStatus.REQUESTED)


@routes.get("/enrolments", allow=Permission.READ_LESSONS, scope=Scope.READ_LEARNING)
async def list_enrolments(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    course_id: OfCourse,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Enrolments:
    """Who learns a course, newest first; students see themselves, guardians their children."""
    found = await queries.enrolments(db, course_id, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.Enrolment.model_validate(row) for row in found.rows]
    return schemas.Enrolments(items=items, next=ways.next, previous=ways.previous)


@routes.post(
    "/enrolments", allow=Permission.AUTHOR_COURSES, scope=Scope.WRITE_LEARNING, names_rows=True, status=200
)
async def enrol_students(wanted: schemas.NewEnrolments, db: Writing, me: Writer) -> schemas.Enrolled:
    """Let students into a course; those who are in it already stay as they are."""
    done = await enrol(db, me, wanted.course_id, wanted.member_ids)
    return schemas.Enrolled(active=done.active, waiting=done.waiting)


@routes.get("/enrolments/{enrolment_id}", allow=Permission.READ_LESSONS, scope=Scope.READ_LEARNING)
async def show_enrolment(enrolment_id: UUID, db: Reading, _me: Reader) -> schemas.Enrolment:
    """How somebody stands to a course."""
    return schemas.Enrolment.model_validate(await queries.enrolment(db, enrolment_id))


@routes.post(
    "/enrolments/{enrolment_id}/removal",
    allow=Permission.AUTHOR_COURSES,
    scope=Scope.WRITE_LEARNING,
    status=200,
)
async def remove_learner(enrolment_id: UUID, db: Writing, _me: Writer) -> schemas.Enrolment:
    """Take somebody out of a course. What they did stays known; their place goes to whoever waits longest."""
    found = await db.get(Enrolment, enrolment_id)
    await taught_course(db, found.course_id)
    await stand(db, found, EnrolmentStatus.REMOVED, come_from=STANDING)
    return schemas.Enrolment.model_validate(await queries.enrolment(db, enrolment_id))


@routes.get("/progress", allow=Permission.READ_LESSONS, scope=Scope.READ_LEARNING)
async def list_progress(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    course_id: OfCourse,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.ProgressList:
    """How far those who learn a course are; students see themselves, guardians their children."""
    found = await queries.progress_of(db, course_id, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.Progress.model_validate(row) for row in found.rows]
    return schemas.ProgressList(items=items, next=ways.next, previous=ways.previous)


@routes.get("/certificates", allow=Permission.READ_LESSONS, scope=Scope.READ_LEARNING)
async def list_certificates(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    course_id: OfCourse,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Certificates:
    """A course's certificates, newest first; students see their own, guardians their children's."""
    found = await certificate_queries.certificates(db, course_id, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.Certificate.model_validate(row) for row in found.rows]
    return schemas.Certificates(items=items, next=ways.next, previous=ways.previous)
