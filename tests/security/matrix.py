"""The behaviour matrix: what each actor can do with whose rows of each table, observed by trying."""

from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg

from tests.security.stage import Actor, Stage
from tests.security.tables import Column, Table, filled, value

COMMANDS = ("select", "insert", "update", "delete")
DENIED = "42501"
PERSONAL = ("foundings", "consents")
"""Tables of a person who belongs to no school yet, or to several."""

HARMLESS = {"users": ("select",), **dict.fromkeys(PERSONAL, COMMANDS)}
"""What somebody without standing in a school may do all the same, with what is their own."""

WITHOUT_STANDING = frozenset(
    {
        "teacher's key in other hands",
        "revoked key",
        "expired key",
        "late support",
        "ended support",
        "support elsewhere",
        "foreign key",
        "inactive",
        "deleted",
        "visitor",
        "suspended",
        "nobody",
        "not entered",
        "anon",
        "bare login",
    }
)
ELSEWHERE = frozenset({"foreign", "elsewhere", "platform", "away"})


@dataclass(frozen=True)
class Attempt:
    """One statement: on whose row it tries, as which command."""

    table: str
    command: str
    whose: str
    sql: str


Cell = tuple[str, str, str]
Matrix = dict[Cell, str]
"""Actor, table and command to what was possible: whose rows, `nothing`, or `denied`."""


async def observe(stage: Stage) -> Matrix:
    """Let every actor try everything. All of an actor's attempts run in one transaction, each undone."""
    matrix: Matrix = {}
    connection = await asyncpg.connect(stage.config.app_url)
    try:
        for actor in stage.actors:
            await stage.enter(connection, actor)
            matrix |= await _of(stage, actor, connection)
            await connection.execute("rollback")
    finally:
        await connection.close()
    return matrix


async def _of(stage: Stage, actor: Actor, connection: "asyncpg.Connection[asyncpg.Record]") -> Matrix:
    """An UPDATE or DELETE that reads nothing escapes the policies for SELECT: it must hit no row more."""
    attempts = [attempt for table in stage.tables.values() for attempt in _attempts(stage, actor, table)]
    answers = await _answers(connection, [attempt.sql for attempt in attempts])
    cells: dict[Cell, dict[str, str]] = {}
    for attempt, answer in zip(attempts, answers, strict=True):
        cells.setdefault((actor.name, attempt.table, attempt.command), {})[attempt.whose] = answer
    for whose in cells.values():
        blind, sighted = whose.pop("blind", "0"), whose.pop("sighted", "0")
        if blind.isdigit() and sighted.isdigit() and int(blind) > int(sighted):
            whose["unseen"] = "1"
    return {cell: _said(whose) for cell, whose in cells.items()}


async def _answers(connection: "asyncpg.Connection[asyncpg.Record]", statements: list[str]) -> list[str]:
    answers: list[str] = await connection.fetchval("select probe.attempt($1)", statements)
    return answers


def _said(whose: dict[str, str]) -> str:
    """Reaching a constraint (class 23) means that no policy stood in the way."""
    reached = [who for who, answer in whose.items() if answer not in ("0", DENIED, "25006")]
    reached = [
        who
        if (whose[who].isdigit() and len(whose[who]) < 5) or whose[who].startswith("23")
        else f"{who}:{whose[who]}"
        for who in reached
    ]
    if reached:
        return " ".join(reached)
    return "denied" if all(answer == DENIED for answer in whose.values()) else "nothing"


