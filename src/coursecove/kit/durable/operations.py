"""What an operator asks of durable work, on whichever engine: figures, another try, old rows gone."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from coursecove.kit.db import ReadDb, ServiceDb
from coursecove.kit.db.reading import Connection
from coursecove.kit.durable.events import Event, RunRetried
from coursecove.kit.errors import Conflict

AT_ONCE = 1000


class NotDead(Conflict):
    """Only a run that has given up can be sent round again."""


@dataclass(frozen=True, slots=True)
class Stats:
    """The figures behind the metrics; ages in seconds, 0 where nothing waits."""

    waiting: int
    running: int
    dead: int
    done_last_hour: int
    events_waiting: int
    oldest_run_age: float
    oldest_event_age: float


STATS = """
    select (select count(*) from function_runs where status = 'waiting') as waiting,
           (select count(*) from function_runs where status = 'running') as running,
           (select count(*) from function_runs where status = 'dead') as dead,
           (select count(*) from function_runs
             where status = 'done' and finished_at > now() - interval '1 hour') as done_last_hour,
           (select count(*) from events where dispatched_at is null) as events_waiting,
           (select coalesce(extract(epoch from now() - min(due_at)), 0)::float8 from function_runs
             where status = 'waiting' and due_at <= now()) as oldest_run_age,
           (select coalesce(extract(epoch from now() - min(greatest(occurred_at, not_before))), 0)::float8
              from events where dispatched_at is null and greatest(occurred_at, not_before) <= now()) as oldest_event_age"""

RETRY = """
    update function_runs r set status = 'waiting', attempt = 0, due_at = now(), external_id = null, finished_at = null
      from events e
     where r.id = $1 and r.status = 'dead' and e.organization_id = r.organization_id and e.id = r.event_id
    returning r.organization_id, r.function, e.data::text as fields"""

SWEEP = (
    """delete from events where (organization_id, id) in (
         select e.organization_id, e.id from events e
          where e.name = 'durable/schedule.ticked' and e.occurred_at < now() - interval '30 days'
            and e.dispatched_at is not null
            and not exists (select from function_runs r where r.organization_id = e.organization_id
                             and r.event_id = e.id and r.status <> 'done')
          order by e.occurred_at limit $1)""",
    """delete from function_runs where (organization_id, id) in (
         select organization_id, id from function_runs
          where status = 'done' and finished_at < now() - interval '90 days' order by finished_at limit $1)""",
)


async def stats(db: ReadDb) -> Stats:
    """Counts and ages, read from partial indexes that hold open work only."""
    return await db.one(Stats, STATS)


async def retry_run(db: ServiceDb, run_id: UUID) -> None:
    """Send a dead run round again with all its attempts; steps that are done stay done."""
    row = await (await db.connection()).fetchrow(RETRY, run_id)
    if row is None:
        raise NotDead
    fields = msgspec.json.decode(row["fields"])
    await db.emit(RunRetried(row["function"], run_id, row["organization_id"], fields))


LEAVE_UNHEARD = """
    update events set dispatched_at = now()
     where organization_id = $1 and name = $2 and key = any($3::text[])"""


async def leave_unheard(db: ServiceDb, event: type[Event], keys: list[str]) -> None:
    """Facts of the transaction's school that it is founded with stay facts, and nothing runs because of them."""
    await (await db.connection()).execute(LEAVE_UNHEARD, db.organization_id, event.name, keys)


async def sweep(connection: Connection) -> bool:
    """Delete what has served its time; True where more is left. Dead runs stay until somebody decides."""
    deleted = [int((await connection.execute(statement, AT_ONCE)).split()[-1]) for statement in SWEEP]
    return AT_ONCE in deleted
