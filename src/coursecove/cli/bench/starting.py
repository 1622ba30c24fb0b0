"""How long `coursecove dev` takes to be ready, and how much memory it needs when nobody is there."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coursecove.cli.bench.figures import Goal, Result, median
from coursecove.cli.bench.processes import PROC, family, resident_mb
from coursecove.cli.bench.stage import SiteDidNotStart, free_port

QUICK = Goal("seconds", 5.0, at_least=False)
SMALL = Goal("MB without PostgreSQL", 300.0, at_least=False)
SETTLED = 3.0


def second_start(rounds: int) -> Result:
    """From the command to the line that says ready, with a database that is there already."""
    with _data() as data:
        with _running(data):
            pass
        took = []
        for _ in range(rounds):
            with _running(data) as (_, seconds):
                took.append(seconds)
    seconds = median(took)
    return Result("start", str(QUICK), QUICK.is_met(seconds), rounds, "s", seconds)


def idle_memory() -> Result:
    """Supervisor, web and worker together, after a page was served and things have settled."""
    with _data() as data, _running(data) as (process, _):
        time.sleep(SETTLED)
        used = resident_mb(pid for pid in family(process.pid) if not _is_postgres(pid))
    return Result("memory", str(SMALL), SMALL.is_met(used), 1, "MB", used, rss_mb=used)


@contextmanager
def _data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="coursecove-bench-"))
    try:
        yield folder / "dev"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(data: Path) -> Iterator[tuple[subprocess.Popen[str], float]]:
    """`coursecove dev` once it is ready, and the seconds that took."""
    began = time.monotonic()
    log = data.parent / "log"
    with log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "coursecove", "dev", "--port", str(free_port()), "--data", str(data)],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        )
    try:
        for line in process.stdout or ():
            if line.startswith("ready"):
                yield process, time.monotonic() - began
                break
        else:
            raise SiteDidNotStart(f"{SiteDidNotStart.title()}:\n{log.read_text()[-2000:]}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _is_postgres(pid: int) -> bool:
    try:
        return b"postgres" in (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return True
