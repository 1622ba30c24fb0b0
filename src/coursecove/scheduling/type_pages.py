"""Kinds of appointment: the list, one of them, its life, and who teaches it."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Conflict, Invalid, ProblemError
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.scheduling import forms
from coursecove.scheduling.place_queries import location_choices
from coursecove.scheduling.type_actions import (
    TypeWish,
    archive_type,
    change_type,
    create_type,
    delete_type,
    publish_type,
    restore_type,
    set_teachers,
    withdraw_type,
)
from coursecove.scheduling.type_queries import (
    ALL_STATUSES,
    TypeFacts,
    qualified_for,
    teachers,
    type_facts,
    types,
)
from coursecove.scheduling.views import Tick, TypePage, TypeRow, TypesPage
from coursecove.scheduling.wording import status_word
from coursecove.schools.editing import ChangedMeanwhile, Difference

PATH: Final = "/schedule/types"
FIELDS: Final = (
    "name",
    "duration_minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "notice_hours",
    "horizon_days",
    "daily_limit",
    "price",
    "currency",
    "colour",
    "cancel_notice_hours",
)
NEW: Final = {
    "duration_minutes": "30",
    "buffer_before_minutes": "0",
    "buffer_after_minutes": "0",
    "notice_hours": "12",
    "horizon_days": "60",
    "cancel_notice_hours": "24",
    "colour": "#0f766e",
}
ARCHIVED: Final = ("archived",)


@page("GET", PATH, allow=Permission.MANAGE_SCHEDULE)
async def appointment_types(request: Request, db: ReadDb, me: Member) -> Answer:
    status = request.query_params.get("status", "")
    status = status if status in (*ALL_STATUSES, *ARCHIVED) else ""
    q = forms.words(request.query_params, "q", longest=100)
    found = await types(
        db,
        statuses=(status,) if status else ALL_STATUSES,
        text=q,
        cursor=request.query_params.get("cursor"),
    )
    tabs = [(_("Current"), PATH)] + [
        (status_word(each), f"{PATH}?status={each}") for each in (*ALL_STATUSES, *ARCHIVED)
    ]
    data = TypesPage(
        tuple(_row(each) for each in found.rows),
        tuple(tabs),
        f"{PATH}?status={status}" if status else PATH,
        status,
        q,
        forms.address(PATH, found.previous, status=status, q=q),
        forms.address(PATH, found.following, status=status, q=q),
    )
    return Page("scheduling/types.html", data)


@page("GET", f"{PATH}/new", allow=Permission.MANAGE_SCHEDULE)
async def new_appointment_type(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("scheduling/type.html", await _new(db, NEW, frozenset()))


@page("POST", PATH, allow=Permission.MANAGE_SCHEDULE)
async def create_appointment_type(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    try:
        row = await create_type(db, me, _wish(form))
    except (Invalid, Conflict) as refusal:
        data = await _new(db, _given(form), forms.ids_of(form, "location_ids"))
        return Page("scheduling/type.html", _refused(data, refusal), status=refusal.status)
    return Redirect(f"{PATH}/{row.id}", toast=_("Made as a draft. Choose who teaches it, then publish it."))


@page("GET", PATH + "/{type_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def appointment_type(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("scheduling/type.html", await _shown(db, _id(request)))


@page("POST", PATH + "/{type_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def update_appointment_type(request: Request, db: UserDb, me: Member) -> Answer:
    form, type_id = await request.form(), _id(request)
    try:
        await change_type(db, me, type_id, _wish(form), version=forms.version_of(form))
    except (Invalid, Conflict) as refusal:
        shown = await _shown(db, type_id)
        chosen = forms.ids_of(form, "location_ids")
        data = replace(
            shown,
            given=_given(form),
            locations=tuple(
                replace(each, chosen=forms.id_of(each.value) in chosen) for each in shown.locations
            ),
        )
        if isinstance(refusal, ChangedMeanwhile):
            data = replace(data, differences=_differences(shown, data))
            return Page("scheduling/type.html", data, status=409)
        return Page("scheduling/type.html", _refused(data, refusal), status=refusal.status)
    return Redirect(f"{PATH}/{type_id}", toast=_("Saved."))


@page("POST", PATH + "/{type_id:uuid}/teachers", allow=Permission.MANAGE_SCHEDULE)
async def update_type_teachers(request: Request, db: UserDb, me: Member) -> Answer:
    form, type_id = await request.form(), _id(request)
    await set_teachers(db, me, type_id, forms.ids_of(form, "teacher_ids"))
    return Redirect(f"{PATH}/{type_id}", toast=_("Saved who teaches it."))


@page("POST", PATH + "/{type_id:uuid}/publication", allow=Permission.MANAGE_SCHEDULE)
async def create_type_publication(request: Request, db: UserDb, me: Member) -> Answer:
    type_id = _id(request)
    try:
        row = await publish_type(db, me, type_id)
    except Conflict as refusal:
        return await _problem(db, type_id, refusal)
    said = _("%(name)s can be booked now.") % {"name": row.name}
    return Redirect(f"{PATH}/{type_id}", toast=said, undo=f"{PATH}/{type_id}/withdrawal")


@page("POST", PATH + "/{type_id:uuid}/withdrawal", allow=Permission.MANAGE_SCHEDULE)
async def create_type_withdrawal(request: Request, db: UserDb, me: Member) -> Answer:
    type_id = _id(request)
    try:
        row = await withdraw_type(db, me, type_id)
    except Conflict as refusal:
        return await _problem(db, type_id, refusal)
    said = _("%(name)s can no longer be booked. What is booked stays.") % {"name": row.name}
    return Redirect(f"{PATH}/{type_id}", toast=said, undo=f"{PATH}/{type_id}/publication")


@page("POST", PATH + "/{type_id:uuid}/archiving", allow=Permission.MANAGE_SCHEDULE)
async def create_type_archiving(request: Request, db: UserDb, me: Member) -> Answer:
    type_id = _id(request)
    try:
        row = await archive_type(db, me, type_id)
    except Conflict as refusal:
        return await _problem(db, type_id, refusal)
    said = _("%(name)s is archived.") % {"name": row.name}
    return Redirect(PATH, toast=said, undo=f"{PATH}/{type_id}/restoration")


@page("POST", PATH + "/{type_id:uuid}/restoration", allow=Permission.MANAGE_SCHEDULE)
async def create_type_restoration(request: Request, db: UserDb, me: Member) -> Answer:
    type_id = _id(request)
    try:
        row = await restore_type(db, me, type_id)
    except Conflict as refusal:
        return await _problem(db, type_id, refusal)
    return Redirect(f"{PATH}/{type_id}", toast=_("%(name)s is a draft again.") % {"name": row.name})


@page("POST", PATH + "/{type_id:uuid}/deletion", allow=Permission.MANAGE_SCHEDULE)
async def create_type_deletion(request: Request, db: UserDb, me: Member) -> Answer:
    """A draft goes for good; the page asked before."""
    type_id = _id(request)
    try:
        name = await delete_type(db, me, type_id)
    except Conflict as refusal:
        return await _problem(db, type_id, refusal)
    return Redirect(PATH, toast=_("The draft %(name)s is deleted.") % {"name": name})


PAGES: tuple[PageRoute, ...] = (
    appointment_types,
    new_appointment_type,
    create_appointment_type,
    appointment_type,
    update_appointment_type,
    update_type_teachers,
    create_type_publication,
    create_type_withdrawal,
    create_type_archiving,
    create_type_restoration,
    create_type_deletion,
)


def _id(request: Request) -> UUID:
    type_id: UUID = request.path_params["type_id"]
    return type_id


def _row(facts: TypeFacts) -> TypeRow:
    return TypeRow(
        facts.id,
        facts.name,
        facts.status,
        facts.duration_minutes,
        forms.price_words(facts.price_minor, facts.currency),
        tuple(facts.locations),
        facts.teachers,
        facts.colour,
    )


def _wish(form: FormData) -> TypeWish:
    """What the form asks for, or Invalid with everything that cannot be read."""
    read = forms.Reading(form)
    currency = forms.words(form, "currency") or None
    price = read.price("price", currency)
    wish = TypeWish(
        name=forms.words(form, "name"),
        description=forms.lines(form, "description"),
        duration_minutes=read.number("duration_minutes", otherwise=30),
        buffer_before_minutes=read.number("buffer_before_minutes", otherwise=0),
        buffer_after_minutes=read.number("buffer_after_minutes", otherwise=0),
        notice_minutes=read.hours("notice_hours"),
        horizon_days=read.number("horizon_days", otherwise=1),
        daily_limit=read.whole("daily_limit"),
        price_minor=price,
        currency=currency if price is not None else None,
        colour=forms.words(form, "colour").lower() or None,
        cancel_notice_hours=read.number("cancel_notice_hours", otherwise=0),
        location_ids=forms.ids_of(form, "location_ids"),
    )
    if price is not None and currency is None:
        read.problems["currency"] = _("Choose the currency of the price.")
    read.finish()
    return wish


def _given(form: FormData) -> dict[str, str]:
    return {**forms.given_of(form, *FIELDS), "description": forms.lines(form, "description")}


def _given_by(facts: TypeFacts) -> dict[str, str]:
    return {
        "name": facts.name,
        "description": facts.description,
        "duration_minutes": str(facts.duration_minutes),
        "buffer_before_minutes": str(facts.buffer_before_minutes),
        "buffer_after_minutes": str(facts.buffer_after_minutes),
        "notice_hours": forms.hour_words(facts.notice_minutes),
        "horizon_days": str(facts.horizon_days),
        "daily_limit": "" if facts.daily_limit is None else str(facts.daily_limit),
        "price": forms.amount(facts.price_minor, facts.currency),
        "currency": facts.currency or "",
        "colour": facts.colour or "",
        "cancel_notice_hours": str(facts.cancel_notice_hours),
    }


async def _new(db: Reads, given: dict[str, str], chosen: frozenset[UUID]) -> TypePage:
    return TypePage(None, "", "draft", given, await _locations(db, chosen), _currencies())


async def _shown(db: Reads, type_id: UUID) -> TypePage:
    facts = await type_facts(db, type_id)
    qualified = await qualified_for(db, type_id)
    return TypePage(
        facts.id,
        facts.name,
        facts.status,
        _given_by(facts),
        await _locations(db, frozenset(facts.location_ids)),
        _currencies(),
        str(facts.version),
        tuple(Tick(str(each.id), each.name, each.id in qualified) for each in await teachers(db)),
    )


async def _locations(db: Reads, chosen: frozenset[UUID]) -> tuple[Tick, ...]:
    return tuple(Tick(str(each.id), each.name, each.id in chosen) for each in await location_choices(db))


def _currencies() -> tuple[tuple[str, str], ...]:
    return (("", _("no price")), *((each, each) for each in forms.CURRENCIES))


def _refused(data: TypePage, refusal: ProblemError) -> TypePage:
    names = {"notice_minutes": "notice_hours", "price_minor": "price"}
    errors = {names.get(name, name): text for name, text in refusal.fields.items()}
    return replace(data, errors=errors, problem=None if errors else refusal.message)


async def _problem(db: UserDb, type_id: UUID, refusal: Conflict) -> Page:
    data = replace(await _shown(db, type_id), problem=refusal.message)
    return Page("scheduling/type.html", data, status=refusal.status)


def _differences(theirs: TypePage, yours: TypePage) -> tuple[Difference, ...]:
    labels = {
        "name": _("Name"),
        "description": _("Description"),
        "duration_minutes": _("Minutes"),
        "buffer_before_minutes": _("Minutes kept free before"),
        "buffer_after_minutes": _("Minutes kept free after"),
        "notice_hours": _("Hours of notice"),
        "horizon_days": _("Days ahead"),
        "daily_limit": _("At most a day"),
        "price": _("Price"),
        "currency": _("Currency"),
        "colour": _("Colour"),
        "cancel_notice_hours": _("Hours to cancel in time"),
        "locations": _("Locations"),
    }
    return forms.differences(_with_places(theirs), _with_places(yours), labels)


def _with_places(data: TypePage) -> dict[str, str]:
    return {**data.given, "locations": ", ".join(each.words for each in data.locations if each.chosen)}
