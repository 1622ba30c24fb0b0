"""The list of people, one person, and what can be done with them."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Download, Member, PageRoute, Redirect, page
from coursecove.accounts.models import Membership
from coursecove.accounts.noting import note_read
from coursecove.accounts.outside import Outside, provider_page
from coursecove.accounts.permissions import Permission, may
from coursecove.accounts.roles import Role
from coursecove.accounts.wording import role_word
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Conflict, Invalid
from coursecove.kit.web.cookies import own_name, set_cookie
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people import (
    family_pages,
    guardian_pages,
    invitation_pages,
    leaving_pages,
    list_pages,
    profile_pages,
    queries,
    showing,
)
from coursecove.people.actions import Wish, forget_member
from coursecove.people.asking import Asked, ask_now
from coursecove.people.exporting import as_csv, exported
from coursecove.people.models import ChangeKind
from coursecove.people.queries import Roster, Search
from coursecove.people.showing import SEEN_COOKIE, address, search_of, standing_of
from coursecove.people.views import People, RemovedBanner, Row


class RemoveYourself(Conflict):
    """You cannot remove yourself here. Leave the school from your own account."""


@page("GET", "/people", allow=Permission.SEE_PEOPLE)
async def people(request: Request, db: ReadDb, me: Member) -> Answer:
    manages = may(me.role, Permission.MANAGE_PEOPLE)
    standing = standing_of(request.query_params.get("status", "")) if manages else "active"
    search, cursor = search_of(request), request.query_params.get("cursor")
    roster, rows, total, ways = await _rows(db, me, standing, search, cursor)
    asked = {"status": standing if standing != "active" else "", "q": search.text, "role": search.role}
    here = address("/people", status=asked["status"])
    data = People(
        rows,
        total,
        standing,
        tabs=showing.tabs_of(roster, manages=manages),
        here=here,
        q=search.text,
        role=search.role,
        newer=address("/people", ways[0], **asked) if ways[0] else None,
        older=address("/people", ways[1], **asked) if ways[1] else None,
        manages=manages,
        actions=_actions(standing) if manages else (),
        banner=_banner(request, roster) if manages and standing != "invited" else None,
        export_url=address("/people/export", **asked) if manages else None,
    )
    return Page("people/people.html", data)


@page("GET", "/people/export", allow=Permission.MANAGE_PEOPLE)
async def export_people(request: Request, db: ReadDb, me: Member) -> Answer:
    standing = standing_of(request.query_params.get("status", ""))
    rows = await exported(db, standing, search_of(request))
    note_read(request, "people", me.school_id, status=standing, rows=len(rows))
    headings = (_("Name"), _("Email"), _("Role"), _("Status"), _("Since"))
    body = as_csv(
        headings, ((row.name, row.email, role_word(row.role), row.status, row.since) for row in rows)
    )
    return Download(f"{me.school_label}-{standing}.csv", body)


@page("POST", "/people/removed/dismissal", allow=Permission.MANAGE_PEOPLE)
async def create_removed_dismissal(request: Request, db: UserDb, me: Member) -> Answer:
    """Put the banner away in this browser, until it grows more urgent or somebody else is removed."""
    seen = str((await request.form()).get("seen", ""))[:40]
    secure = request.app.state.root.secure
    if not showing.is_mark(seen):
        raise Invalid
    line = set_cookie(own_name(SEEN_COOKIE, secure=secure), seen, secure=secure, max_age=30 * 86_400)
    return Redirect("/people", cookies=(line,))


@page("GET", "/people/{member_id:uuid}", allow=Permission.SEE_PEOPLE)
async def person(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await queries.whole_person(db, request.path_params["member_id"])
    if found.profile_id is not None:
        note_read(request, "managed_profiles", found.profile_id, page="person")
    return Page("people/person.html", showing.person_page(me, found))


@provider_page("POST", "/people/{member_id:uuid}/role", allow=Permission.MANAGE_PEOPLE)
async def update_role(request: Request, work: Outside, me: Member) -> Answer:
    """Change a role; that of an owner, or into one, is asked about once more."""
    form, member_id = await request.form(), _member_id(request)
    role = _role(str(form.get("role", "")))
    async with work.read() as db:
        found = await queries.whole_person(db, member_id)
        owner = Role.SUPER_ADMIN in (role, found.role)
        if owner and found.role != role and form.get("confirmed") != "1":
            return Page("people/person.html", showing.person_page(me, found, confirm=role))
    asked = await ask_now(request, work, me, _wish(ChangeKind.ROLE, member_id, role))
    said = _("%(name)s is now %(role)s.") % {"name": found.name, "role": role_word(role).lower()}
    if found.id == me.id:
        return await _told(work, me, asked, Redirect("/dashboard", toast=said), member_id)
    done = Redirect(f"/people/{member_id}", toast=said, undo=None if owner else asked.undo)
    return await _told(work, me, asked, done, member_id)


@provider_page("POST", "/people/{member_id:uuid}/removal", allow=Permission.MANAGE_PEOPLE)
async def create_removal(request: Request, work: Outside, me: Member) -> Answer:
    member_id = _member_id(request)
    if member_id == me.id:
        raise RemoveYourself
    asked = await ask_now(request, work, me, _wish(ChangeKind.REMOVAL, member_id))
    said = _("%(name)s was removed. They can be restored for 30 days.") % {"name": asked.order.name}
    done = Redirect("/people", toast=said, undo=asked.undo)
    return await _told(work, me, asked, done, member_id)


@provider_page("POST", "/people/{member_id:uuid}/restoration", allow=Permission.MANAGE_PEOPLE)
async def create_restoration(request: Request, work: Outside, me: Member) -> Answer:
    member_id = _member_id(request)
    asked = await ask_now(request, work, me, _wish(ChangeKind.RESTORATION, member_id))
    said = _("%(name)s is a member again.") % {"name": asked.order.name}
    return await _told(work, me, asked, Redirect(f"/people/{member_id}", toast=said), member_id)


@page("POST", "/people/{member_id:uuid}/erasure", allow=Permission.MANAGE_PEOPLE)
async def create_erasure(request: Request, db: UserDb, me: Member) -> Answer:
    member = await db.get(Membership, _member_id(request))
    await forget_member(db, me, member)
    return Redirect(
        "/people?status=removed",
        toast=_("What the school knew of %(name)s is being deleted.") % {"name": member.display_name},
    )


PAGES: tuple[PageRoute, ...] = (
    people,
    export_people,
    create_removed_dismissal,
    person,
    update_role,
    create_removal,
    create_restoration,
    create_erasure,
    *invitation_pages.PAGES,
    *list_pages.PAGES,
    *leaving_pages.PAGES,
    *guardian_pages.PAGES,
    *profile_pages.PAGES,
    *family_pages.PAGES,
)


async def _rows(
    db: Reads, me: Member, standing: str, search: Search, cursor: str | None
) -> tuple[Roster, tuple[Row, ...], int, tuple[str | None, str | None]]:
    """What was read, the page's rows, how many there are in all, and the ways on."""
    if standing == "invited":
        roster, invited = await queries.invitations(db, search, cursor=cursor)
        total = invited.rows[0].total if invited.rows else 0
        return roster, showing.invited_rows(invited.rows), total, (invited.previous, invited.following)
    roster, found = await queries.members(db, search, removed=standing == "removed", cursor=cursor)
    total = found.rows[0].total if found.rows else 0
    return roster, showing.member_rows(found.rows, me), total, (found.previous, found.following)


