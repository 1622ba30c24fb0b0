"""The provider's own connections, and rows of them as dataclasses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, LiteralString, Self, TypeAlias, TypeVar

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

PATIENCE = 5.0
R = TypeVar("R")


class Store:
    """A small pool of the role `coursecove_identity`."""

    def __init__(self, url: str, *, connections: int = 4, prepared_statements: bool = True) -> None:
        self._url, self._connections = url, connections
        self._cached = 256 if prepared_statements else 0
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Commits when the block ends without an error."""
        pool = await self._opened()
        async with pool.acquire(timeout=PATIENCE) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """For single statements that only look: each is a transaction of its own."""
        pool = await self._opened()
        async with pool.acquire(timeout=PATIENCE) as connection:
            yield connection

    async def listener(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection of its own, to listen on; whoever asks closes it."""
        return await asyncpg.connect(self._url, timeout=PATIENCE)

    async def close(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                async with asyncio.timeout(PATIENCE):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _opened(self) -> "asyncpg.Pool[asyncpg.Record]":
        """Opened by the first who asks, so that a process starts without its database."""
        if self._pool is None:
            async with self._opening:
                if self._pool is None:
                    self._pool = await asyncpg.create_pool(
                        self._url,
                        min_size=0,
                        max_size=self._connections,
                        init=speak_json,
                        timeout=PATIENCE,
                        statement_cache_size=self._cached,
                        max_inactive_connection_lifetime=300,
                    )
        return self._pool


async def speak_json(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """jsonb is Python's own on both sides."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
        format="text",
    )


async def one(connection: Connection, row: type[R], sql: LiteralString, *args: object) -> R | None:
    """The first row as a dataclass, whose fields are the columns."""
    found = await connection.fetchrow(sql, *args)
    return None if found is None else _made(row, found)


async def made(connection: Connection, row: type[R], sql: LiteralString, *args: object) -> R:
    """The row that the statement cannot help but answer."""
    found = await one(connection, row, sql, *args)
    if found is None:
        raise LookupError(f"no row: {sql}")
    return found


async def many(connection: Connection, row: type[R], sql: LiteralString, *args: object) -> list[R]:
    return [_made(row, found) for found in await connection.fetch(sql, *args)]


def _made(row: type[R], found: Any) -> R:
    return row(**dict(found))
