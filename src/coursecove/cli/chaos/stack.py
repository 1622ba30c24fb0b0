"""The product that a storm meets: `coursecove dev` in a folder of its own, whose parts may be killed."""

import asyncio
import base64
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from coursecove.cli.bench.processes import PROC, family
from coursecove.cli.bench.stage import SiteDidNotStart, answers, free_port
from coursecove.kit.postgres import EmbeddedPostgres

START_PATIENCE: Final = 120.0
OURS: Final = ("COURSECOVE_", "CLERK_", "INNGEST_", "DATABASE_URL")
PARTS: Final = ("web", "worker")


class Stack:
    """Its supervisor starts again whatever ends."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
        self.host = f"coursecove.localhost:{self.port}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "coursecove",
                    "dev",
                    "--port",
                    str(self.port),
                    "--data",
                    str(self._data),
                ],
                env=environment | {"CLERK_WEBHOOK_SECRET": self.secret},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    @property
    def _data(self) -> Path:
        return self.folder / "dev"

    async def ready(self) -> None:
        """Returns once the site answers."""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_PATIENCE):
                while self._process.poll() is None:
                    if await asyncio.to_thread(answers, self.port, self.host):
                        return
                    await asyncio.sleep(0.1)
        said = (self.folder / "log").read_text()[-2000:]
        raise SiteDidNotStart(f"{SiteDidNotStart.title()}:\n{said}")

    @contextmanager
    def database(self) -> Iterator[EmbeddedPostgres]:
        """The server as it runs now, shared with the supervisor."""
        with EmbeddedPostgres.start(self._data / "postgres") as postgres:
            yield postgres

    def crash_database(self) -> None:
        """As if the machine had lost its power; the supervisor starts it again."""
        with self.database() as postgres:
            os.kill(postgres.pid or 0, signal.SIGQUIT)

    def kill(self, part: str) -> bool:
        """One of PARTS, without a chance to say good-bye; False where it is not running just now."""
        found = [pid for pid in family(self._process.pid) if _runs(pid, part)]
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        return bool(found)

    async def freeze_database(self, seconds: float) -> None:
        """It neither answers nor refuses, for so long."""
        with self.database() as postgres:
            frozen = family(postgres.pid or 0)
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            for pid in frozen:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    @property
    def journal_bytes(self) -> int:
        return sum(each.stat().st_size for each in (self._data / "journal").glob("*.journal"))

    def end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def stack() -> Iterator[Stack]:
    """Everything of it ends with the block, its folder too."""
    folder = Path(tempfile.mkdtemp(prefix="coursecove-chaos-"))
    try:
        made = Stack(folder)
        try:
            yield made
        finally:
            made.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int, part: str) -> bool:
    try:
        return part.encode() in (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