def _attempts(stage: Stage, actor: Actor, table: Table) -> Iterator[Attempt]:
    people = _people(stage, actor, table)
    for whose, name in people.items():
        condition = stage.specimens.get((table.name, name))
        if condition:
            yield Attempt(table.name, "select", whose, f"select from {table.name} where {condition}")
            yield Attempt(
                table.name, "update", whose, f"update {table.name} set {_same(table)} where {condition}"
            )
            yield Attempt(table.name, "delete", whose, f"delete from {table.name} where {condition}")
            if table.tenant:
                foreign = stage.subjects["foreign" if actor.mine != "foreign" else "owner"].school
                moved = f"update {table.name} set organization_id = '{foreign}' where {condition}"
                yield Attempt(table.name, "update", "away", moved)
        yield Attempt(table.name, "insert", whose, _insert(table, filled(table, stage.subjects[name])))
    yield Attempt(
        table.name, "select", "elsewhere", f"select from {table.name} where {_elsewhere(stage, actor, table)}"
    )
    for command, sql in (
        ("update", f"update {table.name} set {_blindly(table)}"),
        ("delete", f"delete from {table.name}"),
    ):
        yield Attempt(table.name, command, "blind", sql)
        yield Attempt(table.name, command, "sighted", f"{sql} where {table.key[0]} is not null")
    nobodys = filled(table, stage.subjects[actor.mine or "owner"], signed=False)
    if nobodys.keys() != filled(table, stage.subjects["owner"]).keys():
        yield Attempt(table.name, "insert", "nobody's", _insert(table, nobodys))


def _people(stage: Stage, actor: Actor, table: Table) -> dict[str, str]:
    """Whose rows are tried, under the names that the matrix uses."""
    if table.name not in ("users", "organizations", *PERSONAL) and not table.tenant:
        return {"platform": "owner"}
    if not table.of_members:
        mine = "suspended" if actor.mine == "suspended" else "owner"
        return {"school": mine, "foreign": "foreign"}
    people = {"mine": actor.mine} if actor.mine else {}
    if actor.mine == "guardian":
        people["ward"] = "student"
    return people | {name: name for name in ("teacher", "another", "foreign") if name != actor.mine}


def _same(table: Table) -> str:
    """Set what may be set to what it is: policies decide, values do not change. Moments are set where unset."""
    return ", ".join(
        f"{c.name} = " + (f"coalesce({c.name}, now())" if c.type.startswith("timestamp") else c.name)
        for c in _granted(table, "updatable")
    )


def _blindly(table: Table) -> str:
    return ", ".join(f"{c.name} = {value(table, c)}" for c in _granted(table, "updatable"))


def _insert(table: Table, row: dict[str, str]) -> str:
    granted = {column.name for column in _granted(table, "insertable")}
    row = {name: value for name, value in row.items() if name in granted} or row
    return f"insert into {table.name} ({', '.join(row)}) values ({', '.join(row.values())})"


def _granted(table: Table, which: str) -> list[Column]:
    columns = list(table.columns.values())
    return [column for column in columns if getattr(column, which)] or columns[:1]


def _elsewhere(stage: Stage, actor: Actor, table: Table) -> str:
    """Rows beyond the school that the actor claims, and beyond the actor."""
    claimed = actor.claims and actor.claims.organization_id
    school = claimed or stage.subjects["owner"].school
    if table.name in ("users", *PERSONAL):
        column = "id" if table.name == "users" else "user_id"
        return f"{column} <> '{stage.subjects[actor.mine or 'owner'].user}'"
    if table.name == "organizations":
        return f"id <> '{school}'"
    return f"organization_id is distinct from '{school}'" if table.tenant else "true"


def breaches(matrix: Matrix) -> list[str]:
    """Cells that no agreement can excuse: another school's row, or any row without standing."""
    found = []
    for (actor, table, command), outcome in matrix.items():
        reached = {word.partition(":")[0] for word in outcome.split()} - {"denied", "nothing"}
        harmless = {"mine"} if command in HARMLESS.get(table, ()) else set()
        if reached & ELSEWHERE or (actor in WITHOUT_STANDING and not reached <= harmless):
            found.append(f"{actor} {command} {table}: {outcome}")
    return found


def rendered(matrix: Matrix) -> str:
    lines = ["actor                         table                     select | insert | update | delete", ""]
    for actor in dict.fromkeys(actor for actor, _, _ in matrix):
        for table in dict.fromkeys(table for one, table, _ in matrix if one == actor):
            outcomes = [matrix.get((actor, table, command), "-") for command in COMMANDS]
            lines.append(f"{actor:<29} {table:<25} {' | '.join(outcomes)}")
        lines.append("")
    return "\n".join(lines)
