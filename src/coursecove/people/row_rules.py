"""What policies cannot say about people: the last owner stays, consent carries a child's profile, and at 18 it is theirs."""

from coursecove.kit.db.sql_functions import SqlFunction

PEOPLE = ("authenticated", "coursecove_definer", "coursecove_service")
ASKED_LATELY = "10 minutes"
"""A change that was asked and never settled stops counting after so long."""

GUARD_LAST_OWNER = SqlFunction(
    "app.guard_last_owner",
    "",
    "trigger",
    f"""
begin
  if new.status <> 'asked' or not (new.kind in ('removal', 'leaving') or (new.kind = 'role' and new.role <> 'SUPER_ADMIN'))
  then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('owners:' || new.organization_id, 0));
  if exists (select from public.organization_memberships m
              where m.organization_id = new.organization_id and m.id = new.member_id
                and m.role = 'SUPER_ADMIN' and m.status = 'ACTIVE')
     and not exists (
       select from public.organization_memberships m
        where m.organization_id = new.organization_id and m.id <> new.member_id
          and m.role = 'SUPER_ADMIN' and m.status = 'ACTIVE'
          and not exists (
            select from public.team_changes c
             where c.organization_id = m.organization_id and c.member_id = m.id and c.status = 'asked'
               and c.asked_at > now() - interval '{ASKED_LATELY}'
               and (c.kind in ('removal', 'leaving') or (c.kind = 'role' and c.role <> 'SUPER_ADMIN'))))
  then
    raise exception 'a school keeps an owner' using errcode = '23514', constraint = 'team_changes_last_owner_check';
  end if;
  return null;
end""",  # noqa: S608 - a constant of ours
    definer=True,
    volatility="volatile",
)

PROVIDER_IDS = SqlFunction(
    "app.provider_ids",
    "members uuid[]",
    "table (member_id uuid, user_ref text, membership_ref text)",
    """
begin
  return query
    select m.id, u.clerk_user_id, m.clerk_membership_id
      from public.organization_memberships m join public.users u on u.id = m.user_id
     where m.organization_id = app.org_id() and m.id = any(members)
       and (app.is_staff() or m.id in (select app.my_member_ids()));
end""",
    execute=("authenticated",),
    definer=True,
)

MEMBERS_BY_EMAIL = SqlFunction(
    "app.members_by_email",
    "emails text[]",
    "table (member_id uuid, email text, active boolean, restorable boolean)",
    """
begin
  return query
    select m.id, lower(u.email), m.status = 'ACTIVE',
           m.status = 'INACTIVE' and m.forgotten_at is null and m.removed_at > now() - interval '30 days'
      from public.users u
      join public.organization_memberships m on m.user_id = u.id and m.organization_id = app.org_id()
     where lower(u.email) = any(emails) and app.is_admin();
end""",
    execute=("authenticated",),
    definer=True,
)

MEMBERS_WITH_EMAIL = SqlFunction(
    "app.members_with_email",
    "pattern text",
    "setof uuid",
    """
begin
  return query
    with school as materialized (
      select m.id, m.user_id from public.organization_memberships m
       where m.organization_id = app.org_id() and app.is_staff())
    select s.id from school s
     where (select lower(u.email) from public.users u where u.id = s.user_id) like pattern;
end""",
    execute=("authenticated",),
    definer=True,
)

MY_PROFILES = SqlFunction(
    "app.my_profile_ids",
    "",
    "setof uuid",
    """
begin
  return query
    select p.id from public.managed_profiles p join public.organizations o on o.id = p.organization_id
     where p.organization_id = app.org_id() and p.status not in ('converted', 'forgotten')
       and p.birth_date + 0 > (now() at time zone o.time_zone)::date - interval '18 years'
       and (p.guardian_id = app.member_id()
            or (p.member_id <> app.member_id() and p.member_id in (select app.my_member_ids())));
end""",
    execute=PEOPLE,
    definer=True,
)

CONSENTED = SqlFunction(
    "app.consented",
    "school uuid, profile uuid, wanted text",
    "boolean",
    """
declare newest text;
begin
  select c.action into newest from public.consent_records c
   where c.organization_id = school and c.profile_id = profile and c.purpose = wanted
   order by c.id desc limit 1;
  return coalesce(newest = 'given', false);
end""",
    execute=("coursecove_definer",),
    definer=True,
)

