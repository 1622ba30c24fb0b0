"""Files of the journal: records with length and checksum, so that a torn tail is seen and skipped."""

import errno
import fcntl
import os
import struct
import time
from binascii import crc32
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

HEADER: Final = struct.Struct(">II")
SUFFIX: Final = ".journal"
LARGEST_RECORD: Final = 8 * 1024 * 1024


class Segment:
    """A file that this process alone appends to; its lock tells others that we live."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{time.time_ns():020}-{os.getpid()}{SUFFIX}"
        self.size = 0
        self._file = os.open(
            self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        fcntl.flock(self._file, fcntl.LOCK_EX)
        sync_folder(folder)

    def append(self, records: Iterable[bytes]) -> int:
        """Write all and wait for the disk; where that fails the file is as long as before."""
        blob = b"".join(HEADER.pack(len(record), crc32(record)) + record for record in records)
        try:
            if os.write(self._file, blob) != len(blob):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self.size)
            raise
        self.size += len(blob)
        return len(blob)

    def close(self) -> None:
        os.close(self._file)


def records_of(path: Path) -> Iterator[bytes]:
    """Every whole record; what follows a torn one cannot be trusted and is left out."""
    with path.open("rb") as file:
        while len(header := file.read(HEADER.size)) == HEADER.size:
            length, checksum = HEADER.unpack(header)
            record = file.read(length) if length <= LARGEST_RECORD else b""
            if len(record) != length or crc32(record) != checksum:
                return
            yield record


def segments_in(folder: Path) -> list[Path]:
    """Oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Whether the file is nobody's, and ours within the block: its writer is gone, and no other reads it."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path.exists()
    except BlockingIOError:
        yield False
    finally:
        os.close(file)


@contextmanager
def claimed_folder(folder: Path, turn: str) -> Iterator[bool]:
    """Whether it is our turn with the whole folder, for as long as the block lasts."""
    (folder / turn).touch(mode=0o600)
    with claimed(folder / turn) as ours:
        yield ours


def sync_folder(folder: Path) -> None:
    """A new or removed name lasts only once its folder is on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
