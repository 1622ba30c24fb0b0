"""From a guardian's signature to a child at its own phone, and out again when the guardian says so."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cast import NOBODY, PHONE, Cast, visit
from tests.browser.conftest import Shoot
from tests.browser.test_identity import Look

pytestmark = pytest.mark.browser

PIN = "830517"
BORN = f"{datetime.now(UTC).year - 9}-01-15"


@pytest.fixture
def guardian(cast: Cast) -> Iterator[Page]:
    """Grant, for whom the school has linked no child."""
    with cast.at("grant", reduced_motion="reduce") as page:
        yield page


@pytest.fixture
def phone(cast: Cast) -> Iterator[Page]:
    """A child's phone, on which nobody has signed in."""
    with cast.at(NOBODY, viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce") as page:
        yield page


def test_a_child_comes_in_with_a_consent_and_stays_out_without(
    cast: Cast, guardian: Page, phone: Page, shoot: Shoot
) -> None:
    by_guardian, by_child = Look(guardian, shoot), Look(phone, shoot)
    makes_a_profile(cast, guardian, by_guardian)
    consents(guardian, by_guardian)
    lets_the_child_in(guardian, by_guardian)

    signs_in(cast, phone, by_child)
    visit(phone, cast.address("musicschool", "/profiles"), 403)
    visit(phone, cast.address("musicschool", "/dashboard"))

    guardian.get_by_role("button", name="Suspend").click()
    expect(guardian.get_by_text("Juno cannot come in any more.")).to_be_visible()
    by_guardian("child-suspended")
    visit(phone, cast.address("musicschool", "/dashboard"), 403)
    expect(phone.get_by_text("ask your guardian or your school")).to_be_visible()
    by_child("child-refused")


def makes_a_profile(cast: Cast, page: Page, look: Look) -> None:
    visit(page, cast.address("musicschool", "/family"))
    page.get_by_role("link", name="New profile").click()
    look("child-new")
    page.get_by_label("First name").fill("Juno")
    page.get_by_label("Date of birth").fill(BORN)
    page.get_by_label("Sign-in name").fill("juno")
    page.get_by_role("button", name="Make the profile").click()
    expect(page.get_by_text("Needs consent")).to_be_visible()


def consents(page: Page, look: Look) -> None:
    """Not with another's name, and not without the first tick."""
    page.get_by_label("Type your name to sign").fill("Somebody Else")
    page.get_by_role("button", name="I consent").click()
    expect(page.get_by_label("Type your name to sign")).to_have_attribute("aria-invalid", "true")
    first = page.get_by_role("checkbox", name="Agreed").first
    expect(first).to_have_accessible_description("Without the first consent there is no profile.")
    look("child-consent-refused")
    first.check()
    page.get_by_label("Type your name to sign").fill("Grant Whitfield")
    page.get_by_role("button", name="I consent").click()
    expect(page.get_by_text("Needs a number")).to_be_visible()


def lets_the_child_in(page: Page, look: Look) -> None:
    """Not with a number that everybody tries first."""
    for pin in ("123456", PIN):
        page.get_by_label("Number", exact=True).fill(pin)
        page.get_by_label("The number again").fill(pin)
        page.get_by_role("button", name="Let Juno in").click()
        if pin != PIN:
            expect(page.get_by_text("guessed too easily")).to_be_visible()
            look("child-number-refused")
    expect(page.get_by_text("Juno can sign in now.")).to_be_visible()
    look("child-active")


def signs_in(cast: Cast, page: Page, look: Look) -> None:
    page.goto(cast.address("musicschool", "/dashboard"))
    page.get_by_role("link", name="school code").click()
    expect(page.get_by_label("School code")).to_have_value("musicschool")
    look("child-code")
    page.get_by_label("Your name at school").fill("juno")
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(cast.address("musicschool", "/dashboard"))
    expect(page.get_by_role("heading", name="Juno")).to_be_visible()
    look("child-dashboard")
