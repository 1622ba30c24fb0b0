"""Writing a school's data into an archive, and forgetting archives that have served their time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, cast
from uuid import UUID

from coursecove.kit import clock
from coursecove.kit.db import Database, ReadDb, ServiceDb
from coursecove.kit.durable import Backoff, Failure, Function, Run, ScheduleTicked, function
from coursecove.kit.ids import new_id
from coursecove.schools.events import ExportAsked, ExportFinished
from coursecove.schools.exporting import Archive, Pieces, Source, sources
from coursecove.schools.functions.office import Office

PIECE = 512 * 1024
ROWS_AT_ONCE = 500
KEPT = timedelta(days=7)
LONGEST = 1800.0
FAILED = "It could not be written. Ask for it again; if that fails too, write to support."

BEGIN = """
    update school_exports set state = 'running', tables_done = 0, tables_total = $3, rows_written = 0, size = 0
     where organization_id = $1 and id = $2 and state in ('waiting', 'running') returning id"""
FORGET_PARTS = """
    with gone as (delete from school_export_parts where organization_id = $1 and export_id = $2 returning 1)
    select count(*) from gone"""
KEEP = """
    insert into school_export_parts (organization_id, id, export_id, position, content)
    values ($1, $2, $3, $4, $5) returning id"""
NOTE = """
    update school_exports set tables_done = $3, rows_written = $4, size = $5
     where organization_id = $1 and id = $2 returning id"""
READY = """
    update school_exports set state = 'ready', finished_at = $3, expires_at = $4
     where organization_id = $1 and id = $2 and state = 'running' returning id"""
FAIL = """
    update school_exports set state = 'failed', problem = $3, finished_at = now()
     where organization_id = $1 and id = $2 and state in ('waiting', 'running') returning id"""
EXPIRE = """
    with old as (
      update school_exports set state = 'expired' where state = 'ready' and expires_at <= now()
      returning organization_id, id),
    gone as (
      delete from school_export_parts p using old
       where p.organization_id = old.organization_id and p.export_id = old.id)
    select count(*) from old"""


@dataclass(slots=True)
class _Work:
    """An archive on its way: what was kept of it, and how far it is."""

    database: Database
    school_id: UUID
    export_id: UUID
    pieces: Pieces
    kept: int = 0
    tables: int = 0
    rows: int = 0

    async def keep(self, *, all_of_it: bool = False) -> None:
        """Put the pieces that are complete where the download finds them, and say how far it is."""
        async with self.database.service() as db:
            for piece in self.pieces.full():
                await self._keep_one(db, piece)
            if all_of_it and self.pieces.rest():
                await self._keep_one(db, self.pieces.rest())
            await db.value(NOTE, self.school_id, self.export_id, self.tables, self.rows, self.pieces.tell())

    async def _keep_one(self, db: ServiceDb, piece: bytes) -> None:
        await db.value(KEEP, self.school_id, new_id(), self.export_id, self.kept, piece)
        self.kept += 1


def exporting(office: Office) -> Function[ExportAsked]:
    @function(
        on=ExportAsked,
        retries=3,
        backoff=Backoff(base=10, factor=3, cap=300),
        serial_key="export_id",
        timeout=LONGEST,
        on_exhausted=give_up,
    )
    async def write_export(run: Run[ExportAsked]) -> None:
        """Written anew from the start if it is killed: what was kept of it is forgotten first."""
        export_id = run.event.export_id
        written = await run.call("write", write, office.database, run.organization_id, export_id)
        if written:
            await run.step("finish", finish, export_id)

    return write_export


async def write(_key: str, database: Database, school_id: UUID, export_id: UUID) -> bool:
    """All tables as one moment saw them; False where nobody waits for it any more."""
    wanted = sources()
    async with database.service() as db:
        if await db.value(BEGIN, school_id, export_id, len(wanted)) is None:
            return False
        await db.value(FORGET_PARTS, school_id, export_id)
    work = _Work(database, school_id, export_id, Pieces(PIECE))
    archive = Archive(cast("IO[bytes]", work.pieces))
    async with database.service_read() as snapshot:
        await (await snapshot.connection()).execute("set transaction isolation level repeatable read")
        school = await snapshot.value("select name from organizations where id = $1", school_id)
        for source in wanted:
            await _write_table(snapshot, archive, source, work)
        await _write_logo(snapshot, archive, school_id)
    archive.close(school=str(school), at=clock.now().isoformat())
    await work.keep(all_of_it=True)
    return True


async def _write_table(snapshot: ReadDb, archive: Archive, source: Source, work: _Work) -> None:
    lines = archive.table(source.name)
    async for rows in _rows(snapshot, source, work.school_id):
        for row in rows:
            lines.write(row)
        work.rows += len(rows)
        await work.keep()
    lines.close()
    work.tables += 1
    await work.keep()


async def _rows(snapshot: ReadDb, source: Source, school_id: UUID) -> AsyncIterator[list[str]]:
    """A few hundred rows at a time, through a cursor."""
    connection = await snapshot.connection()
    await connection.execute(f"declare export_rows no scroll cursor for {source.sql}", school_id)
    while rows := await connection.fetch(f"fetch {ROWS_AT_ONCE} from export_rows"):
        yield [row[0] for row in rows]
    await connection.execute("close export_rows")


async def _write_logo(snapshot: ReadDb, archive: Archive, school_id: UUID) -> None:
    image: bytes | None = await snapshot.value(
        "select image from school_logos where organization_id = $1 order by id limit 1", school_id
    )
    if image is not None:
        archive.file("logo.png", image)


async def finish(db: ServiceDb, export_id: UUID) -> None:
    """It can be fetched from now on, for a week."""
    now = clock.now()
    if await db.value(READY, db.organization_id, export_id, now, now + KEPT) is not None:
        await db.emit(ExportFinished(export_id, now + KEPT), key=str(export_id))


async def give_up(db: ServiceDb, failure: Failure[ExportAsked]) -> None:
    await db.value(FAIL, failure.organization_id, failure.event.export_id, FAILED)


@function(cron="11 * * * *")
async def expire_exports(run: Run[ScheduleTicked]) -> None:
    """Archives are kept for a week, then nothing of them but that they were."""
    await run.step("expire", expire)


async def expire(db: ServiceDb) -> int:
    count: int = await db.value(EXPIRE)
    return count
