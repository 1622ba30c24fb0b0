"""Finding people: by name, by role, page by page, and who is shown what of whom."""

import re
from urllib.parse import urlsplit

import asyncpg
import pytest

from coursecove.accounts.roles import Role
from tests.conftest import Server, cloned
from tests.pages.stage import Site, Visitor

NAME = re.compile(r'class="row-link truncate font-medium" href="/people/([0-9a-f-]{36})">([^<]+)<')
WAY_ON = re.compile(r'rel="(next|prev)" href="([^"]+)"')


async def names(visitor: Visitor, path: str) -> list[str]:
    return [name.strip() for _, name in NAME.findall((await visitor.get(path)).text)]


@pytest.fixture
def owner(site: Site) -> Visitor:
    return site.member(site.world.music.people["amara"])


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("q=Isla", ["Isla Bennett"]),
        ("q=%20%20BENNETT%20%20", ["Isla Bennett"]),
        ("q=tomas", ["Tomás Varga"]),
        ("q=Tom%C3%A1s", ["Tomás Varga"]),
        ("q=varga&role=TEACHER", ["Tomás Varga"]),
        ("q=varga&role=STUDENT", []),
        ("q=%25", []),
        ("q=_", []),
        ("q=%5C", []),
        ("q=amara%40example.com", ["Amara Osei"]),
        ("q=lena%40example.com", []),
        ("q=%00isla", ["Isla Bennett"]),
        ("role=TEACHER", ["Hana Sato", "Marcus Bell", "Tomás Varga"]),
    ],
)
async def test_people_are_found_by_name_and_role(owner: Visitor, search: str, found: list[str]) -> None:
    assert await names(owner, f"/people?{search}") == found


async def test_a_role_that_is_none_is_every_role(owner: Visitor) -> None:
    assert await names(owner, "/people?role=CAPTAIN&q=isla") == ["Isla Bennett"]


async def test_leafing_shows_everybody_once_there_and_back(owner: Visitor) -> None:
    path, seen, pages = "/people", [], []
    while path:
        text = (await owner.get(path)).text
        pages.append([name for _, name in NAME.findall(text)])
        seen += pages[-1]
        path = _way(text, "next")
    back = _way(text, "prev")
    assert len(seen) == len(set(seen)) == 56
    assert seen == sorted(seen, key=lambda name: name.replace("á", "a").replace("ó", "o").replace("ř", "r"))
    assert await names(owner, back) == pages[-2]


async def test_the_way_on_keeps_what_was_asked(owner: Visitor) -> None:
    text = (await owner.get("/people?role=STUDENT&q=a")).text
    query = urlsplit(_way(text, "next")).query
    assert query.startswith("q=a&role=STUDENT&cursor=")


async def test_a_place_that_is_none_is_refused_in_words(owner: Visitor) -> None:
    for cursor in ("nonsense", "W10", "%00", "WzEsMiwzXQ"):
        answer = await owner.get(f"/people?cursor={cursor}")
        assert answer.status_code == 400
        assert "does not exist any more" in answer.text


async def test_a_fragment_is_the_list_alone(owner: Visitor) -> None:
    answer = await owner.get("/people?q=isla", **{"hx-request": "true"})
    assert answer.status_code == 200
    assert "Isla Bennett" in answer.text
    assert answer.headers["vary"] == "HX-Request, Accept-Encoding"


async def test_families_stand_on_each_others_pages(site: Site, owner: Visitor) -> None:
    people = site.world.music.people
    guardian = (await owner.get(f"/people/{people['priya'].member_id}")).text
    student = (await owner.get(f"/people/{people['isla'].member_id}")).text
    assert all(f"/people/{people[child].member_id}" in guardian for child in ("isla", "noah"))
    assert f"/people/{people['priya'].member_id}" in student
    assert "Guardian" in student
    assert "mailto:isla@example.com" in student


async def test_ones_own_page_leads_to_the_account(site: Site) -> None:
    hana = site.world.music.people["hana"]
    text = (await site.member(hana).get(f"/people/{hana.member_id}")).text
    assert "(you)" in text
    assert "mailto:" not in text


async def test_who_has_left_is_not_listed_but_remembered(server: Server) -> None:
    async with cloned(server) as url, Site.opened(server, url) as site:
        noah = site.world.music.people["noah"]
        admin = await asyncpg.connect(url)
        await admin.execute(
            "update organization_memberships set status = 'INACTIVE' where id = $1", noah.member_id
        )
        await admin.close()
        owner = site.member(site.world.music.one(Role.SUPER_ADMIN))
        assert await names(owner, "/people?q=noah") == []
        assert "Removed" in (await owner.get(f"/people/{noah.member_id}")).text
        assert (await site.member(noah).get("/dashboard")).status_code == 403


def _way(text: str, rel: str) -> str:
    return dict(WAY_ON.findall(text)).get(rel, "").replace("&amp;", "&")
