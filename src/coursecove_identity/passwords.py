"""Passwords: what is good enough, and how they are kept."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from coursecove_identity.clock import now_ms
from coursecove_identity.policy import Policy
from coursecove_identity.store import Connection

AT_ONCE = 2
STRONG = 3
OWN = 6
"""So many characters at least are the person's own idea."""

JUDGED = 72
"""zxcvbn looks at so many characters and no more."""

KEEP = """
    insert into identity.password_credentials (user_id, hash, changed_at) values ($1, $2, $3)
    on conflict (user_id) do update set hash = excluded.hash, changed_at = excluded.changed_at"""

REHASH = "update identity.password_credentials set hash = $2 where user_id = $1 and hash = $3"


class Hasher:
    """argon2id with ASVS' parameters, on threads, a few at a time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._nobodys = self._hasher.hash("nobody has this password")
        self.runs = 0
        """How often it was asked; what somebody can tell from outside must not depend on who exists."""

    async def hash(self, password: str) -> str:
        self.runs += 1
        async with self._at_once:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """As much work for somebody who has no password, or is not there at all."""
        self.runs += 1
        async with self._at_once:
            right = await asyncio.to_thread(self._verify, hashed or self._nobodys, password)
        return right and hashed is not None

    def is_stale(self, hashed: str) -> bool:
        return self._hasher.check_needs_rehash(hashed)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


@dataclass(frozen=True, slots=True)
class Weakness:
    """Why a password is refused: a reason for programs; pages have the sentence."""

    reason: str
    length: int = 0


def weakness(
    password: str, policy: Policy, *, about: Iterable[str] = (), second_factor: bool = False
) -> Weakness | None:
    """What is wrong with it; `about` is what everybody knows of the person and the school."""
    least = policy.password_length_with_second_factor if second_factor else policy.password_length
    if len(password) < least:
        return Weakness("short", least)
    if len(password) > policy.longest_password:
        return Weakness("long", policy.longest_password)
    words = sorted({word for text in (*about, "coursecove") for word in _words(text.lower())}, key=len)
    from zxcvbn import zxcvbn  # noqa: PLC0415 - thirteen megabytes of words, for those who choose a password

    judged = zxcvbn(password[:JUDGED], user_inputs=words)
    if judged["score"] < STRONG or len(_without(password.lower(), reversed(words))) < OWN:
        return Weakness("guessable")
    return None


def _without(text: str, words: Iterable[str]) -> str:
    """The letters and digits that are left once everything is taken out that everybody knows."""
    for word in words:
        text = text.replace(word, "")
    return "".join(each for each in text if each.isalnum())


def _words(text: str) -> list[str]:
    """An address or a name, whole and in parts."""
    parts = text.replace("@", " ").replace(".", " ").replace("-", " ").split()
    return [part for part in (text, *parts) if len(part) >= 3]


async def hash_of(connection: Connection, user_id: str) -> str | None:
    found: str | None = await connection.fetchval(
        "select hash from identity.password_credentials where user_id = $1", user_id
    )
    return found


async def keep(connection: Connection, user_id: str, hashed: str) -> None:
    """From now on this is the password."""
    await connection.execute(KEEP, user_id, hashed, now_ms())


async def keep_rehashed(connection: Connection, user_id: str, old: str, new: str) -> None:
    """The same password with today's parameters, unless it was changed meanwhile."""
    await connection.execute(REHASH, user_id, new, old)


async def remove(connection: Connection, user_id: str) -> bool:
    done = await connection.execute("delete from identity.password_credentials where user_id = $1", user_id)
    return done != "DELETE 0"
