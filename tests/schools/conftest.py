"""A site of each test's own, an identity provider in memory, name servers in memory, and somebody to work."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
import structlog.testing

import coursecove.backoffice.functions
from coursecove.accounts.sync.synthetic import apply_within, told
from coursecove.kit.durable import Functions
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.errors import ProblemError
from coursecove.kit.web.hosts import PublicRoot
from coursecove.providers.dns import NoAnswer, NoSuchName
from coursecove.schools.functions import functions
from coursecove.schools.functions.office import Office
from tests.conftest import Server, cloned
from tests.pages.stage import Site
from tests.schools.provider import MemoryProvider


@dataclass
class NameServers:
    """What the world's name servers say in this test; a name that is not here does not exist."""

    texts_by_name: dict[str, list[str]] = field(default_factory=dict)
    aliases_by_name: dict[str, list[str]] = field(default_factory=dict)
    silent: bool = False

    async def texts(self, name: str) -> Sequence[str]:
        return self._answer(self.texts_by_name, name)

    async def aliases(self, name: str) -> Sequence[str]:
        return self._answer(self.aliases_by_name, name)

    def _answer(self, known: dict[str, list[str]], name: str) -> list[str]:
        if self.silent:
            raise NoAnswer(name)
        if name not in self.texts_by_name and name not in self.aliases_by_name:
            raise NoSuchName(name)
        return known.get(name, [])


@dataclass
class Town:
    """The site with everything around it."""

    site: Site
    provider: MemoryProvider
    names: NameServers
    root: str
    failures: list[str] = field(default_factory=list)
    """What went wrong in the background while it worked last."""

    async def work(self) -> None:
        """Let the background do everything that is due."""
        provider: Any = self.provider
        office = Office(self.site.stage.database, provider, self.names, self.root)
        database = self.site.stage.database
        known = [*functions(office), *coursecove.backoffice.functions.functions(database, provider)]
        engine = Embedded(Functions(known), database)
        with structlog.testing.capture_logs() as said:
            while await engine.advance():
                await engine.drain(20)
        self.failures = [repr(line["exc_info"]) for line in said if "exc_info" in line]
        await engine.control.close()

    async def tell(self, kind: str, answer: bytes) -> None:
        """What the provider's webhook would tell."""
        async with self.site.stage.database.service() as db:
            await apply_within(db, [told(kind, answer, path="fast")])

    async def value(self, sql: Any, *args: object) -> Any:
        async with self.site.stage.database.service() as db:
            return await db.value(sql, *args)


@pytest.fixture(autouse=True)
def nothing_breaks() -> Iterator[None]:
    """No request of these tests may end in an error that nobody foresaw."""
    with structlog.testing.capture_logs() as said:
        yield
    broken = [line.get("exc_info") for line in said if line["log_level"] == "error"]
    assert [error for error in broken if error and not isinstance(error, ProblemError)] == []


@pytest_asyncio.fixture
async def town(server: Server) -> AsyncIterator[Town]:
    provider = MemoryProvider()
    port: Any = provider
    root = PublicRoot.parse(server.settings.origin())
    async with cloned(server) as url, Site.opened(server, url, port) as site:
        yield Town(site, provider, NameServers(), root.name)


@pytest_asyncio.fixture
async def site(town: Town) -> Site:
    return town.site
