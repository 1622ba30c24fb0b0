"""The server process of a private PostgreSQL: its launch, its signs of life, and what it leaves behind."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from coursecove.kit.postgres import guard, lease
from coursecove.kit.postgres.binaries import Binaries, clean_environment, find_binaries
from coursecove.kit.postgres.errors import CannotStartError, DiskFullError, NoAccountError
from coursecove.kit.postgres.places import (
    account_of,
    give_to_nobody,
    give_to_owner,
    reachable_by_nobody,
    socket_folder_for,
)

LOG_LIMIT = 5_000_000
RESET_SIGNALS = (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


def launch(folder: Path, lock: int, settings: Mapping[str, str], deadline: float) -> tuple[lease.Lease, int]:
    """Start a server in a folder whose lock we hold; our lease on it and the process id of its guard."""
    _sweep(folder)
    order = _order(folder, settings)
    with lease.listening_end(folder) as listening:
        ours = lease.take(folder)
        if ours is None:
            raise CannotStartError(folder=folder, reason="its lease was taken away.")
        give_to_owner(folder)
        before = (folder / "log").stat().st_size
        process = _spawn_guard(folder, order, (listening, lock))
    try:
        ended = _wait(folder, process, deadline)
        if ended is None:
            return ours, process
    except BaseException:
        ours.give_back()
        raise
    ours.give_back()
    if (
        ended == guard.NO_NAMESPACE
        and os.geteuid() == 0
        and reachable_by_nobody(folder, Path(json.loads(order)["postgres"][0]))
    ):
        give_to_nobody(folder)
        return launch(folder, lock, settings, deadline)
    raise _explained(folder, ended, before)


def answers(folder: Path) -> bool:
    """Whether the server takes connections: it is asked, because no file can say so."""
    name = socket_path(folder)
    if name is None:
        return False
    hello = struct.pack("!I", 196608) + b"user\0postgres\0database\0postgres\0\0"
    with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
        client.settimeout(5)
        client.connect(name)
        client.sendall(struct.pack("!I", len(hello) + 4) + hello)
        welcome = client.recv(1) == b"R"
        client.sendall(b"X\0\0\0\x04")
        return welcome
    return False


def server_pid(folder: Path) -> int | None:
    lines = _pid_file(folder)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def socket_path(folder: Path) -> str | None:
    lines = _pid_file(folder)
    return f"{lines[4]}/.s.PGSQL.5432" if len(lines) > 4 and lines[4] else None


def end_orphan(folder: Path) -> None:
    """A server whose guard was killed ends by itself on Linux; elsewhere it has to be told."""
    process = server_pid(folder)
    if process is not None and not lease.guarded(folder) and answers(folder):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGINT)


def _order(folder: Path, settings: Mapping[str, str]) -> str:
    data = folder / "data"
    binaries = find_binaries(_major_of(data), data)
    sockets = str(socket_folder_for(folder))
    chosen = {"listen_addresses": "", "unix_socket_permissions": "0700", **settings}
    postgres = [binaries.program("postgres"), "-D", str(data), "-k", sockets, "-p", "5432"]
    return json.dumps(
        {
            "data": str(data),
            "door": str(folder / "door"),
            "uid": account_of(folder),
            "initdb": _initdb(binaries, f"{data}.new"),
            "postgres": [*postgres, *(part for item in chosen.items() for part in ("-c", "=".join(item)))],
        }
    )


def _initdb(binaries: Binaries, fresh: str) -> list[str]:
    command = [binaries.program("initdb"), "-D", fresh, "-U", "postgres", "--auth=trust", "-E", "UTF8"]
    if binaries.major >= 17:
        return [*command, "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [*command, "--locale=C"]


def _spawn_guard(folder: Path, order: str, files: tuple[int, int]) -> int:
    """Not `subprocess`: its object would complain when we end before a server that others still hold."""
    high = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 10) for file in files]  # out of the targets' way
    log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    targets = [(log, 1), (log, 2), (high[0], guard.LEASE), (high[1], guard.LOCK)]
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", guard.__file__, order],
            clean_environment(),
            file_actions=[*actions, *((os.POSIX_SPAWN_DUP2, *pair) for pair in targets)],
            setsigmask=[],
            setsigdef=RESET_SIGNALS,
        )
    finally:
        for file in (*high, log):
            os.close(file)


def _wait(folder: Path, process: int, deadline: float) -> int | None:
    """Until the new server answers; the exit code of its guard if it ended instead."""
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if answers(folder):
            return None
        time.sleep(0.01)
    raise CannotStartError(folder=folder, reason=f"it does not answer; its log is {folder / 'log'}.")


def _explained(folder: Path, ended: int, before: int) -> Exception:
    if ended == guard.NO_NAMESPACE:
        return NoAccountError(folder=folder)
    said = (folder / "log").read_bytes()[before:].decode(errors="replace")
    if "No space left on device" in said:
        return DiskFullError(folder=folder)
    reasons = re.findall(r"(?:FATAL|PANIC|error): +(.+)", said) or said.strip().splitlines()[-1:]
    reason = reasons[0] if reasons else f"it ended with exit code {ended}"
    return CannotStartError(folder=folder, reason=f"{reason} (log: {folder / 'log'}).")


def _sweep(folder: Path) -> None:
    """Clear what a killed server left: its process id may belong to a zombie or to a stranger by now.

    Safe because we hold the lock that each process of the old server held.
    """
    shutil.rmtree(folder / "data.new", ignore_errors=True)
    log = folder / "log"
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(folder / "log.1")
    log.touch(mode=0o600)
    process = server_pid(folder)
    if process is None or _runs_here(process, folder):
        return
    for left in (socket_path(folder), f"{socket_path(folder)}.lock", str(folder / "data" / "postmaster.pid")):
        if left is not None:
            Path(left).unlink(missing_ok=True)


def _runs_here(process: int, folder: Path) -> bool:
    try:
        return os.fsencode(folder / "data") in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()  # without /proc PostgreSQL has to judge by itself


def _pid_file(folder: Path) -> list[str]:
    try:
        return (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _major_of(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
