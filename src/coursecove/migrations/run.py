"""Migrating: bring a database up to date, make it from the declarations, or say where the two differ."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from coursecove.kit.db.catalogue import Catalogue, catalogue, differences
from coursecove.kit.db.failures import translated
from coursecove.kit.db.provision import Provision, provision
from coursecove.kit.db.row_security import statements
from coursecove.kit.errors import ProblemError
from coursecove.migrations import declared

LOCK = "select pg_advisory_lock(hashtextextended('coursecove:migrate', 0))"
SHOW_REVISION = [  # a running process tells by it whether the database is ready for it
    "set role coursecove_owner",
    "grant select on app.alembic_version to coursecove_service",
    "reset role",
]


Beside: TypeAlias = "Callable[[asyncpg.Connection[asyncpg.Record]], Awaitable[list[str]]]"
"""Migrates a schema beside ours, as its owner, and answers what it applied."""


class NotOurDatabase(ProblemError):
    """This database holds tables that are not CourseCove's. Nothing was changed; name an empty database."""


class NewerDatabase(ProblemError):
    """This database was migrated by a newer CourseCove. Nothing was changed; use that version."""


class NotMigrated(ProblemError):
    """The database is not up to date. Run `coursecove migrate`."""


async def migrate(url: str, wanted: Provision, beside: Sequence[Beside] = ()) -> list[str]:
    """Provision and migrate; answers the revisions that were applied. Two at once wait for each other."""
    async with _admin(url) as admin:
        await admin.execute(LOCK)
        before = await refuse_strangers(admin)
        await provision(admin, wanted)
        script = ScriptDirectory.from_config(_config())
        pending = [step.revision for step in script.iterate_revisions("head", before or "base")]
        if pending:
            await _alembic(url, lambda config: command.upgrade(config, "head"))
        if script.get_current_head():
            await _run(admin, SHOW_REVISION)
        return [*reversed(pending), *await _beside(admin, beside)]


async def _beside(admin: "asyncpg.Connection[asyncpg.Record]", schemas: Sequence[Beside]) -> list[str]:
    await admin.execute("set role coursecove_owner")
    applied = [step for each in schemas for step in await each(admin)]
    await admin.execute("reset role")
    return applied


async def refuse_strangers(admin: "asyncpg.Connection[asyncpg.Record]") -> str | None:
    """Refuse a database that is not ours, or is ahead of this code; the revision of one that may be migrated."""
    before = await revision_of(admin)
    known = {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
    if before is not None and before not in known:
        raise NewerDatabase
    if before is None and await admin.fetchval(
        "select exists (select from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r' "
        "and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e'))"
    ):
        raise NotOurDatabase
    return before


async def revision_of(connection: "asyncpg.Connection[asyncpg.Record]") -> str | None:
    """The revision the database is at, or None for one that was never migrated."""
    if await connection.fetchval("select to_regclass('app.alembic_version') is null"):
        return None
    revision: str | None = await connection.fetchval("select version_num from app.alembic_version")
    return revision


def head() -> str:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def drift(url: str, wanted: Provision, beside: Sequence[Beside] = ()) -> list[str]:
    """How the database differs from the declarations, found by making a second one from them."""
    async with _admin(url) as admin:
        found = await catalogue(admin)
    return differences(await declared_catalogue(url, wanted, beside), found)


async def check(url: str, wanted: Provision, beside: Sequence[Beside] = ()) -> list[str]:
    """What keeps the database from being what the code declares: revisions to apply, or drift."""
    async with _admin(url) as admin:
        at = await revision_of(admin)
    if at != head():
        return [f"{NotMigrated.title()} It is at {at or 'nothing'}, the code at {head()}."]
    return await drift(url, wanted, beside)


async def declared_catalogue(url: str, wanted: Provision, beside: Sequence[Beside] = ()) -> Catalogue:
    """The catalogue of a scratch database made from models, policies and functions alone."""
    async with scratch_database(url) as scratch:
        await build(scratch, wanted)
        async with _admin(scratch) as admin:
            await _beside(admin, beside)
            return await catalogue(admin)


async def build(url: str, wanted: Provision) -> None:
    """Make an empty database what the declarations say, without migrations."""
    async with _admin(url) as admin:
        await provision(admin, wanted)
        await admin.execute("set role coursecove_owner; set check_function_bodies = off")
        await _run(admin, list(declared.EXTENSIONS))
        await _run(admin, [s for f in declared.FUNCTIONS if not f.needs_tables for s in f.statements()])
    await _with_connection(url, declared.METADATA.create_all)
    async with _admin(url) as admin:
        await admin.execute("set role coursecove_owner; set check_function_bodies = off")
        await _run(admin, [s for f in declared.FUNCTIONS if f.needs_tables for s in f.statements()])
        for table, rules in declared.row_security():
            await _run(admin, list(statements(table, rules)))
        await _run(admin, [s for trigger in declared.TRIGGERS for s in trigger.statements()])
        await _run(admin, list(declared.EXTRA))


@asynccontextmanager
async def scratch_database(url: str) -> AsyncIterator[str]:
    """An empty database beside this one, gone afterwards."""
    name = f"coursecove_scratch_{token_hex(6)}"
    async with _admin(url) as admin:
        await admin.execute(f"create database {name} template template0")
        try:
            yield with_database(url, name)
        finally:
            await admin.execute(f"drop database {name} with (force)")


def with_database(url: str, name: str) -> str:
    """The same server and role, another database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


async def _alembic(url: str, run: Callable[[Config], object]) -> None:
    def with_config(connection: Connection) -> None:
        connection.execute(text("set role coursecove_owner"))
        connection.execute(text("set check_function_bodies = off"))
        connection.execute(text("set lock_timeout = '5s'"))
        connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        run(config)

    await _with_connection(url, with_config, as_owner=False)


async def _with_connection(url: str, run: Callable[[Connection], Any], *, as_owner: bool = True) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
    )
    async with translated(), engine.connect() as connection:
        if as_owner:
            await connection.execute(text("set role coursecove_owner"))
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


async def _run(admin: "asyncpg.Connection[asyncpg.Record]", sql: list[str]) -> None:
    for statement in sql:
        await admin.execute(statement)


@asynccontextmanager
async def _admin(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    async with translated():
        connection = await asyncpg.connect(url, timeout=10)
        try:
            yield connection
        finally:
            await connection.close()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
