"""Schools found, shape and close"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = '0006'
down_revision: str | None = '0005'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    sql = op.get_bind().exec_driver_sql
    sql("""create or replace function app.support_id() returns uuid
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return app.context_part(7)::uuid;
end
$function$""")
    sql("""alter function app.support_id() owner to coursecove_owner""")
    sql("""revoke all on function app.support_id() from public""")
    sql("""grant execute on function app.support_id() to authenticated""")
    sql("""grant execute on function app.support_id() to coursecove_definer""")
    sql("""grant execute on function app.support_id() to coursecove_service""")
    sql("""create or replace function app.caller() returns text
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return coalesce(app.context_part(5), app.context_part(2), app.context_part(7));
end
$function$""")
    sql("""alter function app.caller() owner to coursecove_owner""")
    sql("""revoke all on function app.caller() from public""")
    sql("""grant execute on function app.caller() to authenticated""")
    sql("""grant execute on function app.caller() to coursecove_definer""")
    sql("""grant execute on function app.caller() to coursecove_service""")
    sql("""create or replace function app.enter(claims text, seal text, statement_timeout_ms integer default 5000) returns void
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
declare
  asked jsonb;
  token public.api_tokens;
  support public.support_accesses;
  organization uuid;
  member uuid;
  person uuid;
  member_role text;
  body text;
begin
  if not coalesce(app.mac('claims:' || claims, split_part(seal, '.', 1)::integer)
                  = decode(split_part(seal, '.', 2), 'hex'), false) then
    raise exception 'the claims are not sealed by this application' using errcode = '28000';
  end if;
  asked := claims::jsonb;
  if coalesce((asked->>'exp')::numeric, 0) < extract(epoch from clock_timestamp()) then
    raise exception 'the claims have expired' using errcode = '28000';
  end if;
  select o.id into organization from public.organizations o
   where o.id = nullif(asked->>'cc_org', '')::uuid and o.status = 'ACTIVE' and o.closes_at is null;
  if asked->>'sub' is not null then
    select u.id, m.id, m.role into person, member, member_role
      from public.users u
      left join public.organization_memberships m
        on m.user_id = u.id and m.organization_id = organization and m.status = 'ACTIVE' and m.suspended_at is null
     where u.clerk_user_id = asked->>'sub' and u.status = 'ACTIVE';
  end if;
  if asked->>'token' is not null then
    select t.* into token from public.api_tokens t
     where t.organization_id = organization and t.id = (asked->>'token')::uuid and t.revoked_at is null
       and (t.expires_at is null or t.expires_at > now())
       and (t.member_id is null or t.member_id = member);
    if token.id is null then
      member := null; member_role := null;
    elsif token.member_id is null then
      member_role := 'SUPER_ADMIN';
    end if;
  end if;
  if member_role is null and asked->>'token' is null then
    select s.* into support from public.support_accesses s
     where s.organization_id = organization and s.operator = asked->>'sub' and s.ended_at is null
       and s.ends_at > now() order by s.ends_at desc limit 1;
    if support.id is not null then
      member_role := 'SUPER_ADMIN';
    end if;
  end if;
  if member_role is null then
    organization := null;
  end if;
  body := concat_ws('|', coalesce(organization::text, ''), coalesce(member::text, ''), coalesce(person::text, ''),
    coalesce(member_role, ''), coalesce(token.id::text, ''),
    encode(sha256(convert_to(claims, 'UTF8')), 'hex'), coalesce(support.id::text, ''), app.moment());
  perform set_config('app.context', body, true),
          set_config('app.context_seal', split_part(seal, '.', 1) || '.' ||
            encode(app.mac('context:' || body, split_part(seal, '.', 1)::integer), 'hex'), true),
          set_config('request.jwt.claims', claims, true),
          set_config('statement_timeout', statement_timeout_ms::text, true),
          set_config('lock_timeout', '2s', true);
  if not support.may_change then
    perform set_config('transaction_read_only', 'on', true);
  end if;
end
$function$""")
    sql("""alter function app.enter(text, text, integer) owner to coursecove_definer""")
    sql("""revoke all on function app.enter(text, text, integer) from public""")
    sql("""grant execute on function app.enter(text, text, integer) to coursecove_app""")
    sql("""grant execute on function app.enter(text, text, integer) to authenticated""")
    sql("""create or replace function app.my_schools() returns table (id uuid, name text, label text, role text, brand_color text)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select o.id, o.name, o.subdomain, m.role, o.brand_color
      from public.organization_memberships m join public.organizations o on o.id = m.organization_id
     where m.user_id = app.user_id() and m.status = 'ACTIVE' and m.suspended_at is null and o.status = 'ACTIVE'
       and o.closes_at is null
     order by o.name, o.id limit 50;
end
$function$""")
    sql("""alter function app.my_schools() owner to coursecove_definer""")
    sql("""revoke all on function app.my_schools() from public""")
    sql("""grant execute on function app.my_schools() to authenticated""")
    sql("""grant execute on function app.my_schools() to coursecove_definer""")
    sql("""grant execute on function app.my_schools() to coursecove_service""")
    sql("""create or replace function app.school_by_host(host text) returns table (id uuid, clerk_organization_id text, label text, name text, status text, kind text, brand_color text, time_zone text, locale text)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select o.id, o.clerk_organization_id, o.subdomain, o.name, h.status, h.kind, o.brand_color, o.time_zone,
           o.locale
      from public.hostnames h join public.organizations o on o.id = h.organization_id
     where h.name = host and o.status = 'ACTIVE' and o.closes_at is null and h.status in ('current', 'redirect')
       and (h.until is null or h.until > now());
