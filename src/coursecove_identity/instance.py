"""Which installation of the provider this is: one row, which the migration makes."""

from coursecove_identity.store import Connection

MOVE = "update identity.instance set origin = $1 where origin <> $1"


async def ensure(connection: Connection, origin: str) -> str:
    """The instance's id; `origin` is where the provider is reached, and may change."""
    await connection.execute(MOVE, origin)
    return str(await connection.fetchval("select id from identity.instance"))
