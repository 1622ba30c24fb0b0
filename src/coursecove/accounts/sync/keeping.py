"""How long things are kept: bodies of webhooks, webhooks themselves, and the data of closed schools."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Table

from coursecove.accounts.events import OrganizationExpired, OrganizationPurged
from coursecove.kit.db import Base, ServiceDb

ROWS_AT_ONCE: Final = 1000
HELD_FOR_DAYS: Final = 90
"""A label is nobody's for so long after its school is gone."""

REDACT: Final = """
    with old as (
        select id from webhook_events
         where redacted_at is null and created_at < now() - make_interval(days => $1) and status <> 'pending'
         order by created_at limit $2),
    blanked as (
        update webhook_events w set body = null, payload = null, redacted_at = now(), updated_at = now()
          from old where w.id = old.id returning 1)
    select count(*) from blanked"""

FORGET: Final = """
    with old as (
        select id from webhook_events
         where created_at < now() - make_interval(days => $1) and status <> 'pending' limit $2),
    gone as (delete from webhook_events w using old where w.id = old.id returning 1)
    select count(*) from gone"""

OVERDUE: Final = """
    select id, closed_at from organizations
     where status = 'DELETED' and closed_at <= now() - make_interval(days => $1) and ($2::uuid is null or id = $2)
     order by closed_at"""

STILL_CLOSED: Final = """
    select id from organizations
     where id = $1 and status = 'DELETED' and closed_at <= now() - make_interval(days => $2) for update"""

HOLD_LABELS: Final = """
    update hostnames set status = 'held', until = now() + make_interval(days => $2) where organization_id = $1"""

BURY_MEMBERSHIPS: Final = """
    update identity_mirror set deleted = true, data = '{}', doubtful = false, updated_at = now()
     where kind = 'membership' and not deleted
       and organization_ref = (select clerk_organization_id from organizations where id = $1)"""


@dataclass(frozen=True, slots=True)
class Keep:
    """How many days each of them is kept."""

    bodies: int
    webhooks: int
    closed_schools: int


async def redact_some(db: ServiceDb, days: int) -> int:
    """Blank bodies that are older; how many."""
    count: int = await db.value(REDACT, days, ROWS_AT_ONCE)
    return count


async def forget_some(db: ServiceDb, days: int) -> int:
    """Delete webhooks that are older; how many."""
    count: int = await db.value(FORGET, days, ROWS_AT_ONCE)
    return count


async def end_grace(db: ServiceDb, days: int, school_id: UUID | None = None) -> int:
    """Say of each closed school, or of this one, once that its grace is over; how many those are."""
    connection = await db.connection()
    rows = await connection.fetch(OVERDUE, days, school_id)
    db.belongs_to(None)  # a run of the school's own would be purged with it
    for row in rows:
        await db.emit(OrganizationExpired(row["id"]), key=f"{row['id']}:{row['closed_at'].isoformat()}")
    return len(rows)


async def purge_some(db: ServiceDb, days: int, school_id: UUID) -> bool:
    """Delete a portion of a closed school's rows, dependents first; True where something is left of it."""
    connection = await db.connection()
    if not await connection.fetchval(STILL_CLOSED, school_id, days):
        return False  # opened again, or gone
    for table in tables_of_schools():
        gone = await connection.execute(_delete_some(table), school_id, ROWS_AT_ONCE)
        if int(gone.split()[-1]):
            return True
    await connection.execute(HOLD_LABELS, school_id, HELD_FOR_DAYS)
    await connection.execute(BURY_MEMBERSHIPS, school_id)
    await connection.execute("delete from organizations where id = $1", school_id)
    await db.emit(OrganizationPurged(school_id), key=str(school_id))
    return False


def tables_of_schools() -> list[Table]:
    """Every table whose rows go with their school, dependents first."""
    owned = {
        mapper.local_table
        for mapper in Base.registry.mappers
        if "organization_id" in mapper.local_table.c and "delete" in mapper.class_.row_security.service
    }
    return [
        table
        for table in reversed(Base.metadata.sorted_tables)
        if table in owned and table.name != "hostnames"
    ]


def _delete_some(table: Table) -> str:
    return (
        f"delete from {table.name} where ctid = any(array("  # noqa: S608 - the name of a table of ours
        f"select ctid from {table.name} where organization_id = $1 limit $2))"
    )
