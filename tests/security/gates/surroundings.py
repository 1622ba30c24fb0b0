"""Gates about what stands around the tables: schemas, extensions, and functions that read past the policies."""

from tests.security.gates.gate import OURS, Gate
from tests.security.gates.rows import GUARDED

GATES = (
    Gate(
        "a table without policies is open to nobody",
        f"""select c.oid::regclass || ' ' || r from pg_class c, unnest(array['anon', 'authenticated', 'coursecove_app']) r
             where c.relnamespace in {OURS} and c.relkind in ('r', 'p')
               and not exists (select from pg_policy p where p.polrelid = c.oid)
               and (has_any_column_privilege(r, c.oid, 'select, insert, update')
                    or has_table_privilege(r, c.oid, 'delete'))""",
        f"{GUARDED} grant delete on bad to authenticated",
        splinter=("0008",),
    ),
    Gate(
        "people call no function that reads past the policies",
        f"""select distinct p.oid::regprocedure::text from pg_proc p, unnest(array['anon', 'authenticated', 'coursecove_app']) r
             where p.pronamespace in {OURS} and p.prosecdef and has_function_privilege(r, p.oid, 'execute')""",
        """create function app.bad() returns bigint language sql stable security definer set search_path = ''
             as 'select count(*) from public.users';
           grant execute on function app.bad() to authenticated""",
        splinter=("0028", "0029"),
    ),
    Gate(
        "schemas are the reviewed ones",
        f"""select nspname::text from pg_namespace
             where oid not in {OURS} and nspname not like 'pg\\_%' and nspname <> 'information_schema'""",
        "create schema storage",
        splinter=("0025",),
    ),
    Gate(
        "auth holds functions and nothing else",
        "select oid::regclass::text from pg_class where relnamespace = 'auth'::regnamespace",
        "create table auth.users (id uuid primary key, email text unique)",
        splinter=("0002", "0021"),
    ),
    Gate(
        "extensions stay out of the schema of the tables",
        "select extname::text from pg_extension where extnamespace = 'public'::regnamespace",
        "update pg_extension set extnamespace = 'public'::regnamespace where extname = 'plpgsql'",
        splinter=("0014",),
    ),
    Gate(
        "extensions have the version that the server brings",
        """select name::text from pg_available_extensions
            where installed_version is not null and installed_version <> default_version""",
        "update pg_extension set extversion = '0.9' where extname = 'plpgsql'",
        splinter=("0022",),
    ),
)
