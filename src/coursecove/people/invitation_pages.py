"""Asking people to join: one at once, several after a look; and what becomes of it."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.outside import Outside, provider_page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Invalid, TooLarge
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people.actions import Wish, reversed_wish
from coursecove.people.asking import Asked, ask_now
from coursecove.people.list_actions import create_list
from coursecove.people.list_queries import recent_lists
from coursecove.people.lists import Line, decoded, read_list
from coursecove.people.models import ChangeKind, Invitation
from coursecove.people.showing import role_choices
from coursecove.people.views import InvitePage, ListLink
from coursecove.people.wording import kind_words, role_words

INVITED = "/people?status=invited"


@page("GET", "/people/invite", allow=Permission.MANAGE_PEOPLE)
async def invite(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("people/invite.html", await _invite_page(db))


@provider_page("POST", "/people/invitations", allow=Permission.MANAGE_PEOPLE)
async def create_invitation(request: Request, work: Outside, me: Member) -> Answer:
    form = await request.form()
    email, role = str(form.get("email", "")).strip()[:300], str(form.get("role", ""))

    async def wish(_db: UserDb) -> Wish:
        return Wish(ChangeKind.INVITATION, email=email.casefold(), role=_role(role))

    try:
        asked = await ask_now(request, work, me, wish)
    except Invalid as refusal:
        async with work.read() as db:
            data = await _invite_page(db, email=email, role=role, errors=dict(refusal.fields))
        return Page("people/invite.html", data, status=422)
    if asked.problem:
        async with work.read() as db:
            data = await _invite_page(db, email=email, role=role, errors={"email": asked.problem})
        return Page("people/invite.html", data, status=422)
    return _told(asked, _("%(email)s is invited.") % {"email": email}, undo=True)


@page("POST", "/people/lists", allow=Permission.MANAGE_PEOPLE)
async def create_invitation_list(request: Request, db: UserDb, me: Member) -> Answer:
    """A pasted list or a file, to be looked at; nothing is sent."""
    form = await request.form()
    text, role = str(form.get("text", "")), str(form.get("list_role", ""))
    try:
        lines, source = await _lines(form, _role(role))
        list_id = await create_list(db, me, lines, role=_role(role), source=source)
    except (Invalid, TooLarge) as refusal:
        errors = dict(refusal.fields) or {"text": refusal.message}
        data = await _invite_page(db, list_role=role, text=text[:100_000], errors=errors)
        return Page("people/invite.html", data, status=422)
    return Redirect(f"/people/lists/{list_id}")


@provider_page("POST", "/people/invitations/{invitation_id:uuid}/revocation", allow=Permission.MANAGE_PEOPLE)
async def create_invitation_revocation(request: Request, work: Outside, me: Member) -> Answer:
    asked = await ask_now(request, work, me, _about(request, ChangeKind.REVOCATION))
    said = _("The invitation of %(email)s no longer works.") % {"email": asked.order.email}
    return _told(asked, said, undo=True)


@provider_page("POST", "/people/invitations/{invitation_id:uuid}/resending", allow=Permission.MANAGE_PEOPLE)
async def create_invitation_resending(request: Request, work: Outside, me: Member) -> Answer:
    asked = await ask_now(request, work, me, _about(request, ChangeKind.RESENDING))
    return _told(asked, _("%(email)s gets a new invitation.") % {"email": asked.order.email})


@provider_page("POST", "/people/changes/{change_id:uuid}/undoing", allow=Permission.MANAGE_PEOPLE)
async def create_undoing(request: Request, work: Outside, me: Member) -> Answer:
    """Have a change the way it was before."""
    change_id = request.path_params["change_id"]
    asked = await ask_now(request, work, me, lambda db: reversed_wish(db, change_id))
    return _told(asked, _("Undone."))


PAGES: tuple[PageRoute, ...] = (
    invite,
    create_invitation,
    create_invitation_list,
    create_invitation_revocation,
    create_invitation_resending,
    create_undoing,
)


def _told(asked: Asked, said: str, *, undo: bool = False) -> Redirect:
    """Back to the list, with what came of it."""
    about_invitation = asked.order.membership_ref is None
    back = INVITED if about_invitation else "/people"
    if asked.waits or asked.problem:
        return Redirect(back, toast=asked.problem or asked.toast)
    return Redirect(back, toast=said, undo=asked.undo if undo else None)


def _about(request: Request, kind: ChangeKind) -> Callable[[UserDb], Awaitable[Wish]]:
    async def wish(db: UserDb) -> Wish:
        return Wish(kind, invitation=await db.get(Invitation, request.path_params["invitation_id"]))

    return wish


async def _lines(form: FormData, role: Role) -> tuple[list[Line], str | None]:
    """What was pasted, or what the chosen file says."""
    file, text = form.get("file"), str(form.get("text", ""))
    if isinstance(file, UploadFile) and file.filename:
        return read_list(decoded(await file.read()), default=role, words=role_words()), file.filename
    return read_list(text, default=role, words=role_words()), None


def _role(text: str) -> Role:
    if text not in set(Role):
        raise Invalid(fields={"role": _("Choose one of these.")})
    return Role(text)


async def _invite_page(
    db: Reads,
    *,
    email: str = "",
    role: str = Role.STUDENT,
    list_role: str = Role.STUDENT,
    text: str = "",
    errors: dict[str, str] | None = None,
) -> InvitePage:
    recent = tuple(
        ListLink(each.id, kind_words(each.kind), each.source, each.status, each.created_at)
        for each in await recent_lists(db)
    )
    return InvitePage(role_choices(), recent, email, role, list_role, text, errors or {})
