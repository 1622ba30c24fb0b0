"""Reads about the identity provider's webhooks, for those who watch over them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coursecove.accounts.sync.redaction import redacted
from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import ReadDb

PAGE_SIZE = 50
LATEST = UUID("ffffffff-ffff-ffff-ffff-ffffffffffff")


@dataclass(frozen=True, slots=True)
class WebhookFigures:
    """The last hour in figures; ages in seconds, times in milliseconds, None where nothing came."""

    pending: int
    failed: int
    taken: int
    fast: int
    p50_ms: int | None
    p95_ms: int | None
    p99_ms: int | None
    oldest_pending: float | None


FIGURES = """
    select (select count(*) from webhook_events where status = 'pending') as pending,
           (select count(*) from webhook_events where status = 'failed') as failed,
           count(*) as taken, count(*) filter (where path = 'fast' and status <> 'pending') as fast,
           percentile_disc(0.5) within group (order by took_ms) filter (where processed_at is not null) as p50_ms,
           percentile_disc(0.95) within group (order by took_ms) filter (where processed_at is not null) as p95_ms,
           percentile_disc(0.99) within group (order by took_ms) filter (where processed_at is not null) as p99_ms,
           (select extract(epoch from now() - min(created_at))::float8 from webhook_events
             where status = 'pending') as oldest_pending
      from webhook_events where created_at > now() - interval '1 hour'"""


async def webhook_figures(db: ReadDb) -> WebhookFigures:
    return await db.one(WebhookFigures, FIGURES)


@dataclass(frozen=True, slots=True)
class SuccessRate:
    """How many webhooks have each state, as the monitoring query of old counts them."""

    status: str
    count: int
    pct: float


SUCCESS_RATE = """
    select status, count(*) as count, round(count(*) * 100.0 / sum(count(*)) over (), 2)::float8 as pct
      from webhook_events group by status order by count(*) desc, status"""


async def success_rate(db: ReadDb) -> list[SuccessRate]:
    return await db.fetch(SuccessRate, SUCCESS_RATE)


@dataclass(frozen=True, slots=True)
class ListedWebhook:
    """A webhook as lists show it."""

    id: UUID
    webhook_id: str
    event_type: str
    object_id: str | None
    status: str
    reason: str | None
    path: str
    attempts: int
    took_ms: int | None
    created_at: datetime


WEBHOOKS_BEFORE = """
    select w.id, w.webhook_id, w.event_type, w.object_id, w.status, w.reason, w.path, w.attempts, w.took_ms, w.created_at
      from webhook_events w
     where w.id < $1 and ($2 = '' or w.status = $2) and ($3 = '' or w.event_type = $3)
       and ($4 = '' or w.webhook_id = $4 or w.object_id = $4)
     order by w.id desc limit $5"""

WEBHOOKS_AFTER = """
    select w.id, w.webhook_id, w.event_type, w.object_id, w.status, w.reason, w.path, w.attempts, w.took_ms, w.created_at
      from webhook_events w
     where w.id > $1 and ($2 = '' or w.status = $2) and ($3 = '' or w.event_type = $3)
       and ($4 = '' or w.webhook_id = $4 or w.object_id = $4)
     order by w.id limit $5"""


async def webhooks(
    db: ReadDb,
    *,
    status: str = "",
    event_type: str = "",
    search: str = "",
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Slice[ListedWebhook]:
    """The newest first; `search` is the whole id of a webhook or of what it is about."""
    place = read_cursor(cursor, 1)
    key = _uuid(place.key[0]) if place else LATEST
    sql = WEBHOOKS_AFTER if place and place.backwards else WEBHOOKS_BEFORE
    rows = await db.fetch(ListedWebhook, sql, key, status, event_type, search, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


@dataclass(frozen=True, slots=True)
class WebhookFacts:
    """One webhook, whole."""

    webhook_id: str
    event_type: str
    object_kind: str | None
    object_id: str | None
    status: str
    reason: str | None
    path: str
    attempts: int
    deliveries: int
    instance_id: str | None
    took_ms: int | None
    signed_at: datetime
    created_at: datetime
    processed_at: datetime | None
    next_attempt_at: datetime | None
    redacted_at: datetime | None
    body: bytes | None
    payload: dict[str, Any] | None
    history: list[dict[str, Any]]


WEBHOOK = """
    select webhook_id, event_type, object_kind, object_id, status, reason, path, attempts, deliveries, instance_id,
           took_ms, signed_at, created_at, processed_at, next_attempt_at, redacted_at, body,
           payload, history
      from webhook_events where webhook_id = $1"""


async def webhook_facts(db: ReadDb, webhook_id: str) -> WebhookFacts:
    return await db.one(WebhookFacts, WEBHOOK, webhook_id)


def shown(facts: WebhookFacts) -> Any:
    """What was sent, with what opens doors blanked; None where it is not kept or cannot be read."""
    if facts.payload is not None or facts.body is None:
        return redacted(facts.payload)
    try:
        return redacted(msgspec.json.decode(facts.body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


IN_RANGE = """
    select webhook_id from webhook_events
     where created_at >= $1 and created_at < $2 and body is not null
       and ($3 or status in ('pending', 'failed'))
     order by id limit $4"""


async def webhooks_in_range(
    db: ReadDb, start: datetime, end: datetime, *, again: bool, limit: int
) -> list[str]:
    """The ids of those that a replay of this stretch of time would take, oldest first."""
    rows = await (await db.connection()).fetch(IN_RANGE, start, end, again, limit)
    return [row["webhook_id"] for row in rows]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor from None
