"""The JSON API of locations, rooms and closures."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response
from starlette.requests import Request

from coursecove.accounts.api_access import Reader, Reading, Writer, Writing
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.permissions import Permission
from coursecove.accounts.scopes import Scope
from coursecove.kit import clock
from coursecove.kit.db import Reads
from coursecove.kit.web.conditional import check_match, entity_tag
from coursecove.kit.web.paging import CursorQuery, Limit, ways_on
from coursecove.scheduling import place_actions, place_queries, schemas
from coursecove.scheduling.hours_models import Closure
from coursecove.scheduling.hours_queries import school_zone
from coursecove.scheduling.models import Location, Room
from coursecove.scheduling.place_actions import ClosureWish, LocationWish, RoomWish

routes = ApiRoutes("Places")

IfMatch = Annotated[str | None, Header(description="The ETag of the version to change; required.")]
Archived = Annotated[bool, Query(description="Those that are archived instead of those in use.")]
AtLocation = Annotated[UUID | None, Query(description="Only those of this location.")]


@routes.get("/locations", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def list_locations(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    archived: Archived = False,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Locations:
    """Where people meet, by name."""
    found = await place_queries.locations(db, archived=archived, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.Location.model_validate(row) for row in found.rows]
    return schemas.Locations(items=items, next=ways.next, previous=ways.previous)


@routes.post("/locations", allow=Permission.MANAGE_SCHEDULE, scope=Scope.WRITE_SCHEDULE)
async def make_location(
    response: Response, wanted: schemas.NewLocation, db: Writing, me: Writer
) -> schemas.Location:
    """Add a location."""
    zone = wanted.time_zone or await school_zone(db)
    wish = LocationWish(wanted.name.strip(), wanted.kind, wanted.address.strip(), zone, wanted.meeting_link)
    row = await place_actions.add_location(db, me, wish)
    return await _location(response, db, row.id)


@routes.get("/locations/{location_id}", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def show_location(location_id: UUID, response: Response, db: Reading, _me: Reader) -> schemas.Location:
    """One location."""
    return await _location(response, db, location_id)


@routes.patch(
    "/locations/{location_id}",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    conditional=True,
)
async def change_location(
    location_id: UUID,
    response: Response,
    changes: schemas.LocationChanges,
    db: Writing,
    me: Writer,
    *,
    if_match: IfMatch = None,
) -> schemas.Location:
    """Change a location, unless somebody else did since you looked."""
    row = await db.get(Location, location_id, lock=True)
    check_match(if_match, entity_tag(row.id, row.version))
    current = LocationWish(row.name, row.kind, row.address, row.time_zone, row.meeting_link)
    wish = replace(current, **changes.given())
    await place_actions.change_location(db, me, location_id, wish, version=None)
    return await _location(response, db, location_id)


@routes.post(
    "/locations/{location_id}/archiving",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    status=200,
)
async def archive_location(
    location_id: UUID, response: Response, db: Writing, me: Writer
) -> schemas.Location:
    """Put a location away; refused while an appointment type takes place there."""
    await place_actions.archive_location(db, me, location_id)
    return await _location(response, db, location_id)


@routes.post(
    "/locations/{location_id}/restoration",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    status=200,
)
async def restore_location(
    location_id: UUID, response: Response, db: Writing, me: Writer
) -> schemas.Location:
    """Take a location into use again."""
    await place_actions.restore_location(db, me, location_id)
    return await _location(response, db, location_id)


@routes.get("/rooms", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def list_rooms(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    location_id: AtLocation = None,
    archived: Archived = False,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Rooms:
    """Rooms, in the order they were made."""
    found = await place_queries.rooms(
        db, location_id=location_id, archived=archived, cursor=cursor, limit=limit
    )
    ways = ways_on(request, response, found)
    items = [schemas.Room.model_validate(row) for row in found.rows]
    return schemas.Rooms(items=items, next=ways.next, previous=ways.previous)


@routes.post("/rooms", allow=Permission.MANAGE_SCHEDULE, scope=Scope.WRITE_SCHEDULE, names_rows=True)
async def make_room(response: Response, wanted: schemas.NewRoom, db: Writing, me: Writer) -> schemas.Room:
    """Add a room to a location."""
    wish = RoomWish(wanted.name.strip(), wanted.capacity)
    row = await place_actions.add_room(db, me, wanted.location_id, wish)
    return await _room(response, db, row.id)


@routes.get("/rooms/{room_id}", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def show_room(room_id: UUID, response: Response, db: Reading, _me: Reader) -> schemas.Room:
    """One room."""
    return await _room(response, db, room_id)


@routes.patch(
    "/rooms/{room_id}", allow=Permission.MANAGE_SCHEDULE, scope=Scope.WRITE_SCHEDULE, conditional=True
)
async def change_room(
    room_id: UUID,
    response: Response,
    changes: schemas.RoomChanges,
    db: Writing,
    me: Writer,
    *,
    if_match: IfMatch = None,
) -> schemas.Room:
    """Change a room, unless somebody else did since you looked."""
    row = await db.get(Room, room_id, lock=True)
    check_match(if_match, entity_tag(row.id, row.version))
    wish = replace(RoomWish(row.name, row.capacity), **changes.given())
    await place_actions.change_room(db, me, room_id, wish, version=None)
    return await _room(response, db, room_id)


@routes.post(
    "/rooms/{room_id}/archiving", allow=Permission.MANAGE_SCHEDULE, scope=Scope.WRITE_SCHEDULE, status=200
)
async def archive_room(room_id: UUID, response: Response, db: Writing, me: Writer) -> schemas.Room:
    """Put a room away."""
    await place_actions.archive_room(db, me, room_id)
    return await _room(response, db, room_id)


@routes.post(
    "/rooms/{room_id}/restoration", allow=Permission.MANAGE_SCHEDULE, scope=Scope.WRITE_SCHEDULE, status=200
)
async def restore_room(room_id: UUID, response: Response, db: Writing, me: Writer) -> schemas.Room:
    """Take a room into use again."""
    await place_actions.restore_room(db, me, room_id)
    return await _room(response, db, room_id)


@routes.get("/closures", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def list_closures(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Closures:
    """Days on which nobody teaches, from today on."""
    found = await place_queries.closures(db, clock.now().date(), cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.Closure.model_validate(row) for row in found.rows]
    return schemas.Closures(items=items, next=ways.next, previous=ways.previous)


@routes.post("/closures", allow=Permission.MANAGE_SCHEDULE, scope=Scope.WRITE_SCHEDULE, names_rows=True)
async def make_closure(
    response: Response, wanted: schemas.NewClosure, db: Writing, me: Writer
) -> schemas.Closure:
    """Close the school, or one location, for some days."""
    wish = ClosureWish(wanted.name.strip(), wanted.first_day, wanted.last_day, wanted.location_id)
    row = await place_actions.add_closure(db, me, wish)
    return await _closure(response, db, row.id)


@routes.get("/closures/{closure_id}", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def show_closure(closure_id: UUID, response: Response, db: Reading, _me: Reader) -> schemas.Closure:
    """One closure."""
    return await _closure(response, db, closure_id)


@routes.patch(
    "/closures/{closure_id}", allow=Permission.MANAGE_SCHEDULE, scope=Scope.WRITE_SCHEDULE, conditional=True
)
async def change_closure(
    closure_id: UUID,
    response: Response,
    changes: schemas.ClosureChanges,
    db: Writing,
    me: Writer,
    *,
    if_match: IfMatch = None,
) -> schemas.Closure:
    """Change a closure, unless somebody else did since you looked."""
    row = await db.get(Closure, closure_id, lock=True)
    check_match(if_match, entity_tag(row.id, row.version))
    wish = replace(ClosureWish(row.name, row.first_day, row.last_day, row.location_id), **changes.given())
    await place_actions.change_closure(db, me, closure_id, wish, version=None)
    return await _closure(response, db, closure_id)


@routes.post(
    "/closures/{closure_id}/removal",
    allow=Permission.MANAGE_SCHEDULE,
    scope=Scope.WRITE_SCHEDULE,
    status=204,
)
async def remove_closure(closure_id: UUID, db: Writing, me: Writer) -> None:
    """Open the school again on these days."""
    await place_actions.remove_closure(db, me, closure_id)


async def _location(response: Response, db: Reads, location_id: UUID) -> schemas.Location:
    facts = await place_queries.location(db, location_id)
    response.headers["etag"] = entity_tag(facts.id, facts.version)
    return schemas.Location.model_validate(facts)


async def _room(response: Response, db: Reads, room_id: UUID) -> schemas.Room:
    facts = await place_queries.room(db, room_id)
    response.headers["etag"] = entity_tag(facts.id, facts.version)
    return schemas.Room.model_validate(facts)


async def _closure(response: Response, db: Reads, closure_id: UUID) -> schemas.Closure:
    facts = await place_queries.closure(db, closure_id)
    response.headers["etag"] = entity_tag(facts.id, facts.version)
    return schemas.Closure.model_validate(facts)
