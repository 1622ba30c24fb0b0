"""Letters due: written in the transaction of their cause, sent after its commit, and again until they are taken."""

import asyncio
from dataclasses import asdict

import msgspec
import structlog

from coursecove_identity.clock import HOUR, MINUTE, SECOND, now_ms
from coursecove_identity.mail import Mail, MailNotTaken, SendMail
from coursecove_identity.store import Connection, Store
from coursecove_identity.vault import SealBroken, Vault

LEASE = 20 * SECOND
KEPT = HOUR
"""What a letter carries is of no use for longer than this."""

WRITE = """
    insert into identity.mails_due (key, sealed, next_at, created_at) values ($1, $2, $3, $3)
    on conflict (key) do nothing"""

TAKE = """
    update identity.mails_due set tries = tries + 1, next_at = $2
     where key in (select key from identity.mails_due where next_at <= $1 order by next_at limit 10
                      for update skip locked)
    returning key, sealed, tries"""

AGAIN = "update identity.mails_due set next_at = $2 where key = $1"
DONE = "delete from identity.mails_due where key = $1"
FORGET = "delete from identity.mails_due where created_at < $1"

_log = structlog.get_logger("coursecove.identity")


class Letters:
    """The letters of one process; what it cannot send, another one or a later moment does."""

    def __init__(self, store: Store, vault: Vault, send: SendMail) -> None:
        self._store, self._vault, self._send = store, vault, send
        self._sending: set[asyncio.Task[bool]] = set()

    async def due(self, connection: Connection, mail: Mail) -> None:
        """Sealed, because a letter carries a code or a link."""
        sealed = self._vault.seal(msgspec.json.encode(asdict(mail)), f"mail {mail.key}")
        await connection.execute(WRITE, mail.key, sealed, now_ms())

    def send_soon(self) -> None:
        """After the commit, beside the answer: how long it takes tells nobody anything."""
        task = asyncio.create_task(self.send_due())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def send_due(self) -> bool:
        """Send what is due; True where there may be more."""
        async with self._store.transaction() as connection:
            taken = await connection.fetch(TAKE, now_ms(), now_ms() + LEASE)
        for row in taken:
            await self._deliver(row["key"], row["sealed"], row["tries"])
        return len(taken) == 10

    async def settled(self) -> None:
        """Everything that was begun is over."""
        if self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)

    async def forget_stale(self, connection: Connection) -> None:
        await connection.execute(FORGET, now_ms() - KEPT)

    async def _deliver(self, key: str, sealed: bytes, tries: int) -> None:
        try:
            mail = msgspec.json.decode(self._vault.open(sealed, f"mail {key}"), type=Mail)
            await self._send(mail)
        except MailNotTaken:
            _log.warning("identity_mail_waits", attempts=tries)
            await self._execute(AGAIN, key, now_ms() + min(5 * MINUTE, SECOND << tries))
            return
        except SealBroken:
            _log.exception("identity_mail_unreadable")
        await self._execute(DONE, key)

    async def _execute(self, sql: str, *args: object) -> None:
        async with self._store.reading() as connection:
            await connection.execute(sql, *args)
