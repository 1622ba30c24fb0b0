"""One statement against the real schema: prepared, planned under its true role, its types held to the annotations."""

import typing
from dataclasses import dataclass, fields

import asyncpg

from coursecove.kit.db.reading import Connection
from tests.security.statements.finding import Statement, row_with
from tests.security.statements.kinds import fits_column, fits_parameter


@dataclass(frozen=True)
class Prepared:
    """What PostgreSQL says of a statement."""

    parameters: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


async def complaints(connection: Connection, statement: Statement, namespace: dict[str, object]) -> list[str]:
    """What is wrong with a statement; the connection is inside a transaction of its client."""
    await connection.execute("savepoint statement")
    try:
        prepared = await _prepared(connection, statement.sql)
        await _planned(connection, statement.sql, prepared)
    except asyncpg.PostgresError as refusal:
        return [f"{statement.client}: {type(refusal).__name__}: {refusal}"]
    finally:
        await connection.execute("rollback to statement")
    return [*_about_parameters(statement, prepared), *_about_columns(statement, prepared, namespace)]


async def _prepared(connection: Connection, sql: str) -> Prepared:
    found = await connection.prepare(sql)
    return Prepared(
        tuple(each.name for each in found.get_parameters()),
        tuple((each.name, each.type.name) for each in found.get_attributes()),
    )


async def _planned(connection: Connection, sql: str, prepared: Prepared) -> None:
    """Rights are looked at when a plan is made, not when a statement is parsed."""
    nulls = ", ".join("null" for _ in prepared.parameters)
    await connection.execute("set local plan_cache_mode = force_generic_plan")
    await connection.execute(f"prepare looked_at as {sql}")
    try:
        await connection.execute(f"explain execute looked_at{f'({nulls})' if nulls else ''}")
    finally:
        if not connection.is_closed():
            await connection.execute("rollback to statement; deallocate all")


def _about_parameters(statement: Statement, prepared: Prepared) -> list[str]:
    given = statement.arguments
    if given is None:
        return []
    if len(given) != len(prepared.parameters):
        return [f"{len(given)} arguments for {len(prepared.parameters)} parameters"]
    return [
        f"${number} is {kind}, not {_named(argument)}"
        for number, (argument, kind) in enumerate(zip(given, prepared.parameters, strict=True), 1)
        if not fits_parameter(argument, kind)
    ]


def _about_columns(statement: Statement, prepared: Prepared, namespace: dict[str, object]) -> list[str]:
    row = statement.row
    names = tuple(name for name, _ in prepared.columns)
    if row is None and statement.through_json and names:
        row = row_with(names, namespace)
        if row is None and statement.place.split(".")[-2] == "queries":
            return [f"no dataclass of the module has the fields {', '.join(names)}"]
    if row is None:
        return []
    wanted = tuple(field.name for field in fields(row))
    if wanted != names:
        return [f"{row.__name__} has the fields {', '.join(wanted)}, the columns are {', '.join(names)}"]
    hints = typing.get_type_hints(row)
    return [
        f"{row.__name__}.{name} is {_named(hints[name])}, the column is {kind}"
        for name, kind in prepared.columns
        if not fits_column(hints[name], kind, through_json=statement.through_json)
    ]


def _named(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
