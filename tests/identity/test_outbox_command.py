"""`coursecove outbox`: what was told, what was not, and telling it again."""

import pytest
from typer.testing import CliRunner

from coursecove.cli.program import program
from coursecove_identity import webhooks
from coursecove_identity.clock import now_ms


@pytest.fixture
def terminal(server, url, tmp_path, monkeypatch):
    """Runs a command in the environment of the test's own installation."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("COURSECOVE_DATA", str(tmp_path))
    monkeypatch.setenv("COURSECOVE_SECRET_KEY", server.settings.secret.decode())

    def run(*words: str) -> str:
        done = CliRunner().invoke(program, ["outbox", *words])
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.fixture
async def given_up(store, instance):
    """A message that nobody took."""
    async with store.transaction() as db:
        message = await webhooks.emit(db, "user.updated", {"id": "user_2a"})
        await db.execute(
            "update identity.webhook_messages set attempts = 8, next_attempt_at = null, given_up_at = $2 where id = $1",
            message,
            now_ms(),
        )
        await db.execute(
            "insert into identity.webhook_attempts (message_id, number, at, took_ms, status, problem) "
            "values ($1, 8, 0, 5, 400, 'answered 400')",
            message,
        )
    return message


def test_figures_and_the_last_problem(terminal, given_up):
    said = terminal("stats").split("\n")
    assert "given_up      1" in said
    assert "last_problem  answered 400" in said


def test_what_was_given_up_is_told_again(terminal, given_up):
    assert terminal("retell", "2020-01-01T00:00:00") == "1 to be sent again.\n"
    assert '"waiting": 1' in terminal("stats", "--json")
    assert terminal("retell", "2020-01-01T00:00:00") == "0 to be sent again.\n"
