"""How a child signs in: the account at the provider, its number, and at 18 an account of one's own."""

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect
from coursecove.accounts.outside import Outside, provider_page
from coursecove.accounts.permissions import Permission
from coursecove.accounts.roles import Role
from coursecove.kit.db import Reads
from coursecove.kit.errors import Conflict, Invalid, ProblemError
from coursecove.kit.ids import new_id
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.people import profile_queries as queries
from coursecove.people.events import PinReset, ProfileActivated
from coursecove.people.lists import valid_email
from coursecove.people.pins import check_pin
from coursecove.people.profile_actions import (
    NoConsent,
    NoWayThere,
    StillAChild,
    UsernameTaken,
    checked_username,
    rename_profile,
)
from coursecove.people.profile_models import ProfileStatus
from coursecove.people.profile_queries import Profile
from coursecove.people.profile_showing import profile_page
from coursecove.providers.identity import NotOffered

ATTACH = "select app.attach_profile($1, $2, $3, $4)"
SCHOOL_REF = "select clerk_organization_id from organizations where id = (select app.org_id())"
USER_REF = "select p.user_ref from app.provider_ids(array[$1::uuid]) p"
LONGEST_NAME = 80


@provider_page("POST", "/profiles/{profile_id:uuid}/activation", allow=Permission.MANAGE_PROFILES)
async def create_activation(request: Request, work: Outside, me: Member) -> Answer:
    """With consent in force: the account at the provider, its number, and then the member here."""
    form, profile_id = await request.form(), request.path_params["profile_id"]
    last_name = " ".join(str(form.get("last_name", "")).split())[:LONGEST_NAME]
    pin, again = str(form.get("pin", "")), str(form.get("pin_again", ""))
    async with work.read() as db:
        found = await queries.profile(db, profile_id)
        school_ref = await db.value(SCHOOL_REF)
    if found.status != ProfileStatus.PENDING:
        raise NoWayThere
    if not found.consented:
        raise NoConsent
    try:
        check_pin(pin, again=again, birth_date=found.birth_date)
        membership_ref = await _account(request, work, found, school_ref, last_name=last_name, pin=pin)
    except (Invalid, NotOffered) as refusal:
        return await _refused(work, me, profile_id, refusal, {"last_name": last_name})
    async with work.write() as db:
        member_id = await db.value(ATTACH, profile_id, membership_ref, last_name or None, new_id())
        if member_id is None:
            raise Conflict
        await db.emit(ProfileActivated(profile_id, member_id))
    said = _("%(name)s can sign in now.") % {"name": found.first_name}
    return Redirect(f"/profiles/{profile_id}", toast=said)


@provider_page("POST", "/profiles/{profile_id:uuid}/pin", allow=Permission.MANAGE_PROFILES)
async def update_pin(request: Request, work: Outside, me: Member) -> Answer:
    """A new number; whoever is signed in with the old one is signed out."""
    form, profile_id = await request.form(), request.path_params["profile_id"]
    async with work.read() as db:
        known = await _known(db, profile_id)
    try:
        pin = str(form.get("pin", ""))
        check_pin(pin, again=str(form.get("pin_again", "")), birth_date=known.profile.birth_date)
        await work.identity.set_pin(known.user_ref, pin, by=request.state.session.subject)
    except (Invalid, NotOffered) as refusal:
        return await _refused(work, me, profile_id, refusal, {})
    async with work.write() as db:
        await db.emit(PinReset(profile_id, known.member_id))
    said = _("%(name)s has a new number.") % {"name": known.profile.first_name}
    return Redirect(f"/profiles/{profile_id}", toast=said)


