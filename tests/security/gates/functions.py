"""Gates about functions, above all those that policies stand on."""

from tests.security.gates.gate import OURS, PEOPLE, Gate

BAD = "create function app.bad() returns uuid language plpgsql"
BODY = "as 'begin return app.org_id(); end'"
PINNED = "set search_path = ''"

GATES = (
    Gate(
        "helpers of policies are stable",
        """select distinct p.oid::regprocedure::text from pg_depend d
             join pg_policy pol on pol.oid = d.objid and d.classid = 'pg_policy'::regclass
             join pg_proc p on p.oid = d.refobjid and d.refclassid = 'pg_proc'::regclass
            where p.provolatile <> 's'""",
        """alter function app.org_id() immutable""",
    ),
    Gate(
        "functions that may change something are the reviewed ones",
        f"""select oid::regprocedure::text from pg_proc
             where pronamespace in {OURS} and provolatile = 'v' and prorettype <> 'trigger'::regtype""",
        "alter function app.context_part(integer) volatile",
    ),
    Gate(
        "no function of ours is immutable or leakproof",
        f"""select oid::regprocedure::text from pg_proc
             where pronamespace in {OURS} and (provolatile = 'i' or proleakproof)""",
        "alter function app.context_part(integer) immutable",
    ),
    Gate(
        "what reads the context stays in the leading process",
        f"select oid::regprocedure::text from pg_proc where pronamespace in {OURS} and proparallel <> 'u'",
        "alter function app.context_part(integer) parallel safe",
    ),
    Gate(
        "search paths are pinned to nothing",
        f"""select oid::regprocedure::text from pg_proc where pronamespace in {OURS}
               and not coalesce('search_path=""' = any(proconfig), false)""",
        f"{BAD} stable {BODY}",
        splinter=("0011",),
    ),
    Gate(
        "definers obey row security",
        f"""select oid::regprocedure::text from pg_proc where pronamespace in {OURS} and prosecdef
               and not coalesce('row_security=on' = any(proconfig), false)""",
        f"{BAD} stable security definer {PINNED} {BODY}",
    ),
    Gate(
        "definers belong to the definer role, the rest to the owner",
        f"""select oid::regprocedure || ' ' || proowner::regrole from pg_proc where pronamespace in {OURS}
               and proowner <> case when prosecdef then 'coursecove_definer' else 'coursecove_owner' end::regrole""",
        f"{BAD} stable security definer {PINNED} {BODY}",
    ),
    Gate(
        "nobody executes by default",
        f"""select p.oid::regprocedure::text from pg_proc p
             where p.pronamespace in {OURS}
               and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
                            where x.grantee = 0)""",
        f"{BAD} stable {PINNED} {BODY}",
    ),
    Gate(
        "people create no function that others would run",
        f"""select oid::regprocedure::text from pg_proc where proowner in (
               select oid from pg_roles where rolname in {PEOPLE} or rolname = 'coursecove_service')""",
        f"{BAD} stable {BODY}; grant create on schema app to authenticated; "
        "alter function app.bad() owner to authenticated",
    ),
    Gate(
        "languages are the trusted two",
        f"""select p.oid::regprocedure || ' ' || l.lanname from pg_proc p join pg_language l on l.oid = p.prolang
             where p.pronamespace in {OURS} and l.lanname not in ('plpgsql', 'sql')""",
        "create function app.bad() returns timestamptz language internal as 'now'",
    ),
    Gate(
        "no event trigger, cast or operator is ours",
        f"""select evtname::text from pg_event_trigger
            union all select oid::regoperator::text from pg_operator where oprnamespace in {OURS}
            union all select c.castsource::regtype || ' to ' || c.casttarget::regtype from pg_cast c
              join pg_proc p on p.oid = c.castfunc where p.pronamespace in {OURS}""",
        "create operator public.=== (leftarg = uuid, rightarg = uuid, function = uuid_eq)",
    ),
    Gate(
        "extensions are the reviewed ones",
        """select extname::text from pg_extension
            where extname not in ('plpgsql', 'btree_gin', 'btree_gist', 'pg_trgm', 'unaccent', 'pg_stat_statements')""",
        "create function app.bad() returns void language sql as ''; "
        "insert into pg_extension select 99999, 'dblink', extowner, extnamespace, false, '1', null, null "
        "from pg_extension limit 1",
    ),
)
