"""Both clients through PgBouncer in transaction mode: many callers on two connections, each in their own school."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg
import pytest
import pytest_asyncio

from coursecove.accounts.queries import members
from coursecove.analytics.queries import dashboard_call
from coursecove.kit.db import Claims, Database, ServiceDb
from coursecove.kit.db.provision import LOGINS
from coursecove.kit.durable import Event, Functions, Run, function
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.durable.worker import Worker
from tests.conftest import Server, World
from tests.kit.pooler import pooler, through, tracks_prepared_statements

pytestmark = pytest.mark.pooler
CALLERS, TURNS = 24, 20
SEEN = "select array_agg(distinct organization_id) from organization_memberships"
POISON = ("role", "search_path", "app.context", "request.jwt.claims", "default_transaction_read_only")
Opening = Callable[[], AbstractAsyncContextManager[Database]]


@pytest_asyncio.fixture(params=["unprepared", "prepared"] if tracks_prepared_statements() else ["unprepared"])
async def pooled(url: str, server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Opening]:
    """Opens both clients by way of the pooler; with prepared statements too where it tracks them."""
    known, config = server.settings.provision(), server.settings.database_config(url)
    with pooler(url, {role: known.password(role) for role in LOGINS}) as port:
        pooled = replace(
            config,
            app_url=through(config.app_url, port),
            service_url=through(config.service_url, port),
            prepared_statements=request.param == "prepared",
            connections=8,
        )

        @asynccontextmanager
        async def opened() -> AsyncIterator[Database]:
            database = await Database.open(pooled)
            try:
                yield database
            finally:
                await database.close()

        yield opened


async def _read(database: Database, claims: Claims) -> object:
    async with database.read(claims) as db:
        assert (await members(db, limit=5)).rows
        return await db.value(SEEN)


async def _write(database: Database, claims: Claims) -> object:
    async with database.write(claims) as db:
        await db.value("update organizations set locale = locale returning 1")
        return await db.value(SEEN)


async def test_many_callers_see_their_own_school_alone(pooled: Opening, world: World) -> None:
    async def call(database: Database, number: int) -> None:
        school = (world.music, world.yoga)[number % 2]
        claims = list(school.people.values())[number % 3].claims
        for turn in range(TURNS):
            assert await (_write if turn % 5 == 0 else _read)(database, claims) == [school.id]
            opened = await dashboard_call(database, claims)
            assert school.label in (opened.me or "")

    async with pooled() as database:
        await asyncio.gather(*(call(database, number) for number in range(CALLERS)))


async def test_nobody_sees_anything_without_claims(pooled: Opening, world: World) -> None:
    async def look(database: Database) -> None:
        async with database.read(Claims()) as db:
            assert await db.value(SEEN) is None

    async with pooled() as database:
        claims = world.music.people["amara"].claims
        await asyncio.gather(
            *(_read(database, claims) for _ in range(40)), *(look(database) for _ in range(40))
        )


async def test_what_a_caller_sets_is_gone_for_the_next(pooled: Opening, world: World) -> None:
    async with pooled() as one, pooled() as other:
        async with one.read(world.music.people["amara"].claims) as db:
            usual = {name: await db.value("select current_setting($1, true)", name) for name in POISON[1:]}
            for name in reversed(POISON):
                await db.value("select set_config($1, $2, false)", name, "none" if name == "role" else "on")
        for _ in range(10):
            async with other.read(world.yoga.people["lena"].claims) as db:
                assert await db.value(SEEN) == [world.yoga.id]
                assert await db.value("select current_setting('search_path')") == usual["search_path"]


@dataclass(frozen=True, slots=True)
class SentThroughPooler(Event):
    name = "test/pooler.sent"
    number: int


@function(on=SentThroughPooler)
async def note_what_was_sent(run: Run[SentThroughPooler]) -> None:
    async def note(db: ServiceDb) -> int:
        await db.value("insert into noted values ($1)", run.event.number)
        return run.event.number

    await run.step("note", note)


async def test_background_work_is_done_once(
    pooled: Opening, world: World, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await admin.execute("create table noted (number bigint); grant all on noted to coursecove_service")
    async with pooled() as database:
        workers = [Worker(Embedded(Functions([note_what_was_sent]), database), grace=5) for _ in range(2)]
        running = [asyncio.create_task(worker.run()) for worker in workers]
        async with database.service(world.music.id) as db:
            for number in range(20):
                await db.emit(SentThroughPooler(number))
        async with asyncio.timeout(30):
            while await admin.fetchval("select count(*) from noted") < 20:  # noqa: ASYNC110 - the database tells
                await asyncio.sleep(0.05)
        for worker in workers:
            worker.stop()
        await asyncio.gather(*running)
    assert [row[0] for row in await admin.fetch("select number from noted order by 1")] == list(range(20))
