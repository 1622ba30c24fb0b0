"""Does the audit log still say what was written? Each entry's hash covers it and the one before."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.db import Reads


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """An entry that is not what was written, or does not follow the one before it."""

    organization_id: UUID
    position: int
    what: str


BROKEN_LINKS = """
    select organization_id, position, what
      from (select l.organization_id, l.position,
                   case when l.hash <> app.audit_digest(l) then 'was changed'
                        when l.position <> coalesce(lag(l.position) over chain, 0) + 1 then 'follows a gap'
                        when l.previous_hash <> coalesce(lag(l.hash) over chain, ''::bytea)
                        then 'does not follow the entry before it' end as what
              from audit_log l
            window chain as (partition by l.organization_id order by l.position)) as checked
     where what is not null
     order by organization_id, position limit 100"""


async def broken_links(db: Reads) -> list[BrokenLink]:
    """Entries of any school that do not hold, at most a hundred; for the service client.

    Entries cut off at the end of a school's chain cannot be seen from the chain alone.
    """
    return await db.fetch(BrokenLink, BROKEN_LINKS)
