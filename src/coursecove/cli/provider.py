"""The embedded identity provider as a command in a terminal uses it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from coursecove import settings
from coursecove.cli.place import clients, database_url
from coursecove.kit.errors import ProblemError
from coursecove.web.identity_provider import build_provider
from coursecove_identity.provider import Provider

T = TypeVar("T")


class ClerkKeepsAccounts(ProblemError):
    """Clerk keeps the accounts here: its dashboard does this."""


def with_provider(work: Callable[[Provider], Awaitable[T]]) -> T:
    """What `work` makes of the provider; it is opened for that and closed again. Raises ClerkKeepsAccounts."""
    chosen = settings.load()
    if chosen.identity.uses_clerk:
        raise ClerkKeepsAccounts

    async def run(url: str) -> T:
        async with clients(chosen, url) as database:
            provider = build_provider(chosen, database)
            try:
                return await work(provider)
            finally:
                await provider.close()

    with database_url(chosen) as url:
        return asyncio.run(run(url))
