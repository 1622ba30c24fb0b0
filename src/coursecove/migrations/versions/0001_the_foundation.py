"""The foundation"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = '0001'
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    sql = op.get_bind().exec_driver_sql
    sql("""create or replace function app.mac(message text, key_id integer) returns bytea
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
declare found bytea;
begin
  select sha256(k.opad || sha256(k.ipad || convert_to(message, 'UTF8'))) into found
    from app.seal_keys k where k.id = key_id;
  return found;
end
$function$""")
    sql("""alter function app.mac(text, integer) owner to coursecove_definer""")
    sql("""revoke all on function app.mac(text, integer) from public""")
    sql("""grant execute on function app.mac(text, integer) to coursecove_definer""")
    sql("""create or replace function app.moment() returns text
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return pg_backend_pid() || ':' || extract(epoch from transaction_timestamp());
end
$function$""")
    sql("""alter function app.moment() owner to coursecove_owner""")
    sql("""revoke all on function app.moment() from public""")
    sql("""grant execute on function app.moment() to coursecove_definer""")
    sql("""create or replace function app.context_part(part integer) returns text
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
declare
  body text := current_setting('app.context', true);
  seal text := current_setting('app.context_seal', true);
  ending text;
begin
  if coalesce(body, '') = '' or coalesce(seal, '') = '' then
    return null;
  end if;
  ending := '|' || pg_backend_pid() || ':' || extract(epoch from transaction_timestamp());
  if right(body, length(ending)) <> ending or not exists (
    select from app.seal_keys k
     where k.id = split_part(seal, '.', 1)::integer
       and sha256(k.opad || sha256(k.ipad || convert_to('context:' || body, 'UTF8')))
           = decode(split_part(seal, '.', 2), 'hex')) then
    return null;
  end if;
  return nullif(split_part(body, '|', part), '');
end
$function$""")
    sql("""alter function app.context_part(integer) owner to coursecove_definer""")
    sql("""revoke all on function app.context_part(integer) from public""")
    sql("""grant execute on function app.context_part(integer) to authenticated""")
    sql("""grant execute on function app.context_part(integer) to coursecove_definer""")
    sql("""grant execute on function app.context_part(integer) to coursecove_service""")
    sql("""create or replace function app.org_id() returns uuid
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return app.context_part(1)::uuid;
end
$function$""")
    sql("""alter function app.org_id() owner to coursecove_owner""")
    sql("""revoke all on function app.org_id() from public""")
    sql("""grant execute on function app.org_id() to authenticated""")
    sql("""grant execute on function app.org_id() to coursecove_definer""")
    sql("""grant execute on function app.org_id() to coursecove_service""")
    sql("""create or replace function app.member_id() returns uuid
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return app.context_part(2)::uuid;
end
$function$""")
    sql("""alter function app.member_id() owner to coursecove_owner""")
    sql("""revoke all on function app.member_id() from public""")
    sql("""grant execute on function app.member_id() to authenticated""")
    sql("""grant execute on function app.member_id() to coursecove_definer""")
    sql("""grant execute on function app.member_id() to coursecove_service""")
    sql("""create or replace function app.user_id() returns uuid
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return app.context_part(3)::uuid;
end
$function$""")
    sql("""alter function app.user_id() owner to coursecove_owner""")
    sql("""revoke all on function app.user_id() from public""")
    sql("""grant execute on function app.user_id() to authenticated""")
    sql("""grant execute on function app.user_id() to coursecove_definer""")
    sql("""grant execute on function app.user_id() to coursecove_service""")
    sql("""create or replace function app.member_role() returns text
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return app.context_part(4);
end
$function$""")
    sql("""alter function app.member_role() owner to coursecove_owner""")
    sql("""revoke all on function app.member_role() from public""")
    sql("""grant execute on function app.member_role() to authenticated""")
    sql("""grant execute on function app.member_role() to coursecove_definer""")
    sql("""grant execute on function app.member_role() to coursecove_service""")
    sql("""create or replace function app.is_admin() returns boolean
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return coalesce(app.context_part(4) = 'SUPER_ADMIN', false);
end
$function$""")
    sql("""alter function app.is_admin() owner to coursecove_owner""")
    sql("""revoke all on function app.is_admin() from public""")
    sql("""grant execute on function app.is_admin() to authenticated""")
    sql("""grant execute on function app.is_admin() to coursecove_definer""")
    sql("""grant execute on function app.is_admin() to coursecove_service""")
    sql("""create or replace function app.is_staff() returns boolean
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return coalesce(app.context_part(4) in ('SUPER_ADMIN', 'TEACHER'), false);
end
$function$""")
    sql("""alter function app.is_staff() owner to coursecove_owner""")
    sql("""revoke all on function app.is_staff() from public""")
    sql("""grant execute on function app.is_staff() to authenticated""")
    sql("""grant execute on function app.is_staff() to coursecove_definer""")
    sql("""grant execute on function app.is_staff() to coursecove_service""")
    sql("""create or replace function app.caller() returns text
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return coalesce(app.context_part(5), app.context_part(2));
end
$function$""")
    sql("""alter function app.caller() owner to coursecove_owner""")
    sql("""revoke all on function app.caller() from public""")
    sql("""grant execute on function app.caller() to authenticated""")
    sql("""grant execute on function app.caller() to coursecove_definer""")
    sql("""grant execute on function app.caller() to coursecove_service""")
    sql("""create or replace function auth.uid() returns uuid
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return app.context_part(3)::uuid;
end
$function$""")
    sql("""alter function auth.uid() owner to coursecove_owner""")
    sql("""revoke all on function auth.uid() from public""")
    sql("""grant execute on function auth.uid() to authenticated""")
    sql("""grant execute on function auth.uid() to coursecove_definer""")
    sql("""grant execute on function auth.uid() to coursecove_service""")
    sql("""create or replace function auth.role() returns text
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return case when app.context_part(3) is null then 'anon' else 'authenticated' end;
end
$function$""")
    sql("""alter function auth.role() owner to coursecove_owner""")
    sql("""revoke all on function auth.role() from public""")
    sql("""grant execute on function auth.role() to authenticated""")
    sql("""grant execute on function auth.role() to coursecove_definer""")
    sql("""grant execute on function auth.role() to coursecove_service""")
    sql("""create or replace function auth.jwt() returns jsonb
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return case when app.context_part(6) = encode(sha256(convert_to(current_setting('request.jwt.claims', true), 'UTF8')), 'hex') then current_setting('request.jwt.claims', true)::jsonb end;
end
$function$""")
    sql("""alter function auth.jwt() owner to coursecove_owner""")
    sql("""revoke all on function auth.jwt() from public""")
    sql("""grant execute on function auth.jwt() to authenticated""")
    sql("""grant execute on function auth.jwt() to coursecove_definer""")
    sql("""grant execute on function auth.jwt() to coursecove_service""")
    sql("""create or replace function auth.sub() returns text
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return auth.jwt()->>'sub';
end
$function$""")
    sql("""alter function auth.sub() owner to coursecove_owner""")
    sql("""revoke all on function auth.sub() from public""")
    sql("""grant execute on function auth.sub() to authenticated""")
    sql("""grant execute on function auth.sub() to coursecove_definer""")
    sql("""grant execute on function auth.sub() to coursecove_service""")
    sql("""create or replace function app.my_member_ids() returns setof uuid
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select app.member_id() where app.member_id() is not null
    union all
    select g.student_id from public.guardianships g
     where g.organization_id = app.org_id() and g.guardian_id = app.member_id();
