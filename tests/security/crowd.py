"""A platform with many schools, made in seconds: every table filled by COPY, whatever tables there are."""

import itertools
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import asyncpg

from tests.security.tables import MEMBERS, Column, Table, tables

SCHOOLS = 220
ROWS = 40
OURS = 1200
"""Rows of each table: of every other school, and of the school that looks."""
FEW = {"courses": 400}
"""What even a large school has fewer of: sorting them all is cheaper than what an index saves."""

DONE = {("function_runs", "status"): "done", ("webhook_events", "status"): "completed"}
FILLED = {("events", "dispatched_at")}
ONE_FOR_EACH = (
    ("managed_profiles", "member_id"),
    ("foundings", "user_id"),
    ("availability_weeks", "teacher_id"),
    ("attendance", "booking_id"),
    ("calendar_feeds", "member_id"),
    ("lesson_drafts", "lesson_id"),
)
"""Columns that name a row which no other row names."""
RARELY = {(table, "deleted_at") for table in ("courses", "course_modules", "course_lessons", "lesson_files")}
"""Columns that few rows have something in."""
AT_ONE_MOMENT = {"support_accesses", "closures"}
"""Tables whose times are bound to each other."""
EACH_ITS_MOMENT = {"bookings"}
"""Tables whose rows have one time of their own in all their columns."""
FIXED = {
    ("bookings", "status"): "booked",
    ("booking_series", "rule"): "FREQ=WEEKLY;INTERVAL=1;COUNT=10",
}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
OPEN_WORK = 0.02
"""What most rows of a queue are, since work that is done stays longer than work that waits."""

COMPUTED = "select attname::text from pg_attribute where attrelid = $1::text::regclass and attgenerated <> ''"
KEYS = "select {school} as school, array_agg({key} order by {key}) from {table} group by 1"


@dataclass
class Crowd:
    """What is there already, so that rows refer to rows of their own school."""

    random: random.Random
    schools: list[UUID]
    ours: UUID
    keys: dict[str, dict[UUID | None, list[object]]]
    numbers: Iterator[int]
    used: dict[tuple[str, str], set[object]]


async def fill(admin: "asyncpg.Connection[asyncpg.Record]", ours: UUID) -> None:
    """Add schools and rows beside what is there. Triggers rest meanwhile; then the planner gets statistics."""
    await admin.execute("set session_replication_role = replica")
    chance = random.Random(1)  # noqa: S311 - the same crowd in every run
    used = {place: await _used(admin, *place) for place in ONE_FOR_EACH}
    crowd = Crowd(chance, [], ours, defaultdict(dict), itertools.count(1), used)
    for table in _referenced_first(await tables(admin)):
        computed = {row[0] for row in await admin.fetch(COMPUTED, table.name)}
        columns = [column for column in table.columns.values() if column.name not in computed]
        schema, _, name = table.name.rpartition(".")
        await admin.copy_records_to_table(
            name,
            schema_name=schema or "public",
            columns=[column.name for column in columns],
            records=_records(crowd, table, columns),
        )
        await _remember(admin, crowd, table)
    await admin.execute("set session_replication_role = origin")
    await admin.execute("vacuum analyze")


async def _used(admin: "asyncpg.Connection[asyncpg.Record]", table: str, column: str) -> set[object]:
    return {row[0] for row in await admin.fetch(f"select {column} from {table} where {column} is not null")}


