"""`coursecove web` and `coursecove worker`: one process each."""

import asyncio
import gc
import signal
from collections.abc import Callable

import uvicorn

from coursecove.cli.place import clients
from coursecove.kit import log
from coursecove.kit.durable.observing import with_ids_in_log
from coursecove.kit.durable.worker import Worker
from coursecove.kit.tracing import start_tracing
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.protocol import OriginFormProtocol
from coursecove.settings import Settings
from coursecove.web.app import create_app
from coursecove.web.functions import background, build_engine
from coursecove.web.identity import build_identity
from coursecove.web.identity_work import identity_work
from coursecove.web.webhooks import Learning, WaitingWebhooks

GRACE = 15


async def serve_web(settings: Settings, url: str) -> None:
    """Serve until told to stop; requests under way are finished first."""
    log.configure(settings.log_format, messages=settings.in_development)
    tracing = start_tracing(settings.otlp_endpoint, part="web")
    async with clients(settings, url, tracing) as database:
        app = create_app(settings, database, tracing)
        gc.collect()
        gc.freeze()  # what start-up made lives for ever: no collection needs to look at it again
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=OriginFormProtocol,
            loop="uvloop",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
        )
        await uvicorn.Server(config).serve()
    tracing.close()


def _when_told(stop: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop)


async def run_worker(settings: Settings, url: str) -> None:
    """Work until told to stop; runs under way are finished first."""
    log.configure(settings.log_format, messages=settings.in_development)
    tracing = start_tracing(settings.otlp_endpoint, part="worker")
    root = PublicRoot.parse(settings.origin())
    async with clients(settings, url, tracing) as database:
        identity = build_identity(settings, root, database)
        learning = Learning(database)
        known = background(settings, database, identity.port, learning.learn)
        functions = tracing.functions(with_ids_in_log(known))
        worker = Worker(build_engine(settings, database, functions), grace=GRACE)
        webhooks = WaitingWebhooks(settings, database)
        async with webhooks.swept(), identity_work(settings, database) as embedded:
            ends = [worker.stop, *([embedded.stop] if embedded else [])]
            _when_told(lambda: [end() for end in ends])
            await worker.run()
        learning.close()
        await identity.close()
    tracing.close()
