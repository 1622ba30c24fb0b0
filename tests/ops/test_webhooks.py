"""The operator's view of webhooks: seen, searched, explained, replayed in a browser and in a terminal."""

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest_asyncio

from coursecove import demo
from coursecove.kit.db import Database
from tests.conftest import Server
from tests.ops.test_backoffice import AT, Sitting, sitting
from tests.sync.provider import event, user
from tests.sync.stage import FORGETFUL, Stage, make_stage

__all__ = ["sitting"]


@pytest_asyncio.fixture
async def stage(
    server: Server, database: Database, admin: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> AsyncIterator[Stage]:
    """Two webhooks: one that is done, one that waits because its rows cannot be written."""
    made = await make_stage(server.settings, database, admin, tmp_path / "journal")
    await made.tell("user.created", user("user_well") | {"private_metadata": {"diary": "secret"}}, "msg_well")
    await admin.execute(FORGETFUL)
    await made.post(event("user.created", user("user_ill", last_name="Poison")), "msg_ill")
    yield made
    await made.close()


async def test_the_list_says_what_waits_and_why(stage: Stage, sitting: Sitting) -> None:
    async with sitting(demo.OPERATOR) as desk:
        everything = (await desk.client.get(AT + "/webhooks")).text
        waiting = (await desk.client.get(AT + "/webhooks?status=pending")).text
        one = (await desk.client.get(AT + "/webhooks?q=user_well")).text
        nothing = (await desk.client.get(AT + "/webhooks?q=user_nobody")).text
    assert "user_well" in everything
    assert "this one cannot be written" in waiting
    assert "user_well" not in waiting
    assert "user_ill" not in one
    assert "No webhook matches" in nothing


async def test_the_page_says_what_lies_in_the_journal(stage: Stage, sitting: Sitting, tmp_path: Path) -> None:
    left = tmp_path / "journal" / f"{time.time_ns():020}-1.journal"
    async with sitting(demo.OPERATOR) as desk:
        empty = (await desk.client.get(AT + "/webhooks")).text
        left.parent.mkdir(exist_ok=True)
        left.write_bytes(bytes(2000))
        filled = (await desk.client.get(AT + "/webhooks")).text
        left.unlink()
    assert "disk is empty" in empty
    assert "disk: 2 kB" in filled


async def test_one_webhook_is_told_whole_but_for_what_is_private(stage: Stage, sitting: Sitting) -> None:
    async with sitting(demo.OPERATOR) as desk:
        told = await desk.client.get(AT + "/webhooks/msg_well")
        ill = (await desk.client.get(AT + "/webhooks/msg_ill")).text
        absent = await desk.client.get(AT + "/webhooks/msg_nothing")
    assert "musicschool.example" in told.text
    assert "secret" not in told.text
    assert "this one cannot be written" in ill
    assert absent.status_code == 404


async def test_a_replay_applies_and_names_who_asked(stage: Stage, sitting: Sitting) -> None:
    async with sitting(demo.OPERATOR) as desk:
        await stage.admin.execute("drop trigger forgetful on users")
        headers = {"origin": AT, "sec-fetch-site": "same-origin"}
        form = {"csrf_token": desk.csrf_token, "webhook": "msg_ill"}
        answer = await desk.client.post(AT + "/webhooks/replays", data=form, headers=headers)
    assert answer.status_code == 200
    assert await stage.status("msg_ill") == "completed"
    fact = await stage.one("select data from events where name = 'backoffice/webhooks.replayed'")
    assert json.loads(fact["data"]) == {
        "webhook_id": "msg_ill",
        "count": 1,
        "operator": demo.OPERATOR.external_id,
        "again": False,
    }


async def test_a_stretch_of_time_is_counted_before_it_is_replayed(stage: Stage, sitting: Sitting) -> None:
    span = {"start": "2020-01-01T00:00", "end": "2100-01-01T00:00"}
    async with sitting(demo.OPERATOR) as desk:
        counted = (await desk.client.get(AT + "/webhooks/range", params=span)).text
        wrong = await desk.client.get(AT + "/webhooks/range", params={"start": "soon", "end": ""})
        await stage.admin.execute("drop trigger forgetful on users")
        headers = {"origin": AT, "sec-fetch-site": "same-origin"}
        await desk.client.post(
            AT + "/webhooks/range/replays", data=span | {"csrf_token": desk.csrf_token}, headers=headers
        )
    assert "1 webhook would be replayed" in counted
    assert (wrong.status_code, "Give a date and a time." in wrong.text) == (422, True)
    assert await stage.status("msg_ill") == "completed"


async def test_only_operators_may_look(stage: Stage, sitting: Sitting) -> None:
    async with sitting(demo.LEADS[0]) as desk:
        assert (await desk.client.get(AT + "/webhooks")).status_code == 403
        assert (await desk.client.get(AT + "/webhooks/msg_well")).status_code == 403


def terminal(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "coursecove", "webhooks", *words]
    environment = {**os.environ, "DATABASE_URL": url}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


async def test_the_terminal_shows_and_does_the_same(stage: Stage, url: str) -> None:
    listed = [
        json.loads(line)
        for line in terminal(url, "list", "--status", "pending", "--json").stdout.splitlines()
    ]
    assert [each["webhook_id"] for each in listed] == ["msg_ill"]
    assert json.loads(terminal(url, "stats", "--json").stdout)["pending"] == 1
    assert (
        json.loads(terminal(url, "show", "msg_well").stdout)["payload"]["data"]["private_metadata"]
        == "[redacted]"
    )
    await stage.admin.execute("drop trigger forgetful on users")
    assert terminal(url, "replay-range", "2020-01-01", "2100-01-01", "--dry-run").stdout.startswith("1 ")
    assert terminal(url, "replay", "msg_ill").stdout.startswith("msg_ill  completed")
    again = terminal(url, "replay", "msg_ill")
    assert (again.returncode, "done already" in again.stdout) == (1, True)
