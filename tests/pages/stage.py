"""The whole site in this process, and what browsers of its people send to it."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import jwt

from coursecove import demo
from coursecove.accounts.roles import Role
from coursecove.kit.db import Database
from coursecove.kit.web.csrf import FIELD
from coursecove.kit.web.host_gate import HostGate
from coursecove.kit.web.hosts import PublicRoot
from coursecove.providers.identity import IdentityProvider
from coursecove.providers.identity.clerk import ClerkIdentity
from coursecove.web.identity import build_identity
from tests.api.stage import Stage
from tests.conftest import Server, Someone, World, cloned, read_world

AS_PAGE = {"accept": "text/html", "sec-fetch-dest": "document", "sec-fetch-mode": "navigate"}
RENEWED_AFTER_S = 30
"""Half of what a session's token lives: who comes back later signs in again."""

CHANGES_EACH_TIME = re.compile(
    r'nonce="[^"]*"|"inlineScriptNonce":"[^"]*"|"X-CSRF-Token":"[^"]*"'
    r'|name="csrf_token" value="[^"]*"|select-all">[^<]*<|<time [^>]*>[^<]*<|\d+ \w+ ago'
)


@dataclass
class Visitor:
    """A browser on one host, signed in as somebody or as nobody."""

    client: httpx.AsyncClient
    origin: str
    token: str = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """The page, as somebody who typed its address."""
        return await self.client.get(path, headers={"sec-fetch-site": "none"} | headers)

    async def post(
        self,
        path: str,
        form: Mapping[str, str | list[str]] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> httpx.Response:
        """A form of ours, sent from the page that it stands on."""
        headers = {"sec-fetch-site": "same-origin", "origin": self.origin}
        fields = {FIELD: self.token, **(form or {})}
        return await self.client.post(path, data=fields, files=files, headers=headers)

    async def ask(
        self, method: str, path: str, form: Mapping[str, str | list[str]] | None = None
    ) -> httpx.Response:
        return await (self.post(path, form) if method == "POST" else self.get(path))


@dataclass
class Site:
    """An installation with both schools, and visitors of its hosts."""

    stage: Stage
    world: World
    stack: AsyncExitStack
    _visitors: dict[tuple[str, str], tuple[float, Visitor]] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, server: Server, url: str, port: IdentityProvider | None = None
    ) -> AsyncIterator[Self]:
        """The site on a database of one's own, closed with everything that visits it."""
        database = await Database.open(server.settings.database_config(url))
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.close)
            built = build_identity(server.settings, PublicRoot.parse(server.settings.origin()), database)
            stack.push_async_callback(built.close)
            identity = replace(built, port=port or _provider_away(stack))
            stage = Stage(server.settings, database, identity=identity)
            yield cls(stage, await read_world(database), stack)

    def member(self, person: Someone, *, at: str | None = None) -> Visitor:
        """The person's browser at their school, or at the host with another label."""
        subject = person.claims.subject
        assert subject is not None
        return self._visitor(subject, person.school.label if at is None else at)

    def operator(self) -> Visitor:
        return self._visitor(demo.OPERATOR.external_id, "operator")

    def person(self, subject: str, label: str = "") -> Visitor:
        """Whoever the identity provider calls so, at the apex or at a label."""
        return self._visitor(subject, label)

    def nobody(self, label: str) -> Visitor:
        return self._visitor("", label)

    def host(self, name: str) -> Visitor:
        """Nobody, at any host name."""
        return self._at(f"{self.stage.settings.scheme}://{name}", {})

    def forget_hosts(self) -> None:
        """As after the minute for which the host gate remembers whose a host is."""
        found = self.stage.app
        while not isinstance(found, HostGate):
            found = next(value for name, value in vars(found).items() if name in ("app", "_app"))
        found.schools.forget_all()

    def _visitor(self, subject: str, label: str) -> Visitor:
        since, known = self._visitors.get((subject, label), (0.0, None))
        if known and monotonic() - since < RENEWED_AFTER_S:
            return known
        origin = self.stage.settings.origin(label or None)
        cookies = self.stage.issuer.session_cookies(subject, origin) if subject else {}
        visitor = self._at(origin, cookies)
        self._visitors[subject, label] = monotonic(), visitor
        return visitor

    def _at(self, origin: str, cookies: Mapping[str, str]) -> Visitor:
        transport = httpx.ASGITransport(self.stage.app)
        client = httpx.AsyncClient(transport=transport, base_url=origin, headers=AS_PAGE)
        for name, value in cookies.items():
            client.cookies.set(name, value, domain=urlsplit(origin).hostname or "")
        session = next((value for name, value in cookies.items() if name.startswith("__session")), None)
        session_id = jwt.decode(session, options={"verify_signature": False})["sid"] if session else None
        self.stack.push_async_callback(client.aclose)
        return Visitor(client, origin, self.stage.csrf.token(session_id, origin))


def _provider_away(stack: AsyncExitStack) -> IdentityProvider:
    """Sessions as ever, but whatever a page asks of the provider waits: no test takes another's people away."""
    away = httpx.MockTransport(lambda _request: httpx.Response(503))
    client = httpx.AsyncClient(transport=away, base_url="http://provider")
    stack.push_async_callback(client.aclose)
    return ClerkIdentity(client, "sk_test_away")


@asynccontextmanager
async def fresh_site(server: Server) -> AsyncIterator[Site]:
    async with cloned(server) as url, Site.opened(server, url) as site:
        yield site


def lasting(answer: httpx.Response) -> tuple[int, str]:
    """What an answer says, without what differs each time: nonces, form tokens, the reference to quote, ages."""
    return answer.status_code, CHANGES_EACH_TIME.sub("", answer.text)


def only_there(world: World, role: Role) -> Someone:
    """Somebody with this role in the yoga studio who is nothing in the music school."""
    people = world.yoga.people.items()
    return next(person for key, person in people if person.role == role and key not in world.music.people)


async def make_key(site: Site, person: Someone, name: str = "Spreadsheet") -> UUID:
    """A key of the person's, made as they make it; its id."""
    answer = await site.member(person).post(
        "/account/tokens", {"name": name, "scopes": ["people:read"], "expires": "30"}
    )
    assert answer.status_code == 200, answer.text
    newest = re.search(r"/account/tokens/([0-9a-f-]{36})/revocation", answer.text)
    assert newest is not None
    return UUID(newest[1])
