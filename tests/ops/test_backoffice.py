"""The operator's host through the front door: who may enter, what is seen, what is left behind."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import asyncpg
import httpx
import pytest

from coursecove import demo
from coursecove.backoffice import queries
from coursecove.backoffice.access import NotAnOperator, check_operator
from coursecove.kit.clock import now
from coursecove.kit.db import Database
from coursecove.kit.ids import NIL, new_id
from coursecove.kit.web.tokens import Session
from coursecove.settings import Settings
from coursecove.web.app import create_app
from coursecove.web.operator import operators
from tests.conftest import Server, World
from tests.signed_in import keep_account

AT = "http://operator.coursecove.localhost:8000"
AS_PAGE = {"accept": "text/html", "sec-fetch-dest": "document"}
ADD_DEAD = """
    insert into function_runs (organization_id, id, function, dedup_value, event_id, status, error, attempt, finished_at)
    select organization_id, $1, 'accounts-send-welcome', id::text, id, 'dead', 'TimeoutError: no answer', 6, now()
      from events where organization_id = $2 limit 1"""


@dataclass
class Desk:
    """A browser on the site, signed in as somebody."""

    client: httpx.AsyncClient
    answer: httpx.Response

    async def post(self, path: str, token: str | None = None) -> httpx.Response:
        headers = {"origin": AT, "sec-fetch-site": "same-origin"}
        form = {"csrf_token": token if token is not None else self.csrf_token}
        return await self.client.post(AT + path, data=form, headers=headers)

    @property
    def csrf_token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.answer.text)
        assert found is not None
        return found[1]


Sitting = Callable[[demo.DemoPerson], AbstractAsyncContextManager[Desk]]


@pytest.fixture
def sitting(database: Database, server: Server, tmp_path: Path) -> Sitting:
    """Signs somebody of the cast in at the operator's host, by the link that a development start prints."""
    chosen = server.settings.model_copy(update={"data": tmp_path})

    @asynccontextmanager
    async def sit(person: demo.DemoPerson) -> AsyncIterator[Desk]:
        await keep_account(chosen, database, person)
        transport = httpx.ASGITransport(app=create_app(chosen, database))
        async with httpx.AsyncClient(transport=transport, headers=AS_PAGE, follow_redirects=True) as client:
            link = (
                f"{chosen.origin('id')}/sign-in/{person.external_id}?redirect_url={quote(AT + '/', safe='')}"
            )
            yield Desk(client, await client.get(link))

    return sit


@pytest.fixture
async def dead_run(admin: "asyncpg.Connection[asyncpg.Record]", world: World) -> UUID:
    run_id = new_id()
    await admin.execute(ADD_DEAD, run_id, world.music.id)
    return run_id


async def test_the_operator_sees_every_school_and_what_gave_up(sitting: Sitting, dead_run: UUID) -> None:
    async with sitting(demo.OPERATOR) as desk:
        text = desk.answer.text

    assert desk.answer.status_code == 200
    assert str(desk.answer.url) == AT + "/"
    assert "Harbour Music School" in text
    assert "Stillwater Yoga Studio" in text
    assert "accounts-send-welcome" in text
    assert "TimeoutError: no answer" in text
    assert f"/runs/{dead_run}/retries" in text
    assert 'href="http://musicschool.coursecove.localhost:8000"' in text


@pytest.mark.parametrize(
    "person", [demo.LEADS[0], demo.LEADS[1], demo.LEADS[4]], ids=lambda person: person.key
)
async def test_nobody_of_a_school_operates(sitting: Sitting, person: demo.DemoPerson, dead_run: UUID) -> None:
    async with sitting(person) as desk:
        refused = await desk.post(f"/runs/{dead_run}/retries", "x")

    assert (desk.answer.status_code, refused.status_code) == (403, 403)
    assert "do not operate this installation" in desk.answer.text
    assert "Harbour Music School" not in desk.answer.text


async def test_a_stranger_is_asked_to_sign_in(sitting: Sitting) -> None:
    async with sitting(demo.OPERATOR) as desk:
        desk.client.cookies.clear()
        answer = await desk.client.get(AT + "/", follow_redirects=False)
        posted = await desk.post(f"/runs/{NIL}/retries", "x")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("http://id.coursecove.localhost:8000/sign-in")
    assert posted.status_code == 401


