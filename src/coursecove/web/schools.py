"""Which school lives at a host: asked of the database as a stranger would ask."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.db import Database
from coursecove.kit.web.host_gate import Moved
from coursecove.kit.web.hosts import ForeignHost, SchoolHost


@dataclass(frozen=True, slots=True)
class SchoolAtHost:
    """What anybody may know of a school from its address."""

    id: UUID
    clerk_organization_id: str
    label: str
    name: str
    status: str
    kind: str
    brand_color: str | None
    time_zone: str
    locale: str


SCHOOL_AT = """
    select id, clerk_organization_id, label, name, status, kind, brand_color, time_zone, locale
      from app.school_by_host($1)"""


class Schools:
    """Resolves the host gate's labels and foreign names; the gate caches the answers for a minute."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, host: SchoolHost | ForeignHost) -> SchoolAtHost | Moved | None:
        name = host.label if isinstance(host, SchoolHost) else host.name
        async with self._database.anonymous() as db:
            found = await db.first(SchoolAtHost, SCHOOL_AT, name)
        if found is not None and found.status == "redirect":
            return Moved(found.label)
        return found
