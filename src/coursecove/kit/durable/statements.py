"""The SQL of the embedded engine. Every statement that changes a run names the lease that entitles it."""

from coursecove.kit.durable.models import CHANNEL, DUE

TAKE_EVENTS = f"""
    select organization_id, id, name, data::text as data from events
     where dispatched_at is null and {DUE} <= now()
     order by {DUE}, id limit $1 for update skip locked"""  # noqa: S608 - a constant of ours

START_RUNS = """
    insert into function_runs (organization_id, id, function, dedup_value, serial_value, event_id)
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[])
    on conflict (organization_id, function, dedup_value) do nothing"""

MARK_DISPATCHED = """
    update events e set dispatched_at = now(), send_attempts = send_attempts + 1
      from unnest($1::uuid[], $2::uuid[]) as handed (organization_id, id)
     where e.organization_id = handed.organization_id and e.id = handed.id"""

WAKE_OTHERS = f"select pg_notify('{CHANNEL}', '')"

CLAIM = """
    with due as materialized (
        select r.organization_id, r.id, r.function, r.serial_value, r.due_at from function_runs r
         where r.status in ('waiting', 'running') and r.external_id is null and r.due_at <= now()
           and r.function = any($1)
           and (r.serial_value is null or not exists (
                select from function_runs other
                 where other.organization_id = r.organization_id and other.function = r.function
                   and other.serial_value = r.serial_value and other.status = 'running' and other.id <> r.id))
         order by r.due_at limit $2 for update skip locked),
    chosen as (
        select distinct on (organization_id, function, coalesce(serial_value, id::text)) organization_id, id
          from due order by organization_id, function, coalesce(serial_value, id::text), due_at),
    claimed as (
        update function_runs r
           set status = 'running', lease = gen_random_uuid(), attempt = attempt + 1,
               due_at = now() + make_interval(secs => $3::float8),
               error = case when r.status = 'running' then 'the worker vanished' else r.error end
          from chosen c where r.organization_id = c.organization_id and r.id = c.id
        returning r.*)
    select c.organization_id, c.id, c.function, c.attempt, c.lease, c.error, c.event_id,
           e.data::text as data, e.actor_id, e.occurred_at,
           (select jsonb_object_agg(s.name, s.output)::text from run_steps s
             where s.organization_id = c.organization_id and s.run_id = c.id) as steps
      from claimed c join events e on e.organization_id = c.organization_id and e.id = c.event_id"""

EXTEND = """
    update function_runs set due_at = now() + make_interval(secs => $2::float8)
     where lease = any($1::uuid[]) and status = 'running' returning lease"""

KEEP_STEP = """
    with mine as (
        update function_runs set attempt = 1
         where organization_id = $1 and id = $2 and lease = $3 and status = 'running'
        returning organization_id, id)
    insert into run_steps (organization_id, run_id, name, output)
    select organization_id, id, $4::text, $5::text::jsonb from mine returning true"""

FINISH = """
    update function_runs set status = 'done', lease = null, error = null, finished_at = now()
     where organization_id = $1 and id = $2 and lease = $3 and status = 'running'"""

TRY_AGAIN = """
    update function_runs set status = 'waiting', lease = null, error = $4,
           due_at = now() + make_interval(secs => $5::float8)
     where organization_id = $1 and id = $2 and lease = $3 and status = 'running'"""

BURY = """
    update function_runs set status = 'dead', lease = null, error = $4, finished_at = now()
     where organization_id = $1 and id = $2 and lease = $3 and status = 'running' returning true"""

GIVE_BACK = """
    update function_runs set status = 'waiting', lease = null, due_at = now(), attempt = greatest(attempt - 1, 0)
     where lease = any($1::uuid[]) and status = 'running'"""

NEXT_DUE = f"""
    select extract(epoch from least(
        (select min(due_at) from function_runs
          where status in ('waiting', 'running') and external_id is null and due_at > now()),
        (select min({DUE}) from events where dispatched_at is null and {DUE} > now())) - now())::float8"""  # noqa: S608 - a constant of ours
