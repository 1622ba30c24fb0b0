"""`coursecove identity`: a new signing key, and help for somebody who lost every second factor."""

import asyncio

import asyncpg
import pytest
from typer.testing import CliRunner

from coursecove.cli.identity import NobodyOfThisAddress
from coursecove.cli.program import program
from coursecove.cli.provider import ClerkKeepsAccounts
from tests.conftest import cloned


@pytest.fixture
def own(server, tmp_path, monkeypatch):
    """Runs commands in the environment of an installation of the test's own; answers what SQL finds there."""
    loop = asyncio.new_event_loop()
    copy = cloned(server)
    url = loop.run_until_complete(copy.__aenter__())
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("COURSECOVE_DATA", str(tmp_path))
    monkeypatch.setenv("COURSECOVE_SECRET_KEY", server.settings.secret.decode())

    async def value(sql):
        connection = await asyncpg.connect(url)
        found = await connection.fetchval(sql)
        await connection.close()
        return found

    yield lambda sql: loop.run_until_complete(value(sql))
    loop.run_until_complete(copy.__aexit__())
    loop.close()


def run(*words):
    return CliRunner().invoke(program, ["identity", *words])


def test_a_new_key_takes_over_in_ten_minutes(own):
    done = run("rotate-keys")
    assert done.exit_code == 0, done.output
    assert "signs from" in done.output
    assert own("select count(*) from identity.signing_keys where retires_at is null") == 1
    assert own("select count(*) from identity.signing_keys") == 2
    assert own("select max(active_from - created_at) from identity.signing_keys") >= 599_000


def test_a_leaked_key_is_out_at_once(own):
    done = run("rotate-keys", "--at-once")
    assert done.exit_code == 0, done.output
    now = "(extract(epoch from now()) * 1000)::bigint + 1000"
    assert (
        own(f"select count(*) from identity.signing_keys where retires_at is null or retires_at > {now}") == 1
    )


def test_nobody_is_helped_by_mistake(own):
    for command in ("remove-second-factors", "find"):
        assert isinstance(run(command, "nobody@example.com").exception, NobodyOfThisAddress)


def test_somebody_is_found_and_helped(own):
    own(
        "insert into identity.users (id, first_name, created_at, updated_at) values ('user_2mara', 'Mara', 1, 1)"
    )
    own(
        "insert into identity.email_addresses (id, user_id, email_address, strategy, verified_at, is_primary, created_at, "
        "updated_at) values ('idn_2mara', 'user_2mara', 'mara@example.com', 'email_code', 1, true, 1, 1)"
    )
    assert run("find", "Mara@example.com").output == "user_2mara  Mara\n"
    done = run("remove-second-factors", "mara@example.com")
    assert done.exit_code == 0, done.output
    assert own("select subject from mail_messages") == "The way you sign in to CourseCove was changed"
    assert own("select action from identity.audit_log order by id desc") == "second_factors_taken"


def test_with_clerk_this_is_not_ours(own, monkeypatch):
    monkeypatch.setenv("CLERK_SECRET_KEY", "sk_test_x")
    monkeypatch.setenv("CLERK_PUBLISHABLE_KEY", "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k")
    assert isinstance(run("rotate-keys").exception, ClerkKeepsAccounts)
