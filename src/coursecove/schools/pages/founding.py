"""Founding a school: four questions, an agreement, and the school coming up."""

from dataclasses import replace
from datetime import timedelta

from starlette.requests import Request

from coursecove.accounts.access import Answer, Download, Redirect
from coursecove.accounts.actions import LOCALES
from coursecove.accounts.person_access import Person, PersonRoute, person_page
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, UserDb
from coursecove.kit.errors import Invalid, NotFound
from coursecove.kit.web.branding import legibility
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.schools.actions.founding import (
    TextChanged,
    Witness,
    agree,
    my_founding,
    say_looks,
    say_name,
    say_place,
)
from coursecove.schools.founding_models import Founding
from coursecove.schools.guessing import guessed_locale, guessed_zone
from coursecove.schools.legal import DOCUMENTS
from coursecove.schools.logos import LARGEST_FILE, remade
from coursecove.schools.naming import label_of
from coursecove.schools.pages.address import check_rate
from coursecove.schools.pages.forms import chosen_color, shown_color, text, uploaded, zone_choices
from coursecove.schools.pages.legal import texts
from coursecove.schools.queries import founding as queries
from coursecove.schools.queries.founding import Draft
from coursecove.schools.standing import standing_of
from coursecove.schools.views import (
    PALETTE,
    FoundLookPage,
    FoundNamePage,
    FoundPlacePage,
    FoundProgressPage,
    FoundTermsPage,
)

SLOW = timedelta(seconds=20)
NAME, LOOK, PLACE, TERMS, PROGRESS = (
    "/found",
    "/found/look",
    "/found/place",
    "/found/terms",
    "/found/progress",
)


@person_page("GET", NAME, joins=True)
async def found(request: Request, db: ReadDb, me: Person) -> Answer:
    """What it is called and where it lives; `label` comes along from an address that nobody has yet."""
    draft = await queries.draft(db)
    if draft is not None and draft.state == "submitted":
        return Redirect(PROGRESS)
    asked = request.query_params
    name = asked.get("name", draft.name if draft else "")[:200]
    typed = asked.get("slug", asked.get("label", draft.slug if draft else ""))[:100]
    data = FoundNamePage(
        name, typed, request.app.state.root.name, None, failed=draft.problem if draft else None
    )
    if name.strip() or typed.strip():
        check_rate(request)
        data = replace(
            data, standing=await standing_of(db, request.app.state.root, typed, name=name, empty_means=name)
        )
    return Page("schools/found_name.html", data, block="standing")


@person_page("POST", NAME)
async def create_founding(request: Request, db: UserDb, me: Person) -> Answer:
    form = await request.form()
    root = request.app.state.root
    name, typed = text(form, "name"), text(form, "suggestion") or text(form, "slug")
    zone, locale = guessed_zone(request.headers), guessed_locale(request.headers)
    try:
        await say_name(db, name=name, typed=typed, time_zone=zone, locale=locale)
    except Invalid as refusal:
        standing = await standing_of(db, root, typed, name=name, empty_means=name)
        data = FoundNamePage(name, typed, root.name, standing, errors=dict(refusal.fields))
        return Page("schools/found_name.html", data, status=422)
    return Redirect(LOOK)


@person_page("GET", LOOK)
async def found_look(request: Request, db: ReadDb, me: Person) -> Answer:
    draft = await queries.draft(db)
    if draft is None or draft.state == "submitted":
        return _elsewhere(draft)
    data = _look(draft)
    tried = shown_color(chosen_color(request.query_params))
    if tried:
        data = replace(data, color=tried, legibility=legibility(tried))
    return Page("schools/found_look.html", data, block="color")


@person_page("POST", LOOK)
async def update_founding_look(request: Request, db: UserDb, me: Person) -> Answer:
    form = await request.form()
    draft, shown = await _mine(db)
    color = chosen_color(form)
    try:
        sent = await uploaded(form, "logo", largest=LARGEST_FILE)
        await say_looks(db, draft, color=color, logo=await remade(sent) if sent else None)
    except Invalid as refusal:
        tried = shown_color(color)
        data = replace(
            _look(shown), errors=dict(refusal.fields), legibility=legibility(tried) if tried else None
        )
        return Page("schools/found_look.html", data, status=422)
    return Redirect(PLACE)


@person_page("GET", "/found/logo")
async def found_logo(request: Request, db: ReadDb, me: Person) -> Answer:
    """The picture as it was made anew, for the founder's eyes."""
    image = await queries.drafted_logo(db)
    if image is None:
        raise NotFound
    return Download("logo.png", image, "image/png")


