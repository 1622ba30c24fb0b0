"""Locations and their rooms: the list, one of them, and what is put away."""

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
from coursecove.scheduling import forms, place_actions, place_queries
from coursecove.scheduling.models import LocationKind, Room
from coursecove.scheduling.place_actions import LessonsAhead, LocationWish, RoomWish
from coursecove.scheduling.place_queries import LocationFacts, RoomFacts
from coursecove.scheduling.views import LocationPage, LocationRow, LocationsPage, RoomPage, RoomRow
from coursecove.scheduling.wording import kind_word
from coursecove.schools.editing import ChangedMeanwhile

PATH: Final = "/schedule/locations"
FIELDS: Final = ("name", "kind", "address", "time_zone", "meeting_link")


@page("GET", PATH, allow=Permission.MANAGE_SCHEDULE)
async def locations(request: Request, db: ReadDb, me: Member) -> Answer:
    archived = request.query_params.get("status") == "archived"
    cursor = request.query_params.get("cursor")
    found = await place_queries.locations(db, archived=archived, cursor=cursor)
    asked = {"status": "archived" if archived else ""}
    data = LocationsPage(
        tuple(
            LocationRow(each.id, each.name, each.kind, each.address, each.rooms, each.types)
            for each in found.rows
        ),
        ((_("In use"), PATH), (_("Archived"), f"{PATH}?status=archived")),
        f"{PATH}?status=archived" if archived else PATH,
        archived,
        forms.address(PATH, found.previous, **asked),
        forms.address(PATH, found.following, **asked),
    )
    return Page("scheduling/locations.html", data)


