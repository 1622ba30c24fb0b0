"""The catalogue gates, and how one is run."""

import asyncpg

from tests.security.gates import functions, keys, rights, rows, surroundings
from tests.security.gates.exempt import EXEMPT
from tests.security.gates.gate import Gate

ALL: tuple[Gate, ...] = (*rows.GATES, *keys.GATES, *functions.GATES, *rights.GATES, *surroundings.GATES)

__all__ = ["ALL", "EXEMPT", "Gate", "found", "unexcused"]


async def found(connection: "asyncpg.Connection[asyncpg.Record]", gate: Gate) -> set[str]:
    """Everything the gate finds, exempt or not."""
    return {row[0] for row in await connection.fetch(gate.finds)}


async def unexcused(connection: "asyncpg.Connection[asyncpg.Record]", gate: Gate) -> set[str]:
    """What the gate finds and nobody has excused."""
    return await found(connection, gate) - set(EXEMPT.get(gate.name, {}))
