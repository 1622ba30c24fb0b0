"""A site of each test's own, and nothing of it may break in an unforeseen way."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import structlog.testing

from coursecove.kit.errors import ProblemError
from tests.conftest import Server
from tests.pages.stage import Site, fresh_site
from tests.scheduling.stage import School


@pytest.fixture(autouse=True)
def nothing_breaks() -> Iterator[None]:
    """No request of these tests may end in an error that nobody foresaw."""
    with structlog.testing.capture_logs() as said:
        yield
    broken = [line.get("exc_info") for line in said if line["log_level"] == "error"]
    assert [error for error in broken if error and not isinstance(error, ProblemError)] == []


@pytest_asyncio.fixture
async def site(server: Server) -> AsyncIterator[Site]:
    async with fresh_site(server) as opened:
        yield opened


@pytest.fixture
def school(site: Site) -> School:
    return School(site)
