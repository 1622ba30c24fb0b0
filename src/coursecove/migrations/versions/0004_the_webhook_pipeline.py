"""The webhook pipeline"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = '0004'
down_revision: str | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    sql = op.get_bind().exec_driver_sql
    sql("""create or replace function app.provision_me(fresh_id uuid) returns void
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
begin
  insert into public.identity_mirror (kind, external_id, row_id, version, tie, data)
  values ('user', auth.sub(), fresh_id, 0, '', '{}')
  on conflict do nothing;
  insert into public.users (id, clerk_user_id, provisional)
  select m.row_id, m.external_id, true from public.identity_mirror m
   where m.kind = 'user' and m.external_id = auth.sub() and not m.deleted
  on conflict do nothing;
end
$function$""")
    sql("""alter function app.provision_me(uuid) owner to coursecove_definer""")
    sql("""revoke all on function app.provision_me(uuid) from public""")
    sql("""grant execute on function app.provision_me(uuid) to authenticated""")
    sql("""create or replace function app.new_id() returns uuid
language plpgsql volatile security invoker set search_path = ''
as $function$
declare
  made bytea := uuid_send(gen_random_uuid());
  milliseconds bytea := int8send((extract(epoch from clock_timestamp()) * 1000)::bigint);
begin
  made := overlay(made placing substring(milliseconds from 3) from 1 for 6);
  return encode(set_bit(set_bit(made, 52, 1), 53, 1), 'hex')::uuid;
end
$function$""")
    sql("""alter function app.new_id() owner to coursecove_owner""")
    sql("""revoke all on function app.new_id() from public""")
    sql("""grant execute on function app.new_id() to coursecove_definer""")
    sql("""grant execute on function app.new_id() to coursecove_service""")
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
    sql("""grant execute on function app.emit(uuid, text, jsonb, text) to coursecove_service""")
    sql("""create or replace function app.label_of(slug text) returns text
language plpgsql stable security invoker set search_path = ''
as $function$
begin
  return left(regexp_replace(lower(slug), '[^a-z0-9]', '', 'g'), 63);
end
$function$""")
    sql("""alter function app.label_of(text) owner to coursecove_owner""")
    sql("""revoke all on function app.label_of(text) from public""")
    sql("""grant execute on function app.label_of(text) to coursecove_service""")
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
    sql("""grant execute on function app.label_is_free(text, uuid) to coursecove_service""")
    sql("""create or replace function app.free_label(told jsonb, school uuid) returns text
language plpgsql volatile security invoker set search_path = ''
as $function$
declare
  label text;
  number integer := 10;
begin
  perform pg_advisory_xact_lock(hashtextextended('coursecove:labels', 0));
  for label in select l.label from jsonb_array_elements_text(told->'labels') with ordinality l (label, n) order by l.n loop
    if app.label_is_free(label, school) then return label; end if;
  end loop;
  loop
    label := rtrim(left(told->>'stem', 63 - length(number::text)), '-') || number;
    if app.label_is_free(label, school) then return label; end if;
    number := number + 1;
  end loop;
end
$function$""")
    sql("""alter function app.free_label(jsonb, uuid) owner to coursecove_owner""")
    sql("""revoke all on function app.free_label(jsonb, uuid) from public""")
    sql("""grant execute on function app.free_label(jsonb, uuid) to coursecove_service""")
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
    sql("""grant execute on function app.give_label(uuid, text) to coursecove_service""")
    sql("""create or replace function app.open_school(school uuid, external text, told jsonb, unsure boolean) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
declare label text := app.free_label(told, school);
begin
  insert into public.organizations (id, clerk_organization_id, name, slug, subdomain, provisional)
  values (school, external, told->>'name', told->>'slug', label, unsure);
  perform app.give_label(school, label);
  perform app.emit(school, 'accounts/organization.created', jsonb_build_object('school_id', school), school::text);
  if label <> told->>'wanted' then
    perform app.emit(school, 'accounts/subdomain.adjusted', jsonb_build_object('school_id', school, 'wanted',
                     told->>'wanted', 'label', label), label);
  end if;
