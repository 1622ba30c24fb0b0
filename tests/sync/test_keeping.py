"""What is kept for how long: bodies, webhooks, the data of closed schools; and how a school is opened again."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from coursecove.accounts.functions import functions as all_functions
from coursecove.accounts.models import Membership
from coursecove.accounts.sync import keeping
from coursecove.kit.db import Database
from coursecove.kit.durable import Functions
from coursecove.kit.durable.embedded import Embedded
from coursecove.kit.durable.worker import Worker
from tests.conftest import World
from tests.sync.provider import deleted, membership, organization, user
from tests.sync.stage import Stage, eventually

MARA = "user_mara"
KEEP = keeping.Keep(bodies=30, webhooks=365, closed_schools=30)


async def aged(stage: Stage, days: float) -> None:
    await stage.admin.execute(
        "update webhook_events set created_at = created_at - $1::interval", timedelta(days=days)
    )


async def test_bodies_go_after_a_month_and_all_of_it_after_a_year(stage: Stage) -> None:
    await stage.tell("user.created", user(MARA), "msg_1")
    await stage.tell("session.created", {"id": "sess_1", "user": {"first_name": "Mara"}}, "msg_2")
    await aged(stage, 29)
    async with stage.database.service() as db:
        assert await keeping.redact_some(db, KEEP.bodies) == 0
    await aged(stage, 2)
    async with stage.database.service() as db:
        assert await keeping.redact_some(db, KEEP.bodies) > 0
        assert await keeping.redact_some(db, KEEP.bodies) == 0
    for webhook_id in ("msg_1", "msg_2"):
        kept = await stage.webhook(webhook_id)
        assert (kept["body"], kept["payload"], kept["redacted_at"] is None) == (None, None, False)
    await stage.tell("user.created", user(MARA), "msg_1")  # still known
    assert (await stage.webhook("msg_1"))["deliveries"] == 2
    await aged(stage, 335)
    async with stage.database.service() as db:
        assert await keeping.forget_some(db, KEEP.webhooks) > 0
    assert await stage.webhook("msg_1") is None


async def test_what_still_waits_keeps_its_body(stage: Stage) -> None:
    await stage.tell("user.created", user(MARA), "msg_1")
    await stage.admin.execute(
        "update webhook_events set status = 'pending', next_attempt_at = now() where webhook_id = 'msg_1'"
    )
    await aged(stage, 400)
    async with stage.database.service() as db:
        await keeping.redact_some(db, KEEP.bodies)
        await keeping.forget_some(db, KEEP.webhooks)
    assert (await stage.webhook("msg_1"))["body"] is not None


@pytest.fixture
def close_music(stage: Stage, world: World) -> Any:
    async def close() -> str:
        found = await stage.one(
            "select clerk_organization_id as id from organizations where id = $1", world.music.id
        )
        await stage.tell("organization.deleted", deleted("organization", found["id"]))
        return str(found["id"])

    return close


async def test_a_closed_school_is_shut_with_the_next_transaction_and_opened_again(
    stage: Stage, world: World, close_music: Any
) -> None:
    owner = world.music.people["amara"]
    external_id = await close_music()
    await stage.tell(
        "organizationMembership.created", membership("orgmem_late", organization(external_id), user(MARA))
    )
    async with stage.database.read(owner.claims) as db:
        assert await db.value("select count(*) from organization_memberships") == 0
    async with stage.database.service() as db:
        assert await db.value("select app.reopen_school($1)", world.music.id)
        assert not await db.value("select app.reopen_school($1)", world.music.id)
    async with stage.database.read(owner.claims) as db:
        assert await db.value("select count(*) from organization_memberships") > 50
    assert (await stage.member(MARA))["status"] == "ACTIVE"  # who came while it was closed
    host = await stage.one("select status, until from hostnames where name = 'musicschool'")
    assert (host["status"], host["until"]) == ("current", None)
    assert await stage.facts("accounts/organization.reopened")


async def test_within_its_grace_a_closed_school_keeps_its_data(
    stage: Stage, world: World, close_music: Any
) -> None:
    await close_music()
    async with stage.database.service() as db:
        assert await keeping.end_grace(db, KEEP.closed_schools) == 0
        assert not await keeping.purge_some(db, KEEP.closed_schools, world.music.id)
        assert await db.value("select count(*) from organizations where id = $1", world.music.id) == 1


async def test_after_its_grace_a_closed_school_is_purged_by_the_worker(
    stage: Stage, world: World, close_music: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "ROWS_AT_ONCE", 20)
    external_id = await close_music()
    await stage.admin.execute(
        "update organizations set closed_at = now() - interval '31 days' where status = 'DELETED'"
    )
    async with stage.database.service() as db:
        assert await keeping.end_grace(db, KEEP.closed_schools) == 1
        assert await keeping.end_grace(db, KEEP.closed_schools) == 1  # said once, however often it is seen
    await _worked(stage.database, lambda: _gone(stage, world))
    for table in keeping.tables_of_schools():
        assert (
            await stage.admin.fetchval(
                f"select count(*) from {table.name} where organization_id = $1", world.music.id
            )
            == 0
        )
    assert (
        await stage.admin.fetchval("select count(*) from organization_memberships") > 20
    )  # the other school's
    host = await stage.one(
        "select organization_id, status, until > now() + interval '89 days' as held from hostnames where name = 'musicschool'"
    )
    assert tuple(host) == (None, "held", True)
    await stage.tell(
        "organizationMembership.created", membership("orgmem_late", organization(external_id), user(MARA))
    )
    assert (
        await stage.admin.fetch("select from organizations where clerk_organization_id = $1", external_id)
        == []
    )


async def test_without_a_grace_it_goes_at_once(stage: Stage, world: World, close_music: Any) -> None:
    await close_music()
    await _worked(stage.database, lambda: _gone(stage, world), replace(KEEP, closed_schools=0))


def test_every_table_of_a_school_is_purged() -> None:
    names = [table.name for table in keeping.tables_of_schools()]
    assert Membership.__tablename__ in names
    assert names.index("guardianships") < names.index(Membership.__tablename__)
    assert not {"users", "organizations", "hostnames", "audit_log"} & set(names)


async def _gone(stage: Stage, world: World) -> bool:
    return not await stage.admin.fetchval("select count(*) from organizations where id = $1", world.music.id)


async def _worked(database: Database, done: Any, keep: keeping.Keep = KEEP) -> None:
    wanted = ("look_at_grace", "purge_school")
    functions = Functions(each for each in all_functions(keep) if each.handler.__name__ in wanted)
    worker = Worker(Embedded(functions, database), grace=5)
    running = asyncio.create_task(worker.run())
    try:
        await eventually(done, 30)
    finally:
        worker.stop()
        await running
