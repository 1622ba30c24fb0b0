"""Who asks, for the length of one transaction: the functions that row policies stand on.

`app.enter` is called once at the start of each transaction with claims sealed by the application. It checks
the live membership and writes a context that is sealed again, for this transaction only; everything
else reads that context. Neither an injected `set_config` nor an injected `enter` can forge it, for
only `coursecove_definer` can read the key.
"""

from coursecove.kit.db.sql_functions import SqlFunction

PEOPLE = ("authenticated", "coursecove_definer", "coursecove_service")

MAC = SqlFunction(
    "app.mac",
    "message text, key_id integer",
    "bytea",
    """
declare found bytea;
begin
  select sha256(k.opad || sha256(k.ipad || convert_to(message, 'UTF8'))) into found
    from app.seal_keys k where k.id = key_id;
  return found;
end""",
    execute=("coursecove_definer",),
    definer=True,
)

ENTER = SqlFunction(
    "app.enter",
    "claims text, seal text, statement_timeout_ms integer default 5000",
    "void",
    """
declare
  asked jsonb;
  token public.api_tokens;
  support public.support_accesses;
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
   where o.id = nullif(asked->>'cc_org', '')::uuid and o.status = 'ACTIVE' and o.closes_at is null;
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
  if member_role is null and asked->>'token' is null then
    select s.* into support from public.support_accesses s
     where s.organization_id = organization and s.operator = asked->>'sub' and s.ended_at is null
       and s.ends_at > now() order by s.ends_at desc limit 1;
    if support.id is not null then
      member_role := 'SUPER_ADMIN';
    end if;
  end if;
  if member_role is null then
    organization := null;
  end if;
  body := concat_ws('|', coalesce(organization::text, ''), coalesce(member::text, ''), coalesce(person::text, ''),
    coalesce(member_role, ''), coalesce(token.id::text, ''),
    encode(sha256(convert_to(claims, 'UTF8')), 'hex'), coalesce(support.id::text, ''), app.moment());
  perform set_config('app.context', body, true),
          set_config('app.context_seal', split_part(seal, '.', 1) || '.' ||
            encode(app.mac('context:' || body, split_part(seal, '.', 1)::integer), 'hex'), true),
          set_config('request.jwt.claims', claims, true),
          set_config('statement_timeout', statement_timeout_ms::text, true),
          set_config('lock_timeout', '2s', true);
  if not support.may_change then
    perform set_config('transaction_read_only', 'on', true);
  end if;
end""",
    execute=("coursecove_app", "authenticated"),
    definer=True,
    volatility="volatile",
)

OPEN = SqlFunction(
    "app.open",
    "claims text, seal text, statement_timeout_ms integer",
    "text",
    """
begin
  perform set_config('role', 'authenticated', true);
  perform app.enter(claims, seal, statement_timeout_ms);
  return null;
end""",
    execute=("coursecove_app", "authenticated"),
    volatility="volatile",
)

MOMENT = SqlFunction(
    "app.moment",
    "",
    "text",
    """
begin
  return pg_backend_pid() || ':' || extract(epoch from transaction_timestamp());
end""",
    execute=("coursecove_definer",),
)

CONTEXT = SqlFunction(
    "app.context_part",
    "part integer",
    "text",
    """
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
end""",
    execute=PEOPLE,
    definer=True,
)


def _reader(name: str, returns: str, expression: str) -> SqlFunction:
    return SqlFunction(name, "", returns, f"\nbegin\n  return {expression};\nend", execute=PEOPLE)


READERS = (
    _reader("app.org_id", "uuid", "app.context_part(1)::uuid"),
    _reader("app.member_id", "uuid", "app.context_part(2)::uuid"),
    _reader("app.user_id", "uuid", "app.context_part(3)::uuid"),
    _reader("app.member_role", "text", "app.context_part(4)"),
    _reader("app.is_admin", "boolean", "coalesce(app.context_part(4) = 'SUPER_ADMIN', false)"),
    _reader("app.is_staff", "boolean", "coalesce(app.context_part(4) in ('SUPER_ADMIN', 'TEACHER'), false)"),
    _reader("app.support_id", "uuid", "app.context_part(7)::uuid"),
    _reader("app.caller", "text", "coalesce(app.context_part(5), app.context_part(2), app.context_part(7))"),
    _reader("auth.uid", "uuid", "app.context_part(3)::uuid"),
    _reader(
        "auth.role", "text", "case when app.context_part(3) is null then 'anon' else 'authenticated' end"
    ),
    _reader(
        "auth.jwt",
        "jsonb",
        # The setting is anybody's to write; the context holds the digest of the claims that were sealed.
        "case when app.context_part(6) = "
        "encode(sha256(convert_to(current_setting('request.jwt.claims', true), 'UTF8')), 'hex') "
        "then current_setting('request.jwt.claims', true)::jsonb end",
    ),
    _reader("auth.sub", "text", "auth.jwt()->>'sub'"),
)

