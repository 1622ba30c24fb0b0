"""Events: past-tense facts, written as one row in the transaction that made them true."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec

LARGEST: Final = 32_768
"""Events carry ids, not documents; a bigger one would be refused by a distributed engine hours later."""

_types: dict[str, type["Event"]] = {}


@dataclass(frozen=True, slots=True)
class Event:
    """Subclass it as a frozen dataclass of ids; its name is derived, or set as a class attribute."""

    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        if "name" not in cls.__dict__:
            cls.name = _derived_name(cls)
        known = _types.get(cls.name)
        # A dataclass with slots is created twice, under the same qualified name.
        if known and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"two event types are named {cls.name}: {known.__qualname__}, {cls.__qualname__}")
        _types[cls.name] = cls

    def data(self) -> dict[str, Any]:
        """The fields as JSON-able values, the way the row in `events` keeps them."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        if len(msgspec.json.encode(fields)) > LARGEST:
            raise ValueError(f"{self.name} carries more than {LARGEST} bytes: send ids")
        return fields


def event_types() -> Mapping[str, type[Event]]:
    """Every event type that has been imported, by name."""
    return MappingProxyType(_types)


def _derived_name(cls: type) -> str:
    """`coursecove.scheduling.events.BookingCancelled` is `scheduling/booking.cancelled`."""
    domain = cls.__module__.split(".")[1] if "." in cls.__module__ else cls.__module__
    *subject, verb = re.findall(r"[A-Z][a-z0-9]*", cls.__name__)
    if not subject:
        raise TypeError(f"{cls.__name__} must be a subject and a past-tense verb, like BookingCancelled")
    return f"{domain}/{'_'.join(subject).lower()}.{verb.lower()}"


@dataclass(frozen=True, slots=True)
class ScheduleTicked(Event):
    """What a scheduled function receives; `at` is the planned minute, not the moment it ran."""

    name = "durable/schedule.ticked"
    function: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RunRetried(Event):
    """An operator sent a dead run round again; `fields` repeats the original event's data."""

    name = "durable/run.retried"
    function: str
    run_id: UUID
    school_id: UUID
    fields: dict[str, Any]
