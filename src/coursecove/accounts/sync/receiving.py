"""Receiving under one deadline: deliveries that come together share a commit, and none waits for a timer.

While one batch is at the database the next one fills. A delivery is answered only after its commit, or after
it is on disk in the journal. What commits too late does no harm: the same webhook is known the next time.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import structlog

from coursecove.accounts.sync import causes
from coursecove.accounts.sync.journal import Journal, JournalRefused
from coursecove.accounts.sync.outcomes import BATCH
from coursecove.accounts.sync.parsing import Delivery
from coursecove.accounts.sync.taking import Arrival, Line, Outcome, Patience
from coursecove.kit.db import DatabaseConfig
from coursecove.kit.durable.attempts import settled

log = structlog.get_logger(__name__)

LEAST_BUDGET: Final = 0.06
"""With less time left a delivery is only stored."""

MARGIN: Final = 0.02
MOST_WAITING, MOST_BYTES = 2000, 64 * 1024 * 1024
"""What may wait in memory for the database; the journal takes the rest."""

BETWEEN_PROBES: Final = 0.25


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a sender waits at most, and the database's share of it; the rest of 500 ms is for the disk."""

    deadline: float
    patience: Patience

    @property
    def hangs(self) -> float:
        """A server that is well has ended a statement by then."""
        return self.patience.statement + 0.05


