"""Applying deliveries so that one bad one harms only itself: a batch, else one by one, else put off."""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from coursecove.accounts.sync import causes
from coursecove.accounts.sync.parsing import Failed
from coursecove.accounts.sync.taking import Arrival, Line, Outcome
from coursecove.kit.durable.attempts import settled

log = structlog.get_logger(__name__)

BATCH: Final = 64


class DatabaseAway(Exception):
    """The database does not answer; what was asked may or may not have happened."""


class Applying:
    """Applies batches over one line, for those who may wait: sweeper, journal, replay, slow path."""

    def __init__(self, line: Line, failed: Callable[[Arrival, BaseException], Failed]) -> None:
        self._line, self._failed = line, failed

    async def apply(self, arrivals: Sequence[Arrival]) -> dict[str, Outcome]:
        """Every delivery is applied or put off with its reason; a lost lease leaves one out. DatabaseAway."""
        outcome = await settled(self._line.take(arrivals))
        if not isinstance(outcome, BaseException):
            return outcome
        self._refuse_away(outcome)
        if len(arrivals) == 1:
            return await self._put_off(arrivals[0], outcome)
        outcomes: dict[str, Outcome] = {}
        for arrival in arrivals:
            outcomes |= await self.apply([arrival])
        return outcomes

    async def _put_off(self, arrival: Arrival, error: BaseException) -> dict[str, Outcome]:
        if causes.lost_lease(error):
            return {}
        log.warning("webhooks.put_off", webhook_id=arrival.id, reason=causes.described(error))
        arrival.delivery.failure = self._failed(arrival, error)
        if causes.is_unstorable(error):
            arrival.delivery.payload = None
        outcome = await settled(self._line.take([arrival]))
        if not isinstance(outcome, BaseException):
            return outcome
        self._refuse_away(outcome)
        if causes.lost_lease(outcome):
            return {}
        raise DatabaseAway from outcome

    def _refuse_away(self, error: BaseException) -> None:
        if causes.is_away(error) or not isinstance(error, Exception):
            self._line.cut()
            raise DatabaseAway from error
