"""Writing a lesson: its draft, its versions, and what two authors do at once."""

from dataclasses import replace
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.courses import content, lesson_queries, queries, showing
from coursecove.courses.comparing import compared
from coursecove.courses.forms import line, lines, number
from coursecove.courses.lesson_actions import (
    DraftChanged,
    NothingNew,
    lesson_for_change,
    publish_lesson,
    save_draft,
    take_back,
    withdraw_lesson,
)
from coursecove.courses.outline_actions import change_lesson
from coursecove.courses.views import ComparisonPage, LessonPage, PreviewPage, VersionRow, VersionsPage
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Invalid
from coursecove.kit.web.headers import allow_sources
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.schools.editing import ChangedMeanwhile, Difference

AUTHOR = Permission.AUTHOR_COURSES


@page("GET", "/courses/lessons/{lesson_id:uuid}", allow=AUTHOR)
async def course_lesson(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("courses/lesson.html", await _shown(db, _lesson_id(request)))


@page("POST", "/courses/lessons/{lesson_id:uuid}/draft", allow=AUTHOR)
async def update_lesson_draft(request: Request, db: UserDb, me: Member) -> Answer:
    refused = await _saved(request, db)
    if refused is not None:
        return refused
    return Redirect(f"/courses/lessons/{_lesson_id(request)}", toast=_("Saved as a draft."))


@page("POST", "/courses/lessons/{lesson_id:uuid}/publication", allow=AUTHOR)
async def create_lesson_publication(request: Request, db: UserDb, me: Member) -> Answer:
    """Save what the form holds, then let learners read it; without a text, what was saved."""
    lesson_id = _lesson_id(request)
    form = await request.form()
    refused = await _saved(request, db) if "content" in form else None
    if refused is not None:
        return refused
    try:
        made = await publish_lesson(
            db, me, await lesson_for_change(db, lesson_id), line(form, "note", longest=500)
        )
    except NothingNew as refusal:
        return Redirect(f"/courses/lessons/{lesson_id}", toast=refusal.message)
    said = _("Version %(number)s is published.") % {"number": made}
    return Redirect(f"/courses/lessons/{lesson_id}", toast=said)


@page("POST", "/courses/lessons/{lesson_id:uuid}/withdrawal", allow=AUTHOR)
async def create_lesson_withdrawal(request: Request, db: UserDb, me: Member) -> Answer:
    lesson = await lesson_for_change(db, _lesson_id(request))
    await withdraw_lesson(db, lesson)
    return Redirect(f"/courses/lessons/{lesson.id}", toast=_("Learners no longer see this lesson."))


@page("POST", "/courses/lessons/{lesson_id:uuid}/settings", allow=AUTHOR)
async def update_course_lesson(request: Request, db: UserDb, me: Member) -> Answer:
    form, lesson = await request.form(), await lesson_for_change(db, _lesson_id(request))
    title, is_preview = line(form, "title", longest=1000), bool(form.get("is_preview"))
    try:
        await change_lesson(db, lesson, title, is_preview=is_preview, version=number(form, "version"))
    except ChangedMeanwhile as conflict:
        data = replace(await _shown(db, lesson.id), title=title, is_preview=is_preview)
        shown = (
            Difference(_("Title"), str(conflict.theirs["title"]), title),
            Difference(_("Preview"), _yes(conflict.theirs["is_preview"]), _yes(is_preview)),
        )
        differences = tuple(each for each in shown if each.theirs != each.yours)
        return Page("courses/lesson.html", replace(data, differences=differences), status=409)
    except Invalid as refusal:
        data = replace(await _shown(db, lesson.id), title=title, errors=dict(refusal.fields))
        return Page("courses/lesson.html", data, status=422)
    return Redirect(f"/courses/lessons/{lesson.id}", toast=_("Saved."))


@page("GET", "/courses/lessons/{lesson_id:uuid}/preview", allow=AUTHOR)
async def course_lesson_preview(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await lesson_queries.lesson(db, _lesson_id(request))
    shown = content.render(found.content)
    allow_sources(request, content.SOURCES)
    data = PreviewPage(found.id, found.course_id, found.course_title, found.title, shown, found.changed)
    return Page("courses/preview.html", data)


@page("GET", "/courses/lessons/{lesson_id:uuid}/versions", allow=AUTHOR)
async def course_lesson_versions(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await lesson_queries.lesson(db, _lesson_id(request))
    rows = tuple(
        VersionRow(each.number, each.note, each.made_by, each.made_at, each.is_current)
        for each in await lesson_queries.versions(db, found.id)
    )
    data = VersionsPage(
        found.id, found.course_id, found.course_title, found.title, found.draft_version, found.changed, rows
    )
    return Page("courses/versions.html", data)


@page("GET", "/courses/lessons/{lesson_id:uuid}/versions/comparison", allow=AUTHOR)
async def course_lesson_comparison(request: Request, db: ReadDb, me: Member) -> Answer:
    asked = request.query_params
    return Page("courses/comparison.html", await _compared(db, _lesson_id(request), dict(asked)))


@page("POST", "/courses/lessons/{lesson_id:uuid}/versions/restoration", allow=AUTHOR)
async def create_version_restoration(request: Request, db: UserDb, me: Member) -> Answer:
    """Put a version's text into the draft; where the draft holds what no version holds, ask first."""
    form, lesson = await request.form(), await lesson_for_change(db, _lesson_id(request))
    wanted = {"from": line(form, "number")}
    found = await lesson_queries.lesson(db, lesson.id)
    if found.changed and form.get("confirmed") != "1":
        data = replace(await _compared(db, lesson.id, wanted), asks=True)
        return Page("courses/comparison.html", data)
    try:
        await take_back(db, lesson, max(number(form, "number"), 0), version=number(form, "version"))
    except DraftChanged:
        data = replace(await _compared(db, lesson.id, wanted), asks=True)
        return Page("courses/comparison.html", data, status=409)
    said = _("The draft says what version %(number)s says. Publish it when it is ready.")
    return Redirect(f"/courses/lessons/{lesson.id}", toast=said % {"number": wanted["from"]})


PAGES: tuple[PageRoute, ...] = (
    course_lesson,
    update_lesson_draft,
    create_lesson_publication,
    create_lesson_withdrawal,
    update_course_lesson,
    course_lesson_preview,
    course_lesson_versions,
    course_lesson_comparison,
    create_version_restoration,
)


async def _shown(db: Reads, lesson_id: UUID) -> LessonPage:
    found = await lesson_queries.lesson(db, lesson_id)
    return showing.lesson_page(found, await queries.modules(db, found.course_id))


async def _saved(request: Request, db: UserDb) -> Answer | None:
    """Keep the text of the form as the draft; the form again, with the text in it, where that cannot be."""
    form, lesson = await request.form(), await lesson_for_change(db, _lesson_id(request))
    typed, note = lines(form, "content"), line(form, "note", longest=500)
    try:
        await save_draft(db, lesson, typed, version=number(form, "version"))
    except DraftChanged as conflict:
        theirs = conflict.theirs
        data = replace(
            await _shown(db, lesson.id),
            content=typed,
            note=note,
            theirs=compared(theirs.content, typed),
            theirs_by=theirs.updated_by or _("Somebody"),
        )
        return Page("courses/lesson.html", data, status=409)
    except Invalid as refusal:
        data = replace(await _shown(db, lesson.id), content=typed, note=note, errors=dict(refusal.fields))
        return Page("courses/lesson.html", data, status=422)
    return None


async def _compared(db: Reads, lesson_id: UUID, asked: dict[str, str]) -> ComparisonPage:
    """The version `from`, or the newest one, beside the version `to`, or beside the draft."""
    found = await lesson_queries.lesson(db, lesson_id)
    known = await lesson_queries.versions(db, lesson_id)
    newest = max((each.number for each in known), default=0)
    left = await lesson_queries.said(db, lesson_id, max(number(asked, "from"), 0) or newest)
    to = number(asked, "to")
    right = await lesson_queries.said(db, lesson_id, to) if to > 0 else None
    numbers = tuple((str(each.number), _("Version %(number)s") % {"number": each.number}) for each in known)
    return ComparisonPage(
        found.id,
        found.course_id,
        found.course_title,
        found.title,
        left.number,
        right.number if right else None,
        found.draft_version,
        found.changed,
        compared(left.content, right.content if right else found.content),
        numbers,
    )


def _lesson_id(request: Request) -> UUID:
    lesson_id: UUID = request.path_params["lesson_id"]
    return lesson_id


def _yes(value: object) -> str:
    return _("yes") if value else _("no")
