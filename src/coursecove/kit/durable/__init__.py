"""Durable work: events emitted with the change, functions that run on them until they are done."""

from coursecove.kit.durable.events import (
    INSERT_EVENT,
    PLATFORM,
    Event,
    EventValues,
    RunRetried,
    ScheduleTicked,
    event_row,
    event_types,
    insert_args,
)
from coursecove.kit.durable.functions import AnyFunction, Backoff, Failure, Function, Functions, function
from coursecove.kit.durable.runs import PermanentError, RetryLater, Run

__all__ = [
    "INSERT_EVENT",
    "PLATFORM",
    "AnyFunction",
    "Backoff",
    "Event",
    "EventValues",
    "Failure",
    "Function",
    "Functions",
    "PermanentError",
    "RetryLater",
    "Run",
    "RunRetried",
    "ScheduleTicked",
    "event_row",
    "event_types",
    "function",
    "insert_args",
]
