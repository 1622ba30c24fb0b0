"""Events: past-tense facts, written as one row in the transaction that made them true."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypedDict
from uuid import UUID

import msgspec

from coursecove.kit import clock, ids

PLATFORM: Final = UUID(int=0)
"""The organization of events that belong to no school."""

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


class EventValues(TypedDict):
    """The columns of one row of `events`."""

    organization_id: UUID
    id: UUID
    name: str
    data: dict[str, Any]
    actor_id: UUID | None
    key: str | None
    occurred_at: datetime
    not_before: datetime | None


INSERT_EVENT = """
    insert into events (organization_id, id, name, data, actor_id, key, occurred_at, not_before)
    values ($1, $2, $3, $4::text::jsonb, $5, $6, $7, $8)
    on conflict (organization_id, name, key) do nothing
    returning id"""


def event_row(
    event: Event,
    *,
    organization_id: UUID | None,
    actor_id: UUID | None = None,
    key: str | None = None,
    not_before: datetime | None = None,
) -> EventValues:
    """The row that records this event; None as organization means the platform."""
    data: dict[str, Any] = msgspec.to_builtins(event)
    if len(msgspec.json.encode(data)) > LARGEST:
        raise ValueError(f"{event.name} carries more than {LARGEST} bytes: send ids")
    return EventValues(
        organization_id=organization_id or PLATFORM,
        id=ids.new_id(),
        name=event.name,
        data=data,
        actor_id=actor_id,
        key=key,
        occurred_at=clock.now(),
        not_before=not_before,
    )


def insert_args(row: EventValues) -> tuple[object, ...]:
    """The arguments of INSERT_EVENT; data travels as text, so no codec can encode it twice."""
    return (
        row["organization_id"],
        row["id"],
        row["name"],
        msgspec.json.encode(row["data"]).decode(),
        row["actor_id"],
        row["key"],
        row["occurred_at"],
        row["not_before"],
    )


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
    fields: dict[str, Any]