end
$function$""")
    sql("""alter function app.my_member_ids() owner to coursecove_definer""")
    sql("""revoke all on function app.my_member_ids() from public""")
    sql("""grant execute on function app.my_member_ids() to authenticated""")
    sql("""grant execute on function app.my_member_ids() to coursecove_definer""")
    sql("""grant execute on function app.my_member_ids() to coursecove_service""")
    sql("""create or replace function app.enter(claims text, seal text, statement_timeout_ms integer default 5000) returns void
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
declare
  asked jsonb;
  token public.api_tokens;
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
   where o.id = nullif(asked->>'cc_org', '')::uuid and o.status = 'ACTIVE';
  if asked->>'sub' is not null then
    select u.id, m.id, m.role into person, member, member_role
      from public.users u
      left join public.organization_memberships m
        on m.user_id = u.id and m.organization_id = organization and m.status = 'ACTIVE'
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
  if member_role is null then
    organization := null;
  end if;
  body := concat_ws('|', coalesce(organization::text, ''), coalesce(member::text, ''), coalesce(person::text, ''),
    coalesce(member_role, ''), coalesce(token.id::text, ''),
    encode(sha256(convert_to(claims, 'UTF8')), 'hex'), app.moment());
  perform set_config('app.context', body, true),
          set_config('app.context_seal', split_part(seal, '.', 1) || '.' ||
            encode(app.mac('context:' || body, split_part(seal, '.', 1)::integer), 'hex'), true),
          set_config('request.jwt.claims', claims, true),
          set_config('statement_timeout', statement_timeout_ms::text, true),
          set_config('lock_timeout', '2s', true);
end
$function$""")
    sql("""alter function app.enter(text, text, integer) owner to coursecove_definer""")
    sql("""revoke all on function app.enter(text, text, integer) from public""")
    sql("""grant execute on function app.enter(text, text, integer) to coursecove_app""")
    sql("""grant execute on function app.enter(text, text, integer) to authenticated""")
    sql("""create or replace function app.open(claims text, seal text, statement_timeout_ms integer) returns text
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  perform set_config('role', 'authenticated', true);
  perform app.enter(claims, seal, statement_timeout_ms);
  return null;
