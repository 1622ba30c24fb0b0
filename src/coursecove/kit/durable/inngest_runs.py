"""Our functions as Inngest runs them: its retries and scheduling, our memo, dedup and dead letters."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import inngest
import msgspec
import structlog

from coursecove.kit import clock
from coursecove.kit.db import Database, ServiceDb
from coursecove.kit.durable import inngest_statements as sql
from coursecove.kit.durable.attempts import (
    attempt,
    dedup_value,
    described,
    event_from,
    settled,
    tell_exhausted,
    wait_after,
)
from coursecove.kit.durable.events import RunRetried, ScheduleTicked
from coursecove.kit.durable.functions import AnyFunction, Functions
from coursecove.kit.durable.runs import PermanentError, Run
from coursecove.kit.durable.ticking import tick_key
from coursecove.kit.ids import NIL, new_id

log = structlog.get_logger(__name__)

SHORTEST_WAIT = 1.0
"""Inngest truncates to whole seconds; less than one would be no wait at all."""

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Opened:
    """Our row of a run that Inngest drives."""

    organization_id: UUID
    id: UUID
    status: str
    external_id: str
    event_id: UUID
    data: str
    actor_id: UUID | None
    occurred_at: datetime
    steps: str | None

    @property
    def key(self) -> tuple[UUID, UUID, str]:
        return self.organization_id, self.id, self.external_id


class InngestRuns:
    """Registers functions with the SDK and answers its calls."""

    def __init__(self, functions: Functions, database: Database, client: inngest.Inngest) -> None:
        self._database = database
        self._client = client
        self.registered = [self._register(function) for function in functions]

    def _register(self, function: AnyFunction) -> inngest.Function[Any]:
        async def run(ctx: inngest.Context) -> str:
            return await self._run(function, ctx)

        async def failed(ctx: inngest.Context) -> str:
            return await self._given_up(function, ctx.event.data)

        return self._client.create_function(
            fn_id=function.name,
            retries=function.retries,
            concurrency=_concurrency(function),
            trigger=_triggers(function),
            on_failure=failed,
        )(run)

    async def _run(self, function: AnyFunction, ctx: inngest.Context) -> str:
        opened = await settled(self._open(function, ctx.event.name, ctx.event.data, ctx.run_id, ctx.event.ts))
        if isinstance(opened, BaseException):
            raise _again(function, ctx.attempt + 1, opened)
        if opened is None or opened.status != "running":
            return "done before"
        outcome = await settled(self._attempt(function, ctx, opened))
        if outcome is None:
            return "done"
        if not isinstance(outcome, Exception):
            raise outcome  # the SDK's way of handing a step's answer to its server
        error = _original(outcome)
        log.warning(
            "durable.attempt_failed",
            function=function.name,
            run=str(opened.id),
            attempt=ctx.attempt + 1,
            exc_info=error,
        )
        if wait_after(function, ctx.attempt + 1, error) is None:
            await self._bury(function, opened, described(error))
        raise _again(function, ctx.attempt + 1, error)

    async def _attempt(
        self, function: AnyFunction, ctx: inngest.Context, opened: Opened
    ) -> BaseException | None:
        run = Run(
            id=opened.id,
            event=event_from(function, opened.data),
            event_id=opened.event_id,
            organization_id=opened.organization_id,
            actor_id=opened.actor_id,
            occurred_at=opened.occurred_at,
            attempt=ctx.attempt + 1,
            memo=InngestMemo(self._database, ctx.step, opened),
        )
        error = await attempt(function, run)
        if error is None:
            async with self._database.service() as db:
                await db.value(sql.FINISH, *opened.key)
        return error

    async def _open(
        self, function: AnyFunction, name: str, data: Data, external_id: str, sent_ms: int
    ) -> Opened | None:
        """Our row for this run; None where another run has, or had, the same dedup value."""
        async with self._database.service() as db:
            if name == RunRetried.name:
                school, run_id = UUID(data["organization_id"]), UUID(data["run_id"])
                await db.value(sql.ADOPT, school, run_id, external_id)
            elif function.schedule:
                await self._start(db, function, NIL, await _ticked(db, function, data, sent_ms), external_id)
            else:
                ids = UUID(data["organization_id"]), UUID(data["event_id"])
                await self._start(db, function, *ids, external_id)
            return await db.first(Opened, sql.MINE, function.name, external_id)

    async def _start(
        self, db: ServiceDb, function: AnyFunction, school: UUID, event_id: UUID, external_id: str
    ) -> None:
        data = await db.value(sql.EVENT_DATA, school, event_id)
        if data is None:
            raise PermanentError(f"event {event_id} is not ours")
        dedup = dedup_value(function, event_id, msgspec.json.decode(data))
        await db.value(sql.START, school, new_id(), function.name, dedup, event_id, external_id)

    async def _given_up(self, function: AnyFunction, data: Data) -> str:
        """Inngest gave up, perhaps without having reached us: the dead letter is written here at the latest."""
        event, error = data["event"], data.get("error") or {}
        opened = await self._open(
            function, event.get("name", ""), event.get("data") or {}, data["run_id"], event.get("ts", 0)
        )
        if opened and opened.status == "running":
            await self._bury(function, opened, f"{error.get('name')}: {error.get('message')}")
        return "buried"

    async def _bury(self, function: AnyFunction, opened: Opened, error: str) -> None:
        """Dead, and `on_exhausted` with it, in one transaction and only once."""
        async with self._database.service(opened.organization_id) as db:
            if await db.value(sql.BURY, *opened.key, error):
                await tell_exhausted(
                    db,
                    function,
                    run_id=opened.id,
                    organization_id=opened.organization_id,
                    data=opened.data,
                    error=error,
                )


class InngestMemo:
    """Steps run by Inngest's protocol; our memo commits with the effect, so a repeated call changes nothing."""

    def __init__(self, database: Database, step: inngest.Step, opened: Opened) -> None:
        self._database = database
        self._step = step
        self._opened = opened
        self._known: dict[str, msgspec.Raw] = (
            msgspec.json.decode(opened.steps, type=dict[str, msgspec.Raw]) if opened.steps else {}
        )

    async def committed(self, step: str, work: Callable[[ServiceDb], Awaitable[bytes]]) -> bytes:
        return await self._through_inngest(step, lambda: self._once(step, work))

    async def called(self, step: str, work: Callable[[], Awaitable[bytes]]) -> bytes:
        async def call_and_remember() -> bytes:
            answer = await work()

            async def remember(_: ServiceDb) -> bytes:
                return answer

            return await self._once(step, remember)

        return await self._through_inngest(step, call_and_remember)

    async def _through_inngest(self, step: str, work: Callable[[], Awaitable[bytes]]) -> bytes:
        async def run() -> Any:
            if step in self._known:
                return msgspec.json.decode(self._known[step])
            answer = await settled(work())
            if isinstance(answer, Exception):
                # The only kind that the SDK lets pass: our own backoff is applied where it arrives.
                raise inngest.NonRetriableError(str(answer), quiet=True) from answer
            if isinstance(answer, BaseException):
                raise answer
            return msgspec.json.decode(answer)

        return msgspec.json.encode(await self._step.run(step, run))

    async def _once(self, step: str, work: Callable[[ServiceDb], Awaitable[bytes]]) -> bytes:
        try:
            async with self._database.service(self._opened.organization_id) as db:
                answer = await work(db)
                await db.flush()
                if not await db.value(sql.KEEP_STEP, *self._opened.key, step, answer.decode()):
                    raise _KeptBefore
        except _KeptBefore:
            async with self._database.service() as db:
                kept = await db.value(sql.KEPT_STEP, *self._opened.key[:2], step)
            if kept is None:
                raise PermanentError("this run has ended") from None
            return str(kept).encode()
        return answer


