"""The provider's own role on a database of the test's own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import asyncpg
import httpx
import pytest_asyncio
from starlette.applications import Starlette

from coursecove_identity import accounts, memberships, organizations
from coursecove_identity.accounts import NewAccount, NewAddress
from coursecove_identity.backend import backend_routes
from coursecove_identity.mail import Mail
from coursecove_identity.policy import Policy
from coursecove_identity.provider import Provider, Surroundings
from coursecove_identity.site import Site
from coursecove_identity.store import Connection, Store
from coursecove_identity.users import User
from coursecove_identity.vault import Vault
from coursecove_identity.web import identity_app
from tests.conftest import Server, cloned
from tests.identity.visiting import PASSWORD, Browser

ROOT = "http://coursecove.localhost:8000"


EMPTIED = """
    select format('delete from identity.%I', tablename) from pg_tables
     where schemaname = 'identity' and tablename not in ('instance', 'schema_versions', 'signing_keys')"""


@pytest_asyncio.fixture(scope="session")
async def own_url(server: Server) -> AsyncIterator[str]:
    """One database for all tests of this folder: a copy for each would cost more time than the tests."""
    async with cloned(server) as url:
        yield url


@pytest_asyncio.fixture
async def url(own_url: str) -> AsyncIterator[str]:
    """The folder's database, in which the provider knows nobody yet."""
    yield own_url
    admin = await asyncpg.connect(own_url)
    await admin.execute("set session_replication_role = replica")  # past the log that only grows
    await admin.execute("; ".join(row[0] for row in await admin.fetch(EMPTIED)))
    await admin.close()


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


ACCOUNT_PER_HOUR = 20
"""A fifth of what it is: tests use it up again and again."""

LABELS = {"musicschool": "org_2music"}


async def organization_at(label: str) -> str | None:
    return LABELS.get(label)


async def label_of(organization_id: str) -> str | None:
    return next((label for label, found in LABELS.items() if found == organization_id), None)


@pytest_asyncio.fixture
async def provider(store: Store, postbox: Postbox, server: Server) -> AsyncIterator[Provider]:
    """A provider on the test's own database."""
    around = Surroundings(send_mail=postbox, organization_at=organization_at, label_of=label_of)
    vault = Vault(server.settings.derived("identity"))
    made = Provider(
        Site.parse(ROOT), store, vault, around, Policy(account_per_hour=ACCOUNT_PER_HOUR, told_within=0)
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


@pytest_asyncio.fixture
async def app(provider: Provider) -> Starlette:
    """Pages and endpoints, as composition mounts them."""
    return identity_app(provider, backend_routes(provider))


@pytest_asyncio.fixture
async def visitor(app: Starlette) -> Browser:
    return Browser(app)


@pytest_asyncio.fixture
async def school(provider: Provider) -> str:
    """The music school, with nobody in it."""
    async with provider.store.transaction() as db:
        return await organizations.create(db, name="Music School", organization_id=LABELS["musicschool"])


@pytest_asyncio.fixture
async def mara(provider: Provider) -> User:
    """Somebody with a verified address and a password."""
    return await somebody(provider, "mara@example.com", first_name="Mara", last_name="Lindqvist")


@pytest_asyncio.fixture
async def amara(provider: Provider, school: str) -> User:
    """The owner of the music school."""
    user = await somebody(provider, "amara@example.com", first_name="Amara", last_name="Osei")
    async with provider.store.transaction() as db:
        await memberships.create(db, school, user.id, role="org:admin")
    return user


async def somebody(provider: Provider, address: str, **names: str) -> User:
    hashed = await provider.hasher.hash(PASSWORD)
    async with provider.store.transaction() as db:
        new = NewAccount(addresses=[NewAddress(address)], password_hash=hashed, **names)
        return await accounts.open_account(db, new)
