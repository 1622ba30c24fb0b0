"""Keys for programs: made, shown once, used, revoked, and nobody else's business."""

import re

import httpx
import pytest

from tests.conftest import Someone
from tests.pages.stage import Site, Visitor, make_key

SECRET = re.compile(r'value="(cove_[\w-]{30,})"')
FORM: dict[str, str | list[str]] = {
    "name": "Spreadsheet",
    "scopes": ["people:read", "school:read"],
    "expires": "30",
}


@pytest.fixture
def hana(site: Site) -> Someone:
    return site.world.music.people["hana"]


async def test_a_key_is_shown_once_works_and_stops_when_revoked(site: Site, hana: Someone) -> None:
    visitor = site.member(hana)
    made = await visitor.post("/account/tokens", FORM)
    (secret,) = SECRET.findall(made.text)
    later = (await visitor.get("/account/tokens")).text
    assert secret not in later
    assert f"cove_…{secret[-4:]}" in later
    assert (await _used(site, secret)).status_code == 200
    (row,) = re.findall(r"/account/tokens/([0-9a-f-]{36})/revocation", later)
    revoked = await visitor.post(f"/account/tokens/{row}/revocation")
    assert (revoked.status_code, revoked.headers["location"]) == (303, "/account/tokens")
    assert "“Spreadsheet” no longer works." in (await visitor.get("/account/tokens")).text
    assert (await _used(site, secret)).status_code == 401
    assert (await visitor.post(f"/account/tokens/{row}/revocation")).status_code == 303


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "  "}, "Give the key a name"),
        ({"scopes": []}, "Choose at least one right."),
        ({"scopes": ["everything"]}, "Choose at least one right."),
        ({"expires": "36500"}, "Choose one of these."),
        ({"expires": "-1"}, "Choose one of these."),
    ],
)
async def test_a_mistake_is_said_and_the_rest_is_kept(
    site: Site, change: dict[str, str | list[str]], says: str
) -> None:
    visitor = site.member(site.world.music.people["marcus"])
    answer = await visitor.post("/account/tokens", FORM | change)
    assert answer.status_code == 422
    assert says in answer.text
    if "name" not in change:
        assert 'value="Spreadsheet"' in answer.text
    if "scopes" not in change:
        assert 'value="people:read" checked' in answer.text
    assert "No tokens yet" in (await visitor.get("/account/tokens")).text


async def test_everybody_sees_their_own_keys_only(site: Site) -> None:
    owner, tomas = site.world.music.people["amara"], site.world.music.people["tomas"]
    await make_key(site, owner, "Of the owner")
    await make_key(site, tomas, "Of the teacher")
    mine = (await site.member(owner).get("/account/tokens")).text
    theirs = (await site.member(tomas).get("/account/tokens")).text
    assert ("Of the owner" in mine, "Of the teacher" in mine) == (True, False)
    assert ("Of the owner" in theirs, "Of the teacher" in theirs) == (False, True)


async def test_names_are_text_whatever_stands_in_them(site: Site) -> None:
    visitor = site.member(site.world.yoga.people["lena"])
    await visitor.post("/account/tokens", FORM | {"name": '"><script>alert(1)</script>'})
    text = (await visitor.get("/account/tokens")).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


async def _used(site: Site, secret: str) -> httpx.Response:
    anyone: Visitor = site.nobody("musicschool")
    return await anyone.client.get("/api/v1/school", headers={"authorization": f"Bearer {secret}"})
