"""What the durable tests share: one event, one table of effects, a school."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import Event

SCHOOL = UUID("01990000-0000-7000-8000-000000000001")

EFFECTS = """
    create table if not exists effects (
        what text not null, run_id uuid, at timestamptz not null default clock_timestamp());
    grant all on effects to coursecove_service"""


@dataclass(frozen=True, slots=True)
class Happened(Event):
    name = "test/thing.happened"
    item: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Ignored(Event):
    name = "test/thing.ignored"
    item: str


@dataclass(frozen=True, slots=True)
class Effect:
    what: str
    run_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RunRow:
    id: UUID
    function: str
    status: str
    attempt: int
    error: str | None


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    """Look again and again until it holds."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what is awaited happens in another process
            await asyncio.sleep(0.02)


async def leave(db: ServiceDb, what: str, run_id: UUID | None = None) -> str:
    """An effect that a test can count."""
    await db.value("insert into effects (what, run_id) values ($1, $2) returning 1", what, run_id)
    return what
