"""`coursecove dev`: everything that a newcomer needs, from an empty folder to a page in the browser."""

import asyncio
import hashlib
import os
import sys
from pathlib import Path

import asyncpg

from coursecove import settings
from coursecove.cli.supervisor import REFUSED, Plan, supervise
from coursecove.kit.db.provision import check_version
from coursecove.kit.errors import ProblemError
from coursecove.kit.processes import Command, say

PACKAGE = Path(__file__).parents[1]


class DatabaseUnreachable(ProblemError):
    """The database in DATABASE_URL does not answer"""


class NotFreshable(ProblemError):
    """--fresh starts over with the private database, and DATABASE_URL names another: empty that one yourself,
    or unset DATABASE_URL."""


def run_dev(
    *,
    port: int = 8000,
    host: str = "127.0.0.1",
    data: Path | None = None,
    fresh: bool = False,
    workers: int = 1,
) -> int:
    """Run until Ctrl-C; the exit code, 2 with one sentence where nothing was started or changed."""
    folder = (data or Path(os.environ.get("COURSECOVE_DATA") or ".coursecove/dev")).absolute()
    chosen = {"COURSECOVE_PORT": str(port), "COURSECOVE_HOST": host, "COURSECOVE_DATA": str(folder)}
    os.environ.update(chosen)
    try:
        current = settings.load()
        if current.database.url:
            if fresh:
                raise NotFreshable
            asyncio.run(check_database(current.database.url))
    except ProblemError as refusal:
        say(refusal.message)
        return REFUSED
    return supervise(
        Plan(
            host=host,
            port=port,
            data=folder,
            fresh=fresh,
            database_url=current.database.url,
            prepare=[_ours("migrate"), _ours("seed")],
            services=[_ours("web", "--port", str(port)), *(_ours("worker") for _ in range(workers))],
            state_of_code=state_of_code(),
            ready_host=current.root_domain,
            welcome=lambda: _welcome(current),
        )
    )


def _welcome(current: settings.Settings) -> str:
    from coursecove.cli.welcome import welcome  # noqa: PLC0415 - loads models while the site starts, not before

    return welcome(current)


async def check_database(url: str) -> None:
    """Refuse what cannot work before anything is started or changed."""
    from coursecove.migrations.run import refuse_strangers  # noqa: PLC0415 - a private database needs no such look

    try:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            check_version(connection)
            await refuse_strangers(connection)
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError) as error:
        reason = str(error) or "no answer within 10 s"
        raise DatabaseUnreachable(f"{DatabaseUnreachable.title()}: {reason}.") from error


def state_of_code() -> str:
    """Changes with any line that migrations or demo data may depend on."""
    digest = hashlib.sha256(os.environ.get("COURSECOVE_SECRET_KEY", "").encode())
    for source in sorted(PACKAGE.rglob("*.py")):
        digest.update(str(source).encode() + source.read_bytes())
    return digest.hexdigest()


def _ours(name: str, *arguments: str) -> Command:
    return Command(name, [sys.executable, "-m", "coursecove", name, *arguments])
