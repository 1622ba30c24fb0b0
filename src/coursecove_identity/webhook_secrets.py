"""The secrets that webhooks are signed with: sealed in the database, two at a time while one replaces the other."""

import base64
import secrets

from coursecove_identity.clock import DAY, now_ms
from coursecove_identity.store import Connection
from coursecove_identity.vault import Vault

OVERLAP = DAY
_ABOUT = "webhook secret"

LOCK = "select pg_advisory_xact_lock(hashtextextended('coursecove_identity:webhook_secrets', 0))"
SIGNING = """
    select secret_sealed from identity.webhook_secrets where signs_until is null or signs_until > $1
     order by id desc"""
ADD = "insert into identity.webhook_secrets (secret_sealed, created_at) values ($1, $2)"
RETIRE = "update identity.webhook_secrets set signs_until = $1 where signs_until is null"
FORGET = "delete from identity.webhook_secrets where signs_until < $1"


async def signing(connection: Connection, vault: Vault) -> list[str]:
    """Every secret that signs now, the newest first; the first caller makes the first one."""
    found = await _read(connection, vault)
    if found:
        return found
    await connection.execute(LOCK)
    found = await _read(connection, vault)
    return found or [await _add(connection, vault)]


async def rotate(connection: Connection, vault: Vault) -> str:
    """A new secret; the one before signs along for a day, so that a receiver may learn it meanwhile."""
    await connection.execute(LOCK)
    await connection.execute(RETIRE, now_ms() + OVERLAP)
    return await _add(connection, vault)


async def forget_retired(connection: Connection) -> None:
    await connection.execute(FORGET, now_ms())


async def _read(connection: Connection, vault: Vault) -> list[str]:
    rows = await connection.fetch(SIGNING, now_ms())
    return [vault.open(row["secret_sealed"], _ABOUT).decode() for row in rows]


async def _add(connection: Connection, vault: Vault) -> str:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    await connection.execute(ADD, vault.seal(secret.encode(), _ABOUT), now_ms())
    return secret
