"""One real installation for the browser tests: database, site and worker as processes of their own."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import quote

from pydantic import SecretStr

from coursecove import demo, settings
from coursecove.kit.db import Database
from coursecove.kit.postgres import EmbeddedPostgres

T = TypeVar("T")
SECRET = "only-for-browser-tests-" * 2
OURS = ("COURSECOVE_", "CLERK_", "INNGEST_", "DATABASE_URL", "REDIS_URL", "OTEL_")


@dataclass(frozen=True)
class Instance:
    """A running installation with both demo schools."""

    port: int
    folder: Path

    @property
    def settings(self) -> settings.Settings:
        chosen = {"port": self.port, "data": self.folder, "secret_key": SecretStr(SECRET)}
        return settings.load().model_copy(update=chosen)

    def origin(self, label: str = "") -> str:
        return self.settings.origin(label or None)

    def one_click(self, person: demo.DemoPerson, target: str) -> str:
        """The link of a development start that signs a person of the cast in and leads to `target`."""
        return f"{self.origin('id')}/sign-in/{person.external_id}?redirect_url={quote(target, safe='')}"

    def with_database(self, work: Callable[[Database], Coroutine[object, object, T]]) -> T:
        """Do something to the installation's data; on a loop of its own, since the browser's blocks this thread's."""

        async def run() -> T:
            with EmbeddedPostgres.start(self.folder / "postgres") as postgres:
                database = await Database.open(self.settings.database_config(postgres.url))
                try:
                    return await work(database)
                finally:
                    await database.close()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, run()).result()


NOTHING_SET: Mapping[str, str] = MappingProxyType({})


@contextmanager
def running(folder: Path, chosen: Mapping[str, str] = NOTHING_SET, port: int = 0) -> Iterator[Instance]:
    """Start the installation as `bin/dev` does, on a port of its own and with these settings; end it afterwards."""
    instance = Instance(port or free_port(), folder / "data")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    command = ["dev", "--port", str(instance.port), "--data", str(instance.folder)]
    with (folder / "log").open("w+") as log:
        with subprocess.Popen(
            [sys.executable, "-m", "coursecove", *command],
            env=kept | {"COURSECOVE_SECRET_KEY": SECRET} | chosen,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process:
            assert process.stdout is not None
            if any(line.startswith("ready") for line in process.stdout):
                try:
                    yield instance
                finally:
                    process.send_signal(signal.SIGTERM)
        log.seek(0)
        if process.returncode:
            raise RuntimeError(f"The installation ended badly:\n{log.read()[-5000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
