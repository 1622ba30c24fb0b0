"""Telling the outbox to its one receiver: signed, again until it is taken, by any number of processes at once."""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from time import monotonic
from typing import Self

import httpx
from standardwebhooks import Webhook

from coursecove_identity.clock import DAY, SECOND, now_ms
from coursecove_identity.store import Connection, Store, made, many

AT_ONCE = 16
DEADLINE_S = 15.0
LEASE = 30 * SECOND
KEPT = 30 * DAY
_ANSWER_READ = 16 * 1024
_log = logging.getLogger("coursecove.identity")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Seconds between an attempt that failed and the next; after the last delay a message is given up."""

    delays: tuple[float, ...] = (5, 300, 1800, 7200, 18000, 36000, 36000)
    least_after_overload: float = 60

    def wait(self, attempt: int, *, overload: bool, asked: float | None) -> float | None:
        """How long to wait after this attempt; the receiver may ask for up to twice as long."""
        if attempt > len(self.delays):
            return None
        planned = self.delays[attempt - 1]
        if asked is not None:
            planned = min(max(asked, planned), 2 * planned)
        if overload:
            planned = max(planned, self.least_after_overload)
        return planned * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, hides nothing


DEVELOPMENT = Schedule(delays=(0.5, 1, 2, 5, 15, 30, 60), least_after_overload=1)


@dataclass(frozen=True, slots=True)
class Target:
    """The one address that is told; `host` is what it believes to be called where that is not in the address."""

    url: str
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message taken for one attempt."""

    id: str
    type: str
    body: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt."""

    status: int | None
    problem: str | None = None
    overload: bool = False
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


TAKE = """
    update identity.webhook_messages set attempts = attempts + 1, lease = $2, leased_until = $1 + $3
     where id in (select id from identity.webhook_messages
                   where next_attempt_at <= $1 and leased_until <= $1
                   order by next_attempt_at, number limit $4 for update skip locked)
    returning id, type, body, attempts"""

SETTLE = """
    with mine as (
        update identity.webhook_messages
           set next_attempt_at = $3, delivered_at = $4, given_up_at = $5, lease = null, leased_until = 0
         where id = $1 and lease = $2 returning id, attempts)
    insert into identity.webhook_attempts (message_id, number, at, took_ms, status, problem)
    select id, attempts, $6, $7, $8, $9 from mine
    on conflict (message_id, number) do update set at = excluded.at, took_ms = excluded.took_ms,
       status = excluded.status, problem = excluded.problem"""

FORGET = "delete from identity.webhook_messages where created_at < $1 and next_attempt_at is null"

WAKE = "select pg_notify('identity_work', '')"
REPLAY = """
    update identity.webhook_messages
       set next_attempt_at = $2, attempts = 0, delivered_at = null, given_up_at = null
     where created_at >= $1 and next_attempt_at is null and (not $3 or given_up_at is not null)
    returning id"""


STANDING = """
    select count(*) filter (where delivered_at is not null) as taken,
           count(*) filter (where next_attempt_at is not null) as waiting,
           count(*) filter (where given_up_at is not null) as given_up,
           (select problem from identity.webhook_attempts where problem is not null order by at desc limit 1) as last_problem
      from identity.webhook_messages"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of everything that is still kept."""

    taken: int
    waiting: int
    given_up: int
    last_problem: str | None


class Deliveries:
    """The deliveries of one process."""

    def __init__(
        self, store: Store, target: Target, secrets: Sequence[str], *, schedule: Schedule = Schedule()
    ) -> None:
        """Signed with each secret, so that one can replace another while receivers know only one of them."""
        self._store, self._target, self._secrets, self._schedule = store, target, tuple(secrets), schedule
        self._client = httpx.AsyncClient(timeout=DEADLINE_S, follow_redirects=False, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def deliver_due(self) -> bool:
        """One attempt for each message that is due; True where there may be more."""
        lease = token_hex(16)
        async with self._store.transaction() as connection:
            taken = await many(connection, Message, TAKE, now_ms(), lease, LEASE, AT_ONCE)
        await asyncio.gather(*(self._attempt(message, lease) for message in taken))
        return len(taken) == AT_ONCE

    async def _attempt(self, message: Message, lease: str) -> None:
        started, at = monotonic(), now_ms()
        outcome = await self._post(message)
        took = int((monotonic() - started) * 1000)
        wait = self._schedule.wait(message.attempts, overload=outcome.overload, asked=outcome.retry_after)
        ends = outcome.taken or wait is None
        async with self._store.transaction() as connection:
            await connection.execute(
                SETTLE,
                message.id,
                lease,
                None if ends else now_ms() + int((wait or 0) * SECOND),
                now_ms() if outcome.taken else None,
                now_ms() if ends and not outcome.taken else None,
                at,
                took,
                outcome.status,
                outcome.problem,
            )
        if not outcome.taken:
            facts = {"webhook_id": message.id, "type": message.type, "attempt": message.attempts}
            facts |= {"status": outcome.status, "problem": outcome.problem}
            _log.log(
                logging.ERROR if ends else logging.WARNING,
                "identity_webhook_given_up" if ends else "identity_webhook_waits",
                extra=facts,
            )

    async def _post(self, message: Message) -> Outcome:
        body = message.body.encode()
        headers = signed_headers(message.id, message.body, self._secrets, datetime.now(UTC))
        if self._target.host is not None:
            headers["host"] = self._target.host
        try:
            async with (
                asyncio.timeout(DEADLINE_S),
                self._client.stream("POST", self._target.url, content=body, headers=headers) as answer,
            ):
                await _drain(answer)
        except TimeoutError:
            return Outcome(None, "no answer in time", overload=True)
        except httpx.HTTPError as problem:
            timed_out = isinstance(problem, httpx.TimeoutException)
            return Outcome(None, f"{type(problem).__name__}: {problem}"[:300], overload=timed_out)
        asked = answer.headers.get("retry-after", "")
        return Outcome(
            answer.status_code,
            None if answer.is_success else f"answered {answer.status_code}",
            overload=answer.status_code == 429,
            retry_after=float(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else None,
        )


def signed_headers(message_id: str, body: str, signing: Sequence[str], at: datetime) -> dict[str, str]:
    """Svix's headers over the exact body: one signature for each secret, since a receiver may know only one of them."""
    return {
        "content-type": "application/json",
        "user-agent": "CourseCove-Webhooks/1",
        "svix-id": message_id,
        "svix-timestamp": str(int(at.timestamp())),
        "svix-signature": " ".join(Webhook(secret).sign(message_id, at, body) for secret in signing),
    }


async def standing(connection: Connection) -> Standing:
    return await made(connection, Standing, STANDING)


async def replay(connection: Connection, since_ms: int, *, only_given_up: bool = True) -> int:
    """Tell again what was given up, or everything, since a moment; the ids stay, so receivers know what they had."""
    again = await connection.fetch(REPLAY, since_ms, now_ms(), only_given_up)
    await connection.execute(WAKE)
    return len(again)


async def forget_old(connection: Connection) -> None:
    """What was told or given up long ago; it holds personal data."""
    await connection.execute(FORGET, now_ms() - KEPT)


async def _drain(answer: httpx.Response) -> None:
    """Read a short answer to its end, so that the connection can be used again; leave a long one."""
    read = 0
    async for part in answer.aiter_raw():
        read += len(part)
        if read > _ANSWER_READ:
            return
