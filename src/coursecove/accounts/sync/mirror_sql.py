"""The database's half of the pipeline: one call takes a batch of webhooks, whole, in one transaction.

Rows are locked in the order of their keys, first the webhooks' own, then the mirror's, so that two batches
never wait for each other crosswise. What nobody foresaw is raised: the batch is rolled back, and its
deliveries are tried one by one.
"""

from coursecove.kit.db.sql_functions import SqlFunction
from coursecove.kit.ids import NIL

SERVICE = ("coursecove_service",)
HISTORY_KEPT = 20
LATE, LEASE_LOST = "CC001", "CC002"
"""Conditions of ours: the deadline passed, or somebody else has this webhook now."""

NEW_ID = SqlFunction(
    "app.new_id",
    "",
    "uuid",
    """
declare
  made bytea := uuid_send(gen_random_uuid());
  milliseconds bytea := int8send((extract(epoch from clock_timestamp()) * 1000)::bigint);
begin
  made := overlay(made placing substring(milliseconds from 3) from 1 for 6);
  return encode(set_bit(set_bit(made, 52, 1), 53, 1), 'hex')::uuid;
end""",
    execute=("coursecove_definer", *SERVICE),
    volatility="volatile",
)

MIRROR = SqlFunction(
    "app.mirror_objects",
    "batch jsonb",
    "table (kind text, external_id text, mark text, deleted boolean, fresh boolean, organization_ref text, user_ref text)",
    """
#variable_conflict use_column
begin
  return query
  with offered as (
    select o.kind, o.id, o.row_id, o.version, decode(o.tie, 'hex') as tie, o.data, coalesce(o.deleted, false) as deleted,
           coalesce(o.created, 0) as created, o.organization, o.person, d.again
      from jsonb_to_recordset(batch) d (objects jsonb, again boolean), jsonb_to_recordset(d.objects) o
           (kind text, id text, row_id uuid, version bigint, tie text, data jsonb, deleted boolean, created bigint,
            organization text, person text)),
  best as (
    select distinct on (o.kind, o.id) o.kind, o.id, o.row_id, o.version, o.tie, o.data, o.deleted, o.created,
           max(o.organization) over same as organization, max(o.person) over same as person,
           bool_or(o.again) over same as again,
           o.version > 0 and not o.deleted and min(o.tie) over claim <> max(o.tie) over claim as doubtful
      from offered o
    window same as (partition by o.kind, o.id), claim as (partition by o.kind, o.id, o.deleted, o.version)
     order by o.kind, o.id, o.deleted desc, o.version desc, o.tie desc),
  kept as (
    insert into public.identity_mirror as m (kind, external_id, row_id, version, tie, deleted, data, organization_ref,
           user_ref, created_version, doubtful)
    select b.kind, b.id, b.row_id, b.version, b.tie, b.deleted, b.data, b.organization, b.person, b.created, b.doubtful
      from best b order by b.kind, b.id
    on conflict (kind, external_id) do update set
      version = greatest(m.version, excluded.version),
      tie = case when excluded.deleted or (excluded.version, excluded.tie) > (m.version, m.tie)
                 then excluded.tie else m.tie end,
      data = case when excluded.deleted or (excluded.version, excluded.tie) > (m.version, m.tie)
                  then excluded.data else m.data end,
      created_version = case when excluded.deleted or (excluded.version, excluded.tie) > (m.version, m.tie)
                             then excluded.created_version else m.created_version end,
      deleted = excluded.deleted,
      organization_ref = coalesce(m.organization_ref, excluded.organization_ref),
      user_ref = coalesce(m.user_ref, excluded.user_ref),
      doubtful = not excluded.deleted and case
        when excluded.version > m.version then excluded.doubtful
        when excluded.version < m.version then m.doubtful
        else m.doubtful or excluded.doubtful or (m.version > 0 and excluded.tie <> m.tie) end,
      updated_at = clock_timestamp()
    where not m.deleted and (
      excluded.deleted or (excluded.version, excluded.tie) > (m.version, m.tie)
      or (m.organization_ref is null and excluded.organization_ref is not null)
      or (m.user_ref is null and excluded.user_ref is not null)
      or (excluded.version = m.version and m.version > 0 and not m.doubtful
          and (excluded.doubtful or excluded.tie <> m.tie)))
    returning m.kind, m.external_id, m.tie, m.deleted, m.xmax = 0 as fresh, m.organization_ref, m.user_ref)
  select k.kind, k.external_id, concat_ws(' ', k.kind, k.external_id, encode(k.tie, 'hex')), k.deleted, k.fresh,
         k.organization_ref, k.user_ref from kept k
  union all
  select m.kind, m.external_id, concat_ws(' ', m.kind, m.external_id, encode(m.tie, 'hex')), m.deleted, true,
         m.organization_ref, m.user_ref
    from best b join public.identity_mirror m on m.kind = b.kind and m.external_id = b.id
   where b.again and not exists (select from kept k where k.kind = b.kind and k.external_id = b.id);
end""",
    execute=SERVICE,
    volatility="volatile",
)

