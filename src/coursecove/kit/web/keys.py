"""The public keys that session tokens are verified with."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from coursecove.kit.errors import Unavailable

LoadKeys: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]


class KeysUnavailable(Unavailable):
    """Signing in cannot be checked right now. Please try again in a minute."""


class KeySource(Protocol):
    """Where a verifier finds the key that a token names."""

    async def key(self, kid: str) -> RSAPublicKey | None: ...

    async def renewed(self, kid: str) -> RSAPublicKey | None:
        """The key after a look whether the set has changed."""


class PemKey:
    """One configured key, whatever a token calls it."""

    def __init__(self, pem: str) -> None:
        key = load_pem_public_key(pem.strip().replace("\\n", "\n").encode())
        if not isinstance(key, RSAPublicKey):
            raise TypeError("the session key must be an RSA public key")
        self._key = key

    async def key(self, kid: str) -> RSAPublicKey | None:
        return self._key

    async def renewed(self, kid: str) -> RSAPublicKey | None:
        return self._key


class JwksKeys:
    """A published key set: loaded once, looked at again at most every `pause` seconds, by one at a time."""

    def __init__(
        self,
        load: LoadKeys,
        *,
        pause: float = 30,
        lifetime: float = 3600,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load, self._clock = load, clock
        self._pause, self._lifetime = pause, lifetime
        self._keys: dict[str, RSAPublicKey] | None = None
        self._looked_at = float("-inf")
        self._loaded_at = float("-inf")
        self._loading: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> RSAPublicKey | None:
        if self._keys is None:
            await self._look()
        elif self._clock() - self._loaded_at > self._lifetime:
            self._start_look()
        return self._known(kid)

    async def renewed(self, kid: str) -> RSAPublicKey | None:
        await self._look()
        return self._known(kid)

    def _known(self, kid: str) -> RSAPublicKey | None:
        if self._keys is None:
            raise KeysUnavailable
        return self._keys.get(kid)

    async def _look(self) -> None:
        task = self._start_look()
        if task is not None:
            await asyncio.shield(task)

    def _start_look(self) -> asyncio.Task[None] | None:
        if self._loading is None and self._clock() - self._looked_at >= self._pause:
            self._looked_at = self._clock()
            self._loading = asyncio.create_task(self._replace())
            self._loading.add_done_callback(self._finished)
        return self._loading

    def _finished(self, _task: asyncio.Task[None]) -> None:
        self._loading = None

    async def _replace(self) -> None:
        try:
            keys = read_jwks(await self._load())
        except (httpx.HTTPError, OSError, ValueError):
            return
        if keys:
            self._keys, self._loaded_at = keys, self._clock()


def jwks_at(client: httpx.AsyncClient, url: str, headers: Mapping[str, str] | None = None) -> LoadKeys:
    """Loads a key set over HTTP; deadlines are the client's."""

    async def load() -> Mapping[str, Any]:
        answer = await client.get(url, headers=headers, follow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
        if not isinstance(found, dict):
            raise ValueError("a key set is a JSON object")
        return found

    return load


def read_jwks(document: Mapping[str, Any]) -> dict[str, RSAPublicKey]:
    """The RSA signing keys of a set by their `kid`; everything else in it is passed over."""
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise ValueError("a key set needs a list of keys")
    found: dict[str, RSAPublicKey] = {}
    for entry in entries:
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(entry, "RS256").key
        except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError):
            continue
        if isinstance(key, RSAPublicKey) and key.key_size >= 2048 and isinstance(entry.get("kid"), str):
            found[entry["kid"]] = key
    return found
