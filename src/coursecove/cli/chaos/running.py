"""A storm from its first webhook to the verdict: senders on one side, faults on the other."""

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import asyncpg
import httpx

from coursecove.accounts.webhooks import PATH
from coursecove.cli.chaos.stack import PARTS, Stack, stack
from coursecove.cli.chaos.storm import Message, World, as_it_comes
from coursecove.cli.chaos.verdict import QUEUED, Sent, Verdict, judge
from coursecove.kit.processes import say
from coursecove_identity.delivering import signed_headers

SENDERS: Final = 64
AGAIN_AFTER: Final = 0.5
ANSWER_PATIENCE: Final = 10.0
DONE_PATIENCE: Final = 180.0
WAITING: Final = "select count(*) from webhook_events where status = 'pending'"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what."""

    events: int
    rate: float
    restarts: int
    kills: int
    outage: float
    seed: int


async def run(plan: Plan) -> Verdict:
    """Everything that it starts ends with it, however it ends."""
    world = World(plan.seed)
    world.live(plan.events)
    with stack() as product:
        say("starting a product of its own")
        await product.ready()
        verdict = await Storm(plan, product, world).rage()
        say("waiting until nothing waits any more")
        await _settled(product, verdict)
        await _judged(product, verdict, world)
        return verdict


class Storm:
    """One run."""

    def __init__(self, plan: Plan, product: Stack, world: World) -> None:
        self._plan, self._product = plan, product
        self._coming = as_it_comes(world.told, plan.seed)
        self._chance = random.Random(plan.seed)  # noqa: S311 - a storm that can be repeated
        self._verdict = Verdict(Sent())
        self._thawed: datetime | None = None
        self._turns = asyncio.Semaphore(SENDERS)

    async def rage(self) -> Verdict:
        say(f"{len(self._coming)} deliveries at {self._plan.rate:g} a second")
        limits = httpx.Limits(max_connections=SENDERS, max_keepalive_connections=SENDERS)
        address = f"http://127.0.0.1:{self._product.port}"
        client = httpx.AsyncClient(base_url=address, limits=limits, timeout=ANSWER_PATIENCE)
        async with client, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._faults())
            began = time.monotonic()
            for number, message in enumerate(self._coming):
                await asyncio.sleep(max(0.0, began + number / self._plan.rate - time.monotonic()))
                tasks.create_task(self._deliver(client, message))
        if self._thawed is not None:
            with self._product.database() as postgres:
                connection = await asyncpg.connect(postgres.url)
                known = list(self._verdict.sent.acknowledged)
                await _settled(self._product, self._verdict)
                self._verdict.queued = [row[0] for row in await connection.fetch(QUEUED, self._thawed, known)]
                await connection.close()
        return self._verdict

    async def _deliver(self, client: httpx.AsyncClient, message: Message) -> None:
        """Until it is acknowledged, as the provider does."""
        sent = self._verdict.sent
        while True:
            headers = signed_headers(message.id, message.body, [self._product.secret], datetime.now(UTC))
            headers = {**headers, "host": self._product.host, "content-type": "application/json"}
            try:
                async with self._turns:
                    began = time.monotonic()
                    answer = await client.post(PATH, content=message.body.encode(), headers=headers)
                    waited = time.monotonic() - began
            except httpx.TransportError:
                sent.unanswered += 1
            else:
                sent.statuses[answer.status_code] += 1
                sent.answered.append((began, waited * 1000))
                if answer.status_code != 503:
                    if answer.status_code == 200:
                        sent.acknowledged.add(message.id)
                    return
            await asyncio.sleep(AGAIN_AFTER)

    async def _faults(self) -> None:
        """Spread over the storm, in any order."""
        plan = self._plan
        faults = ["database"] * plan.restarts + [part for part in PARTS for _ in range(plan.kills)]
        self._chance.shuffle(faults)
        if plan.outage:
            faults.insert(len(faults) // 2, "outage")
        storm = len(self._coming) / plan.rate
        pause = max(1.0, storm - plan.outage) / (len(faults) + 1)  # so that it goes on after an outage
        for fault in faults:
            await asyncio.sleep(pause)
            say(fault)
            await self._strike(fault)

    async def _strike(self, fault: str) -> None:
        if fault == "outage":
            began = time.monotonic()
            await self._product.freeze_database(self._plan.outage)
            self._thawed = datetime.now(UTC)
            self._verdict.outage = began, time.monotonic()
        elif fault == "database":
            await asyncio.to_thread(self._product.crash_database)
            self._verdict.restarts += 1
        else:
            while not await asyncio.to_thread(self._product.kill, fault):  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(0.2)
            self._verdict.kills += 1


async def _settled(product: Stack, verdict: Verdict) -> None:
    """Waits until neither journal nor table holds anything that is to be done, but not for ever."""
    began = time.monotonic()
    with product.database() as postgres:
        connection = await asyncpg.connect(postgres.url)
        while time.monotonic() - began < DONE_PATIENCE and (  # noqa: ASYNC110 - it happens in another process
            product.journal_bytes or await connection.fetchval(WAITING)
        ):
            await asyncio.sleep(0.05)
        await connection.close()
    verdict.done_after = time.monotonic() - began


async def _judged(product: Stack, verdict: Verdict, world: World) -> None:
    with product.database() as postgres:
        connection = await asyncpg.connect(postgres.url)
        await judge(verdict, connection, world.wanted())
        await connection.close()
