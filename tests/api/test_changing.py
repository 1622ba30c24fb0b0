"""What callers change, and that nothing is lost, doubled or half done on the way."""

import asyncio

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coursecove.accounts import idempotency
from coursecove.accounts.functions import _forget
from coursecove.accounts.scopes import Scope as Right
from coursecove.kit.db import Database
from tests.api.conftest import ClientFor, KeyOf
from tests.api.stage import Stage
from tests.conftest import World

Admin = "asyncpg.Connection[asyncpg.Record]"
NEW_KEY = {"name": "Export", "scopes": ["people:read"]}


async def test_a_person_changes_their_zone_and_takes_the_schools_again(
    client_for: ClientFor, world: World
) -> None:
    client = client_for(world.music.people["isla"])
    changed = (await client.patch("/me", json={"time_zone": "Europe/Madrid"})).json()["member"]
    assert (changed["time_zone"], changed["locale"]) == ("Europe/Madrid", "en-GB")
    changed = (await client.patch("/me", json={"time_zone": None})).json()["member"]
    assert changed["time_zone"] == "Europe/London"


async def test_what_is_absent_stays_inherited(client_for: ClientFor, world: World, admin: Admin) -> None:
    await client_for(world.music.people["isla"]).patch("/me", json={"locale": "en-US"})
    row = await admin.fetchrow(
        "select time_zone, locale from organization_memberships where id = $1",
        world.music.people["isla"].member_id,
    )
    assert row is not None
    assert tuple(row) == (None, "en-US")


async def test_an_owner_changes_the_school_they_looked_at(client_for: ClientFor, world: World) -> None:
    client = client_for(world.music.people["amara"])
    seen = (await client.get("/school")).headers["etag"]
    changed = await client.patch("/school", json={"brand_color": None}, headers={"if-match": seen})
    assert (changed.status_code, changed.json()["brand_color"]) == (200, None)
    assert changed.json()["time_zone"] == "Europe/London"
    assert changed.headers["etag"] == (await client.get("/school")).headers["etag"] != seen


async def test_a_change_without_a_version_is_not_taken(client_for: ClientFor, world: World) -> None:
    refused = await client_for(world.music.people["amara"]).patch("/school", json={"locale": "en-US"})
    assert (refused.status_code, refused.json()["type"]) == (428, "/problems/general/precondition-required")


async def test_of_two_changes_to_one_version_one_is_taken(client_for: ClientFor, world: World) -> None:
    client = client_for(world.music.people["amara"])
    version = {"if-match": (await client.get("/school")).headers["etag"]}
    zones = ("Europe/Madrid", "Europe/Paris", "Europe/Rome", "Europe/Oslo")
    answers = await asyncio.gather(
        *(client.patch("/school", json={"time_zone": zone}, headers=version) for zone in zones)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    taken = next(answer for answer in answers if answer.status_code == 200)
    assert (await client.get("/school")).json() == taken.json()


async def test_a_weak_tag_names_no_version(client_for: ClientFor, world: World) -> None:
    client = client_for(world.music.people["amara"])
    weak = "W/" + (await client.get("/school")).headers["etag"]
    refused = await client.patch("/school", json={"locale": "en-US"}, headers={"if-match": weak})
    assert refused.status_code == 412


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"time_zone": "Mars/Olympus"}, "#/time_zone"),
        ({"time_zone": None}, "#/time_zone"),
        ({"locale": "xx"}, "#/locale"),
        ({"brand_color": "red"}, "#/brand_color"),
        ({"name": "Other"}, "#/name"),
    ],
)
async def test_what_cannot_be_used_is_said_by_pointer(
    client_for: ClientFor, world: World, changes: dict[str, object], pointer: str
) -> None:
    client = client_for(world.music.people["amara"])
    refused = await client.patch("/school", json=changes, headers={"if-match": "*"})
    assert refused.status_code == 422
    assert [(error["in"], error["pointer"]) for error in refused.json()["errors"]] == [("body", pointer)]


