"""Every page without a mouse: what the Tab key reaches, menus, the phone's navigation, dialogs."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cast import PHONE, WIDE, Cast, visit
from tests.browser.keyboard import skips_to_content, walk
from tests.browser.places import BARE, KEYBOARD, Place

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("place", KEYBOARD, ids=str)
def test_the_tab_key_reaches_everything_and_shows_where_it_is(cast: Cast, place: Place) -> None:
    page = cast.desk(place.who)
    visit(page, cast.address(place.host, place.path), place.status)
    faults = walk(page)
    page.set_viewport_size(PHONE)
    faults += walk(page)
    page.set_viewport_size(WIDE)
    assert skips_to_content(page) or place.host in BARE
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("menu", ["schools", "me"])
def test_a_menu_by_keyboard(cast: Cast, menu: str) -> None:
    page = cast.desk("tomas")
    visit(page, cast.address("musicschool", "/dashboard"))
    opener, panel = page.locator(f"#{menu} > summary"), page.locator(f"#{menu} .menu-panel")
    items = panel.locator("a, button")
    opener.focus()
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(items.first).to_be_focused()
    page.keyboard.press("End")
    expect(items.last).to_be_focused()
    page.keyboard.press("Home")
    expect(items.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_menu_closes_when_the_focus_leaves_it(cast: Cast) -> None:
    page = cast.desk("tomas")
    visit(page, cast.address("musicschool", "/dashboard"))
    page.locator("#me > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#me .menu-panel")).to_be_hidden()


def test_typing_finds_an_entry_of_a_menu(cast: Cast) -> None:
    page = cast.desk("tomas")
    visit(page, cast.address("musicschool", "/dashboard"))
    page.locator("#me > summary").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("sig")
    expect(page.get_by_role("button", name="Sign out")).to_be_focused()


def test_the_phones_navigation_by_keyboard(cast: Cast) -> None:
    page = cast.desk("tomas")
    page.set_viewport_size(PHONE)
    visit(page, cast.address("musicschool", "/dashboard"))
    more, sidebar = page.get_by_role("link", name="More"), page.locator("#sidebar")
    expect(sidebar).to_be_hidden()
    more.focus()
    page.keyboard.press("Enter")
    expect(sidebar).to_be_visible()
    assert _inside(page, "#sidebar")
    page.keyboard.press("Escape")
    expect(sidebar).to_be_hidden()
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Close menu").press("Enter")
    expect(sidebar).to_be_hidden()
    expect(more).to_be_focused()
    page.set_viewport_size(WIDE)


def test_the_sidebar_folds_away_and_stays_away(cast: Cast) -> None:
    with cast.at("tomas") as page:
        visit(page, cast.address("musicschool", "/dashboard"))
        toggle = page.get_by_role("button", name="Show or hide the sidebar")
        toggle.press("Enter")
        expect(page.locator("#sidebar")).to_be_hidden()
        visit(page, cast.address("musicschool", "/people"))
        expect(page.locator("#sidebar")).to_be_hidden()
        toggle.press("Enter")
        expect(page.locator("#sidebar")).to_be_visible()


def test_a_dialog_keeps_the_focus_and_gives_it_back(cast: Cast) -> None:
    page = cast.desk("marcus")
    visit(page, cast.address("musicschool", "/account/tokens"))
    page.get_by_label("Name").fill("To be kept")
    page.get_by_label("See people").check()
    page.get_by_role("button", name="Create token").press("Enter")
    opener = page.get_by_role("button", name=re.compile("Revoke.*To be kept"))
    opener.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Tab")
        assert _inside(page, "dialog") or page.evaluate("() => document.activeElement === document.body")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def _inside(page: Page, selector: str) -> bool:
    return bool(page.evaluate("s => !!document.activeElement.closest(s)", selector))
