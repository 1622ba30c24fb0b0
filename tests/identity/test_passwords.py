"""How passwords are kept."""

from argon2 import PasswordHasher, extract_parameters

from coursecove_identity import passwords
from coursecove_identity.passwords import Weakness, weakness
from coursecove_identity.policy import Policy
from tests.identity.visiting import PASSWORD


async def test_the_parameters_are_those_of_the_policy(provider):
    found = extract_parameters(await provider.hasher.hash(PASSWORD))
    assert (found.type.name, found.time_cost, found.memory_cost, found.parallelism) == ("ID", 2, 19_456, 1)


async def test_old_parameters_are_replaced_when_somebody_signs_in(provider, visitor, mara):
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with provider.store.transaction() as db:
        await passwords.keep(db, mara.id, old)
    assert (await visitor.sign_in("mara@example.com")).status_code == 303
    async with provider.store.reading() as db:
        kept = await passwords.hash_of(db, mara.id)
    assert extract_parameters(kept).memory_cost == 19_456
    assert (await visitor.sign_in("mara@example.com")).status_code == 303


async def test_what_is_no_hash_lets_nobody_in(provider):
    for broken in ("", "x", "$argon2id$v=19$m=8,t=1,p=1$"):
        assert not await provider.hasher.verify(broken, "x")
    assert not await provider.hasher.verify(None, "nobody has this password")


def test_long_passwords_are_judged_by_their_beginning_and_never_refused_for_it():
    assert weakness("violet anchors hum quietly " * 9, Policy()) is None
    assert weakness("x" * 300, Policy()) == Weakness("long", 256)
