"""The JSON API of lessons: the same promises, for programs."""

import asyncio
from datetime import datetime, timedelta

import pytest_asyncio

from tests.conftest import World
from tests.lessons.stage import Piano, set_up
from tests.people.stage import Site

Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest_asyncio.fixture
async def piano(admin: Admin, world: World) -> Piano:
    return await set_up(admin, world)


def _wanted(world: World, piano: Piano, clock: str, key: str = "isla") -> dict[str, str]:
    return {
        "appointment_type_id": str(piano.type_id),
        "location_id": str(piano.location_id),
        "student_id": str(world.music.people[key].member_id),
        "starts_at": piano.at(clock).isoformat(),
    }


async def test_from_a_free_time_to_a_lesson_that_was_attended(site: Site, world: World, piano: Piano) -> None:
    isla, hana = (site.api(world.music.people[key]) for key in ("isla", "hana"))
    asked = {
        "appointment_type_id": str(piano.type_id),
        "location_id": str(piano.location_id),
        "from": piano.at("00:00").isoformat(),
        "until": piano.at("00:00", days=1).isoformat(),
    }
    slots = (await isla.get("/slots", params=asked)).json()["items"]
    assert len(slots) == 30
    assert datetime.fromisoformat(slots[0]["starts_at"]) == piano.at("09:00")
    made = await isla.post("/bookings", json=_wanted(world, piano, "09:00"))
    assert made.status_code == 201, made.text
    booking = made.json()
    assert len((await isla.get("/slots", params=asked)).json()["items"]) == 26
    moved = await isla.post(
        f"/bookings/{booking['id']}/move", json={"version": 1, "starts_at": piano.at("10:00").isoformat()}
    )
    assert (moved.status_code, moved.json()["version"]) == (200, 2)
    stale = await isla.post(f"/bookings/{booking['id']}/cancellation", json={"version": 1})
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/scheduling/lesson-changed")
    there = await hana.post(f"/bookings/{booking['id']}/attendance", json={"status": "present"})
    assert there.json()["presence"] == "present"
    assert (await isla.get("/bookings")).json()["items"][0]["presence"] == "present"
    assert (
        await isla.post(f"/bookings/{booking['id']}/attendance", json={"status": "late"})
    ).status_code == 403


async def test_the_loser_is_told_the_nearest_times(site: Site, world: World, piano: Piano) -> None:
    keys = ("isla", "noah", "musicschool_1", "musicschool_2")
    clients = [site.api(world.music.people[key]) for key in keys]
    answers = await asyncio.gather(
        *(
            client.post("/bookings", json=_wanted(world, piano, "10:00", key))
            for client, key in zip(clients, keys, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    said = next(answer.json() for answer in answers if answer.status_code == 409)
    assert "Somebody else took this time" in str(said)
    assert f"{piano.at('11:00'):%Y-%m-%dT%H:%M:%SZ}" in str(said)


async def test_a_repeated_request_books_once(site: Site, world: World, piano: Piano, admin: Admin) -> None:
    isla = site.api(world.music.people["isla"])
    key = {"idempotency-key": "once"}
    first, second = [
        await isla.post("/bookings", json=_wanted(world, piano, "10:00"), headers=key) for _ in range(2)
    ]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert await admin.fetchval("select count(*) from bookings") == 1


async def test_others_lessons_are_not_there(site: Site, world: World, piano: Piano) -> None:
    isla, noah = (site.api(world.music.people[key]) for key in ("isla", "noah"))
    booking = (await isla.post("/bookings", json=_wanted(world, piano, "10:00"))).json()
    assert (await noah.get(f"/bookings/{booking['id']}")).status_code == 404
    refused = await noah.post(f"/bookings/{booking['id']}/cancellation", json={"version": 1})
    assert refused.status_code == 404
    assert (await noah.get("/bookings")).json()["items"] == []
    assert (await noah.post("/bookings", json=_wanted(world, piano, "12:00"))).status_code == 422


async def test_times_without_an_offset_are_none(site: Site, world: World, piano: Piano) -> None:
    isla = site.api(world.music.people["isla"])
    wanted = _wanted(world, piano, "10:00") | {"starts_at": "2026-12-07T10:00:00"}
    assert (await isla.post("/bookings", json=wanted)).status_code == 422
    long = {
        "appointment_type_id": wanted["appointment_type_id"],
        "location_id": wanted["location_id"],
        "from": piano.at("00:00").isoformat(),
        "until": (piano.at("00:00") + timedelta(days=32)).isoformat(),
    }
    assert (await isla.get("/slots", params=long)).status_code == 422
