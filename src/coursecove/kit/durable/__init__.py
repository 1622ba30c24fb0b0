"""Durable work: events emitted with the change, functions that run on them until they are done."""

from coursecove.kit.durable.events import Event, RunRetried, ScheduleTicked, event_types
from coursecove.kit.durable.functions import AnyFunction, Backoff, Failure, Function, Functions, function
from coursecove.kit.durable.runs import PermanentError, RetryLater, Run

__all__ = [
    "AnyFunction",
    "Backoff",
    "Event",
    "Failure",
    "Function",
    "Functions",
    "PermanentError",
    "RetryLater",
    "Run",
    "RunRetried",
    "ScheduleTicked",
    "event_types",
    "function",
]
