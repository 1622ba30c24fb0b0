"""The doctor on installations that are really broken, one thing at a time."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from asyncpg.serverversion import split_server_version_string
from asyncpg.types import ServerVersion
from pydantic import SecretStr

from coursecove.cli import database_findings, machine_findings, running_findings
from coursecove.cli.doctor import examine_database, examine_machine, run_doctor
from coursecove.cli.findings import Finding, Grade
from coursecove.kit import clock
from coursecove.kit.db import Database, SealKey
from coursecove.kit.db.reading import Connection
from coursecove.kit.ids import new_id
from tests.conftest import Server, World


@pytest.fixture
async def undone(admin: Connection) -> AsyncIterator[Connection]:
    """The administrator in a transaction that is rolled back, for what every database of the server shares."""
    transaction = admin.transaction()
    await transaction.start()
    yield admin
    await transaction.rollback()


@pytest.fixture(autouse=True)
async def worked_off(admin: Connection) -> None:
    """A worker has been there: what the cast's arrival left to do would count as stuck once a run of the tests gets long."""
    await admin.execute("update events set dispatched_at = now() where dispatched_at is null")


def _bad(found: list[Finding]) -> dict[str, str]:
    return {each.check: each.what for each in found if each.grade is not Grade.OK}


async def test_a_healthy_installation_has_nothing_to_mend(server: Server, url: str) -> None:
    found = await examine_database(server.settings, url, deep=True)

    assert _bad(found) == {}
    assert {each.todo for each in found} == {""}
    assert len(found) == 19


async def test_what_the_provider_could_not_tell_is_said(server: Server, url: str, admin: Connection) -> None:
    insert = "insert into identity.webhook_messages (id, type, body, created_at, {0}) values ($1, 'user.updated', '{{}}', 0, 0)"
    await admin.execute(insert.format("given_up_at"), "msg_" + "1" * 27)
    await admin.execute(insert.format("next_attempt_at"), "msg_" + "2" * 27)
    said = _bad(await examine_database(server.settings, url))

    assert said == {
        "outbox": "The embedded identity provider gave up 1 webhook, and 1 wait for more than ten minutes"
    }


async def test_each_line_says_what_and_what_to_do(server: Server, url: str, admin: Connection) -> None:
    await admin.execute("alter table users no force row level security")
    found = await examine_database(server.settings, url)

    (line,) = [str(each) for each in found if each.grade is Grade.FAIL]
    assert line.startswith(
        "FAIL  Row security is not forced on users: rows of other schools may be visible — "
    )
    assert "alter table users enable row level security, force row level security" in line


@dataclass(frozen=True)
class Answering:
    """A connection, as far as its server's version is asked."""

    text: str

    def get_server_version(self) -> ServerVersion:
        return split_server_version_string(self.text)


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("14.22", Grade.FAIL),
        ("15.13", Grade.FAIL),
        ("15.14", Grade.OK),
        ("16.9", Grade.FAIL),
        ("16.10 (Debian 16.10-1.pgdg120+1)", Grade.OK),
        ("17.5", Grade.FAIL),
        ("17.6", Grade.OK),
        ("18.0", Grade.OK),
        ("18.6", Grade.OK),
        ("19beta1", Grade.OK),
    ],
)
async def test_a_postgres_with_known_holes_is_refused(text: str, grade: Grade) -> None:
    found = await database_findings.version(cast("Connection", Answering(text)))

    assert found.grade is grade
    assert (
        grade is Grade.FAIL
        or f"PostgreSQL {text.split(maxsplit=1)[0]}".startswith(found.what)
        or "beta" in text
    )


@pytest.mark.parametrize("change", ["disable row level security", "no force row level security"])
@pytest.mark.parametrize("table", ["organization_memberships", "webhook_events", "app.seal_keys"])
async def test_a_table_that_is_not_forced_is_named(admin: Connection, table: str, change: str) -> None:
    await admin.execute(f"alter table {table} {change}")
    found = await database_findings.forced(admin)

    assert found.grade is Grade.FAIL
    assert table in found.what


async def test_a_new_table_without_row_security_is_found(admin: Connection) -> None:
    await admin.execute("create table left_open (id int)")

    assert "left_open" in (await database_findings.forced(admin)).what


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("drop policy fence on organization_memberships", "missing: organization_memberships.fence"),
        (
            "create policy backdoor on users for select to authenticated using (true)",
            "not ours: users.backdoor",
        ),
    ],
)
async def test_policies_too_few_or_too_many_are_named(admin: Connection, change: str, said: str) -> None:
    await admin.execute(change)
    found = await database_findings.policies(admin)

    assert found.grade is Grade.FAIL
    assert said in found.what


