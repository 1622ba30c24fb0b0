"""Why an attempt failed, in words for people, and whether the webhook or the surroundings are to blame."""

import random
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from coursecove.accounts.sync.mirror_sql import LATE, LEASE_LOST
from coursecove.accounts.sync.parsing import Failed
from coursecove.kit.durable.control import DATABASE_DOWN
from coursecove.kit.durable.functions import Backoff

QUICK: Final = Backoff(base=1, factor=2, cap=16)
"""1, 2, 4, 8, 16 s, for what may mend itself."""

SLOW: Final = Backoff(base=60, factor=2, cap=3600)
QUICK_TRIES: Final = 5
GIVEN_UP_AFTER: Final = timedelta(hours=72)

LABEL_RACES: Final = frozenset({"organizations_subdomain_key", "hostnames_pkey"})
"""Two schools asked for one label at the same moment: the next attempt takes another."""

_WORDS: Final = {
    "55P03": "a row it needs was locked by somebody else",
    "57014": "the database took longer than it may",
    "40P01": "it and another change waited for each other",
    "40001": "another change came in between",
    LATE: "the database took longer than it may",
    "unreachable": "the database did not answer",
}


def is_away(error: BaseException) -> bool:
    """Whether the database, rather than this statement, is in trouble."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(("08", "53", "57P"))
    return isinstance(error, DATABASE_DOWN)


def is_infrastructure(error: BaseException) -> bool:
    """Whether the same webhook may well succeed in a second, unchanged."""
    state = getattr(error, "sqlstate", None) or ""
    race = getattr(error, "constraint_name", None) in LABEL_RACES
    return is_away(error) or race or state in ("55P03", "57014", "40P01", "40001", LATE)


def is_unstorable(error: BaseException) -> bool:
    """Whether the database refuses a value as such."""
    state = getattr(error, "sqlstate", None) or ""
    return state.startswith("22") or state == "54001"


def lost_lease(error: BaseException) -> bool:
    return getattr(error, "sqlstate", None) == LEASE_LOST


def described(error: BaseException) -> str:
    """What an operator reads."""
    if is_away(error):
        return _WORDS["unreachable"]
    state = getattr(error, "sqlstate", None) or ""
    constraint = getattr(error, "constraint_name", None)
    if constraint in LABEL_RACES:
        return "another school took the label at the same moment"
    if constraint:
        return f"it breaks a rule of the tables ({constraint})"
    said = getattr(error, "message", None) or str(error)  # without the detail, which quotes values
    return _WORDS.get(state) or f"{type(error).__name__}: {said}"[:500]


def failure(
    error: BaseException, *, path: str, earlier: int = 0, received_at: datetime | None = None, ms: int = 0
) -> Failed:
    """What is kept of a failed attempt; `earlier` counts the ones that were the webhook's own fault."""
    now = datetime.now(UTC)
    if is_infrastructure(error):
        wait = random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
        return Failed(described(error), now, path, int(wait * 1000), ms, infrastructure=True)
    tries = earlier + 1
    wait = QUICK.delay(tries) if tries <= QUICK_TRIES else SLOW.delay(tries - QUICK_TRIES)
    dead = received_at is not None and now + timedelta(seconds=wait) - received_at > GIVEN_UP_AFTER
    return Failed(described(error), now, path, int(wait * 1000), ms, dead=dead)


def not_tried(path: str) -> Failed:
    """For a webhook whose time was up before it could be applied."""
    return Failed(
        "no time was left to apply it at once", datetime.now(UTC), path, 0, infrastructure=True, tried=False
    )
