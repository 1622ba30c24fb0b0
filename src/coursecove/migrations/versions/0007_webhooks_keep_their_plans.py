"""Webhooks keep their plans"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = '0007'
down_revision: str | None = '0006'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    sql = op.get_bind().exec_driver_sql
    sql("""create or replace function app.take_webhooks(webhook_ids text[], batch jsonb, bodies bytea[], budget_ms integer) returns table (webhook_id text, status text, reason text, known boolean)
language plpgsql volatile security invoker set search_path = '' set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $function$
#variable_conflict use_column
declare
  earlier jsonb;
  fresh jsonb := batch;
  retried jsonb;
  todo jsonb := batch;
  marks text[];
begin
  select jsonb_object_agg(w.webhook_id, jsonb_build_array(w.status, encode(w.digest, 'hex'))) into earlier
    from (select e.webhook_id, e.status, e.digest from public.webhook_events e
           where e.webhook_id = any(webhook_ids) order by e.webhook_id for update) w;
  if earlier is not null then
    select jsonb_agg(d) filter (where not earlier ? (d->>'webhook_id')),
           jsonb_agg(d) filter (where d ? 'lease' or (earlier->(d->>'webhook_id')->>0 in ('pending', 'failed')
                                  and earlier->(d->>'webhook_id')->>1 = d->>'digest'))
      into fresh, retried from jsonb_array_elements(batch) d;
    todo := coalesce(fresh, '[]') || coalesce(retried, '[]');
  end if;
  todo := jsonb_path_query_array(todo, '$[*] ? (exists(@.mark) && !exists(@.verdict) && !exists(@.failure))');
  if todo <> '[]' then
    marks := app.apply_objects(todo);
  end if;
  if earlier is not null then
    return query
    update public.webhook_events w set deliveries = w.deliveries + coalesce(d.copies, 1), updated_at = clock_timestamp(),
           reason = case when w.digest = decode(d.digest, 'hex') then w.reason
                         else 'delivered again with another body; the first one counts' end
      from jsonb_to_recordset(batch) d (webhook_id text, digest text, copies integer)
     where w.webhook_id = d.webhook_id
       and not coalesce(retried, '[]') @> jsonb_build_array(jsonb_build_object('webhook_id', d.webhook_id))
    returning w.webhook_id, w.status, w.reason, true;
  end if;
  if retried is not null then
    return query select s.webhook_id, s.status, s.reason, true from app.settle_webhooks(retried, marks) s;
  end if;
  return query
  insert into public.webhook_events as w (id, webhook_id, event_type, status, reason, path, attempts, deliveries, instance_id,
         object_kind, object_id, signed_at, created_at, processed_at, took_ms, next_attempt_at, history, digest, body, payload)
  select d.id, d.webhook_id, d.type, coalesce(d.verdict, case
           when d.failure is not null then case when coalesce((d.failure->>'dead')::boolean, false) then 'failed' else 'pending' end
           when d.mark = any(marks) then 'completed' else 'superseded' end), case when d.failure is not null then d.failure->>'error'
           when coalesce(d.verdict, case
           when d.failure is not null then case when coalesce((d.failure->>'dead')::boolean, false) then 'failed' else 'pending' end
           when d.mark = any(marks) then 'completed' else 'superseded' end) = 'superseded' then 'what it says is known already, or something newer is'
           else d.reason end, coalesce(d.path, 'fast'), case when (d.failure->>'tried')::boolean is false then 0 else 1 end, coalesce(d.copies, 1), d.instance, d.kind, d.object, d.signed_at,
         coalesce(d.received_at, clock_timestamp()), case when case when d.verdict is null and d.failure is not null and not coalesce((d.failure->>'dead')::boolean, false)
           then clock_timestamp() + make_interval(secs => (d.failure->>'wait_ms')::integer / 1000.0) end is null then clock_timestamp() end, coalesce(d.age_ms, 0) + (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::integer, case when d.verdict is null and d.failure is not null and not coalesce((d.failure->>'dead')::boolean, false)
           then clock_timestamp() + make_interval(secs => (d.failure->>'wait_ms')::integer / 1000.0) end,
         case when d.failure is null then '[]' else jsonb_build_array(d.failure) end, decode(d.digest, 'hex'),
         case when d.keeps_body then bodies[d.n] end, d.payload
    from jsonb_to_recordset(fresh) d (webhook_id text, id uuid, n integer, type text, instance text, kind text, object text, signed_at timestamptz,
         received_at timestamptz, digest text, mark text, verdict text, reason text, payload jsonb,
         keeps_body boolean, path text, age_ms integer, copies integer,
         lease uuid, failure jsonb)
   order by d.webhook_id
  on conflict (webhook_id) do update set
    deliveries = w.deliveries + excluded.deliveries, updated_at = clock_timestamp(),
    (status, reason, path, attempts, processed_at, next_attempt_at) = (
      select excluded.status, excluded.reason, excluded.path, w.attempts + excluded.attempts, excluded.processed_at,
             excluded.next_attempt_at
       where w.status = 'pending' and w.digest = excluded.digest
      union all
      select w.status, w.reason, w.path, w.attempts, w.processed_at, w.next_attempt_at
       where w.status <> 'pending' or w.digest <> excluded.digest)
  returning w.webhook_id, w.status, w.reason, w.xmax <> 0;
  if batch @? '$[*] ? (exists(@.verdict) || exists(@.failure))' then
    perform app.tell_of_webhooks(coalesce(fresh, '[]') || coalesce(retried, '[]'));
  end if;
  if clock_timestamp() > statement_timestamp() + make_interval(secs => budget_ms / 1000.0) then
    raise exception 'the deadline of this batch has passed' using errcode = 'CC001';
  end if;
end
$function$""")
    sql("""alter function app.take_webhooks(text[], jsonb, bytea[], integer) owner to coursecove_owner""")
    sql("""revoke all on function app.take_webhooks(text[], jsonb, bytea[], integer) from public""")
    sql("""grant execute on function app.take_webhooks(text[], jsonb, bytea[], integer) to coursecove_service""")
