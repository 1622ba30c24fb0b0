"""Who holds which right on what, written as lines that a reviewer reads."""

import asyncpg

TABLES = """
    select c.oid::regclass::text, x.grantee::regrole::text, string_agg(distinct lower(x.privilege_type), ' ')
      from pg_class c, aclexplode(c.relacl) x
     where c.relnamespace in (select oid from pg_namespace where nspname in ('public', 'app', 'auth', 'queue', 'identity'))
       and x.grantee <> c.relowner
     group by 1, 2"""

COLUMNS = """
    select c.oid::regclass::text, x.grantee::regrole::text || ' ' || lower(x.privilege_type),
           string_agg(a.attname, ' ' order by a.attname)
      from pg_class c join pg_attribute a on a.attrelid = c.oid, aclexplode(a.attacl) x
     where c.relnamespace in (select oid from pg_namespace where nspname in ('public', 'app', 'auth', 'queue', 'identity'))
     group by 1, 2"""

FUNCTIONS = """
    select p.oid::regprocedure::text, case when p.prosecdef then 'definer' else 'caller' end,
           string_agg(x.grantee::regrole::text, ' ' order by x.grantee::regrole::text)
      from pg_proc p, aclexplode(p.proacl) x
     where p.pronamespace in (select oid from pg_namespace where nspname in ('public', 'app', 'auth', 'queue', 'identity'))
       and x.grantee <> p.proowner and p.proname not like 'pg\\_%'
     group by 1, 2"""

SCHEMAS = """
    select n.nspname::text, case x.grantee when 0 then 'everybody' else x.grantee::regrole::text end,
           string_agg(lower(x.privilege_type), ' ' order by x.privilege_type)
      from pg_namespace n, aclexplode(n.nspacl) x
     where n.nspname in ('public', 'app', 'auth', 'queue', 'identity') and x.grantee <> n.nspowner
     group by 1, 2"""

KINDS = {"schema": SCHEMAS, "table": TABLES, "columns": COLUMNS, "function": FUNCTIONS}


async def grants(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    """Every right that is not the owner's own, one line each, sorted."""
    lines = [
        f"{kind:<9}{what:<58}{who}: {which}"
        for kind, query in KINDS.items()
        for what, who, which in await connection.fetch(query)
    ]
    return "\n".join(sorted(lines)) + "\n"
