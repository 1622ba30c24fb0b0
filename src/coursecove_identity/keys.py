"""The signing keys of the installation: sealed in the database, changed by time alone, so that processes need not agree."""

import asyncio
from dataclasses import dataclass
from typing import Any

from coursecove_identity import audit
from coursecove_identity.clock import SECOND, now_ms
from coursecove_identity.policy import Policy
from coursecove_identity.signing import SigningKey, key_set, new_private_key
from coursecove_identity.store import Connection, Store, made, many
from coursecove_identity.vault import Vault

LOOKED_UP_EVERY = 30 * SECOND

PUBLISHED = """
    select kid, private_sealed, public, active_from, retires_at, created_at from identity.signing_keys
     where retires_at is null or retires_at > $1 order by active_from"""

INSERT = """
    insert into identity.signing_keys (kid, private_sealed, public, active_from, created_at)
    values ($1, $2, $3, $4, $5) returning kid, private_sealed, public, active_from, retires_at, created_at"""

RETIRE = "update identity.signing_keys set retires_at = $2 where kid <> $1 and (retires_at is null or retires_at > $2)"
FORGET = "delete from identity.signing_keys where retires_at < $1"
LAST_NUMBER = """
    select greatest(0, max(coalesce(substring(kid from '-([0-9]+)$')::int, 1))) from identity.signing_keys"""
LOCK = "select pg_advisory_xact_lock(hashtextextended('coursecove_identity:keys', 0))"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it is kept."""

    kid: str
    private_sealed: bytes
    public: dict[str, Any]
    active_from: int
    retires_at: int | None
    created_at: int


class Keys:
    """What this process knows of the keys; looked up again often enough for every change to be known in time."""

    def __init__(self, store: Store, vault: Vault, policy: Policy) -> None:
        self._store, self._vault, self._policy = store, vault, policy
        self._rows: list[KeyRow] = []
        self._opened: dict[str, SigningKey] = {}
        self._until = 0

    async def current(self) -> SigningKey:
        """The newest key whose time has come; on a machine whose clock is behind, the oldest there is."""
        rows, at = await self._known(), now_ms()
        begun = [each for each in rows if each.active_from <= at]
        return self._open(begun[-1] if begun else rows[0])

    async def jwks(self) -> dict[str, Any]:
        """Every key that a token may be signed with now or soon, or was signed with lately."""
        return key_set(row.public for row in await self._known())

    async def rotate(self, *, at_once: bool = False) -> KeyRow:
        """A new key, published now and used after the lead; at once where the old one is no longer trusted."""
        private = await asyncio.to_thread(new_private_key)
        async with self._store.transaction() as connection:
            await connection.execute(LOCK)
            at = now_ms()
            active_from = at if at_once else at + self._policy.key_lead
            row = await self._insert(
                connection, SigningKey(private, await _next_kid(connection)), active_from
            )
            await connection.execute(
                RETIRE, row.kid, at if at_once else active_from + self._policy.key_overlap
            )
            await audit.record(connection, audit.Action.KEYS_ROTATED, kid=row.kid, at_once=at_once)
        self._until = 0
        return row

    async def forget_retired(self, connection: Connection) -> None:
        await connection.execute(FORGET, now_ms())

    async def _known(self) -> list[KeyRow]:
        if now_ms() >= self._until:
            self._rows = await self._read() or [await self._first()]
            self._until = now_ms() + LOOKED_UP_EVERY
        return self._rows

    async def _read(self) -> list[KeyRow]:
        async with self._store.reading() as connection:
            return await many(connection, KeyRow, PUBLISHED, now_ms())

    async def _first(self) -> KeyRow:
        """The installation's first key; whoever else starts at the same moment finds it."""
        private = await asyncio.to_thread(new_private_key)
        async with self._store.transaction() as connection:
            await connection.execute(LOCK)
            found = await many(connection, KeyRow, PUBLISHED, now_ms())
            if found:
                return found[-1]
            return await self._insert(connection, SigningKey(private, await _next_kid(connection)), now_ms())

    async def _insert(self, connection: Connection, key: SigningKey, active_from: int) -> KeyRow:
        sealed = self._vault.seal(key.der, f"signing key {key.kid}")
        return await made(connection, KeyRow, INSERT, key.kid, sealed, key.entry, active_from, now_ms())

    def _open(self, row: KeyRow) -> SigningKey:
        key = self._opened.get(row.kid)
        if key is None:
            key = SigningKey.opened(self._vault.open(row.private_sealed, f"signing key {row.kid}"), row.kid)
            self._opened[row.kid] = key
        return key


async def _next_kid(connection: Connection) -> str:
    """The instance's id, as with Clerk; a number tells later keys from the first."""
    instance_id = await connection.fetchval("select id from identity.instance")
    used = await connection.fetchval(LAST_NUMBER)
    return f"{instance_id}-{used + 1}" if used else str(instance_id)
