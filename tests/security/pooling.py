"""Probes of what one caller leaves on a connection for the next."""

import asyncio
from dataclasses import replace
from uuid import UUID

from coursecove.kit.db import Claims, Database
from tests.security.forgery import SEEN, Probe
from tests.security.stage import Stage

MEMBERS_SEEN = "select array_agg(distinct organization_id) from organization_memberships"
POISON = (
    ("role", "none"),
    ("row_security", "off"),
    ("search_path", "pg_catalog"),
    ("TimeZone", "Pacific/Kiritimati"),
    ("default_transaction_read_only", "on"),
    ("statement_timeout", "1"),
    ("enable_indexscan", "off"),
    ("request.jwt.claims", '{"sub": "user_forged"}'),
    ("app.context", "forged"),
)
LOCK = "select pg_advisory_lock(hashtextextended('audit:' || id, 0)) from organizations"
FREE = "select bool_and(pg_try_advisory_xact_lock(hashtextextended('audit:' || id, 0))) from organizations"


async def a_prepared_statement_of_the_other_school(stage: Stage) -> list[str]:
    """The IMMUTABLE trap: a plan made for one school is run for another, and then for nobody."""
    found = []
    async with stage.as_(stage.actor("owner")) as connection:
        await connection.execute("set plan_cache_mode = force_generic_plan")
        expected = {"owner": "Harbour Music School", "nobody": "", "not entered": ""}
        for name in ("owner", "owner", "nobody", "owner", "not entered"):
            await connection.execute("rollback")
            await stage.enter(connection, stage.actor(name))
            seen = await connection.fetchval(SEEN)
            if seen != expected[name]:
                found.append(f"{name} saw {seen!r}")
    return found


async def two_schools_on_one_connection(stage: Stage) -> list[str]:
    """Reads and writes of two schools take turns on a pool of one; each sees its own."""
    async with stage.database() as database:
        people = {name: stage.subjects[name].school for name in ("owner", "foreign", "student")}
        claims = {name: stage.claims(name) for name in ("owner", "student")} | {"foreign": _of_foreign(stage)}
        turns = [
            _turn(database, claims[name], people[name], writes=number % 3 == 0)
            for number in range(8)
            for name in people
        ]
        return [found for found in await asyncio.gather(*turns) if found]


def _of_foreign(stage: Stage) -> Claims:
    """The visitor in their own school."""
    visitor = stage.claims("visitor")
    return replace(visitor, organization_id=stage.subjects["foreign"].school)


async def _turn(database: Database, claims: Claims, school: UUID, *, writes: bool) -> str | None:
    opened = database.write(claims) if writes else database.read(claims)
    async with opened as db:
        seen = await db.value(MEMBERS_SEEN)
        await asyncio.sleep(0)
        again = await db.value(MEMBERS_SEEN)
    return None if seen == again == [school] else f"{claims.subject} of {school} saw {seen} and {again}"


async def a_poisoned_connection(stage: Stage) -> list[str]:
    """Session settings and locks that an injection leaves behind are gone for the next caller."""
    found = []
    async with stage.database() as database:
        for writes in (False, True):
            opened = database.write if writes else database.read
            async with opened(stage.claims("owner")) as db:
                await db.value(LOCK)
                settings = [*POISON[1:], POISON[0]]
                for name, value in settings:
                    await db.value("select set_config($1, $2, false)", name, value)
            async with opened(_of_foreign(stage)) as db:
                if await db.value(SEEN) != "Stillwater Yoga Studio":
                    found.append("the next caller does not see their school")
                for name, value in POISON[1:]:
                    if await db.value("select current_setting($1, true)", name) == value:
                        found.append(f"{name} stayed {value}")
            async with stage.as_(stage.actor("owner")) as other:
                if not await other.fetchval(FREE):
                    found.append("a lock outlived its transaction")
    return found


async def a_context_that_stays(stage: Stage) -> list[str]:
    """Nothing of a context outlives its transaction, and each names the connection it was made on."""
    async with stage.as_(stage.actor("owner")) as one, stage.as_(stage.actor("owner")) as other:
        moments = {
            (await each.fetchval("select current_setting('app.context')"))
            .rpartition("|")[2]
            .partition(":")[0]
            for each in (one, other)
        }
        await one.execute("commit")
        left = await one.fetchval("select current_setting('app.context', true)")
    return ([f"stayed: {left}"] if left else []) + ([] if len(moments) == 2 else [f"both are of {moments}"])


async def a_statement_that_does_not_end(stage: Stage) -> list[str]:
    async with stage.database() as database, database.read(Claims()) as db:
        limits = [
            await db.value(f"select current_setting('{name}')")
            for name in ("statement_timeout", "lock_timeout")
        ]
    return [] if limits == ["5s", "2s"] else limits


PROBES: tuple[Probe, ...] = (
    a_prepared_statement_of_the_other_school,
    two_schools_on_one_connection,
    a_poisoned_connection,
    a_context_that_stays,
    a_statement_that_does_not_end,
)
