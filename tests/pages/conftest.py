"""A site for each module of tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.conftest import Server
from tests.pages.stage import Site, fresh_site


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    """One site for a module, whose tests do not disturb each other."""
    async with fresh_site(server) as opened:
        yield opened
