"""Settings through the front door: what is saved, what is refused, and two owners at one form."""

import re

import httpx
import pytest

from coursecove.accounts.roles import Role
from tests.pages.stage import Site, Visitor

PLACES = ("", "/address", "/look", "/region", "/rules", "/joining", "/data", "/support")


def owner_of(site: Site) -> Visitor:
    return site.member(site.world.music.one(Role.SUPER_ADMIN))


def version_in(answer: httpx.Response) -> str:
    found = re.search(r'name="version" value="([0-9a-f]+)"', answer.text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("place", PLACES)
async def test_every_tab_opens_for_owners_alone(site: Site, place: str) -> None:
    answer = await owner_of(site).get(f"/school{place}")
    assert answer.status_code == 200, answer.text[:400]
    assert f'href="/school{place}" aria-current="page"' in answer.text
    for role in (Role.TEACHER, Role.STUDENT, Role.GUARDIAN):
        assert (await site.member(site.world.music.one(role)).get(f"/school{place}")).status_code == 403
