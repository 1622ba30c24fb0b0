"""Pages that call the provider: no call inside a transaction, and each transaction looks anew who is there."""

from typing import cast

import pytest

from coursecove.accounts.access import NotAMember
from coursecove.accounts.outside import CalledInsideTransaction, Outside
from coursecove.accounts.permissions import Permission
from coursecove.kit.db import Database
from coursecove.kit.errors import Forbidden
from coursecove.providers.identity import IdentityProvider
from tests.conftest import Someone, World

Admin = "asyncpg.Connection[asyncpg.Record]"
PROVIDER = cast("IdentityProvider", object())


async def _learn(_event_type: str, _answer: bytes) -> None: ...


def _work(database: Database, person: Someone, allow: Permission = Permission.MANAGE_SCHOOL) -> Outside:
    return Outside(database, person.claims, allow=allow, identity=PROVIDER, learn=_learn)


async def test_the_provider_is_out_of_reach_inside_a_transaction(database: Database, world: World) -> None:
    work = _work(database, world.music.people["amara"])
    async with work.read():
        with pytest.raises(CalledInsideTransaction):
            _ = work.identity
        with pytest.raises(CalledInsideTransaction):
            await work.learn("user.updated", b"{}")
        with pytest.raises(CalledInsideTransaction):
            async with work.write():
                pass
    assert work.identity is PROVIDER


async def test_a_failed_transaction_ends_too(database: Database, world: World) -> None:
    work = _work(database, world.music.people["amara"])
    with pytest.raises(ZeroDivisionError):
        async with work.write():
            raise ZeroDivisionError
    assert work.identity is PROVIDER


async def test_each_transaction_asks_anew_who_is_there(
    database: Database, world: World, admin: Admin
) -> None:
    amara = world.music.people["amara"]
    work = _work(database, amara)
    async with work.read():
        pass
    await admin.execute("update organization_memberships set role = 'TEACHER' where id = $1", amara.member_id)
    with pytest.raises(Forbidden):
        async with work.write():
            pass
    await admin.execute(
        "update organization_memberships set status = 'INACTIVE' where id = $1", amara.member_id
    )
    with pytest.raises(NotAMember):
        async with work.read():
            pass


async def test_what_a_transaction_reads_is_the_callers(database: Database, world: World) -> None:
    work = _work(database, world.music.people["isla"], Permission.SEE_SCHOOL)
    async with work.read() as db:
        assert await db.value("select app.member_id()") == world.music.people["isla"].member_id
