"""Looking at pages: it changes nothing, costs few round trips, and weighs little."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest_asyncio

from coursecove.accounts.roles import Role
from tests.conftest import Server, cloned
from tests.pages import course_addresses, scheduling_addresses
from tests.pages.addresses import NOTED, OPERATOR_PAGES, Rows, may_see, rows_of
from tests.pages.stage import Site, Visitor, only_there
from tests.pages.state import state_of
from tests.pages.wire import Wire

HOT, OTHER, OPERATORS, NOTING = 1, 4, 9, 5
"""Round trips of a hot page, of any other (begin, open, read, commit), of the operator's, whom nobody waits for;
and what it costs besides to note in the audit log that somebody looked at children."""
SELDOM = {
    "school_address": 2,
    "school_joining": 1,
    "move": 3,
    "calendar": 1,
    **scheduling_addresses.SELDOM,
    **course_addresses.SELDOM,
}
"""Pages that are opened once in a while, a search for another time, and whose calendars there are: what they read besides, each in a short statement of its own."""
TWENTY_FIVE_KB = 25 * 1024
SHARED = ("/api/v1/docs",)
"""Pages that every host of a school shows to everybody."""


async def _visits(site: Site, rows: Rows) -> list[tuple[Visitor, str]]:
    """Everybody who may look, at everything they may look at."""
    found = [
        (site.member(site.world.music.one(role)), path)
        for role in Role
        for route in may_see(role)
        for path in rows.of(route)
    ]
    found += [
        (site.operator(), path)
        for route in OPERATOR_PAGES
        if route.method == "GET"
        for path in rows.of(route)
    ]
    found += [
        (site.nobody(""), "/"),
        (site.nobody("mail"), "/"),
        *((site.nobody("musicschool"), path) for path in SHARED),
    ]
    return found


async def test_looking_changes_nothing(server: Server) -> None:
    async with cloned(server) as url, Site.opened(server, url) as site:
        visits = await _visits(site, await rows_of(site, site.world.music))
        visits += [(site.member(only_there(site.world, role), at="musicschool"), "/people") for role in Role]
        visits += [(site.nobody("musicschool"), "/people")]
        admin = await asyncpg.connect(url)
        before = await state_of(admin)
        for visitor, path in visits:
            await visitor.get(path)
        after = await state_of(admin)
        await admin.close()
    assert {name for name in before if before[name] != after[name]} <= {"public.audit_log"}


async def test_every_page_is_light(site: Site) -> None:
    for visitor, path in await _visits(site, await rows_of(site, site.world.music)):
        answer = await visitor.get(path, **{"accept-encoding": "gzip"})
        assert answer.status_code in (200, 404)
        if "content-encoding" in answer.headers:
            assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < TWENTY_FIVE_KB, path


@pytest_asyncio.fixture
async def wire(server: Server) -> AsyncIterator[tuple[Site, Wire]]:
    async with cloned(server) as url, Wire.before(url) as wire, Site.opened(server, wire.url) as site:
        yield site, wire


async def test_every_page_keeps_its_budget_of_round_trips(wire: tuple[Site, Wire]) -> None:
    site, counter = wire
    rows = await rows_of(site, site.world.music)
    spent = {}
    for role in Role:
        visitor = site.member(site.world.music.one(role))
        for route in may_see(role):
            if route.name in course_addresses.STORED:
                continue
            path = await _first_shown(visitor, rows.of(route))
            allowed = (
                HOT
                if route.call is not None
                else OTHER + NOTING * (route.name in NOTED) + SELDOM.get(route.name, 0)
            )
            spent[f"{path} as {role.value}"] = await _spent(visitor, path, counter) - allowed
    for route in OPERATOR_PAGES:
        if route.method == "GET":
            path = await _first_shown(site.operator(), rows.of(route))
            spent[f"operator {path}"] = await _spent(site.operator(), path, counter) - OPERATORS
    assert {page: over for page, over in spent.items() if over > 0} == {}


async def _first_shown(visitor: Visitor, paths: Iterator[str]) -> str:
    """A page about one person may be there for some roles only."""
    tried = {path: (await visitor.get(path)).status_code for path in paths}
    shown = [path for path, status in tried.items() if status == 200]
    assert shown, tried
    return shown[0]


async def _spent(visitor: Visitor, path: str, counter: Wire) -> int:
    """Round trips of a look at a page whose statements are known to the connection."""
    for _ in range(2):
        await visitor.get(path)
    before = counter.round_trips
    answer = await visitor.get(path)
    assert answer.status_code == 200
    return counter.round_trips - before