async def test_a_retry_runs_again_and_names_who_asked(
    sitting: Sitting, dead_run: UUID, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async with sitting(demo.OPERATOR) as desk:
        answer = await desk.post(f"/runs/{dead_run}/retries")
        again = await desk.post(f"/runs/{dead_run}/retries")

    assert answer.status_code == 200
    assert "It runs again." in answer.text
    assert again.status_code == 409
    run = await admin.fetchrow("select status, attempt from function_runs where id = $1", dead_run)
    assert run is not None
    assert (run["status"], run["attempt"]) == ("waiting", 0)
    told = await admin.fetchrow(
        "select organization_id, data->>'operator' as who, data->>'run_id' as run from events "
        "where name = 'backoffice/run_retry.requested'"
    )
    assert told is not None
    assert tuple(told) == (NIL, demo.OPERATOR.external_id, str(dead_run))


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {"origin": AT, "sec-fetch-site": "same-origin"}),
        (None, {"origin": "http://musicschool.coursecove.localhost:8000", "sec-fetch-site": "same-site"}),
        (None, {}),
    ],
)
async def test_a_forged_retry_changes_nothing(
    sitting: Sitting,
    dead_run: UUID,
    admin: "asyncpg.Connection[asyncpg.Record]",
    token: str | None,
    headers: dict[str, str],
) -> None:
    async with sitting(demo.OPERATOR) as desk:
        form = {"csrf_token": desk.csrf_token if token is None else token}
        answer = await desk.client.post(f"{AT}/runs/{dead_run}/retries", data=form, headers=headers)

    assert answer.status_code == 403
    assert await admin.fetchval("select status from function_runs where id = $1", dead_run) == "dead"


@pytest.mark.parametrize("path", ["/runs/not-an-id/retries", f"/runs/{NIL}/retries"])
async def test_a_run_that_is_not_dead_or_not_there_cannot_be_retried(sitting: Sitting, path: str) -> None:
    async with sitting(demo.OPERATOR) as desk:
        assert (await desk.post(path)).status_code in (404, 409)


async def test_a_broken_place_in_the_list_is_refused_in_words(sitting: Sitting) -> None:
    async with sitting(demo.OPERATOR) as desk:
        assert (await desk.client.get(f"{AT}/?cursor=nonsense")).status_code == 400


async def test_the_operators_host_has_no_page_of_a_school(sitting: Sitting) -> None:
    async with sitting(demo.OPERATOR) as desk:
        assert (await desk.client.get(f"{AT}/activity")).status_code == 404


async def test_schools_are_listed_page_by_page_with_their_people(
    database: Database, admin: "asyncpg.Connection[asyncpg.Record]", world: World
) -> None:
    for number in range(5):
        await admin.execute(
            "insert into organizations (id, clerk_organization_id, name, slug, subdomain) "
            "values ($1, $2::text, $2, $2, $2)",
            UUID(int=new_id().int + (number << 80)),  # a millisecond later each
            f"school-{number}",
        )
    async with database.service_read() as db:
        first = await queries.schools(db, limit=3)
        second = await queries.schools(db, limit=3, cursor=first.following)
        third = await queries.schools(db, limit=3, cursor=second.following)
        back = await queries.schools(db, limit=3, cursor=third.previous)
    names = [school.name for page in (first, second, third) for school in page.rows]

    assert names[:5] == [f"school-{number}" for number in (4, 3, 2, 1, 0)]
    assert len(set(names)) == 7
    assert third.following is None
    assert back.rows == second.rows
    music = next(school for page in (second, third) for school in page.rows if school.id == world.music.id)
    assert (music.owners, music.teachers, music.students, music.guardians) == (1, 3, 50, 2)


async def test_recent_events_are_the_latest_of_all_schools(
    database: Database, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    latest = new_id()
    await admin.execute(
        "insert into events (organization_id, id, name, data, occurred_at) values ($1, $2, 'tests/fact.told', '{}', now())",
        NIL,
        latest,
    )
    async with database.service_read() as db:
        events = await queries.recent_events(db, limit=10)

    expected = await admin.fetch("select id from events order by id desc limit 10")
    assert [event.id for event in events] == [row["id"] for row in expected]
    assert (events[0].id, events[0].school) == (latest, None)


def test_who_acts_for_an_operator_is_none() -> None:
    session = Session("user_1", "sess_1", None, now(), now(), None, None)
    check_operator(session, frozenset({"user_1"}))
    for refused in (replace(session, impersonator="user_2"), replace(session, subject="user_3")):
        with pytest.raises(NotAnOperator):
            check_operator(refused, frozenset({"user_1"}))


@pytest.mark.parametrize(
    ("environment", "listed", "who"),
    [
        ("development", "", {demo.OPERATOR.external_id}),
        ("development", "user_1", {"user_1"}),
        ("production", "", set()),
        ("production", "user_1, user_2", {"user_1", "user_2"}),
    ],
)
def test_only_development_has_an_operator_by_itself(
    server: Server, environment: str, listed: str, who: set[str]
) -> None:
    chosen: Settings = server.settings.model_copy(update={"environment": environment, "operators": listed})

    assert operators(chosen) == who