end
$function$""")
    sql("""alter function app.school_by_host(text) owner to coursecove_definer""")
    sql("""revoke all on function app.school_by_host(text) from public""")
    sql("""grant execute on function app.school_by_host(text) to coursecove_app""")
    sql("""grant execute on function app.school_by_host(text) to anon""")
    sql("""grant execute on function app.school_by_host(text) to authenticated""")
    sql("""grant execute on function app.school_by_host(text) to coursecove_definer""")
    sql("""grant execute on function app.school_by_host(text) to coursecove_service""")
    sql("""create or replace function app.open_member(claims text, seal text, statement_timeout_ms integer) returns text
language plpgsql volatile security invoker set search_path = ''
as $function$
declare found text;
begin
  perform app.open(claims, seal, statement_timeout_ms);
  select to_jsonb(me)::text into found from (
    select m.id, m.role, m.display_name as name, coalesce(u.email, '') as email, o.id as school_id,
           o.name as school_name, o.subdomain as school_label, o.brand_color, o.logo_digest,
           coalesce(m.time_zone, o.time_zone) as time_zone, coalesce(m.locale, o.locale) as locale,
           m.created_at as joined_at,
           (select jsonb_agg(jsonb_build_object('label', s.label, 'name', s.name, 'role', s.role))
              from app.my_schools() s) as schools,
           case when m.role = 'SUPER_ADMIN' then (
             select jsonb_build_object('id', v.id, 'operator_name', v.operator_name, 'reason', v.reason,
                              'ends_at', v.ends_at, 'may_change', v.may_change) from public.support_accesses v
              where v.organization_id = (select app.org_id()) and v.ended_at is null and v.ends_at > now()
              order by v.ends_at desc limit 1) end as visited,
           null::jsonb as support
      from public.organization_memberships m
      join public.organizations o on o.id = m.organization_id
      join public.users u on u.id = m.user_id
     where m.organization_id = (select app.org_id()) and m.id = (select app.member_id())
    union all
    select v.id, 'SUPER_ADMIN', v.operator_name, '', o.id, o.name, o.subdomain, o.brand_color, o.logo_digest,
           o.time_zone, o.locale, v.starts_at, '[]', null, jsonb_build_object('id', v.id, 'operator_name', v.operator_name, 'reason', v.reason,
                              'ends_at', v.ends_at, 'may_change', v.may_change)
      from public.support_accesses v join public.organizations o on o.id = v.organization_id
     where v.organization_id = (select app.org_id()) and v.id = (select app.support_id())) me;
  return found;
end
$function$""")
    sql("""alter function app.open_member(text, text, integer) owner to coursecove_owner""")
    sql("""revoke all on function app.open_member(text, text, integer) from public""")
    sql("""grant execute on function app.open_member(text, text, integer) to coursecove_app""")
    sql("""create or replace function app.open_person(claims text, seal text, statement_timeout_ms integer) returns text
language plpgsql volatile security invoker set search_path = ''
as $function$
declare found text;
begin
  perform app.open(claims, seal, statement_timeout_ms);
  select jsonb_build_object('id', u.id, 'name', concat_ws(' ', u.first_name, u.last_name),
           'email', coalesce(u.email, ''), 'schools',
           (select coalesce(jsonb_agg(jsonb_build_object('label', s.label, 'name', s.name, 'role', s.role)), '[]')
              from app.my_schools() s))::text
    into found from public.users u where u.id = (select app.user_id());
  return found;
