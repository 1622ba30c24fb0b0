"""A run: one event on its way through one function, step by step, each effect happening once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, get_type_hints
from uuid import UUID

import msgspec

from coursecove.kit.db import ServiceDb
from coursecove.kit.durable.events import Event

E = TypeVar("E", bound=Event)
P = ParamSpec("P")
T = TypeVar("T")


class PermanentError(Exception):
    """Trying again cannot help: the run is dead at once."""


class RetryLater(Exception):  # an answer to the engine, not an error of its own
    """Try again after so many seconds instead of the function's backoff; counts as an attempt."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to try again in {seconds:g} s")
        self.seconds = seconds


class StepInterrupted(BaseException):
    """A step ended the attempt; no handler may swallow it, so it is no Exception."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Memo(Protocol):
    """How an engine remembers what a step answered; both return the remembered JSON."""

    async def committed(self, step: str, work: Callable[[ServiceDb], Awaitable[bytes]]) -> bytes:
        """Do the work and remember its answer in one transaction."""

    async def called(self, step: str, work: Callable[[], Awaitable[bytes]]) -> bytes:
        """Do the work outside any transaction, then remember its answer."""


class _Interrupting:
    """Turns whatever fails inside into the end of the attempt."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception):
            raise StepInterrupted(error) from error


@dataclass(slots=True)
class Run(Generic[E]):
    """What a background function receives. Effects belong in steps: code between them runs again."""

    id: UUID
    event: E
    event_id: UUID
    organization_id: UUID
    actor_id: UUID | None
    occurred_at: datetime
    attempt: int
    """1 for the first try of the step that is due."""
    memo: Memo = field(repr=False)
    _steps: set[str] = field(default_factory=set, repr=False)

    async def step(
        self,
        name: str,
        fn: Callable[Concatenate[ServiceDb, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `fn(db, ...)` once in a transaction of its own; its answer commits with its effect."""
        self._use(name)

        async def work(db: ServiceDb) -> bytes:
            return msgspec.json.encode(await fn(db, *args, **kwargs))

        with _Interrupting():
            return _decoded(await self.memo.committed(name, work), fn)

    async def call(
        self,
        name: str,
        fn: Callable[Concatenate[str, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Call the outside world as `fn(idempotency_key, ...)`; after a crash the same key is used again."""
        self._use(name)

        async def work() -> bytes:
            return msgspec.json.encode(await fn(f"{self.id}:{name}", *args, **kwargs))

        with _Interrupting():
            return _decoded(await self.memo.called(name, work), fn)

    def _use(self, name: str) -> None:
        if name in self._steps:
            raise PermanentError(f"step {name} is used twice in one run")
        self._steps.add(name)


def _decoded(answer: bytes, fn: Callable[..., Awaitable[T]]) -> T:
    """Through JSON on the first try too, so that no function works only until it is retried."""
    result: T = msgspec.json.decode(answer, type=get_type_hints(fn).get("return", Any))
    return result
