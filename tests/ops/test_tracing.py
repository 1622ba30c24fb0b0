"""Traces as a collector receives them over HTTP, and that nothing is paid where none is named."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import asyncpg
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from coursecove.accounts.events import MemberJoined
from coursecove.kit.db import Database, ServiceDb
from coursecove.kit.durable import Functions, PermanentError, Run, function
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.ids import new_id
from coursecove.kit.tracing import Untraced, start_tracing
from coursecove.kit.web.requests_log import RequestsLog
from coursecove.web.app import create_app
from tests.conftest import Server, World

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CANARY = "canary.person@example.com"


@dataclass
class Collector:
    """What was received, and where to send it."""

    url: str = ""
    spans: list[Any] = field(default_factory=list)
    raw: bytes = b""

    def named(self, name: str) -> dict[str, object]:
        (span,) = [span for span in self.spans if span.name == name]
        values = {each.key: each.value for each in span.attributes}
        plain = {key: value.string_value or value.int_value for key, value in values.items()}
        return plain | {
            "trace": span.trace_id.hex(),
            "id": span.span_id.hex(),
            "parent": span.parent_span_id.hex(),
            "error": span.status.message,
        }


@pytest.fixture
def collector() -> Iterator[Collector]:
    received = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.raw += body
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    received.spans += scope.spans
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_request_and_its_transactions_are_one_trace(
    collector: Collector, server: Server, url: str, world: World
) -> None:
    tracing = start_tracing(collector.url, part="web")
    traced = await tracing.open_database(server.settings.database_config(url))

    async def person(request: Request) -> Response:
        request.state.school = world.music
        async with traced.read(world.music.people["amara"].claims) as db:
            await db.value("select count(*) from organization_memberships where display_name = $1", CANARY)
        return PlainTextResponse("")

    app = RequestsLog(tracing.requests(Starlette(routes=[Route("/people/{name}", person)])))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        parent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "baggage": CANARY}
        answer = await client.get(f"/people/{CANARY}?search={CANARY}", headers=parent)
    await traced.close()
    tracing.close()

    request, read = collector.named("GET /people/{name}"), collector.named("transaction read")
    assert request["trace"] == read["trace"] == TRACE
    assert (request["parent"], read["parent"]) == ("00f067aa0ba902b7", request["id"])
    assert request["http.response.status_code"] == 200
    assert request["coursecove.school"] == str(world.music.id)
    assert request["coursecove.request_id"] == answer.headers["x-request-id"]
    assert b"canary" not in collector.raw


async def test_a_failure_leaves_its_type_only(collector: Collector) -> None:
    async def broken(_: Request) -> Response:
        raise LookupError(CANARY)

    tracing = start_tracing(collector.url, part="web")
    app = tracing.requests(Starlette(routes=[Route("/broken", broken)]))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        await client.get("/broken")
    tracing.close()

    assert collector.named("GET /broken")["error"] == "LookupError"
    assert b"canary" not in collector.raw


@function(on=MemberJoined, name="tests-welcome")
async def welcome(run: Run[MemberJoined]) -> None:
    async def note(db: ServiceDb) -> None:
        await db.value("select 1")

    async def send(_key: str) -> None:
        raise PermanentError(CANARY)

    await run.step("note", note)
    await run.call("send", send)


async def test_a_run_and_its_steps_are_one_trace(
    collector: Collector,
    server: Server,
    url: str,
    world: World,
    admin: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await admin.execute("update events set dispatched_at = now()")
    tracing = start_tracing(collector.url, part="worker")
    traced = await tracing.open_database(server.settings.database_config(url))
    async with traced.service(world.music.id) as db:
        await db.emit(MemberJoined(new_id(), "STUDENT"))
    engine = Embedded(tracing.functions(Functions([welcome])), traced)
    await engine.advance()
    await engine.advance()
    await engine.drain(5)
    await engine.control.close()
    await traced.close()
    tracing.close()

    run, note, send = (collector.named(name) for name in ("run tests-welcome", "step note", "call send"))
    assert run["trace"] == note["trace"] == send["trace"]
    assert (run["coursecove.event"], run["coursecove.school"]) == (MemberJoined.name, str(world.music.id))
    assert send["error"] == run["error"] == "PermanentError"
    assert b"canary" not in collector.raw
    assert await admin.fetchval("select status from function_runs") == "dead"


async def test_without_a_collector_everything_passes_as_it_came(server: Server, url: str) -> None:
    tracing, app, functions = start_tracing(None, part="web"), Starlette(), Functions([welcome])
    opened = await tracing.open_database(server.settings.database_config(url))
    await opened.close()

    assert isinstance(tracing, Untraced)
    assert tracing.requests(app) is app
    assert tracing.functions(functions) is functions
    assert type(opened) is Database


def test_without_a_collector_nothing_of_it_is_imported() -> None:
    code = (
        "import sys; from coursecove.kit.tracing import start_tracing; import coursecove.web.app; "
        "start_tracing(None, part='web'); "
        "sys.exit(any(name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter', 'coursecove.kit.opentelemetry')) for name in sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": "src"}).returncode == 0
    )


async def test_the_framework_sends_nothing_of_its_own(
    database: Database, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", provider)
    app = create_app(server.settings, database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        host = "http://musicschool.coursecove.localhost:8000"
        answer = await client.get(f"{host}/api/v1/members?search={CANARY}")

    assert answer.status_code == 401
    assert exporter.get_finished_spans() == ()


def test_a_collector_that_is_away_ends_within_its_patience() -> None:
    tracing = start_tracing("http://127.0.0.1:1", part="web")
    tracing.close()
