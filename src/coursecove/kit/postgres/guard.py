"""The small process between CourseCove and its private PostgreSQL.

It makes the data folder when there is none, runs the server, and ends it when the last holder of the
lease is gone, even one killed with -9. It is started as a script, so that it has one thread: only such a
process may enter a user namespace, and a parent-death signal follows the thread, not the process.

File descriptors: 3 is the reading end of the lease, a FIFO that every holder keeps open for writing;
4 is the lock, inherited by each process of the server, so it is free exactly when all of them are gone.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import pwd
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

LEASE, LOCK = 3, 4
NO_NAMESPACE, FAILED = 77, 1
CLONE_NEWUSER, PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 0x10000000, 1, 4


def main(order: dict[str, Any]) -> int:
    os.set_inheritable(LEASE, False)
    os.setsid()  # Ctrl-C in the terminal is for the holders to answer
    data, fresh = Path(order["data"]), Path(order["data"] + ".new")
    if not data.exists():
        status = os.waitstatus_to_exitcode(os.waitpid(_spawn(order["initdb"], order["uid"]), 0)[1])
        if status:
            return status
        fresh.rename(data)  # never half made
    return _watch(_spawn(order["postgres"], order["uid"]), Path(order["door"]))


def _watch(server: int, door: Path) -> int:
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(asked, lambda *_: _tell(server, signal.SIGINT))
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    poll.register(LEASE, 0)  # hang-up is always reported
    while True:
        ended, status = os.waitpid(server, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) and FAILED
        seen = dict(poll.poll())
        if wake in seen:
            os.read(wake, 4096)
        if LEASE in seen and _close_if_deserted(door):
            poll.unregister(LEASE)
            _tell(server, signal.SIGINT)  # PostgreSQL's fast shutdown


def _close_if_deserted(door: Path) -> bool:
    """Decide behind the door, where nobody can be about to take the lease that is being closed."""
    with door.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)  # somebody is at the door, and may be waiting for us: ask again
            return False
        look = select.poll()
        look.register(LEASE, 0)
        if not look.poll(0):
            return False
        os.close(LEASE)
        return True


def _tell(process: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def _spawn(command: list[str], uid: int | None) -> int:
    guard = os.getpid()
    child = os.fork()
    if not child:
        _become(command, uid, guard)
    return child


def _become(command: list[str], uid: int | None, guard: int) -> NoReturn:
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        _change_user(libc, uid)
        if hasattr(libc, "prctl"):  # after the change of user, which clears it
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
            if os.getppid() != guard:
                os._exit(FAILED)
        os.execv(command[0], command)  # noqa: S606  # there is no shell to start it with
    except OSError as error:
        print(f"FATAL:  {error.strerror}: {error.filename or command[0]}", file=sys.stderr, flush=True)  # noqa: T201
        os._exit(FAILED)


def _change_user(libc: ctypes.CDLL, uid: int | None) -> None:
    """PostgreSQL wants an account that is not root's: the folder's owner, or in a namespace any we know."""
    if uid:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    us, group = os.geteuid(), os.getegid()
    if us and _has_account(us):
        return
    name = next((account.pw_uid for account in pwd.getpwall() if account.pw_uid), us)
    try:
        if not hasattr(libc, "unshare") or libc.prctl(PR_SET_DUMPABLE, 1) or libc.unshare(CLONE_NEWUSER):
            os._exit(NO_NAMESPACE)
        for file, text in (("setgroups", "deny"), ("uid_map", f"{name} {us} 1"), ("gid_map", f"1 {group} 1")):
            Path("/proc/self", file).write_bytes(text.encode())  # no codec may be loaded here
    except OSError:
        os._exit(NO_NAMESPACE)


def _has_account(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
