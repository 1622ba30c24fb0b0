"""The same through the JSON API: asked at once, done by the background, told at the change's own address."""

from uuid import UUID

import httpx
import pytest

from coursecove.accounts.scopes import Scope
from tests.conftest import Someone, World
from tests.people.stage import Site

Admin = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
def owner(site: Site, world: World) -> httpx.AsyncClient:
    return site.api(world.music.people["amara"])


@pytest.fixture
def hana(world: World) -> Someone:
    return world.music.people["hana"]


async def _settled(site: Site, owner: httpx.AsyncClient, answer: httpx.Response) -> dict[str, object]:
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "asked"
    await site.work()
    change: dict[str, object] = (await owner.get(f"/changes/{answer.json()['id']}")).json()
    return change


async def test_somebody_is_invited_and_the_invitation_revoked(site: Site, owner: httpx.AsyncClient) -> None:
    asked = await owner.post("/invitations", json={"email": "Mina@example.com", "role": "TEACHER"})
    change = await _settled(site, owner, asked)
    assert (change["status"], change["email"]) == ("done", "mina@example.com")
    (listed,) = (await owner.get("/invitations")).json()["items"]
    assert (listed["email"], listed["role"], listed["expired"]) == ("mina@example.com", "TEACHER", False)
    assert listed["id"] == change["invitation_id"]
    revoked = await owner.post(f"/invitations/{listed['id']}/revocation")
    assert (await _settled(site, owner, revoked))["status"] == "done"
    assert (await owner.get("/invitations")).json()["items"] == []
    assert site.provider.open_invitations() == []


async def test_a_request_repeated_under_its_key_invites_once(
    site: Site, owner: httpx.AsyncClient, admin: Admin
) -> None:
    body, key = {"email": "mina@example.com", "role": "TEACHER"}, {"idempotency-key": "a"}
    first = await owner.post("/invitations", json=body, headers=key)
    again = await owner.post("/invitations", json=body, headers=key)
    assert first.json() == again.json()
    await site.work()
    assert await admin.fetchval("select count(*) from team_changes") == 1
    assert len(site.provider.open_invitations()) == 1


async def test_a_role_is_changed_and_a_member_removed_and_restored(
    site: Site, owner: httpx.AsyncClient, hana: Someone
) -> None:
    member = f"/members/{hana.member_id}"
    changed = await owner.patch(member, json={"role": "STUDENT"})
    assert (await _settled(site, owner, changed))["role"] == "STUDENT"
    assert (await owner.get(member)).json()["role"] == "STUDENT"
    await _settled(site, owner, await owner.post(f"{member}/removal"))
    assert (await owner.get(member)).json()["active"] is False
    await _settled(site, owner, await owner.post(f"{member}/restoration"))
    assert (await owner.get(member)).json()["active"] is True


async def test_the_last_owner_stays(site: Site, owner: httpx.AsyncClient, world: World) -> None:
    amara = f"/members/{world.music.people['amara'].member_id}"
    for answer in (await owner.patch(amara, json={"role": "TEACHER"}), await owner.post(f"{amara}/removal")):
        assert answer.status_code == 409
        assert answer.json()["type"] == "/problems/people/last-owner"
    assert site.provider.calls == []


async def test_what_the_provider_refuses_is_told_at_the_change(site: Site, owner: httpx.AsyncClient) -> None:
    asked = await owner.post("/invitations", json={"email": "refused@example.com", "role": "TEACHER"})
    change = await _settled(site, owner, asked)
    assert (change["status"], change["problem"]) == ("refused", "This does not have the right form.")


@pytest.mark.parametrize("email", ["nobody", "hana@example.com", "a\u0000b@example.com", "x" * 300])
async def test_an_address_that_cannot_be_invited_is_refused_at_once(
    owner: httpx.AsyncClient, email: str
) -> None:
    refused = await owner.post("/invitations", json={"email": email, "role": "TEACHER"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/email"


async def test_guardianships_are_made_listed_and_ended(
    site: Site, owner: httpx.AsyncClient, world: World
) -> None:
    grant, isla = (world.music.people[key] for key in ("grant", "isla"))
    body = {"guardian_id": str(grant.member_id), "student_id": str(isla.member_id), "relation": "father"}
    made = await owner.post("/guardianships", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["relation"] == "father"
    assert (await owner.post("/guardianships", json=body)).status_code == 409
    listed = (await owner.get(f"/guardianships?member_id={isla.member_id}")).json()["items"]
    assert {item["guardian_id"] for item in listed} == {
        str(grant.member_id),
        str(world.music.people["priya"].member_id),
    }
    theirs = (await site.api(grant).get("/guardianships")).json()["items"]
    assert [UUID(item["student_id"]) for item in theirs] == [isla.member_id]
    assert (await owner.post(f"/guardianships/{made.json()['id']}/ending")).status_code == 204
    assert (await site.api(grant).get("/guardianships")).json()["items"] == []


async def test_a_key_needs_the_right_to_change_people(
    site: Site, owner: httpx.AsyncClient, hana: Someone
) -> None:
    wanted = {"name": "Test", "scopes": [Scope.READ_PEOPLE], "of_school": True, "days": 1}
    secret = (await owner.post("/tokens", json=wanted)).json()["secret"]
    client = site.client("musicschool", {"authorization": f"Bearer {secret}"})
    site.clients.append(client)
    assert (await client.get("/invitations")).status_code == 200
    refused = await client.post(f"/members/{hana.member_id}/removal")
    assert refused.status_code == 403
    assert "people:write" in refused.json()["detail"]


async def test_a_key_of_the_school_invites_in_an_owners_name(site: Site, owner: httpx.AsyncClient) -> None:
    wanted = {"name": "Test", "scopes": [Scope.READ_PEOPLE, Scope.WRITE_PEOPLE], "of_school": True, "days": 1}
    secret = (await owner.post("/tokens", json=wanted)).json()["secret"]
    client = site.client("musicschool", {"authorization": f"Bearer {secret}"})
    site.clients.append(client)
    asked = await client.post("/invitations", json={"email": "mina@example.com", "role": "STUDENT"})
    assert (await _settled(site, client, asked))["status"] == "done"


@pytest.mark.parametrize("key", ["hana", "isla", "priya"])
async def test_only_owners_change_people(site: Site, world: World, key: str) -> None:
    client, other = site.api(world.music.people[key]), world.music.people["marcus"].member_id
    answers = [
        await client.get("/invitations"),
        await client.post("/invitations", json={"email": "mina@example.com", "role": "STUDENT"}),
        await client.patch(f"/members/{other}", json={"role": "STUDENT"}),
        await client.post(f"/members/{other}/removal"),
    ]
    assert {answer.status_code for answer in answers} == {403}
