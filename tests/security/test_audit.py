"""The audit log: written by every change, changed by nobody, and telling when somebody did."""

from typing import TypeAlias

import asyncpg
import pytest

from coursecove.accounts.audit_check import broken_links
from coursecove.kit.db import Database
from tests.conftest import World

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

UNTOUCHABLE = (
    "update audit_log set action = 'nothing'",
    "delete from audit_log",
    "truncate audit_log",
    "insert into audit_log select * from audit_log limit 1",
    "alter table audit_log disable trigger all",
)
ENTRY = "(organization_id, position) = (select organization_id, 5 from audit_log limit 1)"
TAMPERING = {
    f"update audit_log set after = '{{}}' where {ENTRY}": "was changed",
    f"update audit_log set actor_id = gen_random_uuid() where {ENTRY}": "was changed",
    f"update audit_log set session_id = action, action = 'x' where {ENTRY}": "was changed",
    f"update audit_log set at = at + interval '1 microsecond' where {ENTRY}": "was changed",
    f"delete from audit_log where {ENTRY}": "follows a gap",
    "delete from audit_log where position = 1": "follows a gap",
}
REHASHED = f"""
    update audit_log l set before = '{{}}' where {ENTRY};
    update audit_log l set hash = app.audit_digest(l) where {ENTRY}"""


@pytest.mark.parametrize("sql", UNTOUCHABLE)
async def test_the_service_client_cannot_touch_it(database: Database, sql: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.service() as db:
            await db.value(sql)


@pytest.mark.parametrize("sql", UNTOUCHABLE[:2])
async def test_the_owner_of_the_tables_hits_nothing(admin: Connection, sql: str) -> None:
    await admin.execute("set role coursecove_owner")
    assert (await admin.execute(sql)).endswith(" 0")


async def test_a_chain_as_written_holds(database: Database, world: World) -> None:
    async with database.write(world.music.people["amara"].claims) as db:
        await db.value("update organizations set locale = 'en-US' returning 1")
    async with database.service_read() as db:
        assert await db.value("select count(*) from audit_log") > 80
        assert await broken_links(db) == []


@pytest.mark.parametrize("sql", TAMPERING)
async def test_tampering_shows(database: Database, admin: Connection, sql: str) -> None:
    await admin.execute(sql)
    async with database.service_read() as db:
        assert TAMPERING[sql] in [link.what for link in await broken_links(db)]


async def test_a_forged_digest_breaks_the_next_link(database: Database, admin: Connection) -> None:
    await admin.execute(REHASHED)
    async with database.service_read() as db:
        (link,) = await broken_links(db)
    assert (link.position, link.what) == (6, "does not follow the entry before it")


async def test_who_and_through_which_session_is_written(database: Database, world: World) -> None:
    amara = world.music.people["amara"]
    async with database.write(amara.claims) as db:
        await db.value("update organizations set locale = 'en-US' returning 1")
    async with database.service_read() as db:
        last = "select {} from audit_log where organization_id = $1 order by position desc limit 1"
        assert await db.value(last.format("actor_id"), world.music.id) == amara.member_id
        assert await db.value(last.format("session_id"), world.music.id) == amara.claims.session_id
