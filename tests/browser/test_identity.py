"""From a stranger at a school's door to somebody with an account that is hard to steal, letters and passkey included."""

import re
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Page, expect

from coursecove.web.identity_demo import PASSWORD
from tests.browser.cast import NOBODY, Cast, enter
from tests.browser.conftest import Shoot
from tests.browser.looking import faults

pytestmark = pytest.mark.browser

MINE = "violet anchors hum quietly"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Look:
    """Every page on the way is looked at: by axe, by ruler, and by whoever asked for pictures."""

    def __init__(self, page: Page, shoot: Shoot) -> None:
        self.page, self.shoot = page, shoot

    def __call__(self, name: str) -> None:
        self.shoot(self.page, f"identity-{name}")
        assert (name, faults(self.page)) == (name, [])


@pytest.fixture
def page(cast: Cast) -> Iterator[Page]:
    """A browser of nobody's, in which nothing moves."""
    with cast.at(NOBODY, reduced_motion="reduce") as page:
        yield page


def code_for(page: Page, cast: Cast, address: str) -> str:
    """The newest code in the mailbox."""
    mailbox = page.context.new_page()
    subject = mailbox.get_by_text(re.compile(r"\d{6} is your CourseCove code")).first
    for _ in range(40):
        mailbox.goto(f"{cast.instance.origin('mail')}/?to={address}")
        if subject.count():
            break
        mailbox.wait_for_timeout(250)
    code = re.search(r"\d{6}", subject.inner_text())
    mailbox.close()
    assert code
    return code[0]


def test_from_a_stranger_to_an_account_that_is_hard_to_steal(cast: Cast, page: Page, shoot: Shoot) -> None:
    look, identity = Look(page, shoot), cast.instance.origin("id")
    signs_up(cast, page, look)
    makes_it_hard_to_steal(cast, page, look)
    page.goto(f"{identity}/reauthenticate?redirect_url={identity}/account/password")
    look("reauthenticate")
    page.goto(f"{identity}/sign-out")
    look("sign-out")
    page.get_by_role("button", name="Sign out everywhere in this browser").click()

    page.goto(f"{identity}/sign-in?redirect_url={identity}/account")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Nadia", exact=True).first).to_be_visible()
    page.goto(f"{identity}/sign-out")
    page.get_by_role("button", name="Sign out everywhere in this browser").click()

    page.goto(f"{identity}/sign-in?redirect_url={identity}/account")
    enter(page, "nadia@example.com", MINE)
    look("second-factor")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{identity}/account")


def signs_up(cast: Cast, page: Page, look: Look) -> None:
    page.goto(f"{cast.instance.origin('musicschool')}/dashboard")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Harbour Music School")).to_be_visible()
    look("sign-in")
    page.get_by_role("link", name="Sign up").click()
    look("sign-up")
    fill_in(page, "Nadia", "nadia@example.com", "nadia nadia")
    expect(page.get_by_text("at least 15 characters").first).to_be_visible()
    look("sign-up-refused")
    fill_in(page, "Nadia", "nadia@example.com", MINE)
    look("code")
    page.get_by_label("Code of six digits").fill("000000")
    page.get_by_role("button", name="Continue").click()
    look("code-refused")
    page.get_by_label("Code of six digits").fill(code_for(page, cast, "nadia@example.com"))
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{cast.instance.origin('musicschool')}/dashboard")


def makes_it_hard_to_steal(cast: Cast, page: Page, look: Look) -> None:
    identity = cast.instance.origin("id")
    page.goto(f"{identity}/account")
    look("account")
    page.get_by_role("link", name="Security").click()
    look("security")
    page.get_by_role("link", name="Set one up").click()
    look("factor-choose")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.get_by_label("A name for it").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Keep these codes")).to_be_visible()
    look("backup-codes")
    page.goto(f"{identity}/account/second-factor/app")
    look("factor-app")
    shows_the_apps_code(page)
    expect(page.get_by_text("Passkey: My laptop")).to_be_visible()
    look("security-enrolled")
    for path in ("sessions", "password", "addresses/new"):
        page.goto(f"{identity}/account/{path}")
        look(path.replace("/", "-"))
    page.get_by_label("E-mail address").fill("nadia.berg@example.com")
    page.get_by_role("button", name="Send a code").click()
    look("addresses-code")


def fill_in(page: Page, name: str, address: str, password: str) -> None:
    page.get_by_label("First name").fill(name)
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_label(re.compile("I accept")).check()
    page.get_by_role("button", name="Continue").click()


def shows_the_apps_code(page: Page) -> None:
    secret = re.sub(r"\s", "", page.locator("code").inner_text())
    page.get_by_label("Type the code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Continue").click()


def test_an_owner_is_asked_for_a_second_factor_and_may_do_it_later(
    cast: Cast, page: Page, shoot: Shoot
) -> None:
    look, school = Look(page, shoot), cast.instance.origin("musicschool")
    page.goto(f"{school}/people")
    enter(page, "amara@example.com", "lanterns over the lake")
    expect(page.get_by_role("alert")).to_have_text(re.compile("do not fit together"))
    look("sign-in-refused")
    enter(page, "amara@example.com", PASSWORD)
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    look("unfinished")
    page.get_by_role("link", name="Later").click()
    page.wait_for_url(f"{school}/people")
    page.goto(f"{cast.instance.origin('id')}/sign-in?redirect_url={school}/people")
    expect(page.get_by_text("Continue as Amara Osei")).to_be_visible()
    look("sign-in-known")
    page.get_by_text("Continue as Amara Osei").click()
    page.wait_for_url(f"{school}/people")


def test_pages_without_a_story_are_looked_at_too(cast: Cast, page: Page, shoot: Shoot) -> None:
    look, identity = Look(page, shoot), cast.instance.origin("id")
    back = f"?redirect_url={cast.instance.origin('musicschool')}/"
    for path, name in (
        ("/reset", "reset"),
        ("/reset/sent", "reset-sent"),
        ("/reset/over", "reset-over"),
        (f"/sign-in/school{back}", "school-code"),
        (f"/sign-in/people{back}", "people"),
        ("/sign-out", "sign-out-nobody"),
        ("/nothing", "problem"),
        ("/convert/nothing", "convert-over"),
        ("/invitations/nothing", "invitation-over"),
    ):
        page.goto(identity + path)
        look(name)


def test_everything_but_passkeys_works_without_script(cast: Cast) -> None:
    with cast.at(NOBODY, java_script_enabled=False) as page:
        identity = cast.instance.origin("id")
        page.goto(f"{identity}/sign-up?redirect_url={identity}/account")
        expect(page.get_by_role("button", name=re.compile("passkey"))).to_have_count(0)
        fill_in(page, "Omar", "omar@example.com", MINE)
        page.get_by_label("Code of six digits").fill(code_for(page, cast, "omar@example.com"))
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(f"{identity}/account")
        page.goto(f"{identity}/account/second-factor/app")
        shows_the_apps_code(page)
        expect(page.get_by_role("heading", name="Keep these codes")).to_be_visible()
        page.goto(f"{identity}/sign-out")
        page.get_by_role("button", name="Sign out everywhere in this browser").click()


def test_signing_in_needs_a_keyboard_only(cast: Cast, page: Page) -> None:
    identity = cast.instance.origin("id")
    page.goto(f"{identity}/sign-in?redirect_url={identity}/account")
    expect(page.get_by_label("E-mail address or username")).to_be_focused()
    page.keyboard.type("isla@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{identity}/account")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
