"""The two clients: pools on two login roles, and the transactions opened on them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, LiteralString, Self, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from coursecove.kit.db.context import Claims, SealKey
from coursecove.kit.db.failures import translated
from coursecove.kit.db.reading import Connection, ReadDb
from coursecove.kit.db.writing import ServiceDb, UserDb

OPEN = "app.open"
"""The function each transaction of the user client begins with: it enters, and may answer a row's worth of text.

Claims and seal are always bound, never part of the text: other sessions of the role can read the text."""

FORGET = "reset role; reset all; select pg_advisory_unlock_all()"
"""What a connection owes the next caller: no setting and no lock of this one survives."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class DatabaseConfig:
    """Where the two clients connect, and with what patience. Times in seconds."""

    app_url: str
    service_url: str
    seal_key: SealKey
    connections: int = 4
    prepared_statements: bool = True
    statement_timeout: float = 5.0
    connect_timeout: float = 5.0


class Database:
    """Both clients of one process. `read` and `write` are the user client, `service*` the service client."""

    def __init__(self, config: DatabaseConfig) -> None:
        self.config = config
        self._app = _pool(config, config.app_url)
        self._service = _pool(config, config.service_url)
        self._app_engine = _engine(config, config.app_url)
        self._service_engine = _engine(config, config.service_url)

    @classmethod
    async def open(cls, config: DatabaseConfig) -> Self:
        """Connect lazily: the pools exist at once, the database may come later."""
        database = cls(config)
        async with translated():
            await database._app
            await database._service
        return database

    async def close(self) -> None:
        await self._app_engine.dispose()
        await self._service_engine.dispose()
        for pool in (self._app, self._service):
            try:
                async with asyncio.timeout(5):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    @asynccontextmanager
    async def read(self, claims: Claims, opening: LiteralString = OPEN) -> AsyncIterator[ReadDb]:
        """A READ ONLY transaction of the user client, as the one whom `claims` name."""
        async with translated(), self._transaction(self._app) as connection:
            opened = await connection.fetchval(f"select {opening}($1, $2, $3)", *self.call(claims))
            yield ReadDb(connection, opened)

    @asynccontextmanager
    async def write(self, claims: Claims, opening: LiteralString = OPEN) -> AsyncIterator[UserDb]:
        """A unit of work of the user client; commits when the block ends without an error."""
        parameters = dict(zip(("claims", "seal", "timeout"), self.call(claims), strict=True))
        async with translated(), _session(self._app_engine) as session:
            opened = await session.scalar(text(f"select {opening}(:claims, :seal, :timeout)"), parameters)
            yield UserDb(session, claims.organization_id, opened)
            await session.commit()

    async def fetch_once(self, row: type[R], sql: LiteralString, claims: Claims, *args: object) -> R:
        """One call that enters by itself and is a whole transaction: the way of the hottest pages."""
        async with translated(), self._app.acquire(timeout=self.config.connect_timeout) as connection:
            reading: Any = ReadDb(connection)  # type: ignore[arg-type] # a proxy of the same interface
            found: R = await reading.one(row, sql, *self.call(claims), *args)
            return found

    @asynccontextmanager
    async def service(self, organization_id: UUID | None = None) -> AsyncIterator[ServiceDb]:
        """A unit of work past row-level security; rows added belong to `organization_id`."""
        async with translated(), _session(self._service_engine) as session:
            yield ServiceDb(session, organization_id)
            await session.commit()

    @asynccontextmanager
    async def service_read(self) -> AsyncIterator[ReadDb]:
        async with translated(), self._transaction(self._service) as connection:
            yield ReadDb(connection)

    @asynccontextmanager
    async def anonymous(self) -> AsyncIterator[ReadDb]:
        """A stranger: may call the few functions granted to `coursecove_app`, and reads no table."""
        async with translated(), self._app.acquire(timeout=self.config.connect_timeout) as connection:
            yield ReadDb(connection)  # type: ignore[arg-type] # a proxy of the same interface

    def connections(self) -> dict[str, tuple[int, int]]:
        """Idle and busy connections of each client's read pool, as this process sees them."""
        pools = {"app": self._app, "service": self._service}
        return {
            name: (pool.get_idle_size(), pool.get_size() - pool.get_idle_size())
            for name, pool in pools.items()
        }

    def call(self, claims: Claims) -> tuple[str, str, int]:
        """What a function needs that enters: sealed claims, the seal, the statement timeout in milliseconds."""
        sealed = claims.as_json(lifetime_s=60)
        return sealed, self.config.seal_key.seal(sealed), int(self.config.statement_timeout * 1000)

    @asynccontextmanager
    async def _transaction(self, pool: "asyncpg.Pool[asyncpg.Record]") -> AsyncIterator[Connection]:
        async with pool.acquire(timeout=self.config.connect_timeout) as proxy:
            connection: Any = proxy
            await connection.execute("begin read only")
            try:
                yield connection
            except BaseException:
                if not connection.is_closed():
                    await connection.execute(f"rollback; {FORGET}")
                raise
            await connection.execute(f"commit; {FORGET}")


def _pool(config: DatabaseConfig, url: str) -> "asyncpg.Pool[asyncpg.Record]":
    return asyncpg.create_pool(
        url,
        min_size=0,
        max_size=config.connections,
        init=_prepare,
        reset=_nothing_to_reset,
        timeout=config.connect_timeout,
        statement_cache_size=1024 if config.prepared_statements else 0,
        max_inactive_connection_lifetime=300,
    )


def _engine(config: DatabaseConfig, url: str) -> AsyncEngine:
    cached = 256 if config.prepared_statements else 0
    creator = lambda: asyncpg.connect(url, timeout=config.connect_timeout, statement_cache_size=cached)  # noqa: E731 - SQLAlchemy asks for a callable
    engine = create_async_engine(
        f"postgresql+asyncpg://?prepared_statement_cache_size={cached}",
        async_creator=creator,
        pool_size=config.connections,
        max_overflow=0,
        pool_timeout=config.connect_timeout,
        pool_pre_ping=False,
    )
    event.listen(engine.sync_engine, "reset", _forget)
    event.listen(engine.sync_engine, "checkout", _refuse_dead)
    return engine


def _refuse_dead(adapted: Any, _record: object, _proxy: object) -> None:
    """A connection that the server has closed meanwhile is replaced before anybody meets it."""
    if adapted.driver_connection.is_closed():
        raise DisconnectionError


def _forget(adapted: Any, _record: object, _state: object) -> None:
    """The engine's pool hands a connection on: end what is open, then forget."""
    adapted.rollback()
    adapted.run_async(lambda connection: connection.execute(FORGET))


@asynccontextmanager
async def _session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine, expire_on_commit=False, autoflush=False) as session:
        yield session


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode, format="text"
    )


def _encode(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


async def _nothing_to_reset(connection: Connection) -> None:
    """All context is local to a transaction, so a connection comes back clean, or it does not come back."""
    if connection.is_in_transaction():
        await connection.close()
