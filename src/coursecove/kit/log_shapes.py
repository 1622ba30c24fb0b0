"""What may stand in a log line: every key, with the shape that its value must have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Text:
    """A text that matches as a whole."""

    pattern: re.Pattern[str]

    def allows(self, value: object) -> bool:
        return isinstance(value, str) and self.pattern.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that JSON can hold."""

    def allows(self, value: object) -> bool:
        return isinstance(value, int | float) and abs(value) < 2**63


class Sentence(str):
    """A sentence that stands in a library's source, marked by who took it from there."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class FixedSentence:
    """A sentence, and only one that was marked."""

    def allows(self, value: object) -> bool:
        return isinstance(value, Sentence)


Shape = Text | Figure | FixedSentence


def _text(pattern: str) -> Text:
    return Text(re.compile(pattern, re.ASCII))


EVENT: Final = _text(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
"""`request_finished`, `durable.lease_lost`: a name, never a sentence."""

_UUID = _text(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEX = _text(r"[0-9a-f]{16}|[0-9a-f]{32}")
_REQUEST = _text(r"[A-Za-z0-9-]{8,64}")
_DELIVERY = _text(r"[a-z]{2,8}_[A-Za-z0-9-]{8,64}")
_NAME = _text(r"[A-Za-z][A-Za-z0-9_]{0,39}([./-][A-Za-z0-9_]{1,40}){0,5}")
_METHOD = _text(r"GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|other")
_ROUTE = _text(r"\((none|host)\)|/[A-Za-z0-9_.{}:*/-]{0,200}")
_PLACE = _text(r"[\w.<>/ -]{1,160}:[0-9]+")
_FIGURE = Figure()

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    dict.fromkeys(("school_id", "member_id", "user_id", "run_id", "run", "event_id", "token_id"), _UUID)
    | dict.fromkeys(("trace_id", "span_id"), _HEX)
    | dict.fromkeys(
        ("function", "step", "reason", "kind", "engine", "provider", "check", "problem", "signal"), _NAME
    )
    | dict.fromkeys(("event_name", "event_type", "revision", "version", "table", "logger", "outcome"), _NAME)
    | dict.fromkeys(("status", "ms", "attempt", "attempts", "again_in", "seconds", "count", "bytes"), _FIGURE)
    | dict.fromkeys(("port", "pid", "workers", "waiting", "dead", "exit_code", "queries"), _FIGURE)
    | {
        "request_id": _REQUEST,
        "webhook_id": _DELIVERY,
        "method": _METHOD,
        "route": _ROUTE,
        "at": _PLACE,
        "message": FixedSentence(),
    }
)
"""A key that is not here is withheld: add it with the narrowest shape that fits."""
