"""Delivers what is due, in a process of its own, to be killed: `python -m tests.identity.deliver_process STORE_URL TARGET_URL`."""

import asyncio
import sys

from coursecove_identity.delivering import Deliveries, Target
from coursecove_identity.store import Store
from coursecove_identity.vault import Vault


async def main() -> None:
    store_url, target = sys.argv[1:]
    async with Store(store_url) as store, Deliveries(store, Vault(b"tests"), Target(target)) as deliveries:
        await deliveries.deliver_due()


if __name__ == "__main__":
    asyncio.run(main())