def _banner(request: Request, roster: Roster) -> RemovedBanner | None:
    name = own_name(SEEN_COOKIE, secure=request.app.state.root.secure)
    return showing.banner_of(roster.lately_removed, request.cookies.get(name, ""))


def _actions(standing: str) -> tuple[tuple[str, str], ...]:
    """What can be done with a selection."""
    if standing == "invited":
        return ((ChangeKind.RESENDING, _("Send again")), (ChangeKind.REVOCATION, _("Take back")))
    if standing == "removed":
        return ((ChangeKind.RESTORATION, _("Restore")),)
    roles = tuple(
        (f"role:{role}", _("Make them %(role)s") % {"role": role_word(role).lower()}) for role in Role
    )
    return (*roles, (ChangeKind.REMOVAL, _("Remove")))


def _member_id(request: Request) -> UUID:
    member_id: UUID = request.path_params["member_id"]
    return member_id


def _role(text: str) -> Role:
    if text not in set(Role):
        raise Invalid(fields={"role": _("Choose one of these.")})
    return Role(text)


def _wish(kind: ChangeKind, member_id: UUID, role: Role | None = None) -> Callable[[UserDb], Awaitable[Wish]]:
    async def wish(db: UserDb) -> Wish:
        return Wish(kind, member=await db.get(Membership, member_id), role=role)

    return wish


async def _told(work: Outside, me: Member, asked: Asked, done: Redirect, member_id: UUID) -> Answer:
    """The way on; a refusal stands on the person's page, what waits is said there."""
    if asked.waits:
        return Redirect(f"/people/{member_id}", toast=asked.toast)
    if asked.problem is None:
        return done
    async with work.read() as db:
        found = await queries.whole_person(db, member_id)
    data = showing.person_page(me, found, problem=asked.problem)
    return Page("people/person.html", data, status=422)
