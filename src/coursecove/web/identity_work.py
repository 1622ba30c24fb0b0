"""The embedded provider's own background work, beside the worker's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from coursecove.kit.db import Database
from coursecove.settings import Settings
from coursecove.web.identity_provider import build_provider
from coursecove_identity.running import Running


@asynccontextmanager
async def identity_work(settings: Settings, database: Database) -> AsyncIterator[Running | None]:
    """Runs as long as the block does; nothing where Clerk keeps the accounts."""
    if settings.identity.uses_clerk:
        yield None
        return
    provider = build_provider(settings, database)
    running = Running(provider)
    task = asyncio.create_task(running.run())
    try:
        yield running
    finally:
        running.stop()
        await asyncio.gather(task, return_exceptions=True)
        await provider.close()
