"""Against a real Inngest dev server: set INNGEST_BASE_URL and run with `-m inngest_server`."""

import asyncio
import os
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from durable_cast import Happened, leave
from durable_stage import Stage
from starlette.applications import Starlette
from starlette.routing import Route

from coursecove.kit.db import Database, ServiceDb
from coursecove.kit.durable import Backoff, Functions, Run, function
from coursecove.kit.durable.inngest import PATH, Inngest, InngestConfig

pytestmark = pytest.mark.inngest_server


async def fails_at_first(db: ServiceDb, what: str, attempt: int) -> str:
    await leave(db, what)
    if attempt == 1:
        raise LookupError("the first time fails")
    return what


@function(on=Happened, name="real", backoff=Backoff(base=1, jitter=0), dedup="item")
async def real(run: Run[Happened]) -> None:
    await run.step("first", leave, "first")
    await run.step("second", fails_at_first, "second", run.attempt)


@pytest.fixture
async def stage(clean: Database) -> AsyncIterator[Stage]:
    url = os.environ["INNGEST_BASE_URL"]
    config = InngestConfig("dev", "signkey-test-" + "ab" * 16, api_url=url, event_url=url, dev=True)
    engine = Inngest(Functions([real]), clean, config)
    app = Starlette(routes=[Route(PATH, engine.app)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient() as client:
        (await client.put(f"http://127.0.0.1:{port}{PATH}")).raise_for_status()
    playing = Stage(clean)
    playing.work(engine)
    yield playing
    await playing.close()
    server.should_exit = True
    await serving


async def test_retries_memo_and_dedup_on_a_real_server(stage: Stage) -> None:
    await stage.emit(Happened("x"), Happened("x", "again"))
    await stage.until(2, seconds=60)
    await stage.settled(60)
    assert await stage.told() == ["first", "second"]