LIMITS: Final = Limits(deadline=0.4, patience=Patience(statement=0.3, lock=0.15, connect=0.4))


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a delivery was kept: `fast` applied, `slow` stored, `journal` on disk."""

    path: str
    status: str


@dataclass(slots=True, eq=False)
class Entry(Arrival):
    """A delivery whose sender waits."""

    deadline: float = 0.0
    answer: "asyncio.Future[Receipt]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def key(self) -> tuple[str, str]:
        return self.id, self.delivery.digest

    def settle(self, answer: Receipt | JournalRefused) -> None:
        """Tell the sender, unless it went away."""
        if self.answer.done():
            return
        if isinstance(answer, Receipt):
            self.answer.set_result(answer)
        else:
            self.answer.set_exception(answer)


class Receiver:
    """One for each process that receives."""

    def __init__(self, config: DatabaseConfig, journal: Journal, limits: Limits = LIMITS) -> None:
        self.away = False
        self.came_back = asyncio.Event()
        self._journal, self._limits = journal, limits
        self._first, self._second = Line(config, limits.patience), Line(config, limits.patience)
        self._open: dict[Entry, None] = {}
        """Who waits for an answer, in order of arrival."""
        self._queue: dict[tuple[str, str], Entry] = {}
        self._bytes = 0
        self._runner: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None

    async def receive(self, delivery: Delivery, body: bytes, arrived: float) -> Receipt:
        """Returns once the delivery is safe; JournalRefused where nothing durable can be reached."""
        twin = self._queue.get((delivery.webhook_id, delivery.digest))
        if twin is not None:
            twin.delivery.copies += 1
            return await asyncio.shield(twin.answer)
        entry = Entry(delivery, body, arrived, arrived + self._limits.deadline)
        self._open[entry] = None
        self._bytes += len(body)
        if self.away or len(self._queue) >= MOST_WAITING or self._bytes > MOST_BYTES:
            self._lose(entry)
        else:
            self._enqueue(entry)
        return await entry.answer

    async def warm(self) -> None:
        """Connect before the first delivery comes."""
        if isinstance(outcome := await settled(self._first.answers()), BaseException):
            self._failed([], outcome)

    async def close(self) -> None:
        """Let what waits be answered, then let go."""
        if self._open:
            await asyncio.wait([entry.answer for entry in self._open], timeout=self._limits.deadline + 1)
        self.away = True
        self._let_go()

    def _enqueue(self, entry: Entry) -> None:
        self._queue[entry.key] = entry
        if self._runner is None or self._runner.done():
            self._runner = self._spawn(self._run())
        if self._alarm is None:
            self._set_alarm()

    async def _run(self) -> None:
        """Batch after batch as long as anything waits."""
        while batch := self._next_batch():
            outcome = await settled(self._first.take(batch, budget=self._budget(batch)))
            if isinstance(outcome, BaseException):
                self._failed(batch, outcome)
            else:
                self._settle(batch, outcome)

    def _next_batch(self) -> list[Entry]:
        """The oldest, each id once; whose time is nearly up is only stored."""
        batch: dict[str, Entry] = {}
        now = time.monotonic()
        for key in list(islice(self._queue, BATCH)):
            if key[0] in batch:
                continue
            entry = batch[key[0]] = self._queue.pop(key)
            if entry.deadline - now < LEAST_BUDGET and entry.delivery.verdict is None:
                entry.delivery.failure = causes.not_tried("fast")
        return list(batch.values())

    def _budget(self, batch: Sequence[Entry]) -> float:
        """What is left until the most urgent of those that are to be applied."""
        most = self._limits.patience.statement
        urgent = min((entry.deadline for entry in batch if entry.delivery.failure is None), default=None)
        left = most if urgent is None else urgent - time.monotonic() - MARGIN
        return min(most, max(left, MARGIN))

    def _failed(self, batch: Sequence[Entry], error: BaseException) -> None:
        log.warning("webhooks.batch_failed", count=len(batch), reason=causes.described(error))
        if causes.is_away(error):
            self._give_up()
        else:
            self._spawn(self._mend(batch, error))

    async def _mend(self, batch: Sequence[Entry], error: BaseException) -> None:
        """Beside the flow of batches: what surroundings spoiled is stored, else each is tried by itself."""
        if len(batch) == 1 or causes.is_infrastructure(error):
            await self._store(batch, error)
            return
        for entry in batch:
            if entry not in self._open:
                continue
            outcome = await settled(self._second.take([entry], budget=self._budget([entry])))
            if isinstance(outcome, BaseException):
                await self._store([entry], outcome)
            else:
                self._settle([entry], outcome)

    async def _store(self, entries: Sequence[Entry], error: BaseException) -> None:
        """Pending, with its reason and its next attempt; the journal takes what cannot even be stored."""
        wanted = [entry for entry in entries if entry in self._open]
        for entry in wanted:
            spent = int((time.monotonic() - entry.arrived) * 1000)
            entry.delivery.failure = entry.delivery.failure or causes.failure(error, path="fast", ms=spent)
            if causes.is_unstorable(error):
                entry.delivery.payload = None
        outcome = await settled(self._second.take(wanted)) if wanted else {}
        if not isinstance(outcome, BaseException):
            self._settle(wanted, outcome)
            return
        log.warning("webhooks.not_stored", count=len(wanted), reason=causes.described(outcome))
        if causes.is_away(outcome):
            self._give_up()
        for entry in wanted:
            self._lose(entry)

    def _settle(self, batch: Sequence[Entry], outcomes: dict[str, Outcome]) -> None:
        for entry in batch:
            outcome = outcomes.get(entry.id)
            if outcome is None:
                self._lose(entry)
            elif self._close(entry):
                path = "slow" if outcome.status == "pending" else "fast"
                entry.settle(Receipt(path, outcome.status))

    def _lose(self, entry: Entry) -> None:
        """The database has not taken it in time: to the journal with it."""
        self._queue.pop(entry.key, None)
        if self._close(entry):
            self._spawn(self._keep(entry))

    def _close(self, entry: Entry) -> bool:
        """Whether it was still waited for."""
        if entry not in self._open:
            return False
        del self._open[entry]
        self._bytes -= len(entry.body)
        return True

    async def _keep(self, entry: Entry) -> None:
        try:
            await self._journal.append(entry)
        except JournalRefused as refused:
            entry.settle(refused)
        else:
            entry.settle(Receipt("journal", "pending"))

    def _set_alarm(self) -> None:
        """One timer for the oldest that waits, instead of one for each."""
        oldest = next(iter(self._open), None)
        self._alarm = None
        if oldest is not None:
            delay = max(0.0, oldest.deadline - time.monotonic())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        """Whoever has waited for too long goes to the journal; a server that hangs is let go of."""
        if max(self._first.busy_for(), self._second.busy_for()) > self._limits.hangs:
            self._give_up()
        now = time.monotonic()
        for entry in [entry for entry in self._open if entry.deadline <= now]:
            self._lose(entry)
        self._set_alarm()

    def _give_up(self) -> None:
        """The database is away: everybody to the journal, and look now and then whether it is back."""
        if self.away:
            return
        self.away = True
        self.came_back.clear()
        log.warning("webhooks.database_away")
        self._let_go()
        self._spawn(self._come_back())

    def _let_go(self) -> None:
        """Nothing is cancelled: that would talk to the server, which may hang. Who uses a line sees it end."""
        self._first.cut()
        self._second.cut()
        for entry in list(self._open):
            self._lose(entry)

    async def _come_back(self) -> None:
        while self.away:
            await asyncio.sleep(BETWEEN_PROBES)
            asking = asyncio.create_task(self._first.answers())
            await asyncio.wait({asking}, timeout=1)
            if asking.done() and asking.exception() is None:
                self.away = False
                self.came_back.set()
            else:
                self._first.cut()
                await settled(asking)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