async def test_a_policy_of_the_same_name_that_says_something_else_is_drift(
    server: Server, url: str, admin: Connection
) -> None:
    await admin.execute("alter policy people_select on users using (true or 1 = 1)")

    assert (await database_findings.policies(admin)).grade is Grade.OK
    found = await database_findings.drift(url, server.settings.provision())
    assert found.grade is Grade.FAIL
    assert "different: policy public.users.people_select" in found.what


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("alter role coursecove_app bypassrls", "coursecove_app should not be bypassrls"),
        ("alter role coursecove_app inherit", "coursecove_app should be noinherit"),
        ("alter role coursecove_app superuser", "coursecove_app is a superuser"),
        ("alter role coursecove_service nobypassrls", "coursecove_service should be bypassrls"),
        ("alter role coursecove_owner login", "coursecove_owner should not be login"),
        ("alter role authenticated createrole", "authenticated is a superuser or may create roles"),
        ("grant coursecove_service to coursecove_app", "coursecove_app may become coursecove_service"),
        ("alter role anon rename to anonymous_once", "anon is missing"),
    ],
)
async def test_a_role_that_can_more_or_less_than_it_should_is_named(
    undone: Connection, change: str, said: str
) -> None:
    assert (await database_findings.roles(undone)).grade is Grade.OK
    await undone.execute(change)
    found = await database_findings.roles(undone)

    assert found.grade is Grade.FAIL
    assert said in found.what


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("update app.alembic_version set version_num = '0000'", "The database is at 0000, the code at "),
        (
            "update app.alembic_version set version_num = '9999'",
            "The database is at 9999, newer than this code",
        ),
        ("drop table app.alembic_version", "The database was never migrated"),
    ],
)
async def test_another_revision_is_said(
    server: Server, url: str, admin: Connection, change: str, said: str
) -> None:
    await admin.execute(change)
    found = await examine_database(server.settings, url)

    assert said in _bad(found)["migrated"]
    assert "clients" not in {each.check for each in found}


async def test_another_secret_is_said(server: Server, url: str) -> None:
    config = replace(server.settings.database_config(url), seal_key=SealKey(1, b"another"))
    stranger = await Database.open(config)
    try:
        with pytest.raises(Exception, match="does not accept our seal"):
            await running_findings.seal(stranger)
    finally:
        await stranger.close()
    other = server.settings.model_copy(update={"secret_key": SecretStr("another-secret-" * 3)})
    other.__dict__.pop("secret", None)
    said = _bad(await examine_database(other, url))
    assert said.keys() <= {"clients", "seal", "signing keys"}
    assert said


async def test_a_database_that_is_not_there_is_one_clear_line(server: Server) -> None:
    for address in ("postgresql://nobody@127.0.0.1:1/nowhere", server.named("no_such_database"), "nonsense"):
        (only,) = await examine_database(server.settings, address)

        assert only.grade is Grade.FAIL
        assert "cannot be reached" in only.what
        assert "DATABASE_URL" in only.todo


async def test_a_user_client_that_owns_a_table_is_said(database: Database, admin: Connection) -> None:
    await admin.execute("create table own (id int); alter table own owner to coursecove_app")

    assert (await running_findings.user_client(database)).grade is Grade.FAIL


async def test_a_client_that_may_wait_for_ever_is_said(server: Server, url: str) -> None:
    config = server.settings.database_config(url)
    endless = f"{config.app_url}{'&' if '?' in config.app_url else '?'}lock_timeout=0"
    found = await database_findings.timeouts(endless, "the user client")

    assert found.grade is Grade.FAIL
    assert "lock_timeout" in found.what


@pytest.mark.parametrize(
    "change",
    [
        "update audit_log set after = '{}' where (organization_id, position) in (select organization_id, 3 from audit_log)",
        "delete from audit_log where position = 2",
        "delete from audit_log where position = 1",
        "update audit_log set at = at + interval '1 second' where position = 5",
    ],
)
async def test_an_audit_log_that_was_touched_is_said(
    database: Database, admin: Connection, change: str
) -> None:
    assert (await running_findings.audit_chain(database)).grade is Grade.OK
    await admin.execute("set session_replication_role = replica")
    await admin.execute(change)
    found = await running_findings.audit_chain(database)

    assert found.grade is Grade.FAIL
    assert "was touched after it was written" in found.what


