"""What is shown beside a password: a code from an app, a backup code. Each works once."""

import hmac
import secrets
from dataclasses import dataclass

import pyotp

from coursecove_identity import users
from coursecove_identity.clock import SECOND, now_ms
from coursecove_identity.provider import Provider
from coursecove_identity.store import Connection
from coursecove_identity.users import User

STEP = 30
BACKUP_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

ENROLLED = """
    select exists (select from identity.totp where user_id = $1) as totp,
           (select count(*) from identity.passkeys where user_id = $1) as passkeys,
           (select count(*) from identity.backup_codes where user_id = $1 and used_at is null) as backup_codes"""

KEEP_TOTP = """
    insert into identity.totp (user_id, secret_sealed, last_counter, created_at) values ($1, $2, $3, $4)
    on conflict (user_id) do update set secret_sealed = excluded.secret_sealed, last_counter = excluded.last_counter,
                                        created_at = excluded.created_at"""

ACCEPT = "update identity.totp set last_counter = $2 where user_id = $1 and last_counter < $2 returning true"

KEEP_CODE = "insert into identity.backup_codes (user_id, code_hash, created_at) values ($1, $2, $3)"

USE_CODE = """
    update identity.backup_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null
    returning true"""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What somebody has set up."""

    totp: bool
    passkeys: int
    backup_codes: int

    @property
    def any(self) -> bool:
        return self.totp or self.passkeys > 0


async def enrolled(connection: Connection, user_id: str) -> Enrolled:
    row = await connection.fetchrow(ENROLLED, user_id)
    return Enrolled(**dict(row or {}))


def new_secret() -> str:
    """160 bits, as apps read them."""
    return pyotp.random_base32()


def provisioning_uri(provider: Provider, secret: str, account: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=f"CourseCove ({provider.site.root})")


async def add_totp(provider: Provider, connection: Connection, user: User, secret: str, code: str) -> bool:
    """True where the app has shown that it knows the secret."""
    counter = _counter(secret, code)
    if counter is None:
        return False
    sealed = provider.vault.seal(secret.encode(), f"totp {user.id}")
    await connection.execute(KEEP_TOTP, user.id, sealed, counter, now_ms())
    await settle(connection, user.id)
    return True


async def check_totp(provider: Provider, connection: Connection, user_id: str, code: str) -> bool:
    """This step's code or the one before, and neither twice."""
    sealed = await connection.fetchval("select secret_sealed from identity.totp where user_id = $1", user_id)
    if sealed is None:
        return False
    counter = _counter(provider.vault.open(sealed, f"totp {user_id}").decode(), code)
    return counter is not None and bool(await connection.fetchval(ACCEPT, user_id, counter))


async def remove_totp(connection: Connection, user_id: str) -> None:
    await connection.execute("delete from identity.totp where user_id = $1", user_id)
    await settle(connection, user_id)


async def new_backup_codes(provider: Provider, connection: Connection, user_id: str) -> list[str]:
    """Ten of them, shown once; those of before are void."""
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(BACKUP_CODES)]
    await connection.execute("delete from identity.backup_codes where user_id = $1", user_id)
    for code in codes:
        await connection.execute(KEEP_CODE, user_id, _code_hash(provider, user_id, code), now_ms())
    return [f"{code[:5]}-{code[5:]}" for code in codes]


async def use_backup_code(provider: Provider, connection: Connection, user_id: str, code: str) -> bool:
    plain = "".join(code.lower().replace("-", "").split())
    return bool(await connection.fetchval(USE_CODE, user_id, _code_hash(provider, user_id, plain), now_ms()))


async def settle(connection: Connection, user_id: str) -> None:
    """Whether a second factor is asked for follows from what is there; without any, backup codes are void too."""
    user, has = await users.find_locked(connection, user_id), await enrolled(connection, user_id)
    if user is None:
        return
    if has.any == (user.mfa_enabled_at is not None):
        await users.change(connection, user_id)
    elif has.any:
        await users.change(connection, user_id, mfa_enabled_at=now_ms(), mfa_disabled_at=None)
    else:
        await connection.execute("delete from identity.backup_codes where user_id = $1", user_id)
        await users.change(connection, user_id, mfa_enabled_at=None, mfa_disabled_at=now_ms())


def _counter(secret: str, code: str) -> int | None:
    """The step that the code belongs to."""
    given, step = "".join(code.split()), now_ms() // SECOND // STEP
    totp = pyotp.TOTP(secret)
    for counter in (step, step - 1):
        if hmac.compare_digest(totp.generate_otp(counter).encode(), given.encode()):
            return counter
    return None


def _code_hash(provider: Provider, user_id: str, code: str) -> bytes:
    return provider.vault.fingerprint("backup codes", f"{user_id}:{code}")
