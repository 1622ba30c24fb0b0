"""What callers read: themselves, the school, its members, its events."""

import re

import pytest

from coursecove.accounts.permissions import MATRIX, Permission
from coursecove.accounts.roles import Role
from coursecove.accounts.scopes import Scope
from coursecove.kit.db import Database
from tests.api.conftest import ClientFor, KeyOf
from tests.conftest import World


@pytest.fixture
def database(module_database: Database) -> Database:
    return module_database


async def test_each_role_learns_who_they_are_and_what_they_may(client_for: ClientFor, world: World) -> None:
    for role in Role:
        person = world.music.one(role)
        said = (await client_for(person).get("/me")).json()
        assert said["member"]["id"] == str(person.member_id)
        assert said["role"] == role
        assert said["permissions"] == [each for each in Permission if role in MATRIX[each]]
        assert said["scopes"] is None


async def test_one_person_is_somebody_else_in_another_school(client_for: ClientFor, world: World) -> None:
    tomas = world.music.people["tomas"]
    there = (await client_for(tomas, at="yogastudio").get("/me")).json()
    assert there["role"] == "STUDENT"
    assert there["school"]["id"] == str(world.yoga.id)


async def test_a_key_of_the_school_has_no_member(client_for: ClientFor, world: World, key_of: KeyOf) -> None:
    key = await key_of(world.music.people["amara"], Scope.READ_SCHOOL, of_school=True)
    said = (await client_for(key=key).get("/me")).json()
    assert said["member"] is None
    assert (said["role"], said["scopes"]) == ("SUPER_ADMIN", ["school:read"])


async def test_pages_lead_through_all_members_and_back(client_for: ClientFor, world: World) -> None:
    client = client_for(world.music.people["hana"])
    pages, address = [], "/members?limit=20"
    while address:
        page = (await client.get(address.removeprefix("/api/v1"))).json()
        pages.append(page)
        address = page["next"]
    names = [item["id"] for page in pages for item in page["items"]]
    assert len(names) == len(set(names)) == len(world.music.people)
    back = (await client.get(pages[-1]["previous"].removeprefix("/api/v1"))).json()
    assert back["items"] == pages[-2]["items"]


async def test_the_link_header_names_the_same_neighbours(client_for: ClientFor, world: World) -> None:
    client = client_for(world.music.people["hana"])
    first = await client.get("/members?limit=2&role=STUDENT")
    second = await client.get(first.json()["next"].removeprefix("/api/v1"))
    links = dict(re.findall(r'<([^>]+)>; rel="(\w+)"', second.headers["link"]))
    assert {word: address for address, word in links.items()} == {
        "next": second.json()["next"],
        "prev": second.json()["previous"],
    }
    assert all(item["role"] == "STUDENT" for item in second.json()["items"])


async def test_search_ignores_case_and_accents(client_for: ClientFor, world: World) -> None:
    found = await client_for(world.music.people["amara"]).get("/members", params={"search": "tomas v"})
    assert [item["name"] for item in found.json()["items"]] == ["Tomás Varga"]


async def test_wildcards_in_a_search_mean_themselves(client_for: ClientFor, world: World) -> None:
    found = await client_for(world.music.people["amara"]).get("/members", params={"search": "%"})
    assert found.json()["items"] == []


async def test_only_staff_list_members(client_for: ClientFor, world: World) -> None:
    statuses = {role: (await client_for(world.music.one(role)).get("/members")).status_code for role in Role}
    assert statuses == {Role.SUPER_ADMIN: 200, Role.TEACHER: 200, Role.STUDENT: 403, Role.GUARDIAN: 403}


async def test_a_guardian_sees_their_children_and_nobody_elses(client_for: ClientFor, world: World) -> None:
    people, client = world.music.people, client_for(world.music.people["priya"])
    related = (await client.get(f"/members/{people['priya'].member_id}/relations")).json()["items"]
    assert {(item["name"], item["relation"]) for item in related} == {
        ("Isla Bennett", "child"),
        ("Noah Adeyemi", "child"),
    }
    assert (await client.get(f"/members/{people['isla'].member_id}")).json()["email"] == "isla@example.com"
    assert (await client.get(f"/members/{people['musicschool_1'].member_id}")).status_code == 404


async def test_a_student_sees_a_teacher_without_the_address(client_for: ClientFor, world: World) -> None:
    people = world.music.people
    seen = await client_for(people["isla"]).get(f"/members/{people['hana'].member_id}")
    assert (seen.json()["name"], seen.json()["email"]) == ("Hana Sato", None)


async def test_owners_read_what_happened_newest_first(client_for: ClientFor, world: World) -> None:
    client = client_for(world.music.people["amara"])
    await client.post("/tokens", json={"name": "Export", "scopes": ["people:read"]})
    page = (await client.get("/events?limit=3")).json()
    assert page["items"][0]["name"] == "accounts/api_token.created"
    assert page["items"][0]["actor"] == "Amara Osei"
    moments = [item["occurred_at"] for item in page["items"]]
    assert moments == sorted(moments, reverse=True)
    older = (await client.get(page["next"].removeprefix("/api/v1"))).json()
    assert not {item["id"] for item in page["items"]} & {item["id"] for item in older["items"]}
    assert (await client_for(world.music.people["hana"]).get("/events")).status_code == 403


async def test_head_is_get_without_a_body(client_for: ClientFor, world: World) -> None:
    answer = await client_for(world.music.people["amara"]).head("/school")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"]
