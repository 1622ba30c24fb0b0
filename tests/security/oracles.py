"""Probes of what leaks without being read: errors, conflicts, statistics, functions, and ways around tables."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time
from uuid import UUID, uuid4

import asyncpg

from tests.security.forgery import Connection, Probe, attempt
from tests.security.stage import Stage
from tests.security.tables import MEMBERS, Table, filled, value

CALLABLE = """
    select p.oid::regprocedure::text as signature, p.oid::regproc::text as name,
           array(select format_type(t, null) from unnest(p.proargtypes) t) as arguments, p.proretset
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('public', 'app', 'auth', 'queue') and p.prorettype <> 'trigger'::regtype
       and has_function_privilege($1, p.oid, 'execute')"""
ANSWERS_ON_PURPOSE = frozenset(
    {
        "app.change_label",  # an owner gives the school itself another name; what is taken anybody can visit
        "app.close_my_school",  # likewise: the caller's own school, and the second time there is nothing to close
        "app.feed_by_hash",  # whoever has a feed's address may read that feed
        "app.enter",  # takes sealed claims, see the probes of forgery
        "app.school_by_host",  # the public address book: every visitor of a host gets this
        "app.token_by_hash",  # whoever has the key may enter with it
    }
)


BOUND = {"bookings": frozenset({"starts_at", "ends_at", "busy_from", "busy_until"})}
"""Columns whose check holds them to each other: another row's value of one alone would be out of order anywhere."""


async def errors_as_answers(stage: Stage) -> list[str]:
    """A condition that fails on another school's row must never be computed for it."""
    found = []
    async with stage.as_(stage.actor("owner")) as connection:
        for (table, name), condition in stage.specimens.items():
            if name == "foreign":
                sql = f"select count(*) from {table} where 1 / (case when {condition} then 0 else 1 end) = 1"
                if await attempt(connection, sql) == "refused 22012":
                    found.append(f"{table}: a division by zero told of the row")
    return found


async def statistics(stage: Stage) -> list[str]:
    async with stage.as_(stage.actor("owner")) as connection:
        seen = await connection.fetch(
            "select tablename || '.' || attname from pg_stats where schemaname in ('public', 'app', 'queue')"
        )
        raw = await attempt(connection, "select count(*) from pg_statistic")
    return [row[0] for row in seen] + ([] if raw == "refused 42501" else ["pg_statistic"])


async def conflicts(stage: Stage) -> list[str]:
    """A value that another school uses behaves like one that nobody uses."""
    found = []
    async with stage.as_(stage.actor("owner")) as connection:
        for table in stage.tables.values():
            row = filled(table, stage.subjects["owner"])
            allowed = {name: value for name, value in row.items() if table.columns[name].insertable}
            condition = stage.specimens.get((table.name, "foreign"))
            if not table.tenant or not allowed or not condition:
                continue
            theirs = await _values(stage, table.name, condition)
            for column in allowed.keys() - {"organization_id"}:
                together = BOUND.get(table.name, frozenset()) & allowed.keys()
                columns = together if column in together else {column}
                taken = {**allowed, **{each: theirs[each] for each in columns}}
                free = {**allowed, **{each: _unused(table, each, row) for each in columns}}
                answers = {await _inserted(connection, table.name, each) for each in (taken, free)}
                if len(answers) > 1:
                    found.append(f"{table.name}.{column}: {sorted(answers)}")
    return found


def _unused(table: Table, column: str, row: dict[str, str]) -> str:
    """A value that nobody has, where any value will do."""
    checks = [re.sub("'[^']*'", "", check) for check in table.checks]
    checked = any(re.search(rf"\b{column}\b", check) for check in checks)
    if table.columns[column].type == "uuid" or (table.columns[column].type == "text" and not checked):
        return f"'{uuid4()}'"
    return value(table, table.columns[column]) if checked else row[column]


async def _values(stage: Stage, table: str, condition: str) -> dict[str, str]:
    admin = await asyncpg.connect(stage.url)
    columns = [column.name for column in stage.tables[table].columns.values()]
    quoted = ", ".join(f"quote_nullable({column}) as {column}" for column in columns)
    try:
        row = await admin.fetchrow(f"select {quoted} from {table} where {condition}")
    finally:
        await admin.close()
    assert row is not None
    return dict(row)


async def _inserted(connection: Connection, table: str, row: dict[str, str]) -> str:
    """Everything that the caller gets to know about an insert, with and without `on conflict`."""
    said = []
    for ending in ("", " on conflict do nothing"):
        sql = f"insert into {table} ({', '.join(row)}) values ({', '.join(row.values())}){ending}"
        await connection.execute("savepoint inserting")
        try:
            said.append(await connection.execute(sql))
        except asyncpg.PostgresError as refusal:
            said.append(f"{refusal.sqlstate} {refusal} {getattr(refusal, 'detail', '')}")
        await connection.execute("rollback to inserting")
    return " / ".join(said)


