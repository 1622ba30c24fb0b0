"""One line a request, by template and id, from whatever happens inside."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from coursecove.kit import log
from coursecove.kit.metrics import Metrics
from coursecove.kit.web.requests_log import RequestsLog, note_failure
from tests.ops.test_log import EMAIL, Written, restored

__all__ = ["restored"]

SCHOOL = UUID("01890000-0000-7000-8000-000000000001")
GIVEN = "0123-given-by-the-proxy"


async def person(request: Request) -> Response:
    log.bind(school_id=SCHOOL)
    return PlainTextResponse(f"{request.state.request_id} {request.scope['client'][0]}")


async def broken(_: Request) -> Response:
    raise ValueError(EMAIL)


async def refused(request: Request) -> Response:
    note_failure(request, LookupError(EMAIL))
    return PlainTextResponse("unavailable", 503)


ROUTES: list[BaseRoute] = [
    Route("/people/{name}", person, methods=["GET", "POST"]),
    Route("/broken/{name}", broken),
    Route("/refused", refused),
    Route("/healthz", person),
    Mount("/api/v1", routes=[Route("/people/{name}", person)]),
    Mount("/for/{name}", routes=[Route("/things", person)]),
    Mount("/static", app=PlainTextResponse("a file")),
]


@pytest.fixture
def written(restored: None) -> Written:
    stream = io.StringIO()
    log.configure("json", stream=stream)
    return Written(stream)


@asynccontextmanager
async def visitor(
    *, peer: str = "203.0.113.9", trusted: str = "", metrics: Metrics | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    app = RequestsLog(Starlette(routes=ROUTES), trusted_proxies=trusted, metrics=metrics)
    transport = httpx.ASGITransport(app=app, client=(peer, 4711), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://school.example") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/people/canary", "/people/{name}"),
        ("/people/canary?search=canary", "/people/{name}"),
        ("/api/v1/people/canary", "/api/v1/people/{name}"),
        ("/for/canary/things", "/things"),
        ("/static/canary.css", "/static/*"),
        ("/nothing/canary", "(none)"),
        ("/api/v1/canary", "/api/v1/*"),
    ],
)
async def test_the_line_names_the_template_never_the_address(
    written: Written, path: str, template: str
) -> None:
    async with visitor() as client:
        answer = await client.get(path, headers={"cookie": "__session=canary", "referer": "http://canary/"})

    (line,) = written.lines
    assert written.is_clean()
    assert (line["event"], line["method"], line["route"]) == ("request_finished", "GET", template)
    assert line["status"] == answer.status_code
    assert line["request_id"] == answer.headers["x-request-id"]
    assert isinstance(line["ms"], float)


async def test_what_was_bound_inside_stands_in_the_line(written: Written) -> None:
    async with visitor() as client:
        await client.get("/people/canary")
        await client.get("/nothing")

    assert [line.get("school_id") for line in written.lines] == [str(SCHOOL), None]


async def test_requests_at_the_same_time_keep_their_own_ids(written: Written) -> None:
    async with visitor() as client:
        answers = await asyncio.gather(*(client.get("/people/canary") for _ in range(20)))

    assert {line["request_id"] for line in written.lines} == {answer.text.split()[0] for answer in answers}
    assert len(written.lines) == 20


async def test_a_failure_is_told_once_with_its_place(written: Written) -> None:
    async with visitor() as client:
        answer = await client.get("/broken/canary")

    (line,) = written.lines
    assert answer.status_code == line["status"] == 500
    assert written.is_clean()
    assert line["level"] == "error"
    assert "in broken: raise ValueError" in str(line["exception"])


async def test_a_failure_that_was_rendered_is_told_too(written: Written) -> None:
    async with visitor() as client:
        await client.get("/refused")

    (line,) = written.lines
    assert line["status"] == 503
    assert "builtins.LookupError" in str(line["exception"])


async def test_checks_of_machines_are_not_logged_while_they_pass(written: Written) -> None:
    async with visitor() as client:
        await client.get("/healthz")

    assert written.text == ""


@pytest.mark.parametrize(
    ("peer", "trusted", "given", "kept"),
    [
        ("10.1.2.3", "10.0.0.0/8", GIVEN, True),
        ("::ffff:10.1.2.3", "10.0.0.0/8", GIVEN, True),
        ("203.0.113.9", "10.0.0.0/8", GIVEN, False),
        ("127.0.0.1", "", GIVEN, False),
        ("10.1.2.3", "10.0.0.0/8", "short", False),
        ("10.1.2.3", "10.0.0.0/8", "x" * 65, False),
        ("10.1.2.3", "10.0.0.0/8", "canary@example.com", False),
        ("not an address", "10.0.0.0/8", GIVEN, False),
    ],
)
async def test_only_a_trusted_proxy_names_the_request(
    written: Written, peer: str, trusted: str, given: str, kept: bool
) -> None:
    async with visitor(peer=peer, trusted=trusted) as client:
        answer = await client.get("/people/canary", headers={"x-request-id": given})

    assert (answer.headers["x-request-id"] == given) is kept
    assert kept or UUID(answer.headers["x-request-id"]).version == 7
    assert written.is_clean()


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
    ],
)
async def test_the_visitors_address_is_what_our_nearest_proxy_saw(
    written: Written, peer: str, forwarded: str, seen: str
) -> None:
    async with visitor(peer=peer, trusted="10.0.0.0/8") as client:
        answer = await client.get("/people/x", headers={"x-forwarded-for": forwarded} if forwarded else {})

    assert answer.text.split()[1] == seen


async def test_a_visitor_who_leaves_is_no_failure(written: Written) -> None:
    async def waits(_scope: object, _receive: object, _send: object) -> None:
        await asyncio.sleep(60)

    app: ASGIApp = RequestsLog(waits)
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": None}

    async def nothing(*_: object) -> Any:
        return {}

    async def visit() -> None:
        await app(scope, nothing, nothing)

    task = asyncio.create_task(visit())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    (line,) = written.lines
    assert (line["status"], line["level"]) == (499, "info")


async def test_metrics_count_by_template_and_know_few_methods(written: Written) -> None:
    metrics = Metrics()
    async with visitor(metrics=metrics) as client:
        await client.get("/people/canary")
        await client.get("/people/another")
        await client.request("CANARY", "/people/x")
        await client.get("/broken/x")
    text = generate_latest(metrics.registry).decode()

    assert 'http_requests_total{method="GET",route="/people/{name}",status="200"} 2.0' in text
    assert 'http_requests_total{method="other",route="/people/{name}",status="405"} 1.0' in text
    assert 'http_requests_total{method="GET",route="/broken/{name}",status="500"} 1.0' in text
    assert 'http_request_seconds_count{route="/people/{name}"} 3.0' in text
    assert "canary" not in text.lower()
    assert written.is_clean()
