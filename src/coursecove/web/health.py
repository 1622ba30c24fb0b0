"""What machines ask the process: does it live, can it serve, how is it doing. Answered on any host."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hmac import compare_digest
from typing import Final

import asyncpg
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from coursecove.kit.db import Claims, Database
from coursecove.kit.db.provision import check_user_client
from coursecove.kit.errors import ProblemError
from coursecove.kit.metrics import CONTENT_TYPE, Metrics
from coursecove.kit.web.requests_log import is_local
from coursecove.migrations.run import head

ANY_HOST: Final = frozenset({"/healthz", "/readyz", "/metrics"})
PATIENCE: Final = 2.0
REMEMBERED: Final = 1.0
_FRESH = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Failing:
    """A check that keeps this process from serving, and what it found."""

    check: str
    detail: str


class Readiness:
    """Looks whether this process could serve a page now; looks at most once a second, however many ask."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._head = head()
        self._looked_at = float("-inf")
        self._looking: asyncio.Task[Failing | None] | None = None

    async def failing(self) -> Failing | None:
        """The first check that fails, or None where the process is ready."""
        now = time.monotonic()
        if self._looking is None or (self._looking.done() and now - self._looked_at > REMEMBERED):
            self._looked_at = now
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> Failing | None:
        current = "database"
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                for current, check in self._checks():
                    detail = await _said(check)
                    if detail is not None:
                        return Failing(current, detail)
            return None
        return Failing(current, f"The database did not answer within {PATIENCE:g} seconds.")

    def _checks(self) -> tuple[tuple[str, Callable[[], Awaitable[str | None]]], ...]:
        return (
            ("database", self._reachable),
            ("migrated", self._migrated),
            ("user client", self._bound),
            ("seal", self._sealed),
        )

    async def _reachable(self) -> str | None:
        async with self._database.service_read() as service, self._database.anonymous() as app:
            await service.value("select 1")
            await app.value("select 1")
        return None

    async def _migrated(self) -> str | None:
        try:
            async with self._database.service_read() as db:
                found = await db.value("select max(version_num) from app.alembic_version")
        except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
            found = None
        if found == self._head:
            return None
        return (
            f"The database is at revision {found}, this program needs {self._head}: run `coursecove migrate`."
        )

    async def _bound(self) -> str | None:
        async with self._database.anonymous() as db:
            await check_user_client(await db.connection())
        return None

    async def _sealed(self) -> str | None:
        async with self._database.read(Claims()):
            return None


async def _said(check: Callable[[], Awaitable[str | None]]) -> str | None:
    """What a check found wrong; of the database's own words none are passed on."""
    try:
        return await check()
    except ProblemError as problem:
        return problem.message
    except asyncpg.InvalidPasswordError:
        return "The database does not accept our password: run `coursecove migrate` with this secret key."
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
        return f"The database refused ({type(failure).__name__})."


def routes(database: Database, metrics: Metrics, metrics_token: SecretStr | None = None) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`; give `ANY_HOST` to the host gate."""
    readiness = Readiness(database)

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_FRESH)

    async def readyz(_: Request) -> Response:
        failing = await readiness.failing()
        if failing is None:
            return JSONResponse({"status": "ready"}, headers=_FRESH)
        problem = {"type": "about:blank", "title": "Not ready", "status": 503} | asdict(failing)
        return JSONResponse(problem, 503, _FRESH | {"retry-after": "1"}, "application/problem+json")

    async def show_metrics(request: Request) -> Response:
        if not _may_read_metrics(request, metrics_token):
            return PlainTextResponse("There is nothing at this address.", 404, _FRESH)
        return Response(await metrics.exposition(database), headers=_FRESH | {"content-type": CONTENT_TYPE})

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", show_metrics, methods=["GET"]),
    ]


def _may_read_metrics(request: Request, token: SecretStr | None) -> bool:
    """From this machine, or with the token; everybody else finds nothing here."""
    if is_local(request.scope):
        return True
    if token is None:
        return False
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    wanted = token.get_secret_value().encode()
    return scheme.lower() == "bearer" and compare_digest(given.strip().encode(), wanted)
