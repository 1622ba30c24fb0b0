"""The product's own start with something wrong: one sentence that says what, exit code 2, and nothing changed."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from coursecove.kit.db.catalogue import SCHEMAS
from coursecove.kit.postgres import EmbeddedPostgres
from tests.old_server import old_server

PROJECT = Path(__file__).parents[1]
BROKEN = {
    "COURSECOVE_ENV": ("prod", "COURSECOVE_ENV: Input should be 'development' or 'production'"),
    "COURSECOVE_SECRET_KEY": ("short", "COURSECOVE_SECRET_KEY: Value should have at least 32"),
    "CLERK_SECRET_KEY": ("sk_test_x", "CLERK_SECRET_KEY and CLERK_PUBLISHABLE_KEY belong together"),
}
OBJECTS = """
    select string_agg(kind || ' ' || name, e'\\n' order by kind, name) from (
      select 'role', rolname::text from pg_roles union all select 'schema', nspname::text from pg_namespace
      union all select 'relation', oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace
      union all select 'database', datname::text from pg_database) x (kind, name)"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Start:
    """`bin/dev` in an environment without settings but the given ones."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def refused(self, port: int | None = None, *words: str, **variables: str) -> str:
        """The one sentence that it says."""
        ours = ("COURSECOVE_", "CLERK_", "INNGEST_", "DATABASE_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        command = [PROJECT / "bin/dev", "--port", str(port or free_port()), "--data", self.data, *words]
        done = subprocess.run(
            command, env={**kept, **variables}, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert not self.data.exists()
        (said,) = done.stderr.splitlines()
        assert said.startswith("coursecove: ")
        return said.removeprefix("coursecove: ")


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return Start(tmp_path / "dev")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_setting_is_named(start: Start, name: str) -> None:
    value, said = BROKEN[name]
    assert start.refused(**{name: value}).startswith(said)


def test_production_without_its_keys_is_named(start: Start) -> None:
    said = start.refused(COURSECOVE_ENV="production")
    wanted = "COURSECOVE_SECRET_KEY, DATABASE_URL, CLERK_SECRET_KEY, RESEND_API_KEY or COURSECOVE_SMTP_URL"
    assert said == f"production needs {wanted}"


def test_a_port_in_use_is_named(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert start.refused(port) == (
            f"Port {port} on 127.0.0.1 cannot be used (address already in use): choose another with --port."
        )


def test_a_database_that_is_down_is_named(start: Start) -> None:
    said = start.refused(DATABASE_URL=f"postgresql://postgres@127.0.0.1:{free_port()}/school")
    assert said.startswith("The database in DATABASE_URL does not answer: ")


def test_an_address_that_is_none_is_named(start: Start) -> None:
    said = start.refused(DATABASE_URL="mysql://root@127.0.0.1/school")
    assert said.startswith("The database in DATABASE_URL does not answer: invalid DSN")


@pytest.mark.parametrize("version", ["14.20", "17.5"])
def test_a_database_that_is_too_old_is_named(start: Start, version: str) -> None:
    with old_server(version) as url:
        said = start.refused(DATABASE_URL=url)
    assert said.startswith(
        "This PostgreSQL is too old: row security needs at least 15.14, 16.10, 17.6 or 18."
    )


async def test_a_database_that_is_not_ours_stays_as_it_is(start: Start, tmp_path: Path) -> None:
    with EmbeddedPostgres.start(tmp_path / "theirs", settings={"fsync": "off"}) as theirs:
        admin = await asyncpg.connect(theirs.url)
        await admin.execute("create table invoices (id int); insert into invoices values (1)")
        before = await admin.fetchval(OBJECTS)
        said = start.refused(DATABASE_URL=theirs.url)
        assert said.startswith("This database holds tables that are not CourseCove's. Nothing was changed")
        assert await admin.fetchval(OBJECTS) == before
        assert not {f"schema {name}" for name in SCHEMAS if name != "public"} & set(before.splitlines())
        await admin.execute(
            "create schema app; create table app.alembic_version as select '9999' as version_num"
        )
        said = start.refused(DATABASE_URL=theirs.url)
        assert said.startswith("This database was migrated by a newer CourseCove. Nothing was changed")
        await admin.close()


def test_starting_over_spares_a_database_that_is_not_private(start: Start) -> None:
    said = start.refused(None, "--fresh", DATABASE_URL="postgresql://postgres@127.0.0.1:1/school")
    assert said.startswith("--fresh starts over with the private database, and DATABASE_URL names another")


@pytest.mark.parametrize("command", ["migrate", "web"])
def test_the_other_commands_refuse_in_one_sentence_too(command: str, tmp_path: Path) -> None:
    variables = {**os.environ, "COURSECOVE_ENV": "prod", "COURSECOVE_DATA": str(tmp_path / "none")}
    done = subprocess.run(
        [sys.executable, "-m", "coursecove", command],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert not (tmp_path / "none").exists()
