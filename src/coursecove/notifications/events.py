"""Facts about what people are told."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class MailQueued(Event):
    """A mail was written into the outbox."""

    mail_id: UUID
