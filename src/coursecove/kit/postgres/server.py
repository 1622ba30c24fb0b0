"""The handle on a private PostgreSQL.

Several processes may start the same folder: the first one owns the server, the others are its guests, and
the server lives until the last of them has stopped or died. Connections go through a socket in a folder
that only its user may enter, so no password is needed and no port is opened.
"""

import contextlib
import errno
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import quote

from coursecove.kit.postgres import cluster, lease
from coursecove.kit.postgres.errors import CannotStartError, DiskFullError, PostgresError
from coursecove.kit.postgres.places import prepare_folder

PATIENCE = 60.0
NOTHING: Mapping[str, str] = MappingProxyType({})
DEVELOPMENT: Mapping[str, str] = MappingProxyType(
    {"max_connections": "100", "shared_buffers": "128MB", "fsync": "on", "jit": "off", "timezone": "UTC"}
)


class EmbeddedPostgres:
    """A running private server and our lease on it; a context manager that gives the lease back."""

    def __init__(self, folder: Path, held: lease.Lease, guard: int | None) -> None:
        self.folder = folder
        self.owner = guard is not None
        self._lease: lease.Lease | None = held
        self._guard = guard
        self._socket = cluster.socket_path(folder) or ""

    @classmethod
    def start(cls, folder: Path, *, settings: Mapping[str, str] = NOTHING) -> Self:
        """Join the server of this folder, or start it; blocks until it answers."""
        folder = folder.absolute()
        try:
            prepare_folder(folder)
            return cls._start(folder, {**DEVELOPMENT, **settings})
        except OSError as error:
            raise _explained(folder, error) from error

    @classmethod
    def _start(cls, folder: Path, settings: Mapping[str, str]) -> Self:
        deadline = time.monotonic() + PATIENCE
        with lease.door(folder, deadline):
            while time.monotonic() < deadline:
                joined = _join(folder)
                if joined is not None:
                    return cls(folder, joined, None)
                with lease.server_lock(folder) as lock:
                    if lock is not None:
                        return cls(folder, *cluster.launch(folder, lock, settings, deadline))
                cluster.end_orphan(folder)
                time.sleep(0.02)
        raise CannotStartError(folder=folder, reason="the server that ran there before does not end.")

    @property
    def url(self) -> str:
        """For libpq, asyncpg and SQLAlchemy alike; valid in every process of this user."""
        return f"postgresql://postgres@/postgres?host={quote(str(Path(self._socket).parent))}&port=5432"

    @property
    def pid(self) -> int | None:
        """The server's process, if it runs."""
        return cluster.server_pid(self.folder) if self.running() else None

    def running(self) -> bool:
        """Whether the server lives, if only to recover from a crash of one of its sessions."""
        self._reap()
        return self._lease is not None and lease.guarded(self.folder)

    def stop(self) -> None:
        """Give the lease back; the last one to do so waits until the server has ended."""
        if self._lease is None:
            return
        self._lease.give_back()
        self._lease = None
        deadline = time.monotonic() + PATIENCE
        while lease.held_by_nobody(self.folder) and time.monotonic() < deadline:
            with lease.server_lock(self.folder) as free:
                if free is not None:
                    break
            time.sleep(0.01)
        self._reap()

    def _reap(self) -> None:
        if self._guard is not None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._guard, os.WNOHANG)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _join(folder: Path) -> lease.Lease | None:
    joined = lease.take(folder)
    if joined is None or cluster.answers(folder):
        return joined
    joined.give_back()  # it is ending, or recovering: ask again
    return None


def _explained(folder: Path, error: OSError) -> PostgresError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(folder=folder)
    return CannotStartError(folder=folder, reason=f"{error.strerror} ({error.filename or folder}).")
