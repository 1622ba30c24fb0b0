"""A lesson is written: with script it is saved as it is typed, and no text is lost on the way."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.cast import Cast, visit

pytestmark = pytest.mark.browser

STILL = {"reduced_motion": "reduce"}


def _begin_lesson(page: Page, cast: Cast, title: str) -> str:
    """From an empty course to the form of its first lesson, by keyboard."""
    visit(page, cast.address("musicschool", "/courses/new"))
    page.get_by_label("Title").fill(title)
    page.get_by_label("Title").press("Enter")
    page.get_by_label("Title of the module").last.fill("Week one")
    page.get_by_role("button", name="Add the module").press("Enter")
    page.get_by_label("New lesson").fill("In and out")
    page.get_by_label("New lesson").press("Enter")
    expect(page.get_by_label("Text", exact=True)).to_be_visible()
    return page.url


def _said(page: Page) -> object:
    return expect(page.locator("[data-autosave-said]"))


def test_a_lesson_is_saved_as_it_is_typed_and_published(cast: Cast) -> None:
    with cast.at("hana", **STILL) as page:
        url = _begin_lesson(page, cast, "Breathing in")
        page.get_by_label("Text", exact=True).fill("Breathe *in*.")
        _said(page).to_have_text("Saved as a draft.")  # type: ignore[attr-defined]
        page.goto(url)
        expect(page.get_by_label("Text", exact=True)).to_have_value("Breathe *in*.")
        page.get_by_role("button", name="Save and publish").click()
        expect(page.get_by_text("Version 1 is published.")).to_be_visible()
        page.get_by_role("link", name="Preview").click()
        expect(page.locator("article em")).to_have_text("in")


def test_a_text_written_without_a_connection_is_sent_when_it_is_back(cast: Cast) -> None:
    with cast.at("hana", **STILL) as page:
        url = _begin_lesson(page, cast, "Breathing out")
        context: BrowserContext = page.context
        context.set_offline(True)
        page.get_by_label("Text", exact=True).fill("Written on a train.")
        _said(page).to_contain_text("No connection.")  # type: ignore[attr-defined]
        context.set_offline(False)
        _said(page).to_have_text("Saved as a draft.")  # type: ignore[attr-defined]
        page.goto(url)
        expect(page.get_by_label("Text", exact=True)).to_have_value("Written on a train.")
        cast.watch.take()  # the browser tells of each request that could not leave


def test_a_text_that_was_never_sent_is_offered_again(cast: Cast) -> None:
    with cast.at("hana", **STILL) as page:
        url = _begin_lesson(page, cast, "Breathing on")
        page.context.set_offline(True)
        page.get_by_label("Text", exact=True).fill("Kept in this browser.")
        _said(page).to_contain_text("No connection.")  # type: ignore[attr-defined]
        page.goto("about:blank")
        page.context.set_offline(False)
        page.goto(url)
        expect(page.get_by_text("This browser kept a text that was not saved")).to_be_visible()
        page.get_by_role("button", name="Take it").click()
        expect(page.get_by_label("Text", exact=True)).to_have_value("Kept in this browser.")
        _said(page).to_have_text("Saved as a draft.")  # type: ignore[attr-defined]
        cast.watch.take()


def test_two_who_write_at_once_see_both_texts(cast: Cast) -> None:
    with cast.at("hana", **STILL) as hana, cast.at("amara", **STILL) as amara:
        url = _begin_lesson(hana, cast, "Breathing together")
        visit(amara, url)
        hana.get_by_label("Text", exact=True).fill("Hana wrote this.")
        _said(hana).to_have_text("Saved as a draft.")  # type: ignore[attr-defined]
        amara.get_by_label("Text", exact=True).fill("Amara wrote that.")
        _said(amara).to_contain_text("Somebody else saved this lesson meanwhile.")  # type: ignore[attr-defined]
        amara.get_by_role("button", name="Save the draft").click()
        expect(amara.get_by_text("Hana Sato saved this lesson while you were writing")).to_be_visible()
        expect(amara.locator("del")).to_have_text("Hana wrote this.")
        expect(amara.get_by_label("Text", exact=True)).to_have_value("Amara wrote that.")
        cast.watch.take()
