"""A worker in a process of its own, to be killed and paused: `python durable_worker_process.py SERVICE_URL NAME`."""

import asyncio
import os
import signal
import sys

from durable_cast import Happened, leave

from coursecove.kit import log
from coursecove.kit.db import Database, DatabaseConfig, SealKey
from coursecove.kit.durable import Backoff, Functions, Run, function
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.durable.worker import run_worker

LEASE = 1.5
NAME = sys.argv[2]


@function(on=Happened, name="slow", backoff=Backoff(base=0.1), retries=1)
async def slow(run: Run[Happened]) -> None:
    """What happens in it depends on the item: wait, be paused in mid-step, or end the process."""
    await run.step("begin", leave, f"begin by {NAME}", run.id)
    if run.event.item == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(float(run.event.group or 0))
    await run.step("end", leave, f"end by {NAME}", run.id)


async def main() -> None:
    url = sys.argv[1]
    database = await Database.open(DatabaseConfig(url, url, SealKey(1, b"durable tests"), connections=2))
    engine = Embedded(Functions([slow]), database, lease=LEASE)
    log.configure()
    print("ready", flush=True)
    await run_worker(engine, grace=2)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
