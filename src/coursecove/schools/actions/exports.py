"""Asking for the school's data."""

from uuid import UUID

from sqlalchemy import insert

from coursecove.kit.db import UserDb
from coursecove.kit.db.failures import on_violation
from coursecove.kit.errors import Conflict
from coursecove.schools.events import ExportAsked, ExportFetched
from coursecove.schools.models import SchoolExport


class ExportUnderWay(Conflict):
    """An export is being written already. It will be ready in a while."""


on_violation("school_exports_open_key", ExportUnderWay)

OPEN = """
    select exists (select from school_exports
                    where organization_id = (select app.org_id()) and state in ('waiting', 'running'))"""


async def ask_for_export(db: UserDb, actor_id: UUID | None) -> SchoolExport:
    """Have everything of the school written into an archive."""
    if await db.value(OPEN):
        raise ExportUnderWay
    asked = insert(SchoolExport).values(requested_by=actor_id)
    export: SchoolExport = (await db.execute(asked.returning(SchoolExport))).scalar_one()
    await db.emit(ExportAsked(export.id))
    return export


async def note_fetched(db: UserDb, export_id: UUID) -> None:
    """Who took the school's data away stands in its history."""
    await db.emit(ExportFetched(export_id))