@provider_page("POST", "/profiles/{profile_id:uuid}/username", allow=Permission.MANAGE_PROFILES)
async def update_username(request: Request, work: Outside, me: Member) -> Answer:
    """Another sign-in name: here first, where it is one in the school, and taken back if the provider refuses it."""
    form, profile_id = await request.form(), request.path_params["profile_id"]
    given = {"sign_in_name": str(form.get("sign_in_name", ""))[:80]}
    async with work.read() as db:
        found = await queries.profile(db, profile_id)
        user_ref = await db.value(USER_REF, found.member_id) if found.member_id else None
    try:
        name = checked_username(given["sign_in_name"])
        async with work.write() as db:
            await rename_profile(db, me, profile_id, name)
    except Invalid as refusal:
        return await _refused(work, me, profile_id, refusal, given)
    except UsernameTaken as taken:
        wrong = Invalid(fields={"sign_in_name": taken.message})
        return await _refused(work, me, profile_id, wrong, given, status=409)
    if user_ref is not None:
        try:
            await work.identity.rename_managed(user_ref, name, by=request.state.session.subject)
        except ProblemError as refusal:
            async with work.write() as db:
                await rename_profile(db, me, profile_id, found.username)
            if not isinstance(refusal, Invalid | NotOffered):
                raise
            fields = dict.fromkeys(["sign_in_name"] if refusal.fields else [], refusal.message)
            return await _refused(work, me, profile_id, Invalid(refusal.message, fields=fields), given)
    said = _("%(name)s signs in as %(username)s now.") % {"name": found.first_name, "username": name}
    return Redirect(f"/profiles/{profile_id}", toast=said)


@provider_page("POST", "/profiles/{profile_id:uuid}/conversion", allow=Permission.MANAGE_PROFILES)
async def create_conversion(request: Request, work: Outside, me: Member) -> Answer:
    """At 18 the person gets a link by email that makes the account their own; what they did here stays theirs."""
    form, profile_id = await request.form(), request.path_params["profile_id"]
    given = str(form.get("email", ""))[:300]
    async with work.read() as db:
        known = await _known(db, profile_id)
    if not known.profile.grown_up:
        raise StillAChild
    email = valid_email(given)
    try:
        if email is None:
            raise Invalid(fields={"email": _("This is not an email address.")})
        await work.identity.offer_conversion(known.user_ref, email, school=me.school_name)
    except (Invalid, NotOffered) as refusal:
        return await _refused(work, me, profile_id, refusal, {"email": given})
    said = _("%(email)s gets a link with which %(name)s takes the account over.")
    names = {"email": email, "name": known.profile.first_name}
    return Redirect(f"/profiles/{profile_id}", toast=said % names)


PAGES: tuple[PageRoute, ...] = (create_activation, update_pin, update_username, create_conversion)


@dataclass(frozen=True, slots=True)
class _Known:
    """A profile that has an account."""

    profile: Profile
    member_id: UUID
    user_ref: str


async def _known(db: Reads, profile_id: UUID) -> _Known:
    found = await queries.profile(db, profile_id)
    if found.member_id is None or found.status in (ProfileStatus.CONVERTED, ProfileStatus.FORGOTTEN):
        raise NoWayThere
    return _Known(found, found.member_id, await db.value(USER_REF, found.member_id))


async def _account(
    request: Request, work: Outside, found: Profile, school_ref: str, *, last_name: str, pin: str
) -> str:
    """The membership of the child's new account; asking for it again answers the same one."""
    user = await work.identity.create_managed(
        school_ref,
        username=found.username,
        pin=pin,
        first_name=found.first_name,
        last_name=last_name or None,
        created_by=request.state.session.subject,
    )
    membership = await work.identity.add_member(school_ref, user.id, Role.STUDENT)
    await work.learn("user.created", user.raw)
    await work.learn("organizationMembership.created", membership.raw)
    return membership.id


async def _refused(
    work: Outside,
    me: Member,
    profile_id: UUID,
    refusal: ProblemError,
    given: dict[str, str],
    *,
    status: int = 422,
) -> Answer:
    errors = dict(refusal.fields)
    async with work.read() as db:
        found = await queries.whole_profile(db, profile_id)
    problem = None if errors else refusal.message
    data = profile_page(me, found, given=given, errors=errors, problem=problem)
    return Page("people/profile.html", data, status=status)