end
$function$""")
    sql("""alter function app.open(text, text, integer) owner to coursecove_owner""")
    sql("""revoke all on function app.open(text, text, integer) from public""")
    sql("""grant execute on function app.open(text, text, integer) to coursecove_app""")
    sql("""grant execute on function app.open(text, text, integer) to authenticated""")
    sql("""create or replace function app.my_schools() returns table (id uuid, name text, label text, role text, brand_color text)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select o.id, o.name, o.subdomain, m.role, o.brand_color
      from public.organization_memberships m join public.organizations o on o.id = m.organization_id
     where m.user_id = app.user_id() and m.status = 'ACTIVE' and o.status = 'ACTIVE'
     order by o.name, o.id limit 50;
end
$function$""")
    sql("""alter function app.my_schools() owner to coursecove_definer""")
    sql("""revoke all on function app.my_schools() from public""")
    sql("""grant execute on function app.my_schools() to authenticated""")
    sql("""grant execute on function app.my_schools() to coursecove_definer""")
    sql("""grant execute on function app.my_schools() to coursecove_service""")
    sql("""create or replace function app.member_emails(members uuid[]) returns table (member_id uuid, email text)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select m.id, u.email
      from public.organization_memberships m join public.users u on u.id = m.user_id
     where m.organization_id = app.org_id() and m.id = any(members)
       and (app.is_staff() or m.id in (select app.my_member_ids()));
end
$function$""")
    sql("""alter function app.member_emails(uuid[]) owner to coursecove_definer""")
    sql("""revoke all on function app.member_emails(uuid[]) from public""")
    sql("""grant execute on function app.member_emails(uuid[]) to authenticated""")
    sql("""grant execute on function app.member_emails(uuid[]) to coursecove_definer""")
    sql("""grant execute on function app.member_emails(uuid[]) to coursecove_service""")
    sql("""create or replace function app.school_by_host(host text) returns table (id uuid, clerk_organization_id text, label text, name text, status text, kind text, brand_color text, time_zone text, locale text)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select o.id, o.clerk_organization_id, o.subdomain, o.name, h.status, h.kind, o.brand_color, o.time_zone,
           o.locale
      from public.hostnames h join public.organizations o on o.id = h.organization_id
     where h.name = host and o.status = 'ACTIVE' and h.status in ('current', 'redirect')
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
    sql("""create or replace function app.token_by_hash(digest bytea) returns table (id uuid, organization_id uuid, sub text, scopes text[])
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select t.id, t.organization_id, u.clerk_user_id, t.scopes
      from public.api_tokens t
      left join public.organization_memberships m on m.organization_id = t.organization_id and m.id = t.member_id
      left join public.users u on u.id = m.user_id
     where t.secret_hash = digest and t.revoked_at is null
       and (t.expires_at is null or t.expires_at > now());
end
$function$""")
    sql("""alter function app.token_by_hash(bytea) owner to coursecove_definer""")
    sql("""revoke all on function app.token_by_hash(bytea) from public""")
    sql("""grant execute on function app.token_by_hash(bytea) to coursecove_app""")
    sql("""create or replace function app.token_used() returns void
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
begin
  update public.api_tokens t set last_used_at = now()
   where t.organization_id = app.org_id() and t.id = app.context_part(5)::uuid
     and (t.last_used_at is null or t.last_used_at < now() - interval '1 minute');
end
$function$""")
    sql("""alter function app.token_used() owner to coursecove_definer""")
    sql("""revoke all on function app.token_used() from public""")
    sql("""grant execute on function app.token_used() to authenticated""")
    sql("""create or replace function app.provision_me(fresh_id uuid) returns void
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
begin
  insert into public.users (id, clerk_user_id, provisional)
  values (fresh_id, auth.sub(), true)
  on conflict do nothing;
end
$function$""")
    sql("""alter function app.provision_me(uuid) owner to coursecove_definer""")
    sql("""revoke all on function app.provision_me(uuid) from public""")
    sql("""grant execute on function app.provision_me(uuid) to authenticated""")
    sql("""create or replace function app.open_member(claims text, seal text, statement_timeout_ms integer) returns text
language plpgsql volatile security invoker set search_path = ''
as $function$
declare found text;
begin
  perform app.open(claims, seal, statement_timeout_ms);
  select to_jsonb(me)::text into found from (
    select m.id, m.role, m.display_name as name, coalesce(u.email, '') as email, o.id as school_id,
           o.name as school_name, o.subdomain as school_label, o.brand_color,
           coalesce(m.time_zone, o.time_zone) as time_zone, coalesce(m.locale, o.locale) as locale,
           m.created_at as joined_at,
           (select jsonb_agg(jsonb_build_object('label', s.label, 'name', s.name, 'role', s.role))
              from app.my_schools() s) as schools
      from public.organization_memberships m
      join public.organizations o on o.id = m.organization_id
      join public.users u on u.id = m.user_id
     where m.organization_id = (select app.org_id()) and m.id = (select app.member_id())) me;
  return found;
end
$function$""")
    sql("""alter function app.open_member(text, text, integer) owner to coursecove_owner""")
    sql("""revoke all on function app.open_member(text, text, integer) from public""")
    sql("""grant execute on function app.open_member(text, text, integer) to coursecove_app""")
    sql("""create or replace function app.dashboard(claims text, seal text, statement_timeout_ms integer) returns table (me text, home text)
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  perform app.open(claims, seal, statement_timeout_ms);
  perform set_config('transaction_read_only', 'on', true);
  select to_jsonb(m)::text into me from (
    select m.id, m.role, m.display_name as name, coalesce(u.email, '') as email, o.id as school_id,
           o.name as school_name, o.subdomain as school_label, o.brand_color,
           coalesce(m.time_zone, o.time_zone) as time_zone, coalesce(m.locale, o.locale) as locale,
           m.created_at as joined_at,
           (select jsonb_agg(jsonb_build_object('label', s.label, 'name', s.name, 'role', s.role))
              from app.my_schools() s) as schools
      from public.organization_memberships m
      join public.organizations o on o.id = m.organization_id
      join public.users u on u.id = m.user_id
     where m.organization_id = (select app.org_id()) and m.id = (select app.member_id())) m;
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
           from (select * from public.events e where e.organization_id = (select app.org_id())
                  order by e.id desc limit 8) e
           left join public.organization_memberships a
             on a.organization_id = e.organization_id and a.id = e.actor_id
           left join public.organization_memberships s
             on s.organization_id = e.organization_id
            and s.id = coalesce(e.data->>'member_id', e.data->>'student_id')::uuid
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
    sql("""create or replace function app.audit() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
declare
  entry public.audit_log;
  old_row jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) - 'secret_hash' end;
  new_row jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) - 'secret_hash' end;
  facts jsonb := coalesce(new_row, old_row);
