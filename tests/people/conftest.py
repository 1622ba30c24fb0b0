"""A site with a provider beside it, on a database of the test's own."""

from collections.abc import AsyncIterator

import pytest_asyncio

from coursecove.kit.db import Database
from tests.conftest import Server
from tests.people.stage import Site


@pytest_asyncio.fixture
async def site(database: Database, server: Server) -> AsyncIterator[Site]:
    made = Site(server.settings, database)
    yield made
    await made.close()
