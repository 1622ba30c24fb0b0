"""The team of a school: somebody is invited and comes, gets another role, is taken out and comes back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cast import NOBODY, Cast, visit
from tests.browser.conftest import Shoot
from tests.browser.test_identity import MINE, Look, code_for, fill_in

pytestmark = pytest.mark.browser

STILL = {"reduced_motion": "reduce"}


def test_a_teacher_is_invited_and_comes(cast: Cast, shoot: Shoot) -> None:
    with cast.at("lena", **STILL) as owner, cast.at(NOBODY, **STILL) as newcomer:
        look = Look(owner, shoot)
        visit(owner, cast.address("yogastudio", "/people/invite"))
        owner.get_by_label("Email", exact=True).fill("nora.vale@example.com")
        owner.get_by_label("Role", exact=True).select_option(label="Teacher")
        owner.get_by_role("button", name="Send the invitation").click()
        expect(owner.locator("#main").get_by_text("nora.vale@example.com", exact=True)).to_be_visible()
        look("team-invited")

        look = Look(newcomer, shoot)
        newcomer.goto(_link(newcomer, cast, "nora.vale@example.com"))
        expect(newcomer.get_by_role("heading", name="Join Stillwater Yoga Studio")).to_be_visible()
        look("team-invitation")
        newcomer.get_by_role("link", name="Create an account").click()
        fill_in(newcomer, "Nora", "nora.vale@example.com", MINE)
        code = newcomer.get_by_label("Code of six digits")
        if code.count():
            code.fill(code_for(newcomer, cast, "nora.vale@example.com"))
            newcomer.get_by_role("button", name="Continue").click()
        newcomer.get_by_role("button", name="Accept and go there").click()
        later = newcomer.get_by_role("link", name="Later")
        later.or_(newcomer.get_by_role("heading", name=re.compile("Nora"))).first.wait_for()
        if later.count():
            later.click()
        newcomer.wait_for_url(f"{cast.instance.origin('yogastudio')}/dashboard**")
        expect(newcomer.get_by_role("heading", name=re.compile("Nora"))).to_be_visible()

        visit(owner, cast.address("yogastudio", "/people?q=nora"))
        expect(owner.get_by_text("1 person found")).to_be_visible()


def _link(page: Page, cast: Cast, address: str) -> str:
    """Where the newest letter to this address leads."""
    page.goto(f"{cast.instance.origin('mail')}/?to={address}")
    letter = page.get_by_role("link", name=re.compile("Join Stillwater Yoga Studio", re.IGNORECASE)).first
    for _ in range(40):
        if letter.count():
            break
        page.wait_for_timeout(250)
        page.reload()
    assert letter.count(), page.locator("body").inner_text()
    letter.click()
    found = re.search(r"http\S+/invitations/[\w.-]+", page.content())
    assert found
    return found[0]


def test_a_role_is_changed_and_the_change_undone(cast: Cast, shoot: Shoot) -> None:
    with cast.at("amara", **STILL) as page:
        look = Look(page, shoot)
        visit(page, cast.address("musicschool", "/people/{marcus}"))
        page.get_by_label("Role").select_option(label="Student")
        page.get_by_role("button", name="Change the role").click()
        expect(page.locator("#main").get_by_text("Student", exact=True).first).to_be_visible()
        look("team-role-changed")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#main").get_by_text("Teacher", exact=True).first).to_be_visible()


def test_somebody_is_removed_and_restored(cast: Cast, shoot: Shoot) -> None:
    with cast.at("amara", **STILL) as page:
        look = Look(page, shoot)
        visit(page, cast.address("musicschool", "/people/{marcus}"))
        page.get_by_role("button", name=re.compile("Remove")).first.click()
        sure = page.get_by_role("dialog").get_by_role("button", name=re.compile("Remove"))
        if sure.count():
            sure.click()
        expect(page.get_by_text(re.compile("restore", re.IGNORECASE)).first).to_be_visible()
        look("team-removed")
        visit(page, cast.address("musicschool", "/people/{marcus}"))
        look("team-removed-person")
        page.get_by_role("button", name=re.compile("Restore")).first.click()
        expect(page.get_by_text("is a member again").first).to_be_visible()
        look("team-restored")
        visit(page, cast.address("musicschool", "/people?q=marcus"))
        expect(page.get_by_text("1 person found")).to_be_visible()
