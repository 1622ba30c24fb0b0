"""A small memory of answers that may be a little old."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TtlCache(Generic[K, V]):
    """Keeps what `load` answered for `seconds`, an absence for `absent_seconds`, and at most `size` keys."""

    def __init__(
        self,
        load: Callable[[K], Awaitable[V | None]],
        *,
        seconds: float = 60,
        absent_seconds: float = 5,
        size: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load, self._clock, self._size = load, clock, size
        self._seconds, self._absent_seconds = seconds, absent_seconds
        self._kept: OrderedDict[K, tuple[float, V | None]] = OrderedDict()

    async def get(self, key: K) -> V | None:
        kept = self._kept.get(key)
        if kept is not None and kept[0] > self._clock():
            self._kept.move_to_end(key)
            return kept[1]
        value = await self._load(key)
        self._keep(key, value)
        return value

    def forget(self, key: K) -> None:
        self._kept.pop(key, None)

    def forget_all(self) -> None:
        self._kept.clear()

    def _keep(self, key: K, value: V | None) -> None:
        lifetime = self._absent_seconds if value is None else self._seconds
        self._kept[key] = (self._clock() + lifetime, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
