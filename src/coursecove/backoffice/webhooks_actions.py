"""What an operator does about webhooks; each act leaves an event that names who did it."""

from collections.abc import Sequence

from coursecove.accounts.sync import stored
from coursecove.accounts.sync.taking import Outcome
from coursecove.backoffice.access import Operator
from coursecove.backoffice.events import WebhooksReplayed
from coursecove.kit.db import ServiceDb
from coursecove.kit.errors import Conflict

MOST_AT_ONCE = 500


class NothingToReplay(Conflict):
    """None of these webhooks can be replayed: they are done already, or their content is no longer kept."""


async def replay_webhooks(
    db: ServiceDb, operator: Operator, webhook_ids: Sequence[str], *, again: bool = False
) -> list[Outcome]:
    """Apply them once more; with `again` also those that are done. Nothing newer is ever overwritten."""
    outcomes = await stored.replay(db, webhook_ids[:MOST_AT_ONCE], again=again)
    if not outcomes:
        raise NothingToReplay
    first = min(each.webhook_id for each in outcomes)
    await db.emit(WebhooksReplayed(first, len(outcomes), operator.id, again))
    return outcomes
