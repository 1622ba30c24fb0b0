"""Delivers what is due, in a process of its own, to be killed: `python -m tests.identity.deliver_process STORE_URL TARGET_URL`."""

import asyncio
import sys

from coursecove_identity.delivering import Deliveries, Target
from coursecove_identity.store import Store


async def main() -> None:
    store_url, target = sys.argv[1:]
    async with (
        Store(store_url) as store,
        Deliveries(store, Target(target), ["whsec_" + "c2VjcmV0" * 4]) as deliveries,
    ):
        await deliveries.deliver_due()


if __name__ == "__main__":
    asyncio.run(main())
