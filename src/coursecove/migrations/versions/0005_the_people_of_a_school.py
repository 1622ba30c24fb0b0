"""The people of a school"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = '0005'
down_revision: str | None = '0004'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    sql = op.get_bind().exec_driver_sql
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
    sql("""create or replace function app.my_schools() returns table (id uuid, name text, label text, role text, brand_color text)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select o.id, o.name, o.subdomain, m.role, o.brand_color
      from public.organization_memberships m join public.organizations o on o.id = m.organization_id
     where m.user_id = app.user_id() and m.status = 'ACTIVE' and m.suspended_at is null and o.status = 'ACTIVE'
     order by o.name, o.id limit 50;
end
$function$""")
    sql("""alter function app.my_schools() owner to coursecove_definer""")
    sql("""revoke all on function app.my_schools() from public""")
    sql("""grant execute on function app.my_schools() to authenticated""")
    sql("""grant execute on function app.my_schools() to coursecove_definer""")
    sql("""grant execute on function app.my_schools() to coursecove_service""")
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
  entry.action := lower(tg_op);
  entry.table_name := tg_table_name;
  entry.row_id := (facts->>'id')::uuid;
  entry.before := old_row;
  entry.after := new_row;
  perform app.append_to_audit(entry);
  return null;
end
$function$""")
    sql("""alter function app.audit() owner to coursecove_definer""")
    sql("""revoke all on function app.audit() from public""")
    sql("""create or replace function app.note_read(what text, subject uuid, more jsonb) returns void
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
declare entry public.audit_log;
begin
  if app.org_id() is null then
    raise exception 'nobody reads here' using errcode = '28000';
  end if;
  entry.organization_id := app.org_id();
  entry.action := 'read';
  entry.table_name := what;
  entry.row_id := subject;
  entry.after := more;
  perform app.append_to_audit(entry);
end
$function$""")
    sql("""alter function app.note_read(text, uuid, jsonb) owner to coursecove_definer""")
    sql("""revoke all on function app.note_read(text, uuid, jsonb) from public""")
    sql("""grant execute on function app.note_read(text, uuid, jsonb) to authenticated""")
    sql("""create or replace function app.keep_removal() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $function$
begin
  if new.status = 'ACTIVE' then
    new.removed_at := null;
    new.forgotten_at := null;
  elsif tg_op = 'INSERT' or old.status = 'ACTIVE' then
    new.removed_at := clock_timestamp();
  end if;
  if new.forgotten_at is not null then
    new.display_name := 'Former member';
    new.sort_name := lower('Former member');
    new.avatar_url := null;
    new.time_zone := null;
    new.locale := null;
  end if;
  return new;
end
$function$""")
    sql("""alter function app.keep_removal() owner to coursecove_owner""")
    sql("""revoke all on function app.keep_removal() from public""")
    sql("""create or replace function app.guard_last_owner() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
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
               and c.asked_at > now() - interval '10 minutes'
               and (c.kind in ('removal', 'leaving') or (c.kind = 'role' and c.role <> 'SUPER_ADMIN'))))
  then
    raise exception 'a school keeps an owner' using errcode = '23514', constraint = 'team_changes_last_owner_check';
  end if;
  return null;
end
$function$""")
    sql("""alter function app.guard_last_owner() owner to coursecove_definer""")
    sql("""revoke all on function app.guard_last_owner() from public""")
    sql("""create or replace function app.provider_ids(members uuid[]) returns table (member_id uuid, user_ref text, membership_ref text)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select m.id, u.clerk_user_id, m.clerk_membership_id
      from public.organization_memberships m join public.users u on u.id = m.user_id
     where m.organization_id = app.org_id() and m.id = any(members)
       and (app.is_staff() or m.id in (select app.my_member_ids()));
end
$function$""")
    sql("""alter function app.provider_ids(uuid[]) owner to coursecove_definer""")
    sql("""revoke all on function app.provider_ids(uuid[]) from public""")
    sql("""grant execute on function app.provider_ids(uuid[]) to authenticated""")
    sql("""create or replace function app.members_by_email(emails text[]) returns table (member_id uuid, email text, active boolean, restorable boolean)
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select m.id, lower(u.email), m.status = 'ACTIVE',
           m.status = 'INACTIVE' and m.forgotten_at is null and m.removed_at > now() - interval '30 days'
      from public.users u
      join public.organization_memberships m on m.user_id = u.id and m.organization_id = app.org_id()
     where lower(u.email) = any(emails) and app.is_admin();
end
$function$""")
    sql("""alter function app.members_by_email(text[]) owner to coursecove_definer""")
    sql("""revoke all on function app.members_by_email(text[]) from public""")
    sql("""grant execute on function app.members_by_email(text[]) to authenticated""")
    sql("""create or replace function app.members_with_email(pattern text) returns setof uuid
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    with school as materialized (
      select m.id, m.user_id from public.organization_memberships m
       where m.organization_id = app.org_id() and app.is_staff())
    select s.id from school s
     where (select lower(u.email) from public.users u where u.id = s.user_id) like pattern;
end
$function$""")
    sql("""alter function app.members_with_email(text) owner to coursecove_definer""")
    sql("""revoke all on function app.members_with_email(text) from public""")
    sql("""grant execute on function app.members_with_email(text) to authenticated""")
    sql("""create or replace function app.my_profile_ids() returns setof uuid
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
begin
  return query
    select p.id from public.managed_profiles p
     where p.organization_id = app.org_id() and p.status <> 'converted'
       and (p.guardian_id = app.member_id()
            or (p.member_id <> app.member_id() and p.member_id in (select app.my_member_ids())));
end
$function$""")
    sql("""alter function app.my_profile_ids() owner to coursecove_definer""")
    sql("""revoke all on function app.my_profile_ids() from public""")
    sql("""grant execute on function app.my_profile_ids() to authenticated""")
    sql("""grant execute on function app.my_profile_ids() to coursecove_definer""")
    sql("""grant execute on function app.my_profile_ids() to coursecove_service""")
    sql("""create or replace function app.consented(school uuid, profile uuid, wanted text) returns boolean
language plpgsql stable security definer set row_security = on set search_path = ''
as $function$
declare newest text;
begin
  select c.action into newest from public.consent_records c
   where c.organization_id = school and c.profile_id = profile and c.purpose = wanted
   order by c.id desc limit 1;
  return coalesce(newest = 'given', false);
end
$function$""")
    sql("""alter function app.consented(uuid, uuid, text) owner to coursecove_definer""")
    sql("""revoke all on function app.consented(uuid, uuid, text) from public""")
    sql("""grant execute on function app.consented(uuid, uuid, text) to coursecove_definer""")
    sql("""create or replace function app.guard_profile() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
declare today date;
begin
  if new.organization_id <> app.org_id() then
    return new;  -- the fence refuses it
  end if;
  select (now() at time zone o.time_zone)::date into today
    from public.organizations o where o.id = new.organization_id;
  if (tg_op = 'INSERT' or new.birth_date <> old.birth_date)
     and not (new.birth_date > today - interval '18 years' and new.birth_date <= greatest(today, current_date)) then
    raise exception 'a profile is for a child' using errcode = '23514', constraint = 'managed_profiles_child_check';
  end if;
  if tg_op = 'INSERT' then
    return new;
  end if;
  if old.status = 'converted' or (new.status <> old.status and (old.status, new.status) not in (
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
    sql("""create or replace function app.check_guardian() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
begin
  if app.member_id() is not null and not exists (
    select from public.organization_memberships m
     where m.organization_id = new.organization_id and m.id = new.guardian_id
       and m.role = 'GUARDIAN' and m.status = 'ACTIVE') then
    raise exception 'a guardian stands for a child' using errcode = '23514', constraint = 'managed_profiles_guardian_check';
  end if;
  return null;
end
$function$""")
    sql("""alter function app.check_guardian() owner to coursecove_definer""")
    sql("""revoke all on function app.check_guardian() from public""")
    sql("""create or replace function app.heed_consent() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.heed_consent() owner to coursecove_definer""")
    sql("""revoke all on function app.heed_consent() from public""")
    sql("""create or replace function app.claim_profile() returns trigger
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.claim_profile() owner to coursecove_definer""")
    sql("""revoke all on function app.claim_profile() from public""")
    sql("""create or replace function app.attach_profile(profile uuid, membership_ref text, family_name text, link uuid) returns uuid
language plpgsql volatile security definer set row_security = on set search_path = ''
as $function$
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
end
$function$""")
    sql("""alter function app.attach_profile(uuid, text, text, uuid) owner to coursecove_definer""")
    sql("""revoke all on function app.attach_profile(uuid, text, text, uuid) from public""")
    sql("""grant execute on function app.attach_profile(uuid, text, text, uuid) to authenticated""")
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table('invitations',
    sa.Column('external_id', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), server_default=sa.text("'pending'"), nullable=False),
    sa.Column('invited_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("role in ('SUPER_ADMIN', 'TEACHER', 'STUDENT', 'GUARDIAN')", name=op.f('invitations_role_check')),
    sa.CheckConstraint("status in ('pending', 'accepted', 'revoked')", name=op.f('invitations_status_check')),
    sa.ForeignKeyConstraint(['organization_id', 'invited_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('invitations_organization_id_invited_by_fkey'), ondelete='SET NULL (invited_by)'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('invitations_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('invitations_pkey')),
    sa.UniqueConstraint('organization_id', 'external_id', name=op.f('invitations_organization_id_external_id_key'))
    )
    op.create_index('invitations_invited_by_idx', 'invitations', ['organization_id', 'invited_by'], unique=False)
    op.create_index('invitations_newest_idx', 'invitations', ['organization_id', 'status', 'id'], unique=False)
    op.create_index('invitations_one_pending_idx', 'invitations', ['organization_id', 'email'], unique=True, postgresql_where=sa.text("status = 'pending'"))
    op.create_table('managed_profiles',
    sa.Column('guardian_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('created_by', sa.Uuid(), server_default=sa.text('app.member_id()'), nullable=True),
    sa.Column('first_name', sa.Text(), nullable=False),
    sa.Column('last_name', sa.Text(), nullable=True),
    sa.Column('birth_date', sa.Date(), nullable=False),
    sa.Column('username', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), server_default=sa.text("'pending'"), nullable=False),
    sa.Column('activated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('converted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("last_name is null or status in ('active', 'suspended', 'converted')", name=op.f('managed_profiles_little_before_consent_check')),
    sa.CheckConstraint("member_id is not null or status = 'pending'", name=op.f('managed_profiles_has_a_member_check')),
    sa.CheckConstraint("status in ('pending', 'active', 'suspended', 'converted')", name=op.f('managed_profiles_status_check')),
    sa.CheckConstraint("username ~ '^[a-z0-9][a-z0-9._-]{1,29}$'", name=op.f('managed_profiles_username_check')),
    sa.ForeignKeyConstraint(['organization_id', 'created_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('managed_profiles_organization_id_created_by_fkey'), ondelete='SET NULL (created_by)'),
    sa.ForeignKeyConstraint(['organization_id', 'guardian_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('managed_profiles_organization_id_guardian_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'member_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('managed_profiles_organization_id_member_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('managed_profiles_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('managed_profiles_pkey')),
    sa.UniqueConstraint('organization_id', 'member_id', name=op.f('managed_profiles_organization_id_member_id_key')),
    sa.UniqueConstraint('organization_id', 'username', name=op.f('managed_profiles_organization_id_username_key'))
    )
    op.create_index('managed_profiles_birth_date_idx', 'managed_profiles', ['birth_date'], unique=False)
    op.create_index('managed_profiles_by_name_idx', 'managed_profiles', ['organization_id', 'first_name', 'id'], unique=False)
    op.create_index('managed_profiles_created_by_idx', 'managed_profiles', ['organization_id', 'created_by'], unique=False)
    op.create_index('managed_profiles_guardian_id_idx', 'managed_profiles', ['organization_id', 'guardian_id'], unique=False)
    op.create_index('managed_profiles_by_status_idx', 'managed_profiles', ['organization_id', 'status', 'id'], unique=False)
    op.create_index('managed_profiles_waiting_idx', 'managed_profiles', ['created_at'], unique=False, postgresql_where=sa.text("status = 'pending'"))
    op.create_table('team_lists',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), server_default=sa.text("'draft'"), nullable=False),
    sa.Column('asked_by', sa.Uuid(), server_default=sa.text('app.member_id()'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("kind in ('invitation', 'revocation', 'resending', 'role', 'removal', 'leaving', 'restoration')", name=op.f('team_lists_kind_check')),
    sa.CheckConstraint("status in ('draft', 'running', 'done', 'discarded')", name=op.f('team_lists_status_check')),
    sa.ForeignKeyConstraint(['organization_id', 'asked_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('team_lists_organization_id_asked_by_fkey'), ondelete='SET NULL (asked_by)'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('team_lists_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('team_lists_pkey'))
    )
    op.create_index('team_lists_asked_by_idx', 'team_lists', ['organization_id', 'asked_by'], unique=False)
    op.create_index('team_lists_newest_idx', 'team_lists', ['organization_id', 'created_at', 'id'], unique=False)
    op.create_index('team_lists_put_away_idx', 'team_lists', ['created_at'], unique=False, postgresql_where=sa.text("status in ('draft', 'discarded')"))
    op.create_table('consent_records',
    sa.Column('profile_id', sa.Uuid(), nullable=False),
    sa.Column('guardian_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), server_default=sa.text('app.member_id()'), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('text_digest', sa.LargeBinary(), nullable=False),
    sa.Column('method', sa.Text(), nullable=False),
    sa.Column('signature', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('user_agent', sa.Text(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("action in ('given', 'withdrawn')", name=op.f('consent_records_action_check')),
    sa.CheckConstraint("method in ('online', 'paper')", name=op.f('consent_records_method_check')),
    sa.CheckConstraint("purpose in ('profile', 'third_parties')", name=op.f('consent_records_purpose_check')),
    sa.ForeignKeyConstraint(['organization_id', 'guardian_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('consent_records_organization_id_guardian_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'profile_id'], ['managed_profiles.organization_id', 'managed_profiles.id'], name=op.f('consent_records_organization_id_profile_id_fkey')),
    sa.ForeignKeyConstraint(['organization_id', 'recorded_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('consent_records_organization_id_recorded_by_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('consent_records_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('consent_records_pkey'))
    )
    op.create_index('consent_records_guardian_id_idx', 'consent_records', ['organization_id', 'guardian_id'], unique=False)
    op.create_index('consent_records_newest_idx', 'consent_records', ['organization_id', 'profile_id', 'purpose', 'id'], unique=False)
    op.create_index('consent_records_recorded_by_idx', 'consent_records', ['organization_id', 'recorded_by'], unique=False)
    op.create_table('team_changes',
    sa.Column('list_id', sa.Uuid(), nullable=True),
    sa.Column('position', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('invitation_id', sa.Uuid(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('was', sa.Text(), nullable=True),
    sa.Column('ref', sa.Text(), nullable=True),
    sa.Column('given', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('asked_by', sa.Uuid(), server_default=sa.text('app.member_id()'), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('organization_id', sa.Uuid(), server_default=sa.text('app.org_id()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("kind in ('invitation', 'revocation', 'resending', 'role', 'removal', 'leaving', 'restoration')", name=op.f('team_changes_kind_check')),
    sa.CheckConstraint("num_nonnulls(member_id, invitation_id, email) > 0 or status = 'problem'", name=op.f('team_changes_about_somebody_check')),
    sa.CheckConstraint("role is null or role in ('SUPER_ADMIN', 'TEACHER', 'STUDENT', 'GUARDIAN')", name=op.f('team_changes_role_check')),
    sa.CheckConstraint("status in ('draft', 'problem', 'asked', 'done', 'refused')", name=op.f('team_changes_status_check')),
    sa.ForeignKeyConstraint(['organization_id', 'asked_by'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('team_changes_organization_id_asked_by_fkey'), ondelete='SET NULL (asked_by)'),
    sa.ForeignKeyConstraint(['organization_id', 'invitation_id'], ['invitations.organization_id', 'invitations.id'], name=op.f('team_changes_organization_id_invitation_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'list_id'], ['team_lists.organization_id', 'team_lists.id'], name=op.f('team_changes_organization_id_list_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id', 'member_id'], ['organization_memberships.organization_id', 'organization_memberships.id'], name=op.f('team_changes_organization_id_member_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('team_changes_organization_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'id', name=op.f('team_changes_pkey'))
    )
    op.create_index('team_changes_asked_by_idx', 'team_changes', ['organization_id', 'asked_by'], unique=False)
    op.create_index('team_changes_invitation_id_idx', 'team_changes', ['organization_id', 'invitation_id'], unique=False)
    op.create_index('team_changes_of_list_idx', 'team_changes', ['organization_id', 'list_id', 'status', 'position'], unique=False)
    op.create_index('team_changes_of_member_idx', 'team_changes', ['organization_id', 'member_id', 'asked_at'], unique=False)
    op.add_column('guardianships', sa.Column('relation', sa.Text(), server_default=sa.text("'guardian'"), nullable=False))
    op.add_column('organization_memberships', sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('organization_memberships', sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('organization_memberships', sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('organization_memberships_removed_idx', 'organization_memberships', ['organization_id', 'sort_name', 'id'], unique=False, postgresql_where=sa.text("status = 'INACTIVE' and forgotten_at is null"))
    op.create_index('users_lower_email_idx', 'users', [sa.literal_column('lower(email)')], unique=False)
    # ### end Alembic commands ###
    sql("""alter table guardianships add constraint guardianships_relation_check CHECK ((relation = ANY (ARRAY['mother'::text, 'father'::text, 'parent'::text, 'grandparent'::text, 'relative'::text, 'carer'::text, 'guardian'::text])))""")
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
  entry.session_id := coalesce(auth.jwt()->>'sid', auth.jwt()->>'token');
  entry.hash := app.audit_digest(entry);
  insert into public.audit_log values (entry.*);
end
$function$""")
    sql("""alter function app.append_to_audit(public.audit_log) owner to coursecove_definer""")
    sql("""revoke all on function app.append_to_audit(public.audit_log) from public""")
    sql("""grant execute on function app.append_to_audit(public.audit_log) to coursecove_definer""")
    sql("""alter table consent_records owner to coursecove_owner""")
    sql("""alter table consent_records enable row level security""")
    sql("""alter table consent_records force row level security""")
    sql("""grant select on consent_records to coursecove_service""")
    sql("""create policy fence on consent_records as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on consent_records for select to authenticated using ((select app.is_staff()) or profile_id = any(array(select app.my_profile_ids())))""")
    sql("""grant select on consent_records to authenticated""")
    sql("""create policy people_insert on consent_records for insert to authenticated with check (recorded_by = (select app.member_id()) and ((method = 'online' and guardian_id = (select app.member_id()) and profile_id = any(array(select app.my_profile_ids()))) or (method = 'paper' and (select app.is_staff()))))""")
    sql("""grant insert (organization_id, id, profile_id, guardian_id, purpose, action, version, text_digest, method, signature, note, address, user_agent) on consent_records to authenticated""")
    sql("""create policy definer_select on consent_records for select to coursecove_definer using (true)""")
    sql("""grant select on consent_records to coursecove_definer""")
    sql("""drop policy "fence" on guardianships""")
    sql("""drop policy "people_select" on guardianships""")
    sql("""drop policy "people_insert" on guardianships""")
    sql("""drop policy "people_delete" on guardianships""")
    sql("""drop policy "definer_select" on guardianships""")
    sql("""revoke all on guardianships from anon, authenticated, coursecove_definer, coursecove_service""")
    sql("""alter table guardianships owner to coursecove_owner""")
    sql("""alter table guardianships enable row level security""")
    sql("""alter table guardianships force row level security""")
    sql("""grant select, insert, update, delete on guardianships to coursecove_service""")
    sql("""create policy fence on guardianships as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on guardianships for select to authenticated using ((select app.is_staff()) or guardian_id = (select app.member_id()) or student_id = (select app.member_id()))""")
    sql("""grant select on guardianships to authenticated""")
    sql("""create policy people_insert on guardianships for insert to authenticated with check ((select app.is_staff()))""")
    sql("""grant insert (organization_id, id, guardian_id, student_id, relation) on guardianships to authenticated""")
    sql("""create policy people_delete on guardianships for delete to authenticated using ((select app.is_staff()))""")
    sql("""grant delete on guardianships to authenticated""")
    sql("""create policy definer_select on guardianships for select to coursecove_definer using (true)""")
    sql("""grant select on guardianships to coursecove_definer""")
    sql("""create policy definer_insert on guardianships for insert to coursecove_definer with check (true)""")
    sql("""grant insert on guardianships to coursecove_definer""")
    sql("""create policy definer_delete on guardianships for delete to coursecove_definer using (true)""")
    sql("""grant delete on guardianships to coursecove_definer""")
    sql("""alter table invitations owner to coursecove_owner""")
    sql("""alter table invitations enable row level security""")
    sql("""alter table invitations force row level security""")
    sql("""grant select, insert, update, delete on invitations to coursecove_service""")
    sql("""create policy fence on invitations as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on invitations for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on invitations to authenticated""")
    sql("""create policy people_insert on invitations for insert to authenticated with check ((select app.is_admin()))""")
    sql("""grant insert on invitations to authenticated""")
    sql("""create policy people_update on invitations for update to authenticated using ((select app.is_admin())) with check ((select app.is_admin()))""")
    sql("""grant update (external_id, role, status, invited_by, created_at, expires_at, updated_at) on invitations to authenticated""")
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
    sql("""drop policy "fence" on organization_memberships""")
    sql("""drop policy "people_select" on organization_memberships""")
    sql("""drop policy "people_update" on organization_memberships""")
    sql("""drop policy "definer_select" on organization_memberships""")
    sql("""revoke all on organization_memberships from anon, authenticated, coursecove_definer, coursecove_service""")
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
    sql("""create policy definer_update on organization_memberships for update to coursecove_definer using (true)""")
    sql("""grant update on organization_memberships to coursecove_definer""")
    sql("""alter table team_changes owner to coursecove_owner""")
    sql("""alter table team_changes enable row level security""")
    sql("""alter table team_changes force row level security""")
    sql("""grant select, insert, update, delete on team_changes to coursecove_service""")
    sql("""create policy fence on team_changes as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on team_changes for select to authenticated using ((select app.is_admin()) or member_id = (select app.member_id()))""")
    sql("""grant select on team_changes to authenticated""")
    sql("""create policy people_insert on team_changes for insert to authenticated with check (((select app.is_admin()) and kind <> 'leaving') or (kind = 'leaving' and member_id = (select app.member_id())))""")
    sql("""grant insert (organization_id, id, list_id, position, kind, member_id, invitation_id, email, role, was, ref, given, status, problem) on team_changes to authenticated""")
    sql("""create policy people_update on team_changes for update to authenticated using ((select app.is_admin()) or asked_by = (select app.member_id())) with check ((select app.is_admin()) or asked_by = (select app.member_id()))""")
    sql("""grant update (status, problem, invitation_id, email, settled_at) on team_changes to authenticated""")
    sql("""create policy definer_select on team_changes for select to coursecove_definer using (true)""")
    sql("""grant select on team_changes to coursecove_definer""")
    sql("""alter table team_lists owner to coursecove_owner""")
    sql("""alter table team_lists enable row level security""")
    sql("""alter table team_lists force row level security""")
    sql("""grant select, insert, update, delete on team_lists to coursecove_service""")
    sql("""create policy fence on team_lists as restrictive for all to authenticated using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()))""")
    sql("""create policy people_select on team_lists for select to authenticated using ((select app.is_admin()))""")
    sql("""grant select on team_lists to authenticated""")
    sql("""create policy people_insert on team_lists for insert to authenticated with check ((select app.is_admin()))""")
    sql("""grant insert (organization_id, id, kind, role, source, status, created_at) on team_lists to authenticated""")
    sql("""create policy people_update on team_lists for update to authenticated using ((select app.is_admin())) with check ((select app.is_admin()))""")
    sql("""grant update (status, started_at, finished_at) on team_lists to authenticated""")
    sql("""create or replace trigger audit after insert or update or delete on invitations for each row execute function app.audit()""")
    sql("""create or replace trigger audit after insert or update or delete on managed_profiles for each row execute function app.audit()""")
    sql("""create or replace trigger audit after insert or update or delete on consent_records for each row execute function app.audit()""")
    sql("""create or replace trigger keep_removal before insert or update of status, display_name, forgotten_at on organization_memberships for each row execute function app.keep_removal()""")
    sql("""create or replace trigger guard_last_owner after insert or update of status on team_changes for each row execute function app.guard_last_owner()""")
    sql("""create or replace trigger guard_profile before insert or update on managed_profiles for each row execute function app.guard_profile()""")
    sql("""create or replace trigger check_guardian after insert on managed_profiles for each row execute function app.check_guardian()""")
    sql("""create or replace trigger claim_profile after update of email on users for each row execute function app.claim_profile()""")
    sql("""create or replace trigger heed_consent after insert on consent_records for each row execute function app.heed_consent()""")
