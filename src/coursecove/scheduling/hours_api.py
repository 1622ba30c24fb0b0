"""The JSON API of teachers' hours."""

from datetime import time
from typing import Annotated
from uuid import UUID

from fastapi import Header, Response
from starlette.requests import Request

from coursecove.accounts.api_access import Reader, Reading, Writer, Writing
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.permissions import Permission
from coursecove.accounts.scopes import Scope
from coursecove.kit import clock
from coursecove.kit.db import Reads
from coursecove.kit.web.conditional import check_match, entity_tag
from coursecove.kit.web.paging import CursorQuery, Limit, ways_on
from coursecove.scheduling import hours_actions, hours_queries, schemas
from coursecove.scheduling.hours_actions import ExceptionWish
from coursecove.scheduling.hours_queries import ExceptionFacts, Stretch
from coursecove.scheduling.type_queries import teacher
from coursecove.scheduling.week_form import clock_words

IfMatch = Annotated[str | None, Header(description="The ETag of the version to change; required.")]

routes = ApiRoutes("Teaching hours")


@routes.get("/members/{member_id}/availability", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE)
async def show_availability(
    member_id: UUID, response: Response, db: Reading, _me: Reader
) -> schemas.Availability:
    """A teacher's week, before exceptions, closures and bookings."""
    return await _availability(response, db, member_id)


@routes.patch(
    "/members/{member_id}/availability",
    allow=Permission.OFFER_LESSONS,
    scope=Scope.WRITE_SCHEDULE,
    conditional=True,
)
async def change_availability(
    member_id: UUID,
    response: Response,
    changes: schemas.AvailabilityChanges,
    db: Writing,
    me: Writer,
    *,
    if_match: IfMatch = None,
) -> schemas.Availability:
    """Change one's own week, or as an owner a teacher's, unless somebody else did since you looked."""
    await hours_actions.check_whose(db, me, me.member_id, member_id)
    week = await hours_queries.week_of(db, member_id)
    check_match(if_match, entity_tag(member_id, week.version))
    given = changes.given()
    hours = (
        [_stretch(each) for each in given["hours"]]
        if "hours" in given
        else await hours_queries.hours_of(db, member_id)
    )
    zone = given.get("time_zone", week.time_zone)
    await hours_actions.set_week(db, me, me.member_id, member_id, hours, time_zone=zone, version=week.version)
    return await _availability(response, db, member_id)


@routes.get(
    "/members/{member_id}/availability/exceptions", allow=Permission.BOOK_LESSONS, scope=Scope.READ_SCHEDULE
)
async def list_availability_exceptions(
    member_id: UUID,
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.AvailabilityExceptions:
    """Dates with other hours than the week's, from today on."""
    await teacher(db, member_id)
    found = await hours_queries.exceptions_of(db, member_id, clock.now().date(), cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [_exception(row) for row in found.rows]
    return schemas.AvailabilityExceptions(items=items, next=ways.next, previous=ways.previous)


@routes.post(
    "/members/{member_id}/availability/exceptions",
    allow=Permission.OFFER_LESSONS,
    scope=Scope.WRITE_SCHEDULE,
    names_rows=True,
)
async def make_availability_exception(
    member_id: UUID, wanted: schemas.NewAvailabilityException, db: Writing, me: Writer
) -> schemas.AvailabilityException:
    """Other hours on one date, or a day off."""
    wish = ExceptionWish(wanted.date, _time(wanted.starts), _time(wanted.ends), wanted.location_id)
    row = await hours_actions.add_exception(db, me, me.member_id, member_id, wish)
    return _exception(await hours_queries.exception_facts(db, member_id, row.id))


@routes.post(
    "/members/{member_id}/availability/exceptions/{exception_id}/removal",
    allow=Permission.OFFER_LESSONS,
    scope=Scope.WRITE_SCHEDULE,
    status=204,
)
async def remove_availability_exception(member_id: UUID, exception_id: UUID, db: Writing, me: Writer) -> None:
    """Let the week count again on that date."""
    await hours_actions.remove_exception(db, me, me.member_id, member_id, exception_id)


async def _availability(response: Response, db: Reads, member_id: UUID) -> schemas.Availability:
    whose = await teacher(db, member_id)
    week = await hours_queries.week_of(db, whose.id)
    response.headers["etag"] = entity_tag(whose.id, week.version)
    hours = [
        schemas.Hours(
            weekday=each.weekday,
            starts=clock_words(each.starts),
            ends=clock_words(each.ends),
            location_id=each.location_id,
        )
        for each in await hours_queries.hours_of(db, whose.id)
    ]
    return schemas.Availability(member_id=whose.id, time_zone=week.time_zone, hours=hours)


def _stretch(wanted: schemas.Hours) -> Stretch:
    starts, ends = time.fromisoformat(wanted.starts), time.fromisoformat(wanted.ends)
    return Stretch(wanted.weekday, starts, ends, wanted.location_id)


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def _exception(facts: ExceptionFacts) -> schemas.AvailabilityException:
    return schemas.AvailabilityException(
        id=facts.id,
        date=facts.date,
        starts=clock_words(facts.starts) if facts.starts is not None else None,
        ends=clock_words(facts.ends) if facts.ends is not None else None,
        location_id=facts.location_id,
    )
