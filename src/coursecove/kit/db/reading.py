"""Reads: typed SQL on a connection that is already inside its transaction."""

from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, LiteralString, Protocol, TypeAlias, TypeVar, cast

import asyncpg

from coursecove.kit.errors import NotFound

R = TypeVar("R")

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection


class Reads(Protocol):
    """What every database type can do: read rows into frozen dataclasses."""

    async def fetch(self, row: type[R], sql: LiteralString, *args: object) -> list[R]: ...
    async def first(self, row: type[R], sql: LiteralString, *args: object) -> R | None: ...
    async def one(self, row: type[R], sql: LiteralString, *args: object) -> R: ...
    async def value(self, sql: LiteralString, *args: object) -> Any: ...


class ReadDb:
    """The user client in a READ ONLY transaction: a GET cannot change state.

    `opened` is what the opening function answered, if anything.
    """

    def __init__(self, connection: Connection, opened: str | None = None) -> None:
        self._connection = connection
        self.opened = opened

    async def connection(self) -> Connection:
        """The driver's connection, inside this transaction."""
        return self._connection

    async def fetch(self, row: type[R], sql: LiteralString, *args: object) -> list[R]:
        """All rows, each as a `row`."""
        records = await (await self.connection()).fetch(sql, *args)
        return _rows(row, records)

    async def first(self, row: type[R], sql: LiteralString, *args: object) -> R | None:
        """The first row, or None."""
        record = await (await self.connection()).fetchrow(sql, *args)
        return None if record is None else _rows(row, [record])[0]

    async def one(self, row: type[R], sql: LiteralString, *args: object) -> R:
        """The first row; NotFound where there is none, be it absent or not the caller's to see."""
        found = await self.first(row, sql, *args)
        if found is None:
            raise NotFound
        return found

    async def value(self, sql: LiteralString, *args: object) -> Any:
        """The first column of the first row."""
        return await (await self.connection()).fetchval(sql, *args)


def _rows(row: type[R], records: list[asyncpg.Record]) -> list[R]:
    if not records:
        return []
    _check_columns(cast("Any", row), tuple(records[0].keys()))
    return [row(*record) for record in records]


@lru_cache(maxsize=4096)
def _check_columns(row: Any, columns: tuple[str, ...]) -> None:
    """Positions are trusted only where the names agree; checked once for each pair."""
    wanted = tuple(field.name for field in fields(row))
    if wanted != columns:
        raise TypeError(f"{row.__name__} has the fields {wanted}, the statement gives {columns}")
