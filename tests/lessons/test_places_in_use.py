"""Places at which lessons are booked are not put away from under them."""

import pytest_asyncio

from tests.conftest import World
from tests.lessons.stage import Piano, set_up
from tests.people.stage import Site, said

Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest_asyncio.fixture
async def piano(admin: Admin, world: World) -> Piano:
    return await set_up(admin, world, "hana")


async def test_a_room_and_a_location_with_lessons_ahead_stay(
    site: Site, world: World, piano: Piano, admin: Admin
) -> None:
    isla, owner = site.browser(world.music.people["isla"]), site.browser(world.music.people["amara"])
    booked = await isla.post("/lessons", piano.form("10:00", teacher=world.music.people["hana"].member_id))
    lesson = str(booked.headers["location"]).partition("?")[0]
    taken = await admin.fetchval("select room_id from bookings where room_id is not null limit 1")
    free = next(room for room in piano.rooms if room != taken)
    place = f"/schedule/locations/{piano.location_id}"
    for path in (f"/schedule/rooms/{taken}", place):
        await owner.post(f"/schedule/types/{piano.type_id}/withdrawal")
        await owner.post(f"/schedule/types/{piano.type_id}/archiving")
        refused = await owner.post(f"{path}/archiving")
        assert refused.status_code == 409, said(refused)
        assert "Lessons are booked there. Move or cancel them first. (1)" in refused.text
    assert (await owner.post(f"/schedule/rooms/{free}/archiving")).status_code == 303
    assert (await isla.post(f"{lesson}/cancellation", {"version": "1"})).status_code == 303
    for path in (f"/schedule/rooms/{taken}", place):
        answer = await owner.post(f"{path}/archiving")
        assert answer.status_code == 303, said(answer)
