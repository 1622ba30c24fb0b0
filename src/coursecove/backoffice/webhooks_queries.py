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


COLUMNS = """
    select w.id, w.webhook_id, w.event_type, w.object_id, w.status, w.reason, w.path, w.attempts, w.took_ms, w.created_at
      from webhook_events w"""

ALL_BEFORE = f"{COLUMNS} where w.id < $1 order by w.id desc limit $2"
ALL_AFTER = f"{COLUMNS} where w.id > $1 order by w.id limit $2"
UNUSUAL_BEFORE = f"""{COLUMNS}
     where w.status = $3 and w.status <> 'completed' and w.id < $1 order by w.status desc, w.id desc limit $2"""
UNUSUAL_AFTER = f"""{COLUMNS}
     where w.status = $3 and w.status <> 'completed' and w.id > $1 order by w.status, w.id limit $2"""
FOUND_BEFORE = f"""{COLUMNS}
     where w.id in ((select id from webhook_events where webhook_id = $3 and id < $1)
                    union all (select id from webhook_events where object_id = $3 and id < $1 order by id desc limit $2)
                    union all (select id from webhook_events where event_type = $3 and id < $1 order by id desc limit $2))
     order by w.id desc limit $2"""  # noqa: S608 - literals of this file
FOUND_AFTER = f"""{COLUMNS}
     where w.id in ((select id from webhook_events where webhook_id = $3 and id > $1)
                    union all (select id from webhook_events where object_id = $3 and id > $1 order by id limit $2)
                    union all (select id from webhook_events where event_type = $3 and id > $1 order by id limit $2))
     order by w.id limit $2"""  # noqa: S608 - literals of this file


async def webhooks(
    db: ReadDb, *, status: str = "", search: str = "", cursor: str | None = None, limit: int = PAGE_SIZE
) -> Slice[ListedWebhook]:
    """The newest first; `search` is a whole id, of a webhook or of what it is about, or a type, and asks past states."""
    place = read_cursor(cursor, 1)
    key = _uuid(place.key[0]) if place else LATEST
    backwards = place is not None and place.backwards
    if search:
        rows = await db.fetch(
            ListedWebhook, FOUND_AFTER if backwards else FOUND_BEFORE, key, limit + 1, search
        )
    elif status:
        rows = await db.fetch(
            ListedWebhook, UNUSUAL_AFTER if backwards else UNUSUAL_BEFORE, key, limit + 1, status
        )
    else:
        rows = await db.fetch(ListedWebhook, ALL_AFTER if backwards else ALL_BEFORE, key, limit + 1)
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
    select webhook_id from webhook_events where id >= $1 and id < $2 and body is not null order by id limit $3"""

WAITING_IN_RANGE = """
    select webhook_id from webhook_events
     where status = any('{pending,failed}') and status <> 'completed' and id >= $1 and id < $2 and body is not null
     order by id limit $3"""


async def webhooks_in_range(
    db: ReadDb, start: datetime, end: datetime, *, again: bool, limit: int
) -> list[str]:
    """The ids of those that a replay of this stretch of time would take, oldest first; ids are ordered by time."""
    sql = IN_RANGE if again else WAITING_IN_RANGE
    rows = await (await db.connection()).fetch(sql, _first_id(start), _first_id(end), limit)
    return [row["webhook_id"] for row in rows]


def _first_id(at: datetime) -> UUID:
    """The lowest id that can be made at this moment (RFC 9562, version 7)."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor from None
