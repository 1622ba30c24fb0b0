"""A child who was removed for good leaves no name: what stays are the records of consent, which name nobody but guardians."""

import pytest

from coursecove.people.functions import _forget_removed
from tests.conftest import World
from tests.people.stage import Site, Visitor, has, path_of
from tests.people.test_profiles import Admin, _let_in, _made

LEFT = """
    select first_name, last_name, birth_date, username ~ '^gone[0-9a-f]{26}$' as gone, status
      from managed_profiles"""


@pytest.fixture
def guardian(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["grant"])


@pytest.fixture
def owner(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["amara"])


async def _removed(site: Site, guardian: Visitor, owner: Visitor, admin: Admin) -> tuple[str, str]:
    """The profile's address and the member's, of a child who was let in and taken out again."""
    path = await _let_in(site, guardian)
    member = path_of(await admin.fetchval("select member_id from managed_profiles"))
    await owner.follow(f"{member}/removal")
    return path, member


async def test_deleting_for_good_takes_name_sign_in_name_and_birthday(
    site: Site, guardian: Visitor, owner: Visitor, admin: Admin
) -> None:
    path, member = await _removed(site, guardian, owner, admin)
    assert any(user.get("managed") for user in site.provider.users.values())
    await owner.follow(f"{member}/erasure")
    await site.work()
    row = await admin.fetchrow(LEFT)
    assert row is not None
    assert tuple(row) == ("Former member", None, None, True, "forgotten")
    assert not any(user.get("managed") for user in site.provider.users.values())
    assert await admin.fetchval("select count(*) from consent_records") == 1
    page = await owner.get(path)
    assert "removed for good" in page.text
    assert "Grant Whitfield" in page.text
    assert not has(page.text, "Leo")
    assert (await guardian.get(path)).status_code == 404
    assert not has((await owner.get("/profiles")).text, "Leo")


async def test_after_thirty_days_it_happens_by_itself_and_once(
    site: Site, guardian: Visitor, owner: Visitor, admin: Admin
) -> None:
    await _removed(site, guardian, owner, admin)
    await admin.execute(
        "update organization_memberships set removed_at = now() - interval '31 days' where status = 'INACTIVE'"
    )
    for done in (1, 0):
        async with site.database.service() as db:
            assert await _forget_removed(db) == done
    assert await admin.fetchval("select status from managed_profiles") == "forgotten"
    assert await admin.fetchval("select count(*) from events where name = 'people/profile.forgotten'") == 1


async def test_nothing_is_done_any_more_with_a_forgotten_profile(
    site: Site, guardian: Visitor, owner: Visitor, admin: Admin
) -> None:
    path, member = await _removed(site, guardian, owner, admin)
    await owner.follow(f"{member}/erasure")
    await site.work()
    forms = {
        "pin": {"pin": "40719386", "pin_again": "40719386"},
        "username": {"sign_in_name": "leon"},
        "suspension": {},
        "resumption": {},
        "activation": {},
    }
    for act, form in forms.items():
        assert (await owner.post(f"{path}/{act}", form)).status_code == 409, act


async def test_the_name_is_free_for_another_child(
    site: Site, guardian: Visitor, owner: Visitor, admin: Admin
) -> None:
    _, member = await _removed(site, guardian, owner, admin)
    await owner.follow(f"{member}/erasure")
    await site.work()
    assert await _made(guardian)
