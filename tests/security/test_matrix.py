"""Who can do what with whose rows: tried for every table that exists, and compared with what was agreed."""

import pytest_asyncio

from tests.security.conftest import Agreed
from tests.security.matrix import Matrix, breaches, observe, rendered
from tests.security.stage import Stage


@pytest_asyncio.fixture(scope="module")
async def observed(stage: Stage) -> Matrix:
    return await observe(stage)


async def test_nothing_of_another_school_is_within_reach(observed: Matrix) -> None:
    assert breaches(observed) == []


async def test_the_matrix_is_the_agreed_one(observed: Matrix, agreed: Agreed) -> None:
    agreed.on("matrix.txt", rendered(observed))


async def test_every_table_has_been_tried(stage: Stage, observed: Matrix) -> None:
    assert {table for _, table, _ in observed} == stage.tables.keys()
    untried = [table for table in stage.tables if (table, "foreign") not in stage.specimens]
    assert untried == []


async def test_a_breach_would_be_seen(observed: Matrix) -> None:
    assert breaches({**observed, ("student", "events", "select"): "foreign"})
    assert breaches({**observed, ("inactive", "events", "select"): "mine"})
