"""`coursecove doctor`: look at everything, change nothing, say what is wrong and what to do."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial

import asyncpg

from coursecove import settings
from coursecove.cli import database_findings, machine_findings, running_findings
from coursecove.cli.findings import Finding, Grade, broken, fine
from coursecove.cli.place import clients, database_url
from coursecove.kit.db.failures import translated
from coursecove.kit.db.reading import Connection
from coursecove.kit.errors import ProblemError
from coursecove.kit.postgres import PostgresError
from coursecove.settings import Settings

EXIT_CODES = {Grade.OK: 0, Grade.WARN: 1, Grade.FAIL: 2}
PATIENCE = 10.0
Check = Callable[[], Awaitable[Finding]]


def run_doctor(*, deep: bool = False, as_json: bool = False) -> int:
    """Print what was found; 0 where all is well, 1 where something deserves a look, 2 where it is broken."""
    found = _found(deep=deep)
    if as_json:
        print(json.dumps([asdict(each) for each in found], indent=2))
    else:
        print(*found, sep="\n")
    return max(EXIT_CODES[each.grade] for each in found)


def _found(*, deep: bool) -> list[Finding]:
    try:
        chosen = settings.load()
    except ProblemError as refusal:
        return [broken("settings", refusal.message, "correct the setting and look again")]
    found = [fine("settings", f"The settings are valid ({chosen.environment})")]
    found += asyncio.run(examine_machine(chosen))
    if not chosen.database.url and not (chosen.data / "postgres").exists():
        what = "There is no database: DATABASE_URL is not set and the data folder holds none"
        return [*found, broken("database", what, "run `coursecove dev`, or set DATABASE_URL and migrate")]
    try:
        with database_url(chosen) as url:
            return found + asyncio.run(examine_database(chosen, url, deep=deep))
    except PostgresError as refusal:
        return [*found, broken("database", str(refusal), "mend that and look again")]


async def examine_machine(chosen: Settings) -> list[Finding]:
    return [
        await machine_findings.python(),
        await machine_findings.data_folder(chosen),
        await machine_findings.operators(chosen),
        await machine_findings.browser(),
    ]


async def examine_database(chosen: Settings, url: str, *, deep: bool = False) -> list[Finding]:
    """Everything behind DATABASE_URL; what builds on a broken part is left out rather than guessed at."""
    try:
        async with translated():
            admin = await asyncpg.connect(url, timeout=PATIENCE)
    except (ProblemError, asyncpg.PostgresError, ValueError) as failure:
        said = f"The database cannot be reached ({type(failure.__cause__ or failure).__name__})"
        todo = "is PostgreSQL running, and are host, port, name, user and password in DATABASE_URL right?"
        return [broken("database", said, todo)]
    try:
        found = [
            fine("database", "The database answers"),
            await _one("migrated", partial(database_findings.migrated, admin)),
        ]
        found += await _all(_structure(admin))
        if found[1].grade is Grade.OK:
            found += await _through_clients(chosen, url)
            if deep:
                found.append(await _one("drift", partial(database_findings.drift, url, chosen.provision())))
        return found
    finally:
        await admin.close()


def _structure(admin: Connection) -> dict[str, Check]:
    return {
        "version": partial(database_findings.version, admin),
        "roles": partial(database_findings.roles, admin),
        "row security": partial(database_findings.forced, admin),
        "policies": partial(database_findings.policies, admin),
        "outbox": partial(database_findings.told, admin),
    }


async def _through_clients(chosen: Settings, url: str) -> list[Finding]:
    config = chosen.database_config(url)
    async with clients(chosen, url) as database:
        entrance = await _one("clients", partial(running_findings.clients, database))
        if entrance.grade is not Grade.OK:
            return [entrance]
        checks: dict[str, Check] = {
            "timeouts of the user client": partial(
                database_findings.timeouts, config.app_url, "the user client"
            ),
            "timeouts of the service client": partial(
                database_findings.timeouts, config.service_url, "the service client"
            ),
            "user client": partial(running_findings.user_client, database),
            "seal": partial(running_findings.seal, database),
            "clock": partial(running_findings.clock_skew, database),
            "audit log": partial(running_findings.audit_chain, database),
            "stuck work": partial(running_findings.stuck, database),
            "dead runs": partial(running_findings.dead, database),
            "webhooks": partial(running_findings.webhooks, database),
        }
        if not chosen.identity.uses_clerk:
            checks["signing keys"] = partial(running_findings.signing_keys, chosen, database)
        return [entrance, *await _all(checks)]


async def _all(checks: dict[str, Check]) -> list[Finding]:
    return [await _one(name, check) for name, check in checks.items()]


async def _one(name: str, check: Check) -> Finding:
    """What the check found; one that could not be made is itself a finding."""
    try:
        return await check()
    except ProblemError as refusal:
        return broken(name, refusal.message.rstrip("."), "mend that and look again")
    except asyncpg.InvalidPasswordError:
        what = "The database does not accept the passwords derived from this secret key"
        return broken(
            name, what, "use the secret key it was migrated with, or run `coursecove migrate` with this one"
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as failure:
        what = f"The {name} could not be looked at ({type(failure).__name__})"
        return broken(name, what, "`coursecove migrate` as an administrator may repair it")
