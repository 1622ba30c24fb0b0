"""Plays a history: the provider acts, the network and the processes fail, and in the end everything must be right."""

import asyncio
import random
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from prometheus_client import CollectorRegistry
from starlette.responses import PlainTextResponse

from coursecove.accounts.sync import journal as journals
from coursecove.accounts.sync import segments
from coursecove.accounts.sync.sweeping import Sweeper
from coursecove.accounts.sync.taking import Line
from coursecove.accounts.webhooks import PATH
from coursecove.kit.db import Database
from coursecove.kit.web.hosts import PublicRoot
from coursecove.settings import Settings
from coursecove.web.webhooks import UNHURRIED, WebhookDoor, Webhooks
from tests.sync import provider
from tests.sync.model.truth import ROLES, Message, Provider
from tests.sync.model.wire import Wire
from tests.sync.stage import with_journal

Step = tuple[str, int]
ACTS = ("provider", "provider", "provider", "deliver", "deliver", "deliver", "again", "crowd")
LONGEST = 20
FAULTS = ("cut", "close", "open", "lock", "crash", "sweep", "twins")


class Broken(AssertionError):
    """An invariant does not hold."""


class Theatre:
    """One database for many histories; each has objects of its own."""

    def __init__(self, settings: Settings, url: str, webhooks: type[Webhooks] = Webhooks) -> None:
        self.settings, self.url, self.webhooks = settings, url, webhooks
        self.wire = Wire(url)

    async def open(self) -> None:
        await self.wire.start()
        config = self.settings.database_config(self.url)
        self.config = replace(config, service_url=self.wire.through(config.service_url))
        self.database = await Database.open(self.config)
        self.admin = await asyncpg.connect(self.url)

    async def close(self) -> None:
        await self.wire.stop()
        await self.admin.close()
        await self.database.close()

    async def play(self, history: Sequence[Step]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            performance = Performance(self, Path(folder))
            await performance.raise_curtain()
            try:
                async with asyncio.timeout(LONGEST):
                    for step, choice in history:
                        await performance.do(step, choice)
                    await performance.heal()
                    await performance.compare()
            except TimeoutError:
                raise Broken("something waits for ever") from None
            finally:
                await performance.drop_curtain()


class Performance:
    """One history."""

    def __init__(self, theatre: Theatre, folder: Path) -> None:
        self.theatre, self.folder = theatre, folder
        self.provider = Provider()
        self.acknowledged: dict[str, Message] = {}
        self.outstanding: list[Message] = []
        self._seen = 0
        self._locked: Any = None

    async def raise_curtain(self) -> None:
        self.theatre.wire.open()
        settings = with_journal(self.theatre.settings, self.folder)
        self.webhooks = self.theatre.webhooks(settings, self.theatre.database, CollectorRegistry())
        root = PublicRoot.parse(settings.origin())
        door = WebhookDoor(PlainTextResponse("another place", 404), self.webhooks, root)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url=settings.origin())

    async def drop_curtain(self) -> None:
        await self._unlock()
        self.theatre.wire.open()
        await self._kill()
        await self.client.aclose()

    async def do(self, step: str, choice: int) -> None:
        await getattr(self, f"_{step}")(choice)
        self.outstanding += self.provider.told[self._seen :]
        self._seen = len(self.provider.told)
        await self.acknowledged_is_kept()

    # What happens at the provider and on the way

    async def _provider(self, choice: int) -> None:
        self.provider.act(choice)

    async def _deliver(self, choice: int) -> None:
        if self.outstanding:
            await self._send([self.outstanding[choice % len(self.outstanding)]])

    async def _crowd(self, choice: int) -> None:
        """Much at once, in any order."""
        crowd = random.Random(choice).sample(self.outstanding, len(self.outstanding))  # noqa: S311
        await self._send(crowd[:12])

    async def _twins(self, choice: int) -> None:
        if self.outstanding:
            await self._send([self.outstanding[choice % len(self.outstanding)]] * 3)

    async def _again(self, choice: int) -> None:
        """The sender did not see our answer, or somebody pressed resend."""
        known = list(self.acknowledged.values())
        if known:
            await self._send([known[choice % len(known)]])

    async def _send(self, messages: Sequence[Message]) -> None:
        answers = await asyncio.gather(*(self._post(message) for message in messages))
        for message, status in zip(messages, answers, strict=True):
            if status not in (200, 503):
                raise Broken(f"answered {status}")
            if status == 200:
                self.acknowledged[message.id] = message
                self.outstanding = [each for each in self.outstanding if each.id != message.id]

    async def _post(self, message: Message) -> int:
        headers = provider.signed(message.body, message.id)
        return (await self.client.post(PATH, content=message.body, headers=headers)).status_code

    # What fails

    async def _cut(self, choice: int) -> None:
        """After so many answers of the server the connection breaks: was it committed, or not?"""
        self.theatre.wire.answers_left = choice % 6

    async def _close(self, choice: int) -> None:
        self.theatre.wire.close()

    async def _open(self, choice: int) -> None:
        await self._unlock()
        self.theatre.wire.open()

    async def _lock(self, choice: int) -> None:
        """Somebody holds a lock that the work needs."""
        await self._unlock()
        if choice % 3 == 0:  # each waits out its patience, so not too often
            self._locked = await asyncpg.connect(self.theatre.url)
            await self._locked.execute("begin; lock table users in exclusive mode")

    async def _unlock(self) -> None:
        if self._locked is not None:
            await self._locked.close()
            self._locked = None

    async def _crash(self, choice: int) -> None:
        """The receiving process dies in the middle of what it does; another takes its place."""
        dying: list[asyncio.Task[int]] = []
        if self.outstanding:
            picked = [self.outstanding[(choice + n) % len(self.outstanding)] for n in range(3)]
            dying = [asyncio.ensure_future(self._post(message)) for message in picked]
            for _ in range(choice % 9):
                await asyncio.sleep(0)
            await asyncio.sleep(choice % 4 / 1000)
        await self._kill()
        for task in dying:
            task.cancel()
        await asyncio.gather(*dying, return_exceptions=True)
        await self.client.aclose()
        await self.raise_curtain()

    async def _kill(self) -> None:
        """Nothing is said good-bye to: connections break, files stay as they are, locks go with the process."""
        receiver, journal = self.webhooks.receiver, self.webhooks.journal
        receiver.away = True
        receiver._first.cut()
        receiver._second.cut()
        tasks = [*receiver._tasks, *([receiver._runner] if receiver._runner else [])]
        tasks += [journal._writing] if journal._writing else []
        for task in tasks:
            task.cancel()
        if receiver._alarm is not None:
            receiver._alarm.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        journal._thread.shutdown()
        segment, journal._segment = journal._segment, None
        if segment is not None:
            segment.close()
        self.webhooks._replaying.close()

    async def _sweep(self, choice: int) -> None:
        """A worker takes a turn; with luck it has not finished when its process dies."""
        if self.theatre.wire.closed:
            return
        sweeper = Sweeper(Line(self.theatre.config, UNHURRIED), lease=0.05)
        turn = asyncio.ensure_future(sweeper.sweep())
        if choice % 3 == 0:
            await asyncio.sleep(choice % 5 / 1000)
            turn.cancel()
        await asyncio.gather(turn, return_exceptions=True)
        sweeper._line.cut()

    # What must hold

    async def acknowledged_is_kept(self) -> None:
        """A 2xx was sent only for what is on durable storage."""
        stored = await self._states()
        journal = self._in_journal()
        lost = [one for one in self.acknowledged if one not in stored and one not in journal]
        if lost:
            raise Broken(f"acknowledged and lost: {lost}")
        mute = await self.theatre.admin.fetchval(
            "select count(*) from webhook_events where status = 'pending' and (next_attempt_at is null or reason is null)"
        )
        if mute:
            raise Broken("something waits without a reason or a next attempt")

    async def heal(self) -> None:
        """Everything works again; what is outstanding is sent, what waits is done."""
        await self._open(0)
        receiver = self.webhooks.receiver
        while receiver.away:  # noqa: ASYNC110 - it looks by itself
            await asyncio.sleep(0.005)
        chance = random.Random(self._seen)  # noqa: S311
        rest = chance.sample(self.outstanding, len(self.outstanding))
        while rest:
            at_once = chance.randrange(1, 4)
            await self._send(rest[:at_once])
            rest = rest[at_once:]
        if self.outstanding:
            raise Broken("refused although all is well")
        await self.webhooks._replaying.replay()
        if self._in_journal():
            raise Broken("the journal is not emptied")
        sweeper = Sweeper(Line(self.theatre.config, UNHURRIED))
        hurry = (
            "update webhook_events set next_attempt_at = now(), leased_until = null where status = 'pending'"
        )
        for _ in range(40):
            await self.theatre.admin.execute(hurry)
            if not await sweeper.sweep():
                break
        sweeper._line.cut()

    async def compare(self) -> None:
        """The rows are what the provider knows, each fact was told once, every webhook has its end."""
        stored = await self._states()
        nowhere = [one for one in self.acknowledged if one not in stored]
        if nowhere:
            raise Broken(f"acknowledged and never applied: {nowhere}")
        unfinished = [one for one in self.acknowledged if stored[one] == "pending"]
        if unfinished:
            raise Broken(f"not finished: {unfinished}")
        dead = [one for one in self.acknowledged if stored[one] == "failed"]
        if dead:
            raise Broken(f"dead letters: {dead}")
        wanted, found = self._wanted(), await self._found()
        if wanted != found:
            wrong = {
                key: (wanted.get(key), found.get(key))
                for key in wanted | found
                if wanted.get(key) != found.get(key)
            }
            raise Broken(f"wanted and found differ: {wrong}")
        await self._facts_are_told_once(wanted)

    async def _states(self) -> dict[str, str]:
        rows = await self.theatre.admin.fetch(
            "select webhook_id, status from webhook_events where webhook_id = any($1)",
            [each.id for each in self.provider.told],
        )
        return {row["webhook_id"]: row["status"] for row in rows}

    def _in_journal(self) -> set[str]:
        found = [batch for path in segments.segments_in(self.folder) for batch in journals.read(path, 64)]
        return {arrival.id for arrivals in found for arrival in arrivals}

    def _wanted(self) -> dict[str, str]:
        known = self.provider
        people = {one: each for one, each in known.users.items() if not each.get("gone")}
        schools = {one: each for one, each in known.schools.items() if not each.get("gone")}
        wanted = {f"user {one}": each["first_name"] for one, each in people.items()}
        wanted |= {f"school {one}": f"{each['name']}|{each['slug']}" for one, each in schools.items()}
        for one in people:
            for school in schools:
                live = known.live_membership(school, one)
                if live is not None:
                    name = f"{people[one]['first_name']} {people[one]['last_name']}"
                    wanted[f"member {school} {one}"] = f"{ROLES[live['role']]}|{live['id']}|{name}"
        return wanted

    async def _found(self) -> dict[str, str]:
        rows = await self.theatre.admin.fetch(FOUND, f"%\\_{self.provider.name}\\_%")
        return {row[0]: row[1] for row in rows}

    async def _facts_are_told_once(self, wanted: dict[str, str]) -> None:
        rows = await self.theatre.admin.fetch(TOLD, f"%\\_{self.provider.name}\\_%")
        twice = [row[0] for row in rows if row[1] > 1]
        if twice:
            raise Broken(f"told more than once: {twice}")
        told = {row[0] for row in rows}
        missing = [one for one in wanted if not one.startswith("school ") and one not in told]
        if missing:
            raise Broken(f"never told: {missing}")


