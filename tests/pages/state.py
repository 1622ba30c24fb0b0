"""The whole database as digests, to see whether anything was changed."""

from hashlib import sha256

import asyncpg


async def state_of(admin: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    """A digest of every table."""
    tables = await admin.fetch(
        "select schemaname || '.' || tablename as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
    )
    found = {}
    for table in tables:
        text = await admin.fetchval(
            f"select coalesce(string_agg(t::text, '\n' order by t::text), '') from {table['name']} t"
        )
        found[table["name"]] = sha256(text.encode()).hexdigest()
    return found
