"""What a hostile statement gets hold of: nothing, each probe says."""

import asyncio

import asyncpg
import pytest

from tests.security.forgery import Probe
from tests.security.mutants import PROBES
from tests.security.stage import Stage


@pytest.mark.parametrize(
    "probe",
    PROBES,
    ids=lambda probe: probe.__name__,
)
async def test_nothing_comes_of(stage: Stage, probe: Probe) -> None:
    assert await probe(stage) == []


async def test_a_listener_hears_that_but_not_what(stage: Stage) -> None:
    heard: list[str] = []
    listener = await asyncpg.connect(stage.config.app_url)
    await listener.add_listener("coursecove_durable", lambda *message: heard.append(message[-1]))
    resting = await asyncpg.connect(stage.url)
    await resting.execute(
        "select pg_advisory_lock(hashtextextended('coursecove:awake', 0))"
    )  # as a worker at rest
    admin = await asyncpg.connect(stage.url)
    await admin.execute(
        "insert into events (organization_id, id, name, data, occurred_at)"
        " values (gen_random_uuid(), gen_random_uuid(), 'something/secret', '{}', now())"
    )
    async with asyncio.timeout(5):
        while not heard:
            await listener.fetchval("select 1")
    await admin.close()
    await resting.close()
    await listener.close()
    assert set(heard) == {""}
