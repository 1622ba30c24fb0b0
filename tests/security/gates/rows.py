"""Gates about row security and policies."""

from tests.security.gates.gate import OURS, Gate

BAD_TABLE = "create table public.bad (organization_id uuid not null, id uuid not null, primary key (organization_id, id));"
GUARDED = f"{BAD_TABLE} alter table bad enable row level security; alter table bad force row level security;"
FENCED = f"""{GUARDED} create policy fence on bad as restrictive for all to authenticated
    using (organization_id = (select app.org_id())) with check (organization_id = (select app.org_id()));"""
POLICIES = f"""pg_policy p join pg_class c on c.oid = p.polrelid and c.relnamespace in {OURS}"""
NAME = "c.oid::regclass || '.' || p.polname"
TEXT = "(coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''))"

GATES = (
    Gate(
        "row security is enabled",
        f"""select oid::regclass::text from pg_class
             where relnamespace in {OURS} and relkind in ('r', 'p') and not relrowsecurity""",
        BAD_TABLE,
        splinter=("0013", "0019", "0023", "0007"),
    ),
    Gate(
        "row security is forced",
        f"""select oid::regclass::text from pg_class
             where relnamespace in {OURS} and relkind in ('r', 'p') and not relforcerowsecurity""",
        f"{BAD_TABLE} alter table bad enable row level security",
    ),
    Gate(
        "policies are not there for nothing",
        f"select distinct c.oid::regclass::text from {POLICIES} where not c.relrowsecurity",
        f"{FENCED} alter table bad disable row level security",
        splinter=("0007",),
    ),
    Gate(
        "open tables have a fence",
        f"""select c.oid::regclass::text from pg_class c
             where c.relnamespace in {OURS} and c.relkind in ('r', 'p')
               and (has_any_column_privilege('authenticated', c.oid, 'select, insert, update')
                    or has_table_privilege('authenticated', c.oid, 'select, insert, update, delete')
                    or exists (select from pg_policy p where p.polrelid = c.oid
                                and p.polroles <> array['coursecove_definer'::regrole::oid]))
               and not exists (select from pg_policy p
                    where p.polrelid = c.oid and not p.polpermissive and p.polcmd = '*'
                      and p.polroles = array['authenticated'::regrole::oid]
                      and pg_get_expr(p.polqual, c.oid) = '(organization_id = ( SELECT app.org_id() AS org_id))'
                      and pg_get_expr(p.polwithcheck, c.oid) = pg_get_expr(p.polqual, c.oid))""",
        f"""{GUARDED} grant select on bad to authenticated;
            create policy fence on bad as restrictive for all to authenticated
            using (organization_id = (select app.org_id()) or true) with check (true)""",
    ),
    Gate(
        "global tables have the fence that the exemption says",
        """select t.name from (values ('organizations', '(id = ( SELECT app.org_id() AS org_id))'),
                                      ('users', '(id = ( SELECT app.user_id() AS user_id))'),
                                      ('foundings', '(user_id = ( SELECT app.user_id() AS user_id))'),
                                      ('consents', '(user_id = ( SELECT app.user_id() AS user_id))')) t (name, fence)
            where not exists (select from pg_policy p
                   where p.polrelid = t.name::regclass and not p.polpermissive and p.polcmd = '*'
                     and p.polroles = array['authenticated'::regrole::oid]
                     and pg_get_expr(p.polqual, p.polrelid) = t.fence
                     and pg_get_expr(p.polwithcheck, p.polrelid) = t.fence)""",
        "alter policy fence on users with check (true)",
    ),
    Gate(
        "policies name their roles",
        f"""select {NAME} from {POLICIES}
             where not p.polroles <@ array['authenticated'::regrole::oid, 'coursecove_definer'::regrole::oid,
                                           'anon'::regrole::oid]""",
        f"{GUARDED} create policy everybody on bad for select using (organization_id = (select app.org_id()))",
    ),
    Gate(
        "a command has one permissive policy",
        f"""select c.oid::regclass || ' ' || command || ' ' || role::regrole
              from {POLICIES}, unnest(array['r', 'a', 'w', 'd']) command, unnest(p.polroles) role
             where p.polpermissive and p.polcmd in ('*', command::"char")
             group by c.oid, command, role having count(*) > 1""",
        "create policy second on events for all to authenticated using ((select app.is_staff()))",
        splinter=("0006",),
    ),
    Gate(
        "permissive policies do not let everything through",
        f"""select {NAME} from {POLICIES}
             where p.polpermissive and p.polroles <> array['coursecove_definer'::regrole::oid]
               and (pg_get_expr(p.polqual, c.oid) in ('true', '(1 = 1)')
                    or pg_get_expr(p.polwithcheck, c.oid) in ('true', '(1 = 1)')
                    or (p.polcmd <> 'a' and p.polqual is null))""",
        f"{FENCED} create policy open on bad for select to authenticated using (true)",
        splinter=("0024",),
    ),
    Gate(
        "the definer reads and writes what its functions need",
        f"""select {NAME} || ' ' || p.polcmd::text from {POLICIES}
             where 'coursecove_definer'::regrole = any(p.polroles)
               and (c.oid::regclass::text, p.polcmd::text) not in (
                 ('users', 'r'), ('users', 'a'), ('organizations', 'r'), ('organization_memberships', 'r'),
                 ('organizations', 'w'), ('hostnames', 'a'), ('hostnames', 'w'), ('hostnames', 'd'), ('support_accesses', 'r'),
                 ('school_logos', 'r'), ('join_requests', 'r'), ('join_requests', 'a'), ('events', 'a'),
                 ('organization_memberships', 'w'), ('guardianships', 'r'), ('guardianships', 'a'), ('guardianships', 'd'), ('hostnames', 'r'),
                 ('team_changes', 'r'), ('managed_profiles', 'r'), ('managed_profiles', 'w'), ('consent_records', 'r'), ('api_tokens', 'r'), ('api_tokens', 'w'),
                 ('courses', 'r'), ('course_teachers', 'r'), ('course_teachers', 'a'), ('course_modules', 'r'), ('course_lessons', 'r'),
                 ('enrolments', 'r'), ('enrolments', 'a'), ('enrolments', 'w'), ('enrolment_links', 'r'), ('enrolment_links', 'w'),
                 ('course_prerequisites', 'r'), ('learning_events', 'r'), ('lesson_progress', 'r'), ('lesson_progress', 'a'),
                 ('lesson_progress', 'w'), ('lesson_progress', 'd'), ('certificates', 'r'), ('certificates', 'a'),
                 ('audit_log', 'r'), ('audit_log', 'a'), ('identity_mirror', 'r'), ('identity_mirror', 'a'),
                 ('appointment_types', 'r'), ('qualifications', 'r'),
                 ('bookings', 'r'), ('calendar_feeds', 'r'), ('app.seal_keys', 'r'))""",
        "create policy definer_delete on events for delete to coursecove_definer using (true)",
    ),
    Gate(
        "helpers are computed once a statement",
        f"""select {NAME} from {POLICIES}
             where regexp_replace({TEXT}, 'SELECT (app|auth)\\.', '', 'gi') ~ '(app|auth)\\.[a-z_]+\\('
                or regexp_replace({TEXT}, 'SELECT current_setting', '', 'gi') ~ 'current_setting\\('""",
        f"{FENCED} create policy per_row on bad for select to authenticated using (app.is_staff())",
        splinter=("0003",),
    ),
    Gate(
        "sets are arrays and not subqueries",
        f"select {NAME} from {POLICIES} where {TEXT} ~* 'IN \\( *SELECT|EXISTS|ANY \\( *SELECT'",
        f"""{FENCED} create policy hashed on bad for select to authenticated
            using (id in (select app.my_member_ids()))""",
    ),
    Gate(
        "roles are tested by boolean helpers",
        f"select {NAME} from {POLICIES} where {TEXT} ~* 'app\\.member_role|auth\\.role|auth\\.jwt'",
        f"""{FENCED} create policy listed on bad for select to authenticated
            using ((select app.member_role()) in ('TEACHER', 'SUPER_ADMIN'))""",
        splinter=("0015",),
    ),
    Gate(
        "policies read no other table",
        f"""select {NAME} || ' reads ' || d.refobjid::regclass from {POLICIES}
              join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
               and d.refclassid = 'pg_class'::regclass and d.refobjid <> p.polrelid
             where {TEXT} ~* 'FROM'
               and exists (select from pg_class r where r.oid = d.refobjid and r.relkind in ('r', 'p', 'v'))""",
        f"""{FENCED} create policy joined on bad for select to authenticated
            using (id = any(array(select id from guardianships)))""",
    ),
    Gate(
        "policies trust nothing that a person edits",
        f"select {NAME} from {POLICIES} where {TEXT} ~ '(user|public|unsafe)_metadata|current_setting'",
        f"""{FENCED} create policy fancy on bad for select to authenticated
            using ((select current_setting('request.jwt.claims')::jsonb->'user_metadata'->>'role') = 'x')""",
        splinter=("0015",),
    ),
    Gate(
        "views run as the caller",
        f"""select oid::regclass::text from pg_class where relnamespace in {OURS} and relkind = 'v'
               and not coalesce('security_invoker=true' = any(reloptions), false)""",
        "create view public.bad as select * from organizations",
        splinter=("0002", "0010"),
    ),
    Gate(
        "nothing readable is without row security",
        """select c.oid::regclass || ' ' || r from pg_class c, unnest(array['anon', 'authenticated']) r
            where c.relkind in ('m', 'f') and has_table_privilege(r, c.oid, 'select')
              and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)""",
        """create materialized view public.bad as select * from organizations;
           grant select on bad to authenticated""",
        splinter=("0016", "0017"),
    ),
    Gate(
        "parts of a table are not granted on their own",
        f"""select c.oid::regclass || ' ' || r from pg_inherits i join pg_class c on c.oid = i.inhrelid
               and c.relnamespace in {OURS} and c.relkind in ('r', 'p'), unnest(array['anon', 'authenticated']) r
             where has_table_privilege(r, c.oid, 'select, insert, update, delete')""",
        """create table public.bad (at date not null, organization_id uuid) partition by range (at);
           create table public.bad_2026 partition of bad for values from ('2026-01-01') to ('2027-01-01');
           grant select on bad_2026 to authenticated""",
    ),
    Gate(
        "no rule rewrites a table's statements",
        f"""select c.oid::regclass || '.' || r.rulename from pg_rewrite r
              join pg_class c on c.oid = r.ev_class and c.relnamespace in {OURS} where c.relkind <> 'v'""",
        "create rule leak as on update to organizations do also notify leak",
    ),
    Gate(
        "text columns that hold secrets are not readable",
        f"""select c.oid::regclass || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
             where c.relnamespace in {OURS} and c.relkind in ('r', 'p', 'v', 'm')
               and a.attnum > 0 and not a.attisdropped
               and has_column_privilege('authenticated', c.oid, a.attnum, 'select')
               and a.attname ~ 'passw|secret|private_key|api_?key|token|otp|session_|recovery|card|iban|ssn'""",
        f"{FENCED} alter table bad add private_key text; grant select on bad to authenticated",
        splinter=("0023",),
    ),
)
