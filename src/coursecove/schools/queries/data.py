"""Reads about exports."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.kit.db import Reads


@dataclass(frozen=True, slots=True)
class Export:
    """An archive of the school's data, or one that is being written."""

    id: UUID
    state: str
    created_at: datetime
    requested_by: str | None
    tables_done: int
    tables_total: int
    rows_written: int
    size: int
    problem: str | None
    finished_at: datetime | None
    expires_at: datetime | None


EXPORTS = """
    select e.id, e.state, e.created_at, m.display_name as requested_by, e.tables_done, e.tables_total,
           e.rows_written, e.size, e.problem, e.finished_at, e.expires_at
      from school_exports e
      left join organization_memberships m on m.organization_id = e.organization_id and m.id = e.requested_by
     where e.organization_id = (select app.org_id())
     order by e.id desc limit 20"""


async def exports(db: Reads) -> list[Export]:
    """The latest first."""
    return await db.fetch(Export, EXPORTS)


EXPORT = """
    select e.id, e.state, e.created_at, m.display_name as requested_by, e.tables_done, e.tables_total,
           e.rows_written, e.size, e.problem, e.finished_at, e.expires_at
      from school_exports e
      left join organization_memberships m on m.organization_id = e.organization_id and m.id = e.requested_by
     where e.organization_id = (select app.org_id()) and e.id = $1"""


async def export(db: Reads, export_id: UUID) -> Export:
    return await db.one(Export, EXPORT, export_id)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an archive."""

    content: bytes


PART = """
    select p.content from school_export_parts p
     where p.organization_id = (select app.org_id()) and p.export_id = $1 and p.position = $2"""


async def part(db: Reads, export_id: UUID, position: int) -> Part | None:
    return await db.first(Part, PART, export_id, position)