GUARD_PROFILE = SqlFunction(
    "app.guard_profile",
    "",
    "trigger",
    """
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
end""",
    definer=True,
    volatility="volatile",
)

CHECK_GUARDIAN = SqlFunction(
    "app.check_guardian",
    "",
    "trigger",
    """
begin
  if app.member_id() is not null and not exists (
    select from public.organization_memberships m
     where m.organization_id = new.organization_id and m.id = new.guardian_id
       and m.role = 'GUARDIAN' and m.status = 'ACTIVE') then
    raise exception 'a guardian stands for a child' using errcode = '23514', constraint = 'managed_profiles_guardian_check';
  end if;
  return null;
end""",
    definer=True,
    volatility="volatile",
)

HEED_CONSENT = SqlFunction(
    "app.heed_consent",
    "",
    "trigger",
    """
begin
  if not exists (
    select from public.managed_profiles p
     where p.organization_id = new.organization_id and p.id = new.profile_id
       and (p.guardian_id = new.guardian_id or exists (
         select from public.guardianships g
          where g.organization_id = p.organization_id and g.student_id = p.member_id
            and g.guardian_id = new.guardian_id))) then
    raise exception 'not this child''s guardian' using errcode = '23514', constraint = 'consent_records_guardian_check';
  end if;
  if new.purpose = 'profile' and new.action = 'withdrawn' then
    update public.managed_profiles p set status = 'suspended', updated_at = clock_timestamp()
     where p.organization_id = new.organization_id and p.id = new.profile_id and p.status = 'active';
  end if;
  return null;
end""",
    definer=True,
    volatility="volatile",
)

CLAIM_PROFILE = SqlFunction(
    "app.claim_profile",
    "",
    "trigger",
    """
begin
  if new.email is not null and old.email is null then
    update public.managed_profiles p set status = 'converted', updated_at = clock_timestamp()
      from public.organization_memberships m, public.organizations o
     where m.user_id = new.id and o.id = m.organization_id and p.organization_id = m.organization_id
       and p.member_id = m.id and p.status in ('active', 'suspended')
       and p.birth_date <= (now() at time zone o.time_zone)::date - interval '18 years';
    delete from public.guardianships g using public.managed_profiles p, public.organization_memberships m
     where m.user_id = new.id and p.organization_id = m.organization_id and p.member_id = m.id
       and p.status = 'converted' and g.organization_id = m.organization_id and g.student_id = m.id;
  end if;
  return null;
end""",
    definer=True,
    volatility="volatile",
)

ATTACH_PROFILE = SqlFunction(
    "app.attach_profile",
    "profile uuid, membership_ref text, family_name text, link uuid",
    "uuid",
    """
declare
  found public.managed_profiles;
  child uuid;
begin
  select p.* into found from public.managed_profiles p
   where p.organization_id = app.org_id() and p.id = profile and p.status = 'pending'
     and (app.is_staff() or p.id in (select app.my_profile_ids())) for update;
  select m.id into child from public.organization_memberships m join public.users u on u.id = m.user_id
   where m.organization_id = app.org_id() and m.clerk_membership_id = membership_ref and m.status = 'ACTIVE'
     and m.role = 'STUDENT' and u.email is null
     and not exists (select from public.managed_profiles p
                      where p.organization_id = m.organization_id and p.member_id = m.id);
  if found.id is null or child is null then
    return null;
  end if;
  update public.managed_profiles p set member_id = child, last_name = family_name, status = 'active', updated_at = clock_timestamp()
   where p.organization_id = app.org_id() and p.id = profile;
  insert into public.guardianships (organization_id, id, guardian_id, student_id, relation)
  values (app.org_id(), link, found.guardian_id, child, 'guardian') on conflict do nothing;
  return child;
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

FUNCTIONS = (
    GUARD_LAST_OWNER,
    PROVIDER_IDS,
    MEMBERS_BY_EMAIL,
    MEMBERS_WITH_EMAIL,
    MY_PROFILES,
    CONSENTED,
    GUARD_PROFILE,
    CHECK_GUARDIAN,
    HEED_CONSENT,
    CLAIM_PROFILE,
    ATTACH_PROFILE,
)
