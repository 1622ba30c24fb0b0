"""Roles, schemas and the seal: what must stand before the first migration, and what an administrator may run."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import asyncpg

from coursecove.kit.db.context import SealKey
from coursecove.kit.errors import ProblemError

OLDEST = {15: 14, 16: 10, 17: 6, 18: 0}
LOGINS = ("coursecove_app", "coursecove_service", "coursecove_identity")

ROLES = {
    "coursecove_owner": "nologin",
    "coursecove_definer": "nologin",
    "anon": "nologin",
    "authenticated": "nologin",
    "coursecove_app": "login noinherit",
    "coursecove_service": "login bypassrls",
    "coursecove_identity": "login noinherit",
}

MEMBERSHIPS = (
    "grant coursecove_definer to coursecove_owner",
    "grant anon, authenticated to coursecove_app",
)

LIMITS = (
    "alter role coursecove_app set statement_timeout = '10s'",
    "alter role coursecove_app set lock_timeout = '2s'",
    "alter role coursecove_app set idle_in_transaction_session_timeout = '30s'",
    "alter role coursecove_service set statement_timeout = '30s'",
    "alter role coursecove_service set lock_timeout = '5s'",
    "alter role coursecove_service set idle_in_transaction_session_timeout = '120s'",
    "alter role coursecove_service set row_security = off",
    "alter role coursecove_identity set statement_timeout = '10s'",
    "alter role coursecove_identity set lock_timeout = '5s'",
    "alter role coursecove_identity set idle_in_transaction_session_timeout = '30s'",
)

SCHEMAS = (
    "create schema if not exists app authorization coursecove_owner",
    "create schema if not exists auth authorization coursecove_owner",
    "create schema if not exists identity authorization coursecove_owner",
    "grant usage on schema identity to coursecove_identity",
    "grant usage, create on schema public to coursecove_owner",
    "grant create, usage on schema app to coursecove_definer",
    "grant usage on schema auth, public to coursecove_definer",
    "grant usage on schema app, auth, public to authenticated, coursecove_service",
    "grant usage on schema app, public to anon, coursecove_app",
    "revoke create on schema public from public",
    "alter default privileges for role coursecove_owner revoke execute on functions from public",
)

SEAL_TABLE = (
    "create table if not exists app.seal_keys (id integer primary key, ipad bytea not null, opad bytea not null)",
    "alter table app.seal_keys owner to coursecove_owner",
    "alter table app.seal_keys enable row level security",
    "alter table app.seal_keys force row level security",
    "drop policy if exists definer_select on app.seal_keys",
    "create policy definer_select on app.seal_keys for select to coursecove_definer using (true)",
    "grant select on app.seal_keys to coursecove_definer",
)


class DatabaseTooOld(ProblemError):
    """This PostgreSQL is too old: row security needs at least 15.14, 16.10, 17.6 or 18."""


class NeedsAdministrator(ProblemError):
    """The role in DATABASE_URL may not create roles. Let an administrator run the SQL shown, then try again."""

    def __init__(self, sql: str) -> None:
        super().__init__()
        self.sql = sql


class UserClientTooMighty(ProblemError):
    """The user client's role owns tables or bypasses row security. CourseCove does not start like this."""


@dataclass(frozen=True, slots=True)
class Provision:
    """What this installation's roles and seal are to be."""

    seal_key: SealKey
    password_secret: bytes

    def password(self, role: str) -> str:
        """A login role's password, derived from the installation's secret."""
        return hmac.new(self.password_secret, b"role:" + role.encode(), sha256).hexdigest()

    def role_statements(self, existing: set[str], database: str) -> Iterator[str]:
        for role, attributes in ROLES.items():
            if role not in existing:
                yield f"create role {role} {attributes}"
        for role in LOGINS:
            yield f"alter role {role} password '{self.password(role)}'"
        yield from MEMBERSHIPS
        yield from LIMITS
        yield f'revoke temporary on database "{database}" from public'
        yield f'grant create on database "{database}" to coursecove_owner'


async def provision(connection: "asyncpg.Connection[asyncpg.Record]", wanted: Provision) -> None:
    """Bring roles, schemas and seal up to date. Safe to repeat; raises NeedsAdministrator where it may not."""
    check_version(connection)
    facts = await connection.fetchrow(
        "select current_database() as database, current_user as me, rolsuper, rolcreaterole, "
        "array(select rolname::text from pg_roles) as roles from pg_roles where rolname = current_user"
    )
    if facts is None:
        raise NeedsAdministrator("")
    statements = list(wanted.role_statements(set(facts["roles"]), facts["database"]))
    may_create = facts["rolsuper"] or facts["rolcreaterole"]
    complete = await _complete(connection)
    if not may_create and not complete:
        raise NeedsAdministrator(";\n".join([*statements, f'grant coursecove_owner to "{facts["me"]}"', ""]))
    if may_create:
        await _as_administrator(connection, statements, facts["me"], superuser=facts["rolsuper"])
    ipad, opad = wanted.seal_key.pads()
    await connection.execute("set row_security = on")
    await connection.execute("set role coursecove_owner")
    for statement in SEAL_TABLE:
        await connection.execute(statement)
    await connection.execute("alter table app.seal_keys no force row level security")
    await connection.execute(
        "insert into app.seal_keys (id, ipad, opad) values ($1, $2, $3) "
        "on conflict (id) do update set ipad = excluded.ipad, opad = excluded.opad",
        wanted.seal_key.id,
        ipad,
        opad,
    )
    await connection.execute("alter table app.seal_keys force row level security")
    await connection.execute("reset role")


async def _as_administrator(
    connection: "asyncpg.Connection[asyncpg.Record]", statements: list[str], me: str, *, superuser: bool
) -> None:
    """One installation at a time: roles are shared by every database of the server."""
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtextextended('coursecove:roles', 0))")
        try:
            for statement in statements:
                await connection.execute(statement)
        except asyncpg.InsufficientPrivilegeError as refusal:
            raise NeedsAdministrator(";\n".join([*statements, ""])) from refusal
        if not superuser:
            await connection.execute(f'grant coursecove_owner to "{me}"')
        for statement in SCHEMAS:
            await connection.execute(statement)


async def _complete(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    return bool(
        await connection.fetchval(
            "select (select count(*) from pg_roles where rolname = any($1)) = $2 "
            "and pg_has_role(current_user, 'coursecove_owner', 'member')",
            list(ROLES),
            len(ROLES),
        )
        if await connection.fetchval("select to_regrole('coursecove_owner') is not null")
        else False
    )


def check_version(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Refuse servers below the minor releases of August 2025, which closed holes in row security."""
    version = connection.get_server_version()
    release = version.micro  # the driver keeps PostgreSQL 17.6 as 17.0.6
    if version.major < min(OLDEST) or release < OLDEST.get(version.major, 0):
        raise DatabaseTooOld(f"{DatabaseTooOld.title()} This one is {version.major}.{release}.")


async def check_user_client(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Refuse a user client that row security would not bind."""
    mighty = await connection.fetchval(
        "select rolsuper or rolbypassrls or exists (select from pg_class where relowner = r.oid) "
        "from pg_roles r where rolname = current_user"
    )
    if mighty:
        raise UserClientTooMighty
