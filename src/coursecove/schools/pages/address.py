"""Settings: where the school is found. Its label below the root domain, and domains of its own."""

from dataclasses import replace
from uuid import UUID

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Invalid, RateLimited
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.schools.actions.addresses import add_domain, ask_for_check, change_label, remove_domain
from coursecove.schools.domains import records
from coursecove.schools.pages.forms import text
from coursecove.schools.queries import school as queries
from coursecove.schools.standing import standing_of
from coursecove.schools.views import AddressPage, DomainRow, OldAddress


@page("GET", "/school/address", allow=Permission.MANAGE_ADDRESSES)
async def school_address(request: Request, db: ReadDb, me: Member) -> Answer:
    """With `?label=` it also says how that address stands."""
    data = await _address(request, db, me)
    typed = request.query_params.get("label", "")[:100]
    if typed.strip():
        check_rate(request)
        standing = await standing_of(db, request.app.state.root, typed, name=me.school_name)
        data = replace(data, standing=standing)
    return Page("schools/address.html", data, block="standing")


@page("POST", "/school/address", allow=Permission.MANAGE_ADDRESSES)
async def update_school_address(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    root: PublicRoot = request.app.state.root
    try:
        label = await change_label(db, me, text(form, "label"), seen=text(form, "seen"))
    except Invalid:
        standing = await standing_of(db, root, text(form, "label"), name=me.school_name)
        data = replace(await _address(request, db, me), standing=standing)
        return Page("schools/address.html", data, status=422)
    return Redirect(f"{root.origin(label)}/school/address")


@page("POST", "/school/domains", allow=Permission.MANAGE_ADDRESSES)
async def create_school_domain(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    typed = text(form, "domain")
    try:
        domain = await add_domain(db, me, typed, root=request.app.state.root.name)
    except Invalid as refusal:
        data = await _address(request, db, me)
        data = replace(data, typed_domain=typed, errors=dict(refusal.fields))
        return Page("schools/address.html", data, status=422)
    return Redirect(f"/school/address#domain-{domain.id}", toast=_("Now write its records."))


@page("POST", "/school/domains/{domain_id:uuid}/checks", allow=Permission.MANAGE_ADDRESSES)
async def create_domain_check(request: Request, db: UserDb, me: Member) -> Answer:
    check_rate(request)
    domain_id: UUID = request.path_params["domain_id"]
    await ask_for_check(db, domain_id)
    return Redirect(f"/school/address#domain-{domain_id}", toast=_("We are looking at its records."))


@page("POST", "/school/domains/{domain_id:uuid}/removal", allow=Permission.MANAGE_ADDRESSES)
async def create_domain_removal(request: Request, db: UserDb, me: Member) -> Answer:
    name = await remove_domain(db, request.path_params["domain_id"])
    return Redirect("/school/address", toast=_("%(name)s no longer leads here.") % {"name": name})


PAGES: tuple[PageRoute, ...] = (
    school_address,
    update_school_address,
    create_school_domain,
    create_domain_check,
    create_domain_removal,
)


def check_rate(request: Request) -> None:
    """Names are looked up as fast as somebody types, and no faster."""
    allowance = request.app.state.lookups.take(request.state.session.subject)
    if allowance.retry_after is not None:
        raise RateLimited(retry_after=allowance.retry_after)


async def _address(request: Request, db: Reads, me: Member) -> AddressPage:
    root: PublicRoot = request.app.state.root
    names = await queries.addresses(db)
    current = next((each for each in names if each.name == me.school_label), None)
    old = tuple(
        OldAddress(each.name, root.netloc(f"{each.name}.{root.name}"), each.since, each.until)
        for each in names
        if each.kind == "subdomain" and each.status == "redirect"
    )
    host = f"{me.school_label}.{root.name}"
    domains = tuple(
        DomainRow(
            each.id,
            each.name,
            each.state,
            each.points_here,
            each.problem,
            records(each.name, each.proof, host),
            each.checked_at,
            each.verified_at,
            each.next_check_at,
        )
        for each in await queries.domains(db)
    )
    return AddressPage(
        label=me.school_label,
        shown=root.netloc(host),
        url=root.origin(me.school_label),
        since=current.since if current else None,
        root=root.name,
        old=old,
        domains=domains,
        adjusted_from=await queries.adjusted_from(db, me.school_label),
    )
