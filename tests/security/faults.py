"""The faults: every policy and table broken in each of the usual ways, and the helpers in ways of their own."""

import re
from dataclasses import dataclass

import asyncpg

from tests.security.function_faults import FUNCTION_FAULTS, edited
from tests.security.other_faults import OTHER, SHARED

POLICIES = """
    select tablename, schemaname || '.' || tablename as name, policyname, permissive = 'RESTRICTIVE' as fence,
           cmd, qual, with_check, roles::text[] as roles
      from pg_policies where schemaname in ('public', 'app', 'queue') order by 1, 3"""
TABLES = """
    select c.oid::regclass::text from pg_class c
     where c.relnamespace in (select oid from pg_namespace where nspname in ('public', 'app', 'queue'))
       and c.relkind in ('r', 'p') and relname <> 'alembic_version' order by 1"""
TABLE_FAULTS = {
    "row security off": "alter table {table} disable row level security",
    "not forced": "alter table {table} no force row level security",
    "truncate granted": "grant truncate on {table} to authenticated",
    "everything granted": "grant all on {table} to authenticated",
    "readable for strangers": "grant select on {table} to anon",
    "open to whoever logs in": "create policy opened on {table} using (true)",
}
SWAPS = (
    ("is_admin()", "is_staff()"),
    ("is_staff()", "is_admin()"),
    (" AND ", " OR "),
    (" OR ", " AND "),
    ("member_id() AS member_id", "org_id() AS org_id"),
    ("app.user_id() AS user_id", "app.member_id() AS member_id"),
    ("revoked_at IS NOT NULL", "true"),
    ("'ACTIVE'", "'INACTIVE'"),
    ("'TEACHER'", "'STUDENT'"),
)

EQUIVALENT: dict[str, str] = {}
"""Faults that change nothing a caller could notice, each with the reason."""


@dataclass(frozen=True)
class Fault:
    """One thing broken. `shared` faults touch roles, so they are looked at inside one transaction."""

    name: str
    sql: str
    shared: bool = False


async def faults(admin: "asyncpg.Connection[asyncpg.Record]") -> list[Fault]:
    found = [fault for policy in await admin.fetch(POLICIES) for fault in _of_policy(policy)]
    for (table,) in await admin.fetch(TABLES):
        found += [Fault(f"{table}: {name}", sql.format(table=table)) for name, sql in TABLE_FAULTS.items()]
    for name, edits in FUNCTION_FAULTS.items():
        found.append(Fault(name, await edited(admin, edits)))
    found += [Fault(name, sql) for name, sql in OTHER.items()]
    found += [Fault(name, sql, shared=True) for name, sql in SHARED.items()]
    return found


def _of_policy(policy: asyncpg.Record) -> list[Fault]:
    place = f"{policy['tablename']}: {policy['policyname']}"
    named = f"policy {policy['policyname']} on {policy['name']}"
    found = [
        Fault(f"{place} dropped", f"drop {named}"),
        Fault(f"{place} for everybody", f"alter {named} to public"),
    ]
    parts = {"using": policy["qual"], "with check": policy["with_check"]}
    for clause, text in parts.items():
        if text is not None and text != "true":
            found.append(Fault(f"{place} {clause} true", f"alter {named} {clause} (true)"))
    for old, new in SWAPS:
        changed = {
            clause: re.sub(re.escape(old), new, text) for clause, text in parts.items() if text is not None
        }
        if changed != {clause: text for clause, text in parts.items() if text is not None}:
            clauses = " ".join(f"{clause} ({text})" for clause, text in changed.items())
            found.append(Fault(f"{place} with {new.strip()} for {old.strip()}", f"alter {named} {clauses}"))
    return found
