"""Objects that we learn of without a webhook, as if one had come: answers of the provider, listings, the cast."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from coursecove.accounts.sync.outcomes import BATCH
from coursecove.accounts.sync.parsing import parse
from coursecove.accounts.sync.taking import TAKE, Arrival, Outcome, arguments
from coursecove.kit.db import ServiceDb
from coursecove.kit.ids import new_id


def told(event_type: str, data: bytes, *, path: str, webhook_id: str | None = None) -> Arrival:
    """The object's JSON as a delivery; its version is its own `updated_at`, as with any."""
    now = datetime.now(UTC)
    envelope = {
        "type": event_type,
        "object": "event",
        "data": msgspec.Raw(data),
        "timestamp": int(now.timestamp() * 1000),
    }
    body = msgspec.json.encode(envelope)
    delivery = parse(webhook_id or f"{path}_{new_id()}", body, now)
    delivery.path = path
    return Arrival(delivery, body)


async def apply_within(db: ServiceDb, arrivals: Sequence[Arrival]) -> list[Outcome]:
    """Apply within this transaction; what cannot be applied fails the whole of it."""
    connection = await db.connection()
    outcomes: list[Outcome] = []
    for first in range(0, len(arrivals), BATCH):
        rows = await connection.fetch(TAKE, *arguments(arrivals[first : first + BATCH], None))
        outcomes += [Outcome(*row) for row in rows]
    return outcomes
