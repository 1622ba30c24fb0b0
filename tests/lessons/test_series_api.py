"""The JSON API of series: whole or not at all, moved and cancelled with those that follow."""

from datetime import datetime

import pytest_asyncio

from tests.conftest import World
from tests.lessons.stage import Piano, set_up
from tests.people.stage import Site

Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest_asyncio.fixture
async def piano(admin: Admin, world: World) -> Piano:
    await admin.execute("delete from booking_series")
    return await set_up(admin, world)


def wanted(world: World, piano: Piano, key: str = "isla", **more: object) -> dict[str, object]:
    people = world.music.people
    said = {
        "appointment_type_id": str(piano.type_id),
        "location_id": str(piano.location_id),
        "student_id": str(people[key].member_id),
        "teacher_id": str(people["hana"].member_id),
        "starts_at": piano.at("10:00").isoformat(),
        "every": 1,
        "count": 4,
    }
    return {**said, **more}


async def test_a_series_from_booking_to_its_end(site: Site, world: World, piano: Piano) -> None:
    isla = site.api(world.music.people["isla"])
    made = await isla.post("/series", json=wanted(world, piano))
    assert made.status_code == 201, made.text
    series = made.json()
    assert series["rule"] == "FREQ=WEEKLY;INTERVAL=1;COUNT=4"
    assert [each["status"] for each in series["lessons"]] == ["booked"] * 4
    second = f"/bookings/{series['lessons'][1]['id']}"
    moving = {"version": 1, "starts_at": piano.at("14:00", 8).isoformat(), "following": True}
    moved = await isla.post(f"{second}/move", json=moving)
    assert (moved.status_code, moved.json()["series_id"]) == (200, series["id"]), moved.text
    assert [each["version"] for each in await _lessons(isla, series)] == [1, 2, 2, 2]
    ended = await isla.post(f"{second}/cancellation", json={"version": 2, "following": True})
    assert ended.status_code == 200
    assert [each["status"] for each in await _lessons(isla, series)] == ["booked"] + ["cancelled"] * 3


async def test_one_date_that_is_taken_refuses_the_series_unless_it_may_be_left_out(
    site: Site, world: World, piano: Piano
) -> None:
    isla, noah = (site.api(world.music.people[key]) for key in ("isla", "noah"))
    lesson = {k: v for k, v in wanted(world, piano, "noah").items() if k not in {"every", "count"}}
    assert (
        await noah.post("/bookings", json={**lesson, "starts_at": piano.at("10:00", 7).isoformat()})
    ).status_code == 201
    refused = await isla.post("/series", json=wanted(world, piano))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/scheduling/series-taken")
    made = await isla.post("/series", json=wanted(world, piano, skip_taken=True))
    assert len(made.json()["lessons"]) == 3
    first = made.json()["lessons"][0]["id"]
    onto = {"version": 1, "starts_at": piano.at("10:00", 7).isoformat(), "following": True}
    in_the_way = await isla.post(f"/bookings/{first}/move", json=onto)
    assert (in_the_way.status_code, in_the_way.json()["type"]) == (409, "/problems/scheduling/moves-changed")
    alone = (await noah.get("/bookings")).json()["items"][0]["id"]
    none = await noah.post(f"/bookings/{alone}/cancellation", json={"version": 1, "following": True})
    assert (none.status_code, none.json()["type"]) == (409, "/problems/scheduling/not-of-series")


async def test_a_week_later_each_makes_room_for_the_one_before(
    site: Site, world: World, piano: Piano
) -> None:
    """The first goes to the time of the second, which is free only because that one goes on as well."""
    isla = site.api(world.music.people["isla"])
    made = (await isla.post("/series", json=wanted(world, piano))).json()
    first = f"/bookings/{made['lessons'][0]['id']}/move"
    for version, clock, days in ((1, "10:30", 7), (2, "10:15", 0)):
        to = {"version": version, "starts_at": piano.at(clock, days).isoformat(), "following": True}
        moved = await isla.post(first, json=to)
        assert moved.status_code == 200, moved.text
        found = [datetime.fromisoformat(str(each["starts_at"])) for each in await _lessons(isla, made)]
        assert found == [piano.at(clock, days + 7 * n) for n in range(4)]


async def test_a_series_is_its_family_s_and_its_staff_s(site: Site, world: World, piano: Piano) -> None:
    isla, noah, priya = (site.api(world.music.people[key]) for key in ("isla", "noah", "priya"))
    made = (await isla.post("/series", json=wanted(world, piano))).json()
    assert (await noah.get(f"/series/{made['id']}")).status_code == 404
    later = wanted(world, piano, starts_at=piano.at("12:00").isoformat())
    assert (await noah.post("/series", json=later)).status_code == 422
    assert (
        await priya.post("/series", json={**later, "student_id": str(world.music.people["noah"].member_id)})
    ).status_code == 201
    for wrong in ({"every": 3}, {"count": 61}, {"count": 1}, {"starts_at": "2030-01-01T15:00:00"}):
        assert (await isla.post("/series", json={**later, **wrong})).status_code == 422


async def _lessons(client: object, series: dict[str, str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await client.get(f"/series/{series['id']}")).json()["lessons"]  # type: ignore[attr-defined]
    return found
