"""Calls of the one function that takes webhooks, on a connection of its own with its own patience."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import msgspec

from coursecove.accounts.sync.parsing import Delivery
from coursecove.kit.db import DatabaseConfig
from coursecove.kit.db.reading import Connection

TAKE: Final = "select webhook_id, status, reason, known from app.take_webhooks($1, $2::text::jsonb, $3, $4)"

LONGEST_MS: Final = 2**31 - 1

_encode = msgspec.json.Encoder(order=None).encode


@dataclass(slots=True, eq=False)
class Arrival:
    """A delivery on its way in."""

    delivery: Delivery
    body: bytes
    arrived: float = field(default_factory=time.monotonic)

    @property
    def id(self) -> str:
        return self.delivery.webhook_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a webhook; `known` means that it had been there before."""

    webhook_id: str
    status: str
    reason: str | None
    known: bool


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the database may take, in seconds."""

    statement: float
    lock: float
    connect: float


class Line:
    """One connection of the service client, made when needed and anew when broken; one call at a time."""

    def __init__(self, config: DatabaseConfig, patience: Patience) -> None:
        self._config, self._patience = config, patience
        self._connection: Connection | None = None
        self._turn = asyncio.Lock()
        self._busy_since: float | None = None

    async def take(self, arrivals: Sequence[Arrival], *, budget: float | None = None) -> dict[str, Outcome]:
        """Apply or store the deliveries in one commit; no id may be there twice. Raises what the database does."""
        rows = await self.fetch(TAKE, *arguments(arrivals, budget))
        return {row["webhook_id"]: Outcome(*row) for row in rows}

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """One statement, which is a transaction of its own."""
        async with self._turn:
            self._busy_since = time.monotonic()
            try:
                return await self._fetch(sql, args)
            finally:
                self._busy_since = None

    async def answers(self) -> None:
        """Raises where the database does not."""
        await self.fetch("select 1")

    def busy_for(self) -> float:
        """How long the present call lasts already."""
        return 0.0 if self._busy_since is None else time.monotonic() - self._busy_since

    def cut(self) -> None:
        """Let go at once, without a word to a server that may hang."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _fetch(self, sql: str, args: Sequence[object]) -> list[asyncpg.Record]:
        connection = await self._open()
        if self._config.prepared_statements:
            return await connection.fetch(sql, *args)
        async with connection.transaction():
            # Behind a transaction pooler no setting outlives its transaction.
            await connection.execute("; ".join(f"set local {each}" for each in self._limits()))
            return await connection.fetch(sql, *args)

    async def _open(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            prepared = self._config.prepared_statements
            self._connection = await asyncpg.connect(
                self._config.service_url,
                timeout=self._patience.connect,
                statement_cache_size=100 if prepared else 0,
            )
            if prepared:
                await self._connection.execute("; ".join(f"set {each}" for each in self._limits()))
        return self._connection

    def _limits(self) -> Iterable[str]:
        yield f"statement_timeout = {int(self._patience.statement * 1000)}"
        yield f"lock_timeout = {int(self._patience.lock * 1000)}"


def arguments(arrivals: Sequence[Arrival], budget: float | None) -> tuple[Any, ...]:
    """What TAKE is called with."""
    now = time.monotonic()
    for number, arrival in enumerate(arrivals, 1):
        arrival.delivery.n = number
        arrival.delivery.age_ms = min(int((now - arrival.arrived) * 1000), LONGEST_MS)
    batch = _encode([arrival.delivery for arrival in arrivals]).decode()
    return (
        [arrival.id for arrival in arrivals],
        batch,
        [arrival.body for arrival in arrivals],
        None if budget is None else int(budget * 1000),
    )
