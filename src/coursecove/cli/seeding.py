"""`coursecove seed`: the demo cast on both sides, the product's and the embedded identity provider's."""

from coursecove import demo
from coursecove.cli.place import clients
from coursecove.settings import Settings
from coursecove.web import identity_demo
from coursecove.web.identity_provider import build_provider


async def seed_all(settings: Settings, url: str) -> bool:
    """False where schools are there already; the provider gets the cast only together with the product."""
    async with clients(settings, url) as database:
        if not await demo.seed(database, lively=True):
            return False
        if not settings.identity.uses_clerk:
            provider = build_provider(settings, database)
            try:
                await identity_demo.seed(provider)
            finally:
                await provider.close()
    return True
