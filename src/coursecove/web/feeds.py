"""A member's lessons at their secret address, for calendars that sign in nowhere."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from coursecove.accounts.access import OPEN_MEMBER, NotAMember, member_from
from coursecove.kit import clock
from coursecove.kit.db import Claims
from coursecove.scheduling.calendar_queries import feed_lessons
from coursecove.scheduling.feeds import calendar_file, digest

LONGEST_SECRET: Final = 100
KEPT: Final = timedelta(days=90)
"""Lessons of so long ago stay in the feed."""
FEED: Final = "select * from app.feed_by_hash($1)"
PRIVATE: Final = {"cache-control": "private, max-age=300"}


@dataclass(frozen=True, slots=True)
class _Feed:
    organization_id: UUID
    sub: str


async def feed(request: Request) -> Response:
    """As the member whom the address belongs to sees them now; an address that is none says nothing more."""
    secret, state = request.path_params["secret"], request.app.state
    found = None
    if 0 < len(secret) <= LONGEST_SECRET:
        async with state.database.anonymous() as db:
            found = await db.first(_Feed, FEED, digest(secret))
    if found is None or found.organization_id != request.state.school.id:
        return _nothing()
    try:
        async with state.database.read(Claims(found.sub, found.organization_id), OPEN_MEMBER) as db:
            me = member_from(db.opened)
            lessons = await feed_lessons(db, me, clock.now() - KEPT)
    except NotAMember:
        return _nothing()
    body = calendar_file(me, lessons, request.state.origin)
    return Response(body, media_type="text/calendar; charset=utf-8", headers=PRIVATE)


def _nothing() -> Response:
    return PlainTextResponse("", 404, {"cache-control": "no-store"})
