"""Programs set up a school's scheduling, and students read what is published."""

from uuid import UUID

import httpx
import pytest_asyncio

from tests.scheduling.stage import School

CELLO = {"name": "Cello", "duration_minutes": 30}


class Programs:
    """Clients of the API with the sessions of the cast."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.clients: dict[str, httpx.AsyncClient] = {}

    def __call__(self, key: str) -> httpx.AsyncClient:
        if key not in self.clients:
            stage, person = self.school.site.stage, self.school.site.world.music.people[key]
            self.clients[key] = stage.client("musicschool", stage.headers_of(person, "musicschool"))
            self.school.site.stack.push_async_callback(self.clients[key].aclose)
        return self.clients[key]

    async def location(self, name: str = "Mill Lane") -> str:
        body = {"name": name, "address": "3 Mill Lane"}
        answer = await self("amara").post("/locations", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def published(self, *teachers: str) -> str:
        made = await self("amara").post(
            "/appointment-types", json={**CELLO, "location_ids": [await self.location()]}
        )
        assert made.status_code == 201, made.text
        type_id = str(made.json()["id"])
        for key in teachers:
            body = {"teacher_id": str(self.school.member_id(key)), "appointment_type_id": type_id}
            answer = await self("amara").post("/qualifications", json=body)
            assert answer.status_code == 201, answer.text
        answer = await self("amara").post(f"/appointment-types/{type_id}/publication")
        assert answer.status_code == 200, answer.text
        return type_id


@pytest_asyncio.fixture
async def api(school: School) -> Programs:
    return Programs(school)


async def test_a_location_is_changed_only_at_the_version_that_was_seen(api: Programs) -> None:
    owner, path = api("amara"), f"/locations/{await api.location()}"
    seen = (await owner.get(path)).headers["etag"]
    first = await owner.patch(path, json={"name": "Annexe"}, headers={"if-match": seen})
    assert (first.status_code, first.json()["name"]) == (200, "Annexe")
    assert (await owner.patch(path, json={"name": "Late"}, headers={"if-match": seen})).status_code == 412
    assert (await owner.patch(path, json={"name": "Late"})).status_code == 428
    now = first.headers["etag"]
    wrong = await owner.patch(path, json={"kind": "in_person", "address": ""}, headers={"if-match": now})
    assert wrong.status_code == 422
    assert (await owner.post(f"{path}/archiving")).json()["archived_at"] is not None
    listed = (await owner.get("/locations?archived=true")).json()["items"]
    assert [each["name"] for each in listed] == ["Annexe"]
    assert (await owner.post(f"{path}/restoration")).json()["archived_at"] is None


async def test_students_read_what_is_published_and_nothing_of_the_rest(api: Programs) -> None:
    draft = (await api("amara").post("/appointment-types", json=CELLO)).json()["id"]
    published = await api.published("hana")
    for key in ("isla", "priya"):
        reader = api(key)
        listed = (await reader.get("/appointment-types?limit=100")).json()["items"]
        assert {each["status"] for each in listed} == {"published"}
        assert published in [each["id"] for each in listed]
        assert (await reader.get(f"/appointment-types/{draft}")).status_code == 404
        taught = (await reader.get(f"/qualifications?appointment_type_id={published}")).json()["items"]
        assert [each["teacher_id"] for each in taught] == [str(api.school.member_id("hana"))]
        assert (await reader.get(f"/qualifications?appointment_type_id={draft}")).json()["items"] == []
        assert (await reader.post("/appointment-types", json=CELLO)).status_code == 403


async def test_a_type_lives_as_on_its_page(api: Programs) -> None:
    owner, path = api("amara"), f"/appointment-types/{await api.published('hana')}"
    assert (await owner.post(f"{path}/archiving")).status_code == 409
    assert (await owner.post(f"{path}/deletion")).status_code == 409
    seen = (await owner.get(path)).headers["etag"]
    changed = await owner.patch(
        path, json={"price_minor": 2850, "currency": "GBP"}, headers={"if-match": seen}
    )
    assert changed.json()["price_minor"] == 2850
    half = await owner.patch(path, json={"currency": None}, headers={"if-match": changed.headers["etag"]})
    assert half.status_code == 422
    for step, status in (("withdrawal", "unpublished"), ("archiving", "archived"), ("restoration", "draft")):
        assert (await owner.post(f"{path}/{step}")).json()["status"] == status
    assert (await owner.post(f"{path}/deletion")).status_code == 204
    assert (await owner.get(path)).status_code == 404


async def test_a_teacher_writes_their_week_and_nobody_elses(api: Programs) -> None:
    hana, marcus = (f"/members/{api.school.member_id(key)}/availability" for key in ("hana", "marcus"))
    week = {
        "time_zone": "Europe/Oslo",
        "hours": [{"weekday": 0, "starts": "09:00", "ends": "00:00", "location_id": None}],
    }
    seen = (await api("hana").get(hana)).headers["etag"]
    saved = await api("hana").patch(hana, json=week, headers={"if-match": seen})
    assert (saved.status_code, saved.json()["hours"], saved.json()["time_zone"]) == (
        200,
        week["hours"],
        "Europe/Oslo",
    )
    assert (await api("hana").patch(hana, json=week, headers={"if-match": seen})).status_code == 412
    assert (await api("hana").patch(marcus, json=week, headers={"if-match": "*"})).status_code == 404
    assert (await api("isla").patch(hana, json=week, headers={"if-match": "*"})).status_code == 403
    assert (await api("isla").get(hana)).json()["time_zone"] == "Europe/Oslo"
    twice = {"hours": week["hours"] * 2}
    refused = await api("hana").patch(hana, json=twice, headers={"if-match": "*"})
    assert refused.status_code == 409


async def test_exceptions_and_closures_come_and_go(api: Programs) -> None:
    path = f"/members/{api.school.member_id('hana')}/availability/exceptions"
    made = await api("hana").post(path, json={"date": "2040-02-29", "starts": "10:00", "ends": "11:30"})
    assert (made.status_code, made.json()["ends"]) == (201, "11:30")
    assert made.json() in (await api("isla").get(path)).json()["items"]
    other = f"/members/{api.school.member_id('marcus')}/availability/exceptions/{made.json()['id']}/removal"
    assert (await api("amara").post(other)).status_code == 404
    assert (await api("hana").post(f"{path}/{made.json()['id']}/removal")).status_code == 204
    days = {"name": "Snow", "first_day": "2040-01-02", "last_day": "2040-01-05"}
    closure = await api("amara").post("/closures", json=days)
    assert closure.status_code == 201
    assert (await api("hana").post("/closures", json=days)).status_code == 403
    removed = await api("amara").post(f"/closures/{closure.json()['id']}/removal")
    assert removed.status_code == 204


async def test_a_repeated_request_under_its_key_adds_one_room(api: Programs) -> None:
    body, headers = {"name": "Attic", "location_id": await api.location()}, {"idempotency-key": "one-attic"}
    first, second = [await api("amara").post("/rooms", json=body, headers=headers) for _ in range(2)]
    assert first.json() == second.json()
    assert UUID(first.json()["id"])
    assert (await api("amara").post("/rooms", json=body)).status_code == 409


async def test_those_who_teach_are_known_by_name_even_where_they_own_the_school(api: Programs) -> None:
    type_id = await api.published("hana", "amara")
    person = api.school.site.world.music.people["isla"]
    async with api.school.site.stage.database.read(person.claims) as db:
        names = await db.value(
            "select array_agg(name order by name) from app.teachers_of_type($1)", UUID(type_id)
        )
    assert names == ["Amara Osei", "Hana Sato"]


async def test_the_link_of_an_online_location_is_for_staff(api: Programs) -> None:
    link = "https://meet.example.com/mill-lane"
    body = {"name": "Mill Lane online", "kind": "online", "meeting_link": link}
    made = await api("amara").post("/locations", json=body)
    assert made.status_code == 201, made.text
    path = f"/locations/{made.json()['id']}"
    said = {
        key: (await api(key).get(path)).json()["meeting_link"] for key in ("amara", "hana", "isla", "priya")
    }
    assert said == {"amara": link, "hana": link, "isla": None, "priya": None}
