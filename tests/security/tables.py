"""Tables as the catalogue has them, and how a row of any of them is filled."""

import re
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg

Connection = asyncpg.Connection
MEMBERS = "organization_memberships"
ABOUT_A_MEMBER = ("actor_id", "caller")
"""Columns that name a member without a declared reference."""
FORMED = {("booking_series", "rule"): "FREQ=WEEKLY;INTERVAL=1;COUNT=10"}
"""Values whose form a check asks for."""

COLUMNS = """
    select a.attname::text as name, format_type(a.atttypid, null) as type,
           a.attnotnull and not a.atthasdef as required, not a.attnotnull as nullable,
           has_column_privilege('authenticated', c.oid, a.attnum, 'insert') as insertable,
           has_column_privilege('authenticated', c.oid, a.attnum, 'update') as updatable
      from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.oid = $1 and a.attnum > 0 and not a.attisdropped order by a.attnum"""

REFERENCES = """
    select confrelid::regclass::text as target,
           array(select attname::text from unnest(conkey) with ordinality k (n, i)
                   join pg_attribute on attrelid = conrelid and attnum = n order by i) as columns,
           array(select attname::text from unnest(confkey) with ordinality k (n, i)
                   join pg_attribute on attrelid = confrelid and attnum = n order by i) as targets
      from pg_constraint where conrelid = $1 and contype = 'f'"""

TABLES = """
    select c.oid, c.oid::regclass::text as name,
           array(select attname::text from unnest(i.indkey) k (n)
                   join pg_attribute on attrelid = c.oid and attnum = n) as key,
           array(select pg_get_constraintdef(oid) from pg_constraint
                  where conrelid = c.oid and contype = 'c') as checks
      from pg_class c join pg_index i on i.indrelid = c.oid and i.indisprimary
     where c.relnamespace in (select oid from pg_namespace where nspname in ('public', 'queue'))
       and c.relkind in ('r', 'p') order by 2"""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    required: bool
    nullable: bool
    insertable: bool
    updatable: bool


@dataclass(frozen=True)
class Reference:
    target: str
    columns: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table: what the tests need to fill a row of it and to name one."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, Column]
    references: tuple[Reference, ...]
    checks: tuple[str, ...]

    @property
    def tenant(self) -> bool:
        return "organization_id" in self.columns

    def wants(self, column: "Column") -> bool:
        """Is it filled in all but a rare state, which a check names?"""
        return any(f"{column.name} IS NOT NULL) OR" in check for check in self.checks)

    @property
    def of_members(self) -> bool:
        """Are its rows somebody's, and not just a school's?"""
        about = {
            column
            for reference in self.references
            if reference.target in (MEMBERS, "users")
            for column in reference.columns
        }
        return self.name in (MEMBERS, "users") or bool(about | set(ABOUT_A_MEMBER) & self.columns.keys())


@dataclass(frozen=True)
class Subject:
    """A person in a school, whom specimens are about."""

    school: UUID
    member: UUID
    user: UUID
    fellow: UUID | None = None
    known: dict[tuple[str, str], object] = field(default_factory=dict, compare=False)


async def tables(connection: "Connection[asyncpg.Record]") -> dict[str, Table]:
    found = {}
    for row in await connection.fetch(TABLES):
        columns = [Column(**dict(each)) for each in await connection.fetch(COLUMNS, row["oid"])]
        references = [
            Reference(each["target"], tuple(each["columns"]), tuple(each["targets"]))
            for each in await connection.fetch(REFERENCES, row["oid"])
        ]
        found[row["name"]] = Table(
            row["name"],
            tuple(row["key"]),
            {c.name: c for c in columns},
            tuple(references),
            tuple(row["checks"]),
        )
    return found


def filled(table: Table, subject: Subject, *, signed: bool = True) -> dict[str, str]:
    """Columns and SQL literals of a new row about `subject`; unsigned, it names nobody where it need not."""
    row = _referring(table, subject)
    for column in table.columns.values():
        wanted = column.required or column.name in table.key or table.wants(column)
        if column.name not in row and wanted:
            row[column.name] = value(table, column)
    if signed:
        return row
    about = {c for r in table.references if r.target == MEMBERS for c in r.columns} | set(ABOUT_A_MEMBER)
    return {name: value for name, value in row.items() if name not in about or table.columns[name].required}


def _referring(table: Table, subject: Subject) -> dict[str, str]:
    """The columns that say whose the row is. Where a check wants two people, the second is a fellow student."""
    row = {name: _quoted(subject.member) for name in ABOUT_A_MEMBER if name in table.columns}
    if table.tenant:
        row["organization_id"] = _quoted(subject.school)
    two = subject.fellow is not None and any(" <> " in check for check in table.checks)
    people = [subject.member, subject.fellow if two else subject.member]
    known = {("users", "id"): subject.user, **subject.known}
    for reference in table.references:
        for column, target in zip(reference.columns, reference.targets, strict=True):
            if reference.target == MEMBERS and target == "id":
                row[column] = _quoted(people.pop(0) if people else subject.member)
            elif (reference.target, target) in known and column not in row:
                row[column] = _quoted(known[reference.target, target])
    return row


def value(table: Table, column: Column) -> str:
    """A value that the column's type and its own checks accept."""
    if (table.name, column.name) in FORMED:
        return _quoted(FORMED[table.name, column.name])
    for check in table.checks:
        allowed = re.search(rf"\(?{column.name} = ANY \(\(?ARRAY\['([^']*)'", check)
        if allowed:
            return f"'{allowed[1]}'"
        at_least = re.search(rf"\(?{column.name} >= (\d+)\)", check)
        if at_least:
            return at_least[1]
    later = any(re.search(rf"< {column.name}\b", check) for check in table.checks)
    return {
        "uuid": _quoted(uuid4()),
        "text": f"'specimen-{uuid4().hex[:20]}'",
        "bytea": f"'\\x{uuid4().hex * 2}'",
        "jsonb": "'{}'",
        "text[]": "'{}'",
        "boolean": "false",
        "integer": str(uuid4().int % 2_000_000_000),
        "bigint": str(uuid4().int % 2_000_000_000),
        "timestamp with time zone": "now()",
        "date": "current_date",
        "time without time zone": "'11:00'" if later else "'09:00'",
    }[column.type]


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
