"""Who wakes a worker: only those who emit while one rests, and nothing that others emitted is slept over."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from durable_cast import SCHOOL, Happened, eventually
from durable_stage import EmbeddedStage

from coursecove.kit.db import Database, DatabaseConfig
from coursecove.kit.durable import Functions
from coursecove.kit.durable.control import NOBODY_RESTS
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.durable.models import CHANNEL


class Listener:
    """Hears the notifications, and sees whether a worker rests."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection
        self.heard = 0

    def hear(self, *_: object) -> None:
        self.heard += 1

    async def somebody_rests(self) -> bool:
        return not await self.connection.fetchval(NOBODY_RESTS)


@pytest.fixture
async def listener(config: DatabaseConfig) -> AsyncIterator[Listener]:
    connection = await asyncpg.connect(config.service_url)
    listening = Listener(connection)
    await connection.add_listener(CHANNEL, listening.hear)
    yield listening
    await connection.close()


async def test_while_no_worker_rests_nobody_is_woken(embedded: EmbeddedStage, listener: Listener) -> None:
    assert not await listener.somebody_rests()
    await asyncio.gather(*(embedded.emit(Happened(f"x{each}", "0")) for each in range(5)))
    await listener.connection.fetchval("select 1")
    assert listener.heard == 0


async def test_a_worker_at_rest_is_woken(embedded: EmbeddedStage, listener: Listener) -> None:
    await embedded.open()
    await eventually(listener.somebody_rests, 15)
    await embedded.emit(Happened("x", "0"))

    async def heard() -> bool:
        await listener.connection.fetchval("select 1")
        return listener.heard == 1

    await eventually(heard, 15)
    await embedded.settled()


async def test_of_several_workers_one_rests_for_all(clean: Database, listener: Listener) -> None:
    engines = [Embedded(Functions(()), clean) for _ in range(2)]
    assert [await engine.control.rest() for engine in engines] == [True, True]
    await engines[0].control.rouse()
    assert not await listener.somebody_rests()
    for engine in engines:
        await engine.control.close()


async def test_nobody_rests_while_somebody_emits_unheard(embedded: EmbeddedStage, listener: Listener) -> None:
    """What is not committed yet was seen by no worker, and will wake none."""
    async with embedded.database.service(SCHOOL) as db:
        await db.emit(Happened("x", "0"))
        await db.flush()
        await embedded.open()
        for _ in range(20):
            assert not await listener.somebody_rests()
            await asyncio.sleep(0.01)
    await embedded.settled()
    await eventually(listener.somebody_rests, 15)
    assert listener.heard == 0


async def test_after_its_connection_broke_a_worker_rests_again(
    embedded: EmbeddedStage, listener: Listener
) -> None:
    await embedded.open()
    await eventually(listener.somebody_rests, 15)
    await embedded.value(
        "select count(pg_terminate_backend(pid)) from pg_locks"
        " where locktype = 'advisory' and mode = 'ExclusiveLock' and granted"
    )
    await eventually(listener.somebody_rests, 15)
    await embedded.emit(Happened("x", "0"))
    await embedded.settled()
