"""Home pages show lessons"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = '0014'
down_revision: str | None = '0013'
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
      (select coalesce(jsonb_agg(x), '[]') from (
         select b.id, b.title, b.starts_at, b.ends_at, coalesce(t.display_name, '') as teacher,
                coalesce(s.display_name, '') as student, coalesce(p.name, '') as place
           from public.bookings b
           left join public.organization_memberships t on t.organization_id = b.organization_id and t.id = b.teacher_id
           left join public.organization_memberships s on s.organization_id = b.organization_id and s.id = b.student_id
           left join public.locations p on p.organization_id = b.organization_id and p.id = b.location_id
          where b.organization_id = (select app.org_id()) and true and b.status = 'booked' and b.ends_at > now() and b.starts_at > now() - interval '33 hours'
          order by b.starts_at, b.id limit 5) x) as lessons,
      exists (select from public.guardianships g where g.organization_id = (select app.org_id())) as guardians_linked,
      exists (select from public.appointment_types y
               where y.organization_id = (select app.org_id()) and y.status = 'published') as lessons_offered) h;
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
          order by m.sort_name, m.id limit 8) c) as colleagues,
      (select coalesce(jsonb_agg(x), '[]') from (
         select b.id, b.title, b.starts_at, b.ends_at, coalesce(t.display_name, '') as teacher,
                coalesce(s.display_name, '') as student, coalesce(p.name, '') as place
           from public.bookings b
           left join public.organization_memberships t on t.organization_id = b.organization_id and t.id = b.teacher_id
           left join public.organization_memberships s on s.organization_id = b.organization_id and s.id = b.student_id
           left join public.locations p on p.organization_id = b.organization_id and p.id = b.location_id
          where b.organization_id = (select app.org_id()) and b.teacher_id = me.id and b.status = 'booked' and b.ends_at > now() and b.starts_at > now() - interval '33 hours'
          order by b.starts_at, b.id limit 6) x) as lessons,
      (select coalesce(jsonb_agg(x), '[]') from (
         select b.id, b.title, b.starts_at, b.ends_at, coalesce(t.display_name, '') as teacher,
                coalesce(s.display_name, '') as student, coalesce(p.name, '') as place
           from public.bookings b
           left join public.organization_memberships t on t.organization_id = b.organization_id and t.id = b.teacher_id
           left join public.organization_memberships s on s.organization_id = b.organization_id and s.id = b.student_id
           left join public.locations p on p.organization_id = b.organization_id and p.id = b.location_id
          where b.organization_id = (select app.org_id()) and b.teacher_id = me.id and not exists (select from public.attendance a
                             where a.organization_id = b.organization_id and a.booking_id = b.id) and b.status = 'booked' and b.ends_at <= now() and b.starts_at > now() - interval '14 days'
          order by b.starts_at desc, b.id desc limit 4) x) as to_note
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
             order by m.sort_name limit 8) as guardians,
      (select coalesce(jsonb_agg(x), '[]') from (
         select b.id, b.title, b.starts_at, b.ends_at, coalesce(t.display_name, '') as teacher,
                coalesce(s.display_name, '') as student, coalesce(p.name, '') as place
           from public.bookings b
           left join public.organization_memberships t on t.organization_id = b.organization_id and t.id = b.teacher_id
           left join public.organization_memberships s on s.organization_id = b.organization_id and s.id = b.student_id
           left join public.locations p on p.organization_id = b.organization_id and p.id = b.location_id
          where b.organization_id = (select app.org_id()) and b.student_id = me.id and b.status = 'booked' and b.ends_at > now() and b.starts_at > now() - interval '33 hours'
          order by b.starts_at, b.id limit 3) x) as lessons,
      (select coalesce(jsonb_agg(x), '[]') from (
         select c.id, c.title,
                (select count(*) from public.course_lessons l
                   join public.course_modules d on d.organization_id = l.organization_id and d.id = l.module_id
                  where l.organization_id = c.organization_id and l.course_id = c.id and l.status = 'published'
                    and l.deleted_at is null and d.deleted_at is null) as lessons,
                (select count(*) from public.lesson_progress p
                   join public.course_lessons l on l.organization_id = p.organization_id and l.id = p.lesson_id
                   join public.course_modules d on d.organization_id = l.organization_id and d.id = l.module_id
                  where p.organization_id = c.organization_id and p.member_id = me.id and p.course_id = c.id
                    and p.completed_at is not null and l.status = 'published'
                    and l.deleted_at is null and d.deleted_at is null) as done
           from public.enrolments e
           join public.courses c on c.organization_id = e.organization_id and c.id = e.course_id
          where e.organization_id = me.organization_id and e.member_id = me.id and e.status = 'active'
            and c.status = 'published' and c.deleted_at is null
          order by e.created_at desc, e.id limit 3) x) as courses
      from public.organization_memberships me
     where me.organization_id = (select app.org_id()) and me.id = (select app.member_id())) h;
  when 'GUARDIAN' then select to_jsonb(h)::text into home from (
    select (select coalesce(jsonb_agg(c), '[]') from (
       select m.id, m.display_name as name, m.created_at as joined_at,
              (select coalesce(jsonb_agg(x), '[]') from (
         select b.id, b.title, b.starts_at, b.ends_at, coalesce(t.display_name, '') as teacher,
                coalesce(s.display_name, '') as student, coalesce(p.name, '') as place
           from public.bookings b
           left join public.organization_memberships t on t.organization_id = b.organization_id and t.id = b.teacher_id
           left join public.organization_memberships s on s.organization_id = b.organization_id and s.id = b.student_id
           left join public.locations p on p.organization_id = b.organization_id and p.id = b.location_id
          where b.organization_id = (select app.org_id()) and b.student_id = m.id and b.status = 'booked' and b.ends_at > now() and b.starts_at > now() - interval '33 hours'
          order by b.starts_at, b.id limit 1) x) as lessons
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
