"""A worker process: drives one engine until it is asked to end, and ends without losing anything."""

import asyncio
import signal
import time
from contextlib import suppress
from typing import Protocol

import structlog

from coursecove.kit.durable.control import DATABASE_DOWN, Control
from coursecove.kit.durable.operations import sweep

log = structlog.get_logger(__name__)

LONGEST_NAP = 1.0
SHORTEST_NAP = 0.005
NAP_WHILE_OTHERS_EMIT = 0.05
BETWEEN_SWEEPS = 3600.0


class Engine(Protocol):
    """What a worker drives: the embedded engine, or the relay to Inngest."""

    @property
    def wake(self) -> asyncio.Event: ...
    @property
    def control(self) -> Control: ...
    @property
    def heartbeat(self) -> float: ...

    async def advance(self) -> bool: ...
    async def seconds_until_due(self) -> float | None: ...
    async def beat(self) -> None: ...
    async def drain(self, grace: float) -> None: ...


class Worker:
    """Advances an engine while there is work, naps otherwise; a notification ends the nap."""

    def __init__(self, engine: Engine, *, grace: float = 15) -> None:
        self._engine = engine
        self._grace = grace
        self._stopping = False
        self._next_sweep = 0.0

    def stop(self) -> None:
        """Take no new work and finish what is in flight."""
        self._stopping = True
        self._engine.wake.set()

    async def run(self) -> None:
        beats = asyncio.create_task(self._beats())
        try:
            while not self._stopping:
                await self._turn()
            await self._engine.drain(self._grace)
        finally:
            beats.cancel()
            await asyncio.gather(beats, return_exceptions=True)
            await self._engine.control.close()

    async def _turn(self) -> None:
        self._engine.wake.clear()
        try:
            await self._engine.control.rouse()
            if await self._engine.advance():
                return
            await self._sweep()
            at_rest = await self._engine.control.rest()
            if await self._engine.advance():  # emitted while we were awake
                return
            due = await self._engine.seconds_until_due()
            longest = LONGEST_NAP if at_rest else NAP_WHILE_OTHERS_EMIT
            nap = longest if due is None else min(longest, max(SHORTEST_NAP, due))
        except DATABASE_DOWN as failure:
            log.warning("durable.database_away", reason=type(failure).__name__)
            nap = LONGEST_NAP
        with suppress(TimeoutError):
            await asyncio.wait_for(self._engine.wake.wait(), nap)

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(self._engine.heartbeat)
            try:
                await self._engine.beat()
            except DATABASE_DOWN as failure:
                log.warning("durable.beat_missed", reason=type(failure).__name__)

    async def _sweep(self) -> None:
        if time.monotonic() < self._next_sweep:
            return
        async with self._engine.control.connection() as connection:
            more = await sweep(connection)
        self._next_sweep = time.monotonic() + (LONGEST_NAP if more else BETWEEN_SWEEPS)


async def run_worker(engine: Engine, *, grace: float = 15) -> None:
    """Serve until SIGTERM or SIGINT; then up to `grace` seconds for work in flight."""
    worker = Worker(engine, grace=grace)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    await worker.run()