FOUND = """
    select 'user ' || u.clerk_user_id, u.first_name from users u
     where u.clerk_user_id like $1 and u.status = 'ACTIVE'
    union all
    select 'school ' || o.clerk_organization_id, concat_ws('|', o.name, o.slug) from organizations o
     where o.clerk_organization_id like $1 and o.status = 'ACTIVE'
       and exists (select from hostnames h where h.name = o.subdomain and h.organization_id = o.id and h.status = 'current')
    union all
    select concat_ws(' ', 'member', o.clerk_organization_id, u.clerk_user_id), concat_ws('|', m.role, m.clerk_membership_id, m.display_name)
      from organization_memberships m
      join organizations o on o.id = m.organization_id and o.status = 'ACTIVE'
      join users u on u.id = m.user_id and u.status = 'ACTIVE'
     where o.clerk_organization_id like $1 and m.status = 'ACTIVE'"""

TOLD = """
    select 'user ' || u.clerk_user_id, count(*) from users u
      join events e on e.organization_id = '00000000-0000-0000-0000-000000000000'
       and e.name = 'accounts/user.registered' and e.data->>'user_id' = u.id::text
     where u.clerk_user_id like $1 group by 1
    union all
    select concat_ws(' ', 'member', o.clerk_organization_id, u.clerk_user_id), 1 from organization_memberships m
      join organizations o on o.id = m.organization_id join users u on u.id = m.user_id
     where o.clerk_organization_id like $1 and exists (
           select from events e where e.organization_id = m.organization_id and e.name = 'accounts/member.joined'
              and e.data->>'member_id' = m.id::text)"""
