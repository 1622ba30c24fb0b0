"""How often is too often: token buckets in this process's memory."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in so many seconds; all of them may come at once."""

    requests: int
    seconds: float

    @property
    def policy(self) -> str:
        """As the header RateLimit-Policy says it."""
        return f'"caller";q={self.requests};w={math.ceil(self.seconds)}'


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a caller after this request; `retry_after` seconds where it was one too many."""

    remaining: int
    full_in: int
    retry_after: int | None = None

    def __str__(self) -> str:
        """As the header RateLimit says it."""
        return f'"caller";r={self.remaining};t={self.full_in}'


class RateLimiter:
    """One bucket per caller, full at first; the callers unseen for longest are forgotten, which fills theirs."""

    def __init__(
        self, limit: RateLimit, *, size: int = 50_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit, self._size, self._clock = limit, size, clock
        self._per_second = limit.requests / limit.seconds
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, caller: Hashable) -> Allowance:
        """Take one request out of the caller's bucket."""
        moment = self._clock()
        level, since = self._buckets.pop(caller, (float(self.limit.requests), moment))
        level = min(self.limit.requests, level + (moment - since) * self._per_second)
        refused = level < 1
        level = level if refused else level - 1
        self._buckets[caller] = (level, moment)
        while len(self._buckets) > self._size:
            self._buckets.popitem(last=False)
        retry_after = math.ceil((1 - level) / self._per_second) if refused else None
        return Allowance(int(level), math.ceil((self.limit.requests - level) / self._per_second), retry_after)
