"""Who comes in, with what, and what everybody else is told."""

import httpx
import pytest

from coursecove.accounts.api_access import TokenUses
from coursecove.accounts.scopes import Scope
from coursecove.kit.ids import new_id
from coursecove.kit.web.csrf import HEADER
from tests.api.conftest import ClientFor, KeyOf
from tests.api.stage import BROWSER, Stage
from tests.conftest import World

Admin = "asyncpg.Connection[asyncpg.Record]"
NEW_KEY = {"name": "Export", "scopes": ["people:read"]}


def _problem(answer: httpx.Response) -> dict[str, object]:
    said: dict[str, object] = answer.json()
    said.pop("request_id")
    return said


async def test_strangers_are_asked_to_authenticate(client_for: ClientFor) -> None:
    refused = await client_for().get("/me")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["content-type"] == "application/problem+json"
    assert _problem(refused) == {
        "type": "/problems/accounts/not-authenticated",
        "title": "Sign in, or send a key that this school knows as a bearer token.",
        "status": 401,
    }


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer cove_",
        "Bearer cove_" + "x" * 43,
        "Bearer nothing",
        "Basic YTpi",
        "cove_x",
        "Bearer cove_" + "x" * 100_000,
        "Bearer cove_\xff",
    ],
)
async def test_no_other_credential_opens(client_for: ClientFor, header: str) -> None:
    refused = await client_for().get("/me", headers={"authorization": header.encode("latin-1")})
    assert refused.status_code == 401


async def test_a_wrong_key_is_not_made_good_by_a_session(client_for: ClientFor, world: World) -> None:
    client = client_for(world.music.people["amara"])
    assert (await client.get("/me", headers={"authorization": "Bearer cove_x"})).status_code == 401


async def test_a_key_of_another_school_is_no_key(client_for: ClientFor, world: World, key_of: KeyOf) -> None:
    for of_school in (False, True):
        key = await key_of(world.yoga.people["lena"], Scope.READ_SCHOOL, of_school=of_school)
        assert (await client_for(key=key, at="yogastudio").get("/school")).status_code == 200
        refused = await client_for(key=key, at="musicschool").get("/school")
        assert refused.status_code == 401
        assert _problem(refused) == _problem(await client_for(key="cove_unknown").get("/school"))


async def test_a_key_ends_with_its_revocation_its_time_and_its_owner(
    client_for: ClientFor, world: World, key_of: KeyOf, admin: Admin
) -> None:
    hana = world.music.people["hana"]
    keys = [await key_of(hana, Scope.MANAGE_TOKENS) for _ in range(3)]
    tokens = (await client_for(hana).get("/tokens")).json()["items"][::-1]
    assert (await client_for(key=keys[0]).get("/me")).status_code == 200
    revoked = await client_for(hana).post(f"/tokens/{tokens[0]['id']}/revocation")
    assert revoked.json()["revoked_at"] is not None
    assert (await client_for(key=keys[0]).get("/me")).status_code == 401
    await admin.execute("update api_tokens set expires_at = now() where id = $1", tokens[1]["id"])
    assert (await client_for(key=keys[1]).get("/me")).status_code == 401
    await admin.execute(
        "update organization_memberships set status = 'INACTIVE' where id = $1", hana.member_id
    )
    assert (await client_for(key=keys[2]).get("/me")).status_code == 401


async def test_a_key_does_no_more_than_its_scopes(client_for: ClientFor, world: World, key_of: KeyOf) -> None:
    key = await key_of(world.music.people["amara"], Scope.READ_PEOPLE)
    client = client_for(key=key)
    assert (await client.get("/members")).status_code == 200
    refused = await client.get("/school")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/accounts/missing-scope")
    assert "school:read" in refused.json()["detail"]
    assert (await client.patch("/me", json={"locale": "en-US"})).status_code == 403
    assert (await client.post("/tokens", json=NEW_KEY)).status_code == 403


async def test_a_scope_gives_nothing_that_the_role_does_not(
    client_for: ClientFor, world: World, key_of: KeyOf
) -> None:
    key = await key_of(world.music.people["hana"], *Scope)
    client = client_for(key=key)
    assert (await client.get("/events")).status_code == 403
    assert (await client.patch("/school", json={}, headers={"if-match": "*"})).status_code == 403


