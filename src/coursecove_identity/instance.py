"""Which installation of the provider this is: one row, made by whoever comes first."""

from coursecove_identity.clock import now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.store import Connection

MAKE = "insert into identity.instance (id, origin, created_at) values ($1, $2, $3) on conflict (is_only) do nothing"
MOVE = "update identity.instance set origin = $1 where origin <> $1"


async def ensure(connection: Connection, origin: str) -> str:
    """The instance's id; `origin` is where the provider is reached, and may change."""
    found = await connection.fetchrow("select id, origin from identity.instance")
    if found is None:
        await connection.execute(MAKE, new_id("ins"), origin, now_ms())
    elif found["origin"] != origin:
        await connection.execute(MOVE, origin)
    return str(found["id"] if found else await connection.fetchval("select id from identity.instance"))
