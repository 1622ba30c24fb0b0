"""Every form of the site, sent by somebody else than its own page: refused, and nothing is changed."""

import asyncpg
import pytest

from coursecove.accounts.access import PageRoute
from coursecove.accounts.permissions import may
from coursecove.accounts.roles import Role
from coursecove.kit.web.csrf import FIELD
from tests.conftest import Server, cloned
from tests.pages.addresses import OPERATOR_PAGES, SCHOOL_PAGES, Form, form_of, rows_of, rows_of_nothing
from tests.pages.stage import Site, Visitor
from tests.pages.state import state_of

OURS = {"sec-fetch-site": "same-origin"}
FORGERIES: dict[str, tuple[dict[str, str], bool]] = {
    "without a token": (OURS, False),
    "from a sibling school": ({"sec-fetch-site": "same-site"}, True),
    "from another site": ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, True),
    "from another port": ({"origin": "http://musicschool.coursecove.localhost:9000"}, True),
    "from nowhere": ({}, True),
    "from an address bar": ({"sec-fetch-site": "none"}, True),
}
SENDING = [route for route in SCHOOL_PAGES if route.method == "POST"]


@pytest.mark.parametrize("how", FORGERIES)
async def test_a_forged_form_changes_nothing(server: Server, how: str) -> None:
    headers, with_token = FORGERIES[how]
    async with cloned(server) as url, Site.opened(server, url) as site:
        sent = [
            (site.member(site.world.music.one(role)), route, path)
            for role in Role
            for route in SENDING
            if may(role, route.allow)
            for path in (await rows_of(site, site.world.music)).of(route)
        ]
        sent += [
            (site.operator(), route, path)
            for route in OPERATOR_PAGES
            if route.method == "POST"
            for path in rows_of_nothing().of(route)
        ]
        admin = await asyncpg.connect(url)
        before = await state_of(admin)
        for visitor, route, path in sent:
            assert await _forged(visitor, path, form_of(route), headers, with_token=with_token) == 403, path
        after = await state_of(admin)
        await admin.close()
    assert before == after


@pytest.mark.parametrize("route", SENDING, ids=lambda route: route.name)
async def test_a_token_of_another_session_is_none(site: Site, route: PageRoute) -> None:
    owner, hana = (site.member(site.world.music.people[key]) for key in ("amara", "hana"))
    for path in rows_of_nothing().of(route):
        form = {**(form_of(route) or {}), FIELD: hana.token}
        assert (await owner.client.post(path, data=form, headers=OURS)).status_code == 403


async def _forged(
    visitor: Visitor, path: str, form: Form | None, headers: dict[str, str], *, with_token: bool
) -> int:
    fields = {**(form or {}), **({FIELD: visitor.token} if with_token else {})}
    return (await visitor.client.post(path, data=fields, headers=headers)).status_code
