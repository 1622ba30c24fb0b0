"""The embedded provider's own background work, beside the worker's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from coursecove.kit.db import Database
from coursecove.kit.web.hosts import PublicRoot
from coursecove.settings import Settings
from coursecove.web.identity_provider import build_provider
from coursecove_identity.delivering import DEVELOPMENT, Deliveries, Schedule, Target
from coursecove_identity.running import Running, Task

WEBHOOKS = "/api/webhooks/clerk"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what it means to listen there


@asynccontextmanager
async def identity_work(settings: Settings, database: Database) -> AsyncIterator[Running | None]:
    """Runs as long as the block does; nothing where Clerk keeps the accounts."""
    if settings.identity.uses_clerk:
        yield None
        return
    provider = build_provider(settings, database)
    schedule = DEVELOPMENT if settings.in_development else Schedule()
    secrets = settings.webhook_secrets
    async with Deliveries(provider.store, webhook_target(settings), secrets, schedule=schedule) as deliveries:
        running = Running(provider, [Task("webhooks", 1, deliveries.deliver_due, urgent=True)])
        task = asyncio.create_task(running.run())
        try:
            yield running
        finally:
            running.stop()
            await asyncio.gather(task, return_exceptions=True)
            await provider.close()


def webhook_target(settings: Settings) -> Target:
    """The one address that hears of every change: unless another is set, the site on this machine, called by its name."""
    if settings.identity.webhook_url is not None:
        return Target(settings.identity.webhook_url)
    name = _EVERYWHERE.get(settings.host, settings.host)
    root = PublicRoot.parse(settings.origin())
    return Target(f"http://{name}:{settings.port}{WEBHOOKS}", root.netloc(root.name))
