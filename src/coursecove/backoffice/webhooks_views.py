"""What the operator sees of webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WebhookRow:
    webhook_id: str
    event_type: str
    object_id: str | None
    status: str
    reason: str | None
    path: str
    attempts: int
    took_ms: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookFiguresRow:
    """The key figures above the list."""

    pending: int
    failed: int
    taken: int
    fast_share: int | None
    p50_ms: int | None
    p95_ms: int | None
    p99_ms: int | None
    oldest_pending_s: int | None


@dataclass(frozen=True, slots=True)
class JournalRow:
    """What waits on this machine's disk."""

    kilobytes: int
    oldest_s: int


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    """The identity provider's webhooks: figures, states, and a list to search."""

    figures: WebhookFiguresRow
    rates: tuple[tuple[str, int, float], ...]
    webhooks: tuple[WebhookRow, ...]
    journal: JournalRow | None = None
    q: str = ""
    status: str = ""
    newer: str | None = None
    older: str | None = None

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.status)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that failed."""

    at: str
    path: str
    error: str
    ms: int


@dataclass(frozen=True, slots=True)
class WebhookPage:
    """One webhook: what it said, what became of it and why."""

    webhook: WebhookRow
    object_kind: str | None
    deliveries: int
    instance_id: str | None
    signed_at: datetime
    processed_at: datetime | None
    next_attempt_at: datetime | None
    redacted: bool
    can_replay: bool
    attempts: tuple[Attempt, ...]
    payload: str | None


@dataclass(frozen=True, slots=True)
class ReplayRangePage:
    """A stretch of time to replay: what would be taken, before anything is."""

    start: str = ""
    end: str = ""
    again: bool = False
    count: int | None = None
    most: int = 0
    errors: Mapping[str, str] = field(default_factory=dict)
