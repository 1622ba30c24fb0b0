"""From the mirror to our own tables: people, schools and memberships as a pure function of it.

Each function brings the rows of the objects it is given up to date and emits what became true thereby, once:
every emission has a natural key. Rows are written in the order of their keys; what would not change is not written.
"""

from coursecove.accounts.sync.mirror_sql import SERVICE
from coursecove.accounts.sync.normalising import UNNAMED
from coursecove.kit.db.sql_functions import SqlFunction
from coursecove.kit.ids import NIL

FORMER_MEMBER = "Former member"
REDIRECT_FOR = "1 year"

APPLY = SqlFunction(
    "app.apply_objects",
    "batch jsonb",
    "text[]",
    """
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
end""",
    execute=SERVICE,
    volatility="volatile",
)

PEOPLE = SqlFunction(
    "app.project_people",
    "people text[]",
    "text[]",
    f"""
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
    select '{NIL}', app.new_id(), 'accounts/user.registered', jsonb_build_object('user_id', k.id), k.id, clock_timestamp()
      from kept k left join before b on b.clerk_user_id = k.clerk_user_id
     where not k.provisional and coalesce(b.provisional, true)
    on conflict do nothing)
  select array_agg(k.clerk_user_id) into renamed from kept k left join before b on b.clerk_user_id = k.clerk_user_id
   where b.clerk_user_id is null or coalesce(k.first_name, k.last_name) is null
      or (k.first_name, k.last_name, k.avatar_url) is distinct from (b.first_name, b.last_name, b.avatar_url);
  return renamed;
end""",
    execute=SERVICE,
    volatility="volatile",
)

FORGET = SqlFunction(
    "app.forget_people",
    "people text[]",
    "void",
    f"""
begin
  with gone as (
    update public.users u set status = 'DELETED', provisional = false, email = null, first_name = null,
           last_name = null, avatar_url = null, updated_at = clock_timestamp()
     where u.clerk_user_id = any(people) and u.status <> 'DELETED'
    returning u.id),
  parted as (
    update public.organization_memberships t set status = 'INACTIVE', display_name = '{FORMER_MEMBER}',
           sort_name = lower('{FORMER_MEMBER}'), avatar_url = null, updated_at = clock_timestamp()
      from (select o.organization_id, o.id, o.status from public.organization_memberships o
              join gone g on g.id = o.user_id order by o.organization_id, o.id for update of o) was
     where t.organization_id = was.organization_id and t.id = was.id
    returning t.organization_id, t.id, t.clerk_membership_id, was.status)
  insert into public.events (organization_id, id, name, data, key, occurred_at)
  select '{NIL}'::uuid, app.new_id(), 'accounts/user.deleted', jsonb_build_object('user_id', g.id), g.id::text,
         clock_timestamp() from gone g
  union all
  select p.organization_id, app.new_id(), 'accounts/member.left', jsonb_build_object('member_id', p.id),
         p.clerk_membership_id, clock_timestamp() from parted p where p.status = 'ACTIVE'
  on conflict do nothing;
end""",
    execute=SERVICE,
    volatility="volatile",
)

MEMBERS = SqlFunction(
    "app.project_members",
    "in_schools text[], of_people text[], people text[], new_schools text[]",
    "void",
    f"""
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
           coalesce(person.data->>'display_name', '{UNNAMED}') as display_name,
           coalesce(person.data->>'sort_name', lower('{UNNAMED}')) as sort_name
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
end""",
    execute=SERVICE,
    volatility="volatile",
)

END = SqlFunction(
    "app.end_memberships",
    "schools text[], people text[]",
    "void",
    """
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
end""",
    execute=SERVICE,
    volatility="volatile",
)

SCHOOL = SqlFunction(
    "app.project_school",
    "external text",
    "void",
    """
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
end""",
    execute=SERVICE,
    volatility="volatile",
)

OPEN = SqlFunction(
    "app.open_school",
    "school uuid, external text, told jsonb, unsure boolean",
    "void",
    """
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
end""",
    execute=SERVICE,
    volatility="volatile",
)

MOVE = SqlFunction(
    "app.move_school",
    "school uuid, told jsonb",
    "void",
    f"""
declare
  label text := app.free_label(told, school);
  was text;
begin
  select o.subdomain into was from public.organizations o where o.id = school;
  if label = was then return; end if;
  update public.hostnames h set status = 'redirect', until = now() + interval '{REDIRECT_FOR}' where h.name = was;
  update public.organizations o set subdomain = label, updated_at = clock_timestamp() where o.id = school;
  perform app.give_label(school, label);
  perform app.emit(school, 'accounts/subdomain.changed', jsonb_build_object('school_id', school, 'was', was,
                   'label', label), was || ':' || label);
  if label <> told->>'wanted' then
    perform app.emit(school, 'accounts/subdomain.adjusted', jsonb_build_object('school_id', school, 'wanted',
                     told->>'wanted', 'label', label), label);
  end if;
end""",
    execute=SERVICE,
    volatility="volatile",
)

CLOSE = SqlFunction(
    "app.close_school",
    "school uuid",
    "void",
    """
begin
  update public.organizations o set status = 'DELETED', updated_at = clock_timestamp(),
         closed_at = coalesce(o.closed_at, clock_timestamp())
   where o.id = school;
  update public.hostnames h set status = 'held', until = null where h.organization_id = school;
  perform app.emit(school, 'accounts/organization.closed', jsonb_build_object('school_id', school), app.new_id()::text);
end""",
    execute=SERVICE,
    volatility="volatile",
)

REOPEN = SqlFunction(
    "app.reopen_school",
    "school uuid",
    "boolean",
    f"""
declare
  label text;
  external text;
begin
  update public.organizations o set status = 'ACTIVE', closed_at = null, updated_at = clock_timestamp()
   where o.id = school and o.status = 'DELETED' returning o.subdomain, o.clerk_organization_id into label, external;
  if label is null then return false; end if;
  update public.hostnames h set
    status = case when h.name = label or h.kind = 'custom' then 'current' else 'redirect' end,
    until = case when h.name = label or h.kind = 'custom' then null else now() + interval '{REDIRECT_FOR}' end
   where h.organization_id = school;
  perform app.project_members(null, null, null, array[external]);
  perform app.emit(school, 'accounts/organization.reopened', jsonb_build_object('school_id', school), app.new_id()::text);
  return true;
end""",
    execute=SERVICE,
    volatility="volatile",
)
