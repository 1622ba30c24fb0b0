"""Errors as they may be written down: their types and where they passed, not what they said."""

import linecache
import re
from collections.abc import Iterator
from types import TracebackType

import asyncpg

from coursecove.kit.errors import ProblemError

MOST_FRAMES = 30
LONGEST_MESSAGE = 300

_TOLD = "_coursecove_told"
_SECRETIVE = re.compile(r"\S*@\S*|[A-Za-z0-9_.+/=-]{24,}")


def trace(error: BaseException, *, messages: bool = False) -> str:
    """The chain of errors, innermost cause first, with source lines but without local variables.

    Messages may quote data (`Key (email)=(…) already exists`), so they are left out unless asked for.
    """
    return "\n".join(_lines(error, messages, set()))


def mark_as_told(error: BaseException) -> None:
    """This error stands in the log, so the server need not write it again."""
    vars(error)[_TOLD] = True


def was_told(error: BaseException) -> bool:
    return _TOLD in vars(error)


def _lines(error: BaseException, messages: bool, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _lines(before, messages, seen)
        yield "then:"
    yield from _frames(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}{_facts(error)}"
    if messages and str(error):
        yield "  " + _SECRETIVE.sub("…", str(error).splitlines()[0])[:LONGEST_MESSAGE]
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            if id(each) not in seen:
                yield "of which:"
                yield from _lines(each, messages, seen)


def _frames(trace: TracebackType | None) -> Iterator[str]:
    passed = []
    while trace is not None:
        code = trace.tb_frame.f_code
        line = linecache.getline(code.co_filename, trace.tb_lineno).strip()
        name = "/".join(code.co_filename.replace("\\", "/").split("/")[-3:])
        passed.append(f"  {name}:{trace.tb_lineno} in {code.co_name}: {line}")
        trace = trace.tb_next
    if len(passed) > MOST_FRAMES:
        passed[MOST_FRAMES // 2 : -MOST_FRAMES // 2] = [f"  … {len(passed) - MOST_FRAMES} more …"]
    yield from passed


def _facts(error: BaseException) -> str:
    """What is known of an error beyond its type that names things of ours only."""
    if isinstance(error, asyncpg.PostgresError):
        known = {
            "sqlstate": error.sqlstate,
            "table": getattr(error, "table_name", None),
            "constraint": getattr(error, "constraint_name", None),
        }
        return " (" + ", ".join(f"{name} {value}" for name, value in known.items() if value) + ")"
    if isinstance(error, OSError) and error.errno is not None:
        return f" (errno {error.errno})"
    if isinstance(error, ProblemError):
        return f" (status {error.status})"
    return ""