end
$function$""")
    sql("""alter function app.open_person(text, text, integer) owner to coursecove_owner""")
    sql("""revoke all on function app.open_person(text, text, integer) from public""")
    sql("""grant execute on function app.open_person(text, text, integer) to coursecove_app""")
    sql("""create or replace function app.dashboard(claims text, seal text, statement_timeout_ms integer) returns table (me text, home text)
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  perform app.open(claims, seal, statement_timeout_ms);
  perform set_config('transaction_read_only', 'on', true);
  select to_jsonb(m)::text into me from (
    select m.id, m.role, m.display_name as name, coalesce(u.email, '') as email, o.id as school_id,
           o.name as school_name, o.subdomain as school_label, o.brand_color, o.logo_digest,
           coalesce(m.time_zone, o.time_zone) as time_zone, coalesce(m.locale, o.locale) as locale,
           m.created_at as joined_at,
           (select jsonb_agg(jsonb_build_object('label', s.label, 'name', s.name, 'role', s.role))
              from app.my_schools() s) as schools,
           case when m.role = 'SUPER_ADMIN' then (
             select jsonb_build_object('id', v.id, 'operator_name', v.operator_name, 'reason', v.reason,
                              'ends_at', v.ends_at, 'may_change', v.may_change) from public.support_accesses v
              where v.organization_id = (select app.org_id()) and v.ended_at is null and v.ends_at > now()
              order by v.ends_at desc limit 1) end as visited,
           null::jsonb as support
      from public.organization_memberships m
      join public.organizations o on o.id = m.organization_id
      join public.users u on u.id = m.user_id
     where m.organization_id = (select app.org_id()) and m.id = (select app.member_id())
    union all
    select v.id, 'SUPER_ADMIN', v.operator_name, '', o.id, o.name, o.subdomain, o.brand_color, o.logo_digest,
           o.time_zone, o.locale, v.starts_at, '[]', null, jsonb_build_object('id', v.id, 'operator_name', v.operator_name, 'reason', v.reason,
                              'ends_at', v.ends_at, 'may_change', v.may_change)
      from public.support_accesses v join public.organizations o on o.id = v.organization_id
     where v.organization_id = (select app.org_id()) and v.id = (select app.support_id())) m;
  case app.member_role()
  when 'SUPER_ADMIN' then select to_jsonb(h)::text into home from (
    select
      (select coalesce(jsonb_agg(h), '[]') from (
         select m.role, count(*) as people,
                count(*) filter (where m.created_at >= date_trunc('month', now())) as joined_this_month
           from public.organization_memberships m
          where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
          group by m.role) h) as headcounts,
      (select coalesce(jsonb_agg(n), '[]') from (
         select m.id, m.display_name as name, m.role, m.created_at as joined_at
           from public.organization_memberships m
          where m.organization_id = (select app.org_id()) and m.status = 'ACTIVE'
          order by m.created_at desc, m.id desc limit 6) n) as newest,
      (select coalesce(jsonb_agg(x), '[]') from (
         select e.id, e.name, e.data, e.occurred_at, a.display_name as actor, s.id as subject_id,
                s.display_name as subject
           from (select *, coalesce(data->>'member_id', data->>'student_id')::uuid as about from public.events
                  where organization_id = (select app.org_id()) order by id desc limit 8) e
           left join public.organization_memberships a
             on a.organization_id = e.organization_id and a.id = e.actor_id
           left join public.organization_memberships s
             on s.organization_id = e.organization_id and s.id = e.about
          order by e.id desc) x) as happened,
      exists (select from public.guardianships g where g.organization_id = (select app.org_id())) as guardians_linked) h;
  when 'TEACHER' then select to_jsonb(h)::text into home from (
    select
      (select count(*) from public.organization_memberships m
        where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'STUDENT') as students,
      (select count(*) from public.organization_memberships m
        where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'TEACHER') as teachers,
      (select coalesce(jsonb_agg(c), '[]') from (
         select m.id, m.display_name as name, m.role, m.created_at as joined_at
           from public.organization_memberships m
          where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'TEACHER'
            and m.id <> me.id
          order by m.sort_name, m.id limit 8) c) as colleagues
      from public.organization_memberships me
     where me.organization_id = (select app.org_id()) and me.id = (select app.member_id())) h;
  when 'STUDENT' then select to_jsonb(h)::text into home from (
    select
      (select coalesce(jsonb_agg(c), '[]') from (
         select m.id, m.display_name as name, m.role, m.created_at as joined_at
           from public.organization_memberships m
          where m.organization_id = me.organization_id and m.status = 'ACTIVE' and m.role = 'TEACHER'
          order by m.sort_name, m.id limit 8) c) as teachers,
      array(select m.display_name from public.guardianships g
              join public.organization_memberships m on m.organization_id = g.organization_id and m.id = g.guardian_id
             where g.organization_id = me.organization_id and g.student_id = me.id
             order by m.sort_name limit 8) as guardians
      from public.organization_memberships me
     where me.organization_id = (select app.org_id()) and me.id = (select app.member_id())) h;
  when 'GUARDIAN' then select to_jsonb(h)::text into home from (
    select (select coalesce(jsonb_agg(c), '[]') from (
       select m.id, m.display_name as name, m.created_at as joined_at
         from public.guardianships g
         join public.organization_memberships m on m.organization_id = g.organization_id and m.id = g.student_id
        where g.organization_id = (select app.org_id()) and g.guardian_id = (select app.member_id())
          and m.status = 'ACTIVE'
        order by m.sort_name, m.id limit 20) c) as children) h;
  else home := null;
  end case;
  return next;
end
$function$""")
    sql("""alter function app.dashboard(text, text, integer) owner to coursecove_owner""")
    sql("""revoke all on function app.dashboard(text, text, integer) from public""")
    sql("""grant execute on function app.dashboard(text, text, integer) to coursecove_app""")
    sql("""create or replace function app.emit(school uuid, fact text, fields jsonb, once text) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  insert into public.events (organization_id, id, name, data, key, occurred_at)
  values (school, app.new_id(), fact, fields, once, clock_timestamp())
  on conflict do nothing;
end
$function$""")
    sql("""alter function app.emit(uuid, text, jsonb, text) owner to coursecove_owner""")
    sql("""revoke all on function app.emit(uuid, text, jsonb, text) from public""")
    sql("""grant execute on function app.emit(uuid, text, jsonb, text) to coursecove_definer""")
    sql("""grant execute on function app.emit(uuid, text, jsonb, text) to coursecove_service""")
    sql("""create or replace function app.label_is_free(label text, school uuid) returns boolean
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return not exists (select from public.organizations o where o.subdomain = label and o.id <> school)
     and not exists (select from public.hostnames h where h.name = label and h.organization_id is distinct from school
                        and (h.until is null or h.until > now()));
end
$function$""")
    sql("""alter function app.label_is_free(text, uuid) owner to coursecove_owner""")
    sql("""revoke all on function app.label_is_free(text, uuid) from public""")
    sql("""grant execute on function app.label_is_free(text, uuid) to coursecove_definer""")
    sql("""grant execute on function app.label_is_free(text, uuid) to coursecove_service""")
    sql("""create or replace function app.give_label(school uuid, label text) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  insert into public.hostnames (name, organization_id, kind, status) values (label, school, 'subdomain', 'current')
  on conflict (name) do update set organization_id = excluded.organization_id, kind = excluded.kind,
     status = excluded.status, since = now(), until = null;
