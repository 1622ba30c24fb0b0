"""The provider's own tables: plain SQL files, applied in order, each once."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from coursecove_identity.clock import now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.store import Connection

LOCK = "select pg_advisory_xact_lock(hashtextextended('coursecove_identity:migrate', 0))"

VERSIONS = """
    create table if not exists identity.schema_versions (
        version text primary key, checksum text not null, applied_at timestamptz not null default now())"""

INSTANCE = "insert into identity.instance (id, created_at) values ($1, $2) on conflict (is_only) do nothing"

APPLIED = "select version, checksum from identity.schema_versions"


class SchemaDiffers(Exception):
    """A file was changed after it had been applied, or the database knows files that this code does not."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file."""

    version: str
    sql: str

    @property
    def checksum(self) -> str:
        return sha256(self.sql.encode()).hexdigest()


def steps() -> list[Step]:
    """Every file of this folder, in order."""
    found = (each for each in files(__name__).iterdir() if each.name.endswith(".sql"))
    return [
        Step(each.name.removesuffix(".sql"), each.read_text("utf-8"))
        for each in sorted(found, key=lambda each: each.name)
    ]


async def migrate(connection: Connection) -> list[str]:
    """Apply what is missing, as the schema's owner; answers the versions applied. Two at once wait for each other."""
    async with connection.transaction():
        await connection.execute(LOCK)
        await connection.execute(VERSIONS)
        pending = await _pending(connection)
        for step in pending:
            await connection.execute(step.sql)
            await connection.execute(
                "insert into identity.schema_versions (version, checksum) values ($1, $2)",
                step.version,
                step.checksum,
            )
        await connection.execute(INSTANCE, new_id("ins"), now_ms())
    return [step.version for step in pending]


async def missing(connection: Connection) -> list[str]:
    """The versions that the database lacks; SchemaDiffers where it holds something else than this code."""
    if await connection.fetchval("select to_regclass('identity.schema_versions') is null"):
        return [step.version for step in steps()]
    return [step.version for step in await _pending(connection)]


async def _pending(connection: Connection) -> list[Step]:
    applied = {row["version"]: row["checksum"] for row in await connection.fetch(APPLIED)}
    known = steps()
    changed = [step.version for step in known if applied.get(step.version, step.checksum) != step.checksum]
    unknown = sorted(applied.keys() - {step.version for step in known})
    if changed or unknown:
        raise SchemaDiffers(f"the identity schema differs: {', '.join([*changed, *unknown])}")
    return [step for step in known if step.version not in applied]
