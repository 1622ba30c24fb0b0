"""Signing keys: sealed, shared by all processes, changed without anybody noticing."""

import asyncio

import jwt
import pytest

from coursecove_identity.clock import HOUR, MINUTE, SECOND, moved
from coursecove_identity.keys import Keys
from coursecove_identity.policy import Policy
from coursecove_identity.signing import SigningKey
from coursecove_identity.vault import SealBroken, Vault


@pytest.fixture
async def fresh(provider):
    """Before there is any key."""
    async with provider.store.transaction() as db:
        await db.execute("delete from identity.signing_keys")
    yield provider
    async with provider.store.transaction() as db:
        await db.execute("delete from identity.signing_keys")


def kids(published):
    return [entry["kid"] for entry in published["keys"]]


def process(provider):
    """Another process of the installation."""
    return Keys(provider.store, provider.vault, provider.policy)


async def test_processes_that_start_together_share_one_key(fresh):
    keys = await asyncio.gather(*(process(fresh).current() for _ in range(4)))
    assert {key.kid for key in keys} == {await fresh.prepare()}


async def test_a_new_key_is_published_before_it_is_used_and_the_old_one_after(fresh):
    before = await fresh.keys.current()
    row = await fresh.keys.rotate()
    other = process(fresh)
    assert (await other.current()).kid == before.kid
    assert kids(await other.jwks()) == [before.kid, row.kid]
    with moved(10 * MINUTE - SECOND):
        assert (await process(fresh).current()).kid == before.kid
    with moved(10 * MINUTE + SECOND):
        assert (await process(fresh).current()).kid == row.kid
        assert (await other.current()).kid == row.kid
        assert kids(await process(fresh).jwks()) == [before.kid, row.kid]
    with moved(10 * MINUTE + HOUR + SECOND):
        assert kids(await process(fresh).jwks()) == [row.kid]
        async with fresh.store.transaction() as db:
            await fresh.keys.forget_retired(db)
            assert await db.fetchval("select count(*) from identity.signing_keys") == 1


async def test_every_process_knows_a_key_before_it_is_used(fresh):
    """One that looked just before the change looks again in time."""
    other = process(fresh)
    await other.current()
    row = await fresh.keys.rotate()
    with moved(31 * SECOND):
        assert row.kid in kids(await other.jwks())


async def test_a_key_that_leaked_is_out_at_once(fresh):
    before = await fresh.keys.current()
    row = await fresh.keys.rotate(at_once=True)
    assert (await fresh.keys.current()).kid == row.kid
    assert kids(await process(fresh).jwks()) == [row.kid]
    assert before.kid not in kids(await fresh.keys.jwks())


async def test_names_never_come_twice(fresh):
    instance = await fresh.prepare()
    await fresh.keys.current()
    names = [(await fresh.keys.rotate(at_once=True)).kid for _ in range(3)]
    assert names == [f"{instance}-{number}" for number in (2, 3, 4)]


async def test_changes_in_quick_succession_keep_one_key_in_use(fresh):
    first = await fresh.keys.current()
    second, third = await fresh.keys.rotate(), await fresh.keys.rotate()
    with moved(5 * MINUTE):
        assert (await process(fresh).current()).kid == first.kid
    with moved(11 * MINUTE):
        assert (await process(fresh).current()).kid == third.kid
        assert {second.kid, third.kid} <= set(kids(await process(fresh).jwks()))


async def test_the_database_alone_signs_nothing(fresh):
    key = await fresh.keys.current()
    async with fresh.store.reading() as db:
        sealed = await db.fetchval("select private_sealed from identity.signing_keys")
    with pytest.raises(ValueError, match="key"):
        SigningKey.opened(sealed, key.kid)
    with pytest.raises(SealBroken):
        await Keys(fresh.store, Vault(b"another secret"), Policy()).current()


def test_a_seal_holds_for_its_own_place_only():
    vault = Vault(b"secret")
    sealed = vault.seal(b"plain", "totp user_1")
    assert vault.open(sealed, "totp user_1") == b"plain"
    for broken, about in (
        (sealed, "totp user_2"),
        (sealed[:-1] + b"\0", "totp user_1"),
        (b"", "totp user_1"),
    ):
        with pytest.raises(SealBroken):
            vault.open(broken, about)


async def test_tokens_of_the_old_key_stay_good_for_the_change(fresh):
    key = await fresh.keys.current()
    text = key.sign({"sub": "user_1"})
    await fresh.keys.rotate()
    with moved(11 * MINUTE):
        published = {entry["kid"]: jwt.PyJWK(entry) for entry in (await process(fresh).jwks())["keys"]}
        assert jwt.decode(text, published[key.kid], ["RS256"])["sub"] == "user_1"
