"""The embedded engine: runs are rows in PostgreSQL, claimed under a lease, and nothing else is needed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from coursecove.kit.db import Database, ServiceDb
from coursecove.kit.db.reading import Connection
from coursecove.kit.durable import statements as sql
from coursecove.kit.durable.attempts import (
    attempt,
    dedup_value,
    described,
    event_from,
    settled,
    tell_exhausted,
    wait_after,
)
from coursecove.kit.durable.control import DATABASE_DOWN, Control
from coursecove.kit.durable.functions import AnyFunction, Functions
from coursecove.kit.durable.runs import Run
from coursecove.kit.durable.ticking import Ticking
from coursecove.kit.ids import new_id

log = structlog.get_logger(__name__)

EVENTS_AT_ONCE = 200
ANOTHER_BURIAL_AFTER = 60.0
"""Seconds until `on_exhausted` is tried again after it failed itself."""


class LeaseLost(Exception):
    """Another worker has this run now, or an operator took it: nothing of ours may commit."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that is ours until its lease ends."""

    organization_id: UUID
    id: UUID
    function: str
    attempt: int
    lease: UUID
    error: str | None
    event_id: UUID
    data: str
    actor_id: UUID | None
    occurred_at: datetime
    steps: str | None

    @property
    def key(self) -> tuple[UUID, UUID, UUID]:
        return self.organization_id, self.id, self.lease


class Embedded:
    """Hands events to functions and runs them, `slots` at a time in this process."""

    def __init__(
        self, functions: Functions, database: Database, *, slots: int = 10, lease: float = 30
    ) -> None:
        self.wake = asyncio.Event()
        self.control = Control(database, self.wake)
        self.heartbeat = lease / 3
        self._functions = functions
        self._database = database
        self._slots = slots
        self._lease = lease
        self._ticking = Ticking(functions, database)
        self._working: dict[UUID, asyncio.Task[None]] = {}

    async def advance(self) -> bool:
        """Tick, relay, claim; True where anything moved."""
        await self._ticking.tick()
        async with self.control.connection() as connection:
            relayed = await self._relay(connection)
            claimed = await self._claim(connection)
        for run in claimed:
            task = asyncio.create_task(self._work(run))
            self._working[run.lease] = task
            task.add_done_callback(partial(self._freed, run.lease))
        return relayed or bool(claimed)

    async def seconds_until_due(self) -> float | None:
        """When something will be due of which no notification can tell."""
        async with self.control.connection() as connection:
            seconds: float | None = await connection.fetchval(sql.NEXT_DUE)
            return seconds

    async def beat(self) -> None:
        """Extend our leases; work whose lease is gone is stopped, for it could not commit anyway."""
        leases = list(self._working)
        if not leases:
            return
        async with self.control.connection() as connection:
            kept = {row["lease"] for row in await connection.fetch(sql.EXTEND, leases, self._lease)}
        for lease in leases:
            if lease not in kept and (task := self._working.get(lease)):
                task.cancel()

    async def drain(self, grace: float) -> None:
        """Let work in flight finish; what does not is given back to others at once."""
        if self._working:
            await asyncio.wait(self._working.values(), timeout=grace)
        unfinished = dict(self._working)
        for task in unfinished.values():
            task.cancel()
        await asyncio.gather(*unfinished.values(), return_exceptions=True)
        if unfinished:
            async with self.control.connection() as connection:
                await connection.execute(sql.GIVE_BACK, list(unfinished))

    def _freed(self, lease: UUID, _: asyncio.Task[None]) -> None:
        del self._working[lease]
        self.wake.set()

    async def _relay(self, connection: Connection) -> bool:
        """Turn due events into runs, in one transaction: a second relay finds nothing or nothing new."""
        async with connection.transaction():
            events = await connection.fetch(sql.TAKE_EVENTS, EVENTS_AT_ONCE)
            if not events:
                return False
            runs = [
                _run_row(function, event, data)
                for event in events
                for data in [msgspec.json.decode(event["data"])]
                for function in self._functions.subscribed(event["name"], data)
            ]
            if runs:
                await connection.execute(sql.START_RUNS, *map(list, zip(*runs, strict=True)))
                await connection.execute(sql.WAKE_OTHERS)
            keys = [event["organization_id"] for event in events], [event["id"] for event in events]
            await connection.execute(sql.MARK_DISPATCHED, *keys)
            return True

    async def _claim(self, connection: Connection) -> list[Claimed]:
        free = self._slots - len(self._working)
        if free <= 0:
            return []
        try:
            rows = await connection.fetch(sql.CLAIM, self._functions.names(), free, self._lease)
        except asyncpg.UniqueViolationError:  # another worker was first with the same serial value
            return []
        return [Claimed(*(row[field.name] for field in fields(Claimed))) for row in rows]

    async def _work(self, claimed: Claimed) -> None:
        function = self._functions[claimed.function]
        if claimed.attempt > function.attempts:
            await self._until_recorded(
                lambda: self._bury(function, claimed, claimed.error or "no attempts left")
            )
            return
        outcome = await settled(self._attempt(function, claimed))
        if outcome is None:
            await self._until_recorded(lambda: self._update(sql.FINISH, *claimed.key))
        elif isinstance(outcome, tuple):
            await self._failed(function, claimed, *outcome)
        else:
            await self._failed(function, claimed, claimed.attempt, outcome)

    async def _attempt(self, function: AnyFunction, claimed: Claimed) -> tuple[int, BaseException] | None:
        """One attempt; where it fails, the error and which attempt of its step it was."""
        run = Run(
            id=claimed.id,
            event=event_from(function, claimed.data),
            event_id=claimed.event_id,
            organization_id=claimed.organization_id,
            actor_id=claimed.actor_id,
            occurred_at=claimed.occurred_at,
            attempt=claimed.attempt,
            memo=(memo := LeasedMemo(self._database, claimed)),
        )
        memo.run = run
        error = await attempt(function, run)
        return None if error is None else (run.attempt, error)

    async def _failed(
        self, function: AnyFunction, claimed: Claimed, attempted: int, error: BaseException
    ) -> None:
        if isinstance(error, LeaseLost):
            log.warning("durable.lease_lost", function=function.name, run=str(claimed.id))
            return
        seconds = wait_after(function, attempted, error)
        log.warning(
            "durable.attempt_failed",
            function=function.name,
            run=str(claimed.id),
            attempt=attempted,
            again_in=seconds,
            exc_info=error,
        )
        if seconds is None:
            await self._until_recorded(lambda: self._bury(function, claimed, described(error)))
        else:
            again = (*claimed.key, described(error), seconds)
            await self._until_recorded(lambda: self._update(sql.TRY_AGAIN, *again))

    async def _bury(self, function: AnyFunction, claimed: Claimed, error: str) -> None:
        """Dead, and `on_exhausted` with it, in one transaction; a failing callback delays the burial."""
        outcome = await settled(self._bury_at_once(function, claimed, error))
        if isinstance(outcome, DATABASE_DOWN):
            raise outcome
        if isinstance(outcome, BaseException):
            log.error(
                "durable.on_exhausted_failed", function=function.name, run=str(claimed.id), exc_info=outcome
            )
            again = (*claimed.key, error, ANOTHER_BURIAL_AFTER)
            await self._update(sql.TRY_AGAIN, *again)

    async def _bury_at_once(self, function: AnyFunction, claimed: Claimed, error: str) -> None:
        async with self._database.service(claimed.organization_id) as db:
            if await db.value(sql.BURY, *claimed.key, error):
                await tell_exhausted(
                    db,
                    function,
                    run_id=claimed.id,
                    organization_id=claimed.organization_id,
                    data=claimed.data,
                    error=error,
                )

    async def _update(self, statement: str, *args: Any) -> None:
        async with self.control.connection() as connection:
            await connection.execute(statement, *args)

    async def _until_recorded(self, write: Callable[[], Awaitable[None]]) -> None:
        """An outcome outlives a database that is away; if our lease ends first, `beat` cancels this."""
        while True:
            try:
                return await write()
            except DATABASE_DOWN as failure:
                log.warning("durable.outcome_delayed", reason=type(failure).__name__)
                await asyncio.sleep(0.5)


