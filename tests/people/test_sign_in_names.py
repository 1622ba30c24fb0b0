"""Another sign-in name for a child: before and after it was let in, and refused where somebody has it."""

import pytest

from tests.conftest import World
from tests.people.stage import Site, Visitor, has
from tests.people.test_profiles import Admin, _let_in, _made


@pytest.fixture
def guardian(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["grant"])


@pytest.fixture
def teacher(site: Site, world: World) -> Visitor:
    return site.browser(world.music.people["hana"])


async def _names(site: Site, admin: Admin) -> tuple[list[str], list[str]]:
    """Here, and at the provider."""
    here = [row[0] for row in await admin.fetch("select username from managed_profiles order by 1")]
    return here, sorted(user["managed"][1] for user in site.provider.users.values() if user.get("managed"))


async def test_before_the_child_is_let_in_nobody_else_is_asked(
    site: Site, guardian: Visitor, admin: Admin
) -> None:
    path = await _made(guardian)
    page = await guardian.follow(f"{path}/username", {"sign_in_name": " Leon.W "})
    assert "Leo signs in as leon.w now." in page.text
    assert await _names(site, admin) == (["leon.w"], [])
    assert site.provider.calls == []


@pytest.mark.parametrize("who", ["guardian", "teacher"])
async def test_afterwards_it_counts_at_the_provider_too(
    site: Site, guardian: Visitor, teacher: Visitor, admin: Admin, who: str
) -> None:
    path = await _let_in(site, guardian)
    await {"guardian": guardian, "teacher": teacher}[who].follow(f"{path}/username", {"sign_in_name": "leon"})
    assert await _names(site, admin) == (["leon"], ["leon"])


@pytest.mark.parametrize(
    ("name", "status", "words"), [("mia", 409, "has this sign-in name already"), ("L", 422, "2 to 30")]
)
async def test_what_cannot_be_taken_is_told_by_the_field(  # noqa: PLR0917 - everybody who takes part
    site: Site, guardian: Visitor, teacher: Visitor, admin: Admin, name: str, status: int, words: str
) -> None:
    path = await _let_in(site, guardian)
    await _made(guardian, username="mia")
    answer = await teacher.post(f"{path}/username", {"sign_in_name": name})
    assert answer.status_code == status
    assert words in answer.text
    assert f'name="sign_in_name" value="{name}"' in answer.text or f'value="{name}"' in answer.text
    assert await _names(site, admin) == (["leo", "mia"], ["leo"])


@pytest.mark.parametrize("trouble", ["taken there", "down"])
async def test_what_the_provider_does_not_take_is_taken_back_here(
    site: Site, guardian: Visitor, admin: Admin, trouble: str
) -> None:
    path = await _let_in(site, guardian)
    school = next(user["managed"][0] for user in site.provider.users.values() if user.get("managed"))
    if trouble == "down":
        site.provider.down = True
    else:
        site.provider.users["user_other"] = {"managed": (school, "leon")}
    answer = await guardian.post(f"{path}/username", {"sign_in_name": "leon"})
    assert answer.status_code == (503 if trouble == "down" else 422)
    assert (await _names(site, admin))[0] == ["leo"]


async def test_only_who_looks_after_the_child_may(site: Site, world: World, guardian: Visitor) -> None:
    path = await _let_in(site, guardian)
    priya, student = (site.browser(world.music.people[key]) for key in ("priya", "isla"))
    assert (await priya.post(f"{path}/username", {"sign_in_name": "leon"})).status_code == 404
    assert (await student.post(f"{path}/username", {"sign_in_name": "leon"})).status_code == 403
    assert has((await guardian.get(path)).text, "Another sign-in name")
