"""Days on which the school is closed: listed, added, changed, taken away and put back."""

from dataclasses import replace
from datetime import date
from typing import Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request

from coursecove.accounts.access import Answer, Member, PageRoute, Redirect, page
from coursecove.accounts.permissions import Permission
from coursecove.kit import clock
from coursecove.kit.db import ReadDb, Reads, UserDb
from coursecove.kit.errors import Conflict, Invalid
from coursecove.kit.web.language import gettext as _
from coursecove.kit.web.render import Page
from coursecove.scheduling import forms, place_actions, place_queries
from coursecove.scheduling.place_actions import ClosureWish
from coursecove.scheduling.place_queries import ClosureFacts
from coursecove.scheduling.views import ClosurePage, ClosureRow, ClosuresPage
from coursecove.schools.editing import ChangedMeanwhile

PATH: Final = "/schedule/closures"
FIELDS: Final = ("name", "first_day", "last_day", "location_id")


@page("GET", PATH, allow=Permission.MANAGE_SCHEDULE)
async def closures(request: Request, db: ReadDb, me: Member) -> Answer:
    data = await _list(db, me, request.query_params.get("cursor"))
    return Page("scheduling/closures.html", data)


@page("POST", PATH, allow=Permission.MANAGE_SCHEDULE)
async def create_closure(request: Request, db: UserDb, me: Member) -> Answer:
    given = forms.sent(request.query_params, await request.form())
    try:
        row = await place_actions.add_closure(db, me, _wish(given))
    except Invalid as refusal:
        shown = replace(await _list(db, me), given=_given(given), errors=dict(refusal.fields))
        return Page("scheduling/closures.html", shown, status=refusal.status)
    return Redirect(PATH, toast=_("%(name)s is in the calendar.") % {"name": row.name})


@page("GET", PATH + "/{closure_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def closure(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("scheduling/closure.html", await _shown(db, _id(request)))


@page("POST", PATH + "/{closure_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def update_closure(request: Request, db: UserDb, me: Member) -> Answer:
    form, closure_id = await request.form(), _id(request)
    try:
        version = forms.version_of(form)
        await place_actions.change_closure(db, me, closure_id, _wish(dict(form)), version=version)
    except (Invalid, Conflict) as refusal:
        shown = await _shown(db, closure_id)
        data = replace(shown, given=_given(dict(form)), errors=dict(refusal.fields))
        if isinstance(refusal, ChangedMeanwhile):
            labels = {"name": _("Name"), "first_day": _("First day"), "last_day": _("Last day")}
            data = replace(data, differences=forms.differences(shown.given, data.given, labels))
        return Page("scheduling/closure.html", data, status=refusal.status)
    return Redirect(PATH, toast=_("Saved."))


@page("POST", PATH + "/{closure_id:uuid}/removal", allow=Permission.MANAGE_SCHEDULE)
async def create_closure_removal(request: Request, db: UserDb, me: Member) -> Answer:
    was = await place_actions.remove_closure(db, me, _id(request))
    fields = {
        "name": was.name,
        "first_day": was.first_day.isoformat(),
        "last_day": was.last_day.isoformat(),
        "location_id": str(was.location_id or ""),
    }
    said = _("%(name)s is out of the calendar.") % {"name": was.name}
    return Redirect(PATH, toast=said, undo=f"{PATH}?{urlencode(fields)}")


PAGES: tuple[PageRoute, ...] = (
    closures,
    create_closure,
    closure,
    update_closure,
    create_closure_removal,
)


def today_of(me: Member) -> date:
    return clock.now().astimezone(ZoneInfo(me.time_zone)).date()


def _id(request: Request) -> UUID:
    closure_id: UUID = request.path_params["closure_id"]
    return closure_id


def _given(given: dict[str, object]) -> dict[str, str]:
    return {name: forms.words(given, name) for name in FIELDS}


def _wish(given: dict[str, object]) -> ClosureWish:
    read = forms.Reading(given)
    first = read.day("first_day")
    last = read.day("last_day") if forms.words(given, "last_day") else first
    read.finish()
    return ClosureWish(forms.words(given, "name"), first, last, forms.id_of(given.get("location_id")))


async def _list(db: Reads, me: Member, cursor: str | None = None) -> ClosuresPage:
    found = await place_queries.closures(db, today_of(me), cursor=cursor)
    return ClosuresPage(
        tuple(_row(each) for each in found.rows),
        await _places(db),
        {},
        newer=forms.address(PATH, found.previous),
        older=forms.address(PATH, found.following),
    )


def _row(facts: ClosureFacts) -> ClosureRow:
    return ClosureRow(facts.id, facts.name, facts.first_day, facts.last_day, facts.location)


async def _places(db: Reads) -> tuple[tuple[str, str], ...]:
    found = await place_queries.location_choices(db)
    return (("", _("The whole school")), *((str(each.id), each.name) for each in found))


async def _shown(db: Reads, closure_id: UUID) -> ClosurePage:
    facts = await place_queries.closure(db, closure_id)
    given = {
        "name": facts.name,
        "first_day": facts.first_day.isoformat(),
        "last_day": facts.last_day.isoformat(),
        "location_id": str(facts.location_id or ""),
    }
    return ClosurePage(facts.id, facts.name, await _places(db), given, str(facts.version))
