"""Every page and every form with JavaScript switched off."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from coursecove.web.identity_demo import PASSWORD
from tests.browser.cast import NOBODY, PHONE, Cast, enter, visit
from tests.browser.places import OPEN, OPERATOR, SCHOOLS, Place

pytestmark = pytest.mark.browser


@pytest.fixture
def marcus(cast: Cast) -> Iterator[Page]:
    with cast.at("marcus", java_script_enabled=False) as page:
        yield page


def _by_person() -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for place in (*SCHOOLS, *OPERATOR, *OPEN):
        found.setdefault(place.who, []).append(place)
    return found


@pytest.mark.parametrize(("who", "places"), _by_person().items(), ids=[*_by_person()])
def test_pages_are_whole(cast: Cast, who: str, places: list[Place]) -> None:
    with cast.at(who, java_script_enabled=False) as page:
        for place in places:
            visit(page, cast.address(place.host, place.path), place.status)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert page.locator(".js-only:visible").count() == 0
            assert page.get_by_text("undefined").count() == 0


def test_signing_in_and_out(cast: Cast) -> None:
    with cast.at(NOBODY, java_script_enabled=False) as page:
        visit(page, cast.address("musicschool", "/people"))
        enter(page, "hana@example.com", PASSWORD)
        page.get_by_role("link", name="Later").click()
        expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
        page.locator("#me > summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(cast.instance.origin() + "/")
        visit(page, cast.address("musicschool", "/people"))
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_changing_how_times_are_written(cast: Cast, marcus: Page) -> None:
    visit(marcus, cast.address("musicschool", "/account"))
    marcus.get_by_label("Time zone").select_option("Asia/Tokyo")
    marcus.get_by_role("button", name="Save").click()
    expect(marcus.get_by_text("Saved.")).to_be_visible()
    expect(marcus.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    marcus.reload()
    expect(marcus.get_by_text("Saved.")).to_have_count(0)


def test_making_and_revoking_a_token(cast: Cast, marcus: Page) -> None:
    visit(marcus, cast.address("musicschool", "/account/tokens"))
    marcus.get_by_label("Name").fill("Wall clock")
    marcus.get_by_role("button", name="Create token").click()
    expect(marcus.get_by_text("Choose at least one right.")).to_be_visible()
    expect(marcus.get_by_label("Name")).to_have_value("Wall clock")
    marcus.get_by_label("See people").check()
    marcus.get_by_role("button", name="Create token").click()
    expect(marcus.get_by_label("Token", exact=True)).to_have_value(re.compile("^cove_.{30,}"))
    marcus.get_by_role("button", name=re.compile("Revoke.*Wall clock")).click()
    marcus.get_by_role("button", name="Revoke token").click()
    expect(marcus.get_by_text("“Wall clock” no longer works.")).to_be_visible()
    expect(marcus.get_by_role("row", name=re.compile("Wall clock.*Revoked"))).to_be_visible()


def test_switching_the_school(cast: Cast) -> None:
    with cast.at("tomas", java_script_enabled=False) as page:
        visit(page, cast.address("musicschool", "/dashboard"))
        page.locator("#schools > summary").click()
        page.get_by_role("link", name=re.compile("Stillwater Yoga Studio")).click()
        expect(page).to_have_url(cast.address("yogastudio", "/dashboard"))
        expect(page.get_by_role("heading", name="Next lessons")).to_be_visible()


def test_choosing_the_dark(cast: Cast, marcus: Page) -> None:
    visit(marcus, cast.address("musicschool", "/people"))
    marcus.locator("#me > summary").click()
    marcus.get_by_role("button", name="Dark").click()
    expect(marcus).to_have_url(cast.address("musicschool", "/people"))
    expect(marcus.locator("html")).to_have_attribute("data-theme", "dark")


def test_searching_and_leafing(cast: Cast, marcus: Page) -> None:
    visit(marcus, cast.address("musicschool", "/people"))
    first = marcus.get_by_role("rowheader").first.inner_text()
    marcus.get_by_role("link", name="Older").click()
    expect(marcus.get_by_role("rowheader").first).not_to_have_text(first)
    marcus.get_by_role("link", name="Newer").click()
    assert marcus.get_by_role("rowheader").first.inner_text() == first
    marcus.get_by_label("Search people").fill("natarajan")
    marcus.get_by_role("button", name="Search").click()
    expect(marcus.get_by_text("1 person found")).to_be_visible()
    expect(marcus.get_by_role("link", name="Priya Natarajan")).to_be_visible()


def test_the_phones_navigation(cast: Cast) -> None:
    with cast.at("hana", java_script_enabled=False, viewport=PHONE) as page:
        visit(page, cast.address("musicschool", "/dashboard"))
        expect(page.locator("#sidebar")).to_be_hidden()
        page.get_by_role("link", name="More").click()
        expect(page.locator("#sidebar")).to_be_visible()
        page.get_by_role("link", name="Close menu").click()
        expect(page.locator("#sidebar")).to_be_hidden()
        page.get_by_role("link", name="More").click()
        page.locator("#sidebar").get_by_role("link", name="People").click()
        expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()


def test_retrying_a_run(cast: Cast) -> None:
    with cast.at("operator", java_script_enabled=False) as page:
        visit(page, cast.address("operator", "/"))
        page.get_by_role("button", name=re.compile("^Retry")).click()
        expect(page.get_by_text("It runs again.")).to_be_visible()