end
$function$""")
    sql("""alter function app.give_label(uuid, text) owner to coursecove_owner""")
    sql("""revoke all on function app.give_label(uuid, text) from public""")
    sql("""grant execute on function app.give_label(uuid, text) to coursecove_definer""")
    sql("""grant execute on function app.give_label(uuid, text) to coursecove_service""")
    sql("""create or replace function app.close_school(school uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  update public.organizations o set status = 'DELETED', updated_at = clock_timestamp(),
         closed_at = coalesce(o.closed_at, clock_timestamp())
   where o.id = school;
  update public.hostnames h set status = 'held', until = null where h.organization_id = school;
  perform app.emit(school, 'accounts/organization.closed', jsonb_build_object('school_id', school), app.new_id()::text);
end
$function$""")
    sql("""alter function app.close_school(uuid) owner to coursecove_owner""")
    sql("""revoke all on function app.close_school(uuid) from public""")
    sql("""grant execute on function app.close_school(uuid) to coursecove_service""")
    sql("""create or replace function app.founding_submitted() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
begin
  if new.state = 'submitted' and old.state <> 'submitted' then
    perform app.emit('00000000-0000-0000-0000-000000000000', 'schools/founding.submitted',
                     jsonb_build_object('founding_id', new.id), null);
  end if;
  return null;
end
$function$""")
    sql("""alter function app.founding_submitted() owner to coursecove_definer""")
    sql("""revoke all on function app.founding_submitted() from public""")
    sql("""create or replace function app.change_label(wanted text) returns text
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
declare
  school uuid := app.org_id();
  before text;
begin
  if not app.is_admin() or app.support_id() is not null then
    return 'forbidden';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('coursecove:labels', 0));
  select o.subdomain into before from public.organizations o where o.id = school for update;
  if before = wanted then
    return 'same';
  end if;
  if not app.label_is_free(wanted, school)
     or exists (select from public.hostnames h where h.name = wanted and h.kind <> 'subdomain') then
    return 'taken';
  end if;
  if (select count(*) from public.hostnames h where h.organization_id = school and h.kind = 'subdomain'
       and h.status = 'redirect' and h.name <> wanted and h.until > now()) >= 5 then
    return 'too many';
  end if;
  update public.hostnames h set status = 'redirect', since = now(), until = now() + interval '1 year'
   where h.name = before and h.organization_id = school;
  perform app.give_label(school, wanted);
  update public.organizations o set subdomain = wanted, subdomain_chosen = true, updated_at = now()
   where o.id = school;
  return 'changed';
end
$function$""")
    sql("""alter function app.change_label(text) owner to coursecove_definer""")
    sql("""revoke all on function app.change_label(text) from public""")
    sql("""grant execute on function app.change_label(text) to authenticated""")
    sql("""create or replace function app.settle_label(school uuid, wanted text) returns text
language plpgsql volatile security invoker set search_path = ''
as $function$
declare before text;
begin
  perform pg_advisory_xact_lock(hashtextextended('coursecove:labels', 0));
  select o.subdomain into before from public.organizations o where o.id = school for update;
  if before <> wanted and app.label_is_free(wanted, school) then
    delete from public.hostnames h where h.name = before and h.organization_id = school;
    perform app.give_label(school, wanted);
    update public.organizations o set subdomain = wanted, subdomain_chosen = true, updated_at = now()
     where o.id = school;
    return wanted;
  end if;
  return before;
end
$function$""")
    sql("""alter function app.settle_label(uuid, text) owner to coursecove_owner""")
    sql("""revoke all on function app.settle_label(uuid, text) from public""")
    sql("""grant execute on function app.settle_label(uuid, text) to coursecove_service""")
    sql("""create or replace function app.name_is_free(wanted text) returns boolean
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return app.label_is_free(wanted, '00000000-0000-0000-0000-000000000000');
end
$function$""")
    sql("""alter function app.name_is_free(text) owner to coursecove_definer""")
    sql("""revoke all on function app.name_is_free(text) from public""")
    sql("""grant execute on function app.name_is_free(text) to authenticated""")
    sql("""create or replace function app.release_domain() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
begin
  delete from public.hostnames h
   where h.name = old.name and h.organization_id = old.organization_id and h.kind = 'custom';
  return null;
end
$function$""")
    sql("""alter function app.release_domain() owner to coursecove_definer""")
    sql("""revoke all on function app.release_domain() from public""")
    sql("""create or replace function app.logo(school uuid, wanted text) returns bytea
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
declare found bytea;
begin
  select l.image into found from public.school_logos l
   where l.organization_id = school and l.digest = wanted;
  return found;
end
$function$""")
    sql("""alter function app.logo(uuid, text) owner to coursecove_definer""")
    sql("""revoke all on function app.logo(uuid, text) from public""")
    sql("""grant execute on function app.logo(uuid, text) to coursecove_app""")
    sql("""create or replace function app.school_door(school uuid) returns table (takes_requests boolean, asked_at timestamptz, is_member boolean)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select exists (select from public.organizations o where o.id = school and o.joining = 'ask'
                    and o.status = 'ACTIVE' and o.closes_at is null),
           (select max(r.created_at) from public.join_requests r
             where r.organization_id = school and r.user_id = app.user_id() and r.state = 'waiting'),
           exists (select from public.organization_memberships m where m.organization_id = school
                    and m.user_id = app.user_id() and m.status = 'ACTIVE' and m.suspended_at is null);
