"""A site with a provider beside it, on a database of the test's own."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import structlog

from coursecove.kit.db import Database
from tests.conftest import Server
from tests.people.stage import Site


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """Tracebacks without every value in reach: drawing those of a whole site takes minutes and gigabytes."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.stdlib.add_log_level, renderer])
    yield
    structlog.reset_defaults()


@pytest_asyncio.fixture
async def site(database: Database, server: Server) -> AsyncIterator[Site]:
    made = Site(server.settings, database)
    yield made
    await made.close()