begin
  if tg_op = 'UPDATE' and old_row - 'updated_at' - 'last_used_at' = new_row - 'updated_at' - 'last_used_at' then
    return null;
  end if;
  entry.organization_id := coalesce(facts->>'organization_id', facts->>'id')::uuid;
  perform pg_advisory_xact_lock(hashtextextended('audit:' || entry.organization_id, 0));
  select l.position, l.hash into entry.position, entry.previous_hash from public.audit_log l
   where l.organization_id = entry.organization_id order by l.position desc limit 1;
  entry.position := coalesce(entry.position, 0) + 1;
  entry.previous_hash := coalesce(entry.previous_hash, ''::bytea);
  entry.at := clock_timestamp();
  entry.actor_id := app.member_id();
  entry.session_id := coalesce(auth.jwt()->>'sid', auth.jwt()->>'token');
  entry.action := lower(tg_op);
  entry.table_name := tg_table_name;
  entry.row_id := (facts->>'id')::uuid;
  entry.before := old_row;
  entry.after := new_row;
  entry.hash := app.audit_digest(entry);
  insert into public.audit_log values (entry.*);
  return null;
end
$function$""")
    sql("""alter function app.audit() owner to coursecove_definer""")
    sql("""revoke all on function app.audit() from public""")
    sql("""create or replace function app.wake_workers() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  perform pg_notify('coursecove_durable', '');
  return null;
