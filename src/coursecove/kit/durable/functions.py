"""Background functions: what runs on which event or schedule, and how failure is met."""

import dataclasses
import inspect
import random
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload
from uuid import UUID

from coursecove.kit.db import ServiceDb
from coursecove.kit.durable.events import Event, ScheduleTicked
from coursecove.kit.durable.runs import Run
from coursecove.kit.durable.schedules import Schedule

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds to wait after the n-th failed attempt: base * factor^(n-1), capped, give or take the jitter."""

    base: float = 1
    factor: float = 2
    cap: float = 3600
    jitter: float = 0.2

    def delay(self, attempt: int) -> float:
        exponent = min(attempt - 1, 64)
        spread = random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311  # spreads load, guards nothing
        return min(self.cap, self.base * self.factor**exponent) * spread


@dataclass(frozen=True, slots=True)
class Failure(Generic[E]):
    """What `on_exhausted` learns about a run that is dead now."""

    run_id: UUID
    organization_id: UUID
    event: E
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Generic[E]):
    """One background function, as declared; engines read it, product code only lists it."""

    name: str
    handler: Callable[[Run[E]], Awaitable[None]]
    on: type[E]
    schedule: Schedule | None
    retries: int
    backoff: Backoff
    dedup: str | None
    serial_key: str | None
    timeout: float
    on_exhausted: Callable[[ServiceDb, Failure[E]], Awaitable[None]] | None

    def __post_init__(self) -> None:
        fields = {field.name for field in dataclasses.fields(self.on)}
        for asked in (self.dedup, self.serial_key):
            if asked is not None and asked not in fields:
                raise TypeError(f"{self.name}: {self.on.__name__} has no field {asked}")
        if not inspect.iscoroutinefunction(self.handler):
            raise TypeError(f"{self.name} must be an async function")
        if not 0 <= self.retries <= 20:
            raise TypeError(f"{self.name}: retries must be 0 to 20")

    @property
    def attempts(self) -> int:
        """How often one step is tried in all."""
        return self.retries + 1


AnyFunction = Function[Any]


class Functions:
    """The background functions of a program, put together by its composition."""

    def __init__(self, functions: Iterable[AnyFunction]) -> None:
        self._by_name: dict[str, AnyFunction] = {}
        for each in functions:
            if each.name in self._by_name:
                raise TypeError(f"two background functions are named {each.name}")
            self._by_name[each.name] = each

    def __iter__(self) -> Iterator[AnyFunction]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> AnyFunction:
        return self._by_name[name]

    def names(self) -> list[str]:
        return list(self._by_name)

    def subscribed(self, event_name: str, fields: dict[str, Any]) -> list[AnyFunction]:
        """The functions that an event starts; a tick starts only the function it was made for."""
        if event_name == ScheduleTicked.name:
            return [each for each in self if each.schedule and each.name == fields["function"]]
        return [each for each in self if not each.schedule and each.on.name == event_name]

    def scheduled(self) -> list[tuple[AnyFunction, Schedule]]:
        return [(each, each.schedule) for each in self if each.schedule]


@overload
def function(
    *,
    on: type[E],
    retries: int = 5,
    backoff: Backoff = ...,
    dedup: str | None = None,
    serial_key: str | None = None,
    timeout: float = 60,
    on_exhausted: Callable[[ServiceDb, Failure[E]], Awaitable[None]] | None = None,
    name: str | None = None,
) -> Callable[[Callable[[Run[E]], Awaitable[None]]], Function[E]]: ...


@overload
def function(
    *,
    cron: str,
    timezone: str = "UTC",
    retries: int = 5,
    backoff: Backoff = ...,
    timeout: float = 60,
    on_exhausted: Callable[[ServiceDb, Failure[ScheduleTicked]], Awaitable[None]] | None = None,
    name: str | None = None,
) -> Callable[[Callable[[Run[ScheduleTicked]], Awaitable[None]]], Function[ScheduleTicked]]: ...


def function(
    *,
    on: type[Any] | None = None,
    cron: str | None = None,
    timezone: str = "UTC",
    retries: int = 5,
    backoff: Backoff = Backoff(),
    dedup: str | None = None,
    serial_key: str | None = None,
    timeout: float = 60,
    on_exhausted: Any = None,
    name: str | None = None,
) -> Callable[[Any], AnyFunction]:
    """Declare a background function; list the result in the program's `Functions`."""

    def declare(handler: Any) -> AnyFunction:
        return Function(
            name=name or _derived_name(handler),
            handler=handler,
            on=on or ScheduleTicked,
            schedule=Schedule.parse(cron, timezone) if cron else None,
            retries=retries,
            backoff=backoff,
            dedup=dedup,
            serial_key=serial_key,
            timeout=timeout,
            on_exhausted=on_exhausted,
        )

    return declare


def _derived_name(handler: Callable[..., object]) -> str:
    """`confirm_and_remind` in `coursecove.scheduling.functions` is `scheduling-confirm-and-remind`."""
    module = handler.__module__.split(".")
    domain = module[1] if len(module) > 1 else module[0]
    return re.sub(r"[^a-z0-9]+", "-", f"{domain} {handler.__name__}".lower()).strip("-")
