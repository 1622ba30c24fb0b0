"""Every page as everybody to whom it is closed: what exists and what never was are told apart by nobody."""

from urllib.parse import parse_qs, urlsplit

import pytest

from coursecove.accounts.access import PageRoute
from coursecove.accounts.roles import Role
from coursecove.kit.ids import new_id
from tests.conftest import School
from tests.pages.addresses import SCHOOL_PAGES, Rows, form_of, rows_of, rows_of_nothing
from tests.pages.stage import Site, Visitor, lasting, make_key, only_there

each_page = pytest.mark.parametrize("route", SCHOOL_PAGES, ids=lambda route: route.name)
each_page_of_a_row = pytest.mark.parametrize(
    "route", [route for route in SCHOOL_PAGES if "{" in route.path], ids=lambda route: route.name
)
each_role = pytest.mark.parametrize("role", Role, ids=lambda role: role.value.lower())


async def _said(visitor: Visitor, route: PageRoute, *many: Rows) -> set[tuple[int, str]]:
    """All that the visitor is told at this route's addresses."""
    paths = [path for rows in many for path in rows.of(route)]
    return {lasting(await visitor.ask(route.method, path, form_of(route))) for path in paths}


@each_role
@each_page
async def test_somebody_of_the_other_school_learns_nothing(site: Site, route: PageRoute, role: Role) -> None:
    music, yoga = await rows_of(site, site.world.music), await rows_of(site, site.world.yoga)
    visitor = site.member(only_there(site.world, role), at="musicschool")
    ((status, text),) = await _said(visitor, route, music, yoga, rows_of_nothing())
    assert status == 403
    assert "does not belong to this school" in text
    assert not [word for word in _known_inside(site.world.music) if word in text]


@each_role
@each_page_of_a_row
async def test_ids_of_the_other_school_are_ids_of_nothing(site: Site, route: PageRoute, role: Role) -> None:
    visitor = site.member(site.world.music.one(role))
    said = await _said(visitor, route, rows_of_nothing(), await rows_of(site, site.world.yoga))
    ((status, text),) = said
    assert status in (403, 404)
    assert not [word for word in _known_inside(site.world.yoga) if word in text]


@each_page
async def test_nobody_is_asked_to_sign_in_whatever_they_ask_for(site: Site, route: PageRoute) -> None:
    visitor = site.nobody("musicschool")
    for rows in (await rows_of(site, site.world.music), rows_of_nothing()):
        for path in rows.of(route):
            answer = await visitor.ask(route.method, path, form_of(route))
            if route.method == "POST":
                assert answer.status_code == 401
                continue
            assert answer.status_code == 303
            sign_in = urlsplit(answer.headers["location"])
            assert sign_in.hostname == f"id.{site.stage.settings.root_domain}"
            assert parse_qs(sign_in.query) == {"redirect_url": [visitor.origin + path]}


@each_page
async def test_no_page_answers_at_an_address_that_is_no_schools(site: Site, route: PageRoute) -> None:
    settings = site.stage.settings
    member = site.member(site.world.music.one(Role.SUPER_ADMIN))
    names = (settings.origin("nosuchschool"), settings.origin("x--y"), "http://somewhere.example:8000")
    for origin in names:
        visitor = site.host(origin.partition("://")[2])
        visitor.client.cookies.update(member.client.cookies)
        for path in rows_of_nothing().of(route):
            answer = await visitor.ask(route.method, path, form_of(route))
            assert answer.status_code == 404
            assert "coursecove_" not in answer.text


async def test_another_members_key_is_a_key_that_never_was(site: Site) -> None:
    key = await make_key(site, site.world.music.one(Role.SUPER_ADMIN))
    visitor = site.member(site.world.music.people["hana"])
    said = {
        lasting(await visitor.post(f"/account/tokens/{row}/revocation")) for row in (key, new_id(), new_id())
    }
    assert [status for status, _ in said] == [404]


@pytest.mark.parametrize("name", ["x-subdomain", "X-Subdomain", "x_subdomain", "X_SUBDOMAIN"])
@each_role
async def test_a_claimed_subdomain_changes_nothing(site: Site, role: Role, name: str) -> None:
    visitor = site.member(site.world.music.one(role))
    plain = lasting(await visitor.get("/dashboard"))
    assert lasting(await visitor.get("/dashboard", **{name: "yogastudio"})) == plain
    stranger = site.member(only_there(site.world, role), at="musicschool")
    assert (await stranger.get("/dashboard", **{name: "yogastudio"})).status_code == 403


async def test_an_id_that_is_none_is_an_address_that_is_none(site: Site) -> None:
    owner = site.member(site.world.music.one(Role.SUPER_ADMIN))
    for path in (
        "/people/1",
        "/people/..%2fschool",
        "/people/%00",
        "/account/tokens/x/revocation",
        "/nowhere",
    ):
        answer = await owner.get(path)
        assert answer.status_code == 404, path
        assert "There is nothing here" in answer.text


def _known_inside(school: School) -> list[str]:
    """What only the school's people may read: their ids, and the school's."""
    return [str(school.id), *(str(person.member_id) for person in school.people.values())]
