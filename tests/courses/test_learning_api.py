"""Enrolments and progress for programs: as far as their member may see."""

import pytest_asyncio

from coursecove.accounts.roles import Role
from tests.conftest import World
from tests.courses.classroom import Classroom, classroom
from tests.courses.test_learning import LINKED
from tests.people.stage import Site

Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest_asyncio.fixture
async def room(admin: Admin, world: World) -> Classroom:
    return await classroom(admin, world.music, world.music.people["hana"])


async def test_a_program_enrols_reads_progress_and_removes(site: Site, world: World, room: Classroom) -> None:
    people = world.music.people
    api, course = site.api(people["hana"]), str(room.course)
    wanted = {"course_id": course, "member_ids": [str(people[key].member_id) for key in ("isla", "noah")]}
    assert (await api.post("/enrolments", json=wanted)).json() == {"active": 2, "waiting": 0}
    assert (await api.post("/enrolments", json=wanted)).json() == {"active": 0, "waiting": 0}
    await site.browser(people["isla"]).follow(room.lesson(0, "completion"))
    rows = (await api.get("/progress", params={"course_id": course})).json()["items"]
    assert {row["name"]: (row["done"], row["lessons"]) for row in rows}["Isla Bennett"] == (1, 4)
    listed = (await api.get("/enrolments", params={"course_id": course, "limit": 1})).json()
    assert len(listed["items"]) == 1
    assert listed["next"]
    first = listed["items"][0]["id"]
    removed = (await api.post(f"/enrolments/{first}/removal")).json()
    assert removed["status"] == "removed"
    assert (await api.get(f"/enrolments/{first}")).json()["ended_at"]
    assert (await api.post(f"/enrolments/{first}/removal")).status_code == 409


async def test_others_see_themselves_their_children_or_nothing(
    site: Site, world: World, room: Classroom, admin: Admin
) -> None:
    people, course = world.music.people, str(room.course)
    wanted = {"course_id": course, "member_ids": [str(people[key].member_id) for key in ("isla", "noah")]}
    await site.api(people["hana"]).post("/enrolments", json=wanted)
    await admin.execute(LINKED, world.music.id, people["priya"].member_id, people["isla"].member_id)
    seen = {}
    for key in ("isla", "priya", "tomas", "amara"):
        answer = await site.api(people[key]).get("/enrolments", params={"course_id": course})
        seen[key] = sorted(row["name"] for row in answer.json()["items"])
    assert seen["isla"] == ["Isla Bennett"]
    assert "Isla Bennett" in seen["priya"]
    assert seen["tomas"] == []
    assert len(seen["amara"]) == 2
    stranger = site.api(world.yoga.one(Role.SUPER_ADMIN))
    assert (await stranger.get("/enrolments", params={"course_id": course})).json()["items"] == []
    assert (await stranger.post("/enrolments", json=wanted)).status_code == 404
    assert (await site.api(people["isla"]).post("/enrolments", json=wanted)).status_code == 403
