"""The row is the truth, the queue only a hurry: what is due and was not done is done here."""

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from coursecove.accounts.sync import causes
from coursecove.accounts.sync.outcomes import Applying, DatabaseAway
from coursecove.accounts.sync.parsing import Failed
from coursecove.accounts.sync.stored import CLAIM_DUE, GIVE_BACK, LEASE_SECONDS, arrivals_of
from coursecove.accounts.sync.taking import Arrival, Line
from coursecove.kit.durable.attempts import settled
from coursecove.kit.ids import new_id

log = structlog.get_logger(__name__)

AT_ONCE: Final = 32
BETWEEN_LOOKS: Final = 0.4


class Sweeper:
    """Takes up waiting webhooks whose next attempt is past; any number of workers may."""

    def __init__(self, line: Line, *, lease: float = LEASE_SECONDS) -> None:
        self._line, self._lease_seconds = line, lease
        self._held: UUID | None = None
        self._faults: dict[str, tuple[int, datetime]] = {}
        self._applying = Applying(line, self._failed)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Take up nothing more."""
        self._stopping.set()

    async def run(self) -> None:
        """Until told to stop; what is in hand is finished."""
        while not self._stopping.is_set():
            outcome = await settled(self.sweep())
            if outcome == AT_ONCE:
                continue
            if isinstance(outcome, BaseException) and not _is_away(outcome):
                log.error("webhooks.sweep_failed", exc_info=outcome)
            await self._nap()
        self._line.cut()

    async def sweep(self) -> int:
        """One batch; how many webhooks it held. They are free again at once where it came to nothing."""
        if self._held is not None:
            await self._line.fetch(GIVE_BACK, self._held)
        self._held = new_id()
        rows = await self._line.fetch(CLAIM_DUE, self._held, self._lease_seconds, AT_ONCE)
        if rows:
            self._faults = {row["webhook_id"]: (row["faults"], row["created_at"]) for row in rows}
            await self._applying.apply(arrivals_of(rows, path="sweep"))
        self._held = None
        return len(rows)

    def _failed(self, arrival: Arrival, error: BaseException) -> Failed:
        faults, came = self._faults[arrival.id]
        return causes.failure(error, path="sweep", earlier=faults, received_at=came)

    async def _nap(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), BETWEEN_LOOKS)
        except TimeoutError:
            return


def _is_away(error: BaseException) -> bool:
    return isinstance(error, DatabaseAway) or causes.is_away(error)