FIELDS = """webhook_id text, id uuid, n integer, type text, instance text, kind text, object text, signed_at timestamptz,
         received_at timestamptz, digest text, mark text, verdict text, reason text, payload jsonb,
         keeps_body boolean, path text, age_ms integer, copies integer,
         lease uuid, failure jsonb"""
DEAD = "coalesce((d.failure->>'dead')::boolean, false)"
STATUS = f"""coalesce(d.verdict, case
           when d.failure is not null then case when {DEAD} then 'failed' else 'pending' end
           when d.mark = any(marks) then 'completed' else 'superseded' end)"""
REASON = f"""case when d.failure is not null then d.failure->>'error'
           when {STATUS} = 'superseded' then 'what it says is known already, or something newer is'
           else d.reason end"""
PATH = "coalesce(d.path, 'fast')"
TRIED = "case when (d.failure->>'tried')::boolean is false then 0 else 1 end"
TOOK = (
    "coalesce(d.age_ms, 0) + (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::integer"
)
AGAIN_AT = f"""case when d.verdict is null and d.failure is not null and not {DEAD}
           then clock_timestamp() + make_interval(secs => (d.failure->>'wait_ms')::integer / 1000.0) end"""
DONE_AT = f"case when {AGAIN_AT} is null then clock_timestamp() end"

SETTLE = SqlFunction(
    "app.settle_webhooks",
    "batch jsonb, marks text[]",
    "table (webhook_id text, status text, reason text)",
    f"""
#variable_conflict use_column
declare settled integer;
begin
  return query
  update public.webhook_events w set
    deliveries = w.deliveries + case when d.lease is null then coalesce(d.copies, 1) else 0 end,
    status = {STATUS}, reason = {REASON}, path = {PATH}, attempts = w.attempts + {TRIED}, took_ms = {TOOK},
    processed_at = {DONE_AT}, next_attempt_at = {AGAIN_AT},
    history = case when d.failure is null then w.history
                   when jsonb_array_length(w.history) >= {HISTORY_KEPT} then (w.history - 1) || d.failure
                   else w.history || d.failure end,
    lease = null, leased_until = null, updated_at = clock_timestamp()
    from jsonb_to_recordset(batch) d ({FIELDS})
   where w.webhook_id = d.webhook_id and (d.lease is null or (w.lease = d.lease and w.leased_until > clock_timestamp()))
  returning w.webhook_id, w.status, w.reason;
  get diagnostics settled = row_count;
  if settled <> jsonb_array_length(batch) then
    raise exception 'another worker has this webhook now' using errcode = '{LEASE_LOST}';
  end if;
end""",
    execute=SERVICE,
    volatility="volatile",
)

TAKE = SqlFunction(
    "app.take_webhooks",
    "webhook_ids text[], batch jsonb, bodies bytea[], budget_ms integer",
    "table (webhook_id text, status text, reason text, known boolean)",
    f"""
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
  select d.id, d.webhook_id, d.type, {STATUS}, {REASON}, {PATH}, {TRIED}, coalesce(d.copies, 1), d.instance, d.kind, d.object, d.signed_at,
         coalesce(d.received_at, clock_timestamp()), {DONE_AT}, {TOOK}, {AGAIN_AT},
         case when d.failure is null then '[]' else jsonb_build_array(d.failure) end, decode(d.digest, 'hex'),
         case when d.keeps_body then bodies[d.n] end, d.payload
    from jsonb_to_recordset(fresh) d ({FIELDS})
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
    raise exception 'the deadline of this batch has passed' using errcode = '{LATE}';
  end if;
end""",
    execute=SERVICE,
    volatility="volatile",
    # Plans are kept; one that was made while a table was small would go on reading the whole of it. None is made anew
    # for its arguments: that would cost three times what the work does.
    settings=("enable_seqscan = off", "jit = off", "plan_cache_mode = force_generic_plan"),
)

TELL = SqlFunction(
    "app.tell_of_webhooks",
    "batch jsonb",
    "void",
    f"""
begin
  insert into public.events (organization_id, id, name, data, key, occurred_at)
  select '{NIL}', app.new_id(), case w.status when 'failed' then 'accounts/webhook.died' else 'clerk/webhook.received' end,
         jsonb_build_object('webhook_id', w.webhook_id),
         w.webhook_id || case w.status when 'failed' then ':' || w.attempts else '' end, clock_timestamp()
    from jsonb_to_recordset(batch) d (webhook_id text)
    join public.webhook_events w on w.webhook_id = d.webhook_id
   where w.status = 'failed' or (w.status = 'pending' and w.attempts <= 1)
  on conflict do nothing;
end""",
    execute=SERVICE,
    volatility="volatile",
)
