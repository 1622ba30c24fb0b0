"""The database stopped, frozen, and back: nothing acknowledged is lost, and nobody waits for it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio

from coursecove.accounts.sync.receiving import LIMITS
from coursecove.kit.db import Database
from coursecove.kit.postgres import EmbeddedPostgres
from coursecove.migrations import run
from tests.conftest import Server
from tests.sync.provider import event, fresh, user
from tests.sync.stage import Stage, eventually, make_stage, with_journal


class OwnServer:
    """A PostgreSQL that a test may stop, freeze and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres.start(folder)
        self.url = self.postgres.url

    def stop(self) -> None:
        """As if the machine had lost its power."""
        pid = self.postgres.pid
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)
        self.postgres.stop()

    def start(self) -> None:
        self.postgres = EmbeddedPostgres.start(self.folder)

    def signal_all(self, number: int) -> None:
        """To the server and every session of it."""
        pid = self.postgres.pid
        assert pid is not None
        sessions = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *(int(session) for session in sessions)):
            os.kill(each, number)


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    made = OwnServer(tmp_path_factory.mktemp("own") / "pg")
    yield made
    made.postgres.stop()


@pytest_asyncio.fixture(scope="module")
async def migrated(own_server: OwnServer, server: Server) -> OwnServer:
    await run.migrate(own_server.url, server.settings.provision())
    return own_server


@pytest_asyncio.fixture
async def outage(migrated: OwnServer, server: Server, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on the server of its own; its `admin` connection is made anew after an outage."""
    database = await Database.open(server.settings.database_config(migrated.url))
    admin = await asyncpg.connect(migrated.url)
    await admin.execute("truncate webhook_events, identity_mirror, users, events cascade")
    stage = await make_stage(server.settings, database, admin, tmp_path / "journal", LIMITS)
    await stage.webhooks.start()
    yield stage
    await stage.close()
    await stage.admin.close()
    await database.close()


def people(count: int) -> dict[str, bytes]:
    return {fresh("msg"): event("user.created", user(fresh("user"))) for _ in range(count)}


async def deliver(stage: Stage, told: dict[str, bytes]) -> list[httpx.Response]:
    return await asyncio.gather(*(stage.post(body, one) for one, body in told.items()))


async def all_completed(stage: Stage, told: dict[str, bytes]) -> bool:
    done = "select count(*) from webhook_events where webhook_id = any($1) and status = 'completed'"
    return await stage.admin.fetchval(done, list(told)) == len(told)


async def test_while_the_database_is_down_deliveries_wait_on_disk(outage: Stage, migrated: OwnServer) -> None:
    before, during, after = people(5), people(30), people(5)
    assert {answer.status_code for answer in await deliver(outage, before)} == {200}
    await asyncio.to_thread(migrated.stop)
    answers = await deliver(outage, during)
    assert {answer.status_code for answer in answers} == {200}
    assert outage.webhooks.journal.waiting().bytes > 0
    await asyncio.to_thread(migrated.start)
    outage.admin = await asyncpg.connect(migrated.url)
    assert {answer.status_code for answer in await deliver(outage, after)} == {200}
    everything = before | during | after
    await eventually(lambda: all_completed(outage, everything))
    people_there = await outage.admin.fetchval("select count(*) from users")
    welcomes = await outage.admin.fetchval(
        "select count(*) from events where name = 'accounts/user.registered'"
    )
    assert (people_there, welcomes) == (40, 40)

    async def journal_is_empty() -> bool:
        return outage.webhooks.journal.waiting().bytes == 0

    await eventually(journal_is_empty)


async def test_a_frozen_database_is_not_waited_for(outage: Stage, migrated: OwnServer) -> None:
    told = people(20)
    migrated.signal_all(signal.SIGSTOP)
    try:
        answers = await asyncio.wait_for(deliver(outage, told), 20)  # still frozen when they are answered
    finally:
        migrated.signal_all(signal.SIGCONT)
    assert {answer.status_code for answer in answers} == {200}
    await eventually(lambda: all_completed(outage, told))
    assert await outage.admin.fetchval("select count(*) from users") == 20


async def test_with_nowhere_to_keep_it_the_sender_is_asked_to_come_again(
    outage: Stage, migrated: OwnServer, server: Server
) -> None:
    nowhere = Stage(with_journal(server.settings, "off"), outage.database, outage.admin)
    told = people(3)
    await asyncio.to_thread(migrated.stop)
    answers = await deliver(nowhere, told)
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in answers} == {(503, "5")}
    await asyncio.to_thread(migrated.start)
    outage.admin = nowhere.admin = await asyncpg.connect(migrated.url)

    async def taken() -> bool:
        return {answer.status_code for answer in await deliver(nowhere, told)} == {200}

    await eventually(taken)
    await eventually(lambda: all_completed(outage, told))
    await nowhere.close()
