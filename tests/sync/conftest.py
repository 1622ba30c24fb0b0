"""A stage for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest_asyncio

from coursecove.accounts.sync.receiving import LIMITS
from coursecove.kit.db import Database
from tests.conftest import Server
from tests.sync.stage import Stage, make_stage


@pytest_asyncio.fixture
async def stage(
    server: Server, database: Database, admin: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> AsyncIterator[Stage]:
    made = await make_stage(server.settings, database, admin, tmp_path / "journal")
    yield made
    await made.close()


@pytest_asyncio.fixture
async def hurried(
    server: Server, database: Database, admin: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> AsyncIterator[Stage]:
    """The same with the real limits."""
    made = await make_stage(server.settings, database, admin, tmp_path / "journal", LIMITS)
    yield made
    await made.close()
