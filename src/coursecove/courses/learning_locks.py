"""Why a lesson is closed to a learner, and when it opens; the database keeps it closed by the same rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from coursecove.courses.enrolment_models import EnrolmentStatus


class Closed(StrEnum):
    """Why a lesson is closed."""

    STRANGER = "stranger"
    REQUESTED = "requested"
    WAITING = "waiting"
    REQUIRES = "requires"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Lock:
    """What keeps a lesson closed; `opens_at` where time alone opens it."""

    why: Closed
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a learner stands to a course: enrolled since when, and whether what comes first is done."""

    status: str | None
    started_at: datetime | None
    ready: bool


def lock_of(
    standing: Standing, *, release_at: datetime | None, after_days: int | None, opened: bool, now: datetime
) -> Lock | None:
    """What keeps a module's lesson closed; what was opened once stays open."""
    if standing.status != EnrolmentStatus.ACTIVE or standing.started_at is None:
        return Lock(_WHY.get(standing.status or "", Closed.STRANGER))
    if opened:
        return None
    if not standing.ready:
        return Lock(Closed.REQUIRES)
    since = standing.started_at + timedelta(days=after_days) if after_days is not None else None
    opens_at = max((moment for moment in (release_at, since) if moment), default=None)
    return Lock(Closed.LATER, opens_at) if opens_at and opens_at > now else None


_WHY: Mapping[str, Closed] = {
    EnrolmentStatus.REQUESTED: Closed.REQUESTED,
    EnrolmentStatus.WAITING: Closed.WAITING,
}
