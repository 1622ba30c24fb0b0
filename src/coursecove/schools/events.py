"""Facts about schools as their owners shape them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.kit.durable import Event


@dataclass(frozen=True, slots=True)
class FoundingSubmitted(Event):
    """Somebody agreed to the terms and wants their school now."""

    founding_id: UUID


@dataclass(frozen=True, slots=True)
class LabelChanged(Event):
    """A school moved to another address below the root domain; the old one leads there."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DomainAdded(Event):
    """An owner named a domain of the school's own, to be proven."""

    domain_id: UUID


@dataclass(frozen=True, slots=True)
class DomainCheckAsked(Event):
    """A domain's records are to be looked at again."""

    domain_id: UUID


@dataclass(frozen=True, slots=True)
class DomainVerified(Event):
    """The name servers showed that the domain is the school's; it answers from now on."""

    domain_id: UUID
    domain: str


@dataclass(frozen=True, slots=True)
class DomainLost(Event):
    """The domain's proof is gone from the name servers; it answers no longer."""

    domain_id: UUID
    domain: str


@dataclass(frozen=True, slots=True)
class DomainRemoved(Event):
    """An owner took a domain away."""

    domain: str


@dataclass(frozen=True, slots=True)
class ExportAsked(Event):
    """An owner wants everything of the school as an archive."""

    export_id: UUID


@dataclass(frozen=True, slots=True)
class ExportFinished(Event):
    """The archive is ready to be fetched, until it expires."""

    export_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ExportFetched(Event):
    """Somebody fetched the archive."""

    export_id: UUID


@dataclass(frozen=True, slots=True)
class SchoolClosed(Event):
    """An owner closed the school; until `closes_at` it can be opened again."""

    school_id: UUID
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class SchoolGraceEnded(Event):
    """The time in which a closed school could be opened again is over, if it was not."""

    school_id: UUID
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class JoiningAsked(Event):
    """Somebody with an account asks to be let in."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class JoiningDecided(Event):
    """An owner let somebody in, or declined."""

    request_id: UUID
    accepted: bool
