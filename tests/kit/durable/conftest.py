"""A real PostgreSQL with the declared schema, and a stage for each engine."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from durable_cast import EFFECTS
from durable_stage import EmbeddedStage, InngestStage, Stage

from coursecove.kit.db import Database, DatabaseConfig, SealKey
from coursecove.kit.db.provision import Provision
from coursecove.kit.postgres import EmbeddedPostgres
from coursecove.migrations.run import build

SEAL = SealKey(1, b"durable tests")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.start(tmp_path_factory.mktemp("pg"), settings={"fsync": "off"}) as running:
        yield running


@pytest.fixture(scope="session")
async def config(server: EmbeddedPostgres) -> DatabaseConfig:
    await build(server.url, Provision(SEAL, b"durable tests"))
    admin = await asyncpg.connect(server.url)
    await admin.execute(EFFECTS)
    await admin.close()
    app, service = (server.url.replace("postgres@", f"coursecove_{role}@") for role in ("app", "service"))
    return DatabaseConfig(app, service, SEAL, connections=8)


@pytest.fixture(scope="session")
async def database(config: DatabaseConfig) -> AsyncIterator[Database]:
    opened = await Database.open(config)
    yield opened
    await opened.close()


@pytest.fixture
async def clean(database: Database) -> Database:
    async with database.service() as db:
        await db.value("with gone as (delete from events returning 1) select count(*) from gone")
        await db.value("with gone as (delete from effects returning 1) select count(*) from gone")
    return database


@pytest.fixture
async def embedded(clean: Database) -> AsyncIterator[EmbeddedStage]:
    stage = EmbeddedStage(clean)
    yield stage
    await stage.close()


@pytest.fixture
async def inngest(clean: Database) -> AsyncIterator[InngestStage]:
    stage = InngestStage(clean)
    yield stage
    await stage.close()


@pytest.fixture(params=["embedded", "inngest"])
def stage(request: pytest.FixtureRequest) -> Stage:
    found: Stage = request.getfixturevalue(request.param)
    return found