async def test_the_change_is_committed_before_the_answer_leaves(
    stage: Stage, world: World, admin: Admin
) -> None:
    """Another connection looks at the moment the first byte of the answer is sent."""
    headers = stage.headers_of(world.music.people["amara"], "musicschool")
    found: list[object] = []

    async def looking(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_look(message: Message) -> None:
            if message["type"] == "http.response.start":
                found.append(await admin.fetchval("select count(*) from api_tokens"))
            await send(message)

        await app(scope, receive, send_and_look)

    app: ASGIApp = stage.app
    stage.app = looking
    async with stage.client("musicschool", headers) as client:
        answer = await client.post("/tokens", json=NEW_KEY, headers={"idempotency-key": "one"})
    assert (answer.status_code, found) == (201, [1])


async def test_a_refused_request_leaves_nothing_behind(
    client_for: ClientFor, world: World, admin: Admin
) -> None:
    refused = await client_for(world.music.people["hana"]).post(
        "/tokens", json=NEW_KEY | {"of_school": True}, headers={"idempotency-key": "one"}
    )
    assert refused.status_code == 403
    for table in ("api_tokens", "idempotency_keys"):
        assert await admin.fetchval(f"select count(*) from {table}") == 0


class TestIdempotency:
    async def test_a_repeated_request_gets_the_first_answer(
        self, client_for: ClientFor, world: World, admin: Admin
    ) -> None:
        client = client_for(world.music.people["amara"])
        first = await client.post("/tokens", json=NEW_KEY, headers={"idempotency-key": '"a-1"'})
        again = await client.post("/tokens", json=NEW_KEY, headers={"idempotency-key": "a-1"})
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in first.headers
        assert await admin.fetchval("select count(*) from api_tokens") == 1

    async def test_another_request_under_the_same_key_is_refused(
        self, client_for: ClientFor, world: World
    ) -> None:
        client = client_for(world.music.people["amara"])
        await client.post("/tokens", json=NEW_KEY, headers={"idempotency-key": "a"})
        other = NEW_KEY | {"name": "Other"}
        refused = await client.post("/tokens", json=other, headers={"idempotency-key": "a"})
        assert (refused.status_code, refused.json()["type"]) == (
            422,
            "/problems/accounts/idempotency-key-reused",
        )

    async def test_keys_belong_to_their_caller(self, client_for: ClientFor, world: World) -> None:
        for key in ("amara", "hana"):
            made = await client_for(world.music.people[key]).post(
                "/tokens", json=NEW_KEY, headers={"idempotency-key": "same"}
            )
            assert made.status_code == 201
            assert "idempotency-replayed" not in made.headers

    async def test_many_at_once_happen_once(self, client_for: ClientFor, world: World, admin: Admin) -> None:
        client = client_for(world.music.people["amara"])
        answers = await asyncio.gather(
            *(client.post("/tokens", json=NEW_KEY, headers={"idempotency-key": "a"}) for _ in range(12))
        )
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
        assert await admin.fetchval("select count(*) from api_tokens") == 1

    async def test_the_first_in_flight_is_not_waited_for(
        self, client_for: ClientFor, world: World, database: Database
    ) -> None:
        amara = world.music.people["amara"]
        async with database.write(amara.claims) as db:
            assert await db.value(idempotency.LOCK, "a")
            refused = await client_for(amara).post("/tokens", json=NEW_KEY, headers={"idempotency-key": "a"})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/accounts/still-in-flight")

    async def test_the_kept_answer_does_not_show_the_secret(
        self, client_for: ClientFor, world: World, admin: Admin
    ) -> None:
        made = await client_for(world.music.people["amara"]).post(
            "/tokens", json=NEW_KEY, headers={"idempotency-key": "a"}
        )
        kept = await admin.fetchrow("select body, headers::text from idempotency_keys")
        assert kept is not None
        secret = made.json()["secret"]
        assert secret.encode() not in kept["body"]
        assert secret not in kept["headers"]

    async def test_a_day_later_the_key_is_free_again(
        self, client_for: ClientFor, world: World, database: Database, admin: Admin
    ) -> None:
        client = client_for(world.music.people["amara"])
        await client.post("/tokens", json=NEW_KEY, headers={"idempotency-key": "a"})
        for aged, left in (("23 hours", 1), ("2 hours", 0)):
            await admin.execute(
                "update idempotency_keys set created_at = created_at - $1::text::interval", aged
            )
            async with database.service() as db:
                await _forget(db)
            assert await admin.fetchval("select count(*) from idempotency_keys") == left
        again = await client.post("/tokens", json=NEW_KEY, headers={"idempotency-key": "a"})
        assert "idempotency-replayed" not in again.headers

    @pytest.mark.parametrize("key", ["", "two words", '"open', "x" * 201, "a\tb"])
    async def test_an_unusable_key_is_refused(self, client_for: ClientFor, world: World, key: str) -> None:
        refused = await client_for(world.music.people["amara"]).post(
            "/tokens", json=NEW_KEY, headers={"idempotency-key": key}
        )
        assert refused.status_code == 400


async def test_two_requests_without_a_key_happen_twice(
    client_for: ClientFor, world: World, key_of: KeyOf, admin: Admin
) -> None:
    for _ in range(2):
        await key_of(world.music.people["amara"], Right.READ_PEOPLE)
    assert await admin.fetchval("select count(*) from api_tokens") == 2
