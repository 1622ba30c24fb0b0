"""The load generator, a process of its own: as little work per request as HTTP/1.1 over keep-alive allows.

Reads one order as JSON from standard input, answers with one object on standard output.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import uvloop

ENDED = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(frozen=True, slots=True)
class Order:
    """What to send where, over how many connections, for how long; with a rate: at that rate, come what may."""

    ports: list[int]
    requests: list[str]
    connections: int
    seconds: float
    rate: float = 0.0


@dataclass(slots=True)
class Answers:
    """How many came, how many were not a 200, and how long each took in milliseconds."""

    count: int
    errors: int
    seconds: float
    milliseconds: list[float]
    statuses: dict[str, int] = field(default_factory=dict)


class Connection(asyncio.Protocol):
    """One connection with one request under way; ready for the next as soon as the answer is whole."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._began = 0.0
        self._got = bytearray()
        self._whole = 0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self, request: bytes, due: float) -> None:
        self._began = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        got = self._got
        got += data
        if not self._whole:
            end = got.find(ENDED)
            if end < 0:
                return
            at = got.find(LENGTH, 0, end)
            length = int(got[at + len(LENGTH) : got.find(b"\r", at)]) if at > 0 else 0
            self._whole = end + len(ENDED) + length
        if len(got) < self._whole:
            return
        status = got[9:12].decode()
        self._got, self._whole = bytearray(), 0
        self._run.answered(self, status, self._began)

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.lost()

    def close(self) -> None:
        self._transport.close()


class Run:
    """One measurement: closed loop without a rate, open loop with one."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._requests: Iterator[bytes] = itertools.cycle(each.encode("latin-1") for each in order.requests)
        self._answers = Answers(0, 0, 0.0, [])
        self._free: list[Connection] = []
        self._due: list[float] = []
        self._over = asyncio.get_running_loop().create_future()
        self._closing = False
        self._arrivals_over = not order.rate
        self._began = self._ends = 0.0

    async def measure(self) -> Answers:
        loop = asyncio.get_running_loop()
        ports = itertools.cycle(self._order.ports)
        for _ in range(self._order.connections):
            _, connection = await loop.create_connection(lambda: Connection(self), "127.0.0.1", next(ports))
            self._free.append(connection)
        everybody = list(self._free)
        self._began = time.perf_counter()
        self._ends = self._began + self._order.seconds
        if self._order.rate:
            await self._arrivals()
        else:
            while self._free:
                self._free.pop().send(next(self._requests), time.perf_counter())
        async with asyncio.timeout(self._order.seconds + 60):
            await self._over
        self._answers.seconds = time.perf_counter() - self._began
        self._closing = True
        for connection in everybody:
            connection.close()
        return self._answers

    async def _arrivals(self) -> None:
        """Poisson arrivals; whoever finds no free connection waits, and the wait counts."""
        due = self._began
        while due < self._ends:
            ahead = due - time.perf_counter()
            if ahead > 0.0005:
                await asyncio.sleep(ahead)
            if self._free:
                self._free.pop().send(next(self._requests), due)
            else:
                self._due.append(due)
            due += random.expovariate(self._order.rate)
        self._arrivals_over = True
        self._look_whether_over()

    def answered(self, connection: Connection, status: str, began: float) -> None:
        now = time.perf_counter()
        self._answers.count += 1
        self._answers.errors += status != "200"
        self._answers.statuses[status] = self._answers.statuses.get(status, 0) + 1
        self._answers.milliseconds.append((now - began) * 1000)
        if self._due:
            connection.send(next(self._requests), self._due.pop(0))
        elif not self._order.rate and now < self._ends:
            connection.send(next(self._requests), now)
        else:
            self._free.append(connection)
            self._look_whether_over()

    def lost(self) -> None:
        if not self._closing and not self._over.done():
            self._over.set_exception(ConnectionError("a connection was closed while it was measured"))

    def _look_whether_over(self) -> None:
        if self._arrivals_over and len(self._free) == self._order.connections and not self._over.done():
            self._over.set_result(None)


async def run(order: Order) -> Answers:
    return await Run(order).measure()


if __name__ == "__main__":
    json.dump(asdict(uvloop.run(run(Order(**json.load(sys.stdin))))), sys.stdout)
