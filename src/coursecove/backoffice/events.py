"""What operators did; these events are their audit trail."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class RunRetryRequested(Event):
    """An operator sent a dead run round again; `operator` is the identity provider's id."""

    run_id: UUID
    operator: str
