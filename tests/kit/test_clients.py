"""The two clients against a real PostgreSQL: who sees what, and what cannot be forged."""

import asyncio
import json

import asyncpg
import pytest

from coursecove.accounts.models import Membership
from coursecove.accounts.roles import Role
from coursecove.kit.db import Claims, Database, SealKey
from coursecove.kit.db.failures import ContextRefused, OnlyToLook
from coursecove.kit.errors import NotFound
from tests.conftest import World

ORGANIZATIONS_SEEN = "select array_agg(distinct organization_id) from organization_memberships"


async def test_a_member_sees_the_rows_of_their_school_alone(database: Database, world: World) -> None:
    async with database.read(world.music.people["amara"].claims) as db:
        assert await db.value(ORGANIZATIONS_SEEN) == [world.music.id]


async def test_claims_for_another_school_show_nothing(database: Database, world: World) -> None:
    claims = Claims(world.yoga.people["lena"].claims.subject, world.music.id, "sess_x")
    async with database.read(claims) as db:
        assert await db.value(ORGANIZATIONS_SEEN) is None
        assert await db.value("select count(*) from organizations") == 0


async def test_a_stranger_without_claims_sees_nothing(database: Database) -> None:
    async with database.read(Claims()) as db:
        assert await db.value(ORGANIZATIONS_SEEN) is None


async def test_a_read_transaction_cannot_write(database: Database, world: World) -> None:
    with pytest.raises(OnlyToLook):
        async with database.read(world.music.people["amara"].claims) as db:
            await db.value("update organizations set locale = 'en-US' returning 1")


async def test_another_seal_is_refused(database: Database, world: World) -> None:
    forged = SealKey(1, b"not the key" * 3).seal("{}")
    with pytest.raises(ContextRefused):
        async with database.anonymous() as db:
            await db.value("select app.enter('{}', $1)", forged)


async def test_expired_claims_are_refused(database: Database) -> None:
    claims = json.dumps({"sub": "user_x", "exp": 1})
    with pytest.raises(ContextRefused):
        async with database.anonymous() as db:
            await db.value("select app.enter($1, $2)", claims, database.config.seal_key.seal(claims))


async def test_an_injected_union_cannot_change_the_school(database: Database, world: World) -> None:
    lena = world.yoga.people["lena"].claims
    forged = json.dumps({"sub": lena.subject, "cc_org": str(world.yoga.id), "exp": 9999999999})
    injected = f"""
        select name from organizations where false
        union all select set_config('request.jwt.claims', '{forged}', true)
        union all select set_config('app.context', '{world.yoga.id}|||SUPER_ADMIN||', true)
        union all select name from organizations"""
    async with database.read(world.music.people["amara"].claims) as db:
        rows = await (await db.connection()).fetch(injected)
        names = {row["name"] for row in rows}
    assert "Stillwater Yoga Studio" not in names


async def test_a_context_of_an_earlier_transaction_is_worthless(database: Database, world: World) -> None:
    async with database.read(world.yoga.people["lena"].claims) as db:
        body = await db.value("select current_setting('app.context')")
        seal = await db.value("select current_setting('app.context_seal')")
    async with database.read(Claims()) as db:
        await db.value(
            "select set_config('app.context', $1, true) || set_config('app.context_seal', $2, true)",
            body,
            seal,
        )
        assert await db.value("select count(*) from organizations") == 0


async def test_a_removal_takes_effect_with_the_next_transaction(
    database: Database, world: World, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    hana = world.music.people["hana"]
    async with database.read(hana.claims) as db:
        assert await db.value(ORGANIZATIONS_SEEN) == [world.music.id]
    await admin.execute(
        "update organization_memberships set status = 'INACTIVE' where id = $1", hana.member_id
    )
    async with database.read(hana.claims) as db:
        assert await db.value(ORGANIZATIONS_SEEN) is None


async def test_new_rows_belong_to_the_callers_school(database: Database, world: World) -> None:
    amara = world.music.people["amara"]
    async with database.write(amara.claims) as db:
        mine = await db.get(Membership, amara.member_id)
        mine.time_zone = "Europe/Madrid"
    async with database.read(amara.claims) as db:
        zone = "select time_zone from organization_memberships where id = $1"
        assert await db.value(zone, amara.member_id) == "Europe/Madrid"


async def test_a_row_of_another_school_is_not_found(database: Database, world: World) -> None:
    with pytest.raises(NotFound):
        async with database.write(world.music.one(Role.SUPER_ADMIN).claims) as db:
            await db.get(Membership, world.yoga.people["lena"].member_id)


async def test_nobody_promotes_themselves(database: Database, world: World) -> None:
    isla = world.music.people["isla"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.write(isla.claims) as db:
            await db.value(
                "update organization_memberships set role = 'SUPER_ADMIN' where id = $1 returning 1",
                isla.member_id,
            )


@pytest.mark.parametrize("way", ["read", "write"])
async def test_a_connection_that_was_cut_is_replaced_unseen(
    database: Database, world: World, admin: "asyncpg.Connection[asyncpg.Record]", way: str
) -> None:
    amara = world.music.people["amara"].claims
    open_transaction = database.read if way == "read" else database.write
    async with open_transaction(amara) as db:
        assert await db.value("select 1") == 1
    await admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where usename = 'coursecove_app' and datname = current_database()"
    )
    await asyncio.sleep(0.2)
    async with open_transaction(amara) as db:
        assert await db.value("select 1") == 1
