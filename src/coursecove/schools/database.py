"""The few things that row policies cannot say: names change hands, a stranger asks, a closed school opens again."""

from coursecove.kit.db.sql_functions import SqlFunction

KEPT = "1 year"
"""How long an old address leads to the new one."""

OLD_NAMES = 5
"""How many old addresses a school may hold at once."""

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
    execute=("coursecove_definer", "coursecove_service"),
    volatility="volatile",
)

TELL = SqlFunction(
    "app.tell",
    "school uuid, fact text, facts jsonb, actor uuid",
    "void",
    """
begin
  insert into public.events (organization_id, id, name, data, actor_id, occurred_at)
  values (coalesce(school, '00000000-0000-0000-0000-000000000000'), app.new_id(), fact, facts, actor, now());
end""",
    execute=("coursecove_definer",),
    volatility="volatile",
)

FOUNDING_SUBMITTED = SqlFunction(
    "app.founding_submitted",
    "",
    "trigger",
    """
begin
  if new.state = 'submitted' and old.state <> 'submitted' then
    perform app.tell(null, 'schools/founding.submitted', jsonb_build_object('founding_id', new.id), null);
  end if;
  return null;
end""",
    definer=True,
    volatility="volatile",
)

CHANGE_LABEL = SqlFunction(
    "app.change_label",
    "wanted text",
    "text",
    f"""
declare
  school uuid := app.org_id();
  before text;
  held public.hostnames;
begin
  if not app.is_admin() or app.support_id() is not null then
    return 'forbidden';
  end if;
  select o.subdomain into before from public.organizations o where o.id = school for update;
  if before = wanted then
    return 'same';
  end if;
  select h.* into held from public.hostnames h where h.name = wanted for update;
  if held.name is not null and (held.organization_id is distinct from school or held.kind <> 'subdomain') then
    return 'taken';
  end if;
  if held.name is null and (select count(*) from public.hostnames h where h.organization_id = school
                             and h.kind = 'subdomain' and h.status = 'redirect') >= {OLD_NAMES} then
    return 'too many';
  end if;
  update public.hostnames h set status = 'redirect', since = now(), until = now() + interval '{KEPT}'
   where h.organization_id = school and h.kind = 'subdomain' and h.status = 'current';
  insert into public.hostnames as h (name, organization_id, kind, status, since, until)
  values (wanted, school, 'subdomain', 'current', now(), null)
  on conflict (name) do update set status = 'current', since = now(), until = null
    where h.organization_id = school;
  if not found then
    raise exception 'taken meanwhile' using errcode = '40001';
  end if;
  update public.organizations o set subdomain = wanted, updated_at = now() where o.id = school;
  return 'changed';
end""",  # noqa: S608 - literals of this file
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

NAME_IS_FREE = SqlFunction(
    "app.name_is_free",
    "wanted text",
    "boolean",
    """
begin
  return not exists (select from public.hostnames h where h.name = wanted);
end""",
    execute=("authenticated",),
    definer=True,
)

RELEASE_DOMAIN = SqlFunction(
    "app.release_domain",
    "",
    "trigger",
    """
begin
  delete from public.hostnames h
   where h.name = old.name and h.organization_id = old.organization_id and h.kind = 'custom';
  return null;
end""",
    definer=True,
    volatility="volatile",
)

LOGO = SqlFunction(
    "app.logo",
    "school uuid, wanted text",
    "bytea",
    """
declare found bytea;
begin
  select l.image into found from public.school_logos l
   where l.organization_id = school and l.digest = wanted;
  return found;
end""",
    execute=("coursecove_app",),
    definer=True,
)

DOOR = SqlFunction(
    "app.school_door",
    "school uuid",
    "table (takes_requests boolean, asked_at timestamptz, is_member boolean)",
    """
begin
  return query
    select exists (select from public.organizations o where o.id = school and o.joining = 'ask'
                    and o.status = 'ACTIVE' and o.closes_at is null),
           (select max(r.created_at) from public.join_requests r
             where r.organization_id = school and r.user_id = app.user_id() and r.state = 'waiting'),
           exists (select from public.organization_memberships m where m.organization_id = school
                    and m.user_id = app.user_id() and m.status = 'ACTIVE');
end""",
    execute=("authenticated",),
    definer=True,
)

ASK_TO_JOIN = SqlFunction(
    "app.ask_to_join",
    "school uuid, fresh_id uuid, said text",
    "text",
    """
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
    perform app.tell(school, 'schools/joining.asked', jsonb_build_object('request_id', fresh_id), null);
  end if;
  return 'asked';
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

CLOSE = SqlFunction(
    "app.close_school",
    "days integer",
    "timestamptz",
    """
declare closes timestamptz;
begin
  if not app.is_admin() or app.support_id() is not null then
    return null;
  end if;
  update public.organizations o set closes_at = now() + make_interval(days => days), updated_at = now()
   where o.id = app.org_id() and o.closes_at is null
  returning o.closes_at into closes;
  return closes;
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

CLOSED_SCHOOLS = SqlFunction(
    "app.my_closed_schools",
    "",
    "table (id uuid, name text, label text, closes_at timestamptz)",
    """
begin
  return query
    select o.id, o.name, o.subdomain, o.closes_at
      from public.organization_memberships m join public.organizations o on o.id = m.organization_id
     where m.user_id = app.user_id() and m.status = 'ACTIVE' and m.role = 'SUPER_ADMIN'
       and o.status = 'ACTIVE' and o.closes_at > now()
     order by o.closes_at, o.id limit 50;
end""",
    execute=("authenticated",),
    definer=True,
)

REOPEN = SqlFunction(
    "app.reopen_school",
    "school uuid",
    "boolean",
    """
begin
  update public.organizations o set closes_at = null, updated_at = now()
   where o.id = school and o.id in (select c.id from app.my_closed_schools() c);
  if not found then
    return false;
  end if;
  perform app.tell(school, 'schools/school.reopened', jsonb_build_object('school_id', school), (
    select m.id from public.organization_memberships m
     where m.organization_id = school and m.user_id = app.user_id()));
  return true;
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

FUNCTIONS = (
    NEW_ID,
    TELL,
    FOUNDING_SUBMITTED,
    CHANGE_LABEL,
    NAME_IS_FREE,
    RELEASE_DOMAIN,
    LOGO,
    DOOR,
    ASK_TO_JOIN,
    CLOSE,
    CLOSED_SCHOOLS,
    REOPEN,
)
