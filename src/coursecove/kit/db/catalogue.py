"""What a database really is: every object of ours as name and definition, so that two can be compared."""

import asyncpg

SCHEMAS = ("public", "app", "auth", "queue", "identity")

QUERIES = {
    "schema": """
        select nspname, concat_ws(' ', pg_get_userbyid(nspowner), array(select unnest(nspacl)::text order by 1)::text)
          from pg_namespace where nspname = any($1)""",
    "table": """
        select c.oid::regclass::text, concat_ws(' ', c.relkind, pg_get_userbyid(c.relowner), c.relrowsecurity,
               c.relforcerowsecurity, c.relpersistence, c.reloptions::text,
               array(select unnest(c.relacl)::text order by 1)::text)
          from pg_class c where c.relnamespace = any($1::text[]::regnamespace[]) and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')""",
    "column": """
        select a.attrelid::regclass::text || '.' || a.attname,
               concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull,
                         pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
                         array(select unnest(a.attacl)::text order by 1)::text)
          from pg_attribute a join pg_class c on c.oid = a.attrelid
          left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where c.relnamespace = any($1::text[]::regnamespace[]) and c.relkind in ('r', 'p', 'v')
           and a.attnum > 0 and not a.attisdropped""",
    "constraint": """
        select conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid)
          from pg_constraint where connamespace = any($1::text[]::regnamespace[]) and conrelid <> 0
           and contype <> 'n'""",
    "index": """
        select indexrelid::regclass::text, pg_get_indexdef(indexrelid) || ' ' || indisvalid::text
          from pg_index i join pg_class c on c.oid = i.indexrelid
         where c.relnamespace = any($1::text[]::regnamespace[])""",
    "policy": """
        select schemaname || '.' || tablename || '.' || policyname,
               concat_ws(' ', permissive, roles::text, cmd, qual, with_check)
          from pg_policies where schemaname = any($1)""",
    "function": """
        select p.oid::regprocedure::text, pg_get_functiondef(p.oid) || pg_get_userbyid(p.proowner)::text
               || array(select unnest(p.proacl)::text order by 1)::text
          from pg_proc p where p.pronamespace = any($1::text[]::regnamespace[]) and p.prokind in ('f', 'p')
           and not exists (select from pg_depend e where e.objid = p.oid and e.deptype = 'e')""",
    "trigger": """
        select tgrelid::regclass::text || '.' || tgname, pg_get_triggerdef(t.oid) || ' ' || tgenabled::text
          from pg_trigger t join pg_class c on c.oid = t.tgrelid
         where not tgisinternal and c.relnamespace = any($1::text[]::regnamespace[])""",
    "extension": "select extname::text, extnamespace::regnamespace::text from pg_extension where $1::text[] is not null",
    "type": """
        select t.oid::regtype::text, concat_ws(' ', t.typtype, array(select enumlabel from pg_enum e
               where e.enumtypid = t.oid order by enumsortorder)::text)
          from pg_type t where t.typnamespace = any($1::text[]::regnamespace[]) and t.typtype in ('e', 'd')""",
}

Catalogue = dict[str, str]


async def catalogue(connection: "asyncpg.Connection[asyncpg.Record]") -> Catalogue:
    """Every object of our schemas: `kind name` to its definition as PostgreSQL itself prints it."""
    present = await connection.fetchval(
        "select array(select nspname::text from pg_namespace where nspname = any($1))", list(SCHEMAS)
    )
    found: Catalogue = {}
    for kind, query in QUERIES.items():
        for name, definition in await connection.fetch(query, present):
            found[f"{kind} {name}"] = definition
    return {name: text for name, text in found.items() if "alembic_version" not in name}


def differences(wanted: Catalogue, found: Catalogue) -> list[str]:
    """One line for each object that is missing, too much or different."""
    lines = [f"missing: {name}" for name in sorted(wanted.keys() - found.keys())]
    lines += [f"not declared: {name}" for name in sorted(found.keys() - wanted.keys())]
    lines += [
        f"different: {name}\n    declared: {wanted[name]}\n    database: {found[name]}"
        for name in sorted(wanted.keys() & found.keys())
        if wanted[name] != found[name]
    ]
    return lines
