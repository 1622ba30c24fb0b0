"""Workers that are killed, paused or asked to end, as real processes on the embedded engine.

On Inngest a worker only sends; what stands in for these cases there is in test_inngest.py.
"""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from durable_cast import Happened
from durable_stage import EmbeddedStage

from coursecove.kit.db import DatabaseConfig
from coursecove.kit.db.failures import DatabaseUnreachable

Spawn = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def spawn(config: DatabaseConfig) -> Iterator[Spawn]:
    started: list[subprocess.Popen[str]] = []

    def start(name: str) -> subprocess.Popen[str]:
        script = Path(__file__).with_name("durable_worker_process.py")
        process = subprocess.Popen(
            [sys.executable, str(script), config.service_url, name],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        assert process.stdout
        while "ready" not in process.stdout.readline():
            assert process.poll() is None
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


async def test_another_worker_finishes_what_a_killed_one_began(embedded: EmbeddedStage, spawn: Spawn) -> None:
    first = spawn("first")
    await embedded.emit(Happened("x", "0.5"))
    await embedded.until(1)
    first.kill()
    spawn("second")
    await embedded.settled(30)
    assert await embedded.told() == ["begin by first", "end by second"]
    [run] = await embedded.runs()
    assert run.status == "done"


async def test_a_run_that_kills_its_worker_does_not_do_so_for_ever(
    embedded: EmbeddedStage, spawn: Spawn
) -> None:
    await embedded.emit(Happened("poison"))
    for _ in range(2):
        assert spawn("victim").wait(30) == -signal.SIGKILL
    spawn("survivor")
    await embedded.settled(30)
    [run] = await embedded.runs()
    assert (run.status, run.error) == ("dead", "the worker vanished")
    assert await embedded.told() == ["begin by victim"]


async def test_a_paused_worker_cannot_commit_when_it_wakes_up_late(
    embedded: EmbeddedStage, spawn: Spawn
) -> None:
    first = spawn("first")
    await embedded.emit(Happened("x", "1"))
    await embedded.until(1)
    first.send_signal(signal.SIGSTOP)
    spawn("second")
    await embedded.settled(30)
    first.send_signal(signal.SIGCONT)
    await embedded.emit(Happened("after"))
    await embedded.until(4)
    time.sleep(1.5)  # noqa: ASYNC251  # the woken worker lives in another process
    told = await embedded.told()
    assert told[:2] == ["begin by first", "end by second"]
    assert len(told) == 4
    assert [run.status for run in await embedded.runs()] == ["done", "done"]


async def test_a_worker_that_is_asked_to_end_gives_back_what_it_cannot_finish(
    embedded: EmbeddedStage, spawn: Spawn
) -> None:
    first = spawn("first")
    await embedded.emit(Happened("short", "0.7"), Happened("long", "20"))
    await embedded.until(2)
    first.send_signal(signal.SIGTERM)
    assert first.wait(10) == 0
    assert (await embedded.told()).count("end by first") == 1
    assert sorted((run.status, run.attempt) for run in await embedded.runs()) == [("done", 1), ("waiting", 0)]


async def test_work_goes_on_when_every_connection_was_cut(embedded: EmbeddedStage, spawn: Spawn) -> None:
    spawn("first")
    await embedded.emit(Happened("x", "0.3"))
    await embedded.until(1)
    await embedded.value(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity "
        "where usename = 'coursecove_service' and pid <> pg_backend_pid()"
    )
    with contextlib.suppress(DatabaseUnreachable):  # our own pool may hold a connection that was cut
        await embedded.value("select 1")
    await embedded.emit(Happened("y"))
    await embedded.settled(30)
    assert sorted(await embedded.told()) == ["begin by first"] * 2 + ["end by first"] * 2
