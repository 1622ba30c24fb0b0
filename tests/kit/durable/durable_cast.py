"""What the durable tests share: one event, one table of effects, a school."""

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


async def leave(db: ServiceDb, what: str, run_id: UUID | None = None) -> str:
    """An effect that a test can count."""
    await db.value("insert into effects (what, run_id) values ($1, $2) returning 1", what, run_id)
    return what