@person_page("GET", PLACE)
async def found_place(request: Request, db: ReadDb, me: Person) -> Answer:
    draft = await queries.draft(db)
    if draft is None or draft.state == "submitted":
        return _elsewhere(draft)
    return Page("schools/found_place.html", _place(draft))


@person_page("POST", PLACE)
async def update_founding_place(request: Request, db: UserDb, me: Person) -> Answer:
    form = await request.form()
    draft, shown = await _mine(db)
    zone, locale = text(form, "time_zone"), text(form, "locale")
    minors = {"yes": True, "no": False}.get(text(form, "serves_minors"))
    try:
        await say_place(db, draft, time_zone=zone, locale=locale, serves_minors=minors)
    except Invalid as refusal:
        data = replace(
            _place(shown), time_zone=zone, locale=locale, serves_minors=minors, errors=dict(refusal.fields)
        )
        return Page("schools/found_place.html", data, status=422)
    return Redirect(TERMS)


@person_page("GET", TERMS)
async def found_terms(request: Request, db: ReadDb, me: Person) -> Answer:
    draft = await queries.draft(db)
    if draft is None or draft.state == "submitted":
        return _elsewhere(draft)
    if not draft.looks_chosen or not draft.place_chosen:
        return Redirect(PLACE if draft.looks_chosen else LOOK)
    return Page("schools/found_terms.html", _terms(request, draft))


@person_page("POST", TERMS)
async def create_agreement(request: Request, db: UserDb, me: Person) -> Answer:
    form = await request.form()
    draft, shown = await _mine(db)
    if not shown.looks_chosen or not shown.place_chosen:
        return Redirect(TERMS)
    agreed = {key: text(form, key) for key in DOCUMENTS if form.get(key)}
    witness = Witness(request.client.host if request.client else None, request.headers.get("user-agent"))
    try:
        await agree(db, draft, agreed, witness)
    except TextChanged as changed:
        data = replace(_terms(request, shown), notice=changed.message)
        return Page("schools/found_terms.html", data, status=422)
    except Invalid as refusal:
        if "slug" in refusal.fields:
            return Redirect(NAME, toast=_("That address was taken meanwhile. Choose another."))
        data = replace(_terms(request, shown), agreed=tuple(agreed), errors=dict(refusal.fields))
        return Page("schools/found_terms.html", data, status=422)
    return Redirect(PROGRESS)


@person_page("GET", PROGRESS)
async def founding_progress(request: Request, db: ReadDb, me: Person) -> Answer:
    """Looked at again and again until the school is there; then its own dashboard."""
    progress = await queries.progress(db)
    if progress is None or progress.state in ("drafted", "failed"):
        return Redirect(NAME)
    if progress.label is not None:
        return Redirect(f"{request.app.state.root.origin(progress.label)}/dashboard")
    since = clock.now() - (progress.submitted_at or clock.now())
    done = 3 if progress.state == "done" else 2 if progress.at_provider else 1
    data = FoundProgressPage(progress.name, done, slow=since > SLOW)
    return Page("schools/found_progress.html", data, block="progress")


PAGES: tuple[PersonRoute, ...] = (
    found,
    create_founding,
    found_look,
    update_founding_look,
    found_logo,
    found_place,
    update_founding_place,
    found_terms,
    create_agreement,
    founding_progress,
)


def _elsewhere(draft: Draft | None) -> Redirect:
    return Redirect(PROGRESS if draft is not None else NAME)


async def _mine(db: UserDb) -> tuple[Founding, Draft]:
    """The row to change, locked, and what it says."""
    row, shown = await my_founding(db), await queries.draft(db)
    if row is None or shown is None:
        raise NotFound(_("There is no school in the making here. Begin with its name."))
    return row, shown


def _look(draft: Draft) -> FoundLookPage:
    color = draft.brand_color or PALETTE[0]
    return FoundLookPage(draft.name, color, legibility(color), draft.has_logo)


def _place(draft: Draft) -> FoundPlacePage:
    return FoundPlacePage(
        draft.name,
        draft.time_zone,
        draft.locale,
        draft.serves_minors,
        guessed=not draft.place_chosen,
        time_zones=zone_choices(),
        locales=tuple(LOCALES.items()),
    )


def _terms(request: Request, draft: Draft) -> FoundTermsPage:
    root = request.app.state.root
    return FoundTermsPage(
        draft.name,
        root.netloc(f"{label_of(draft.slug)}.{root.name}"),
        draft.brand_color or PALETTE[0],
        draft.time_zone,
        LOCALES[draft.locale],
        bool(draft.serves_minors),
        draft.has_logo,
        texts(),
    )
