"""Every page as every role: what the permission matrix says, and nothing else."""

import re

import pytest

from coursecove.accounts.access import PageRoute
from coursecove.accounts.permissions import may
from coursecove.accounts.roles import Role
from tests.pages.addresses import (
    FORMS,
    FROM_ANOTHER_PAGE,
    OPERATOR_PAGES,
    SCHOOL_PAGES,
    form_of,
    may_see,
    rows_of,
    rows_of_nothing,
)
from tests.pages.stage import Site

each_page = pytest.mark.parametrize("route", SCHOOL_PAGES, ids=lambda route: route.name)
each_role = pytest.mark.parametrize("role", Role, ids=lambda role: role.value.lower())


@each_role
@each_page
async def test_a_page_opens_to_the_roles_of_its_permission(site: Site, route: PageRoute, role: Role) -> None:
    rows = await rows_of(site, site.world.music)
    visitor = site.member(site.world.music.one(role))
    answers = [await visitor.ask(route.method, path, form_of(route)) for path in rows.of(route)]
    statuses = {answer.status_code for answer in answers}
    if not may(role, route.allow):
        assert statuses == {403}
        assert all("This is not open to you" in answer.text for answer in answers)
    else:
        assert statuses <= ({200, 404} if route.method == "GET" else {200, 303, 404, 409, 410, 422, 503})


@each_role
async def test_the_navigation_offers_what_the_role_may_enter(site: Site, role: Role) -> None:
    text = (await site.member(site.world.music.one(role)).get("/dashboard")).text
    sidebar = text[text.index('id="sidebar"') : text.index("</aside>")]
    pages = [route for route in SCHOOL_PAGES if route.method == "GET"]
    offered = {route.name for route in pages if f'href="{route.path}"' in sidebar}
    assert offered == {route.name for route in may_see(role) if "{" not in route.path} - FROM_ANOTHER_PAGE


@each_role
async def test_no_page_leads_its_reader_to_a_closed_door(site: Site, role: Role) -> None:
    """Every link and every form on every page of the role is one that the role may follow."""
    rows = await rows_of(site, site.world.music)
    visitor = site.member(site.world.music.one(role))
    closed = {route for route in SCHOOL_PAGES if not may(role, route.allow)}
    for route in may_see(role):
        for path in rows.of(route):
            text = (await visitor.get(path)).text
            assert [door.path for door in closed if _leads_to(text, door)] == [], path


def _leads_to(text: str, door: PageRoute) -> bool:
    """Is there a link or a form of this very page?"""
    address = re.sub(r"\\{\w+:uuid\\}", "[0-9a-f-]{36}", re.escape(door.path))
    method = "action" if door.method == "POST" else "href"
    return re.search(f'{method}="{address}["?]', text) is not None


async def test_the_operators_pages_are_theirs(site: Site) -> None:
    for route in OPERATOR_PAGES:
        for path in rows_of_nothing().of(route):
            answer = await site.operator().ask(route.method, path, form_of(route))
            found = 200 if route.method == "GET" else 409
            assert answer.status_code in ({found, 404} if "{" in route.path else {found})
            for role in Role:
                visitor = site.member(site.world.music.one(role), at="operator")
                assert (await visitor.ask(route.method, path, form_of(route))).status_code == 403


def test_every_form_is_known_to_these_tests() -> None:
    assert {route.name for route in (*SCHOOL_PAGES, *OPERATOR_PAGES) if route.method == "POST"} == set(FORMS)