class _KeptBefore(Exception):
    """The same step was committed by a call that we thought lost."""


async def _ticked(db: ServiceDb, function: AnyFunction, data: Data, sent_ms: int) -> UUID:
    """The event of this tick, recorded by whoever comes first; the planned minute, not the present one."""
    at = _planned(data.get("fireAt"), sent_ms)
    key = tick_key(function.name, at)
    await db.emit(ScheduleTicked(function.name, at), key=key)
    event_id: UUID = await db.value(sql.TICK, NIL, ScheduleTicked.name, key)
    return event_id


def _planned(fire_at: object, sent_ms: int) -> datetime:
    if isinstance(fire_at, str):
        at = datetime.fromisoformat(fire_at)
    elif isinstance(fire_at, int | float):
        at = datetime.fromtimestamp(fire_at / 1000, UTC)
    else:
        at = datetime.fromtimestamp(sent_ms / 1000, UTC) if sent_ms else clock.now()
    # The run is queued some milliseconds before its minute.
    return (at.astimezone(UTC) + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _again(function: AnyFunction, attempted: int, error: BaseException) -> Exception:
    """What Inngest is told: when to come back, or not to."""
    seconds = wait_after(function, attempted, error)
    if seconds is None:
        return inngest.NonRetriableError(described(error), quiet=True)
    return inngest.RetryAfterError(
        described(error), timedelta(seconds=max(seconds, SHORTEST_WAIT)), quiet=True
    )


def _original(error: Exception) -> BaseException:
    if isinstance(error, inngest.StepError):
        return PermanentError(f"{error.name}: {error.message}")
    return error.__cause__ or error if isinstance(error, inngest.NonRetriableError) else error


def _triggers(function: AnyFunction) -> list[inngest.TriggerCron | inngest.TriggerEvent]:
    """Its event or schedule, and an operator's wish to try again."""
    retried = inngest.TriggerEvent(
        event=RunRetried.name, expression=f"event.data.function == '{function.name}'"
    )
    if function.schedule:
        cron = f"TZ={function.schedule.timezone.key} {function.schedule.expression}"
        return [inngest.TriggerCron(cron=cron), retried]
    return [inngest.TriggerEvent(event=function.on.name), retried]


def _concurrency(function: AnyFunction) -> list[inngest.Concurrency] | None:
    if function.serial_key is None:
        return None
    key = f"event.data.organization_id + '/' + string(event.data.fields.{function.serial_key})"
    return [inngest.Concurrency(limit=1, key=key, scope="fn")]