end
$function$""")
    sql("""alter function app.school_door(uuid) owner to coursecove_definer""")
    sql("""revoke all on function app.school_door(uuid) from public""")
    sql("""grant execute on function app.school_door(uuid) to authenticated""")
    sql("""create or replace function app.ask_to_join(school uuid, fresh_id uuid, said text) returns text
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
declare door record;
begin
  select d.* into door from app.school_door(school) d;
  if app.user_id() is null or not door.takes_requests then
    return 'closed';
  end if;
  if door.is_member or door.asked_at is not null then
    return 'known';
  end if;
  if (select count(*) from public.join_requests r where r.user_id = app.user_id()
        and r.created_at > now() - interval '1 day') >= 5
     or exists (select from public.join_requests r where r.organization_id = school
                 and r.user_id = app.user_id() and r.decided_at > now() - interval '7 days') then
    return 'too often';
  end if;
  insert into public.join_requests (organization_id, id, user_id, external_id, name, email, message)
  select school, fresh_id, u.id, u.clerk_user_id,
         coalesce(nullif(trim(concat_ws(' ', u.first_name, u.last_name)), ''), 'Unnamed'), u.email, said
    from public.users u where u.id = app.user_id()
  on conflict do nothing;
  if found then
    perform app.emit(school, 'schools/joining.asked', jsonb_build_object('request_id', fresh_id), null);
  end if;
  return 'asked';
end
$function$""")
    sql("""alter function app.ask_to_join(uuid, uuid, text) owner to coursecove_definer""")
    sql("""revoke all on function app.ask_to_join(uuid, uuid, text) from public""")
    sql("""grant execute on function app.ask_to_join(uuid, uuid, text) to authenticated""")
    sql("""create or replace function app.close_my_school(days integer) returns timestamptz
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
declare closes timestamptz;
begin
  if not app.is_admin() or app.support_id() is not null then
    return null;
  end if;
  update public.organizations o set closed_at = now(), closes_at = now() + make_interval(days => days),
         updated_at = now()
   where o.id = app.org_id() and o.closes_at is null
  returning o.closes_at into closes;
  return closes;
end
$function$""")
    sql("""alter function app.close_my_school(integer) owner to coursecove_definer""")
    sql("""revoke all on function app.close_my_school(integer) from public""")
    sql("""grant execute on function app.close_my_school(integer) to authenticated""")
    sql("""create or replace function app.my_closed_schools() returns table (id uuid, name text, label text, closes_at timestamptz)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select o.id, o.name, o.subdomain, o.closes_at
      from public.organization_memberships m join public.organizations o on o.id = m.organization_id
     where m.user_id = app.user_id() and m.status = 'ACTIVE' and m.suspended_at is null
       and m.role = 'SUPER_ADMIN'
       and o.status = 'ACTIVE' and o.closes_at > now()
     order by o.closes_at, o.id limit 50;
end
$function$""")
    sql("""alter function app.my_closed_schools() owner to coursecove_definer""")
    sql("""revoke all on function app.my_closed_schools() from public""")
    sql("""grant execute on function app.my_closed_schools() to authenticated""")
    sql("""create or replace function app.reopen_my_school(school uuid) returns boolean
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
begin
  update public.organizations o set closed_at = null, closes_at = null, updated_at = now()
   where o.id = school and o.id in (select c.id from app.my_closed_schools() c);
  if not found then
    return false;
  end if;
  perform app.emit(school, 'accounts/organization.reopened', jsonb_build_object('school_id', school), null);
  return true;
