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
class WebhooksReplayed(Event):
    """An operator had webhooks applied once more: how many, and the first of them; `again` also done ones."""

    webhook_id: str
    count: int
    operator: str
    again: bool
