"""Who learns a course: enrolled by hand, let in, waiting, removed; the links that lead in; how far everybody is."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.courses import enrolment_queries as queries
from coursecove.courses import enrolment_showing as showing
from coursecove.courses.enrolment_actions import (
    NobodyChosen,
    enrol,
    make_link,
    revoke_link,
    set_seats,
    stand,
    taught_course,
)
from coursecove.courses.enrolment_models import Enrolment, EnrolmentLink, EnrolmentStatus
from coursecove.courses.enrolment_views import Learners
from coursecove.courses.progress_queries import progress
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.language import ngettext
from coursecove.kit.web.render import Page

STANDS: Final = EnrolmentStatus
MOST_SEATS: Final = 100_000


@page("GET", "/courses/{course_id:uuid}/learners", allow=Permission.AUTHOR_COURSES)
async def learners(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("courses/learners.html", await _learners(db, request))


@page("GET", "/courses/{course_id:uuid}/learners/new", allow=Permission.AUTHOR_COURSES)
async def find_learners(request: Request, db: ReadDb, me: Member) -> Answer:
    """Students who do not learn the course yet, by name."""
    search = _search(request)
    found = await queries.enrollable(db, _course(request), search, showing.SHOWN + 1)
    return Page("courses/enrol.html", showing.candidates_page(found, search))


@page("POST", "/courses/{course_id:uuid}/learners", allow=Permission.AUTHOR_COURSES)
async def create_enrolments(request: Request, db: UserDb, me: Member) -> Answer:
    """Let the students in who were ticked."""
    chosen = [UUID(str(each)) for each in (await request.form()).getlist("member") if _is_uuid(str(each))]
    course_id = _course(request)
    try:
        done = await enrol(db, me, course_id, chosen)
    except NobodyChosen as refused:
        found = await queries.enrollable(db, course_id, "", showing.SHOWN + 1)
        data = replace(showing.candidates_page(found, ""), problem=refused.message)
        return Page("courses/enrol.html", data, status=refused.status)
    said = ngettext("%(num)s student enrolled.", "%(num)s students enrolled.", done.active) % {
        "num": done.active
    }
    if done.waiting:
        more = ngettext("%(num)s waits for a place.", "%(num)s wait for a place.", done.waiting)
        said = f"{said} {more % {'num': done.waiting}}"
    return Redirect(f"/courses/{course_id}/learners", toast=said)


@page("POST", "/courses/enrolments/{enrolment_id:uuid}/approval", allow=Permission.AUTHOR_COURSES)
async def create_approval(request: Request, db: UserDb, me: Member) -> Answer:
    """Let somebody in who asked, or give a place to somebody who waits."""
    enrolment = await _enrolment(db, request)
    came = STANDS(enrolment.status)
    status = await stand(db, enrolment, STANDS.ACTIVE, come_from=(STANDS.REQUESTED, STANDS.WAITING))
    said = _("Let in.") if status == STANDS.ACTIVE else _("All places are taken: they wait for one.")
    return Redirect(f"/courses/{enrolment.course_id}/learners?status={came}", toast=said)


@page("POST", "/courses/enrolments/{enrolment_id:uuid}/removal", allow=Permission.AUTHOR_COURSES)
async def create_enrolment_removal(request: Request, db: UserDb, me: Member) -> Answer:
    """Take somebody out of the course, or off its lists; what they did stays known."""
    enrolment = await _enrolment(db, request)
    came = STANDS(enrolment.status)
    await stand(db, enrolment, STANDS.REMOVED, come_from=(STANDS.ACTIVE, STANDS.REQUESTED, STANDS.WAITING))
    back = showing.address(
        f"/courses/{enrolment.course_id}/learners", status="" if came == STANDS.ACTIVE else came
    )
    return Redirect(back, toast=_("Removed."), undo=f"/courses/enrolments/{enrolment.id}/restoration")


@page("POST", "/courses/enrolments/{enrolment_id:uuid}/restoration", allow=Permission.AUTHOR_COURSES)
async def create_enrolment_restoration(request: Request, db: UserDb, me: Member) -> Answer:
    enrolment = await _enrolment(db, request)
    status = await stand(db, enrolment, STANDS.ACTIVE, come_from=(STANDS.REMOVED, STANDS.ENDED))
    back = f"/courses/{enrolment.course_id}/learners"
    if status == STANDS.ACTIVE:
        return Redirect(back, toast=_("Back in the course."))
    return Redirect(f"{back}?status=waiting", toast=_("Their place was given away: they wait for another."))


@page("POST", "/courses/{course_id:uuid}/seats", allow=Permission.AUTHOR_COURSES)
async def update_seats(request: Request, db: UserDb, me: Member) -> Answer:
    """How many may learn the course at a time; an empty field means everybody."""
    given = str((await request.form()).get("seats", "")).strip()[:20]
    seats = int(given) if given.isascii() and given.isdigit() and 0 < int(given) <= MOST_SEATS else None
    if given and seats is None:
        data = await _learners(db, request)
        wrong = {"seats": _("A whole number from 1 on, or nothing.")}
        return Page("courses/learners.html", replace(data, given_seats=given, errors=wrong), status=422)
    await set_seats(db, _course(request), seats)
    return Redirect(f"/courses/{_course(request)}/learners", toast=_("Saved."))


@page("GET", "/courses/{course_id:uuid}/progress", allow=Permission.AUTHOR_COURSES)
async def course_progress(request: Request, db: ReadDb, me: Member) -> Answer:
    found, rows = await progress(db, _course(request), cursor=request.query_params.get("cursor"))
    data = showing.progress_table(found, rows, request.query_params.get("module", ""))
    return Page("courses/progress.html", data)


@page("GET", "/courses/{course_id:uuid}/links", allow=Permission.AUTHOR_COURSES)
async def enrolment_links(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("courses/links.html", showing.links_page(await queries.links(db, _course(request))))


@page("POST", "/courses/{course_id:uuid}/links", allow=Permission.AUTHOR_COURSES)
async def create_enrolment_link(request: Request, db: UserDb, me: Member) -> Answer:
    """Make a link; its address is shown this once."""
    form, course_id = await request.form(), _course(request)
    given = {name: str(form.get(name, "")).replace("\0", "").strip()[:200] for name in LINK_FIELDS}
    errors, until = _wrong_in(given, ZoneInfo(me.time_zone))
    if errors:
        data = showing.links_page(await queries.links(db, course_id))
        return Page("courses/links.html", replace(data, given=given, errors=errors), status=422)
    secret = await make_link(
        db,
        course_id,
        given["name"],
        needs_approval=given["approval"] == "1",
        most_uses=int(given["uses"]) if given["uses"] else None,
        expires_at=until,
    )
    data = showing.links_page(await queries.links(db, course_id))
    return Page(
        "courses/links.html", replace(data, made=f"{request.state.origin}/learning/joining?link={secret}")
    )


@page("POST", "/courses/links/{enrolment_link_id:uuid}/revocation", allow=Permission.AUTHOR_COURSES)
async def create_enrolment_link_revocation(request: Request, db: UserDb, me: Member) -> Answer:
    link = await db.get(EnrolmentLink, request.path_params["enrolment_link_id"])
    await revoke_link(db, link)
    return Redirect(f"/courses/{link.course_id}/links", toast=_("The link does not work any more."))


PAGES: tuple[PageRoute, ...] = (
    learners,
    find_learners,
    create_enrolments,
    create_approval,
    create_enrolment_removal,
    create_enrolment_restoration,
    update_seats,
    course_progress,
    enrolment_links,
    create_enrolment_link,
    create_enrolment_link_revocation,
)
LINK_FIELDS: Final = ("name", "approval", "uses", "until")


async def _learners(db: Reads, request: Request) -> Learners:
    status, search = showing.status_of(request.query_params.get("status", "")), _search(request)
    cursor = request.query_params.get("cursor")
    found, rows = await queries.learners(db, _course(request), status=status, search=search, cursor=cursor)
    return showing.learners_page(found, rows, status=status, search=search)


async def _enrolment(db: UserDb, request: Request) -> Enrolment:
    """The enrolment, for whoever decides on the learners of its course."""
    enrolment = await db.get(Enrolment, request.path_params["enrolment_id"])
    await taught_course(db, enrolment.course_id)
    return enrolment


def _wrong_in(given: dict[str, str], zone: ZoneInfo) -> tuple[dict[str, str], datetime | None]:
    """What is wrong with a link's form, and when the link ends: with the end of the day that was given."""
    errors: dict[str, str] = {}
    if not 1 <= len(given["name"]) <= 80:
        errors["name"] = _("Say what it is for, in at most 80 characters.")
    uses = given["uses"]
    if uses and not (uses.isascii() and uses.isdigit() and 0 < int(uses) <= MOST_SEATS):
        errors["uses"] = _("A whole number from 1 on, or nothing.")
    day = showing.midnight(given["until"]) if given["until"] else None
    if given["until"] and day is None:
        errors["until"] = _("A day, or nothing.")
    return errors, (day + timedelta(days=1)).replace(tzinfo=zone) if day else None


def _course(request: Request) -> UUID:
    course_id: UUID = request.path_params["course_id"]
    return course_id


def _search(request: Request) -> str:
    return request.query_params.get("q", "").replace("\0", "")[:200]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
