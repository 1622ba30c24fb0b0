"""Handing a school over to somebody else, and leaving it oneself."""

from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.models import Membership
from coursecove.accounts.outside import Outside, provider_page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Conflict, Forbidden
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people import queries
from coursecove.people.actions import Wish
from coursecove.people.asking import ask_now
from coursecove.people.models import ChangeKind
from coursecove.people.showing import role_choices
from coursecove.people.views import LeavingPage, OwnershipPage

AFTERWARDS = (Role.TEACHER, Role.STUDENT, Role.GUARDIAN)


class ManagedCannotLeave(Forbidden):
    """Your school and your guardian decide about this profile. Ask them."""


@page("GET", "/people/ownership", allow=Permission.MANAGE_PEOPLE)
async def ownership(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("people/ownership.html", await _ownership_page(db, me))


@provider_page("POST", "/people/ownership", allow=Permission.MANAGE_PEOPLE)
async def create_transfer(request: Request, work: Outside, me: Member) -> Answer:
    """Somebody else becomes an owner, and only then the caller stops being one."""
    form = await request.form()
    chosen, then = str(form.get("member_id", "")), str(form.get("then", ""))
    errors = _errors(chosen, then, agreed=form.get("agreed") == "1", me=me)
    if errors:
        async with work.read() as db:
            data = await _ownership_page(db, me, chosen=chosen, then=then, errors=errors)
        return Page("people/ownership.html", data, status=422)
    async with work.read() as db:
        heir = await queries.person(db, UUID(chosen))
    problem = None
    if heir.role != Role.SUPER_ADMIN:
        problem = await _changed(request, work, me, heir.id, Role.SUPER_ADMIN)
    problem = problem or await _changed(request, work, me, me.id, Role(then))
    if problem:
        async with work.read() as db:
            data = await _ownership_page(db, me, chosen=chosen, then=then, problem=problem)
        return Page("people/ownership.html", data, status=422)
    said = _("%(name)s runs the school now.") % {"name": heir.name}
    return Redirect("/dashboard", toast=said)


@page("GET", "/account/leaving", allow=Permission.LEAVE_SCHOOL)
async def leaving(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("people/leaving.html", await _leaving_page(db, me))


@provider_page("POST", "/account/leaving", allow=Permission.LEAVE_SCHOOL)
async def create_leaving(request: Request, work: Outside, me: Member) -> Answer:
    """Leave the school; what was there waits thirty days for an owner who restores it."""

    async def wish(db: UserDb) -> Wish:
        if (await queries.person(db, me.id)).profile_id is not None:
            raise ManagedCannotLeave
        return Wish(ChangeKind.LEAVING, member=await db.get(Membership, me.id))

    try:
        asked = await ask_now(request, work, me, wish)
        problem = asked.problem
    except Conflict as refusal:
        problem = refusal.message
    else:
        if asked.waits:
            return Redirect("/account/leaving", toast=asked.toast)
    if problem is None:
        return Redirect(request.app.state.root.origin() + "/")
    async with work.read() as db:
        data = await _leaving_page(db, me, problem=problem)
    return Page("people/leaving.html", data, status=422)


PAGES: tuple[PageRoute, ...] = (ownership, create_transfer, leaving, create_leaving)


def _errors(chosen: str, then: str, *, agreed: bool, me: Member) -> dict[str, str]:
    errors = {}
    if not _is_id(chosen) or UUID(chosen) == me.id:
        errors["member_id"] = _("Choose who shall run the school.")
    if then not in AFTERWARDS:
        errors["then"] = _("Choose what you will be.")
    if not agreed:
        errors["agreed"] = _("Tick this, so that nobody hands a school over by mistake.")
    return errors


async def _changed(request: Request, work: Outside, me: Member, member_id: UUID, role: Role) -> str | None:
    """What keeps the role from being changed at once, if anything."""

    async def wish(db: UserDb) -> Wish:
        return Wish(ChangeKind.ROLE, member=await db.get(Membership, member_id), role=role)

    try:
        asked = await ask_now(request, work, me, wish)
    except Conflict as refusal:
        return refusal.message
    return asked.toast if asked.waits else asked.problem


async def _ownership_page(
    db: Reads,
    me: Member,
    *,
    chosen: str = "",
    then: str = Role.TEACHER,
    errors: dict[str, str] | None = None,
    problem: str | None = None,
) -> OwnershipPage:
    found = await queries.of_roles(db, Role.SUPER_ADMIN, Role.TEACHER)
    candidates = tuple((str(each.id), each.name) for each in found if each.id != me.id)
    return OwnershipPage(candidates, role_choices(*AFTERWARDS), chosen, then, errors or {}, problem)


async def _leaving_page(db: Reads, me: Member, *, problem: str | None = None) -> LeavingPage:
    mine = await queries.person(db, me.id)
    return LeavingPage(me.school_name, mine.only_owner, mine.profile_id is not None, problem)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