async def test_work_that_lies_is_counted(database: Database, admin: Connection, world: World) -> None:
    await admin.execute("update events set dispatched_at = now()")
    assert (await running_findings.stuck(database)).grade is Grade.OK
    late = "now() - interval '6 minutes'"
    await admin.execute(
        f"update events set dispatched_at = null, occurred_at = {late} where organization_id = $1 and id = "
        "(select max(id::text)::uuid from events where organization_id = $1)",
        world.music.id,
    )
    await admin.execute(
        "insert into function_runs (organization_id, id, function, dedup_value, event_id, status, due_at) "
        f"select organization_id, gen_random_uuid(), 'f', id::text, id, 'running', {late} from events limit 2"
    )
    found = await running_findings.stuck(database)

    assert found.grade is Grade.WARN
    assert "2 runs and 1 event have been due" in found.what
    assert "coursecove worker" in found.todo


async def test_what_gave_up_and_what_failed_is_counted(database: Database, admin: Connection) -> None:
    await admin.execute(
        "insert into function_runs (organization_id, id, function, dedup_value, event_id, status, finished_at) "
        "select organization_id, gen_random_uuid(), 'f', id::text, id, 'dead', now() from events limit 1"
    )
    await admin.execute(
        "insert into webhook_events (id, webhook_id, event_type, path, digest, signed_at, status) values ($1, 'msg_1', 'x', 'fast', '', now(), 'failed')",
        new_id(),
    )

    assert "1 background run has given up" in (await running_findings.dead(database)).what
    assert "1 webhook " in (await running_findings.webhooks(database)).what


async def test_clocks_that_disagree_are_said(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    real = clock.real_now
    for seconds, grade in ((0, Grade.OK), (5, Grade.WARN), (300, Grade.FAIL)):
        monkeypatch.setattr(clock, "real_now", lambda wrong=seconds: real() + timedelta(seconds=wrong))
        assert (await running_findings.clock_skew(database)).grade is grade


async def test_a_python_that_is_too_old_is_said() -> None:
    assert (await machine_findings.python((3, 10, 14))).grade is Grade.FAIL
    assert (await machine_findings.python()).grade is Grade.OK


@pytest.mark.parametrize(
    ("folder_mode", "secret_mode", "grade"),
    [
        (0o700, 0o600, Grade.OK),
        (0o755, 0o600, Grade.OK),
        (0o775, 0o600, Grade.FAIL),
        (0o700, 0o644, Grade.FAIL),
    ],
)
async def test_a_data_folder_that_is_open_to_others_is_said(
    server: Server, tmp_path: Path, folder_mode: int, secret_mode: int, grade: Grade
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret").write_text("x" * 64)
    (folder / "secret").chmod(secret_mode)
    folder.chmod(folder_mode)
    found = await machine_findings.data_folder(server.settings.model_copy(update={"data": folder}))

    assert found.grade is grade
    assert grade is Grade.OK or "chmod" in found.todo


async def test_production_without_an_operator_is_worth_a_word(server: Server) -> None:
    chosen = server.settings.model_copy(update={"environment": "production"})

    assert "operators" in _bad(await examine_machine(chosen))


@pytest.fixture
def healthy(server: Server, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of an installation that works."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("COURSECOVE_DATA", str(tmp_path))
    monkeypatch.setenv("COURSECOVE_SECRET_KEY", server.settings.secret.decode())
    return monkeypatch


def test_all_is_well(healthy: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_doctor() == 0
    assert all(line.startswith("ok    ") for line in capsys.readouterr().out.splitlines())


def test_a_worry_is_one_and_json_says_so(
    healthy: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    healthy.setenv("COURSECOVE_DATA", str(tmp_path / "none"))
    healthy.delenv("COURSECOVE_SECRET_KEY")
    code = run_doctor(as_json=True)
    found = {each["check"]: each for each in json.loads(capsys.readouterr().out)}

    assert found["data folder"]["grade"] == "warn"
    assert code == max({"ok": 0, "warn": 1, "FAIL": 2}[each["grade"]] for each in found.values())


def test_without_any_database_it_says_how_to_begin(
    healthy: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    healthy.delenv("DATABASE_URL")

    assert run_doctor() == 2
    assert "run `coursecove dev`, or set DATABASE_URL" in capsys.readouterr().out


def test_a_broken_setting_is_the_first_and_only_line(healthy: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-m", "coursecove", "doctor"]
    environment = {**os.environ, "PYTHONPATH": "src", "COURSECOVE_PORT": "many"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)

    assert (done.returncode, done.stderr) == (2, "")
    (line,) = done.stdout.splitlines()
    assert line.startswith("FAIL  COURSECOVE_PORT: ")
