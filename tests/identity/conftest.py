"""The provider's own role on a database of the test's own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest_asyncio
from starlette.applications import Starlette

from coursecove_identity.backend import backend_routes
from coursecove_identity.mail import Mail
from coursecove_identity.provider import Provider, Surroundings
from coursecove_identity.site import Site
from coursecove_identity.store import Connection, Store
from coursecove_identity.vault import Vault
from tests.conftest import Server

ROOT = "http://coursecove.localhost:8000"


@pytest_asyncio.fixture
async def store(url: str, server: Server) -> AsyncIterator[Store]:
    async with Store(server.settings.identity_database_url(url)) as opened:
        yield opened


@pytest_asyncio.fixture
async def db(store: Store) -> AsyncIterator[Connection]:
    """One transaction as the provider's role, committed at the end of the test."""
    async with store.transaction() as connection:
        yield connection


@pytest_asyncio.fixture
async def instance(provider: "Provider") -> str:
    """What every event names."""
    return await provider.prepare()


@dataclass
class Postbox:
    """Takes every letter."""

    letters: list[Mail] = field(default_factory=list)

    async def __call__(self, mail: Mail) -> None:
        self.letters.append(mail)


@pytest_asyncio.fixture
async def postbox() -> Postbox:
    return Postbox()


@pytest_asyncio.fixture
async def provider(store: Store, postbox: Postbox, server: Server) -> AsyncIterator[Provider]:
    """A provider on the test's own database."""
    made = Provider(
        Site.parse(ROOT), store, Vault(server.settings.derived("identity")), Surroundings(send_mail=postbox)
    )
    await made.prepare()
    yield made
    await made.letters.settled()


@pytest_asyncio.fixture
async def backend(provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    """The Backend API in this process, past the network, for whoever has the secret key."""
    app = Starlette(routes=backend_routes(provider))
    headers = {"authorization": f"Bearer {provider.secret_key}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=provider.issuer, headers=headers
    ) as client:
        yield client
