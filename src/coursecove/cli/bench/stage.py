"""Where measurements take place: a database of its own with durability on, filled, and sites in front of it."""

import asyncio
import http.client
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from coursecove import demo, settings
from coursecove.accounts.roles import Role
from coursecove.cli import migrating
from coursecove.cli.bench import schools
from coursecove.cli.bench.schools import Size, Somebody
from coursecove.kit.db import Claims, Database
from coursecove.kit.errors import ProblemError
from coursecove.kit.postgres import EmbeddedPostgres
from coursecove.kit.web.hosts import PublicRoot
from coursecove.migrations import run
from coursecove.settings import Settings
from coursecove.web.identity_provider import build_provider
from coursecove_identity.signing import SigningKey
from coursecove_identity.site import Site as Address
from coursecove_identity.trial import session_cookies

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "1GB"}
WEB_PROCESSES = 2
PATIENCE = 60.0


class SiteDidNotStart(ProblemError):
    """The measured site did not start"""


class Stage:
    """A folder that is gone afterwards, with a PostgreSQL in it; sites are opened on demand and kept."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="coursecove-bench-"))
        self._ends = ExitStack()
        self._ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.postgres = self._ends.enter_context(
            EmbeddedPostgres.start(self.folder / "postgres", settings=DURABLE)
        )
        self._sites: dict[Size, Site] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def site(self, size: Size) -> "Site":
        if size not in self._sites:
            self._sites[size] = self._ends.enter_context(Site(self, size))
        return self._sites[size]


class Site:
    """One database and the web processes that serve it; a client spreads its connections over their ports."""

    def __init__(self, stage: Stage, size: Size) -> None:
        self.stage, self.size = stage, size
        self.ports = [free_port() for _ in range(WEB_PROCESSES)]
        self.folder = stage.folder / f"site-{self.ports[0]}"
        self.folder.mkdir()
        self.url = asyncio.run(self._new_database())
        self.settings = self._settings()
        asyncio.run(self._filled())
        self.root = PublicRoot.parse(self.settings.origin())
        self._key = asyncio.run(self._signing_key())
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._processes = [self._web(port) for port in self.ports]
            for process, port in zip(self._processes, self.ports, strict=True):
                self._wait_until_ready(process, port)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()

    @property
    def web_pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    def some(self, role: Role, count: int = 8) -> list[Somebody]:
        """A few people of the measured school."""
        return asyncio.run(schools.some_of(self.url, self.size.measured, role, count))

    def signed_in(self, person: Somebody) -> str:
        """The cookie header of a browser that has just signed in; good for a minute."""
        origin = self.root.origin(self.size.measured)
        site = Address.parse(self.settings.origin())
        cookies = session_cookies(self._key, site, person.subject, origin)
        return "; ".join(f"{name}={value}" for name, value in cookies.items())

    def sealed(self, claims: Claims) -> tuple[str, str]:
        """Claims and their seal, as the application hands them to the database."""
        text = claims.as_json(lifetime_s=86_400)
        return text, self.settings.database_config(self.url).seal_key.seal(text)

    def get(self, path: str, cookie: str, **headers: str) -> str:
        """A page's request as a browser sends it."""
        host = self.root.netloc(f"{self.size.measured}.{self.root.name}")
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", f"Cookie: {cookie}", "Accept: text/html"]
        lines += ["User-Agent: coursecove-bench", "Sec-Fetch-Dest: document"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines) + "\r\n\r\n"

    def app_url(self) -> str:
        """The database as the user client's role reaches it."""
        return self.settings.database_config(self.url).app_url

    def service_url(self) -> str:
        """The database as the service client's role reaches it."""
        return self.settings.database_config(self.url).service_url

    async def _new_database(self) -> str:
        name = f"bench_{self.ports[0]}"
        admin = await asyncpg.connect(self.stage.postgres.url)
        try:
            await admin.execute(f"create database {name} template template0")
        finally:
            await admin.close()
        return run.with_database(self.stage.postgres.url, name)

    def _settings(self) -> Settings:
        chosen = {
            "COURSECOVE_DATA": str(self.folder),
            "COURSECOVE_PORT": str(self.ports[0]),
            "COURSECOVE_PUBLIC_PORT": str(self.ports[0]),
            "COURSECOVE_SECRET_KEY": secrets.token_hex(32),
            "COURSECOVE_LOG_FORMAT": "json",
            "DATABASE_URL": self.url,
        }
        self._environment: Mapping[str, str] = os.environ | chosen
        before = dict(os.environ)
        os.environ.update(chosen)
        try:
            return settings.load()
        finally:
            os.environ.clear()
            os.environ.update(before)

    async def _filled(self) -> None:
        await migrating.migrate(self.url, self.settings.provision())
        database = await Database.open(self.settings.database_config(self.url))
        try:
            await demo.seed(database)
        finally:
            await database.close()
        await schools.fill(self.url, self.size)

    async def _signing_key(self) -> SigningKey:
        database = await Database.open(self.settings.database_config(self.url))
        provider = build_provider(self.settings, database)
        try:
            return await provider.keys.current()
        finally:
            await provider.close()
            await database.close()

    def _web(self, port: int) -> subprocess.Popen[bytes]:
        with (self.folder / f"web-{port}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "coursecove", "web", "--port", str(port)],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _wait_until_ready(self, process: subprocess.Popen[bytes], port: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            if answers(port, self.root.netloc(self.root.name)):
                return
            time.sleep(0.05)
        said = (self.folder / f"web-{port}.log").read_text()[-2000:]
        raise SiteDidNotStart(f"{SiteDidNotStart.title()}:\n{said}")


def answers(port: int, host: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