def _records(crowd: Crowd, table: Table, columns: list[Column]) -> Iterator[tuple[object, ...]]:
    for school, amount in _amounts(crowd, table):
        for number in range(amount):
            referred = _referred(crowd, table, school, number)
            if table.name in EACH_ITS_MOMENT:
                moment = datetime.now(UTC) + timedelta(minutes=47 * (number - amount // 2))
                referred |= {
                    column.name: moment
                    for column in columns
                    if column.type == "timestamp with time zone" and not column.nullable
                }
            yield tuple(
                referred[column.name] if column.name in referred else _value(crowd, table, column)
                for column in columns
            )


def _amounts(crowd: Crowd, table: Table) -> list[tuple[UUID | None, int]]:
    if table.name == "organizations":
        return [(None, SCHOOLS)]
    if not table.tenant:
        return [(None, SCHOOLS * ROWS + OURS)]
    ours = FEW.get(table.name, OURS)
    return [(school, ours if school == crowd.ours else ROWS) for school in crowd.schools]


def _referred(crowd: Crowd, table: Table, school: UUID | None, number: int) -> dict[str, object]:
    """The columns that name other rows: different ones each time, so that no pair comes twice."""
    row: dict[str, object] = {"organization_id": school} if table.tenant else {}
    step = 0
    for reference in table.references:
        column, target = reference.columns[-1], reference.target
        if column in row:
            continue
        known = crowd.keys[target]
        there = known.get(school) or known.get(None) or []
        if used := crowd.used.get((table.name, column)):
            there = [key for key in there if key not in used]
        start = crowd.schools.index(school) * ROWS if school and None in known else 0
        row[column] = (
            there[(start + number + step * (1 + number // len(there))) % len(there)] if there else None
        )
        step += 1
    return row


def _value(crowd: Crowd, table: Table, column: Column) -> object:
    """Something that the column's type and checks accept; nothing now and then, where that is allowed."""
    checks = [
        check for check in table.checks if re.search(rf"\b{column.name}\b", re.sub("'[^']*'", "", check))
    ]
    place = (table.name, column.name)
    if place in FIXED:
        return FIXED[place]
    if place in DONE and crowd.random.random() > OPEN_WORK:
        return DONE[place]
    for check in checks:
        allowed = re.search(r"ARRAY\[(.*?)\]", check)
        if allowed:
            return crowd.random.choice(re.findall(r"'([^']*)'", allowed[1]))
        within = re.search(rf"\(?{column.name} >= (\d+)\) AND \({column.name} <= (\d+)\)", check)
        if within and not column.nullable:
            return crowd.random.randint(int(within[1]), int(within[2]))
    empty = OPEN_WORK if place in FILLED else 1 - OPEN_WORK if place in RARELY else 0.3
    if column.nullable and not table.wants(column) and (checks or crowd.random.random() < empty):
        return None
    number = next(crowd.numbers)
    distance = timedelta(minutes=crowd.random.randrange(100_000))
    later = any(re.search(rf"< {column.name}\b", check) for check in checks)
    moment = LONG_AGO if table.name in AT_ONE_MOMENT else datetime.now(UTC) - distance
    return {
        "uuid": UUID(int=(0x01900000 << 96) + (number << 80) + (0x7 << 76) + (0x2 << 62) + number),
        "text": f"{crowd.random.choice('abcdefghijklmnopqrstuvwxyz')}{number}",
        "bytea": number.to_bytes(32, "big"),
        "jsonb": "{}",
        "text[]": [],
        "boolean": crowd.random.random() < 0.5,
        "integer": number,
        "bigint": number,
        "timestamp with time zone": moment,
        "date": moment.date(),
        "time without time zone": time(
            crowd.random.randrange(13, 22) if later else crowd.random.randrange(6, 12)
        ),
    }[column.type]


async def _remember(admin: "asyncpg.Connection[asyncpg.Record]", crowd: Crowd, table: Table) -> None:
    school = "organization_id" if table.tenant else "null::uuid"
    sql = KEYS.format(school=school, key=table.key[-1], table=table.name)
    crowd.keys[table.name] = {row[0]: row[1] for row in await admin.fetch(sql)}
    if table.name == "organizations":
        crowd.schools = [crowd.ours, *(key for key in crowd.keys[table.name][None] if key != crowd.ours)]


def _referenced_first(known: dict[str, Table]) -> list[Table]:
    ordered: list[Table] = []

    def visit(table: Table) -> None:
        for reference in table.references:
            if reference.target != table.name:
                visit(known[reference.target])
        if table not in ordered:
            ordered.append(table)

    for table in (known["organizations"], known["users"], known[MEMBERS], *known.values()):
        visit(table)
    return ordered
