"""The private PostgreSQL: started, shared, killed and found again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from coursecove.kit.postgres import EmbeddedPostgres, PostgresError
from coursecove.kit.postgres.binaries import find_binaries
from coursecove.kit.postgres.errors import (
    ForeignFolderError,
    NoPostgresError,
    OtherPostgresVersionError,
    TooOldPostgresError,
)

HOLDER = """
import sys
from pathlib import Path
from coursecove.kit.postgres import EmbeddedPostgres
with EmbeddedPostgres.start(Path(sys.argv[1])) as server:
    print("owner" if server.owner else "guest", server.pid, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the tests that take any: making the data takes most of a second."""
    return tmp_path_factory.mktemp("private") / "postgres"


def start_holder(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@contextmanager
def holder(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    """Another process that starts the folder and holds it until it is told, or killed."""
    with start_holder(folder) as process:
        role, pid = process.stdout.readline().split()
        try:
            yield process, role, int(pid)
        finally:
            process.kill()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(pid: int, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


async def run(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_asyncpg_takes_the_url(folder):
    with EmbeddedPostgres.start(folder) as server:
        assert await run(server.url, "select current_user::text") == "postgres"


def test_libpq_takes_the_url(folder):
    with EmbeddedPostgres.start(folder) as server:
        psql = find_binaries(None, folder).program("psql")
        asked = [psql, server.url, "-Atc", "select 7"]
        assert subprocess.run(asked, capture_output=True, check=True).stdout == b"7\n"


async def test_the_server_listens_to_nobody_else(folder):
    with EmbeddedPostgres.start(folder) as server:
        assert await run(server.url, "show listen_addresses") == ""
        assert await run(server.url, "show unix_socket_permissions") == "0700"
        assert folder.stat().st_mode & 0o077 == 0


async def test_settings_of_the_caller_win(folder):
    with EmbeddedPostgres.start(folder, settings={"max_connections": "23"}) as server:
        assert await run(server.url, "show max_connections") == "23"
        assert await run(server.url, "show fsync") == "on"
        assert await run(server.url, "show jit") == "off"


def test_stop_ends_the_server(folder):
    server = EmbeddedPostgres.start(folder)
    pid = server.pid
    assert alive(pid)
    server.stop()
    server.stop()
    assert not alive(pid)
    assert server.pid is None
    assert not server.running()


async def test_the_server_outlives_its_owner_for_a_guest(folder):
    with holder(folder) as (owner, role, pid), EmbeddedPostgres.start(folder) as guest:
        assert (role, guest.owner, guest.pid) == ("owner", False, pid)
        owner.communicate("\n", timeout=20)
        assert owner.returncode == 0
        assert await run(guest.url, "select 1") == 1
    assert not alive(pid)


def test_the_owner_leaves_the_server_to_a_guest_without_waiting(folder):
    owner = EmbeddedPostgres.start(folder)
    with holder(folder) as (guest, role, pid):
        assert (role, pid) == ("guest", owner.pid)
        owner.stop()
        assert alive(pid)
        guest.communicate("\n", timeout=20)
    assert ends(pid)


def test_many_starting_at_once_share_one_server(tmp_path):
    starters = [start_holder(tmp_path / "new") for _ in range(4)]
    said = [starter.stdout.readline().split() for starter in starters]
    for starter in starters:
        starter.communicate("\n", timeout=30)
    assert sorted(role for role, _ in said) == ["guest", "guest", "guest", "owner"]
    assert len({pid for _, pid in said}) == 1


async def test_rows_survive_a_killed_server(folder):
    with EmbeddedPostgres.start(folder) as server:
        await run(server.url, "create table kept as select generate_series(1, 1000) as n")
        pid = server.pid
        os.kill(pid, signal.SIGKILL)
        with EmbeddedPostgres.start(folder) as again:
            assert await run(again.url, "select count(*) from kept") == 1000
            assert again.owner
            assert again.pid != pid


async def test_a_killed_owner_takes_the_server_along(folder):
    with holder(folder) as (owner, _, pid):
        owner.kill()
        assert ends(pid)
        with EmbeddedPostgres.start(folder) as server:
            assert await run(server.url, "select 1") == 1
            assert server.owner


async def test_a_killed_guard_takes_the_server_along(folder):
    with EmbeddedPostgres.start(folder) as server:
        pid = server.pid
        os.kill(server._guard, signal.SIGKILL)
        assert ends(pid)
        assert not server.running()
        with EmbeddedPostgres.start(folder) as again:
            assert await run(again.url, "select 1") == 1


async def test_a_stale_process_id_of_a_stranger_does_not_matter(folder):
    with EmbeddedPostgres.start(folder) as server:
        left = (folder / "data" / "postmaster.pid").read_text()
        stranger = left.replace(str(server.pid), str(os.getpid()), 1)
    (folder / "data" / "postmaster.pid").write_text(stranger)
    (folder / ".s.PGSQL.5432.lock").write_text(stranger)
    with EmbeddedPostgres.start(folder) as server:
        assert await run(server.url, "select 1") == 1


async def test_data_half_made_are_made_anew(tmp_path):
    folder = tmp_path / "postgres"
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    (folder / "door").touch()
    with EmbeddedPostgres.start(folder) as server:
        assert await run(server.url, "select 1") == 1


@pytest.mark.parametrize("name", ["x" * 120, "a name, with odd things"])
def test_a_long_or_odd_path_gets_a_short_socket(tmp_path, name):
    with EmbeddedPostgres.start(tmp_path / name) as server:
        short = Path(parse_qs(urlsplit(server.url).query)["host"][0])
        assert len(str(short)) < 60
        assert short.stat().st_mode & 0o077 == 0
    short.rmdir()


def test_a_folder_with_other_things_in_it_is_refused_and_left_alone(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(ForeignFolderError, match="holds something else"):
        EmbeddedPostgres.start(tmp_path)
    assert [found.name for found in tmp_path.iterdir()] == ["letter"]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_data_of_another_version_are_refused(tmp_path):
    (tmp_path / "door").touch()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(OtherPostgresVersionError, match="made by PostgreSQL 12"):
        EmbeddedPostgres.start(tmp_path)


@pytest.mark.parametrize(
    ("shown", "error"),
    [("postgres (PostgreSQL) 14.9", TooOldPostgresError), ("no version at all", NoPostgresError)],
)
def test_programs_that_will_not_do_are_named(tmp_path, monkeypatch, shown, error):
    program = tmp_path / "postgres"
    program.write_text(f"#!/bin/sh\necho '{shown}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PGBIN", str(tmp_path))
    with pytest.raises(error, match="15 or newer"):
        EmbeddedPostgres.start(tmp_path / "data")


def test_a_server_that_refuses_says_why_in_one_sentence(folder):
    with pytest.raises(PostgresError, match="no_such_setting") as refused:
        EmbeddedPostgres.start(folder, settings={"no_such_setting": "1"})
    assert "\n" not in str(refused.value)
