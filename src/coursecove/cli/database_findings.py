"""The doctor's look at the database's structure, as its administrator."""

import re
from datetime import timedelta

import asyncpg

from coursecove.cli import migrating
from coursecove.cli.findings import Finding, broken, counted, fine, worry
from coursecove.kit import clock
from coursecove.kit.db.provision import LIMITS, LOGINS, ROLES, DatabaseTooOld, Provision, check_version
from coursecove.kit.db.reading import Connection
from coursecove.kit.db.row_security import statements
from coursecove.migrations import declared, run
from coursecove_identity import schema

MIGRATE = "run `coursecove migrate` with an administrator's DATABASE_URL"
SHOWN = 4

ROLE_ATTRIBUTES = """
    select rolname::text as name, rolcanlogin as login, rolbypassrls as bypassrls, not rolinherit as noinherit,
           rolsuper or rolcreaterole or rolcreatedb or rolreplication as mighty
      from pg_roles where rolname = any($1)"""

MEMBERSHIPS = """
    select m.rolname || ' may become ' || r.rolname from pg_auth_members g
      join pg_roles m on m.oid = g.member join pg_roles r on r.oid = g.roleid
     where m.rolname = any($1) and not (m.rolname = 'coursecove_app' and r.rolname in ('anon', 'authenticated'))"""

UNFORCED = """
    select c.oid::regclass::text from pg_class c
     where c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
       and (c.relnamespace = 'public'::regnamespace or c.oid = to_regclass('app.seal_keys'))
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
     order by 1"""

POLICIES = "select tablename || '.' || policyname from pg_policies where schemaname = 'public'"


async def version(admin: Connection) -> Finding:
    """Older minor releases have holes in row security."""
    found = admin.get_server_version()
    try:
        check_version(admin)
    except DatabaseTooOld as refusal:
        return broken("version", refusal.message.rstrip("."), "update PostgreSQL to its latest minor release")
    return fine("version", f"PostgreSQL {found.major}.{found.micro}")


async def roles(admin: Connection) -> Finding:
    """Each role exists and can do what it must, and nothing that it must not."""
    found = {row["name"]: row for row in await admin.fetch(ROLE_ATTRIBUTES, list(ROLES))}
    wrong = [f"{name} is missing" for name in ROLES if name not in found]
    for name, row in found.items():
        wanted = ROLES[name].split()
        wrong += [
            f"{name} {'should be' if word in wanted else 'should not be'} {word}"
            for word in ("login", "bypassrls", "noinherit")
            if row[word] != (word in wanted)
        ]
        if row["mighty"]:
            wrong.append(f"{name} is a superuser or may create roles, databases or replicas")
    wrong += [row[0] for row in await admin.fetch(MEMBERSHIPS, list(LOGINS))]
    if not wrong:
        return fine("roles", f"The {len(ROLES)} roles are as they should be")
    if all(each.endswith("is missing") for each in wrong):
        return broken("roles", _listed(wrong), MIGRATE)
    return broken("roles", _listed(wrong), "put it right with `alter role` or `revoke` as a superuser")


async def forced(admin: Connection) -> Finding:
    """Row security binds the owner too, on every table."""
    open_tables = [row[0] for row in await admin.fetch(UNFORCED)]
    if not open_tables:
        return fine("row security", "Row security is forced on every table")
    what = f"Row security is not forced on {_listed(open_tables)}: rows of other schools may be visible"
    todo = f"stop the site, run `alter table {open_tables[0]} enable row level security, force row level security`"
    return broken("row security", what, f"{todo}, and find out who changed it")


async def policies(admin: Connection) -> Finding:
    """The policies that the models declare are there, and no others; their text is drift's to compare."""
    found = {row[0] for row in await admin.fetch(POLICIES)}
    wanted = {
        f"{table}.{name}"
        for table, rules in declared.row_security()
        for statement in statements(table, rules)
        for name in re.findall(r"^create policy (\w+)", statement)
    }
    if found == wanted:
        return fine("policies", f"All {len(wanted)} policies are there")
    parts = []
    if wanted - found:
        parts.append(f"missing: {_listed(sorted(wanted - found))}")
    if found - wanted:
        parts.append(f"not ours: {_listed(sorted(found - wanted))}")
    todo = "`coursecove doctor --deep` shows how each differs; restore them from the migrations"
    return broken("policies", f"Policies differ from the code ({'; '.join(parts)})", todo)


async def migrated(admin: Connection) -> Finding:
    """The database is what this version of the code expects."""
    found, head = await run.revision_of(admin), run.head()
    if found == head and await schema.missing(admin):
        return broken(
            "migrated", "The identity provider's tables are not up to date", "run `coursecove migrate`"
        )
    if found == head:
        return fine("migrated", f"The database is at the newest revision, {head}")
    if found is None:
        return broken("migrated", "The database was never migrated", "run `coursecove migrate`")
    if found > head:
        return broken(
            "migrated", f"The database is at {found}, newer than this code ({head})", "use the newer code"
        )
    return broken("migrated", f"The database is at {found}, the code at {head}", "run `coursecove migrate`")


UNTOLD = """
    select count(*) filter (where given_up_at is not null) as given_up,
           count(*) filter (where next_attempt_at is not null and created_at < $1) as late
      from identity.webhook_messages"""
LATE = timedelta(minutes=10)


async def told(admin: Connection) -> Finding:
    """The embedded identity provider's changes reach the product's tables."""
    before = int((clock.now() - LATE).timestamp() * 1000)
    row = await admin.fetchrow(UNTOLD, before)
    given_up, late = (row["given_up"], row["late"]) if row else (0, 0)
    if not given_up and not late:
        return fine("outbox", "The embedded identity provider has told everything")
    what = (
        f"The embedded identity provider gave up {counted(given_up, 'webhook', 'webhooks')}, "
        f"and {late} wait for more than ten minutes"
    )
    return worry(
        "outbox", what, "`coursecove outbox stats` says why; mend it, then `coursecove outbox retell <since>`"
    )


async def drift(url: str, wanted: Provision) -> Finding:
    """Every object compared with a second database that is made from the declarations."""
    lines = await migrating.drift(url, wanted)
    if not lines:
        return fine("drift", "Every table, policy, function and grant is what the code declares")
    what = f"{counted(len(lines), 'object differs', 'objects differ')} from the code: "
    todo = "`coursecove migrate --check` shows all of it; somebody changed the database by hand"
    return broken("drift", what + _listed([line.splitlines()[0] for line in lines]), todo)


async def timeouts(url: str, role: str) -> Finding:
    """No statement, lock or forgotten transaction of a client may wait for ever."""
    wanted = sorted({name for line in LIMITS for name in re.findall(r"set (\w+timeout) =", line)})
    connection = await asyncpg.connect(url, timeout=5)
    try:
        missing = [name for name in wanted if await connection.fetchval(f"show {name}") == "0"]
    finally:
        await connection.close()
    if not missing:
        return fine("timeouts", f"Every wait of {role} has an end")
    return broken("timeouts", f"{role} may wait for ever ({', '.join(missing)})", MIGRATE)


def _listed(names: list[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
