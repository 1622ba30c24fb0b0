"""People, addresses and sessions as rows, and what the provider's role may not do."""

import asyncpg
import pytest

from coursecove_identity import emails, sessions, users


async def test_updated_at_strictly_rises(db):
    made = await users.create(db, first_name="Mara")
    seen = [made.updated_at]
    for name in ("Maja", "Mia", "Mo"):
        changed = await users.change(db, made.id, first_name=name)
        assert changed is not None
        seen.append(changed.updated_at)
    assert seen == sorted(set(seen))


async def test_an_address_has_one_owner_once_verified(db):
    first, second = await users.create(db), await users.create(db)
    await emails.add(db, first.id, "mara@example.com", strategy="email_code", verified=True, primary=True)
    await emails.add(db, second.id, "Mara@Example.com", strategy="email_code", verified=False)
    found = await users.by_email(db, "MARA@example.com")
    assert found is not None
    assert found.id == first.id
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.transaction():
            await emails.add(db, second.id, "mara@example.COM", strategy="admin", verified=True)


async def test_one_address_is_primary(db):
    user = await users.create(db)
    await emails.add(db, user.id, "a@example.com", strategy="email_code", verified=True, primary=True)
    later = await emails.add(db, user.id, "b@example.com", strategy="email_code", verified=True, primary=True)
    assert [each.is_primary for each in await emails.of_user(db, user.id)] == [True, False]
    primary = await emails.primary_of(db, user.id)
    assert primary is not None
    assert primary.id == later.id


@pytest.mark.parametrize(
    "sql",
    [
        "select * from public.users",
        "select * from app.seal_keys",
        "update identity.audit_log set action = 'x'",
        "delete from identity.audit_log",
        "truncate identity.audit_log",
        "delete from identity.schema_versions",
        "create table identity.mine (id integer)",
    ],
)
async def test_the_role_stays_within_its_rights(db, sql):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction():
            await db.execute(sql)


@pytest.mark.parametrize("sql", ["update identity.audit_log set action = 'x'", "truncate identity.audit_log"])
async def test_nobody_changes_the_audit_log(admin, sql):
    with pytest.raises(asyncpg.RestrictViolationError):
        await admin.execute(sql)


async def test_the_products_roles_see_no_accounts(database):
    async with database.service_read() as read:
        connection = await read.connection()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from identity.users")


async def test_sessions_end_once(db):
    user = await users.create(db)
    await db.execute(
        "insert into identity.clients values ('client_0000', 'x', 1, 1), ('client_0001', 'y', 1, 1)"
    )
    first = await sessions.start(db, user.id, "client_0000", lifetime_ms=1000)
    second = await sessions.start(db, user.id, "client_0001", lifetime_ms=1000)
    assert {each.id for each in await sessions.open_of_user(db, user.id)} == {first.id, second.id}
    assert [each.id for each in await sessions.end_all(db, user.id, "revoked", but=first.id)] == [second.id]
    assert await sessions.end(db, second.id, "ended") is None
