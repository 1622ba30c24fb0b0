"""Where files lie: the port. Each is kept once, under the digest of what is in it."""

from collections.abc import AsyncIterator
from typing import BinaryIO, Protocol

from coursecove.kit.errors import Unavailable


class StorageUnavailable(Unavailable):
    """Files cannot be kept at the moment. Nothing was lost; please try again shortly."""


class Storage(Protocol):
    """Keeps bytes and gives them back, whole or in part; whoever knows a digest has been let in before."""

    async def keep(self, source: BinaryIO) -> str:
        """The digest under which it is kept from here on."""
        ...

    async def has(self, digest: str) -> bool: ...

    def pieces(self, digest: str, start: int, length: int) -> AsyncIterator[bytes]: ...

    async def old(self, seconds: int) -> list[str]:
        """What was kept last so long ago, a thousand at most."""
        ...

    async def remove(self, digests: list[str]) -> None: ...
