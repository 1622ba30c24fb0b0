"""What the operator of a CourseCove installation sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SchoolRow:
    id: UUID
    name: str
    slug: str
    url: str
    created_at: datetime
    owners: int
    teachers: int
    students: int
    guardians: int

    @property
    def people(self) -> int:
        return self.owners + self.teachers + self.students + self.guardians


@dataclass(frozen=True, slots=True)
class DeadRun:
    """Background work that used up its attempts."""

    id: UUID
    function: str
    school: str | None
    error: str
    attempts: int
    died_at: datetime


@dataclass(frozen=True, slots=True)
class EventRow:
    id: UUID
    name: str
    school: str | None
    occurred_at: datetime
    dispatched_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    schools: tuple[SchoolRow, ...]
    schools_total: int
    people_total: int
    runs: tuple[tuple[str, int], ...]
    dead: tuple[DeadRun, ...]
    events: tuple[EventRow, ...]
    waiting_events: int
    engine: str
    newer: str | None = None
    older: str | None = None

    @property
    def given_up(self) -> int:
        return dict(self.runs).get("dead", len(self.dead))


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school in the list; `state` is open, closed or deleted."""

    id: UUID
    name: str
    shown: str
    state: str
    created_at: datetime
    people: int
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SchoolsPage:
    schools: tuple[SchoolLine, ...]
    q: str = ""
    state: str = ""
    newer: str | None = None
    older: str | None = None

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.state)


@dataclass(frozen=True, slots=True)
class Name:
    """A host name of a school."""

    shown: str
    kind: str
    status: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Fact:
    id: UUID
    name: str
    details: str
    occurred_at: datetime
    actor: str | None


@dataclass(frozen=True, slots=True)
class Change:
    position: int
    at: datetime
    action: str
    table: str
    by: str | None


@dataclass(frozen=True, slots=True)
class StayLine:
    id: UUID
    operator_name: str
    reason: str
    may_change: bool
    starts_at: datetime
    ends_at: datetime
    over_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class ConsentLine:
    document: str
    version: str
    at: datetime
    founder: str
    address: str | None


@dataclass(frozen=True, slots=True)
class OneSchool:
    id: UUID
    external_id: str
    name: str
    slug: str
    url: str
    state: str
    provisional: bool
    time_zone: str
    locale: str
    serves_minors: bool
    joining: str
    created_at: datetime
    closed_at: datetime | None
    closes_at: datetime | None
    by_role: tuple[tuple[str, int], ...]
    names: tuple[Name, ...]
    facts: tuple[Fact, ...]
    changes: tuple[Change, ...]
    stays: tuple[StayLine, ...]
    consents: tuple[ConsentLine, ...]
    inside: StayLine | None = None
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonLine:
    id: UUID
    name: str
    email: str | None
    status: str
    created_at: datetime
    schools: int


@dataclass(frozen=True, slots=True)
class PeoplePage:
    people: tuple[PersonLine, ...]
    q: str = ""
    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True)
class SchoolOf:
    """A school that somebody belongs to, or belonged to."""

    id: UUID
    name: str
    role: str
    active: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class SessionLine:
    id: str
    status: str
    created_at: datetime
    last_active_at: datetime


@dataclass(frozen=True, slots=True)
class OnePerson:
    """`sessions` is None where the identity provider does not answer."""

    id: UUID
    external_id: str
    name: str
    email: str | None
    status: str
    provisional: bool
    created_at: datetime
    schools: tuple[SchoolOf, ...]
    sessions: tuple[SessionLine, ...] | None


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
class WebhooksPage:
    """The identity provider's webhooks: figures, states, and a list to search."""

    figures: WebhookFiguresRow
    rates: tuple[tuple[str, int, float], ...]
    webhooks: tuple[WebhookRow, ...]
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
