"""What the database refuses, in our own words: constraint names and conditions become errors of the family."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from coursecove.kit.errors import Conflict, Forbidden, ProblemError, Unavailable

_by_constraint: dict[str, type[ProblemError]] = {}


class DatabaseUnreachable(Unavailable):
    """The database does not answer at the moment. Nothing was lost; please try again shortly."""


class TookTooLong(Unavailable):
    """This took longer than it may. Nothing was changed; please try again."""


class OnlyToLook(Forbidden):
    """You may look at this, but not change it. Nothing was changed."""


class ContextRefused(ProblemError):
    """The database does not accept our seal: run `coursecove migrate` with this installation's secret key."""


def on_violation(constraint: str, error: type[ProblemError]) -> None:
    """Say `error` when the constraint of this name is violated. Called by the domain that owns it."""
    _by_constraint[constraint] = error


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Within the block, the driver's errors that have a meaning leave as errors of our own family."""
    try:
        yield
    except (OSError, PoolTimeoutError, TimeoutError, asyncpg.InterfaceError) as failure:
        if isinstance(failure, asyncpg.InterfaceError) and "closed" not in str(failure):
            raise
        raise DatabaseUnreachable from failure
    except asyncpg.PostgresError as failure:
        raise _meaning(failure) from failure
    except DBAPIError as failure:
        cause = _driver_error(failure)
        if isinstance(cause, asyncpg.PostgresError):
            raise _meaning(cause) from failure
        if failure.connection_invalidated:
            raise DatabaseUnreachable from failure
        raise


def _driver_error(failure: BaseException) -> BaseException | None:
    """SQLAlchemy wraps twice; the innermost cause is asyncpg's own."""
    cause: BaseException | None = failure
    while cause is not None and not isinstance(cause, asyncpg.PostgresError):
        cause = getattr(cause, "orig", None) or cause.__cause__
    return cause


def _meaning(failure: asyncpg.PostgresError) -> BaseException:
    state = failure.sqlstate or ""
    if state.startswith("23"):
        error = _by_constraint.get(getattr(failure, "constraint_name", None) or "")
        return error() if error else failure
    if state.startswith(("08", "57P", "53")):
        return DatabaseUnreachable()
    known = _by_state.get(state)
    return known() if known else failure


_by_state: dict[str, type[ProblemError]] = {
    "57014": TookTooLong,
    "25006": OnlyToLook,
    "28000": ContextRefused,
    "40001": Conflict,
    "40P01": Conflict,
    "55P03": Conflict,
}
