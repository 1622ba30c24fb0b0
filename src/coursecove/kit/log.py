"""The log: one line for each thing that happened, with ids and figures and never a word about a person.

Nothing is searched for and removed: only keys listed in `SHAPES` are written, and only where their value has
the shape of an id, a figure or a name that stands in our own source. What has not is named in `withheld`.
Libraries that log through the standard library pass through the same gate.
"""

import logging
import sys
import threading
import types
import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, TextIO
from uuid import UUID

import msgspec
import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, merge_contextvars

from coursecove.kit.log_shapes import EVENT, SHAPES, Sentence
from coursecove.kit.log_traces import mark_as_told, trace, was_told

Fields = MutableMapping[str, Any]

SPEAKS_IN_TEMPLATES: Final = ("uvicorn.error", "alembic")
"""Libraries whose message templates are fixed sentences; their arguments are shown where they are figures."""

TOO_TALKATIVE: Final = ("sqlalchemy", "httpx", "httpcore", "opentelemetry")
"""At INFO they write statements and addresses; from them only warnings are taken."""

_ALWAYS = ("timestamp", "level", "event")


def configure(
    form: Literal["auto", "json", "text"] = "auto",
    *,
    messages: bool = False,
    level: int = logging.INFO,
    stream: TextIO | None = None,
) -> None:
    """Route everything to one stream, standard error unless told otherwise.

    `messages` adds what errors say of themselves, which may quote data: for development alone.
    """
    out = stream or sys.stderr
    text = form == "text" or (form == "auto" and out.isatty())
    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _Gate(messages=messages),
            structlog.dev.ConsoleRenderer(colors=out.isatty()) if text else _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Lines(out),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries(level)
    _take_over_crashes()


def bind(**ids: UUID | str | None) -> None:
    """From here on every line of this request or run carries these: `bind(school_id=…, member_id=…)`."""
    bind_contextvars(**{name: value for name, value in ids.items() if value is not None})


@contextmanager
def bound(**ids: UUID | str | None) -> Iterator[None]:
    """Within the block every line carries these."""
    with bound_contextvars(**{name: value for name, value in ids.items() if value is not None}):
        yield


def unbind_all() -> None:
    """A new request starts: nothing of the one before may stick to its lines."""
    clear_contextvars()


class _Gate:
    """Lets through what `SHAPES` names; writes errors as their types and places."""

    def __init__(self, *, messages: bool) -> None:
        self._messages = messages

    def __call__(self, _logger: object, _method: str, fields: Fields) -> Fields:
        error = _error(fields.pop("exc_info", None))
        passed: Fields = {name: fields.pop(name) for name in _ALWAYS if name in fields}
        withheld = []
        if not EVENT.allows(passed.get("event")):
            passed["event"] = "unnamed"
            withheld.append("event")
        for name, value in fields.items():
            shape = SHAPES.get(name)
            plain = _plain(value)
            if shape is not None and shape.allows(plain):
                passed[name] = str(plain) if isinstance(plain, str) else plain
            elif value is not None:
                withheld.append(name if name.isidentifier() else "?")
        if withheld:
            passed["withheld"] = withheld
        if error is not None:
            mark_as_told(error)
            passed["exception"] = trace(error, messages=self._messages)
        return passed


class _Lines:
    """Writes lines; a reader that went away must not turn requests into failures."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    debug = info = warning = warn = error = critical = fatal = failure = log = msg


class _FromLibraries(logging.Handler):
    """A library's record as one of our lines."""

    def emit(self, record: logging.LogRecord) -> None:
        error = _error(record.exc_info)
        if error is not None and was_told(error):
            return
        structlog.get_logger().log(
            record.levelno,
            "library.said",
            logger=record.name,
            at=place(record.pathname, record.lineno),
            message=_sentence(record),
            exc_info=error,
        )


def place(filename: str, line: int) -> str:
    """`web/app.py:12`: enough to find it, nothing about the machine."""
    return f"{'/'.join(Path(filename).parts[-2:])}:{line}"


def _sentence(record: logging.LogRecord) -> Sentence | None:
    """The fixed part of the message, or None where a library may have mixed data into it."""
    if not record.name.startswith(SPEAKS_IN_TEMPLATES) or not isinstance(record.msg, str):
        return None
    given = record.args if isinstance(record.args, tuple) else ()
    with suppress(TypeError, ValueError):
        shown = tuple(value if isinstance(value, int | float) else _Unsaid() for value in given)
        return Sentence((record.msg % shown if shown else record.msg).strip())
    return None


class _Unsaid:
    def __str__(self) -> str:
        return "…"


def _take_over_libraries(level: int) -> None:
    logging.root.handlers[:] = [_FromLibraries()]
    logging.root.setLevel(level)
    for name in TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = name != "uvicorn.access"  # it writes raw addresses; our own line replaces it


def _take_over_crashes() -> None:
    """What would be printed to standard error by the interpreter is a log path too."""
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed
    warnings.showwarning = _warned


def _crashed(kind: type[BaseException], error: BaseException, _trace: types.TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().critical("process.crashed", exc_info=error)


def _thread_crashed(args: threading.ExceptHookArgs) -> None:
    structlog.get_logger().critical("thread.crashed", exc_info=args.exc_value)


def _warned(  # noqa: PLR0917 - the interpreter's own signature
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    structlog.get_logger().warning("python.warned", kind=category.__name__, at=place(filename, lineno))


def _error(given: object) -> BaseException | None:
    if given is True:
        return sys.exc_info()[1]
    if isinstance(given, tuple):
        return given[1] if len(given) > 1 and isinstance(given[1], BaseException) else None
    return given if isinstance(given, BaseException) else None


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, UUID) else value


def _as_json(_logger: object, _method: str, fields: Mapping[str, Any]) -> str:
    return msgspec.json.encode(fields).decode()
