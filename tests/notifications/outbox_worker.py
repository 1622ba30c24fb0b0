"""A worker in a process of its own, to be killed: `python outbox_worker.py SERVICE_URL RESEND_URL`."""

import asyncio
import sys

from coursecove.kit import log
from coursecove.kit.db import Database, DatabaseConfig, SealKey
from coursecove.kit.durable import Functions
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.durable.worker import run_worker
from coursecove.notifications.functions import functions
from coursecove.providers.mail.resend import ResendMail
from tests.notifications.postroom import post
from tests.providers.resend_server import API_KEY

LEASE = 1.5


async def main() -> None:
    url, resend_url = sys.argv[1:]
    database = await Database.open(DatabaseConfig(url, url, SealKey(1, b"outbox tests"), connections=2))
    engine = Embedded(
        Functions(functions(post(database, ResendMail(API_KEY, resend_url)))), database, lease=LEASE
    )
    log.configure()
    print("ready", flush=True)
    await run_worker(engine, grace=2)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
