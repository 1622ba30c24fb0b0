"""What operators did; these events are their audit trail."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class RunRetryRequested(Event):
    """An operator sent a dead run round again; `operator` is the identity provider's id."""

    run_id: UUID
    operator: str


@dataclass(frozen=True, slots=True)
class SupportTaken(Event):
    """An operator let themselves into a school, for this reason."""

    school_id: UUID
    access_id: UUID
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class SchoolReopeningOrdered(Event):
    """An operator opened a school again that its owner had closed."""

    school_id: UUID
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class SchoolRestorationOrdered(Event):
    """An operator wants a school back that the identity provider has deleted."""

    school_id: UUID
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class SessionEndOrdered(Event):
    """An operator ended somebody's session."""

    user_id: UUID
    session_id: str
    operator: str


@dataclass(frozen=True, slots=True)
class WebhooksReplayed(Event):
    """An operator had webhooks applied once more: how many, and the first of them; `again` also done ones."""

    webhook_id: str
    count: int
    operator: str
    again: bool
