"""What the journal holds goes into the database as soon as that answers: oldest first, one process at a time."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from coursecove.accounts.sync import causes, journal, segments
from coursecove.accounts.sync.journal import Journal
from coursecove.accounts.sync.outcomes import Applying, DatabaseAway
from coursecove.accounts.sync.parsing import Failed
from coursecove.accounts.sync.taking import Arrival, Line
from coursecove.kit.durable.attempts import settled

log = structlog.get_logger(__name__)

BETWEEN_LOOKS: Final = 1.0
AT_ONCE: Final = 16
"""Few, because what arrives meanwhile may need the same rows, and its sender waits."""

TURN: Final = "replaying"


class Replaying:
    """Looks at the journal's folder now and then, and whenever it is told to."""

    def __init__(self, own: Journal, line: Line, *, instance: str | None = None) -> None:
        self._journal, self._line, self._instance = own, line, instance
        self._applying = Applying(line, _failed)
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """The database answers again."""
        self._hurry.set()

    def close(self) -> None:
        self._line.cut()

    async def run(self) -> None:
        """Until cancelled; a file is removed only after all in it has been committed."""
        while True:
            outcome = await settled(self.replay())
            if isinstance(outcome, BaseException) and not _is_away(outcome):
                log.error("webhooks.replay_failed", exc_info=outcome)
            await self._nap()

    async def replay(self) -> int:
        """Apply all that lies there and is nobody's; how many deliveries that were."""
        folder = self._journal.folder
        if folder is None or not segments.segments_in(folder):
            return 0
        await self._line.answers()
        await self._journal.seal()
        count = 0
        with segments.claimed_folder(folder, TURN) as ours:
            if ours:
                for path in segments.segments_in(folder):
                    count += await self._replay_segment(path)
        return count

    async def _replay_segment(self, path: Path) -> int:
        with segments.claimed(path) as ours:
            if not ours:
                return 0
            count = 0
            for arrivals in journal.read(path, AT_ONCE, instance=self._instance):
                await self._applying.apply(arrivals)
                count += len(arrivals)
            await asyncio.to_thread(segments.remove, path)
        log.info("webhooks.journal_replayed", count=count)
        return count

    async def _nap(self) -> None:
        self._hurry.clear()
        try:
            await asyncio.wait_for(self._hurry.wait(), BETWEEN_LOOKS)
        except TimeoutError:
            return


def _is_away(error: BaseException) -> bool:
    return isinstance(error, DatabaseAway) or causes.is_away(error)


def _failed(arrival: Arrival, error: BaseException) -> Failed:
    return causes.failure(
        error, path="journal", received_at=arrival.delivery.received_at or datetime.now(UTC)
    )
