"""Writing a migration: what separates the migrated state from the declared one, as literal SQL."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from coursecove.kit.db.catalogue import Catalogue, catalogue, differences
from coursecove.kit.db.provision import Provision
from coursecove.kit.db.row_security import removal, statements
from coursecove.migrations import declared, run


async def revise(url: str, wanted: Provision, message: str) -> Path | None:
    """Write the next migration under `versions/`, or nothing where nothing changed."""
    wanted_catalogue = await run.declared_catalogue(url, wanted)
    async with run.scratch_database(url) as scratch:
        await run.migrate(scratch, wanted)
        connection = await asyncpg.connect(scratch)
        found = await catalogue(connection)
        policies = await connection.fetch(
            "select schemaname || '.' || tablename as table, policyname::text as name from pg_policies"
        )
        await connection.close()
        if not differences(wanted_catalogue, found):
            return None
        lines = list(_functions(wanted_catalogue, found, needs_tables=False))
        lines += await _tables(scratch)
        lines += _checks(wanted_catalogue, found)
        lines += _functions(wanted_catalogue, found, needs_tables=True)
        held: dict[str, list[str]] = {}
        for row in policies:
            held.setdefault(row["table"].removeprefix("public."), []).append(row["name"])
        lines += _row_security(wanted_catalogue, found, held)
        lines += _triggers(wanted_catalogue, found)
        lines += [_execute(statement) for statement in declared.EXTRA if not found.get(f"extra {statement}")]
    return _write(message, lines)


def _functions(wanted: Catalogue, found: Catalogue, *, needs_tables: bool) -> list[str]:
    changed = []
    for function in declared.FUNCTIONS:
        names = [name for name in wanted if name.startswith(f"function {function.name}(")]
        if function.needs_tables == needs_tables and any(found.get(n) != wanted[n] for n in names):
            changed += [_execute(statement) for statement in function.statements()]
    if needs_tables:
        gone = [name for name in found.keys() - wanted.keys() if name.startswith("function ")]
        changed += [_execute(f"drop {name}") for name in sorted(gone)]
    return changed


async def _tables(url: str) -> list[str]:
    code: list[str] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        directives = produce_migrations(context, declared.METADATA).upgrade_ops
        if directives is not None and not directives.is_empty():
            code.extend(line.removeprefix("    ") for line in render_python_code(directives).splitlines())

    await run._with_connection(url, compare)  # noqa: SLF001 - the same package
    return code


def _checks(wanted: Catalogue, found: Catalogue) -> list[str]:
    """Check constraints of tables that are there already: Alembic does not compare them."""
    lines = []
    for name in sorted(name for name in wanted.keys() | found.keys() if name.startswith("constraint ")):
        table, _, constraint = name.removeprefix("constraint ").rpartition(".")
        before, after = found.get(name, ""), wanted.get(name, "")
        if before == after or f"table {table}" not in found or not (before or after).startswith("CHECK"):
            continue
        if before:
            lines.append(_execute(f"alter table {table} drop constraint {constraint}"))
        if after:
            lines.append(_execute(f"alter table {table} add constraint {constraint} {after}"))
    return lines


def _row_security(wanted: Catalogue, found: Catalogue, held: dict[str, list[str]]) -> list[str]:
    lines: list[str] = []
    for table, rules in declared.row_security():
        prefixes = (f"policy public.{table}.", f"table {table}", f"column {table}.")
        names = [n for n in wanted.keys() | found.keys() if n.startswith(prefixes[0]) or n == prefixes[1]]
        names += [n for n in wanted if n.startswith(prefixes[2])]
        if any(found.get(name) != wanted.get(name) for name in names):
            if f"table {table}" in found:
                lines += [_execute(statement) for statement in removal(table, held.get(table, []))]
            lines += [_execute(statement) for statement in statements(table, rules)]
    return lines


def _triggers(wanted: Catalogue, found: Catalogue) -> list[str]:
    return [
        _execute(statement)
        for trigger in declared.TRIGGERS
        if found.get(f"trigger {trigger.table}.{trigger.name}")
        != wanted.get(f"trigger {trigger.table}.{trigger.name}")
        for statement in trigger.statements()
    ]


def _execute(statement: str) -> str:
    quoted = statement.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'sql("""{quoted}""")'


def _write(message: str, lines: list[str]) -> Path:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    script = command.revision(config, message=message, rev_id=f"{number:04d}")
    path = Path(str(getattr(script, "path", "")))
    body = "\n".join("    " + line for line in ["sql = op.get_bind().exec_driver_sql", *lines])
    path.write_text(path.read_text().replace("    pass", body))
    return path
