"""Children's profiles, for the staff and for the guardians who stand for them."""

from collections.abc import Mapping
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.noting import note_read
from coursecove.accounts.permissions import Permission
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people import profile_queries as queries
from coursecove.people import sign_in_pages
from coursecove.people.profile_actions import (
    STAFF,
    Evidence,
    NewProfile,
    create_profile,
    give_consent,
    may_make,
    require_maker,
    resume_profile,
    suspend_profile,
    withdraw_consent,
)
from coursecove.people.profile_models import ConsentMethod, ProfileStatus, Purpose
from coursecove.people.profile_showing import full_name, new_profile_page, profile_page
from coursecove.people.profile_views import ProfileRow, ProfilesPage
from coursecove.people.showing import address


@page("GET", "/profiles", allow=Permission.MANAGE_PROFILES)
async def profiles(request: Request, db: ReadDb, me: Member) -> Answer:
    asked = request.query_params.get("status", "")
    status = asked if asked in set(ProfileStatus) else ""
    found = await queries.profiles(db, status=status, cursor=request.query_params.get("cursor"))
    if found.rows:
        note_read(
            request, "managed_profiles", me.school_id, page="list", profiles=[row.id for row in found.rows]
        )
    rows = tuple(
        ProfileRow(
            row.id,
            full_name(row.first_name, row.last_name),
            row.username,
            row.status,
            row.consented,
            row.guardian,
        )
        for row in found.rows
    )
    data = ProfilesPage(
        rows,
        total=found.rows[0].total if found.rows else 0,
        status=status,
        newer=address("/profiles", found.previous, status=status) if found.previous else None,
        older=address("/profiles", found.following, status=status) if found.following else None,
        makes=may_make(me),
    )
    return Page("people/profiles.html", data)


@page("GET", "/profiles/new", allow=Permission.MANAGE_PROFILES)
async def new_profile(request: Request, db: ReadDb, me: Member) -> Answer:
    require_maker(me)
    return Page("people/new_profile.html", await new_profile_page(db, me))


@page("POST", "/profiles", allow=Permission.MANAGE_PROFILES)
async def create_managed_profile(request: Request, db: UserDb, me: Member) -> Answer:
    given = _texts(await request.form())
    try:
        guardian_id = _uuid(given.get("guardian_id", "")) if me.role in STAFF else me.id
        wanted = NewProfile(
            given.get("first_name", ""), given.get("birth_date", ""), given.get("username", ""), guardian_id
        )
        profile_id = await create_profile(db, me, wanted, today=clock.now().date())
    except Invalid as refusal:
        data = await new_profile_page(db, me, given=given, errors=dict(refusal.fields))
        return Page("people/new_profile.html", data, status=422)
    said = _("The profile waits for a guardian’s consent.")
    return Redirect(f"/profiles/{profile_id}", toast=said)


@page("GET", "/profiles/{profile_id:uuid}", allow=Permission.MANAGE_PROFILES)
async def managed_profile(request: Request, db: ReadDb, me: Member) -> Answer:
    found = await queries.whole_profile(db, request.path_params["profile_id"])
    note_read(request, "managed_profiles", found.id, page="profile")
    return Page("people/profile.html", profile_page(me, found))


@page("POST", "/profiles/{profile_id:uuid}/consents", allow=Permission.MANAGE_PROFILES)
async def create_consent(request: Request, db: UserDb, me: Member) -> Answer:
    form, profile_id = await request.form(), request.path_params["profile_id"]
    chosen = frozenset(Purpose(str(each)) for each in form.getlist("purposes") if each in set(Purpose))
    try:
        await give_consent(db, me, profile_id, chosen, _evidence(request, form, me))
    except Invalid as refusal:
        found = await queries.whole_profile(db, profile_id)
        data = profile_page(me, found, given=_texts(form), errors=dict(refusal.fields))
        return Page("people/profile.html", data, status=422)
    return Redirect(f"/profiles/{profile_id}", toast=_("The consent is recorded."))


@page("POST", "/profiles/{profile_id:uuid}/withdrawals", allow=Permission.MANAGE_PROFILES)
async def create_withdrawal(request: Request, db: UserDb, me: Member) -> Answer:
    """Taking a consent back works with this very request; giving it again is its undo."""
    form, profile_id = await request.form(), request.path_params["profile_id"]
    purpose = str(form.get("purpose", ""))
    found = await queries.profile(db, profile_id)
    if purpose not in set(Purpose):
        raise Invalid
    evidence = _evidence(request, form, me, signature=me.name)
    await withdraw_consent(db, me, found.id, Purpose(purpose), evidence)
    return Redirect(f"/profiles/{profile_id}", toast=_("The consent is withdrawn."))


@page("POST", "/profiles/{profile_id:uuid}/suspension", allow=Permission.MANAGE_PROFILES)
async def create_suspension(request: Request, db: UserDb, me: Member) -> Answer:
    profile = await suspend_profile(db, request.path_params["profile_id"])
    said = _("%(name)s cannot come in any more.") % {"name": profile.first_name}
    undo = f"/profiles/{profile.id}/resumption" if me.role in STAFF else None
    return Redirect(f"/profiles/{profile.id}", toast=said, undo=undo)


@page("POST", "/profiles/{profile_id:uuid}/resumption", allow=Permission.MANAGE_PROFILES)
async def create_resumption(request: Request, db: UserDb, me: Member) -> Answer:
    profile = await resume_profile(db, request.path_params["profile_id"])
    said = _("%(name)s can come in again.") % {"name": profile.first_name}
    return Redirect(f"/profiles/{profile.id}", toast=said, undo=f"/profiles/{profile.id}/suspension")


PAGES: tuple[PageRoute, ...] = (
    profiles,
    new_profile,
    create_managed_profile,
    managed_profile,
    create_consent,
    create_withdrawal,
    create_suspension,
    create_resumption,
    *sign_in_pages.PAGES,
)


def _evidence(request: Request, form: FormData, me: Member, signature: str | None = None) -> Evidence:
    """How this consent reached us: a guardian's own session, or paper that the staff have seen."""
    address = request.client.host if request.client else None
    agent = request.headers.get("user-agent")
    signed = str(form.get("signature", "")) if signature is None else signature
    if me.role not in STAFF:
        return Evidence(me.id, ConsentMethod.ONLINE, signed, None, address, agent)
    guardian_id = _uuid(str(form.get("guardian_id", "")))
    note = str(form.get("note", ""))
    return Evidence(guardian_id, ConsentMethod.PAPER, signed, note, address, agent)


def _texts(form: FormData) -> Mapping[str, str]:
    return {name: str(value)[:500] for name, value in form.items() if isinstance(value, str)}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(fields={"guardian_id": _("Choose a guardian.")}) from None
