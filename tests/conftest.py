"""Fixtures for every test: a real PostgreSQL, migrated and seeded once, and a fresh copy of it on demand."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from coursecove import demo, settings
from coursecove.accounts.roles import Role
from coursecove.cli import migrating
from coursecove.kit.db import Claims, Database
from coursecove.kit.postgres import EmbeddedPostgres
from coursecove.migrations import run
from tests.signed_in import make_signing_key


@dataclass(frozen=True)
class Server:
    """The test run's own PostgreSQL, with one database that is migrated, seeded and never written to again."""

    url: str
    template: str
    settings: settings.Settings

    def named(self, database: str) -> str:
        return run.with_database(self.url, database)


@dataclass(frozen=True)
class Someone:
    """A person of the cast in one school, and the claims that a verified session would give them."""

    key: str
    role: Role
    school: "School"
    claims: Claims
    member_id: UUID
    user_id: UUID


@dataclass(frozen=True)
class School:
    id: UUID
    label: str
    people: dict[str, Someone] = field(default_factory=dict)

    def one(self, role: Role) -> Someone:
        """The first of the cast with this role."""
        return next(person for person in self.people.values() if person.role == role)


@dataclass(frozen=True)
class World:
    """Both schools of the cast, as a test's database holds them."""

    music: School
    yoga: School


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests measured and did not judge; bin/test shows these lines."""
    reports = [each for some in terminalreporter.stats.values() for each in some]
    for report in reports:
        if isinstance(report, pytest.TestReport) and report.when == "call":
            for name, value in report.user_properties:
                terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One PostgreSQL for each test process: its own, or the one that COURSECOVE_TEST_DATABASE_URL names."""
    data = tmp_path_factory.mktemp("data")
    os.environ["COURSECOVE_DATA"] = str(data)
    os.environ.setdefault("COURSECOVE_SECRET_KEY", "only-for-tests-" * 3)
    loaded = settings.load()
    given = os.environ.get("COURSECOVE_TEST_DATABASE_URL")
    if given:
        prepared = asyncio.run(_prepared(given, loaded))
        yield prepared
        asyncio.run(_execute(given, f"drop database {prepared.template} with (force)"))
        return
    with _in_memory(data) as folder, EmbeddedPostgres.start(folder, settings=HURRIED) as postgres:
        yield asyncio.run(_prepared(postgres.url, loaded))


MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it, as below any other
HURRIED = {"fsync": "off", "max_connections": "200"}


@contextmanager
def _in_memory(otherwise: Path) -> Iterator[Path]:
    """A folder for a database that outlives no test run: in memory where there is room, for copies are made all the time."""
    if not (os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 4 * 2**30):
        yield otherwise / "pg"
        return
    with tempfile.TemporaryDirectory(prefix="coursecove-", dir=MEMORY, ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "pg"


async def _prepared(url: str, loaded: settings.Settings) -> Server:
    template = f"coursecove_test_{uuid4().hex[:8]}"
    await _execute(url, f"create database {template} template template0")
    prepared = Server(url, template, loaded)
    await migrating.migrate(prepared.named(template), loaded.provision())
    database = await Database.open(loaded.database_config(prepared.named(template)))
    await demo.seed(database)
    await make_signing_key(loaded, database)
    await database.close()
    return prepared


async def _execute(url: str, sql: str) -> None:
    admin = await asyncpg.connect(url)
    await admin.execute(sql)
    await admin.close()


@pytest_asyncio.fixture(scope="session")
async def shared_url(server: Server) -> AsyncIterator[str]:
    """A seeded database for tests that only read."""
    async with cloned(server) as url:
        yield url


@pytest_asyncio.fixture
async def url(server: Server) -> AsyncIterator[str]:
    """A seeded database of the test's own, as its administrator sees it."""
    async with cloned(server) as clone:
        yield clone


@pytest_asyncio.fixture
async def database(url: str, server: Server) -> AsyncIterator[Database]:
    """Both clients on a seeded database of the test's own."""
    opened = await Database.open(server.settings.database_config(url))
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def admin(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The administrator's connection to the test's own database."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def world(database: Database) -> World:
    return await read_world(database)


class cloned:  # noqa: N801 - read as a verb: `async with cloned(server) as url`
    """A copy of the template database, dropped afterwards."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.name = f"coursecove_test_{uuid4().hex[:12]}"

    async def __aenter__(self) -> str:
        await self._run(f"create database {self.name} template {self.server.template} strategy file_copy")
        return self.server.named(self.name)

    async def __aexit__(self, *_: object) -> None:
        await self._run(f"drop database {self.name} with (force)")

    async def _run(self, sql: str) -> None:
        connection = await asyncpg.connect(self.server.url)
        await connection.execute(sql)
        await connection.close()


async def read_world(database: Database) -> World:
    """The cast as rows, with the claims of each."""
    async with database.service_read() as db:
        rows = await (await db.connection()).fetch(
            "select m.id, m.role, m.organization_id, m.user_id, u.clerk_user_id, o.subdomain "
            "from organization_memberships m join users u on u.id = m.user_id "
            "join organizations o on o.id = m.organization_id"
        )
    schools: dict[str, School] = {}
    keys = {person.external_id: person.key for person in demo.PEOPLE}
    order = [person.external_id for person in demo.PEOPLE]
    for row in sorted(rows, key=lambda row: order.index(row["clerk_user_id"])):
        school = schools.setdefault(row["subdomain"], School(row["organization_id"], row["subdomain"]))
        key = keys[row["clerk_user_id"]]
        claims = Claims(row["clerk_user_id"], school.id, f"sess_test_{key}")
        school.people[key] = Someone(key, Role(row["role"]), school, claims, row["id"], row["user_id"])
    return World(schools["musicschool"], schools["yogastudio"])
