"""The list of courses, a new one, and what is done with a course as a whole."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.courses import file_pages, lesson_pages, outline_pages, queries, showing
from coursecove.courses import wording as _wording  # noqa: F401 - tells what happened in words
from coursecove.courses.actions import (
    add_teacher,
    archive_course,
    change_course,
    create_course,
    delete_course,
    publish_course,
    remove_teacher,
    restore_course,
    schedule_course,
    withdraw_course,
)
from coursecove.courses.forms import line, lines, moment_of, number
from coursecove.courses.models import Course
from coursecove.courses.outline_actions import duplicate_course
from coursecove.courses.views import CoursesPage, NewCoursePage, SettingsPage
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Conflict, Invalid
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people.queries import of_roles
from coursecove.schools.editing import ChangedMeanwhile, Difference

AUTHOR = Permission.AUTHOR_COURSES


@page("GET", "/courses", allow=AUTHOR)
async def courses(request: Request, db: ReadDb, me: Member) -> Answer:
    asked = request.query_params
    status, q = showing.status_of(asked.get("status", "")), asked.get("q", "").replace("\0", "")[:200]
    deleted = status == showing.DELETED
    found = await queries.courses(
        db, q, "" if deleted else status, deleted=deleted, cursor=asked.get("cursor")
    )
    here = showing.address("/courses", status=status)
    ways = [
        showing.address("/courses", cursor, status=status, q=q) if cursor else None
        for cursor in (found.previous, found.following)
    ]
    total = found.rows[0].total if found.rows else 0
    data = CoursesPage(showing.course_rows(found.rows), total, showing.tabs(), here, status, q, *ways)
    return Page("courses/courses.html", data)


@page("GET", "/courses/new", allow=AUTHOR)
async def new_course(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("courses/new_course.html", NewCoursePage())


@page("POST", "/courses", allow=AUTHOR)
async def create_new_course(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    data = NewCoursePage(line(form, "title", longest=1000), lines(form, "summary"))
    try:
        made = await create_course(db, me, data.title, data.summary)
    except Invalid as refusal:
        return Page("courses/new_course.html", replace(data, errors=dict(refusal.fields)), status=422)
    return Redirect(f"/courses/{made.id}", toast=_("The course is begun. Now give it modules and lessons."))


@page("GET", "/courses/{course_id:uuid}/settings", allow=AUTHOR)
async def course_settings(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("courses/settings.html", await _settings(db, me, _course_id(request)))


@page("POST", "/courses/{course_id:uuid}/settings", allow=AUTHOR)
async def update_course(request: Request, db: UserDb, me: Member) -> Answer:
    form, course_id = await request.form(), _course_id(request)
    typed = {
        "title": line(form, "title", longest=1000),
        "summary": lines(form, "summary").strip(),
        "color": line(form, "color") or None,
    }
    course = await _course(db, course_id)
    try:
        await change_course(db, course, typed, version=number(form, "version"))
    except ChangedMeanwhile as conflict:
        return await _again(db, me, course_id, typed, conflict)
    except Invalid as refusal:
        return await _again(db, me, course_id, typed, refusal)
    return Redirect(f"/courses/{course_id}/settings", toast=_("Saved."))


@page("POST", "/courses/{course_id:uuid}/teachers", allow=AUTHOR)
async def create_course_teacher(request: Request, db: UserDb, me: Member) -> Answer:
    form, course_id = await request.form(), _course_id(request)
    course = await _course(db, course_id)
    try:
        added = await add_teacher(db, me, course, _as_uuid(line(form, "member_id")))
    except Invalid as refusal:
        data = replace(await _settings(db, me, course_id), errors=dict(refusal.fields))
        return Page("courses/settings.html", data, status=422)
    said = _("%(name)s teaches this course now.") % {"name": added.display_name}
    return Redirect(f"/courses/{course_id}/settings", toast=said)


@page("POST", "/courses/{course_id:uuid}/teachers/{member_id:uuid}/removal", allow=AUTHOR)
async def create_course_teacher_removal(request: Request, db: UserDb, me: Member) -> Answer:
    course = await _course(db, _course_id(request))
    await remove_teacher(db, me, course, request.path_params["member_id"])
    return Redirect(f"/courses/{course.id}/settings", toast=_("They no longer teach this course."))


@page("POST", "/courses/{course_id:uuid}/publication", allow=AUTHOR)
async def create_course_publication(request: Request, db: UserDb, me: Member) -> Answer:
    return await _done(request, db, publish_course, _("Published. Everybody in the school can see it."))


@page("POST", "/courses/{course_id:uuid}/withdrawal", allow=AUTHOR)
async def create_course_withdrawal(request: Request, db: UserDb, me: Member) -> Answer:
    return await _done(request, db, withdraw_course, _("The course is a draft again."))


@page("POST", "/courses/{course_id:uuid}/schedule", allow=AUTHOR)
async def create_course_schedule(request: Request, db: UserDb, me: Member) -> Answer:
    form, course_id = await request.form(), _course_id(request)
    course, typed = await _course(db, course_id), line(form, "at")
    try:
        await schedule_course(db, course, moment_of(typed, me.time_zone, now=clock.now()))
    except Invalid as refusal:
        data = replace(await _settings(db, me, course_id), at=typed, errors=dict(refusal.fields))
        return Page("courses/settings.html", data, status=422)
    return Redirect(f"/courses/{course_id}/settings", toast=_("It will be published then."))


@page("POST", "/courses/{course_id:uuid}/schedule/ending", allow=AUTHOR)
async def create_course_schedule_ending(request: Request, db: UserDb, me: Member) -> Answer:
    async def unscheduled(db: UserDb, course: Course) -> None:
        await schedule_course(db, course, None)

    return await _done(request, db, unscheduled, _("It stays a draft until you publish it."))


@page("POST", "/courses/{course_id:uuid}/archive", allow=AUTHOR)
async def create_course_archive(request: Request, db: UserDb, me: Member) -> Answer:
    return await _done(request, db, archive_course, _("Archived. It takes nobody new any more."))


@page("POST", "/courses/{course_id:uuid}/copies", allow=AUTHOR)
async def create_course_copy(request: Request, db: UserDb, me: Member) -> Answer:
    course = await _course(db, _course_id(request))
    title = (_("Copy of %(title)s") % {"title": course.title})[:200]
    copy = await duplicate_course(db, me, course, title)
    return Redirect(f"/courses/{copy.id}", toast=_("This is the copy, a draft."))


@page("POST", "/courses/{course_id:uuid}/deletion", allow=AUTHOR)
async def create_course_deletion(request: Request, db: UserDb, me: Member) -> Answer:
    course = await _course(db, _course_id(request))
    await delete_course(db, course)
    said = _("“%(title)s” was deleted. It can be restored for 30 days.") % {"title": course.title[:80]}
    return Redirect("/courses", toast=said, undo=f"/courses/{course.id}/restoration")


@page("POST", "/courses/{course_id:uuid}/restoration", allow=AUTHOR)
async def create_course_restoration(request: Request, db: UserDb, me: Member) -> Answer:
    return await _done(request, db, restore_course, _("The course is back."))


PAGES: tuple[PageRoute, ...] = (
    courses,
    new_course,
    create_new_course,
    course_settings,
    update_course,
    create_course_teacher,
    create_course_teacher_removal,
    create_course_publication,
    create_course_withdrawal,
    create_course_schedule,
    create_course_schedule_ending,
    create_course_archive,
    create_course_copy,
    create_course_deletion,
    create_course_restoration,
    *outline_pages.PAGES,
    *lesson_pages.PAGES,
    *file_pages.PAGES,
)


async def _course(db: UserDb, course_id: UUID) -> Course:
    """The course, locked for whoever may change it; NotFound for everybody else."""
    return await db.get(Course, course_id, lock=True)


async def _settings(db: Reads, me: Member, course_id: UUID) -> SettingsPage:
    found = await queries.course(db, course_id)
    teachers = await queries.teachers(db, course_id)
    staff = await of_roles(db, Role.TEACHER, Role.SUPER_ADMIN)
    return showing.settings_page(me, found, teachers, staff)


async def _done(
    request: Request, db: UserDb, act: Callable[[UserDb, Course], Awaitable[None]], said: str
) -> Answer:
    """Do it and look at the course again; what stands in the way is told there."""
    course_id = _course_id(request)
    course = await _course(db, course_id)
    try:
        await act(db, course)
    except Conflict as refusal:
        data = replace(showing.course_page(await queries.outline(db, course_id)), problem=refusal.message)
        return Page("courses/course.html", data, status=409)
    return Redirect(f"/courses/{course_id}", toast=said)


async def _again(
    db: UserDb, me: Member, course_id: UUID, typed: dict[str, str | None], refusal: Invalid | ChangedMeanwhile
) -> Answer:
    """The form with what was typed, and what is wrong with it or what somebody else saved."""
    current = await _settings(db, me, course_id)
    data = replace(current, title=typed["title"] or "", summary=typed["summary"] or "", color=typed["color"])
    if isinstance(refusal, ChangedMeanwhile):
        labels = {"title": _("Title"), "summary": _("What it is about"), "color": _("Colour")}
        shown = tuple(
            Difference(label, str(refusal.theirs[name] or _("nothing")), typed[name] or _("nothing"))
            for name, label in labels.items()
            if refusal.theirs[name] != typed[name]
        )
        return Page("courses/settings.html", replace(data, differences=shown), status=409)
    return Page("courses/settings.html", replace(data, errors=dict(refusal.fields)), status=422)


def _course_id(request: Request) -> UUID:
    course_id: UUID = request.path_params["course_id"]
    return course_id


def _as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(fields={"member_id": _("Choose one of these.")}) from None
