"""From an address that nobody has to a school of one's own, then to a second one, and out of both at once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cast import NOBODY, PHONE, Cast
from tests.browser.conftest import Shoot
from tests.browser.test_identity import MINE, Look, code_for, fill_in

pytestmark = pytest.mark.browser


@pytest.fixture(params=[None, PHONE], ids=["desk", "phone"])
def page(cast: Cast, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser of nobody's, in which nothing moves."""
    size = {"viewport": request.param} if request.param else {}
    with cast.at(NOBODY, reduced_motion="reduce", **size) as page:
        yield page


def test_from_a_free_address_to_two_schools_and_out_of_both(cast: Cast, page: Page, shoot: Shoot) -> None:
    look, person = Look(page, shoot), f"founder{(page.viewport_size or {})['width']}"
    first, second = f"{person}music", f"{person}yoga"
    page.goto(f"{cast.instance.origin(first)}/sign-up")
    fill_in(page, "Femi", f"{person}@example.com", MINE)
    page.get_by_label("Code of six digits").fill(code_for(page, cast, f"{person}@example.com"))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Found your school")).to_be_visible()
    expect(page.get_by_label("Its address")).to_have_value(first)
    founds(page, f"Music of {person}", look)
    page.wait_for_url(f"{cast.instance.origin(first)}/dashboard**")
    expect(page.get_by_text(f"Music of {person}").first).to_be_visible()
    look("founded")

    page.goto(f"{cast.instance.origin()}/found?label={second}")
    founds(page, f"Yoga of {person}")
    page.wait_for_url(f"{cast.instance.origin(second)}/dashboard**")

    page.locator("#me > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{cast.instance.origin()}/")
    for label in (first, second):
        page.goto(f"{cast.instance.origin(label)}/dashboard")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def founds(page: Page, name: str, look: Look | None = None) -> None:
    """The four steps."""
    page.get_by_label("What is it called?").fill(name)
    expect(page.locator("#standing").get_by_text("is free")).to_be_visible()
    for step in ("name", "look", "place"):
        if look:
            look(f"found-{step}")
        if step == "place":
            page.get_by_label("No, adults only").check()
        page.get_by_role("button", name="Go on").click()
    agree = page.get_by_role("button", name="Agree and found the school")
    expect(agree).to_be_visible()
    for each in page.get_by_role("checkbox").all():
        each.check()
    if look:
        look("found-terms")
    agree.click()
