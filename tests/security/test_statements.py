"""Every statement of the source fits the schema, its role's rights, and the types that the code gives it."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import asyncpg
import pytest

from coursecove.kit.db.reading import Connection
from tests.security.stage import Stage
from tests.security.statements.checking import complaints
from tests.security.statements.finding import (
    LOGIN,
    MEMBER,
    SERVICE,
    Statement,
    every_statement,
    uncovered_texts,
)

EVERY = every_statement()


@asynccontextmanager
async def connected(stage: Stage, client: str) -> AsyncIterator[Connection]:
    """Inside a transaction of one of the clients; the member is an owner."""
    if client == SERVICE:
        connection = await asyncpg.connect(stage.config.service_url)
        try:
            await connection.execute("begin")
            yield connection
        finally:
            await connection.close()
    else:
        actor = stage.actor("owner" if client == MEMBER else "bare login")
        async with stage.as_(actor) as connection:
            yield connection


async def wrong(stage: Stage, statement: Statement) -> list[str]:
    name = statement.place
    while name not in sys.modules:
        name = name.rpartition(".")[0]
    async with connected(stage, statement.client) as connection:
        return await complaints(connection, statement, vars(sys.modules[name]))


@pytest.mark.parametrize("statement", EVERY, ids=lambda each: f"{each.place.removeprefix('coursecove.')}")
async def test_statement_fits(stage: Stage, statement: Statement) -> None:
    assert await wrong(stage, statement) == []


def test_no_statement_of_the_source_is_overlooked() -> None:
    assert uncovered_texts(EVERY) == []
    without = [each for each in EVERY if not each.place.endswith("accounts.queries.SCHOOL")]
    assert len(uncovered_texts(without)) == 1
    assert len({each.sql for each in EVERY}) > 50


@dataclass(frozen=True)
class School:
    id: UUID
    name: str


GOOD = Statement(
    f"{__name__}.GOOD", "select id, name from organizations where id = $1", MEMBER, School, False, (UUID,)
)
BAD = {
    "UndefinedColumnError": replace(GOOD, sql="select id, title from organizations where id = $1"),
    "the columns are name, id": replace(GOOD, sql="select name, id from organizations where id = $1"),
    "School.name is str, the column is int8": replace(
        GOOD, sql="select id, 1::bigint as name from organizations where id = $1"
    ),
    "School.name is str, the column is text[]": replace(
        GOOD, sql="select id, array[name] as name from organizations where id = $1"
    ),
    "$1 is uuid, not str": replace(GOOD, arguments=(str,)),
    "2 arguments for 1 parameters": replace(GOOD, arguments=(UUID, int)),
    "permission denied for table webhook_events": replace(
        GOOD, sql="select id, webhook_id as name from webhook_events where id = $1"
    ),
    "permission denied for table organizations": replace(GOOD, client=LOGIN),
    "permission denied for function mac": replace(
        GOOD, sql="select id, app.mac(name, 1)::text as name from organizations where id = $1"
    ),
    "permission denied for function provision_me": replace(
        GOOD, sql="select $1::uuid as id, app.provision_me($1)::text as name", client=SERVICE
    ),
}


async def test_a_good_statement_is_not_refused(stage: Stage) -> None:
    assert await wrong(stage, GOOD) == []


@pytest.mark.parametrize("said", BAD)
async def test_a_bad_statement_is_refused(stage: Stage, said: str) -> None:
    assert said in " ".join(await wrong(stage, BAD[said]))
