"""The school's own settings: what an owner changes, everybody sees at once."""

import re

import pytest

from tests.pages.stage import Site, Visitor

SETTINGS = {"time_zone": "Europe/Paris", "locale": "en-US", "brand_color": "#b45309"}


@pytest.fixture
def owner(site: Site) -> Visitor:
    return site.member(site.world.music.people["amara"])


async def test_what_the_owner_chooses_everybody_sees(site: Site, owner: Visitor) -> None:
    answer = await owner.post("/school/settings", SETTINGS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/school")
    assert "Saved." in (await owner.get("/school")).text
    student = (await site.member(site.world.music.people["isla"]).get("/dashboard")).text
    assert "/brand.css?v=b45309" in student
    assert "times in Paris" in student
    assert 'lang="en-US"' in student


async def test_a_colour_is_seen_as_soon_as_it_is_named(site: Site) -> None:
    visitor = site.nobody("musicschool")
    before, after = [await visitor.get(f"/brand.css?v={colour}") for colour in ("0f766e", "b45309")]
    assert before.text != after.text
    assert "immutable" in after.headers["cache-control"]
    assert (await visitor.get("/brand.css?v=}body{")).text == (await visitor.get("/brand.css")).text


@pytest.mark.parametrize("form", [{"plain": "1"}, {"brand_color": "#0e7c86"}])
async def test_the_way_back_to_no_colour_of_its_own(owner: Visitor, form: dict[str, str]) -> None:
    await owner.post("/school/settings", SETTINGS)
    await owner.post("/school/settings", SETTINGS | form)
    text = (await owner.get("/school")).text
    assert "/brand.css" not in text
    assert 'type="color" name="brand_color" id="brand_color" value="#0e7c86"' in text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"brand_color": "red"}, "Choose a colour."),
        ({"brand_color": "#FFF"}, "Choose a colour."),
        ({"brand_color": "#000000;}"}, "Choose a colour."),
        ({"time_zone": "Here"}, "Choose a time zone from the list."),
        ({"locale": ""}, "Choose a language from the list."),
    ],
)
async def test_a_mistake_is_said_at_its_field_and_nothing_is_changed(
    owner: Visitor, change: dict[str, str], says: str
) -> None:
    before = (await owner.get("/school")).text
    answer = await owner.post("/school/settings", SETTINGS | change)
    assert answer.status_code == 422
    assert says in answer.text
    assert _settings(before) == _settings((await owner.get("/school")).text)


async def test_the_change_is_told(owner: Visitor) -> None:
    await owner.post("/school/settings", SETTINGS)
    text = (await owner.get("/activity")).text
    assert re.search(r"Amara Osei</b> <span[^>]*>changed the school&#39;s settings", text)


def _settings(text: str) -> list[str]:
    return re.findall(r'value="[^"]*" selected|name="brand_color"[^>]*value="[^"]*"', text)
