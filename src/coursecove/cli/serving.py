"""`coursecove web`: one web process."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from coursecove.kit.db import Database
from coursecove.kit.web.protocol import OriginFormProtocol
from coursecove.settings import Settings
from coursecove.web.app import create_app


async def serve_web(settings: Settings, url: str) -> None:
    """Serve until told to stop; requests under way are finished first."""
    database = await Database.open(settings.database_config(url))
    try:
        app = create_app(settings, database)
        gc.collect()
        gc.freeze()
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=OriginFormProtocol,
            loop="uvloop",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
            timeout_graceful_shutdown=15,
        )
        await uvicorn.Server(config).serve()
    finally:
        await database.close()


@asynccontextmanager
async def opened(settings: Settings, url: str) -> AsyncIterator[Database]:
    """Both clients for the length of a command."""
    database = await Database.open(settings.database_config(url))
    try:
        yield database
    finally:
        await database.close()
