"""What people tell us must never stand in the log, whichever way it is pushed at it."""

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from uuid import UUID

import asyncpg
import pytest
import structlog

from coursecove.kit import log
from coursecove.kit.errors import Invalid
from coursecove.kit.log_shapes import SHAPES

EMAIL = "canary.person@example.com"
NAME = "Canary Featherstone"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
COOKIE = "__session=canary-cookie-value"
QUERY = "?search=canary+featherstone"
CANARIES = (EMAIL, NAME, TOKEN, COOKIE, QUERY)
SCHOOL = UUID("01890000-0000-7000-8000-000000000001")


class Written:
    """What the log wrote, as text and as decoded lines."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def is_clean(self) -> bool:
        found = self.text.lower()
        return bool(found) and not any(
            word in found for word in ("canary", "featherstone", TOKEN.lower(), "eyj")
        )


@pytest.fixture
def restored() -> Iterator[None]:
    kept = logging.root.handlers[:], logging.root.level, sys.excepthook, threading.excepthook
    showing, configuration = warnings.showwarning, structlog.get_config()
    yield
    logging.root.handlers[:], _, sys.excepthook, threading.excepthook = kept
    logging.root.setLevel(kept[1])
    warnings.showwarning = showing
    structlog.configure(**configuration)
    log.unbind_all()


@pytest.fixture
def written(restored: None) -> Written:
    stream = io.StringIO()
    log.configure("json", stream=stream)
    return Written(stream)


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize("key", ["email", "name", "user", "detail", "url", "path", "cookie", "token", "q"])
def test_an_unknown_key_is_withheld_and_named(written: Written, key: str, canary: str) -> None:
    structlog.get_logger().info("something.happened", **{key: canary})

    assert written.is_clean()
    assert written.lines[0]["withheld"] == [key]


@pytest.mark.parametrize("canary", [EMAIL, NAME, COOKIE, QUERY, [EMAIL], {"email": EMAIL}, EMAIL.encode()])
@pytest.mark.parametrize("key", sorted(SHAPES))
def test_a_known_key_takes_only_its_own_shape(written: Written, key: str, canary: object) -> None:
    structlog.get_logger().info("something.happened", **{key: canary})

    assert written.is_clean()


@pytest.mark.parametrize("canary", CANARIES)
def test_a_sentence_instead_of_an_event_is_withheld(written: Written, canary: str) -> None:
    structlog.get_logger().warning(f"welcome {canary}")
    structlog.get_logger().warning("welcome %s", canary)
    structlog.get_logger().warning(canary)

    assert written.is_clean()
    assert [line["event"] for line in written.lines] == ["unnamed"] * 3


@pytest.mark.parametrize("canary", CANARIES)
def test_what_is_bound_goes_through_the_same_gate(written: Written, canary: str) -> None:
    log.bind(school_id=SCHOOL, member_id=canary, email=canary)
    structlog.get_logger().info("something.happened")

    assert written.is_clean()
    assert written.lines[0]["school_id"] == str(SCHOOL)


@pytest.mark.parametrize("given", CANARIES)
def test_an_error_tells_types_and_places_only(written: Written, given: str) -> None:
    def fails(secret: str) -> None:
        raise ValueError(f"no such person: {secret}")

    try:
        try:
            fails(given)
        except ValueError as inner:
            raise Invalid(f"{given} is taken", fields={"email": given}) from inner
    except Invalid:
        structlog.get_logger().exception("something.failed")

    assert written.is_clean()
    told = str(written.lines[0]["exception"])
    assert "builtins.ValueError" in told
    assert "coursecove.kit.errors.Invalid (status 422)" in told
    assert "in fails: raise ValueError" in told
    assert "then:" in told


def test_groups_notes_and_circles_of_errors_are_told_safely(written: Written) -> None:
    first, second = ValueError(EMAIL), KeyError(NAME)
    first.add_note(TOKEN)
    second.__cause__, first.__context__ = first, second
    structlog.get_logger().error("something.failed", exc_info=ExceptionGroup(EMAIL, [first, second]))

    assert written.is_clean()
    assert "builtins.KeyError" in written.text


async def test_what_the_database_quotes_is_left_out(
    written: Written, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    insert = "insert into users (id, clerk_user_id, email) values (gen_random_uuid(), $1, $1)"
    await admin.execute(insert, EMAIL)
    try:
        await admin.execute(insert, EMAIL)
    except asyncpg.UniqueViolationError:
        structlog.get_logger().exception("something.failed")

    assert written.is_clean()
    assert "sqlstate 23505, table users, constraint" in written.text


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize(
    "name", ["httpx", "uvicorn.error", "uvicorn.access", "sqlalchemy.engine.Engine", "alembic", "a.stranger"]
)
def test_a_library_may_not_mix_data_in(written: Written, name: str, canary: str) -> None:
    library = logging.getLogger(name)
    library.warning("request of %s took %d ms", canary, 17)
    library.warning("of %(who)s", {"who": canary})
    if name not in ("uvicorn.error", "alembic"):
        library.warning(f"request of {canary}")
    library.error("failed", exc_info=ValueError(canary), extra={"email": canary})
    structlog.get_logger().info("the.end")

    assert written.is_clean()


def test_the_servers_own_sentences_stay_readable(written: Written) -> None:
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 4711)

    line = written.lines[0]
    assert (line["event"], line["message"]) == ("library.said", "Started server process [4711]")


def test_the_raw_address_that_the_server_would_log_is_gone(written: Written) -> None:
    logging.getLogger("uvicorn.access").info('%s - "%s %s"', "203.0.113.9:1", "GET", "/people" + QUERY)

    assert written.text == ""


async def test_a_task_that_nobody_awaited_is_told_without_its_message(written: Written) -> None:
    async def fails() -> None:
        raise ValueError(EMAIL)

    asyncio.get_running_loop().call_exception_handler(
        {"message": f"Task exception was never retrieved {EMAIL}", "exception": ValueError(EMAIL)}
    )

    assert written.is_clean()
    assert "builtins.ValueError" in written.text


def test_what_the_interpreter_would_print_goes_through_the_gate(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise ValueError(EMAIL)

    sys.excepthook(ValueError, ValueError(EMAIL), None)
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    warnings.showwarning(UserWarning(EMAIL), UserWarning, "/somewhere/a/module.py", 3)

    assert written.is_clean()
    assert [line["event"] for line in written.lines] == ["process.crashed", "thread.crashed", "python.warned"]
    assert written.lines[2]["at"] == "a/module.py:3"
    assert "canary" not in capsys.readouterr().err


def test_ids_figures_and_names_come_through(written: Written) -> None:
    structlog.get_logger().warning(
        "durable.attempt_failed",
        function="accounts-send-welcome",
        run=str(SCHOOL),
        attempt=2,
        again_in=1.5,
        reason="DatabaseUnreachable",
        event_name="accounts/member.joined",
        revision="0001",
    )

    line = written.lines[0]
    assert line["withheld"] == ["revision"]
    assert (line["function"], line["attempt"], line["level"]) == ("accounts-send-welcome", 2, "warning")
    assert line["event_name"] == "accounts/member.joined"


def test_a_terminal_gets_text_and_development_may_read_messages(restored: None) -> None:
    stream = io.StringIO()
    log.configure("text", messages=True, stream=stream)
    structlog.get_logger().error("something.failed", exc_info=ValueError(f"no seat left for {EMAIL} {TOKEN}"))

    assert "something.failed" in stream.getvalue()
    assert "no seat left for … …" in stream.getvalue()


def test_a_reader_that_went_away_breaks_nothing(restored: None) -> None:
    stream = io.StringIO()
    log.configure("json", stream=stream)
    stream.close()

    structlog.get_logger().info("something.happened")
