"""Settings: the school's facts, its look, its region and its rules."""

from dataclasses import replace

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.actions import LOCALES
from coursecove.accounts.outside import Outside, provider_page
from coursecove.accounts.permissions import Permission
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.errors import Invalid
from coursecove.kit.web.branding import legibility
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.schools.actions.naming import check_renaming, rename_school
from coursecove.schools.actions.settings import change_logo, change_school, checked_color
from coursecove.schools.editing import ChangedMeanwhile, Values, version_of
from coursecove.schools.logos import LARGEST_FILE, LogoRefused, remade
from coursecove.schools.pages.forms import (
    chosen_color,
    differences,
    shown_color,
    text,
    ticked,
    uploaded,
    zone_choices,
)
from coursecove.schools.queries import school as queries
from coursecove.schools.queries.school import Settings
from coursecove.schools.views import FactsPage, LookPage, RegionPage, RulesPage


@page("GET", "/school", allow=Permission.MANAGE_SCHOOL)
async def school(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("schools/facts.html", _facts(request, await queries.settings(db)))


@provider_page("POST", "/school/name", allow=Permission.MANAGE_SCHOOL)
async def update_school_name(request: Request, work: Outside, me: Member) -> Answer:
    form = await request.form()
    typed = text(form, "name")
    async with work.read() as db:
        current = await queries.settings(db)
    data = replace(_facts(request, current), name=typed)
    try:
        name = check_renaming(current, typed, text(form, "version"))
    except ChangedMeanwhile as conflict:
        shown = differences(conflict.theirs, {"name": typed}, {"name": _("Name")})
        return Page("schools/facts.html", replace(data, differences=shown), status=409)
    except Invalid as refusal:
        return Page("schools/facts.html", replace(data, errors=dict(refusal.fields)), status=422)
    await rename_school(work, me, current, name)
    return Redirect("/school", toast=_("Saved."))


@page("GET", "/school/look", allow=Permission.MANAGE_SCHOOL)
async def school_look(request: Request, db: ReadDb, me: Member) -> Answer:
    data = _look(await queries.settings(db))
    tried = shown_color(chosen_color(request.query_params))
    if tried:
        data = replace(data, color=tried, legibility=legibility(tried))
    elif request.query_params.get("palette") == "none":
        data = replace(data, color="", legibility=None)
    return Page("schools/look.html", data, block="color")


@page("POST", "/school/look", allow=Permission.MANAGE_SCHOOL)
async def update_school_look(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    typed, version = chosen_color(form), text(form, "version")
    data = replace(_look(await queries.settings(db)), color=typed)
    none = form.get("palette") == "none"
    try:
        wanted = None if none else checked_color(typed)
        await change_school(db, me, {"brand_color": wanted}, version=version)
    except ChangedMeanwhile as conflict:
        shown = differences(conflict.theirs, {"brand_color": typed or None}, {"brand_color": _("Colour")})
        return Page("schools/look.html", replace(data, differences=shown), status=409)
    except Invalid as refusal:
        data = replace(data, errors=dict(refusal.fields), legibility=None)
        return Page("schools/look.html", data, status=422)
    return Redirect("/school/look", toast=_("Saved."))


@page("POST", "/school/logo", allow=Permission.MANAGE_SCHOOL)
async def update_school_logo(request: Request, db: UserDb, me: Member) -> Answer:
    sent = await uploaded(await request.form(), "logo", largest=LARGEST_FILE)
    try:
        if sent is None:
            raise LogoRefused(_("Choose a picture first."))
        await change_logo(db, me, await remade(sent))
    except LogoRefused as refusal:
        data = replace(_look(await queries.settings(db)), errors=dict(refusal.fields))
        return Page("schools/look.html", data, status=422)
    return Redirect("/school/look", toast=_("The logo is up."))


@page("POST", "/school/logo/removal", allow=Permission.MANAGE_SCHOOL)
async def create_school_logo_removal(request: Request, db: UserDb, me: Member) -> Answer:
    await change_logo(db, me, None)
    return Redirect("/school/look", toast=_("The logo is taken down."))


@page("GET", "/school/region", allow=Permission.MANAGE_SCHOOL)
async def school_region(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("schools/region.html", _region(await queries.settings(db)))


@page("POST", "/school/region", allow=Permission.MANAGE_SCHOOL)
async def update_school_region(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    wanted = {name: text(form, name) for name in ("time_zone", "locale")}
    labels = {"time_zone": _("Time zone"), "locale": _("Language and region")}
    data = replace(
        _region(await queries.settings(db)), time_zone=wanted["time_zone"], locale=wanted["locale"]
    )
    try:
        await change_school(db, me, wanted, version=text(form, "version"))
    except ChangedMeanwhile as conflict:
        shown = differences(conflict.theirs, wanted, labels, LOCALES)
        return Page("schools/region.html", replace(data, differences=shown), status=409)
    except Invalid as refusal:
        return Page("schools/region.html", replace(data, errors=dict(refusal.fields)), status=422)
    return Redirect("/school/region", toast=_("Saved."))


@page("GET", "/school/rules", allow=Permission.MANAGE_SCHOOL)
async def school_rules(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("schools/rules.html", _rules(await queries.settings(db)))


@page("POST", "/school/rules", allow=Permission.MANAGE_SCHOOL)
async def update_school_rules(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    minors, profiles_by, joining = (
        ticked(form, "serves_minors"),
        text(form, "profiles_by"),
        text(form, "joining"),
    )
    wanted: Values = {"serves_minors": minors, "profiles_by": profiles_by, "joining": joining}
    labels = {
        "serves_minors": _("Teaches children"),
        "profiles_by": _("Who makes children's profiles"),
        "joining": _("How people come in"),
    }
    current = _rules(await queries.settings(db))
    data = replace(current, serves_minors=minors, profiles_by=profiles_by, joining=joining)
    try:
        await change_school(db, me, wanted, version=text(form, "version"))
    except ChangedMeanwhile as conflict:
        shown = differences(conflict.theirs, wanted, labels, _rule_words())
        return Page("schools/rules.html", replace(data, differences=shown), status=409)
    except Invalid as refusal:
        return Page("schools/rules.html", replace(data, errors=dict(refusal.fields)), status=422)
    return Redirect("/school/rules", toast=_("Saved."))


PAGES: tuple[PageRoute, ...] = (
    school,
    update_school_name,
    school_look,
    update_school_look,
    update_school_logo,
    create_school_logo_removal,
    school_region,
    update_school_region,
    school_rules,
    update_school_rules,
)


def _facts(request: Request, found: Settings) -> FactsPage:
    url = request.app.state.root.origin(found.label)
    version = version_of({"name": found.name})
    return FactsPage(found.name, found.slug, url, found.time_zone, found.created_at, found.members, version)


def _look(found: Settings) -> LookPage:
    logo = f"/brand/logo?v={found.logo_digest}" if found.logo_digest else None
    version = version_of({"brand_color": found.brand_color})
    report = legibility(found.brand_color) if found.brand_color else None
    return LookPage(found.name, found.brand_color or "", version, report, logo)


def _region(found: Settings) -> RegionPage:
    version = version_of({"time_zone": found.time_zone, "locale": found.locale})
    return RegionPage(found.time_zone, found.locale, version, zone_choices(), tuple(LOCALES.items()))


def _rules(found: Settings) -> RulesPage:
    values: Values = {
        "serves_minors": found.serves_minors,
        "profiles_by": found.profiles_by,
        "joining": found.joining,
    }
    return RulesPage(found.serves_minors, found.profiles_by, found.joining, version_of(values))


def _rule_words() -> dict[str, str]:
    return {
        "owners": _("Owners and admins"),
        "staff": _("Owners, admins and teachers"),
        "guardians": _("Guardians too"),
        "invited": _("By invitation"),
        "ask": _("By invitation, or by asking"),
    }