async def test_a_key_cannot_make_a_mightier_one(client_for: ClientFor, world: World, key_of: KeyOf) -> None:
    key = await key_of(world.music.people["amara"], Scope.MANAGE_TOKENS, Scope.READ_PEOPLE, days=10)
    client = client_for(key=key)
    for more in ({"scopes": ["school:write"]}, {"days": None}, {"days": 20}):
        refused = await client.post("/tokens", json=NEW_KEY | {"days": 5} | more)
        assert refused.json()["type"] == "/problems/accounts/more-than-myself"
    assert (await client.post("/tokens", json=NEW_KEY | {"days": 5})).status_code == 201


async def test_a_key_of_the_school_acts_as_an_owner_but_is_no_person(
    client_for: ClientFor, world: World, key_of: KeyOf
) -> None:
    key = await key_of(world.music.people["amara"], *Scope, of_school=True)
    client = client_for(key=key)
    changed = await client.patch("/school", json={"locale": "en-US"}, headers={"if-match": "*"})
    assert (changed.status_code, changed.json()["locale"]) == (200, "en-US")
    assert (await client.get("/events?limit=1")).json()["items"][0]["actor"] is None
    for refused in (
        await client.patch("/me", json={"locale": "en-US"}),
        await client.post("/tokens", json=NEW_KEY),
    ):
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/accounts/needs-person")


async def test_revoking_is_for_those_who_hold_the_key(
    client_for: ClientFor, world: World, key_of: KeyOf
) -> None:
    amara, hana, marcus = (world.music.people[name] for name in ("amara", "hana", "marcus"))
    await key_of(hana, Scope.READ_PEOPLE)
    (token,) = (await client_for(hana).get("/tokens")).json()["items"]
    other = await client_for(marcus).post(f"/tokens/{token['id']}/revocation")
    absent = await client_for(marcus).post(f"/tokens/{new_id()}/revocation")
    assert other.status_code == absent.status_code == 404
    assert _problem(other) == _problem(absent)
    assert (await client_for(amara).post(f"/tokens/{token['id']}/revocation")).status_code == 200


async def test_a_member_of_elsewhere_is_told_so(client_for: ClientFor, world: World) -> None:
    refused = await client_for(world.yoga.people["lena"], at="musicschool").get("/me")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/accounts/not-a-member")


@pytest.mark.parametrize(
    "changed",
    [
        {HEADER: None},
        {HEADER: "nonsense"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": None},
        {"origin": "http://yogastudio.coursecove.localhost:8000"},
    ],
)
async def test_a_session_changes_nothing_from_elsewhere(
    stage: Stage, world: World, changed: dict[str, str | None]
) -> None:
    headers = stage.headers_of(world.music.people["amara"], "musicschool") | changed
    sent = {name: value for name, value in headers.items() if value is not None}
    async with stage.client("musicschool", sent) as client:
        assert (await client.get("/me")).status_code == 200
        assert (await client.post("/tokens", json=NEW_KEY)).status_code == 403
        assert (await client.get("/tokens")).json()["items"] == []


async def test_a_key_needs_no_form_token(client_for: ClientFor, world: World, key_of: KeyOf) -> None:
    key = await key_of(world.music.people["amara"], Scope.MANAGE_TOKENS, Scope.READ_PEOPLE)
    made = await client_for(key=key).post("/tokens", json=NEW_KEY | {"days": 1})
    assert made.status_code == 201


async def test_a_session_made_for_another_host_is_nobodys(stage: Stage, world: World) -> None:
    headers = stage.headers_of(world.music.people["tomas"], "yogastudio")
    async with stage.client("musicschool", headers | BROWSER) as client:
        assert (await client.get("/me")).status_code == 401


async def test_the_last_use_of_a_key_is_noted_once_a_minute(
    client_for: ClientFor, world: World, key_of: KeyOf, admin: Admin
) -> None:
    client = client_for(key=await key_of(world.music.people["amara"], Scope.READ_SCHOOL))
    used = "select last_used_at from api_tokens"
    assert await admin.fetchval(used) is None
    await client.get("/school")
    first = await admin.fetchval(used)
    await client.get("/school")
    assert first is not None
    assert await admin.fetchval(used) == first


def test_uses_are_due_again_after_a_while() -> None:
    moment = 5.0
    uses = TokenUses(seconds=60, size=2, clock=lambda: moment)
    one, *others = (new_id() for _ in range(3))
    assert uses.is_due(one)
    assert not uses.is_due(one)
    moment = 66.0
    assert uses.is_due(one)
    assert all(uses.is_due(other) for other in others)
    assert uses.is_due(one), "the longest unseen is forgotten first"
