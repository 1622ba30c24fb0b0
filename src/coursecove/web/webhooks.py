"""Composes the webhooks' way in: before everything else of the site, at the apex and where people sign in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coursecove.accounts.sync import causes
from coursecove.accounts.sync.journal import Journal
from coursecove.accounts.sync.outcomes import Applying, DatabaseAway
from coursecove.accounts.sync.receiving import LIMITS, Limits, Receiver
from coursecove.accounts.sync.replaying import Replaying
from coursecove.accounts.sync.sweeping import Sweeper
from coursecove.accounts.sync.synthetic import told
from coursecove.accounts.sync.taking import Line, Patience
from coursecove.accounts.sync.watching import Watch
from coursecove.accounts.webhooks import PATH, WebhookEndpoint
from coursecove.kit.db import Database
from coursecove.kit.web.hosts import Apex, HostRefused, IdentityHost, PublicRoot, parse_host
from coursecove.settings import Settings

UNHURRIED: Final = Patience(statement=10, lock=0.15, connect=5)
"""For those for whom no sender waits."""


class Webhooks:
    """What one web process needs to receive: endpoint, journal, and whoever empties the journal."""

    def __init__(
        self, settings: Settings, database: Database, registry: CollectorRegistry, limits: Limits = LIMITS
    ) -> None:
        instance = settings.identity.clerk_instance_id
        self.journal = open_journal(settings)
        self.receiver = Receiver(database.config, self.journal, limits)
        self.endpoint = WebhookEndpoint(
            self.receiver,
            Watch(registry, self.journal),
            secrets=settings.webhook_secrets,
            instance=instance,
        )
        self._replaying = Replaying(self.journal, Line(database.config, UNHURRIED), instance=instance)
        self._learning = Applying(
            Line(database.config, UNHURRIED), lambda _, error: causes.failure(error, path="learn")
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Connect, and take up what the journal still holds."""
        self._tasks = [asyncio.create_task(self._replaying.run()), asyncio.create_task(self._hurry())]
        await self.receiver.warm()

    async def close(self) -> None:
        """Answer who waits, then end."""
        await self.receiver.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._replaying.close()
        await self.journal.close()

    async def learn(self, event_type: str, data: bytes) -> None:
        """What the provider has just answered is shown at once; its webhook will find it known."""
        arrival = told(event_type, data, path="learn")
        try:
            await self._learning.apply([arrival])
        except DatabaseAway:
            return  # the webhook tells the same

    async def _hurry(self) -> None:
        while True:
            await self.receiver.came_back.wait()
            self.receiver.came_back.clear()
            self._replaying.hurry()


class WaitingWebhooks:
    """What one worker does for webhooks that wait: in the table, or in a journal whose process is gone."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._sweeper = Sweeper(Line(database.config, UNHURRIED))
        self._replaying = Replaying(
            open_journal(settings),
            Line(database.config, UNHURRIED),
            instance=settings.identity.clerk_instance_id,
        )

    @asynccontextmanager
    async def swept(self) -> AsyncIterator[None]:
        """As long as the block lasts; what is in hand is finished."""
        sweeping, replaying = (
            asyncio.create_task(self._sweeper.run()),
            asyncio.create_task(self._replaying.run()),
        )
        try:
            yield
        finally:
            self._sweeper.stop()
            replaying.cancel()
            await asyncio.gather(sweeping, replaying, return_exceptions=True)
            self._replaying.close()


class WebhookDoor:
    """Lets webhooks in before hosts, headers and logs are looked at; all else goes on its way."""

    def __init__(self, app: ASGIApp, webhooks: Webhooks, root: PublicRoot) -> None:
        self._app, self._webhooks, self._root = app, webhooks, root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_ours(scope):
            await self._webhooks.endpoint(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, self._living(send))
        else:
            await self._app(scope, receive, send)

    def _living(self, send: Send) -> Send:
        """Starts and ends together with the site."""

        async def watched(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await self._webhooks.start()
            elif message["type"] == "lifespan.shutdown.complete":
                await self._webhooks.close()
            await send(message)

        return watched

    def _is_ours(self, scope: Scope) -> bool:
        if scope["path"] != PATH:
            return False
        try:
            host = parse_host([value for name, value in scope["headers"] if name == b"host"], self._root)
        except HostRefused:
            return False
        return isinstance(host, Apex | IdentityHost)


def open_journal(settings: Settings) -> Journal:
    return Journal(settings.journal_folder, limit=settings.webhooks.journal_megabytes * 1024 * 1024)
