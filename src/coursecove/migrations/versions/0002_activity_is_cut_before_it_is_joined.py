"""Activity is cut before it is joined"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = '0002'
down_revision: str | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    sql = op.get_bind().exec_driver_sql
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