MY_MEMBERS = SqlFunction(
    "app.my_member_ids",
    "",
    "setof uuid",
    """
begin
  return query
    select app.member_id() where app.member_id() is not null
    union all
    select g.student_id from public.guardianships g
     where g.organization_id = app.org_id() and g.guardian_id = app.member_id();
end""",
    execute=PEOPLE,
    definer=True,
)

MY_SCHOOLS = SqlFunction(
    "app.my_schools",
    "",
    "table (id uuid, name text, label text, role text, brand_color text)",
    """
begin
  return query
    select o.id, o.name, o.subdomain, m.role, o.brand_color
      from public.organization_memberships m join public.organizations o on o.id = m.organization_id
     where m.user_id = app.user_id() and m.status = 'ACTIVE' and m.suspended_at is null and o.status = 'ACTIVE'
       and o.closes_at is null
     order by o.name, o.id limit 50;
end""",
    execute=PEOPLE,
    definer=True,
)

MEMBER_EMAILS = SqlFunction(
    "app.member_emails",
    "members uuid[]",
    "table (member_id uuid, email text)",
    """
begin
  return query
    select m.id, u.email
      from public.organization_memberships m join public.users u on u.id = m.user_id
     where m.organization_id = app.org_id() and m.id = any(members)
       and (app.is_staff() or m.id in (select app.my_member_ids()));
end""",
    execute=PEOPLE,
    definer=True,
)

SCHOOL_BY_HOST = SqlFunction(
    "app.school_by_host",
    "host text",
    "table (id uuid, clerk_organization_id text, label text, name text, status text, kind text, "
    "brand_color text, time_zone text, locale text)",
    """
begin
  return query
    select o.id, o.clerk_organization_id, o.subdomain, o.name, h.status, h.kind, o.brand_color, o.time_zone,
           o.locale
      from public.hostnames h join public.organizations o on o.id = h.organization_id
     where h.name = host and o.status = 'ACTIVE' and o.closes_at is null and h.status in ('current', 'redirect')
       and (h.until is null or h.until > now());
end""",
    execute=("coursecove_app", "anon", *PEOPLE),
    definer=True,
)

TOKEN_BY_HASH = SqlFunction(
    "app.token_by_hash",
    "digest bytea",
    "table (id uuid, organization_id uuid, sub text, scopes text[])",
    """
begin
  return query
    select t.id, t.organization_id, u.clerk_user_id, t.scopes
      from public.api_tokens t
      left join public.organization_memberships m on m.organization_id = t.organization_id and m.id = t.member_id
      left join public.users u on u.id = m.user_id
     where t.secret_hash = digest and t.revoked_at is null
       and (t.expires_at is null or t.expires_at > now());
end""",
    execute=("coursecove_app",),
    definer=True,
)

TOKEN_USED = SqlFunction(
    "app.token_used",
    "",
    "void",
    """
begin
  update public.api_tokens t set last_used_at = now()
   where t.organization_id = app.org_id() and t.id = app.context_part(5)::uuid
     and (t.last_used_at is null or t.last_used_at < now() - interval '1 minute');
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

PROVISION_ME = SqlFunction(
    "app.provision_me",
    "fresh_id uuid",
    "void",
    """
begin
  insert into public.identity_mirror (kind, external_id, row_id, version, tie, data)
  values ('user', auth.sub(), fresh_id, 0, '', '{}')
  on conflict do nothing;
  insert into public.users (id, clerk_user_id, provisional)
  select m.row_id, m.external_id, true from public.identity_mirror m
   where m.kind = 'user' and m.external_id = auth.sub() and not m.deleted
  on conflict do nothing;
end""",
    execute=("authenticated",),
    definer=True,
    volatility="volatile",
)

FUNCTIONS = (
    MAC,
    MOMENT,
    CONTEXT,
    *READERS,
    MY_MEMBERS,
    ENTER,
    OPEN,
    MY_SCHOOLS,
    MEMBER_EMAILS,
    SCHOOL_BY_HOST,
    TOKEN_BY_HASH,
    TOKEN_USED,
    PROVISION_ME,
)