end
$function$""")
    sql("""alter function app.reopen_my_school(uuid) owner to coursecove_definer""")
    sql("""revoke all on function app.reopen_my_school(uuid) from public""")
    sql("""grant execute on function app.reopen_my_school(uuid) to authenticated""")
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table('foundings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), server_default=sa.text('app.user_id()'), nullable=False),
    sa.Column('state', sa.Text(), server_default=sa.text("'drafted'"), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('brand_color', sa.Text(), nullable=True),
    sa.Column('logo', sa.LargeBinary(), nullable=True),
    sa.Column('time_zone', sa.Text(), nullable=False),
    sa.Column('locale', sa.Text(), nullable=False),
    sa.Column('serves_minors', sa.Boolean(), nullable=True),
    sa.Column('looks_chosen', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('place_chosen', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.Column('school_id', sa.Uuid(), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("brand_color ~ '^#[0-9a-f]{6}$'", name=op.f('foundings_brand_color_check')),
    sa.CheckConstraint("state in ('drafted', 'submitted', 'done', 'failed')", name=op.f('foundings_state_check')),
    sa.CheckConstraint('octet_length(logo) <= 1048576', name=op.f('foundings_logo_check')),
    sa.ForeignKeyConstraint(['school_id'], ['organizations.id'], name=op.f('foundings_school_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('foundings_user_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('foundings_pkey'))
    )
    op.create_index('foundings_open_key', 'foundings', ['user_id'], unique=True, postgresql_where=sa.text("state in ('drafted', 'submitted', 'failed')"))
    op.create_index('foundings_school_id_idx', 'foundings', ['school_id'], unique=False)
    op.create_index('foundings_user_id_idx', 'foundings', ['user_id', 'id'], unique=False)
    op.create_table('school_logos',
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('image', sa.LargeBinary(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('octet_length(image) <= 1048576', name=op.f('school_logos_image_check')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('school_logos_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('school_logos_pkey')),
    sa.UniqueConstraint('organization_id', 'digest', name=op.f('school_logos_organization_id_digest_key'))
    )
    op.create_table('consents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), server_default=sa.text('app.user_id()'), nullable=False),
    sa.Column('founding_id', sa.Uuid(), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('method', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('agent', sa.Text(), nullable=True),
    sa.CheckConstraint("document in ('terms', 'privacy', 'dpa')", name=op.f('consents_document_check')),
    sa.ForeignKeyConstraint(['founding_id'], ['foundings.id'], name=op.f('consents_founding_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('consents_user_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('consents_pkey'))
    )
    op.create_index('consents_founding_id_idx', 'consents', ['founding_id'], unique=False)
    op.create_index('consents_user_id_idx', 'consents', ['user_id', 'id'], unique=False)
    op.create_table('custom_domains',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('proof', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
    sa.Column('points_here', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('added_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_check_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("state in ('waiting', 'verified', 'failing')", name=op.f('custom_domains_state_check')),
    sa.ForeignKeyConstraint(['organization_id', 'added_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('custom_domains_organization_id_added_by_fkey'), ondelete='SET NULL (added_by)'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('custom_domains_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('custom_domains_pkey')),
    sa.UniqueConstraint('organization_id', 'name', name=op.f('custom_domains_organization_id_name_key'))
    )
    op.create_index('custom_domains_added_by_idx', 'custom_domains', ['organization_id', 'added_by'], unique=False)
    op.create_index('custom_domains_due_idx', 'custom_domains', ['next_check_at'], unique=False)
    op.create_table('join_requests',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("state in ('waiting', 'accepted', 'declined')", name=op.f('join_requests_state_check')),
    sa.CheckConstraint('length(message) <= 500', name=op.f('join_requests_message_check')),
    sa.ForeignKeyConstraint(['organization_id', 'decided_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('join_requests_organization_id_decided_by_fkey'), ondelete='SET NULL (decided_by)'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('join_requests_organization_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('join_requests_user_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('join_requests_pkey'))
    )
    op.create_index('join_requests_decided_by_idx', 'join_requests', ['organization_id', 'decided_by'], unique=False)
    op.create_index('join_requests_user_id_idx', 'join_requests', ['user_id'], unique=False)
    op.create_index('join_requests_waiting_key', 'join_requests', ['organization_id', 'user_id'], unique=True, postgresql_where=sa.text("state = 'waiting'"))
    op.create_table('school_exports',
    sa.Column('requested_by', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tables_done', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('tables_total', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('rows_written', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('size', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("state in ('waiting', 'running', 'ready', 'failed', 'expired')", name=op.f('school_exports_state_check')),
    sa.ForeignKeyConstraint(['organization_id', 'requested_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('school_exports_organization_id_requested_by_fkey'), ondelete='SET NULL (requested_by)'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('school_exports_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('school_exports_pkey'))
    )
    op.create_index('school_exports_expiring_idx', 'school_exports', ['expires_at'], unique=False, postgresql_where=sa.text("state = 'ready'"))
    op.create_index('school_exports_open_key', 'school_exports', ['organization_id', 'requested_by'], unique=True, postgresql_where=sa.text("state in ('waiting', 'running')"))
    op.create_index('school_exports_requested_by_idx', 'school_exports', ['organization_id', 'requested_by'], unique=False)
    op.create_table('support_accesses',
    sa.Column('operator', sa.Text(), nullable=False),
    sa.Column('operator_name', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('may_change', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("ends_at >= starts_at and ends_at <= starts_at + interval '1 hour'", name=op.f('support_accesses_an_hour_check')),
    sa.CheckConstraint('length(reason) <= 500', name=op.f('support_accesses_reason_check')),
    sa.ForeignKeyConstraint(['organization_id', 'ended_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('support_accesses_organization_id_ended_by_fkey'), ondelete='SET NULL (ended_by)'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('support_accesses_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('support_accesses_pkey'))
    )
    op.create_index('support_accesses_ended_by_idx', 'support_accesses', ['organization_id', 'ended_by'], unique=False)
    op.create_index('support_accesses_open_idx', 'support_accesses', ['organization_id', 'ends_at'], unique=False, postgresql_where=sa.text('ended_at is null'))
    op.create_table('school_export_parts',
    sa.Column('export_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id', 'export_id'], ['school_exports.organization_id', 'school_exports.id'], name=op.f('school_export_parts_organization_id_export_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('school_export_parts_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('school_export_parts_pkey')),
    sa.UniqueConstraint('organization_id', 'export_id', 'position', name=op.f('school_export_parts_organization_id_export_id_position_key'))
    )
    op.add_column('organizations', sa.Column('serves_minors', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('organizations', sa.Column('profiles_by', sa.Text(), server_default=sa.text("'staff'"), nullable=False))
    op.add_column('organizations', sa.Column('joining', sa.Text(), server_default=sa.text("'invited'"), nullable=False))
    op.add_column('organizations', sa.Column('logo_digest', sa.Text(), nullable=True))
    op.add_column('organizations', sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True))
    # ### end Alembic commands ###
    sql("""alter table organizations add constraint organizations_joining_check CHECK ((joining = ANY (ARRAY['invited'::text, 'ask'::text])))""")
    sql("""alter table organizations add constraint organizations_profiles_by_check CHECK ((profiles_by = ANY (ARRAY['owners'::text, 'staff'::text, 'guardians'::text])))""")
    sql("""create or replace function app.append_to_audit(entry public.audit_log) returns void
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
begin
  perform pg_advisory_xact_lock(hashtextextended('audit:' || entry.organization_id, 0));
  select l.position, l.hash into entry.position, entry.previous_hash from public.audit_log l
   where l.organization_id = entry.organization_id order by l.position desc limit 1;
  entry.position := coalesce(entry.position, 0) + 1;
  entry.previous_hash := coalesce(entry.previous_hash, ''::bytea);
  entry.at := clock_timestamp();
  entry.actor_id := app.member_id();
  entry.session_id := coalesce('support:' || app.support_id(), auth.jwt()->>'sid', auth.jwt()->>'token');
  entry.hash := app.audit_digest(entry);
  insert into public.audit_log values (entry.*);