@page("GET", f"{PATH}/new", allow=Permission.MANAGE_SCHEDULE)
async def new_location(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("scheduling/location.html", _new({"kind": LocationKind.IN_PERSON, "time_zone": me.time_zone}))


@page("POST", PATH, allow=Permission.MANAGE_SCHEDULE)
async def create_location(request: Request, db: UserDb, me: Member) -> Answer:
    form = await request.form()
    try:
        row = await place_actions.add_location(db, me, _wish(form))
    except (Invalid, Conflict) as refusal:
        data = _refused(_new(forms.given_of(form, *FIELDS)), refusal)
        return Page("scheduling/location.html", data, status=refusal.status)
    return Redirect(f"{PATH}/{row.id}", toast=_("%(name)s is there.") % {"name": row.name})


@page("GET", PATH + "/{location_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def location(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("scheduling/location.html", await _shown(db, _location_id(request)))


@page("POST", PATH + "/{location_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def update_location(request: Request, db: UserDb, me: Member) -> Answer:
    form, location_id = await request.form(), _location_id(request)
    try:
        await place_actions.change_location(db, me, location_id, _wish(form), version=forms.version_of(form))
    except (Invalid, Conflict) as refusal:
        shown = await _shown(db, location_id)
        data = replace(shown, given=forms.given_of(form, *FIELDS))
        if isinstance(refusal, ChangedMeanwhile):
            found = forms.differences(shown.given, data.given, _labels())
            return Page("scheduling/location.html", replace(data, differences=found), status=409)
        return Page("scheduling/location.html", _refused(data, refusal), status=refusal.status)
    return Redirect(f"{PATH}/{location_id}", toast=_("Saved."))


@page("POST", PATH + "/{location_id:uuid}/archiving", allow=Permission.MANAGE_SCHEDULE)
async def create_location_archiving(request: Request, db: UserDb, me: Member) -> Answer:
    location_id = _location_id(request)
    try:
        row = await place_actions.archive_location(db, me, location_id)
    except Conflict as refusal:
        return await _problem(db, location_id, refusal)
    said = _("%(name)s is archived.") % {"name": row.name}
    return Redirect(PATH, toast=said, undo=f"{PATH}/{location_id}/restoration")


@page("POST", PATH + "/{location_id:uuid}/restoration", allow=Permission.MANAGE_SCHEDULE)
async def create_location_restoration(request: Request, db: UserDb, me: Member) -> Answer:
    location_id = _location_id(request)
    try:
        row = await place_actions.restore_location(db, me, location_id)
    except Conflict as refusal:
        return await _problem(db, location_id, refusal)
    return Redirect(f"{PATH}/{location_id}", toast=_("%(name)s is in use again.") % {"name": row.name})


@page("POST", PATH + "/{location_id:uuid}/rooms", allow=Permission.MANAGE_SCHEDULE)
async def create_room(request: Request, db: UserDb, me: Member) -> Answer:
    form, location_id = await request.form(), _location_id(request)
    try:
        row = await place_actions.add_room(db, me, location_id, _room_wish(form))
    except (Invalid, Conflict) as refusal:
        data = replace(
            await _shown(db, location_id),
            room_given=forms.given_of(form, "name", "capacity"),
            room_errors=dict(refusal.fields),
            problem=None if refusal.fields else refusal.message,
        )
        return Page("scheduling/location.html", data, status=refusal.status)
    return Redirect(f"{PATH}/{location_id}", toast=_("%(name)s is there.") % {"name": row.name})


@page("GET", "/schedule/rooms/{room_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def room(request: Request, db: ReadDb, me: Member) -> Answer:
    return Page("scheduling/room.html", await _shown_room(db, _room_id(request)))


@page("POST", "/schedule/rooms/{room_id:uuid}", allow=Permission.MANAGE_SCHEDULE)
async def update_room(request: Request, db: UserDb, me: Member) -> Answer:
    form, room_id = await request.form(), _room_id(request)
    try:
        row = await place_actions.change_room(
            db, me, room_id, _room_wish(form), version=forms.version_of(form)
        )
    except (Invalid, Conflict) as refusal:
        shown = await _shown_room(db, room_id)
        data = replace(shown, given=forms.given_of(form, "name", "capacity"), errors=dict(refusal.fields))
        if isinstance(refusal, ChangedMeanwhile):
            labels = {"name": _("Name"), "capacity": _("People")}
            data = replace(data, differences=forms.differences(shown.given, data.given, labels))
        elif not refusal.fields:
            raise
        return Page("scheduling/room.html", data, status=refusal.status)
    return Redirect(f"{PATH}/{row.location_id}", toast=_("Saved."))


@page("POST", "/schedule/rooms/{room_id:uuid}/archiving", allow=Permission.MANAGE_SCHEDULE)
async def create_room_archiving(request: Request, db: UserDb, me: Member) -> Answer:
    room_id = _room_id(request)
    try:
        row = await place_actions.archive_room(db, me, room_id)
    except LessonsAhead as refusal:
        return await _problem(db, (await db.get(Room, room_id)).location_id, refusal)
    said = _("%(name)s is archived.") % {"name": row.name}
    return Redirect(f"{PATH}/{row.location_id}", toast=said, undo=f"/schedule/rooms/{row.id}/restoration")


@page("POST", "/schedule/rooms/{room_id:uuid}/restoration", allow=Permission.MANAGE_SCHEDULE)
async def create_room_restoration(request: Request, db: UserDb, me: Member) -> Answer:
    row = await place_actions.restore_room(db, me, _room_id(request))
    said = _("%(name)s is in use again.") % {"name": row.name}
    return Redirect(f"{PATH}/{row.location_id}", toast=said)


PAGES: tuple[PageRoute, ...] = (
    locations,
    new_location,
    create_location,
    location,
    update_location,
    create_location_archiving,
    create_location_restoration,
    create_room,
    room,
    update_room,
    create_room_archiving,
    create_room_restoration,
)


def _location_id(request: Request) -> UUID:
    location_id: UUID = request.path_params["location_id"]
    return location_id


def _room_id(request: Request) -> UUID:
    room_id: UUID = request.path_params["room_id"]
    return room_id


def _wish(form: FormData) -> LocationWish:
    kind = forms.words(form, "kind")
    link = forms.words(form, "meeting_link") or None
    return LocationWish(
        forms.words(form, "name"), kind, forms.words(form, "address"), forms.words(form, "time_zone"), link
    )


def _room_wish(form: FormData) -> RoomWish:
    read = forms.Reading(form)
    wish = RoomWish(forms.words(form, "name"), read.number("capacity", otherwise=1))
    read.finish()
    return wish


def _kinds() -> tuple[tuple[str, str], ...]:
    return tuple((each, kind_word(each)) for each in LocationKind)


def _new(given: dict[str, str]) -> LocationPage:
    return LocationPage(None, "", given, _kinds(), forms.zone_choices())


async def _shown(db: Reads, location_id: UUID) -> LocationPage:
    facts = await place_queries.location(db, location_id)
    rooms = await place_queries.rooms_of(db, location_id)
    used = await place_queries.types_at(db, location_id)
    return LocationPage(
        facts.id,
        facts.name,
        _given_by(facts),
        _kinds(),
        forms.zone_choices(),
        str(facts.version),
        facts.archived_at is not None,
        tuple(_room_row(each) for each in rooms),
        tuple((each.name, f"/schedule/types/{each.id}") for each in used),
    )


def _given_by(facts: LocationFacts) -> dict[str, str]:
    return {
        "name": facts.name,
        "kind": facts.kind,
        "address": facts.address,
        "time_zone": facts.time_zone,
        "meeting_link": facts.meeting_link or "",
    }


def _room_row(facts: RoomFacts) -> RoomRow:
    return RoomRow(facts.id, facts.name, facts.capacity, facts.version, facts.archived_at is not None)


async def _shown_room(db: Reads, room_id: UUID) -> RoomPage:
    facts = await place_queries.room(db, room_id)
    place = await place_queries.location(db, facts.location_id)
    given = {"name": facts.name, "capacity": str(facts.capacity)}
    archived = facts.archived_at is not None
    return RoomPage(facts.id, place.id, place.name, facts.name, given, str(facts.version), archived)


def _labels() -> dict[str, str]:
    return {
        "name": _("Name"),
        "kind": _("Kind"),
        "address": _("Address"),
        "time_zone": _("Time zone"),
        "meeting_link": _("Meeting link"),
    }


def _refused(data: LocationPage, refusal: ProblemError) -> LocationPage:
    return replace(data, errors=dict(refusal.fields), problem=None if refusal.fields else refusal.message)


async def _problem(db: UserDb, location_id: UUID, refusal: Conflict) -> Page:
    data = _refused(await _shown(db, location_id), refusal)
    return Page("scheduling/location.html", data, status=refusal.status)
