"""A worker's own connection: it listens, claims and beats, and is made anew when it breaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from coursecove.kit.db import Database
from coursecove.kit.db.reading import Connection
from coursecove.kit.durable.models import AWAKE, CHANNEL
from coursecove.kit.errors import Unavailable

DATABASE_DOWN = (OSError, TimeoutError, Unavailable, asyncpg.InterfaceError, asyncpg.PostgresError)
"""What may go wrong between us and the database; the work waits, it is never given up for it."""

COMMAND_TIMEOUT = 10.0

REST = f"select pg_try_advisory_lock({AWAKE})"
ROUSE = f"select pg_advisory_unlock({AWAKE})"
NOBODY_RESTS = f"select pg_try_advisory_lock_shared({AWAKE}) and pg_advisory_unlock_shared({AWAKE})"


class Control:
    """Claims must be single statements: a process paused inside a transaction would block the others."""

    def __init__(self, database: Database, wake: asyncio.Event) -> None:
        self._config = database.config
        self._wake = wake
        self._lock = asyncio.Lock()
        self._connection: Connection | None = None
        self._at_rest_on: Connection | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        async with self._lock:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
            yield self._connection

    async def rest(self) -> bool:
        """Whether whoever emits from now on will wake us: nobody is left who could rely on our being awake."""
        if not self._config.prepared_statements:
            return True  # a transaction pooler lends connections: it keeps no lock for us, and hands on no notification
        async with self.connection() as connection:
            if await connection.fetchval(REST):
                self._at_rest_on = connection
                return True
            return not await connection.fetchval(NOBODY_RESTS)  # who wakes a fellow wakes us

    async def rouse(self) -> None:
        """We look by ourselves again; nobody has to wake us."""
        rested, self._at_rest_on = self._at_rest_on, None
        if rested is not None:
            async with self._lock:
                if not rested.is_closed():
                    await rested.execute(ROUSE)

    async def close(self) -> None:
        async with self._lock:
            if self._connection is not None:
                self._connection.terminate()

    async def _connect(self) -> Connection:
        connection = await asyncpg.connect(
            self._config.service_url,
            timeout=self._config.connect_timeout,
            command_timeout=COMMAND_TIMEOUT,
            statement_cache_size=100 if self._config.prepared_statements else 0,
        )
        await connection.add_listener(CHANNEL, lambda *_: self._wake.set())
        return connection
