"""A database with both schools, a suspended one and specimens of every table, for the hostile tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from tests.conftest import Server, cloned
from tests.security.stage import Stage, set_stage


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-matrix", action="store_true", help="write what was observed as what is expected"
    )


@pytest_asyncio.fixture(scope="session")
async def stage(server: Server) -> AsyncIterator[Stage]:
    """The stage, read and rolled back only."""
    async with cloned(server) as url:
        yield await set_stage(url, server.settings)


@pytest_asyncio.fixture
async def catalogue(stage: Stage) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The administrator's connection, in a transaction that is rolled back."""
    connection = await asyncpg.connect(stage.url)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


@pytest.fixture
def agreed(request: pytest.FixtureRequest) -> "Agreed":
    return Agreed(request.config.getoption("--rewrite-matrix"))


class Agreed:
    """Texts that were reviewed and checked in."""

    def __init__(self, rewrite: bool) -> None:
        self.rewrite = rewrite

    def on(self, name: str, observed: str) -> None:
        """Refuse what differs from the checked-in text, or write it where that was asked for."""
        path = Path(__file__).parent / name
        if self.rewrite:
            path.write_text(observed)
        assert path.read_text() == observed, f"review the change, then run with --rewrite-matrix: {name}"
