"""Where a command finds its database: the one that is set, or the private one of the data folder."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from coursecove.kit.db import Database
from coursecove.kit.postgres import EmbeddedPostgres
from coursecove.kit.tracing import Tracing
from coursecove.settings import Settings


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The administrator's address; a private server is started for the command unless one runs already."""
    if settings.database.url:
        yield settings.database.url
        return
    with EmbeddedPostgres.start(settings.data / "postgres") as postgres:
        yield postgres.url


@asynccontextmanager
async def clients(settings: Settings, url: str, tracing: Tracing | None = None) -> AsyncIterator[Database]:
    """Both clients for the length of a command."""
    config = settings.database_config(url)
    database = await (tracing.open_database(config) if tracing else Database.open(config))
    try:
        yield database
    finally:
        await database.close()
