"""What the planner does with a statement, nested ones included, and what is wrong with that."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from coursecove.kit.db import clients
from coursecove.kit.db.reading import Connection
from tests.security.stage import Stage

PAGE = 10
WASTE = 150
"""So many rows may be read for each one that is used or for each line of a page: a school's own, not everybody's."""

SORTED = 80
"""So many rows may be sorted for each that is used: a page comes out of an index in its order."""

OF_THE_CALLER = re.compile(r"\b(organization_id|user_id)\b")

WATCH = """
    load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_analyze = on;
    set auto_explain.log_buffers = on; set auto_explain.log_timing = off; set auto_explain.log_format = json;
    set auto_explain.log_nested_statements = on; set auto_explain.log_level = notice;
    set jit = off; set max_parallel_workers_per_gather = 0"""
INDEX_SCANS = ("Index Scan", "Index Only Scan", "Bitmap Index Scan")


@dataclass
class Watched:
    """A connection whose statements show their plans."""

    connection: Connection
    indexes: dict[str, str]
    plans: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, _: object, message: asyncpg.PostgresLogMessage) -> None:
        said = message.message.partition("plan:\n")[2]
        if said:
            self.plans.append(json.loads(said))

    async def plans_of(self, sql: str, *args: object) -> tuple[list[asyncpg.Record], list[dict[str, Any]]]:
        """The rows that the statement gives, and the plans of all that ran because of it."""
        self.plans.clear()
        rows = await self.connection.fetch(sql, *args)
        await self.connection.execute("select")  # a plan is shown when the next statement closes its portal
        await asyncio.sleep(0)
        return rows, list(self.plans)


@asynccontextmanager
async def watched(stage: Stage, login: str) -> AsyncIterator[Watched]:
    """An administrator's session that became the login role, so that its plans may be seen."""
    connection = await asyncpg.connect(stage.url)
    try:
        tables = await connection.fetch(
            "select indexrelid::regclass::text, indrelid::regclass::text from pg_index"
        )
        found = Watched(connection, {index.rpartition(".")[2]: table for index, table in tables})
        await connection.execute(WATCH)
        await clients._prepare(connection)
        await connection.execute(f"set session authorization {login}")
        connection.add_log_listener(found.hear)
        yield found
    finally:
        connection.terminate()


def objections(plan: dict[str, Any], tenant: set[str], indexes: dict[str, str]) -> set[str]:
    """What a plan must not do to tables that hold every school's rows."""
    return {said for node in nodes(plan["Plan"]) for said in _objections(node, tenant, indexes)}


def _objections(node: dict[str, Any], tenant: set[str], indexes: dict[str, str]) -> Iterator[str]:
    kind, condition, loops = node["Node Type"], node.get("Index Cond", ""), node.get("Actual Loops", 1)
    table = node.get("Relation Name") or indexes.get(node.get("Index Name", ""), "")
    used = max(node.get("Actual Rows", 0) * loops, PAGE)
    wasted = loops * max(
        node.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Join Filter", "Index Recheck")
    )
    if kind == "Seq Scan" and table in tenant:
        yield f"reads all of {table}"
    if kind in INDEX_SCANS and table in tenant and not OF_THE_CALLER.search(condition):
        yield f"finds rows of {table} by {condition or 'nothing'}"
    if kind == "Sort" and node["Plans"][0]["Actual Rows"] * loops > SORTED * used:
        yield "sorts what it does not use"
    if wasted > WASTE * used:
        yield f"throws away rows of {table or kind}"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node that was reached."""
    if plan.get("Actual Loops", 1):
        yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
