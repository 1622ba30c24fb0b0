"""The service client's part of domains: what was seen decides whether the host name answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from coursecove.accounts.hosting import claim_name, release_name
from coursecove.kit import clock
from coursecove.kit.db import ServiceDb
from coursecove.schools.events import DomainLost, DomainVerified
from coursecove.schools.models import CustomDomain

DAILY = timedelta(days=1)
FIRST_HOUR = timedelta(minutes=5)
FIRST_DAYS = timedelta(hours=1)
PATIENCE = timedelta(days=3)
"""How long a proven domain may be without its proof before it stops answering."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the name servers said about a domain."""

    proven: bool
    points_here: bool = False
    gone: bool = False
    other: bool = False
    unanswered: bool = False

    @property
    def problem(self) -> str | None:
        if self.proven:
            return (
                None
                if self.points_here
                else "Its proof is there, but the name does not lead here by CNAME. If it leads here by its address, that is fine."
            )
        if self.unanswered:
            return "Its name servers do not answer at the moment."
        if self.other:
            return "There is a TXT record, but with another value."
        return "There is no TXT record yet. Name servers may take an hour to show a new one."


async def settle_domain(db: ServiceDb, domain_id: UUID, finding: Finding) -> None:
    """Let the domain answer, or not, and say when to look again."""
    domain = await db.get(CustomDomain, domain_id, lock=True)
    now = clock.now()
    domain.checked_at, domain.problem, domain.points_here = now, finding.problem, finding.points_here
    if finding.proven:
        await _answer(db, domain, now)
    elif domain.verified_at is not None and not finding.unanswered:
        await _doubt(db, domain, now, at_once=finding.gone)
    domain.next_check_at = now + _pause(domain, now)
    await db.flush()


async def _answer(db: ServiceDb, domain: CustomDomain, now: datetime) -> None:
    if not await claim_name(db, domain.organization_id, domain.name):
        domain.state, domain.problem = (
            "waiting",
            "Another school of this installation answers at this domain.",
        )
        return
    domain.state, domain.failing_since = "verified", None
    if domain.verified_at is None:
        domain.verified_at = now
        await db.emit(DomainVerified(domain.id, domain.name))


async def _doubt(db: ServiceDb, domain: CustomDomain, now: datetime, *, at_once: bool) -> None:
    """A proof that is missing may come back; a name that does not exist is somebody else's to take."""
    domain.state, domain.failing_since = "failing", domain.failing_since or now
    if at_once or now - domain.failing_since > PATIENCE:
        await release_name(db, domain.organization_id, domain.name)
        domain.state, domain.verified_at, domain.failing_since = "waiting", None, None
        await db.emit(DomainLost(domain.id, domain.name))


def _pause(domain: CustomDomain, now: datetime) -> timedelta:
    if domain.state == "verified":
        return DAILY
    if domain.state == "failing":
        return FIRST_DAYS
    age = now - domain.created_at
    return FIRST_HOUR if age < timedelta(hours=1) else FIRST_DAYS if age < timedelta(days=7) else DAILY
