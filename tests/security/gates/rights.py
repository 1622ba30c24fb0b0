"""Gates about roles, privileges and settings."""

from tests.security.gates.gate import OURS, PEOPLE, ROLES, Gate

EXPECTED_ROLES = """(values ('coursecove_owner', false, true, false), ('coursecove_definer', false, true, false),
    ('anon', false, true, false), ('authenticated', false, true, false),
    ('coursecove_app', true, false, false), ('coursecove_service', true, true, true),
    ('coursecove_identity', true, false, false))
    e (name, login, inherit, bypass)"""
REACHABLE = """with recursive reach (role, path) as (
      select m.roleid, m.roleid::regrole::text from pg_auth_members m where m.member = 'coursecove_app'::regrole
      union select m.roleid, r.path || ' > ' || m.roleid::regrole from pg_auth_members m join reach r on m.member = r.role)"""

GATES = (
    Gate(
        "privileges that ignore row security are granted to nobody",
        f"""select c.oid::regclass || ' ' || r || ' ' || p from pg_class c,
               (select rolname::text from pg_roles where rolname in {ROLES} and rolname <> 'coursecove_owner') x (r),
               unnest(array['truncate', 'references', 'trigger']) p
             where c.relnamespace in {OURS} and c.relkind in ('r', 'p') and has_table_privilege(r, c.oid, p)""",
        "grant truncate on events to authenticated",
    ),
    Gate(
        "nothing is granted to everybody",
        f"""select c.oid::regclass || ' ' || x.privilege_type from pg_class c, aclexplode(c.relacl) x
             where c.relnamespace in {OURS} and x.grantee = 0
            union all select a.attrelid::regclass || '.' || a.attname from pg_attribute a
              join pg_class c on c.oid = a.attrelid and c.relnamespace in {OURS}, aclexplode(a.attacl) x
             where x.grantee = 0
            union all select n.nspname || ' ' || x.privilege_type from pg_namespace n, aclexplode(n.nspacl) x
             where n.oid in {OURS} and x.grantee = 0 and (x.privilege_type = 'CREATE' or n.nspname <> 'public')""",
        "grant select (name) on organizations to public",
    ),
    Gate(
        "nobody may pass a right on",
        f"""select c.oid::regclass || ' ' || x.grantee::regrole from pg_class c, aclexplode(c.relacl) x
             where c.relnamespace in {OURS} and x.is_grantable and x.grantee <> c.relowner
            union all select p.oid::regprocedure || ' ' || x.grantee::regrole from pg_proc p, aclexplode(p.proacl) x
             where p.pronamespace in {OURS} and x.is_grantable and x.grantee not in (0, p.proowner)""",
        "grant select on organizations to authenticated with grant option",
    ),
    Gate(
        "strangers and the bare login read no table",
        f"""select r || ' ' || c.oid::regclass from pg_class c, unnest(array['anon', 'coursecove_app']) r
             where c.relnamespace in {OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f')
               and (has_any_column_privilege(r, c.oid, 'select, insert, update, references')
                    or has_table_privilege(r, c.oid, 'select, insert, update, delete, truncate'))""",
        "grant select (name) on organizations to anon",
        splinter=("0026",),
    ),
    Gate(
        "the audit log is append-only for every role",
        f"""select r.rolname || ' ' || p from pg_roles r, unnest(array['update', 'delete', 'truncate']) p
             where r.rolname in {ROLES} and r.rolname <> 'coursecove_owner'
               and (has_table_privilege(r.oid, 'audit_log', p)
                    or (p = 'update' and has_any_column_privilege(r.oid, 'audit_log', p)))
            union all select r.rolname || ' insert' from pg_roles r
             where r.rolname in ('anon', 'authenticated', 'coursecove_app', 'coursecove_service')
               and has_any_column_privilege(r.oid, 'audit_log', 'insert')""",
        "grant delete on audit_log to coursecove_service",
    ),
    Gate(
        "records of consent are append-only for every role",
        f"""select r.rolname || ' ' || p from pg_roles r, unnest(array['update', 'delete', 'truncate']) p
             where r.rolname in {ROLES} and r.rolname <> 'coursecove_owner'
               and (has_table_privilege(r.oid, 'consent_records', p)
                    or (p = 'update' and has_any_column_privilege(r.oid, 'consent_records', p)))
            union all select r.rolname || ' insert' from pg_roles r
             where r.rolname in ('anon', 'coursecove_app', 'coursecove_service', 'coursecove_definer')
               and has_any_column_privilege(r.oid, 'consent_records', 'insert')
            union all select 'authenticated says ' || a.attname from pg_attribute a
             where a.attrelid = 'consent_records'::regclass and a.attname in ('at', 'recorded_by')
               and has_column_privilege('authenticated', a.attrelid, a.attnum, 'insert')""",
        "grant delete on consent_records to coursecove_service",
    ),
    Gate(
        "only the definer reads the seal's key",
        f"""select r.rolname::text from pg_roles r where r.rolname in {ROLES}
               and r.rolname not in ('coursecove_definer', 'coursecove_owner')
               and has_any_column_privilege(r.oid, 'app.seal_keys', 'select, insert, update')""",
        "grant select on app.seal_keys to coursecove_service",
    ),
    Gate(
        "no sequence is usable",
        f"""select c.oid::regclass || ' ' || r from pg_class c, unnest(array['anon', 'authenticated', 'coursecove_app']) r
             where c.relkind = 'S' and c.relnamespace in {OURS} and has_sequence_privilege(r, c.oid, 'usage, select, update')""",
        "create sequence public.bad; grant usage on sequence bad to authenticated",
    ),
    Gate(
        "roles are what they were made",
        f"""select e.name from {EXPECTED_ROLES} left join pg_roles r on r.rolname = e.name
             where r.oid is null or r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication
                or (r.rolcanlogin, r.rolinherit, r.rolbypassrls) is distinct from (e.login, e.inherit, e.bypass)""",
        "alter role authenticated bypassrls",
    ),
    Gate(
        "the user client reaches two harmless roles and no other",
        f"""{REACHABLE} select path from reach where role::regrole::text not in ('anon', 'authenticated')""",
        "grant coursecove_service to authenticated",
    ),
    Gate(
        "nobody of ours becomes somebody mighty",
        f"""select m.member::regrole || ' > ' || m.roleid::regrole from pg_auth_members m
             where m.member in (select oid from pg_roles where rolname in {ROLES})
               and (m.member::regrole::text, m.roleid::regrole::text) not in (
                    ('coursecove_owner', 'coursecove_definer'), ('coursecove_app', 'anon'),
                    ('coursecove_app', 'authenticated'))""",
        "grant pg_read_all_data to coursecove_service",
    ),
    Gate(
        "waiting ends",
        """select r.name || ' ' || s.name
             from unnest(array['coursecove_app', 'coursecove_service', 'coursecove_identity']) r (name),
                  unnest(array['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) s (name)
            where not exists (select from pg_db_role_setting d, unnest(d.setconfig) c
                   where d.setrole = r.name::regrole and d.setdatabase = 0
                     and c ~ ('^' || s.name || '=[1-9]'))""",
        "alter role coursecove_app set lock_timeout = 0",
    ),
    Gate(
        "a service that lost its right fails and does not see less",
        """select 'coursecove_service' where not exists (
             select from pg_db_role_setting d where d.setrole = 'coursecove_service'::regrole
                and 'row_security=off' = any(d.setconfig))""",
        "alter role coursecove_service reset row_security",
    ),
    Gate(
        "nobody makes objects",
        f"""select r.rolname || ' ' || n.nspname from pg_roles r, pg_namespace n
             where r.rolname in {PEOPLE} or r.rolname in ('coursecove_service', 'coursecove_identity')
             group by r.rolname, n.nspname, r.oid, n.oid having has_schema_privilege(r.oid, n.oid, 'create')
            union all select r.rolname || ' temporary objects' from pg_roles r
             where (r.rolname in {PEOPLE} or r.rolname in ('coursecove_service', 'coursecove_identity'))
               and has_database_privilege(r.oid, current_database(), 'temporary, create')""",
        "grant temporary on database {database} to public",
    ),
    Gate(
        "new objects are closed",
        """select d.defaclrole::regrole || ' ' || d.defaclobjtype::text || ' ' || x.grantee::regrole
             from pg_default_acl d, aclexplode(d.defaclacl) x where x.grantee <> d.defaclrole
           union all select 'functions are executable by everybody' where not exists (
             select from pg_default_acl where defaclrole = 'coursecove_owner'::regrole and defaclobjtype = 'f')""",
        "alter default privileges for role coursecove_owner grant select on tables to authenticated",
    ),
    Gate(
        "tables belong to the owner",
        f"""select c.oid::regclass || ' ' || c.relowner::regrole from pg_class c
             where c.relnamespace in {OURS} and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
               and c.relowner <> 'coursecove_owner'::regrole
            union all select n.nspname || ' ' || n.nspowner::regrole from pg_namespace n
             where n.nspname in ('app', 'auth', 'queue') and n.nspowner <> 'coursecove_owner'::regrole""",
        "alter table events owner to coursecove_service",
    ),
    Gate(
        "the identity provider and the product see nothing of each other",
        f"""select 'coursecove_identity ' || c.oid::regclass from pg_class c
             where c.relnamespace in {OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f')
               and (has_any_column_privilege('coursecove_identity', c.oid, 'select, insert, update, references')
                    or has_table_privilege('coursecove_identity', c.oid, 'select, insert, update, delete, truncate'))
            union all select 'coursecove_identity ' || p.oid::regprocedure from pg_proc p
             where p.pronamespace in {OURS} and has_function_privilege('coursecove_identity', p.oid, 'execute')
               and not exists (select from pg_depend e where e.objid = p.oid and e.deptype = 'e')
            union all select r.rolname || ' identity' from pg_roles r
             where r.rolname in {ROLES} and r.rolname not in ('coursecove_owner', 'coursecove_identity')
               and has_schema_privilege(r.oid, 'identity', 'usage, create')""",
        "grant usage on schema identity to coursecove_service",
    ),
    Gate(
        "the identity provider's audit log only grows",
        """select p from unnest(array['update', 'delete', 'truncate']) p
             where has_table_privilege('coursecove_identity', 'identity.audit_log', p)
            union all select 'no trigger' where not exists (
              select from pg_trigger where tgrelid = 'identity.audit_log'::regclass and tgenabled = 'O'
                 and tgname = 'audit_log_only_grows')""",
        "grant delete on identity.audit_log to coursecove_identity",
    ),
    Gate(
        "rows leave by no other way",
        """select 'publication ' || pubname from pg_publication
           union all select 'subscription ' || subname from pg_subscription
           union all select 'large object ' || oid from pg_largeobject_metadata
           union all select 'foreign server ' || srvname from pg_foreign_server""",
        "create publication bad for all tables",
    ),
)
