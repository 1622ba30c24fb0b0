"""The whole site with a provider beside it, visitors of its pages, and the background when a test asks for it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import jwt

from coursecove.kit.db import Database
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.web.csrf import FIELD
from coursecove.kit.web.hosts import PublicRoot
from coursecove.providers.identity.clerk import ClerkIdentity
from coursecove.settings import Settings
from coursecove.web.api import PREFIX
from coursecove.web.app import create_app
from coursecove.web.functions import background
from coursecove.web.identity import build_identity
from coursecove.web.webhooks import Learning
from tests.api.stage import UNLIMITED
from tests.api.stage import Stage as ApiStage
from tests.conftest import Someone
from tests.people.standin import StandIn

WAITING = """
    select (select count(*) from events where dispatched_at is null and coalesce(not_before, '-infinity') <= now())
         + (select count(*) from function_runs where status = 'running' or (status = 'waiting' and due_at <= now()))"""
DUE_NOW = "update events set not_before = now() where not_before > now() and dispatched_at is null"


@dataclass
class Visitor:
    """Somebody's browser at a school."""

    client: httpx.AsyncClient
    origin: str
    token: str

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(
            path, headers={"sec-fetch-dest": "document", "sec-fetch-site": "none"} | headers
        )

    async def post(
        self, path: str, form: Mapping[str, Any] | None = None, *, files: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        headers = {"sec-fetch-site": "same-origin", "origin": self.origin}
        fields = {FIELD: self.token, **(form or {})}
        return await self.client.post(path, data=fields, files=files, headers=headers)

    async def follow(self, path: str, form: Mapping[str, Any] | None = None) -> httpx.Response:
        """Send the form and look at the page that it leads to."""
        answer = await self.post(path, form)
        assert answer.status_code == 303, (answer.status_code, said(answer))
        return await self.get(answer.headers["location"])


@dataclass
class Site(ApiStage):
    """An installation whose provider is the stand-in, spoken to by the real adapter."""

    provider: StandIn = field(default_factory=StandIn)
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        root = PublicRoot.parse(self.settings.origin())
        built = build_identity(self.settings, root, self.database)
        self.clients.append(self.provider.client())
        self.port = ClerkIdentity(self.clients[-1], "sk_test_standin")
        self.app = create_app(
            self.settings, self.database, api_rate=UNLIMITED, identity=replace(built, port=self.port)
        )
        self.learning = Learning(self.database)
        known = background(self.settings, self.database, self.port, self.learning.learn)
        self.engine = Embedded(known, self.database)

    def browser(self, person: Someone, label: str | None = None) -> Visitor:
        assert person.claims.subject is not None
        return self.browser_of(person.claims.subject, label or person.school.label)

    def browser_of(self, subject: str, label: str) -> Visitor:
        """The browser of whoever the provider knows by this id; the issuer of these tests signs for anybody."""
        origin = self.settings.origin(label)
        cookies = self.issuer.session_cookies(subject, origin)
        session = next(value for name, value in cookies.items() if name.startswith("__session"))
        token = self.csrf.token(jwt.decode(session, options={"verify_signature": False})["sid"], origin)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=origin)
        for name, value in cookies.items():
            client.cookies.set(name, value, domain=urlsplit(origin).hostname or "")
        self.clients.append(client)
        return Visitor(client, origin, token)

    def api(self, person: Someone) -> httpx.AsyncClient:
        client = self.client(person.school.label, self.headers_of(person, person.school.label))
        self.clients.append(client)
        return client

    async def work(self, *, everything: bool = False) -> None:
        """Let the background do what is due; `everything`: what pages were given time for, too."""
        if everything:
            async with self.database.service() as db:
                await (await db.connection()).execute(DUE_NOW)
        while True:
            await self.engine.advance()
            async with self.database.service_read() as db:
                if not await db.value(WAITING):
                    return
            await asyncio.sleep(0.005)

    async def close(self) -> None:
        await self.engine.drain(5)
        await self.engine.control.close()
        self.learning.close()
        for client in self.clients:
            await client.aclose()


def said(answer: httpx.Response) -> str:
    """The page's words, for a failing test."""
    return " ".join(answer.text.split())[-3000:]


def has(text: str, words: str) -> bool:
    """Are the words there? Asked so, a failing test does not compare whole pages line by line."""
    return words in text


def path_of(row: UUID, *more: str) -> str:
    return "/".join(("/people", str(row), *more))


__all__ = ["PREFIX", "Database", "Settings", "Site", "Visitor", "has", "path_of", "said"]
