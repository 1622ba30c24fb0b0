"""Webhooks that lie in the table and are to be applied: taken up under a lease, parsed anew, applied like any."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import asyncpg

from coursecove.accounts.sync.causes import described
from coursecove.accounts.sync.parsing import parse
from coursecove.accounts.sync.taking import TAKE, Arrival, Outcome, arguments
from coursecove.kit.db import ServiceDb
from coursecove.kit.ids import new_id

LEASE_SECONDS: Final = 15.0

_TAKEN_UP: Final = """)
    update webhook_events w set lease = $1, leased_until = clock_timestamp() + make_interval(secs => $2::float8)
      from chosen c where w.id = c.id
    returning w.webhook_id, w.body, w.signed_at, w.created_at, w.lease, w.instance_id,
              (select count(*) from jsonb_path_query(w.history, '$[*] ? (!(@.infrastructure == true))')) as faults"""

CLAIM_DUE: Final = f"""
    with chosen as materialized (
        select id from webhook_events
         where status = 'pending' and greatest(next_attempt_at, leased_until) <= clock_timestamp()
         order by greatest(next_attempt_at, leased_until) limit $3 for update skip locked{_TAKEN_UP}"""  # noqa: S608 - literals of this file

CLAIM_ONE: Final = f"""
    with chosen as materialized (
        select id from webhook_events
         where webhook_id = $3 and status = 'pending' and (leased_until is null or leased_until <= clock_timestamp())
           for update skip locked{_TAKEN_UP}"""  # noqa: S608 - literals of this file

CLAIM_THESE: Final = f"""
    with chosen as materialized (
        select id from webhook_events
         where webhook_id = any($3::text[]) and body is not null and ($4 or status in ('pending', 'failed'))
         order by webhook_id for update{_TAKEN_UP}"""  # noqa: S608 - literals of this file

GIVE_BACK: Final = (
    "update webhook_events set lease = null, leased_until = null where lease = $1 and status = 'pending'"
)


async def apply_stored(db: ServiceDb, webhook_id: str, *, last: bool = False) -> str:
    """Apply a waiting webhook within this transaction; the answer says what became of it.

    Its failure is the caller's to meet, who may try again; the last time it is left to the sweeper.
    """
    connection = await db.connection()
    rows = await connection.fetch(CLAIM_ONE, new_id(), LEASE_SECONDS, webhook_id)
    if not rows:
        return "not waiting"
    try:
        async with connection.transaction():
            outcomes = await connection.fetch(TAKE, *arguments(arrivals_of(rows, path="slow"), None))
    except asyncpg.PostgresError as error:
        if not last:
            raise
        await connection.execute(GIVE_BACK, rows[0]["lease"])
        return f"left to the sweeper: {described(error)}"
    status: str = outcomes[0]["status"]
    return status


async def replay(db: ServiceDb, webhook_ids: Sequence[str], *, again: bool = False) -> list[Outcome]:
    """Apply stored webhooks once more, in one transaction: those that wait or are dead.

    With `again` those that are done too, and the rows that they are about are written anew. Nothing newer is
    overwritten in either case. Those whose body is gone are left out.
    """
    connection = await db.connection()
    rows = await connection.fetch(CLAIM_THESE, new_id(), LEASE_SECONDS, sorted(set(webhook_ids)), again)
    if not rows:
        return []
    arrivals = arrivals_of(rows, path="replay")
    for arrival in arrivals:
        arrival.delivery.again = again
    return [Outcome(*row) for row in await connection.fetch(TAKE, *arguments(arrivals, None))]


def arrivals_of(rows: Sequence[asyncpg.Record], *, path: str) -> list[Arrival]:
    """What the rows say, read anew: code may have learned to read it since."""
    return [_arrival(row, path) for row in rows]


def _arrival(row: asyncpg.Record, path: str) -> Arrival:
    body: bytes = row["body"] or b""
    delivery = parse(row["webhook_id"], body, row["signed_at"])
    delivery.path, delivery.lease = path, row["lease"]
    age = (datetime.now(UTC) - row["created_at"]).total_seconds()
    return Arrival(delivery, body, time.monotonic() - max(age, 0))
