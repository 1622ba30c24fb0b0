"""What the provider does by itself: letters that wait, and forgetting. Any number of processes may run it at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias

import asyncpg
import structlog

from coursecove_identity import delivering, invitations, sessions
from coursecove_identity.clock import DAY, now_ms
from coursecove_identity.provider import Provider
from coursecove_identity.webhooks import CHANNEL

Run: TypeAlias = Callable[[], Awaitable[bool]]

STALE = (
    "delete from identity.verifications where expires_at < $1",
    "delete from identity.attempts where expires_at < $1",
    "delete from identity.attempt_counters where since < $1 and blocked_until < $1",
)

OVER = """
    select id from identity.sessions where status in ('active', 'pending') and expire_at < $1
     order by expire_at limit 200 for update skip locked"""

FORGET_SESSIONS = (
    "delete from identity.sessions where status not in ('active', 'pending') and abandon_at < $1"
)

FORGET_CLIENTS = """
    delete from identity.clients c where updated_at < $1
       and not exists (select from identity.sessions s where s.client_id = c.id)"""

_UNAVAILABLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_log = structlog.get_logger("coursecove.identity")


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do now and then; it answers whether there may be more at once."""

    name: str
    every: float
    run: Run
    urgent: bool = False
    """Also at once, when somebody says that there is work."""


class Running:
    """The provider's own loop, inside a worker process."""

    def __init__(self, provider: Provider, more: Sequence[Task] = ()) -> None:
        self._provider = provider
        self._tasks = (
            Task("instance", 600, self._prepare),
            Task("letters", 5, provider.letters.send_due),
            Task("forgetting", 600, self._forget),
            *more,
        )
        self._due = dict.fromkeys((task.name for task in self._tasks), 0.0)
        self._wake = asyncio.Event()
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Until told to stop. A database that is away is waited for."""
        listening = asyncio.create_task(self._listen())
        try:
            while not self._stopping:
                self._wake.clear()  # before the turn: what is heard during it must not be lost
                nap = await self._turn()
                if not self._stopping:
                    await _until(self._wake, nap)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _turn(self) -> float:
        """Everything that is due; how long nothing will be."""
        for task in self._tasks:
            if self._due[task.name] <= monotonic():
                self._due[task.name] = monotonic() + task.every
                if await self._once(task):
                    self._due[task.name] = 0.0
        return max(0.0, min(self._due.values()) - monotonic())

    async def _once(self, task: Task) -> bool:
        try:
            return await task.run()
        except _UNAVAILABLE as trouble:
            _log.warning("identity_task_waits", kind=task.name, reason=type(trouble).__name__)
            return False

    async def _listen(self) -> None:
        """Hear at once that there is something to tell; where nobody can listen, the pauses are the measure."""
        while not self._stopping:
            try:
                await self._hear_until_gone(asyncio.Event())
            except _UNAVAILABLE as trouble:
                _log.info("identity_cannot_listen", reason=type(trouble).__name__)
            await asyncio.sleep(5)

    async def _hear_until_gone(self, gone: asyncio.Event) -> None:
        connection = await self._provider.store.listener()
        connection.add_termination_listener(lambda *_: gone.set())
        try:
            await connection.add_listener(CHANNEL, self._hear)
            await gone.wait()
        finally:
            await connection.close(timeout=2)

    def _hear(self, *_: object) -> None:
        for task in self._tasks:
            if task.urgent:
                self._due[task.name] = 0.0
        self._wake.set()

    async def _prepare(self) -> bool:
        """Where this installation is reached may have changed since it ran before."""
        await self._provider.prepare()
        return False

    async def _forget(self) -> bool:
        """What is over: codes, counters, keys, old sessions. The audit log stays."""
        provider, at = self._provider, now_ms()
        async with provider.store.transaction() as connection:
            for statement in STALE:
                await connection.execute(statement, at - DAY)
            await provider.letters.forget_stale(connection)
            await provider.keys.forget_retired(connection)
            await invitations.forget_sendings(connection)
            await delivering.forget_old(connection)
            over = await connection.fetch(OVER, at)
            for row in over:
                await sessions.end(connection, row["id"], "expired")
            await connection.execute(FORGET_SESSIONS, at)
            await connection.execute(FORGET_CLIENTS, at - DAY)
        return len(over) == 200


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
