"""Tables as CSV that a spreadsheet opens without running anything in it."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from coursecove.kit.db import Reads
from coursecove.people.queries import RESTORABLE, Search

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a mark that spreadsheets need; a cell that would be a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


@dataclass(frozen=True, slots=True)
class Exported:
    """A member or an invitation as a line of the file."""

    name: str
    email: str | None
    role: str
    status: str
    since: datetime


MOST_EXPORTED = 50_000
_COLUMNS = """m.display_name as name, e.email, m.role,
           case when m.status = 'ACTIVE' then 'active' else 'removed' end as status,
           case when m.status = 'ACTIVE' then m.created_at else m.removed_at end as since"""
_FOUND = """m.organization_id = (select app.org_id()) and ($1 = '' or m.role = $1)
             and ($2 = '' or m.sort_name like $2)
             and ($3 = '' or m.id = any(array(select app.members_with_email($3))))"""
ACTIVE = f"""
    with m as (
      select m.* from organization_memberships m where {_FOUND} and m.status = 'ACTIVE'
       order by m.sort_name, m.id limit $4)
    select {_COLUMNS} from m left join app.member_emails(array(select id from m)) e on e.member_id = m.id
     order by m.sort_name, m.id"""  # noqa: S608 - literals of this file
REMOVED = f"""
    with m as (
      select m.* from organization_memberships m where {_FOUND} and {RESTORABLE}
       order by m.sort_name, m.id limit $4)
    select {_COLUMNS} from m left join app.member_emails(array(select id from m)) e on e.member_id = m.id
     order by m.sort_name, m.id"""  # noqa: S608
INVITED = """
    select '' as name, i.email, i.role, case when i.expires_at <= now() then 'expired' else 'invited' end as status,
           i.created_at as since from invitations i
     where i.organization_id = (select app.org_id()) and i.status = 'pending' and ($1 = '' or i.role = $1)
       and ($2 = '' or i.email like $2)
     order by i.id desc limit $3"""


async def exported(db: Reads, standing: str, search: Search) -> list[Exported]:
    """Everybody whom the search finds, whole."""
    if standing == "invited":
        return await db.fetch(Exported, INVITED, search.role, search.email, MOST_EXPORTED)
    sql = REMOVED if standing == "removed" else ACTIVE
    return await db.fetch(Exported, sql, search.role, search.name, search.email, MOST_EXPORTED)