end
$function$""")
    sql("""alter function app.open_school(uuid, text, jsonb, boolean) owner to coursecove_owner""")
    sql("""revoke all on function app.open_school(uuid, text, jsonb, boolean) from public""")
    sql("""grant execute on function app.open_school(uuid, text, jsonb, boolean) to coursecove_service""")
    sql("""create or replace function app.move_school(school uuid, told jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
declare
  label text := app.free_label(told, school);
  was text;
begin
  select o.subdomain into was from public.organizations o where o.id = school;
  if label = was then return; end if;
  update public.hostnames h set status = 'redirect', until = now() + interval '1 year' where h.name = was;
  update public.organizations o set subdomain = label, updated_at = clock_timestamp() where o.id = school;
  perform app.give_label(school, label);
  perform app.emit(school, 'accounts/subdomain.changed', jsonb_build_object('school_id', school, 'was', was,
                   'label', label), was || ':' || label);
  if label <> told->>'wanted' then
    perform app.emit(school, 'accounts/subdomain.adjusted', jsonb_build_object('school_id', school, 'wanted',
                     told->>'wanted', 'label', label), label);
  end if;
end
$function$""")
    sql("""alter function app.move_school(uuid, jsonb) owner to coursecove_owner""")
    sql("""revoke all on function app.move_school(uuid, jsonb) from public""")
    sql("""grant execute on function app.move_school(uuid, jsonb) to coursecove_service""")
    sql("""create or replace function app.close_school(school uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  update public.organizations o set status = 'DELETED', closed_at = clock_timestamp(), updated_at = clock_timestamp()
   where o.id = school;
  update public.hostnames h set status = 'held', until = null where h.organization_id = school;
  perform app.emit(school, 'accounts/organization.closed', jsonb_build_object('school_id', school), app.new_id()::text);
end
$function$""")
    sql("""alter function app.close_school(uuid) owner to coursecove_owner""")
    sql("""revoke all on function app.close_school(uuid) from public""")
    sql("""grant execute on function app.close_school(uuid) to coursecove_service""")
    sql("""create or replace function app.reopen_school(school uuid) returns boolean
language plpgsql volatile security invoker set search_path = ''
as $function$
declare
  label text;
  external text;
begin
  update public.organizations o set status = 'ACTIVE', closed_at = null, updated_at = clock_timestamp()
   where o.id = school and o.status = 'DELETED' returning o.subdomain, o.clerk_organization_id into label, external;
  if label is null then return false; end if;
  update public.hostnames h set
    status = case when h.name = label or h.kind = 'custom' then 'current' else 'redirect' end,
    until = case when h.name = label or h.kind = 'custom' then null else now() + interval '1 year' end
   where h.organization_id = school;
  perform app.project_members(null, null, null, array[external]);
  perform app.emit(school, 'accounts/organization.reopened', jsonb_build_object('school_id', school), app.new_id()::text);
  return true;
end
$function$""")
    sql("""alter function app.reopen_school(uuid) owner to coursecove_owner""")
    sql("""revoke all on function app.reopen_school(uuid) from public""")
    sql("""grant execute on function app.reopen_school(uuid) to coursecove_service""")
    sql("""create or replace function app.project_school(external text) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
declare
  told public.identity_mirror;
  school public.organizations;
begin
  select m.* into told from public.identity_mirror m where m.kind = 'organization' and m.external_id = external;
  select o.* into school from public.organizations o where o.clerk_organization_id = external for update;
  if told.deleted then
    if school.status <> 'DELETED' then perform app.close_school(school.id); end if;
    return;
  end if;
  if school.id is null then
    perform app.open_school(told.row_id, external, told.data, told.version = 0);
    return;
  end if;
  if not school.subdomain_chosen and told.data->>'wanted' <> app.label_of(school.slug) then
    perform app.move_school(school.id, told.data);
  end if;
  update public.organizations o set name = told.data->>'name', slug = told.data->>'slug',
         provisional = told.version = 0, updated_at = clock_timestamp()
   where o.id = school.id and (o.name, o.slug, o.provisional) is distinct from
         (told.data->>'name', told.data->>'slug', told.version = 0);
end
$function$""")
    sql("""alter function app.project_school(text) owner to coursecove_owner""")
    sql("""revoke all on function app.project_school(text) from public""")
    sql("""grant execute on function app.project_school(text) to coursecove_service""")
    sql("""create or replace function app.project_people(people text[]) returns text[]
language plpgsql volatile security invoker set search_path = ''
as $function$
declare renamed text[];
begin
  with before as (
    select u.clerk_user_id, u.provisional, u.first_name, u.last_name, u.avatar_url
      from public.users u where u.clerk_user_id = any(people)),
  kept as (
    insert into public.users as u (id, clerk_user_id, email, first_name, last_name, avatar_url, provisional)
    select m.row_id, m.external_id, m.data->>'email', m.data->>'first_name', m.data->>'last_name', m.data->>'image',
           m.version = 0
      from public.identity_mirror m
     where m.kind = 'user' and m.external_id = any(people) and not m.deleted
     order by m.external_id
    on conflict (clerk_user_id) do update set
      email = excluded.email, first_name = excluded.first_name, last_name = excluded.last_name,
      avatar_url = excluded.avatar_url, provisional = excluded.provisional, updated_at = clock_timestamp()
    where (u.email, u.first_name, u.last_name, u.avatar_url, u.provisional) is distinct from
          (excluded.email, excluded.first_name, excluded.last_name, excluded.avatar_url, excluded.provisional)
    returning u.id, u.clerk_user_id, u.provisional, u.first_name, u.last_name, u.avatar_url),
  registered as (
    insert into public.events (organization_id, id, name, data, key, occurred_at)
    select '00000000-0000-0000-0000-000000000000', app.new_id(), 'accounts/user.registered', jsonb_build_object('user_id', k.id), k.id, clock_timestamp()
      from kept k left join before b on b.clerk_user_id = k.clerk_user_id
     where not k.provisional and coalesce(b.provisional, true)
    on conflict do nothing)
  select array_agg(k.clerk_user_id) into renamed from kept k left join before b on b.clerk_user_id = k.clerk_user_id
   where b.clerk_user_id is null or coalesce(k.first_name, k.last_name) is null
      or (k.first_name, k.last_name, k.avatar_url) is distinct from (b.first_name, b.last_name, b.avatar_url);
  return renamed;
end
$function$""")
    sql("""alter function app.project_people(text[]) owner to coursecove_owner""")
    sql("""revoke all on function app.project_people(text[]) from public""")
    sql("""grant execute on function app.project_people(text[]) to coursecove_service""")
    sql("""create or replace function app.forget_people(people text[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  with gone as (
    update public.users u set status = 'DELETED', provisional = false, email = null, first_name = null,
           last_name = null, avatar_url = null, updated_at = clock_timestamp()
     where u.clerk_user_id = any(people) and u.status <> 'DELETED'
    returning u.id),
  parted as (
    update public.organization_memberships t set status = 'INACTIVE', display_name = 'Former member',
           sort_name = lower('Former member'), avatar_url = null, updated_at = clock_timestamp()
      from (select o.organization_id, o.id, o.status from public.organization_memberships o
              join gone g on g.id = o.user_id order by o.organization_id, o.id for update of o) was
     where t.organization_id = was.organization_id and t.id = was.id
    returning t.organization_id, t.id, t.clerk_membership_id, was.status)
  insert into public.events (organization_id, id, name, data, key, occurred_at)
  select '00000000-0000-0000-0000-000000000000'::uuid, app.new_id(), 'accounts/user.deleted', jsonb_build_object('user_id', g.id), g.id::text,
         clock_timestamp() from gone g
  union all
  select p.organization_id, app.new_id(), 'accounts/member.left', jsonb_build_object('member_id', p.id),
         p.clerk_membership_id, clock_timestamp() from parted p where p.status = 'ACTIVE'
  on conflict do nothing;
end
$function$""")
    sql("""alter function app.forget_people(text[]) owner to coursecove_owner""")
    sql("""revoke all on function app.forget_people(text[]) from public""")
    sql("""grant execute on function app.forget_people(text[]) to coursecove_service""")
    sql("""create or replace function app.project_members(in_schools text[], of_people text[], people text[], new_schools text[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  with pairs as (
    select p.school, p.person from unnest(in_schools, of_people) p (school, person)
    union
    select m.organization_ref, m.user_ref from public.identity_mirror m
     where m.kind = 'membership' and m.user_ref = any(people)
    union
    select m.organization_ref, m.user_ref from public.identity_mirror m
     where m.kind = 'membership' and m.organization_ref = any(new_schools)),
  wanted as (
    select distinct on (o.id, u.id) o.id as organization_id, u.id as user_id, m.row_id, m.external_id,
           m.data->>'role' as role, m.version, m.created_version, person.data->>'image' as image,
           coalesce(person.data->>'display_name', 'Unnamed') as display_name,
           coalesce(person.data->>'sort_name', lower('Unnamed')) as sort_name
      from pairs p
      join public.organizations o on o.clerk_organization_id = p.school and o.status <> 'DELETED'
      join public.users u on u.clerk_user_id = p.person
      join public.identity_mirror person
        on person.kind = 'user' and person.external_id = p.person and not person.deleted
      join public.identity_mirror m
        on m.kind = 'membership' and m.user_ref = p.person and m.organization_ref = p.school and not m.deleted
     order by o.id, u.id, m.created_version desc, m.external_id desc),
  before as (
    select t.organization_id, t.user_id, t.role, t.status from public.organization_memberships t
      join wanted w on w.organization_id = t.organization_id and w.user_id = t.user_id),
  kept as (
    insert into public.organization_memberships as t (organization_id, id, user_id, role, clerk_membership_id,
           display_name, sort_name, avatar_url, created_at)
    select w.organization_id, w.row_id, w.user_id, w.role, w.external_id, w.display_name, w.sort_name, w.image,
           case when w.created_version > 0 then to_timestamp(w.created_version / 1000.0) else clock_timestamp() end
      from wanted w order by w.organization_id, w.user_id
    on conflict (organization_id, user_id) do update set
      role = excluded.role, status = 'ACTIVE', clerk_membership_id = excluded.clerk_membership_id,
      display_name = excluded.display_name, sort_name = excluded.sort_name, avatar_url = excluded.avatar_url,
      updated_at = clock_timestamp()
    where (t.role, t.status, t.clerk_membership_id, t.display_name, t.sort_name, t.avatar_url) is distinct from
          (excluded.role, 'ACTIVE', excluded.clerk_membership_id, excluded.display_name, excluded.sort_name,
           excluded.avatar_url)
    returning t.organization_id, t.id, t.user_id, t.role, t.clerk_membership_id)
  insert into public.events (organization_id, id, name, data, key, occurred_at)
  select k.organization_id, app.new_id(), f.name, f.data, f.key, clock_timestamp()
    from kept k
    join wanted w on w.organization_id = k.organization_id and w.user_id = k.user_id
    left join before b on b.organization_id = k.organization_id and b.user_id = k.user_id,
    lateral (
      select 'accounts/member.joined', jsonb_build_object('member_id', k.id, 'role', k.role),
             k.id || case when b.status is null then '' else ':' || k.clerk_membership_id end
       where b.status is distinct from 'ACTIVE'
      union all
      select 'accounts/member_role.changed', jsonb_build_object('member_id', k.id, 'role', k.role, 'was', b.role),
             k.clerk_membership_id || ':' || w.version
       where b.status = 'ACTIVE' and b.role <> k.role) f (name, data, key)
  on conflict do nothing;
end
$function$""")
    sql("""alter function app.project_members(text[], text[], text[], text[]) owner to coursecove_owner""")
    sql("""revoke all on function app.project_members(text[], text[], text[], text[]) from public""")
    sql("""grant execute on function app.project_members(text[], text[], text[], text[]) to coursecove_service""")
    sql("""create or replace function app.end_memberships(schools text[], people text[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  with parted as (
    update public.organization_memberships t set status = 'INACTIVE', updated_at = clock_timestamp()
      from (select m.organization_id, m.id from public.organization_memberships m
              join public.organizations o on o.id = m.organization_id
              join public.users u on u.id = m.user_id
              join unnest(schools, people) p (school, person)
                on p.school = o.clerk_organization_id and p.person = u.clerk_user_id
             where m.status = 'ACTIVE' and not exists (
                   select from public.identity_mirror live
                    where live.kind = 'membership' and live.user_ref = p.person
                      and live.organization_ref = p.school and not live.deleted)
             order by m.organization_id, m.id for update of m) was
     where t.organization_id = was.organization_id and t.id = was.id
    returning t.organization_id, t.id, t.clerk_membership_id)
  insert into public.events (organization_id, id, name, data, key, occurred_at)
  select p.organization_id, app.new_id(), 'accounts/member.left', jsonb_build_object('member_id', p.id),
         p.clerk_membership_id, clock_timestamp() from parted p
  on conflict do nothing;
end
$function$""")
    sql("""alter function app.end_memberships(text[], text[]) owner to coursecove_owner""")
    sql("""revoke all on function app.end_memberships(text[], text[]) from public""")
    sql("""grant execute on function app.end_memberships(text[], text[]) to coursecove_service""")
    sql("""create or replace function app.mirror_objects(batch jsonb) returns table (kind text, external_id text, mark text, deleted boolean, fresh boolean, organization_ref text, user_ref text)
language plpgsql volatile security invoker set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.mirror_objects(jsonb) owner to coursecove_owner""")
    sql("""revoke all on function app.mirror_objects(jsonb) from public""")
    sql("""grant execute on function app.mirror_objects(jsonb) to coursecove_service""")
    sql("""create or replace function app.apply_objects(batch jsonb) returns text[]
language plpgsql volatile security invoker set search_path = ''
as $function$
declare
  marks text[]; people text[]; gone text[]; schools text[]; new_schools text[];
  in_schools text[]; of_people text[]; left_schools text[]; left_people text[]; renamed text[];
begin
  select array_agg(m.mark),
         array_agg(m.external_id) filter (where m.kind = 'user' and not m.deleted),
         array_agg(m.external_id) filter (where m.kind = 'user' and m.deleted),
         array_agg(m.external_id order by m.external_id) filter (where m.kind = 'organization'),
         array_agg(m.external_id) filter (where m.kind = 'organization' and m.fresh and not m.deleted),
         array_agg(m.organization_ref) filter (where m.kind = 'membership'),
         array_agg(m.user_ref) filter (where m.kind = 'membership'),
         array_agg(m.organization_ref) filter (where m.kind = 'membership' and m.deleted),
         array_agg(m.user_ref) filter (where m.kind = 'membership' and m.deleted)
    into marks, people, gone, schools, new_schools, in_schools, of_people, left_schools, left_people
    from app.mirror_objects(batch) m;
  if people is not null then
    renamed := app.project_people(people);
    people := case when batch @? '$[*].again' then people else renamed end;
  end if;
  if gone is not null then perform app.forget_people(gone); end if;
  if schools is not null then
    perform app.project_school(s.external_id) from unnest(schools) s (external_id);
  end if;
  if people is not null or new_schools is not null or in_schools is not null then
    perform app.project_members(in_schools, of_people, people, new_schools);
  end if;
  if left_schools is not null then perform app.end_memberships(left_schools, left_people); end if;
  return marks;
end
$function$""")
    sql("""alter function app.apply_objects(jsonb) owner to coursecove_owner""")
    sql("""revoke all on function app.apply_objects(jsonb) from public""")
    sql("""grant execute on function app.apply_objects(jsonb) to coursecove_service""")
    sql("""create or replace function app.settle_webhooks(batch jsonb, marks text[]) returns table (webhook_id text, status text, reason text)
language plpgsql volatile security invoker set search_path = ''
as $function$
#variable_conflict use_column
declare settled integer;
begin
  return query
  update public.webhook_events w set
    deliveries = w.deliveries + case when d.lease is null then coalesce(d.copies, 1) else 0 end,
    status = coalesce(d.verdict, case
           when d.failure is not null then case when coalesce((d.failure->>'dead')::boolean, false) then 'failed' else 'pending' end
           when d.mark = any(marks) then 'completed' else 'superseded' end), reason = case when d.failure is not null then d.failure->>'error'
           when coalesce(d.verdict, case
           when d.failure is not null then case when coalesce((d.failure->>'dead')::boolean, false) then 'failed' else 'pending' end
           when d.mark = any(marks) then 'completed' else 'superseded' end) = 'superseded' then 'what it says is known already, or something newer is'
           else d.reason end, path = coalesce(d.path, 'fast'), attempts = w.attempts + case when (d.failure->>'tried')::boolean is false then 0 else 1 end, took_ms = coalesce(d.age_ms, 0) + (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::integer,
    processed_at = case when case when d.verdict is null and d.failure is not null and not coalesce((d.failure->>'dead')::boolean, false)
           then clock_timestamp() + make_interval(secs => (d.failure->>'wait_ms')::integer / 1000.0) end is null then clock_timestamp() end, next_attempt_at = case when d.verdict is null and d.failure is not null and not coalesce((d.failure->>'dead')::boolean, false)
           then clock_timestamp() + make_interval(secs => (d.failure->>'wait_ms')::integer / 1000.0) end,
    history = case when d.failure is null then w.history
                   when jsonb_array_length(w.history) >= 20 then (w.history - 1) || d.failure
                   else w.history || d.failure end,
    lease = null, leased_until = null, updated_at = clock_timestamp()
    from jsonb_to_recordset(batch) d (webhook_id text, id uuid, n integer, type text, instance text, kind text, object text, signed_at timestamptz,
         received_at timestamptz, digest text, mark text, verdict text, reason text, payload jsonb,
         keeps_body boolean, path text, age_ms integer, copies integer,
         lease uuid, failure jsonb)
   where w.webhook_id = d.webhook_id and (d.lease is null or (w.lease = d.lease and w.leased_until > clock_timestamp()))
  returning w.webhook_id, w.status, w.reason;
  get diagnostics settled = row_count;
  if settled <> jsonb_array_length(batch) then
    raise exception 'another worker has this webhook now' using errcode = 'CC002';
  end if;
end
$function$""")
    sql("""alter function app.settle_webhooks(jsonb, text[]) owner to coursecove_owner""")
    sql("""revoke all on function app.settle_webhooks(jsonb, text[]) from public""")
    sql("""grant execute on function app.settle_webhooks(jsonb, text[]) to coursecove_service""")
    sql("""create or replace function app.tell_of_webhooks(batch jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  insert into public.events (organization_id, id, name, data, key, occurred_at)
  select '00000000-0000-0000-0000-000000000000', app.new_id(), case w.status when 'failed' then 'accounts/webhook.died' else 'clerk/webhook.received' end,
         jsonb_build_object('webhook_id', w.webhook_id),
         w.webhook_id || case w.status when 'failed' then ':' || w.attempts else '' end, clock_timestamp()
    from jsonb_to_recordset(batch) d (webhook_id text)
    join public.webhook_events w on w.webhook_id = d.webhook_id
   where w.status = 'failed' or (w.status = 'pending' and w.attempts <= 1)
  on conflict do nothing;
end
$function$""")
    sql("""alter function app.tell_of_webhooks(jsonb) owner to coursecove_owner""")
    sql("""revoke all on function app.tell_of_webhooks(jsonb) from public""")
    sql("""grant execute on function app.tell_of_webhooks(jsonb) to coursecove_service""")
    sql("""create or replace function app.take_webhooks(webhook_ids text[], batch jsonb, bodies bytea[], budget_ms integer) returns table (webhook_id text, status text, reason text, known boolean)
language plpgsql volatile security invoker set search_path = '' set enable_seqscan = off set jit = off
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
    # ### commands auto generated by Alembic - please adjust! ###
    op.add_column('identity_mirror', sa.Column('row_id', sa.Uuid(), nullable=False))
    op.add_column('identity_mirror', sa.Column('organization_ref', sa.Text(), nullable=True))
    op.add_column('identity_mirror', sa.Column('user_ref', sa.Text(), nullable=True))
    op.add_column('identity_mirror', sa.Column('created_version', sa.BigInteger(), server_default=sa.text('0'), nullable=False))
    op.add_column('identity_mirror', sa.Column('doubtful', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.alter_column('identity_mirror', 'version',
               existing_type=sa.INTEGER(),
               type_=sa.BigInteger(),
               existing_nullable=False)
    op.create_index('identity_mirror_doubtful_idx', 'identity_mirror', ['updated_at'], unique=False, postgresql_where=sa.text('doubtful'))
    op.create_index('identity_mirror_person_idx', 'identity_mirror', ['user_ref', 'organization_ref'], unique=False, postgresql_where=sa.text("kind = 'membership'"))
    op.create_index('identity_mirror_school_idx', 'identity_mirror', ['organization_ref'], unique=False, postgresql_where=sa.text("kind = 'membership'"))
    op.add_column('organizations', sa.Column('subdomain_chosen', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('webhook_events', sa.Column('reason', sa.Text(), nullable=True))
    op.add_column('webhook_events', sa.Column('path', sa.Text(), nullable=False))
    op.add_column('webhook_events', sa.Column('deliveries', sa.Integer(), server_default=sa.text('1'), nullable=False))
    op.add_column('webhook_events', sa.Column('instance_id', sa.Text(), nullable=True))
    op.add_column('webhook_events', sa.Column('object_kind', sa.Text(), nullable=True))
    op.add_column('webhook_events', sa.Column('object_id', sa.Text(), nullable=True))
    op.add_column('webhook_events', sa.Column('signed_at', sa.DateTime(timezone=True), nullable=False))
    op.add_column('webhook_events', sa.Column('took_ms', sa.Integer(), nullable=True))
    op.add_column('webhook_events', sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('webhook_events', sa.Column('lease', sa.Uuid(), nullable=True))
    op.add_column('webhook_events', sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('webhook_events', sa.Column('history', postgresql.JSONB(astext_type=Text()), server_default=sa.text("'[]'"), nullable=False))
    op.add_column('webhook_events', sa.Column('digest', sa.LargeBinary(), nullable=False))
    op.add_column('webhook_events', sa.Column('body', sa.LargeBinary(), nullable=True))
    op.add_column('webhook_events', sa.Column('redacted_at', sa.DateTime(timezone=True), nullable=True))
    op.alter_column('webhook_events', 'status',
               existing_type=sa.TEXT(),
               server_default=None,
               existing_nullable=False)
    op.alter_column('webhook_events', 'payload',
               existing_type=postgresql.JSONB(astext_type=Text()),
               nullable=True)
    op.drop_index(op.f('webhook_events_event_type_idx'), table_name='webhook_events')
    op.drop_index(op.f('webhook_events_status_created_at_idx'), table_name='webhook_events')
    op.create_index('webhook_events_created_at_idx', 'webhook_events', ['created_at'], unique=False, postgresql_using='brin')
    op.create_index('webhook_events_due_idx', 'webhook_events', [sa.literal_column('greatest(next_attempt_at, leased_until)')], unique=False, postgresql_where=sa.text("status = 'pending'"))
    op.create_index(op.f('webhook_events_event_type_id_idx'), 'webhook_events', ['event_type', 'id'], unique=False)
    op.create_index(op.f('webhook_events_object_id_id_idx'), 'webhook_events', ['object_id', 'id'], unique=False)
    op.create_index('webhook_events_unredacted_idx', 'webhook_events', ['created_at'], unique=False, postgresql_where=sa.text('redacted_at is null'))
    op.create_index('webhook_events_unusual_idx', 'webhook_events', ['status', 'id'], unique=False, postgresql_where=sa.text("status <> 'completed'"))
    op.drop_column('webhook_events', 'last_error')
    # ### end Alembic commands ###
    sql("""alter table webhook_events drop constraint webhook_events_status_check""")
    sql("""alter table webhook_events add constraint webhook_events_status_check CHECK ((status = ANY (ARRAY['completed'::text, 'superseded'::text, 'ignored'::text, 'pending'::text, 'failed'::text])))""")
    sql("""revoke all on identity_mirror from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table identity_mirror owner to coursecove_owner""")
    sql("""alter table identity_mirror enable row level security""")
    sql("""alter table identity_mirror force row level security""")
    sql("""grant select, insert, update, delete on identity_mirror to coursecove_service""")
    sql("""create policy definer_select on identity_mirror for select to coursecove_definer using (true)""")
    sql("""grant select on identity_mirror to coursecove_definer""")
    sql("""create policy definer_insert on identity_mirror for insert to coursecove_definer with check (true)""")
    sql("""grant insert on identity_mirror to coursecove_definer""")
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
    sql("""grant update (brand_color, time_zone, locale, updated_at) on organizations to authenticated""")
    sql("""create policy definer_select on organizations for select to coursecove_definer using (true)""")
    sql("""grant select on organizations to coursecove_definer""")
    sql("""revoke all on webhook_events from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table webhook_events owner to coursecove_owner""")
    sql("""alter table webhook_events enable row level security""")
    sql("""alter table webhook_events force row level security""")
    sql("""grant select, insert, update, delete on webhook_events to coursecove_service""")
