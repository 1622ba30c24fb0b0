"""How several processes hold one server: it lives while anybody, anywhere, holds the lease.

Each holder keeps two files of the folder open: the FIFO `lease`, whose hang-up tells the guard that the last
holder has gone, however it died, and `holders`, whose shared lock tells a holder whether it is the last one.
"""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Lease:
    """Our part in keeping the server alive."""

    fifo: int
    holding: int

    def give_back(self) -> None:
        os.close(self.fifo)
        os.close(self.holding)


@contextlib.contextmanager
def door(folder: Path, deadline: float) -> Iterator[None]:
    """One process at a time joins, launches or closes; a dead one lets go by itself."""
    with (folder / "door").open("a") as held:
        while not _locked(held.fileno(), fcntl.LOCK_EX) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield


def take(folder: Path) -> Lease | None:
    """A lease, if there is a guard that listens to it."""
    try:
        fifo = os.open(folder / "lease", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in {errno.ENXIO, errno.ENOENT}:
            return None
        raise
    holding = os.open(folder / "holders", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(holding, fcntl.LOCK_SH)
    return Lease(fifo, holding)


@contextlib.contextmanager
def listening_end(folder: Path) -> Iterator[int]:
    """The guard's end of a new lease."""
    path = folder / "lease"
    path.unlink(missing_ok=True)  # a forgotten end of an old one must not count
    os.mkfifo(path, 0o600)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield reading
    finally:
        os.close(reading)


def guarded(folder: Path) -> bool:
    """Whether a guard listens: it goes with its server."""
    try:
        os.close(os.open(folder / "lease", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def held_by_nobody(folder: Path) -> bool:
    with (folder / "holders").open("a") as asked:
        return _locked(asked.fileno(), fcntl.LOCK_EX)


@contextlib.contextmanager
def server_lock(folder: Path) -> Iterator[int | None]:
    """The lock that each process of a server inherits; nothing while one of them still lives."""
    with (folder / "lock").open("a") as lock:
        yield lock.fileno() if _locked(lock.fileno(), fcntl.LOCK_EX) else None


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
