"""How often something may be tried. A try is counted before it is made, so that many at once gain nothing."""

from dataclasses import dataclass

from coursecove_identity.clock import DAY, HOUR, MINUTE, now_ms
from coursecove_identity.policy import Policy
from coursecove_identity.store import Connection
from coursecove_identity.vault import Vault
from coursecove_identity.visitor import Visitor

FORGOTTEN_AFTER = DAY

TRY = """
    insert into identity.attempt_counters as c (key, failures, since, blocked_until) values ($1, 1, $2, 0)
    on conflict (key) do update
       set failures = case when c.since < $2 - $3::bigint then 1 else c.failures + 1 end,
           since = $2,
           blocked_until = case
               when c.since < $2 - $3::bigint or c.failures + 1 < $4 then 0
               else $2 + least($6::bigint, $5::bigint << least(c.failures + 1 - $4, 30)) end
     where c.blocked_until <= $2
    returning failures"""

WITHIN = """
    insert into identity.attempt_counters as c (key, failures, since) values ($1, 1, $2)
    on conflict (key) do update
       set failures = case when c.since <= $2 - $3::bigint then 1 else c.failures + 1 end,
           since = case when c.since <= $2 - $3::bigint then $2 else c.since end
    returning failures"""

FORGET = "delete from identity.attempt_counters where key = any($1)"


@dataclass(frozen=True, slots=True)
class Tried:
    """What a sign-in counts against, to be forgotten when it was right."""

    keys: tuple[bytes, ...]


class Limits:
    """Counters in the database: every process counts together."""

    def __init__(self, vault: Vault, policy: Policy) -> None:
        self._vault, self._policy = vault, policy

    async def try_account(
        self, connection: Connection, account: str, visitor: Visitor, *, device: str | None = None
    ) -> Tried | None:
        """One try at an account, existing or not; None where it has to wait.

        A browser that this account signed in with before counts by itself, so that nobody can keep the owner out."""
        if not await self.within(
            connection, f"network:{visitor.network}", self._policy.network_per_minute, MINUTE
        ):
            return None
        if device is not None:
            own = self._key(f"device:{account}:{device}")
            return Tried((own,)) if await self._try(connection, own) else None
        key = self._key(f"account:{account}:{visitor.network}")
        if not await self._try(connection, key):
            return None
        if not await self.within(connection, f"account:{account}", self._policy.account_per_hour, HOUR):
            return None
        return Tried((key,))

    async def succeeded(self, connection: Connection, tried: Tried) -> None:
        await connection.execute(FORGET, list(tried.keys))

    async def within(self, connection: Connection, what: str, most: int, span_ms: int) -> bool:
        """Whether this is one of the first `most` within a span that starts with the first."""
        counted = await connection.fetchval(WITHIN, self._key(what), now_ms(), span_ms)
        return int(counted) <= most

    async def _try(self, connection: Connection, key: bytes) -> bool:
        policy = self._policy
        counted = await connection.fetchval(
            TRY, key, now_ms(), FORGOTTEN_AFTER, policy.failures, policy.first_delay, policy.longest_delay
        )
        return counted is not None

    def _key(self, what: str) -> bytes:
        return self._vault.fingerprint("limits", what)