async def functions_as_oracles(stage: Stage) -> list[str]:
    """Each function that people may call answers about another school's ids as about ids that never were."""
    theirs = [*_ids(stage)]
    found = []
    for role, name in (("authenticated", "owner"), ("authenticated", "nobody"), ("anon", "anon")):
        async with stage.as_(stage.actor(name)) as connection:
            for function in await connection.fetch(CALLABLE, role):
                if function["name"] in ANSWERS_ON_PURPOSE or not function["arguments"]:
                    continue
                answers = {
                    await _answer(connection, function, [*theirs]),
                    await _answer(connection, function, [uuid4() for _ in theirs]),
                }
                if len(answers) > 1:
                    found.append(f"{function['signature']} as {name}: {sorted(answers)}")
    return found


def _ids(stage: Stage) -> Iterable[UUID]:
    subject = stage.subjects["foreign"]
    return subject.member, subject.user, subject.school


async def _answer(connection: Connection, function: asyncpg.Record, ids: list[UUID]) -> str:
    """The answers for each id, without the ids themselves."""
    said = []
    for row_id in ids:
        values: dict[str, object] = {
            "uuid": row_id,
            "uuid[]": ids,
            "text": str(row_id),
            "text[]": [str(one) for one in ids],
            "jsonb": "{}",
            "bytea": row_id.bytes,
            "integer": 1,
            "time without time zone": time(9),
            "timestamp with time zone": datetime(2026, 11, 24, tzinfo=UTC),
        }
        arguments = [values[kind] for kind in function["arguments"]]
        places = ", ".join(f"${number + 1}" for number in range(len(arguments)))
        sql = f"select string_agg(x::text, ';') from {function['name']}({places}) x"
        said.append(str(await attempt(connection, sql, *arguments)))
    return " ".join(said)


async def ways_around_tables(stage: Stage) -> list[str]:
    """Whole-table readers of PostgreSQL itself must not show another school."""
    marks = [str(stage.subjects["foreign"].member), "Stillwater Yoga Studio"]
    found = []
    async with stage.as_(stage.actor("owner")) as connection:
        for sql in (
            "select schema_to_xml('public', true, false, '')::text",
            f"select table_to_xml('{MEMBERS}', true, false, '')::text",
            "select query_to_xml('select * from organizations', true, false, '')::text",
        ):
            answer = str(await attempt(connection, sql))
            if any(mark in answer for mark in marks):
                found.append(sql)
        for table in (MEMBERS, "organizations", "events", "users"):
            copied: list[bytes] = []
            await connection.copy_from_query(f"select * from {table}", output=_into(copied), format="csv")
            await connection.copy_from_table(table, output=_into(copied), format="csv")
            if any(mark in b"".join(copied).decode() for mark in marks):
                found.append(f"copy {table}")
    return found


def _into(pieces: list[bytes]):
    async def keep(piece: bytes) -> None:
        pieces.append(piece)

    return keep


async def what_is_returned(stage: Stage) -> list[str]:
    """RETURNING names rows of the caller's school alone."""
    school = stage.subjects["owner"].school
    async with stage.as_(stage.actor("owner")) as connection:
        rows = await connection.fetch("update organizations set locale = locale returning id")
        gone = await connection.fetch("delete from guardianships returning organization_id")
    return [str(row[0]) for row in [*rows, *gone] if row[0] != school]


REFUSED = (
    "create temporary table mine (id int)",
    "create table public.mine (id int)",
    "create table app.mine (id int)",
    "create schema mine",
    "create function pg_temp.leak(text) returns boolean language sql as 'select true'",
    "create function public.leak(text) returns boolean language sql as 'select true'",
    "create view public.mine as select * from organizations",
    "create role mine",
    "create extension dblink",
    "alter table organizations disable row level security",
    "alter table organizations no force row level security",
    "alter policy fence on organizations using (true)",
    "drop policy fence on organizations",
    "drop trigger audit on organizations",
    "alter function app.org_id() immutable",
    "grant select on webhook_events to authenticated",
    "grant coursecove_service to authenticated",
    "copy organizations to program 'cat'",
    "copy organizations to '/tmp/organizations'",
    "select lo_import('/etc/passwd')",
    "select lo_export(1, '/tmp/out')",
    "select pg_read_file('PG_VERSION')",
    "select pg_ls_dir('.')",
    "select * from pg_authid",
    "select * from app.seal_keys",
    "select app.mac('context:', 1)",
    "select app.moment()",
    "select app.audit_digest(null)",
    "select set_config('session_replication_role', 'replica', true)",
    "select set_config('log_statement', 'all', true)",
    "lock table organizations in access exclusive mode",
    "security label on table organizations is 'x'",
    "load 'plpgsql'; select 1",
)


async def things_that_only_owners_do(stage: Stage) -> list[str]:
    tables = [f"truncate {table}" for table in stage.tables]
    tables += [
        f"create trigger t before insert on {table} execute function app.wake_workers()"
        for table in stage.tables
    ]
    found = []
    for name in ("owner", "bare login", "anon"):
        async with stage.as_(stage.actor(name)) as connection:
            for sql in (*REFUSED, *tables):
                answer = str(await attempt(connection, sql))
                if not answer.startswith("refused"):
                    found.append(f"{name}: {sql}: {answer}")
    return found


PROBES: tuple[Probe, ...] = (
    errors_as_answers,
    statistics,
    conflicts,
    functions_as_oracles,
    ways_around_tables,
    what_is_returned,
    things_that_only_owners_do,
)