end
$function$""")
    sql("""alter function app.wake_workers() owner to coursecove_owner""")
    sql("""revoke all on function app.wake_workers() from public""")
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table('audit_log',
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('session_id', sa.Text(), nullable=True),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('table_name', sa.Text(), nullable=False),
    sa.Column('row_id', sa.Uuid(), nullable=False),
    sa.Column('before', postgresql.JSONB(astext_type=Text()), nullable=True),
    sa.Column('after', postgresql.JSONB(astext_type=Text()), nullable=True),
    sa.Column('previous_hash', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('organization_id', 'position', name=op.f('audit_log_pkey'))
    )
    op.create_index(op.f('audit_log_organization_id_at_idx'), 'audit_log', ['organization_id', 'at'], unique=False)
    op.create_table('events',
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('data', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('dispatched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('send_attempts', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('events_pkey')),
    sa.UniqueConstraint('organization_id', 'name', 'key', name=op.f('events_organization_id_name_key_key'))
    )
    op.create_index('events_ticks_idx', 'events', ['occurred_at'], unique=False, postgresql_where=sa.text("name = 'durable/schedule.ticked'"))
    op.create_index('events_waiting_idx', 'events', [sa.literal_column("coalesce(greatest(not_before, claimed_until), '-infinity'::timestamptz)"), 'id'], unique=False, postgresql_where=sa.text('dispatched_at is null'))
    op.create_table('identity_mirror',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('tie', sa.LargeBinary(), nullable=False),
    sa.Column('deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('data', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("kind in ('user', 'organization', 'membership')", name=op.f('identity_mirror_kind_check')),
    sa.PrimaryKeyConstraint('kind', 'external_id', name=op.f('identity_mirror_pkey'))
    )
    op.create_table('organizations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('clerk_organization_id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('subdomain', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
    sa.Column('provisional', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('brand_color', sa.Text(), nullable=True),
    sa.Column('time_zone', sa.Text(), server_default=sa.text("'UTC'"), nullable=False),
    sa.Column('locale', sa.Text(), server_default=sa.text("'en'"), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("brand_color ~ '^#[0-9a-f]{6}$'", name=op.f('organizations_brand_color_check')),
    sa.CheckConstraint("status in ('ACTIVE', 'INACTIVE', 'DELETED')", name=op.f('organizations_status_check')),
    sa.PrimaryKeyConstraint('id', name=op.f('organizations_pkey')),
    sa.UniqueConstraint('clerk_organization_id', name=op.f('organizations_clerk_organization_id_key')),
    sa.UniqueConstraint('subdomain', name=op.f('organizations_subdomain_key'))
    )
    op.create_index(op.f('organizations_slug_idx'), 'organizations', ['slug'], unique=False)
    op.create_table('users',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('clerk_user_id', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('first_name', sa.Text(), nullable=True),
    sa.Column('last_name', sa.Text(), nullable=True),
    sa.Column('avatar_url', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
    sa.Column('provisional', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("status in ('ACTIVE', 'INACTIVE', 'DELETED')", name=op.f('users_status_check')),
    sa.PrimaryKeyConstraint('id', name=op.f('users_pkey')),
    sa.UniqueConstraint('clerk_user_id', name=op.f('users_clerk_user_id_key'))
    )
    op.create_index(op.f('users_email_idx'), 'users', ['email'], unique=False)
    op.create_table('webhook_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('webhook_id', sa.Text(), nullable=False),
    sa.Column('event_type', sa.Text(), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('status', sa.Text(), server_default=sa.text("'pending'"), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('processed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("status in ('pending', 'completed', 'failed', 'ignored', 'superseded')", name=op.f('webhook_events_status_check')),
    sa.PrimaryKeyConstraint('id', name=op.f('webhook_events_pkey')),
    sa.UniqueConstraint('webhook_id', name=op.f('webhook_events_webhook_id_key'))
    )
    op.create_index(op.f('webhook_events_event_type_idx'), 'webhook_events', ['event_type'], unique=False)
    op.create_index(op.f('webhook_events_status_created_at_idx'), 'webhook_events', ['status', 'created_at'], unique=False)
    op.create_table('function_runs',
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('function', sa.Text(), nullable=False),
    sa.Column('dedup_value', sa.Text(), nullable=False),
    sa.Column('serial_value', sa.Text(), nullable=True),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
    sa.Column('attempt', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('lease', sa.Uuid(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status in ('waiting', 'running', 'done', 'dead')", name=op.f('function_runs_status_check')),
    sa.ForeignKeyConstraint(['organization_id', 'event_id'], ['events.organization_id', 'events.id'], name=op.f('function_runs_organization_id_event_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('function_runs_pkey')),
    sa.UniqueConstraint('organization_id', 'function', 'dedup_value', name=op.f('function_runs_organization_id_function_dedup_value_key'))
    )
    op.create_index('function_runs_due_idx', 'function_runs', ['due_at'], unique=False, postgresql_where=sa.text("status in ('waiting', 'running') and external_id is null"))
    op.create_index('function_runs_external_id_idx', 'function_runs', ['external_id'], unique=False, postgresql_where=sa.text('external_id is not null'))
    op.create_index('function_runs_finished_at_idx', 'function_runs', ['finished_at'], unique=False, postgresql_where=sa.text("status = 'done'"))
    op.create_index('function_runs_one_at_a_time_idx', 'function_runs', ['organization_id', 'function', 'serial_value'], unique=True, postgresql_where=sa.text("status = 'running'"))
    op.create_index(op.f('function_runs_organization_id_event_id_idx'), 'function_runs', ['organization_id', 'event_id'], unique=False)
    op.create_index('function_runs_status_idx', 'function_runs', ['status'], unique=False, postgresql_where=sa.text("status <> 'done'"))
    op.create_table('hostnames',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind in ('subdomain', 'custom')", name=op.f('hostnames_kind_check')),
    sa.CheckConstraint("status in ('current', 'redirect', 'held', 'unverified')", name=op.f('hostnames_status_check')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('hostnames_organization_id_fkey'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('name', name=op.f('hostnames_pkey'))
    )
    op.create_index(op.f('hostnames_organization_id_status_idx'), 'hostnames', ['organization_id', 'status'], unique=False)
    op.create_table('idempotency_keys',
    sa.Column('caller', sa.Text(), server_default=sa.text('app.caller()'), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('request_hash', sa.LargeBinary(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('headers', postgresql.JSONB(astext_type=Text()), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('idempotency_keys_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('idempotency_keys_pkey')),
    sa.UniqueConstraint('organization_id', 'caller', 'key', name=op.f('idempotency_keys_organization_id_caller_key_key'))
    )
    op.create_index(op.f('idempotency_keys_organization_id_created_at_idx'), 'idempotency_keys', ['organization_id', 'created_at'], unique=False)
    op.create_table('organization_memberships',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('clerk_membership_id', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
    sa.Column('display_name', sa.Text(), nullable=False),
    sa.Column('sort_name', sa.Text(), nullable=False),
    sa.Column('avatar_url', sa.Text(), nullable=True),
    sa.Column('time_zone', sa.Text(), nullable=True),
    sa.Column('locale', sa.Text(), nullable=True),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("role in ('SUPER_ADMIN', 'TEACHER', 'STUDENT', 'GUARDIAN')", name=op.f('organization_memberships_role_check')),
    sa.CheckConstraint("status in ('ACTIVE', 'INACTIVE')", name=op.f('organization_memberships_status_check')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('organization_memberships_organization_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('organization_memberships_user_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('organization_memberships_pkey')),
    sa.UniqueConstraint('organization_id', 'clerk_membership_id', name=op.f('organization_memberships_organization_id_clerk_membership_id_key')),
    sa.UniqueConstraint('organization_id', 'user_id', name=op.f('organization_memberships_organization_id_user_id_key'))
    )
    op.create_index('organization_memberships_by_name_idx', 'organization_memberships', ['organization_id', 'sort_name', 'id'], unique=False)
    op.create_index('organization_memberships_by_role_idx', 'organization_memberships', ['organization_id', 'role', 'sort_name', 'id'], unique=False)
    op.create_index('organization_memberships_clerk_membership_id_idx', 'organization_memberships', ['clerk_membership_id'], unique=False)
    op.create_index('organization_memberships_newest_idx', 'organization_memberships', ['organization_id', 'created_at', 'id'], unique=False)
    op.create_index('organization_memberships_user_id_idx', 'organization_memberships', ['user_id', 'organization_id'], unique=False)
    op.create_table('api_tokens',
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('scopes', postgresql.ARRAY(Text()), nullable=False),
    sa.Column('secret_hash', sa.LargeBinary(), nullable=False),
    sa.Column('hint', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('length(secret_hash) = 32', name=op.f('api_tokens_secret_hash_check')),
    sa.ForeignKeyConstraint(['organization_id', 'created_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('api_tokens_organization_id_created_by_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'member_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('api_tokens_organization_id_member_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('api_tokens_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('api_tokens_pkey')),
    sa.UniqueConstraint('organization_id', 'secret_hash', name=op.f('api_tokens_organization_id_secret_hash_key'))
    )
    op.create_index('api_tokens_created_by_idx', 'api_tokens', ['organization_id', 'created_by'], unique=False)
    op.create_index('api_tokens_member_id_idx', 'api_tokens', ['organization_id', 'member_id', 'created_at', 'id'], unique=False)
    op.create_index('api_tokens_secret_hash_idx', 'api_tokens', ['secret_hash'], unique=False)
    op.create_table('guardianships',
    sa.Column('guardian_id', sa.Uuid(), nullable=False),
    sa.Column('student_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('guardian_id <> student_id', name=op.f('guardianships_two_people_check')),
    sa.ForeignKeyConstraint(['organization_id', 'guardian_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('guardianships_organization_id_guardian_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'student_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('guardianships_organization_id_student_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('guardianships_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('guardianships_pkey')),
    sa.UniqueConstraint('organization_id', 'guardian_id', 'student_id', name=op.f('guardianships_organization_id_guardian_id_student_id_key'))
    )
    op.create_index(op.f('guardianships_organization_id_student_id_idx'), 'guardianships', ['organization_id', 'student_id'], unique=False)
    op.create_table('run_steps',
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('output', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['organization_id', 'run_id'], ['function_runs.organization_id', 'function_runs.id'], name=op.f('run_steps_organization_id_run_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'run_id', 'name', name=op.f('run_steps_pkey'))
    )
    # ### end Alembic commands ###
    sql("""create or replace function app.audit_digest(entry public.audit_log) returns bytea
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return sha256(entry.previous_hash || convert_to(jsonb_build_array(
    entry.organization_id, entry.position, extract(epoch from entry.at), entry.actor_id, entry.session_id,
    entry.action, entry.table_name, entry.row_id, entry.before, entry.after)::text, 'UTF8'));
