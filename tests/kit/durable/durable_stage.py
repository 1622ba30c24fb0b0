"""A stage on which the same functions are played by either engine."""

import asyncio
from datetime import datetime
from typing import Any

from durable_cast import SCHOOL, Effect, RunRow, eventually
from durable_inngest_server import EVENT_KEY, SIGNING_KEY, InngestServer

from coursecove.kit.db import Database
from coursecove.kit.durable import AnyFunction, Event, Functions
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.durable.inngest import Inngest, InngestConfig
from coursecove.kit.durable.worker import Engine, Worker

OPEN = """
    select (select count(*) from events where dispatched_at is null
               and coalesce(not_before, '-infinity') <= now())
         + (select count(*) from function_runs where status in ('waiting', 'running'))"""


class Stage:
    """What both engines have in common: emitting, waiting, counting."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._workers: list[tuple[Worker, asyncio.Task[None]]] = []

    def work(self, engine: Engine, *, grace: float = 5) -> Worker:
        worker = Worker(engine, grace=grace)
        self._workers.append((worker, asyncio.create_task(worker.run())))
        return worker

    async def close(self) -> None:
        for worker, _ in self._workers:
            worker.stop()
        for _, task in self._workers:
            await asyncio.wait_for(task, 20)
        self._workers.clear()

    async def emit(self, *events: Event, key: str | None = None, not_before: datetime | None = None) -> None:
        async with self.database.service(SCHOOL) as db:
            for event in events:
                await db.emit(event, key=key, not_before=not_before)

    def idle(self) -> bool:
        return True

    async def settled(self, seconds: float = 15) -> None:
        """Until nothing is waiting, running or about to be."""

        async def nothing_open() -> bool:
            return not await self.value(OPEN) and self.idle()

        await eventually(nothing_open, seconds)

    async def until(self, count: int, seconds: float = 15) -> list[Effect]:
        """The effects, once there are so many."""

        async def enough() -> bool:
            return len(await self.effects()) >= count

        await eventually(enough, seconds)
        return await self.effects()

    async def value(self, sql: Any, *args: object) -> Any:
        async with self.database.service() as db:
            return await db.value(sql, *args)

    async def effects(self) -> list[Effect]:
        async with self.database.service_read() as db:
            return await db.fetch(Effect, "select what, run_id, at from effects order by at")

    async def told(self) -> list[str]:
        return [effect.what for effect in await self.effects()]

    async def runs(self) -> list[RunRow]:
        async with self.database.service_read() as db:
            return await db.fetch(
                RunRow,
                "select id, function, status, attempt, error from function_runs order by created_at, id",
            )


class EmbeddedStage(Stage):
    """Workers of the embedded engine in this process, each with a connection of its own."""

    async def open(self, *functions: AnyFunction, workers: int = 1, lease: float = 30) -> None:
        for _ in range(workers):
            self.work(Embedded(Functions(functions), self.database, lease=lease))

    def tick_twice(self, name: str, at: datetime) -> None:
        """Nothing to do: both workers look at the clock themselves."""


class InngestStage(Stage):
    """The real SDK, called by a server of ours that speaks Inngest's protocol."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.server = InngestServer()

    async def open(self, *functions: AnyFunction, workers: int = 1, lease: float = 30) -> None:
        await self.server.start()
        config = InngestConfig(
            event_key=EVENT_KEY, signing_key=SIGNING_KEY, api_url=self.server.url, event_url=self.server.url
        )
        engines = [Inngest(Functions(functions), self.database, config) for _ in range(workers)]
        await self.server.connect(engines[0].app)
        for engine in engines:
            self.work(engine)

    def tick_twice(self, name: str, at: datetime) -> None:
        self.server.tick(name, at)
        self.server.tick(name, at)

    def idle(self) -> bool:
        return self.server.idle()

    async def close(self) -> None:
        await super().close()
        await self.server.stop()
