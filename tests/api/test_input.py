"""Input that no honest program sends: refused in one shape, never a failure of ours."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from coursecove.kit.cursors import Cursor
from coursecove.kit.db import Database
from coursecove.kit.rate_limit import RateLimit
from coursecove.web.api import LARGEST_BODY, api_document
from tests.api.conftest import ClientFor
from tests.api.stage import Stage
from tests.conftest import Server, World

JSON = {"content-type": "application/json"}


@pytest.fixture
def database(module_database: Database) -> Database:
    return module_database


def _is_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert set(answer.json()) <= {"type", "title", "status", "detail", "request_id", "errors"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, 400),
        (b'{"name": "x", "scopes": ["people:read"], "days": ' + b"9" * 5000 + b"}", 400),
        (b'{"name": "x", "scopes": ["people:read"], "days": 1e400}', 422),
        (b'{"name": "x", "scopes": ["people:read"], "days": NaN}', 422),
        (b'{"name": "x", "scopes": ["people:read"], "days": 99999999999999999999}', 422),
        (b'{"name": "x\\u0000", "scopes": ["people:read"]}', 422),
        (b'{"name": "\\ud800", "scopes": ["people:read"]}', 422),
        (b'{"name": "  ", "scopes": ["people:read"]}', 422),
        (b'{"name": "x", "scopes": []}', 422),
        (b'{"name": "x", "scopes": ["\\ud800"]}', 422),
        (b'{"\\ud800": "x"}', 422),
        (b'{"a/b~c": "x"}', 422),
        (b"null", 422),
        (b"[]", 422),
        (b'"x"', 422),
    ],
)
async def test_bodies(client_for: ClientFor, world: World, body: bytes, status: int) -> None:
    client = client_for(world.music.people["amara"])
    _is_problem(await client.post("/tokens", content=body, headers=JSON), status)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"]
)
async def test_other_kinds_of_body(client_for: ClientFor, world: World, kind: str) -> None:
    body = json.dumps({"name": "x", "scopes": ["people:read"]})
    answer = await client_for(world.music.people["amara"]).post(
        "/tokens", content=body, headers={"content-type": kind}
    )
    _is_problem(answer, 422)


@pytest.mark.parametrize("sized", [True, False])
async def test_a_body_over_a_mebibyte(client_for: ClientFor, world: World, sized: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * (LARGEST_BODY // 16)

    client = client_for(world.music.people["amara"])
    content = b" " * (LARGEST_BODY + 1) if sized else chunks()
    _is_problem(await client.post("/tokens", content=content, headers=JSON), 413)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("limit=101", 422),
        ("limit=x", 422),
        ("limit=" + "9" * 5000, 422),
        ("role=OWNER", 422),
        ("search=%00", 422),
        ("search=" + "x" * 101, 422),
        ("cursor=x", 400),
        ("cursor=%00", 400),
        ("cursor=%ff", 400),
        ("cursor=W10", 400),
        (f"cursor={Cursor(('a',))}", 400),
        (f"cursor={Cursor(('a', 'not-an-id'))}", 400),
        (f"cursor={Cursor((chr(0), '00000000-0000-0000-0000-000000000000'))}", 400),
        ("cursor=" + "x" * 1001, 422),
    ],
)
async def test_queries(client_for: ClientFor, world: World, query: str, status: int) -> None:
    _is_problem(await client_for(world.music.people["amara"]).get(f"/members?{query}"), status)


@pytest.mark.parametrize(
    "query", ["search=%ff%fe", "search=%25%5f%5c", "search=", "role=STUDENT&role=TEACHER", "what=ever"]
)
async def test_odd_queries_that_are_fine(client_for: ClientFor, world: World, query: str) -> None:
    answer = await client_for(world.music.people["amara"]).get(f"/members?{query}")
    assert answer.status_code == 200


@pytest.mark.parametrize("member_id", ["x", "%00", "0", "1" * 5000, "%ff", "urn:uuid:x"])
async def test_a_malformed_id_is_nobodys(client_for: ClientFor, world: World, member_id: str) -> None:
    _is_problem(await client_for(world.music.people["amara"]).get(f"/members/{member_id}"), 404)


@pytest.mark.parametrize("path", ["/", "/nothing", "/me/", "//me", "/school/x", "/tokens/x/y/z"])
async def test_unknown_addresses(client_for: ClientFor, world: World, path: str) -> None:
    _is_problem(await client_for(world.music.people["amara"]).get(path), 404)


async def test_another_method_is_told_what_the_address_takes(client_for: ClientFor, world: World) -> None:
    answer = await client_for(world.music.people["amara"]).delete("/school")
    _is_problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, PATCH"


async def test_the_field_at_fault_is_named_and_not_echoed(client_for: ClientFor, world: World) -> None:
    wanted = {"name": "x", "scopes": ["people:read", "canary-scope"]}
    answer = await client_for(world.music.people["amara"]).post("/tokens", json=wanted)
    (error,) = answer.json()["errors"]
    assert (error["in"], error["pointer"]) == ("body", "#/scopes/1")
    assert "canary" not in answer.text


async def test_too_many_requests_wait(database: Database, world: World, server: Server) -> None:
    stage = Stage(server.settings, database, rate=RateLimit(requests=3, seconds=60))
    headers = stage.headers_of(world.music.people["amara"], "musicschool")
    async with stage.client("musicschool", headers) as client:
        answers = [await client.get("/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert answers[3].headers["ratelimit-policy"] == '"caller";q=3;w=60'
    assert 1 <= int(answers[3].headers["retry-after"]) <= 20
    _is_problem(answers[3], 429)
    other = stage.headers_of(world.music.people["hana"], "musicschool")
    async with stage.client("musicschool", other) as client:
        assert (await client.get("/me")).status_code == 200


async def test_the_document_and_the_page_are_served(client_for: ClientFor) -> None:
    document = await client_for().get("/openapi.json")
    assert document.json() == api_document()
    page = await client_for().get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path in document.json()["paths"]:
        assert path in page.text
    assert "cdn" not in page.text
    assert "https://" not in page.text.replace("https://&lt;school&gt;", "")


def test_every_operation_says_what_it_needs() -> None:
    document = api_document()
    assert document["openapi"].startswith("3.1")
    for methods in document["paths"].values():
        for method, operation in methods.items():
            assert operation["description"]
            assert operation["x-permission"]
            assert {"401", "403", "422", "429"} <= set(operation["responses"])
            token, session = operation["security"]
            assert set(token) == {"token"}
            assert set(session) == ({"session"} if method == "get" else {"session", "csrf"})
            headers = {
                each["name"].lower() for each in operation.get("parameters", ()) if each["in"] == "header"
            }
            assert ("idempotency-key" in headers) == (method == "post")
