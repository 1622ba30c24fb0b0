"""Clients for the API: people, programs and strangers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

import httpx
import pytest_asyncio

from coursecove.accounts.scopes import Scope
from coursecove.kit.db import Database
from tests.api.stage import Stage
from tests.conftest import Server, Someone, cloned

ClientFor: TypeAlias = Callable[..., httpx.AsyncClient]
KeyOf: TypeAlias = Callable[..., Awaitable[str]]


@pytest_asyncio.fixture(scope="module")
async def module_database(server: Server) -> AsyncIterator[Database]:
    """One database for a module whose tests do not disturb each other; such a module overrides `database`."""
    async with cloned(server) as url:
        opened = await Database.open(server.settings.database_config(url))
        yield opened
        await opened.close()


@pytest_asyncio.fixture
async def stage(database: Database, server: Server) -> AsyncIterator[Stage]:
    stage = Stage(server.settings, database)
    yield stage
    await stage.close()


@pytest_asyncio.fixture
async def client_for(stage: Stage) -> AsyncIterator[ClientFor]:
    """`client_for(person)` is their browser, `client_for(key=…, at="musicschool")` a program, nobody a stranger."""
    async with AsyncExitStack() as stack:
        made: list[httpx.AsyncClient] = []

        def client(
            person: Someone | None = None, *, at: str | None = None, key: str | None = None
        ) -> httpx.AsyncClient:
            label = at or (person.school.label if person else "musicschool")
            headers = stage.headers_of(person, label) if person else {}
            if key is not None:
                headers = {"authorization": f"Bearer {key}"}
            made.append(stage.client(label, headers))
            return made[-1]

        yield client
        for each in made:
            stack.push_async_callback(each.aclose)


@pytest_asyncio.fixture
async def key_of(client_for: ClientFor) -> KeyOf:
    """`await key_of(person, Scope.X, …)` is the secret of a fresh key."""

    async def key(person: Someone, *scopes: Scope, of_school: bool = False, days: int | None = 30) -> str:
        wanted = {"name": "Test", "scopes": list(scopes), "of_school": of_school, "days": days}
        answer = await client_for(person).post("/tokens", json=wanted)
        assert answer.status_code == 201, answer.text
        secret: str = answer.json()["secret"]
        return secret

    return key
