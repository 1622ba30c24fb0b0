"""The pipeline as composed, on a database of the test's own, with the provider in front of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from prometheus_client import CollectorRegistry
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from coursecove.accounts.sync.receiving import LIMITS, Limits
from coursecove.accounts.sync.sweeping import Sweeper
from coursecove.accounts.sync.taking import Line, Patience
from coursecove.accounts.webhooks import PATH
from coursecove.kit.db import Database
from coursecove.kit.web.hosts import PublicRoot
from coursecove.settings import IdentitySettings, Settings, WebhookSettings
from coursecove.web.webhooks import UNHURRIED, WebhookDoor, Webhooks
from tests.sync import provider


@dataclass
class Stage:
    """Posts webhooks as the provider does, and looks at what became of them."""

    settings: Settings
    database: Database
    admin: "asyncpg.Connection[asyncpg.Record]"
    limits: Limits = LIMITS
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    webhooks: Webhooks = field(init=False)
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.webhooks = Webhooks(self.settings, self.database, self.registry, self.limits)
        root = PublicRoot.parse(self.settings.origin())
        app: ASGIApp = WebhookDoor(PlainTextResponse("another place", 404), self.webhooks, root)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=self.settings.origin())

    async def close(self) -> None:
        await self.webhooks.close()
        await self.client.aclose()

    async def post(self, body: bytes, webhook_id: str | None = None, **signing: Any) -> httpx.Response:
        headers = provider.signed(body, webhook_id or provider.fresh("msg"), **signing)
        return await self.client.post(PATH, content=body, headers=headers)

    async def tell(
        self, event_type: str, data: dict[str, Any], webhook_id: str | None = None, **more: Any
    ) -> str:
        """Deliver an event that is answered with 200; its id."""
        webhook_id = webhook_id or provider.fresh("msg")
        answer = await self.post(provider.event(event_type, data, **more), webhook_id)
        assert answer.status_code == 200, answer.text
        return webhook_id

    async def webhook(self, webhook_id: str) -> Any:
        return await self.admin.fetchrow("select * from webhook_events where webhook_id = $1", webhook_id)

    async def status(self, webhook_id: str) -> str | None:
        row = await self.webhook(webhook_id)
        return row and row["status"]

    async def one(self, sql: str, *args: object) -> Any:
        """The only row of an answer."""
        rows = await self.admin.fetch(sql, *args)
        assert len(rows) == 1, rows
        return rows[0]

    async def member(self, user_id: str) -> Any:
        return await self.one(
            "select m.*, o.clerk_organization_id, u.status as user_status from organization_memberships m"
            " join users u on u.id = m.user_id join organizations o on o.id = m.organization_id"
            " where u.clerk_user_id = $1",
            user_id,
        )

    async def school(self, organization_id: str) -> Any:
        return await self.one("select * from organizations where clerk_organization_id = $1", organization_id)

    async def user(self, user_id: str) -> Any:
        return await self.one("select * from users where clerk_user_id = $1", user_id)

    async def facts(self, name: str) -> list[str]:
        """The keys of the events of this name that tests caused."""
        rows = await self.admin.fetch(
            "select key from events where name = $1 and occurred_at > $2 order by id", name, self.since
        )
        return [row["key"] for row in rows]

    async def done(self) -> bool:
        """Whether nothing waits any more, neither in the table nor in the journal; tries it all once."""
        await self.webhooks._replaying.replay()
        await self.admin.execute("update webhook_events set next_attempt_at = now() where status = 'pending'")
        await self.sweep()
        waiting = await self.admin.fetchval("select count(*) from webhook_events where status = 'pending'")
        return waiting == 0 and self.webhooks.journal.waiting().bytes == 0

    async def sweep(self) -> int:
        """One turn of a worker's sweeper."""
        sweeper = Sweeper(Line(self.database.config, UNHURRIED))
        try:
            return await sweeper.sweep()
        finally:
            sweeper._line.cut()

    since: Any = None


PATIENT = Limits(deadline=60, patience=Patience(statement=50, lock=50, connect=50))
"""For tests of anything but time: on a machine that is busy with other tests the real limits are soon reached."""


async def make_stage(
    settings: Settings,
    database: Database,
    admin: "asyncpg.Connection[asyncpg.Record]",
    folder: Path,
    limits: Limits = PATIENT,
) -> Stage:
    """A stage with a journal of its own."""
    stage = Stage(with_journal(settings, folder), database, admin, limits)
    stage.since = await admin.fetchval("select clock_timestamp()")
    return stage


def with_journal(settings: Settings, folder: Path | str, **more: Any) -> Settings:
    webhooks = WebhookSettings.model_validate({"journal": str(folder)} | more)
    identity = IdentitySettings.model_validate({"clerk_webhook_secret": provider.SECRET})
    return settings.model_copy(update={"webhooks": webhooks, "identity": identity})


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    """Look again and again until it holds."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what is awaited happens elsewhere
            await asyncio.sleep(0.02)


FORGETFUL = """
    create function forget() returns trigger language plpgsql as $$
    begin raise exception 'this one cannot be written'; end $$;
    create trigger forgetful before insert or update on users for each row
      when (new.last_name = 'Poison') execute function forget()"""
"""A fault that only the webhooks of one family meet."""