end
$function$""")
    sql("""alter function app.audit_digest(public.audit_log) owner to coursecove_owner""")
    sql("""revoke all on function app.audit_digest(public.audit_log) from public""")
    sql("""grant execute on function app.audit_digest(public.audit_log) to coursecove_definer""")
    sql("""grant execute on function app.audit_digest(public.audit_log) to coursecove_service""")
    sql("""alter table api_tokens owner to coursecove_owner""")
    sql("""alter table api_tokens enable row level security""")
    sql("""alter table api_tokens force row level security""")
    sql("""grant select, insert, update, delete on api_tokens to coursecove_service""")
    sql("""create policy fence on api_tokens as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on api_tokens for select to authenticated using (member_id = (select app.member_id()) or (select app.is_admin()))""")
    sql("""grant select on api_tokens to authenticated""")
    sql("""create policy people_insert on api_tokens for insert to authenticated with check (created_by = (select app.member_id()) and (member_id = (select app.member_id()) or (member_id is null and (select app.is_admin()))))""")
    sql("""grant insert on api_tokens to authenticated""")
    sql("""create policy people_update on api_tokens for update to authenticated using (member_id = (select app.member_id()) or (select app.is_admin())) with check (revoked_at is not null and (member_id = (select app.member_id()) or (select app.is_admin())))""")
    sql("""grant update (revoked_at) on api_tokens to authenticated""")
    sql("""create policy definer_select on api_tokens for select to coursecove_definer using (true)""")
    sql("""grant select on api_tokens to coursecove_definer""")
    sql("""create policy definer_update on api_tokens for update to coursecove_definer using (true)""")
    sql("""grant update on api_tokens to coursecove_definer""")
    sql("""alter table audit_log owner to coursecove_owner""")
    sql("""alter table audit_log enable row level security""")
    sql("""alter table audit_log force row level security""")
    sql("""grant select on audit_log to coursecove_service""")
    sql("""create policy fence on audit_log as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on audit_log for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on audit_log to authenticated""")
    sql("""create policy definer_select on audit_log for select to coursecove_definer using (true)""")
    sql("""grant select on audit_log to coursecove_definer""")
    sql("""create policy definer_insert on audit_log for insert to coursecove_definer with check (true)""")
    sql("""grant insert on audit_log to coursecove_definer""")
    sql("""alter table events owner to coursecove_owner""")
    sql("""alter table events enable row level security""")
    sql("""alter table events force row level security""")
    sql("""grant select, insert, update, delete on events to coursecove_service""")
    sql("""create policy fence on events as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on events for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on events to authenticated""")
    sql("""create policy people_insert on events for insert to authenticated with check (actor_id is not distinct from (select app.member_id()))""")
    sql("""grant insert (organization_id, id, name, data, actor_id, key, occurred_at, not_before) on events to authenticated""")
    sql("""alter table function_runs owner to coursecove_owner""")
    sql("""alter table function_runs enable row level security""")
    sql("""alter table function_runs force row level security""")
    sql("""grant select, insert, update, delete on function_runs to coursecove_service""")
    sql("""alter table guardianships owner to coursecove_owner""")
    sql("""alter table guardianships enable row level security""")
    sql("""alter table guardianships force row level security""")
    sql("""grant select, insert, update, delete on guardianships to coursecove_service""")
    sql("""create policy fence on guardianships as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on guardianships for select to authenticated using ((select app.is_staff()) or guardian_id = (select app.member_id()) or student_id = (select app.member_id()))""")
    sql("""grant select on guardianships to authenticated""")
    sql("""create policy people_insert on guardianships for insert to authenticated with check ((select app.is_admin()))""")
    sql("""grant insert on guardianships to authenticated""")
    sql("""create policy people_delete on guardianships for delete to authenticated using ((select app.is_admin()))""")
    sql("""grant delete on guardianships to authenticated""")
    sql("""create policy definer_select on guardianships for select to coursecove_definer using (true)""")
    sql("""grant select on guardianships to coursecove_definer""")
    sql("""alter table hostnames owner to coursecove_owner""")
    sql("""alter table hostnames enable row level security""")
    sql("""alter table hostnames force row level security""")
    sql("""grant select, insert, update, delete on hostnames to coursecove_service""")
    sql("""create policy fence on hostnames as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on hostnames for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on hostnames to authenticated""")
    sql("""create policy definer_select on hostnames for select to coursecove_definer using (true)""")
    sql("""grant select on hostnames to coursecove_definer""")
    sql("""alter table idempotency_keys owner to coursecove_owner""")
    sql("""alter table idempotency_keys enable row level security""")
    sql("""alter table idempotency_keys force row level security""")
    sql("""grant select, insert, update, delete on idempotency_keys to coursecove_service""")
    sql("""create policy fence on idempotency_keys as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on idempotency_keys for select to authenticated using (caller = (select app.caller()))""")
    sql("""grant select on idempotency_keys to authenticated""")
    sql("""create policy people_insert on idempotency_keys for insert to authenticated with check (caller = (select app.caller()))""")
    sql("""grant insert on idempotency_keys to authenticated""")
    sql("""create policy people_update on idempotency_keys for update to authenticated using (caller = (select app.caller())) with check (caller = (select app.caller()))""")
    sql("""grant update (status, headers, body) on idempotency_keys to authenticated""")
    sql("""alter table identity_mirror owner to coursecove_owner""")
    sql("""alter table identity_mirror enable row level security""")
    sql("""alter table identity_mirror force row level security""")
    sql("""grant select, insert, update, delete on identity_mirror to coursecove_service""")
    sql("""alter table organization_memberships owner to coursecove_owner""")
    sql("""alter table organization_memberships enable row level security""")
    sql("""alter table organization_memberships force row level security""")
    sql("""grant select, insert, update, delete on organization_memberships to coursecove_service""")
    sql("""create policy fence on organization_memberships as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on organization_memberships for select to authenticated using ((select app.is_staff()) or id = any(array(select app.my_member_ids())) or (role = 'TEACHER' and status = 'ACTIVE'))""")
    sql("""grant select on organization_memberships to authenticated""")
    sql("""create policy people_update on organization_memberships for update to authenticated using (id = (select app.member_id())) with check (id = (select app.member_id()))""")
    sql("""grant update (time_zone, locale, updated_at) on organization_memberships to authenticated""")
    sql("""create policy definer_select on organization_memberships for select to coursecove_definer using (true)""")
    sql("""grant select on organization_memberships to coursecove_definer""")
    sql("""alter table organizations owner to coursecove_owner""")
    sql("""alter table organizations enable row level security""")
    sql("""alter table organizations force row level security""")
    sql("""grant select, insert, update, delete on organizations to coursecove_service""")
    sql("""create policy fence on organizations as restrictive for all to authenticated using (id = (select app.org_id())) with check (id = (select app.org_id()))""")
    sql("""create policy people_select on organizations for select to authenticated using (true)""")
    sql("""grant select on organizations to authenticated""")
    sql("""create policy people_update on organizations for update to authenticated using ((select app.is_admin())) with check ((select app.is_admin()))""")
    sql("""grant update (brand_color, time_zone, locale, updated_at) on organizations to authenticated""")
    sql("""create policy definer_select on organizations for select to coursecove_definer using (true)""")
    sql("""grant select on organizations to coursecove_definer""")
    sql("""alter table run_steps owner to coursecove_owner""")
    sql("""alter table run_steps enable row level security""")
    sql("""alter table run_steps force row level security""")
    sql("""grant select, insert, update, delete on run_steps to coursecove_service""")
    sql("""alter table users owner to coursecove_owner""")
    sql("""alter table users enable row level security""")
    sql("""alter table users force row level security""")
    sql("""grant select, insert, update, delete on users to coursecove_service""")
    sql("""create policy fence on users as restrictive for all to authenticated using (id = (select app.user_id())) with check (id = (select app.user_id()))""")
    sql("""create policy people_select on users for select to authenticated using (true)""")
    sql("""grant select on users to authenticated""")
    sql("""create policy definer_select on users for select to coursecove_definer using (true)""")
    sql("""grant select on users to coursecove_definer""")
    sql("""create policy definer_insert on users for insert to coursecove_definer with check (true)""")
    sql("""grant insert on users to coursecove_definer""")
    sql("""alter table webhook_events owner to coursecove_owner""")
    sql("""alter table webhook_events enable row level security""")
    sql("""alter table webhook_events force row level security""")
    sql("""grant select, insert, update, delete on webhook_events to coursecove_service""")
    sql("""create or replace trigger audit after insert or update or delete on organizations for each row execute function app.audit()""")
    sql("""create or replace trigger audit after insert or update or delete on organization_memberships for each row execute function app.audit()""")
    sql("""create or replace trigger audit after insert or update or delete on guardianships for each row execute function app.audit()""")
    sql("""create or replace trigger audit after insert or update or delete on api_tokens for each row execute function app.audit()""")
    sql("""create or replace trigger wake_workers after insert on events for each row execute function app.wake_workers()""")
