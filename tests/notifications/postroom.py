"""The outbox of a test's own database, a worker of the embedded engine, and a way out."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from coursecove.kit.db import Database, ServiceDb
from coursecove.kit.durable import Functions
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.durable.worker import Worker
from coursecove.kit.mail import Address
from coursecove.notifications.actions import queue_mail
from coursecove.notifications.functions import Post, functions
from coursecove.providers.mail import MailProvider

OPEN = """
    select (select count(*) from events where dispatched_at is null)
         + (select count(*) from function_runs where status in ('waiting', 'running'))"""
NO_WAITING = """
    with due as (update function_runs set due_at = now() where status = 'waiting' and due_at > now() returning 1)
    select count(*) from due"""
CALM = "with done as (update events set dispatched_at = now() where dispatched_at is null returning 1) select count(*) from done"
SENDER = Address("no-reply@coursecove.example", "CourseCove")


def origin(label: str) -> str:
    return f"https://{label}.coursecove.example"


def post(database: Database, provider: MailProvider) -> Post:
    return Post(database, provider, SENDER, origin)


class Postroom:
    """Queues mail and lets a worker deliver it, without waiting for any backoff."""

    def __init__(self, database: Database, provider: MailProvider) -> None:
        self.database = database
        self._functions = Functions(functions(post(database, provider)))

    async def queue(self, key: str, school_id: UUID | None = None, **other: str) -> None:
        words = {
            "to": "isla@music.example",
            "subject": "Hello",
            "text": "Hello, Isla",
            "html": "<p>Hello</p>",
        }
        async with self.database.service(school_id) as db:
            await queue_mail(db, **(words | other), key=key, school_id=school_id)

    async def deliver(self, *, lease: float = 30, seconds: float = 30) -> None:
        """Until nothing is left to do."""
        engine = Embedded(self._functions, self.database, lease=lease)
        worker = Worker(engine)
        working = asyncio.create_task(worker.run())
        try:
            async with asyncio.timeout(seconds):
                while await self.value(OPEN):
                    if await self.value(NO_WAITING):
                        engine.wake.set()
                    await asyncio.sleep(0.02)
        finally:
            worker.stop()
            await working

    async def value(self, sql: Any, *args: object) -> Any:
        async with self.database.service() as db:
            return await db.value(sql, *args)

    async def mails(self) -> list[dict[str, Any]]:
        async with self.database.service_read() as db:
            rows = await (await db.connection()).fetch("select * from mail_messages order by created_at, id")
        return [dict(row) for row in rows]

    async def do(self, action: Callable[..., Any], *args: object) -> Any:
        async with self.database.service() as db:
            return await action(db, *args)

    async def events(self) -> list[tuple[UUID, str]]:
        async with self.database.service_read() as db:
            rows = await (await db.connection()).fetch(
                "select organization_id, name from events where name like 'notifications/%' order by id"
            )
        return [(row["organization_id"], row["name"]) for row in rows]


async def calm(db: ServiceDb) -> None:
    """What the cast's founding left for the worker is done."""
    await db.value(CALM)
