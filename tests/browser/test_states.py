"""States that an installation is seldom in, rendered from the pages' examples and looked at like any other page."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, Route

from coursecove.courses.content import SOURCES
from coursecove.kit.web.headers import HeaderPolicy
from coursecove.kit.web.shell import Shell
from coursecove.web.look import templates
from tests.browser.cast import NOBODY, Cast
from tests.browser.conftest import Shoot
from tests.browser.looking import faults
from tests.kit.examples import EXAMPLES

pytestmark = pytest.mark.browser

ON_THE_INSTALLATION = {
    "account", "activity", "api-reference", "guardian", "landing", "not-a-member", "operator", "owner", "people",
    "people-filtered", "person", "mailbox", "mailbox-search", "mail", "school", "student", "teacher", "clerk-sign-in", "clerk-sign-up", "clerk-profile", "problem-400", "problem-403", "problem-404",
}  # fmt: skip
STATES = [name for name in EXAMPLES if name not in ON_THE_INSTALLATION]
PATTERN = "**/example-of/*"
BESIDES = re.compile(
    r"/(school/data|learning/lessons/[^/]+/opening|found/progress|people/lists/[^/]+|found/logo|brand/logo(\?.*)?)$"
)
"""Pictures, and what states that are on their way ask for again and again: they stay as they are."""

FILMS = "https://www.youtube-nocookie.com/**"
"""What lessons frame, and no test asks of its owner."""


@pytest.fixture(scope="module")
def examples(everybody: Cast) -> Iterator[Page]:
    """A page at which the examples are shown, each under its name, with the headers of the site."""
    page = everybody.desk(NOBODY)
    page.route(PATTERN, _show)
    page.route(BESIDES, lambda route: route.fulfill(status=204))
    page.route(
        FILMS,
        lambda route: route.fulfill(content_type="text/html", body="<!doctype html><title>A film</title>"),
    )
    yield page
    page.unroute(PATTERN)
    page.unroute(BESIDES)
    page.unroute(FILMS)


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_fit_for_everybody(cast: Cast, shoot: Shoot, examples: Page, name: str) -> None:
    examples.goto(cast.address("musicschool", f"/example-of/{name}"))
    found = faults(examples)
    shoot(examples, name)
    assert not found, "\n".join(found)


def test_the_gallery_shows_what_moves_and_opens(cast: Cast, examples: Page) -> None:
    """The parts that only open on demand are looked at while they are open."""
    examples.goto(cast.address("musicschool", "/example-of/gallery"))
    examples.get_by_role("button", name="Open a dialog").click()
    found = faults(examples)
    examples.keyboard.press("Escape")
    examples.locator("#example-menu > summary").click()
    found += faults(examples)
    assert not found, "\n".join(found)


def _show(route: Route) -> None:
    page, shell = EXAMPLES[route.request.url.rpartition("/")[2]]
    html = templates().render(page, _at_home(shell), nonce="example")
    policy = HeaderPolicy(https=False, sources=SOURCES).content_security().format(nonce="example")
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": policy}
    route.fulfill(status=200, headers=headers, body=html)


def _at_home(shell: Shell | None) -> Shell | None:
    return replace(shell, school=replace(shell.school, brand_css="/brand.css")) if shell else None
