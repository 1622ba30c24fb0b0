"""The provider's own role on a database of the test's own."""

from collections.abc import AsyncIterator

import pytest_asyncio

from coursecove_identity.store import Connection, Store
from tests.conftest import Server


@pytest_asyncio.fixture
async def store(url: str, server: Server) -> AsyncIterator[Store]:
    async with Store(server.settings.identity_database_url(url)) as opened:
        yield opened


@pytest_asyncio.fixture
async def db(store: Store) -> AsyncIterator[Connection]:
    """One transaction as the provider's role, committed at the end of the test."""
    async with store.transaction() as connection:
        yield connection


@pytest_asyncio.fixture
async def instance(admin):
    """What every event names."""
    await admin.execute(
        "insert into identity.instance (id, created_at, origin) values ($1, 0, 'http://id.coursecove.localhost:8000') "
        "on conflict do nothing",
        "ins_" + "0" * 27,
    )
