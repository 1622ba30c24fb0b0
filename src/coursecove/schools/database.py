"""The few things that row policies cannot say: names change hands, a stranger asks, a closed school opens again."""

from coursecove.accounts.sync.projection_sql import REDIRECT_FOR
from coursecove.kit.db.sql_functions import SqlFunction

OLD_NAMES = 5
"""How many old addresses a school may hold at once."""

FOUNDING_SUBMITTED = SqlFunction(
    "app.founding_submitted",
    "",
    "trigger",
    """
begin
  if new.state = 'submitted' and old.state <> 'submitted' then
    perform app.emit('00000000-0000-0000-0000-000000000000', 'schools/founding.submitted',
                     jsonb_build_object('founding_id', new.id), null);
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
       and h.status = 'redirect' and h.name <> wanted and h.until > now()) >= {OLD_NAMES} then
    return 'too many';
  end if;
  update public.hostnames h set status = 'redirect', since = now(), until = now() + interval '{REDIRECT_FOR}'
   where h.name = before and h.organization_id = school;
  perform app.give_label(school, wanted);
  update public.organizations o set subdomain = wanted, subdomain_chosen = true, updated_at = now()
   where o.id = school;
  return 'changed';
end""",  # noqa: S608 - literals of this file
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

SETTLE_LABEL = SqlFunction(
    "app.settle_label",
    "school uuid, wanted text",
    "text",
    """
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
end""",
    execute=("coursecove_service",),
    volatility="volatile",
)

NAME_IS_FREE = SqlFunction(
    "app.name_is_free",
    "wanted text",
    "boolean",
    """
begin
  return app.label_is_free(wanted, '00000000-0000-0000-0000-000000000000');
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
                    and m.user_id = app.user_id() and m.status = 'ACTIVE' and m.suspended_at is null);
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
    perform app.emit(school, 'schools/joining.asked', jsonb_build_object('request_id', fresh_id), null);
  end if;
  return 'asked';
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

CLOSE = SqlFunction(
    "app.close_my_school",
    "days integer",
    "timestamptz",
    """
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
     where m.user_id = app.user_id() and m.status = 'ACTIVE' and m.suspended_at is null
       and m.role = 'SUPER_ADMIN'
       and o.status = 'ACTIVE' and o.closes_at > now()
     order by o.closes_at, o.id limit 50;
end""",
    execute=("authenticated",),
    definer=True,
)

REOPEN = SqlFunction(
    "app.reopen_my_school",
    "school uuid",
    "boolean",
    """
begin
  update public.organizations o set closed_at = null, closes_at = null, updated_at = now()
   where o.id = school and o.id in (select c.id from app.my_closed_schools() c);
  if not found then
    return false;
  end if;
  perform app.emit(school, 'accounts/organization.reopened', jsonb_build_object('school_id', school), null);
  return true;
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

FUNCTIONS = (
    FOUNDING_SUBMITTED,
    CHANGE_LABEL,
    SETTLE_LABEL,
    NAME_IS_FREE,
    RELEASE_DOMAIN,
    LOGO,
    DOOR,
    ASK_TO_JOIN,
    CLOSE,
    CLOSED_SCHOOLS,
    REOPEN,
)
