"""Files in a folder of this machine."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final

from coursecove.providers.storage import StorageUnavailable

PIECE: Final = 256 * 1024
AT_ONCE: Final = 1000


class FolderStorage:
    """One file for each digest, in folders by its first letters; what is half written has no digest yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, source: BinaryIO) -> str:
        try:
            return await asyncio.to_thread(self._keep, source)
        except OSError as failure:
            raise StorageUnavailable from failure

    async def has(self, digest: str) -> bool:
        return await asyncio.to_thread(self._path(digest).is_file)

    async def pieces(self, digest: str, start: int, length: int) -> AsyncIterator[bytes]:
        with await asyncio.to_thread(self._path(digest).open, "rb") as file:
            await asyncio.to_thread(file.seek, start)
            while length > 0 and (piece := await asyncio.to_thread(file.read, min(PIECE, length))):
                length -= len(piece)
                yield piece

    async def old(self, seconds: int) -> list[str]:
        return await asyncio.to_thread(self._old, time.time() - seconds)

    async def remove(self, digests: list[str]) -> None:
        for digest in digests:
            await asyncio.to_thread(self._path(digest).unlink, missing_ok=True)

    def _keep(self, source: BinaryIO) -> str:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh, digest = self._folder / f".{token_hex(8)}", sha256()
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                while piece := source.read(PIECE):
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            path = self._path(digest.hexdigest())
            path.parent.mkdir(exist_ok=True, mode=0o700)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
        return digest.hexdigest()

    def _path(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise StorageUnavailable
        return self._folder / digest[:2] / digest[2:]

    def _old(self, before: float) -> list[str]:
        kept = (path for path in self._folder.glob("[0-9a-f][0-9a-f]/*") if path.stat().st_mtime < before)
        return [path.parent.name + path.name for path in islice(kept, AT_ONCE)]
