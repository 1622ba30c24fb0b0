"""What machines ask: always alive, ready only when a page could be served, figures for the right ones."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from coursecove.kit.db import Database, SealKey
from coursecove.kit.metrics import Metrics
from coursecove.web import health
from tests.conftest import Server


@asynccontextmanager
async def asking(
    database: Database, *, peer: str = "127.0.0.1", token: str | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=health.routes(database, Metrics(), SecretStr(token) if token else None))
    transport = httpx.ASGITransport(app=app, client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


async def answer_of(database: Database) -> tuple[int, str | None]:
    async with asking(database) as client:
        answer = await client.get("/readyz")
    return answer.status_code, answer.json().get("check")


@pytest.fixture
async def nowhere(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """Clients of a database that is not there."""
    config = server.settings.database_config("postgresql://nobody@127.0.0.1:1/nowhere")
    opened = await Database.open(config)
    yield opened
    await opened.close()


async def test_a_working_installation_is_ready(database: Database) -> None:
    assert await answer_of(database) == (200, None)


async def test_the_process_lives_without_its_database(nowhere: Database) -> None:
    async with asking(nowhere) as client:
        assert (await client.get("/healthz")).status_code == 200


async def test_without_its_database_it_is_not_ready(nowhere: Database) -> None:
    async with asking(nowhere) as client:
        answer = await client.get("/readyz")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["check"] == "database"
    assert "does not answer" in answer.json()["detail"]


async def test_a_database_at_another_revision_is_not_ready(
    database: Database, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await admin.execute("update app.alembic_version set version_num = '0000'")

    assert await answer_of(database) == (503, "migrated")


async def test_an_empty_database_is_not_ready(server: Server) -> None:
    name = "coursecove_test_empty"
    maker = await asyncpg.connect(server.url)
    await maker.execute(f"create database {name} template template0")
    empty = await Database.open(server.settings.database_config(server.named(name)))
    try:
        assert await answer_of(empty) == (503, "migrated")
    finally:
        await empty.close()
        await maker.execute(f"drop database {name} with (force)")
        await maker.close()


async def test_a_seal_that_the_database_does_not_know_is_not_ready(server: Server, url: str) -> None:
    config = replace(server.settings.database_config(url), seal_key=SealKey(1, b"another secret"))
    stranger = await Database.open(config)
    try:
        assert await answer_of(stranger) == (503, "seal")
    finally:
        await stranger.close()


async def test_a_user_client_that_owns_tables_is_not_ready(
    database: Database, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await admin.execute("create table own (id int); alter table own owner to coursecove_app")

    assert await answer_of(database) == (503, "user client")


async def test_a_database_that_hangs_is_answered_for_in_time(server: Server) -> None:
    done = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    hanging = await Database.open(server.settings.database_config(f"postgresql://x@127.0.0.1:{port}/x"))
    began = time.monotonic()
    try:
        assert await answer_of(hanging) == (503, "database")
        assert time.monotonic() - began < 3
    finally:
        done.set()
        listener.close()
        await hanging.close()


async def test_many_who_ask_are_one_look(
    database: Database, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async with asking(database) as client:
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        await admin.execute("update app.alembic_version set version_num = '0000'")
        assert (await client.get("/readyz")).status_code == 200
        await asyncio.sleep(1.05)
        assert (await client.get("/readyz")).status_code == 503


async def test_metrics_tell_of_durable_work(
    database: Database, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await admin.execute(
        "insert into function_runs (organization_id, id, function, dedup_value, event_id, status, error, finished_at) "
        "select organization_id, gen_random_uuid(), 'f', id::text, id, 'dead', 'x', now() from events limit 3"
    )
    async with asking(database) as client:
        answer = await client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'durable_runs{status="dead"} 3.0' in answer.text
    assert "database_up 1.0" in answer.text
    assert "process_resident_memory_bytes" in answer.text
    assert 'database_connections{client="service",state="idle"} 1.0' in answer.text
    assert "musicschool" not in answer.text


async def test_metrics_without_a_database_are_unknown_not_zero(nowhere: Database) -> None:
    async with asking(nowhere) as client:
        text = (await client.get("/metrics")).text

    assert "database_up 0.0" in text
    assert "durable_events_waiting NaN" in text


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {"host": "[::1]:8000"}, 200),
        ("127.0.0.1", {"host": "musicschool.coursecove.localhost:8000"}, 200),
        ("127.0.0.1", {"host": "school.example"}, 404),
        ("127.0.0.1", {"x-forwarded-for": "203.0.113.9"}, 404),
        ("127.0.0.1", {"forwarded": "for=203.0.113.9"}, 404),
        ("203.0.113.9", {}, 404),
        ("203.0.113.9", {"authorization": "Bearer a-long-metrics-token"}, 200),
        ("203.0.113.9", {"authorization": "bearer  a-long-metrics-token"}, 200),
        ("203.0.113.9", {"authorization": "Basic a-long-metrics-token"}, 404),
        ("203.0.113.9", {"authorization": "Bearer a-long-metrics-tokeN"}, 404),
        ("203.0.113.9", {"authorization": "Bearer "}, 404),
    ],
)
async def test_figures_are_for_this_machine_and_for_who_has_the_token(
    database: Database, peer: str, headers: dict[str, str], status: int
) -> None:
    async with asking(database, peer=peer, token="a-long-metrics-token") as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status


async def test_without_a_token_strangers_find_no_figures(database: Database) -> None:
    async with asking(database, peer="203.0.113.9") as client:
        assert (await client.get("/metrics", headers={"authorization": "Bearer "})).status_code == 404
