"""Writes: a unit of work on models, with reads, and events emitted in the same transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar, cast
from uuid import UUID

import msgspec
from sqlalchemy import Executable, Result, text
from sqlalchemy import event as sa_event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from coursecove.kit import clock
from coursecove.kit.db.models import TenantOwned
from coursecove.kit.db.reading import Connection, ReadDb
from coursecove.kit.errors import NotFound
from coursecove.kit.ids import NIL, new_id

M = TypeVar("M")

EMIT = """
    insert into events (organization_id, id, name, data, actor_id, key, occurred_at, not_before)
    values ($1, $2, $3, $4::text::jsonb, app.member_id(), $5, $6, $7)
    on conflict do nothing"""

BEGIN = text("select 1")
"""SQLAlchemy begins with its own first statement; one sent past it before would commit by itself."""


class Emittable(Protocol):
    """A fact with a name and JSON-able data; `coursecove.kit.durable.Event` is one."""

    name: ClassVar[str]

    def data(self) -> dict[str, Any]: ...


class UnitOfWork(ReadDb):
    """A SQLAlchemy session in one transaction; the edge that opened it commits."""

    def __init__(
        self, session: AsyncSession, organization_id: UUID | None, opened: str | None = None
    ) -> None:
        self._session = session
        self.opened = opened
        self.organization_id = organization_id
        session.sync_session.info["organization_id"] = organization_id

    async def connection(self) -> Connection:
        await self._session.flush()
        raw = await (await self._session.connection()).get_raw_connection()
        driver = cast("Connection", raw.driver_connection)
        if not driver.is_in_transaction():
            await self._session.execute(BEGIN)
        return driver

    def add(self, row: object) -> None:
        self._session.add(row)

    async def delete(self, row: object) -> None:
        await self._session.delete(row)

    async def flush(self) -> None:
        await self._session.flush()

    @asynccontextmanager
    async def all_or_nothing(self) -> AsyncIterator[None]:
        """An error takes back what was done within the block, and the transaction goes on."""
        async with self._session.begin_nested():
            yield

    async def get(self, model: type[M], row_id: UUID, *, lock: bool = False) -> M:
        """The row with this id, locked on demand; NotFound where there is none to be seen."""
        key: Any = (self.organization_id, row_id) if issubclass(model, TenantOwned) else row_id
        found = await self._session.get(model, key, with_for_update=lock or None)
        if found is None:
            raise NotFound
        return found

    async def execute(self, statement: Executable) -> Result[Any]:
        return await self._session.execute(statement)

    async def emit(
        self, event: Emittable, *, key: str | None = None, not_before: datetime | None = None
    ) -> None:
        """Record the fact in this transaction. A `key` that was used before records nothing again."""
        data = msgspec.json.encode(event.data()).decode()
        school = self.organization_id or NIL
        connection = await self.connection()
        await connection.execute(EMIT, school, new_id(), event.name, data, key, clock.now(), not_before)


class UserDb(UnitOfWork):
    """The user client: every statement under row-level security, as the caller."""


class ServiceDb(UnitOfWork):
    """The service client: past row-level security, for webhooks, background work and the operator."""

    def belongs_to(self, organization_id: UUID | None) -> None:
        """Rows added and events emitted from here on belong to this school."""
        self.organization_id = organization_id
        self._session.sync_session.info["organization_id"] = organization_id


@sa_event.listens_for(Session, "before_flush")
def _stamp_school(session: Session, _context: object, _instances: object) -> None:
    """New rows belong to the school of their transaction, so that product code never names it."""
    organization_id = session.info.get("organization_id")
    for row in session.new:
        if isinstance(row, TenantOwned) and "organization_id" not in row.__dict__ and organization_id:
            row.organization_id = organization_id
