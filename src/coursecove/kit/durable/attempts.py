"""One attempt of one run, the same on every engine: what is handed in, what comes out, what follows."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import structlog

from coursecove.kit.db import ServiceDb
from coursecove.kit.durable.events import Event
from coursecove.kit.durable.functions import AnyFunction, Failure
from coursecove.kit.durable.runs import PermanentError, RetryLater, Run, StepInterrupted

T = TypeVar("T")

log = structlog.get_logger(__name__)

LONGEST_ERROR = 2000


async def settled(work: Awaitable[T]) -> T | BaseException:
    """What the work answers or raises; a cancellation from outside passes through."""
    (outcome,) = await asyncio.gather(work, return_exceptions=True)
    return outcome


async def attempt(function: AnyFunction, run: Run[Event]) -> BaseException | None:
    """Run the handler under its deadline; None means that the run is done."""
    outcome = await settled(_within_deadline(function, run))
    if isinstance(outcome, StepInterrupted):
        return outcome.cause
    return outcome if isinstance(outcome, BaseException) else None


async def _within_deadline(function: AnyFunction, run: Run[Event]) -> None:
    async with asyncio.timeout(function.timeout):
        await function.handler(run)


def wait_after(function: AnyFunction, attempt: int, error: BaseException) -> float | None:
    """Seconds until the next attempt; None means that there will be none."""
    if isinstance(error, PermanentError) or attempt >= function.attempts:
        return None
    return error.seconds if isinstance(error, RetryLater) else function.backoff.delay(attempt)


def event_from(function: AnyFunction, data: str) -> Event:
    """The typed event; data that no longer fits its type can never be processed."""
    try:
        event: Event = msgspec.json.decode(data, type=function.on)
    except msgspec.ValidationError as misfit:
        raise PermanentError(f"the event's data does not fit {function.on.name}: {misfit}") from misfit
    return event


def described(error: BaseException) -> str:
    """What an operator reads about a failed attempt."""
    return f"{type(error).__name__}: {error}"[:LONGEST_ERROR]


def dedup_value(function: AnyFunction, event_id: UUID, data: dict[str, Any]) -> str:
    """What must not start this function twice: the declared field, else the event itself."""
    declared = data.get(function.dedup) if function.dedup else None
    return str(event_id if declared is None else declared)


async def tell_exhausted(
    db: ServiceDb, function: AnyFunction, *, run_id: UUID, organization_id: UUID, data: str, error: str
) -> None:
    """Call `on_exhausted` in the transaction of the burial; data that fits no event has nobody to tell."""
    if function.on_exhausted is None:
        return
    try:
        event = event_from(function, data)
    except PermanentError:
        log.error("durable.exhausted_untold", function=function.name, run=str(run_id))
        return
    await function.on_exhausted(db, Failure(run_id, organization_id, event, error))
