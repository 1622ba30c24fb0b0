"""An installation on an event loop of its own, and everybody who sends arbitrary requests to it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from coursecove.accounts.roles import Role
from coursecove.accounts.scopes import Scope
from coursecove.kit.db import Database
from coursecove.web.api import PREFIX
from tests.api.stage import Stage
from tests.conftest import Server, Someone, World, cloned, read_world

T = TypeVar("T")
SCHOOL = "musicschool"
CREDENTIALS = ("authorization", "cookie", "x-csrf-token")
FRESH_FOR_S = 20


@dataclass
class Range:
    """Callers by name, rows of both schools, and one way to send a request as somebody."""

    portal: BlockingPortal
    stage: Stage
    world: World
    keys: dict[str, str] = field(default_factory=dict)
    _headers: dict[str, tuple[float, dict[str, str]]] = field(default_factory=dict)

    def send(self, caller: str, request: dict[str, Any]) -> httpx.Response:
        """The request of this case with this caller's credentials in the place of its own."""
        kept = {
            name: value
            for name, value in dict(request.pop("headers", None) or {}).items()
            if name.lower() not in CREDENTIALS
        }
        request.pop("cookies", None)
        headers = kept | self.credentials(caller)
        return self.portal.call(self._send, headers, request)

    async def _send(self, headers: dict[str, str], request: dict[str, Any]) -> httpx.Response:
        async with self.stage.client(SCHOOL) as client:
            content = request.pop("data", None)
            return await client.request(headers=headers, content=content, **request)

    def credentials(self, caller: str) -> dict[str, str]:
        """Sessions end after a minute, so theirs are made anew now and then."""
        if caller in self.keys:
            return {"authorization": f"Bearer {self.keys[caller]}"}
        if caller == "nobody":
            return {}
        made, headers = self._headers.get(caller, (0.0, {}))
        if made + FRESH_FOR_S < time.monotonic():
            headers = self.stage.headers_of(self.people[caller], SCHOOL)
            self._headers[caller] = (time.monotonic(), headers)
        return headers

    @property
    def address(self) -> str:
        return self.stage.settings.origin(SCHOOL) + PREFIX

    @property
    def people(self) -> dict[str, Someone]:
        """One of each role of the school, somebody of both schools, and a stranger from the other."""
        by_role = {role.name.lower(): self.world.music.one(role) for role in Role}
        return by_role | {
            "of_both": self.world.music.people["tomas"],
            "elsewhere": self.world.yoga.people["lena"],
        }

    @property
    def callers(self) -> list[str]:
        return ["nobody", *self.people, *self.keys]

    @property
    def ids(self) -> list[UUID]:
        """Rows that exist, of both schools."""
        schools = (self.world.music, self.world.yoga)
        return [school.one(role).member_id for school in schools for role in Role]

    @property
    def canaries(self) -> list[str]:
        """What only the other school's people may ever read."""
        people = self.world.yoga.people
        secret = [person for key, person in people.items() if key not in self.world.music.people]
        ids = [str(person.member_id) for person in people.values()] + [str(self.world.yoga.id)]
        return [
            *ids,
            *(f"{person.key.replace('_', '.')}@example.com" for person in secret),
            "Stillwater",
            "Hofmann",
        ]

    async def make_keys(self) -> None:
        music, yoga = self.world.music.people, self.world.yoga.people
        wanted = {
            "key_of_owner": (music["amara"], list(Scope), False),
            "key_of_teacher": (music["hana"], list(Scope), False),
            "key_that_reads": (music["amara"], [Scope.READ_PEOPLE, Scope.READ_SCHOOL], False),
            "key_of_school": (music["amara"], list(Scope), True),
            "key_of_other_school": (yoga["lena"], list(Scope), True),
        }
        for name, (person, scopes, of_school) in wanted.items():
            label = person.school.label
            async with self.stage.client(label, self.stage.headers_of(person, label)) as client:
                body = {"name": name, "scopes": scopes, "of_school": of_school}
                self.keys[name] = (await client.post("/tokens", json=body)).json()["secret"]


@contextmanager
def open_range(server: Server) -> Iterator[Range]:
    """Everything on one loop in a thread of its own, so that tests of hypothesis may be plain functions."""
    with start_blocking_portal() as portal:
        clone = cloned(server)
        url = portal.call(clone.__aenter__)
        config = server.settings.database_config(url)
        database = portal.call(Database.open, config)
        stage = portal.call(_made(Stage, server.settings, database))
        opened = Range(portal, stage, portal.call(read_world, database))
        portal.call(opened.make_keys)
        yield opened
        portal.call(database.close)
        portal.call(clone.__aexit__)


def _made(make: Callable[..., T], *args: object) -> Callable[[], T]:
    return lambda: make(*args)
