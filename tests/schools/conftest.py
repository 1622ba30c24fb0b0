"""A site of each test's own, with both schools in it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.conftest import Server
from tests.pages.stage import Site, fresh_site


@pytest_asyncio.fixture
async def site(server: Server) -> AsyncIterator[Site]:
    async with fresh_site(server) as opened:
        yield opened
