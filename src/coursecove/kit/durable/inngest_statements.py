"""The SQL of the Inngest adapter: Inngest decides when, these rows decide whether."""

from coursecove.kit.durable.models import DUE

TAKE_EVENTS = f"""
    update events e
       set claimed_until = now() + make_interval(secs => $2::float8), send_attempts = send_attempts + 1
      from (select organization_id, id from events where dispatched_at is null and {DUE} <= now()
             order by {DUE}, id limit $1 for update skip locked) due
     where e.organization_id = due.organization_id and e.id = due.id
    returning e.organization_id, e.id, e.name, e.data::text as data, e.send_attempts"""  # noqa: S608 - a constant of ours

MARK_SENT = """
    update events e set dispatched_at = now(), claimed_until = null
      from unnest($1::uuid[], $2::uuid[]) as sent (organization_id, id)
     where e.organization_id = sent.organization_id and e.id = sent.id"""

PUT_OFF = """
    update events e set claimed_until = now() + make_interval(secs => $3::float8)
      from unnest($1::uuid[], $2::uuid[]) as unsent (organization_id, id)
     where e.organization_id = unsent.organization_id and e.id = unsent.id and e.dispatched_at is null"""

EVENT_DATA = "select data::text from events where organization_id = $1 and id = $2"

TICK = """
    update events set dispatched_at = coalesce(dispatched_at, now())
     where organization_id = $1 and name = $2 and key = $3 returning id"""

START = """
    insert into function_runs as r
           (organization_id, id, function, dedup_value, event_id, external_id, status)
    values ($1, $2, $3, $4, $5, $6, 'running')
    on conflict (organization_id, function, dedup_value)
    do update set external_id = excluded.external_id, status = 'running'
        where r.status = 'waiting' and r.external_id is null
    returning true"""

ADOPT = """
    update function_runs set external_id = $3, status = 'running', serial_value = null
     where organization_id = $1 and id = $2 and status = 'waiting' and external_id is null returning true"""

MINE = """
    select r.organization_id, r.id, r.status, r.external_id, r.event_id, e.data::text as data,
           e.actor_id, e.occurred_at,
           (select jsonb_object_agg(s.name, s.output)::text from run_steps s
             where s.organization_id = r.organization_id and s.run_id = r.id) as steps
      from function_runs r join events e on e.organization_id = r.organization_id and e.id = r.event_id
     where r.function = $1 and r.external_id = $2"""

KEEP_STEP = """
    with mine as (
        select organization_id, id from function_runs
         where organization_id = $1 and id = $2 and external_id = $3 and status = 'running' for update)
    insert into run_steps (organization_id, run_id, name, output)
    select organization_id, id, $4::text, $5::text::jsonb from mine
    on conflict do nothing returning true"""

KEPT_STEP = "select output::text from run_steps where organization_id = $1 and run_id = $2 and name = $3"

FINISH = """
    update function_runs set status = 'done', error = null, finished_at = now()
     where organization_id = $1 and id = $2 and external_id = $3 and status = 'running' returning true"""

BURY = """
    update function_runs set status = 'dead', error = $4, finished_at = now()
     where organization_id = $1 and id = $2 and external_id = $3 and status = 'running' returning true"""
