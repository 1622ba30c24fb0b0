"""Feeds: read by somebody else's parser, by whoever has the address, until it is revoked."""

import re
from typing import Any

import httpx
import pytest_asyncio
import vobject

from tests.conftest import World
from tests.lessons.stage import Piano, set_up
from tests.people.stage import Site, Visitor, said

Admin = "asyncpg.Connection[asyncpg.Record]"
ADDRESS = re.compile(r'value="(http[^"]*/calendar/feeds/[^"]+\.ics)"')


@pytest_asyncio.fixture
async def piano(admin: Admin, world: World) -> Piano:
    return await set_up(admin, world)


async def _address(visitor: Visitor) -> str:
    page = await visitor.post("/calendar/feed")
    assert page.status_code == 200, said(page)
    found = ADDRESS.search(page.text)
    assert found, said(page)
    return found[1]


async def _read(site: Site, url: str) -> httpx.Response:
    """As a calendar does: without any session."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site.app)) as client:
        return await client.get(url)


async def _events(site: Site, url: str) -> list[Any]:
    answer = await _read(site, url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    return list(vobject.readOne(answer.text).contents.get("vevent", []))


async def test_a_lesson_is_one_event_through_all_that_becomes_of_it(
    site: Site, world: World, piano: Piano
) -> None:
    isla = site.browser(world.music.people["isla"])
    url = await _address(isla)
    assert await _events(site, url) == []
    path = (await isla.post("/lessons", piano.form("10:00"))).headers["location"]
    [event] = await _events(site, url)
    assert (event.dtstart.value, event.dtend.value) == (piano.at("10:00"), piano.at("10:45"))
    assert (event.status.value, event.sequence.value) == ("CONFIRMED", "1")
    assert "Hana Sato" in event.summary.value
    assert event.location.value.startswith("Harbour house, Room")
    uid = event.uid.value
    await isla.post(f"{path}/move", {"at": piano.at("12:00").isoformat(), "version": "1"})
    [event] = await _events(site, url)
    assert (event.uid.value, event.sequence.value, event.dtstart.value) == (uid, "2", piano.at("12:00"))
    await isla.post(f"{path}/cancellation", {"version": "2", "late": "0"})
    [event] = await _events(site, url)
    assert (event.uid.value, event.sequence.value, event.status.value) == (uid, "3", "CANCELLED")


async def test_everybodys_feed_holds_their_own(site: Site, world: World, piano: Piano) -> None:
    isla = site.browser(world.music.people["isla"])
    await isla.post("/lessons", piano.form("10:00"))
    counts = {}
    for key in ("isla", "priya", "hana", "noah", "tomas", "amara"):
        url = await _address(site.browser(world.music.people[key]))
        counts[key] = len(await _events(site, url))
    assert counts == {"isla": 1, "priya": 1, "hana": 1, "noah": 0, "tomas": 0, "amara": 0}


async def test_an_address_works_until_it_is_replaced_or_revoked(
    site: Site, world: World, admin: Admin
) -> None:
    isla = site.browser(world.music.people["isla"])
    first = await _address(isla)
    second = await _address(isla)
    assert (await _read(site, first)).status_code == 404
    assert (await _read(site, second)).status_code == 200
    assert await admin.fetchval("select count(*) from calendar_feeds") == 1
    assert second.rpartition("/")[2].removesuffix(".ics") not in str(
        await admin.fetch("select * from calendar_feeds")
    )
    await isla.post("/calendar/feed/revocation")
    assert (await _read(site, second)).status_code == 404


async def test_at_another_school_and_for_somebody_gone_there_is_nothing(
    site: Site, world: World, admin: Admin
) -> None:
    url = await _address(site.browser(world.music.people["isla"]))
    assert (await _read(site, url.replace("musicschool", "yogastudio"))).status_code == 404
    await admin.execute(
        "update organization_memberships set status = 'INACTIVE' where id = $1",
        world.music.people["isla"].member_id,
    )
    assert (await _read(site, url)).status_code == 404


async def test_what_is_no_address_says_nothing(site: Site, world: World) -> None:
    origin = site.settings.origin("musicschool")
    for secret in ("nothing", "x" * 43, "x" * 5000, "%00"):
        assert (await _read(site, f"{origin}/calendar/feeds/{secret}.ics")).status_code == 404
