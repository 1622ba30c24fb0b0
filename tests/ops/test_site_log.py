"""The whole site and a worker at work, with a log in which nobody can be recognised."""

import io
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from coursecove import demo
from coursecove.accounts.events import MemberJoined
from coursecove.kit import log
from coursecove.kit.db import Database
from coursecove.kit.durable import Functions, PermanentError, Run, function
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.durable.observing import with_ids_in_log
from coursecove.kit.ids import new_id
from coursecove.web.app import create_app
from tests.conftest import Server, World
from tests.ops.test_log import EMAIL, QUERY, TOKEN, Written, restored
from tests.signed_in import keep_account

__all__ = ["restored"]

MUSIC = "http://musicschool.coursecove.localhost:8000"
PATHS = ("/dashboard", "/people", "/activity", "/school", "/account", "/account/tokens", "/nothing/here")
STRANGE = {
    "x-forwarded-for": EMAIL,
    "referer": f"http://x/{EMAIL}",
    "user-agent": EMAIL,
    "x-request-id": EMAIL,
}


@pytest.fixture
def written(restored: None) -> Written:
    stream = io.StringIO()
    log.configure("json", stream=stream)
    return Written(stream)


def _names_somebody(text: str) -> set[str]:
    words = {word for person in demo.LEADS for word in (person.email, person.name, person.last_name)}
    return {word for word in words if word.lower() in text.lower()}


@pytest.mark.parametrize("person", demo.LEADS[:8], ids=lambda person: person.key)
async def test_no_page_writes_who_asked_or_what_for(
    written: Written, database: Database, server: Server, tmp_path: Path, person: demo.DemoPerson
) -> None:
    chosen = server.settings.model_copy(update={"data": tmp_path})
    await keep_account(chosen, database, person)
    transport = httpx.ASGITransport(app=create_app(chosen, database), raise_app_exceptions=False)
    headers = {"accept": "text/html", "sec-fetch-dest": "document", **STRANGE}
    async with httpx.AsyncClient(transport=transport, headers=headers, follow_redirects=True) as client:
        link = f"{chosen.origin('id')}/sign-in/{person.external_id}?redirect_url={quote(MUSIC, safe='')}"
        assert (await client.get(link)).status_code == 200
        for path in PATHS:
            await client.get(f"{MUSIC}{path}{QUERY}&q={quote(person.name)}")
            await client.get(f"{MUSIC}{path}/{quote(person.email)}")
            await client.post(
                f"{MUSIC}{path}", data={"email": EMAIL}, headers={"cookie": f"__session={TOKEN}"}
            )
        await client.get(f"{MUSIC}/api/v1/members", headers={"authorization": f"Bearer {TOKEN}"})

    assert written.is_clean()
    assert _names_somebody(written.text) == set()
    assert len(written.lines) > 3 * len(PATHS)
    assert {line["event"] for line in written.lines} == {"request_finished"}
    assert all("withheld" not in line for line in written.lines)


@function(on=MemberJoined, name="tests-greet")
async def greet(run: Run[MemberJoined]) -> None:
    raise PermanentError(f"no mailbox for {EMAIL}")


async def test_a_run_that_fails_is_told_with_its_ids_only(
    written: Written, database: Database, world: World
) -> None:
    async with database.service(world.music.id) as db:
        await db.emit(MemberJoined(new_id(), "STUDENT"))
    engine = Embedded(with_ids_in_log(Functions([greet])), database)
    await engine.advance()
    await engine.advance()
    await engine.drain(5)
    await engine.control.close()

    failed = [line for line in written.lines if line["event"] == "durable.attempt_failed"]
    assert written.is_clean()
    assert {line["function"] for line in failed} == {"tests-greet"}
    assert "coursecove.kit.durable.runs.PermanentError" in str(failed[0]["exception"])
