"""The time in milliseconds, from one place, so that a test can move it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_moved: ContextVar[int] = ContextVar("identity_time_moved", default=0)

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now_ms() -> int:
    """The present moment, as Clerk writes it."""
    return time.time_ns() // 1_000_000 + _moved.get()


@contextmanager
def moved(by_ms: int) -> Iterator[None]:
    """Within the block the clock is ahead by so much; blocks add up."""
    token = _moved.set(_moved.get() + by_ms)
    try:
        yield
    finally:
        _moved.reset(token)
