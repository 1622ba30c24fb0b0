"""Child processes that a supervisor keeps: they end with it, and are started again when they die."""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Self

PR_SET_PDEATHSIG = 1
FIRST_PAUSE, LONGEST_PAUSE, STEADY = 0.5, 10.0, 10.0
LIBC = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Command:
    """A program of ours, and the name it has in messages."""

    name: str
    arguments: Sequence[str]


class Child:
    """One command as a running process, in a group of its own so that Ctrl-C reaches its parent alone."""

    def __init__(self, command: Command, environment: Mapping[str, str]) -> None:
        self.command, self.environment = command, environment
        self._pause = FIRST_PAUSE
        self.first_run = True
        self.start()

    def start(self) -> None:
        self._started = time.monotonic()
        self._again_at: float | None = None
        us = os.getpid()

        def die_with_us() -> None:
            if hasattr(LIBC, "prctl"):
                LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
                if os.getppid() != us:
                    os._exit(1)

        self._process = subprocess.Popen(
            self.command.arguments,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=die_with_us,  # noqa: PLW1509  # a supervisor has one thread
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        return self._process.poll()

    def revive(self) -> float | None:
        """Start it again if it died, with growing pauses; the pause, once, when one begins."""
        if self.exit_code() is None:
            return None
        now = time.monotonic()
        if self._again_at is None:
            self._signal(signal.SIGKILL)  # what it left may hold its port
            self._pause = FIRST_PAUSE if now - self._started > STEADY else min(self._pause * 2, LONGEST_PAUSE)
            self._again_at = now + self._pause
            return self._pause
        if now >= self._again_at:
            self.first_run = False
            self.start()
        return None

    def ask_to_end(self) -> None:
        if self.exit_code() is None:
            self._process.terminate()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return


class EndSignals:
    """Ctrl-C, SIGTERM and SIGHUP as something to look at, instead of an exception anywhere."""

    NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __enter__(self) -> Self:
        self.count = 0
        self._wake, self._woken = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)
        self._before = [signal.signal(number, self._note) for number in self.NUMBERS]
        self._wakeup_before = signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._wakeup_before)
        for number, handler in zip(self.NUMBERS, self._before, strict=True):
            signal.signal(number, handler)
        os.close(self._wake)
        os.close(self._woken)

    def came_within(self, seconds: float) -> bool:
        """Wait so long, or until the first signal; whether one came since the beginning."""
        if not self.count:
            self.next_within(seconds)
        return self.count > 0

    def next_within(self, seconds: float) -> None:
        if select.select([self._wake], [], [], seconds)[0]:
            os.read(self._wake, 4096)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1


def end_all(children: Sequence[Child], signals: EndSignals, patience: float) -> None:
    """Ask all of them to end, and insist when time is up or somebody asks a second time."""
    for child in children:
        child.ask_to_end()
    deadline, before = time.monotonic() + patience, signals.count
    while any(child.exit_code() is None for child in children):
        if time.monotonic() > deadline or signals.count > before:
            break
        signals.next_within(0.05)
    for child in children:
        child.kill()


def say(text: str) -> None:
    sys.stderr.write(f"coursecove: {text}\n")
    sys.stderr.flush()