end
$function$""")
    sql("""alter function app.append_to_audit(public.audit_log) owner to coursecove_definer""")
    sql("""revoke all on function app.append_to_audit(public.audit_log) from public""")
    sql("""grant execute on function app.append_to_audit(public.audit_log) to coursecove_definer""")
    sql("""alter table consents owner to coursecove_owner""")
    sql("""alter table consents enable row level security""")
    sql("""alter table consents force row level security""")
    sql("""grant select on consents to coursecove_service""")
    sql("""create policy fence on consents as restrictive for all to authenticated using (user_id = (select app.user_id())) with check (user_id = (select app.user_id()))""")
    sql("""create policy people_select on consents for select to authenticated using (user_id = (select app.user_id()))""")
    sql("""grant select on consents to authenticated""")
    sql("""create policy people_insert on consents for insert to authenticated with check (user_id = (select app.user_id()))""")
    sql("""grant insert (id, user_id, founding_id, document, version, digest, method, address, agent) on consents to authenticated""")
    sql("""alter table custom_domains owner to coursecove_owner""")
    sql("""alter table custom_domains enable row level security""")
    sql("""alter table custom_domains force row level security""")
    sql("""grant select, insert, update, delete on custom_domains to coursecove_service""")
    sql("""create policy fence on custom_domains as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on custom_domains for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on custom_domains to authenticated""")
    sql("""create policy people_insert on custom_domains for insert to authenticated with check ((select app.is_admin()) and (select app.support_id()) is null)""")
    sql("""grant insert (organization_id, id, name, proof, added_by) on custom_domains to authenticated""")
    sql("""create policy people_delete on custom_domains for delete to authenticated using ((select app.is_admin()) and (select app.support_id()) is null)""")
    sql("""grant delete on custom_domains to authenticated""")
    sql("""drop policy "people_insert" on events""")
    sql("""drop policy "fence" on events""")
    sql("""drop policy "people_select" on events""")
    sql("""revoke all on events from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table events owner to coursecove_owner""")
    sql("""alter table events enable row level security""")
    sql("""alter table events force row level security""")
    sql("""grant select, insert, update, delete on events to coursecove_service""")
    sql("""create policy fence on events as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on events for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on events to authenticated""")
    sql("""create policy people_insert on events for insert to authenticated with check (actor_id is not distinct from (select app.member_id()))""")
    sql("""grant insert (organization_id, id, name, data, actor_id, key, occurred_at, not_before) on events to authenticated""")
    sql("""create policy definer_insert on events for insert to coursecove_definer with check (true)""")
    sql("""grant insert on events to coursecove_definer""")
    sql("""alter table foundings owner to coursecove_owner""")
    sql("""alter table foundings enable row level security""")
    sql("""alter table foundings force row level security""")
    sql("""grant select, insert, update, delete on foundings to coursecove_service""")
    sql("""create policy fence on foundings as restrictive for all to authenticated using (user_id = (select app.user_id())) with check (user_id = (select app.user_id()))""")
    sql("""create policy people_select on foundings for select to authenticated using (user_id = (select app.user_id()))""")
    sql("""grant select on foundings to authenticated""")
    sql("""create policy people_insert on foundings for insert to authenticated with check (user_id = (select app.user_id()) and state = 'drafted')""")
    sql("""grant insert (id, user_id, name, slug, time_zone, locale, created_at, updated_at) on foundings to authenticated""")
    sql("""create policy people_update on foundings for update to authenticated using (user_id = (select app.user_id()) and state in ('drafted', 'failed')) with check (user_id = (select app.user_id()) and state in ('drafted', 'submitted'))""")
    sql("""grant update (name, slug, brand_color, logo, time_zone, locale, serves_minors, looks_chosen, place_chosen, state, submitted_at, updated_at) on foundings to authenticated""")
    sql("""drop policy "fence" on hostnames""")
    sql("""drop policy "people_select" on hostnames""")
    sql("""drop policy "definer_select" on hostnames""")
    sql("""revoke all on hostnames from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table hostnames owner to coursecove_owner""")
    sql("""alter table hostnames enable row level security""")
    sql("""alter table hostnames force row level security""")
    sql("""grant select, insert, update, delete on hostnames to coursecove_service""")
    sql("""create policy fence on hostnames as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on hostnames for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on hostnames to authenticated""")
    sql("""create policy definer_select on hostnames for select to coursecove_definer using (true)""")
    sql("""grant select on hostnames to coursecove_definer""")
    sql("""create policy definer_insert on hostnames for insert to coursecove_definer with check (true)""")
    sql("""grant insert on hostnames to coursecove_definer""")
    sql("""create policy definer_update on hostnames for update to coursecove_definer using (true)""")
    sql("""grant update on hostnames to coursecove_definer""")
    sql("""create policy definer_delete on hostnames for delete to coursecove_definer using (true)""")
    sql("""grant delete on hostnames to coursecove_definer""")
    sql("""alter table join_requests owner to coursecove_owner""")
    sql("""alter table join_requests enable row level security""")
    sql("""alter table join_requests force row level security""")
    sql("""grant select, insert, update, delete on join_requests to coursecove_service""")
    sql("""create policy fence on join_requests as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on join_requests for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on join_requests to authenticated""")
    sql("""create policy people_update on join_requests for update to authenticated using ((select app.is_admin()) and (select app.support_id()) is null) with check ((select app.is_admin()) and (select app.support_id()) is null)""")
    sql("""grant update (state, decided_at, decided_by) on join_requests to authenticated""")
    sql("""create policy definer_select on join_requests for select to coursecove_definer using (true)""")
    sql("""grant select on join_requests to coursecove_definer""")
    sql("""create policy definer_insert on join_requests for insert to coursecove_definer with check (true)""")
    sql("""grant insert on join_requests to coursecove_definer""")
    sql("""drop policy "fence" on organizations""")
    sql("""drop policy "people_select" on organizations""")
    sql("""drop policy "people_update" on organizations""")
    sql("""drop policy "definer_select" on organizations""")
    sql("""revoke all on organizations from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table organizations owner to coursecove_owner""")
    sql("""alter table organizations enable row level security""")
    sql("""alter table organizations force row level security""")
    sql("""grant select, insert, update, delete on organizations to coursecove_service""")
    sql("""create policy fence on organizations as restrictive for all to authenticated using (id = (select app.org_id())) with check (id = (select app.org_id()))""")
    sql("""create policy people_select on organizations for select to authenticated using (true)""")
    sql("""grant select on organizations to authenticated""")
    sql("""create policy people_update on organizations for update to authenticated using ((select app.is_admin())) with check ((select app.is_admin()))""")
    sql("""grant update (brand_color, time_zone, locale, serves_minors, profiles_by, joining, logo_digest, updated_at) on organizations to authenticated""")
    sql("""create policy definer_select on organizations for select to coursecove_definer using (true)""")
    sql("""grant select on organizations to coursecove_definer""")
    sql("""create policy definer_update on organizations for update to coursecove_definer using (true)""")
    sql("""grant update on organizations to coursecove_definer""")
    sql("""alter table school_export_parts owner to coursecove_owner""")
    sql("""alter table school_export_parts enable row level security""")
    sql("""alter table school_export_parts force row level security""")
    sql("""grant select, insert, update, delete on school_export_parts to coursecove_service""")
    sql("""create policy fence on school_export_parts as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on school_export_parts for select to authenticated using ((select app.is_admin()) and (select app.support_id()) is null)""")
    sql("""grant select on school_export_parts to authenticated""")
    sql("""alter table school_exports owner to coursecove_owner""")
    sql("""alter table school_exports enable row level security""")
    sql("""alter table school_exports force row level security""")
    sql("""grant select, insert, update, delete on school_exports to coursecove_service""")
    sql("""create policy fence on school_exports as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on school_exports for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on school_exports to authenticated""")
    sql("""create policy people_insert on school_exports for insert to authenticated with check ((select app.is_admin()) and (select app.support_id()) is null)""")
    sql("""grant insert (organization_id, id, requested_by) on school_exports to authenticated""")
    sql("""alter table school_logos owner to coursecove_owner""")
    sql("""alter table school_logos enable row level security""")
    sql("""alter table school_logos force row level security""")
    sql("""grant select, insert, update, delete on school_logos to coursecove_service""")
    sql("""create policy fence on school_logos as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on school_logos for select to authenticated using (organization_id = (select app.org_id()))""")
    sql("""grant select on school_logos to authenticated""")
    sql("""create policy people_insert on school_logos for insert to authenticated with check ((select app.is_admin()))""")
    sql("""grant insert on school_logos to authenticated""")
    sql("""create policy people_delete on school_logos for delete to authenticated using ((select app.is_admin()))""")
    sql("""grant delete on school_logos to authenticated""")
    sql("""create policy definer_select on school_logos for select to coursecove_definer using (true)""")
    sql("""grant select on school_logos to coursecove_definer""")
    sql("""alter table support_accesses owner to coursecove_owner""")
    sql("""alter table support_accesses enable row level security""")
    sql("""alter table support_accesses force row level security""")
    sql("""grant select, insert, update, delete on support_accesses to coursecove_service""")
    sql("""create policy fence on support_accesses as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on support_accesses for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on support_accesses to authenticated""")
    sql("""create policy people_update on support_accesses for update to authenticated using ((select app.is_admin())) with check (ended_at is not null and (select app.is_admin()))""")
    sql("""grant update (ended_at, ended_by) on support_accesses to authenticated""")
    sql("""create policy definer_select on support_accesses for select to coursecove_definer using (true)""")
    sql("""grant select on support_accesses to coursecove_definer""")
    sql("""create or replace trigger audit after insert or update or delete on support_accesses for each row execute function app.audit()""")
    sql("""create or replace trigger audit after insert or update or delete on custom_domains for each row execute function app.audit()""")
    sql("""create or replace trigger audit after insert or update or delete on join_requests for each row execute function app.audit()""")
    sql("""create or replace trigger release after delete on custom_domains for each row execute function app.release_domain()""")
    sql("""create or replace trigger submitted after update on foundings for each row execute function app.founding_submitted()""")
