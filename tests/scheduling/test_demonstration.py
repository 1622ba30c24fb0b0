"""The demo schools as newcomers find them: lessons around today, and learners who are on their way."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest_asyncio

from coursecove import demo
from coursecove.cli import migrating
from coursecove.kit.db import Database
from tests.conftest import Server, _execute

LESSONS = """
    select o.name, count(*) as lessons, count(*) filter (where b.status = 'cancelled') as cancelled,
           count(*) filter (where b.ends_at < now()) as held, count(a.id) as noted, count(distinct b.student_id) as students,
           count(*) filter (where b.starts_at between now() - interval '21 days' and now() + interval '28 days') as near
      from bookings b join organizations o on o.id = b.organization_id
      left join attendance a on a.organization_id = b.organization_id and a.booking_id = b.id group by 1 order by 1"""
LEARNERS = """
    select count(distinct e.member_id) as learners, count(distinct p.member_id) as on_their_way
      from enrolments e left join lesson_progress p on p.organization_id = e.organization_id and p.member_id = e.member_id
     where e.status = 'active'"""


@pytest_asyncio.fixture
async def lively(server: Server) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    name = f"coursecove_test_{uuid4().hex[:8]}"
    await _execute(server.url, f"create database {name} template template0")
    await migrating.migrate(server.named(name), server.settings.provision())
    database = await Database.open(server.settings.database_config(server.named(name)))
    assert await demo.seed(database, lively=True)
    assert not await demo.seed(database, lively=True)
    await database.close()
    connection = await asyncpg.connect(server.named(name))
    yield connection
    await connection.close()
    await _execute(server.url, f"drop database {name} with (force)")


async def test_lessons_surround_today_and_learners_are_on_their_way(
    lively: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    schools = await lively.fetch(LESSONS)
    assert [school["name"] for school in schools] == ["Harbour Music School", "Stillwater Yoga Studio"]
    for school in schools:
        assert school["lessons"] == school["near"] > 20
        assert school["held"] == school["noted"] > 0
        assert 0 < school["cancelled"] < 5
        assert school["students"] > 10
    learners = await lively.fetchrow(LEARNERS)
    assert learners is not None
    assert learners["learners"] == 2 * demo.LEARNERS
    assert 0 < learners["on_their_way"] < learners["learners"]
