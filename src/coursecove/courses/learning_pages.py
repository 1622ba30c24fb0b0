"""What learners look at and do: their courses, one course, one lesson, their notes, coming and going."""

from dataclasses import replace
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.courses import content
from coursecove.courses import learning_queries as queries
from coursecove.courses.enrolment_actions import digest_of, join_course, leave_course
from coursecove.courses.enrolment_models import EnrolmentStatus
from coursecove.courses.enrolment_queries import offer
from coursecove.courses.learning_actions import NoteChanged, NoteTooLong, keep_note, record
from coursecove.courses.learning_models import Learned
from coursecove.courses.learning_showing import course_page, learning_of, lesson_page, lesson_url
from coursecove.courses.learning_views import JoiningPage, LessonPage
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.web.headers import allow_sources
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page


@page("GET", "/learning", allow=Permission.LEARN)
async def learning(request: Request, db: ReadDb, me: Member) -> Answer:
    """A learner's own courses; for a guardian, those of each child."""
    return Page("courses/learning.html", learning_of(await queries.learned_courses(db), me))


@page("GET", "/learning/{course_id:uuid}", allow=Permission.READ_LESSONS)
async def learned_course(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await queries.outline(db, request.path_params["course_id"])
    return Page("courses/learned_course.html", course_page(found, me, clock.now()))


@page("GET", "/learning/lessons/{lesson_id:uuid}", allow=Permission.READ_LESSONS)
async def learned_lesson(request: Request, db: ReadDb, me: Member) -> Answer:
    """What a lesson says; staff see it as a student does, whether it is open or not."""
    newest = request.query_params.get("version") == "newest"
    return _lesson(request, await _lesson_page(db, request, me, newest=newest))


@page("POST", "/learning/lessons/{lesson_id:uuid}/opening", allow=Permission.STUDY)
async def create_opening(request: Request, db: UserDb, me: Member) -> Answer:
    """Note that a learner looks at a lesson, which is where they go on next time."""
    version = _uuid(str((await request.form()).get("version", "")))
    await record(db, me, request.path_params["lesson_id"], Learned.OPENED, version=version)
    return Redirect(lesson_url(request.path_params["lesson_id"]))


@page("POST", "/learning/lessons/{lesson_id:uuid}/completion", allow=Permission.STUDY)
async def create_completion(request: Request, db: UserDb, me: Member) -> Answer:
    """Mark a lesson as done and go on to the next one, or to the course where it was the last."""
    form, lesson_id = await request.form(), request.path_params["lesson_id"]
    version = _uuid(str(form.get("version", "")))
    course_id = await record(db, me, lesson_id, Learned.COMPLETED, version=version)
    following = _uuid(str(form.get("following", "")))
    way = lesson_url(following) if following else f"/learning/{course_id}"
    return Redirect(way, toast=_("Done."), undo=f"{lesson_url(lesson_id)}/reopening")


@page("POST", "/learning/lessons/{lesson_id:uuid}/reopening", allow=Permission.STUDY)
async def create_reopening(request: Request, db: UserDb, me: Member) -> Answer:
    lesson_id = request.path_params["lesson_id"]
    await record(db, me, lesson_id, Learned.REOPENED)
    return Redirect(lesson_url(lesson_id), toast=_("Not done any more."))


@page("POST", "/learning/lessons/{lesson_id:uuid}/note", allow=Permission.STUDY)
async def update_note(request: Request, db: UserDb, me: Member) -> Answer:
    """Keep a note; where it was changed elsewhere meanwhile, both texts are shown."""
    form, lesson_id = await request.form(), request.path_params["lesson_id"]
    text = str(form.get("note", ""))
    try:
        await keep_note(db, lesson_id, text, version=_number(str(form.get("version", ""))))
    except (NoteTooLong, NoteChanged) as refused:
        shown = await _lesson_page(db, request, me)
        theirs = shown.note if isinstance(refused, NoteChanged) else None
        again = replace(shown, note=text, note_theirs=theirs, errors={"note": refused.message})
        return _lesson(request, again, status=refused.status)
    return Redirect(f"{lesson_url(lesson_id)}#note", toast=_("Note kept."))


@page("POST", "/learning/{course_id:uuid}/ending", allow=Permission.STUDY)
async def create_ending(request: Request, db: UserDb, me: Member) -> Answer:
    await leave_course(db, request.path_params["course_id"])
    return Redirect("/learning", toast=_("You left the course. What you did is kept in case you come back."))


@page("GET", "/learning/joining", allow=Permission.READ_LESSONS)
async def joining(request: Request, db: ReadDb, me: Member) -> Answer:
    """Where a teacher's link leads to."""
    secret = request.query_params.get("link", "").replace("\0", "")[:100]
    found = await offer(db, digest_of(secret))
    if found is None:
        return Page("courses/joining.html", JoiningPage(secret, None))
    known = found.standing in ("active", "waiting", "requested")
    data = JoiningPage(
        secret,
        found.title,
        found.summary,
        found.needs_approval,
        f"/learning/{found.course_id}" if known else None,
        found.standing,
        student=me.role == Role.STUDENT,
    )
    return Page("courses/joining.html", data)


@page("POST", "/learning/joining", allow=Permission.STUDY)
async def create_joining(request: Request, db: UserDb, me: Member) -> Answer:
    secret = str((await request.form()).get("link", "")).replace("\0", "")[:100]
    course_id, status = await join_course(db, me, secret)
    said = {
        EnrolmentStatus.ACTIVE: _("You are in."),
        EnrolmentStatus.WAITING: _("All places are taken. You are on the waiting list."),
        EnrolmentStatus.REQUESTED: _("Asked. Your teacher lets you in."),
    }
    return Redirect(f"/learning/{course_id}", toast=said[status])


PAGES: tuple[PageRoute, ...] = (
    learning,
    joining,
    create_joining,
    learned_course,
    create_ending,
    learned_lesson,
    create_opening,
    create_completion,
    create_reopening,
    update_note,
)


async def _lesson_page(db: Reads, request: Request, me: Member, *, newest: bool = False) -> LessonPage:
    found = await queries.open_lesson(db, request.path_params["lesson_id"], newest=newest)
    return lesson_page(found, me, clock.now())


def _lesson(request: Request, data: LessonPage, status: int = 200) -> Page:
    """The page, whose header lets the players of the list in."""
    allow_sources(request, content.SOURCES)
    return Page("courses/learned_lesson.html", data, status=status)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
