"""What the rules say of children is held by the database"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = '0009'
down_revision: str | None = '0008'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    sql = op.get_bind().exec_driver_sql
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
           case when o.serves_minors then o.profiles_by end as profiles_by,
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
           o.time_zone, o.locale, v.starts_at, '[]', case when o.serves_minors then o.profiles_by end, null, jsonb_build_object('id', v.id, 'operator_name', v.operator_name, 'reason', v.reason,
                              'ends_at', v.ends_at, 'may_change', v.may_change)
      from public.support_accesses v join public.organizations o on o.id = v.organization_id
     where v.organization_id = (select app.org_id()) and v.id = (select app.support_id())) me;
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
           o.name as school_name, o.subdomain as school_label, o.brand_color, o.logo_digest,
           coalesce(m.time_zone, o.time_zone) as time_zone, coalesce(m.locale, o.locale) as locale,
           m.created_at as joined_at,
           (select jsonb_agg(jsonb_build_object('label', s.label, 'name', s.name, 'role', s.role))
              from app.my_schools() s) as schools,
           case when o.serves_minors then o.profiles_by end as profiles_by,
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
           o.time_zone, o.locale, v.starts_at, '[]', case when o.serves_minors then o.profiles_by end, null, jsonb_build_object('id', v.id, 'operator_name', v.operator_name, 'reason', v.reason,
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
    sql("""create or replace function app.my_profile_ids() returns setof uuid
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select p.id from public.managed_profiles p join public.organizations o on o.id = p.organization_id
     where p.organization_id = app.org_id() and p.status not in ('converted', 'forgotten')
       and p.birth_date + 0 > (now() at time zone o.time_zone)::date - interval '18 years'
       and (p.guardian_id = app.member_id()
            or (p.member_id <> app.member_id() and p.member_id in (select app.my_member_ids())));
end
$function$""")
    sql("""alter function app.my_profile_ids() owner to coursecove_definer""")
    sql("""revoke all on function app.my_profile_ids() from public""")
    sql("""grant execute on function app.my_profile_ids() to authenticated""")
    sql("""grant execute on function app.my_profile_ids() to coursecove_definer""")
    sql("""grant execute on function app.my_profile_ids() to coursecove_service""")
    sql("""create or replace function app.guard_profile() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
declare
  today date;
  minors boolean;
  makers text;
begin
  if new.organization_id <> app.org_id() then
    return new;  -- the fence refuses it
  end if;
  select (now() at time zone o.time_zone)::date, o.serves_minors, o.profiles_by into today, minors, makers
    from public.organizations o where o.id = new.organization_id;
  if tg_op = 'INSERT' and app.org_id() is not null then
    if not minors then
      raise exception 'no children here' using errcode = '23514', constraint = 'managed_profiles_minors_check';
    end if;
    if not (app.is_admin() or (app.is_staff() and makers <> 'owners') or makers = 'guardians') then
      raise exception 'made by others' using errcode = '23514', constraint = 'managed_profiles_makers_check';
    end if;
  end if;
  if (tg_op = 'INSERT' or new.birth_date <> old.birth_date)
     and not (new.birth_date > today - interval '18 years' and new.birth_date <= greatest(today, current_date)) then
    raise exception 'a profile is for a child' using errcode = '23514', constraint = 'managed_profiles_child_check';
  end if;
  if tg_op = 'INSERT' then
    return new;
  end if;
  if new.status = 'forgotten' and old.status in ('active', 'suspended', 'converted') and app.org_id() is null then
    return new;
  end if;
  if old.status in ('converted', 'forgotten') or (new.status <> old.status and (old.status, new.status) not in (
       ('pending', 'active'), ('active', 'suspended'), ('suspended', 'active'), ('active', 'converted'),
       ('suspended', 'converted'))) then
    raise exception 'no way leads there' using errcode = '23514', constraint = 'managed_profiles_way_check';
  end if;
  if new.status <> old.status then
    if new.status = 'active' and not app.consented(new.organization_id, new.id, 'profile') then
      raise exception 'no consent' using errcode = '23514', constraint = 'managed_profiles_consent_check';
    end if;
    if new.status = 'active' and old.status = 'suspended' and app.member_id() is not null and not app.is_staff() then
      raise exception 'the school decides' using errcode = '23514', constraint = 'managed_profiles_resume_check';
    end if;
    if new.status = 'converted' and new.birth_date > today - interval '18 years' then
      raise exception 'still a child' using errcode = '23514', constraint = 'managed_profiles_age_check';
    end if;
    new.activated_at := case when new.status = 'active' then coalesce(old.activated_at, clock_timestamp()) else old.activated_at end;
    new.suspended_at := case when new.status = 'suspended' then clock_timestamp() end;
    new.converted_at := case when new.status = 'converted' then clock_timestamp() end;
    update public.organization_memberships m set suspended_at = new.suspended_at
     where m.organization_id = new.organization_id and m.id = new.member_id
       and m.suspended_at is distinct from new.suspended_at;
  end if;
  return new;
end
$function$""")
    sql("""alter function app.guard_profile() owner to coursecove_definer""")
    sql("""revoke all on function app.guard_profile() from public""")
    # ### commands auto generated by Alembic - please adjust! ###
    op.alter_column('managed_profiles', 'birth_date',
               existing_type=sa.DATE(),
               nullable=True)
    # ### end Alembic commands ###
    sql("""alter table managed_profiles add constraint managed_profiles_has_a_birth_date_check CHECK (((birth_date IS NOT NULL) OR (status = 'forgotten'::text)))""")
    sql("""alter table managed_profiles drop constraint managed_profiles_status_check""")
    sql("""alter table managed_profiles add constraint managed_profiles_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'active'::text, 'suspended'::text, 'converted'::text, 'forgotten'::text])))""")
    sql("""drop policy "fence" on managed_profiles""")
    sql("""drop policy "people_select" on managed_profiles""")
    sql("""drop policy "people_insert" on managed_profiles""")
    sql("""drop policy "people_update" on managed_profiles""")
    sql("""drop policy "definer_select" on managed_profiles""")
    sql("""drop policy "definer_update" on managed_profiles""")
    sql("""revoke all on managed_profiles from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table managed_profiles owner to coursecove_owner""")
    sql("""alter table managed_profiles enable row level security""")
    sql("""alter table managed_profiles force row level security""")
    sql("""grant select, insert, update, delete on managed_profiles to coursecove_service""")
    sql("""create policy fence on managed_profiles as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on managed_profiles for select to authenticated using ((select app.is_staff()) or member_id = (select app.member_id()) or id = any(array(select app.my_profile_ids())))""")
    sql("""grant select on managed_profiles to authenticated""")
    sql("""create policy people_insert on managed_profiles for insert to authenticated with check (((select app.is_staff()) or guardian_id = (select app.member_id())) and status = 'pending')""")
    sql("""grant insert (organization_id, id, guardian_id, first_name, birth_date, username) on managed_profiles to authenticated""")
    sql("""create policy people_update on managed_profiles for update to authenticated using ((select app.is_staff()) or id = any(array(select app.my_profile_ids()))) with check ((select app.is_staff()) or id = any(array(select app.my_profile_ids())))""")
    sql("""grant update (first_name, last_name, birth_date, username, status, updated_at) on managed_profiles to authenticated""")
    sql("""create policy definer_select on managed_profiles for select to coursecove_definer using (true)""")
    sql("""grant select on managed_profiles to coursecove_definer""")
    sql("""create policy definer_update on managed_profiles for update to coursecove_definer using (true)""")
    sql("""grant update on managed_profiles to coursecove_definer""")