class LeasedMemo:
    """Steps of a run that is ours: effect, memo and the proof that it is still ours commit together."""

    def __init__(self, database: Database, claimed: Claimed) -> None:
        self.run: Run[Any] | None = None
        self._database = database
        self._claimed = claimed
        self._known: dict[str, msgspec.Raw] = (
            msgspec.json.decode(claimed.steps, type=dict[str, msgspec.Raw]) if claimed.steps else {}
        )

    async def committed(self, step: str, work: Callable[[ServiceDb], Awaitable[bytes]]) -> bytes:
        if step in self._known:
            return bytes(self._known[step])
        async with self._database.service(self._claimed.organization_id) as db:
            answer = await work(db)
            await db.flush()
            if not await db.value(sql.KEEP_STEP, *self._claimed.key, step, answer.decode()):
                raise LeaseLost
        if self.run:
            self.run.attempt = 1
        return answer

    async def called(self, step: str, work: Callable[[], Awaitable[bytes]]) -> bytes:
        if step in self._known:
            return bytes(self._known[step])
        answer = await work()

        async def remember(_: ServiceDb) -> bytes:
            return answer

        return await self.committed(step, remember)


def _run_row(function: AnyFunction, event: asyncpg.Record, data: dict[str, Any]) -> tuple[object, ...]:
    serial = data.get(function.serial_key) if function.serial_key else None
    return (
        event["organization_id"],
        new_id(),
        function.name,
        dedup_value(function, event["id"], data),
        None if serial is None else str(serial),
        event["id"],
    )
