"""What people come for, from the first click to the last."""

import re

import pytest
from playwright.sync_api import Page, expect

from coursecove import demo
from coursecove.web.identity_demo import PASSWORD
from tests.browser.cast import EVERYBODY, NOBODY, PHONE, Cast, enter, visit
from tests.browser.looking import faults

pytestmark = pytest.mark.browser

STILL = {"reduced_motion": "reduce"}
"""For pages that axe looks at: half-way through a transition no colour is what it will be."""

ASK_WITH_KEY = """
    key => fetch('/api/v1/school', {credentials: 'omit', headers: {authorization: `Bearer ${key}`}})
        .then(answer => answer.json())"""


def test_a_teacher_signs_in_by_one_click_and_finds_a_student(cast: Cast) -> None:
    with cast.at(NOBODY, **STILL) as page:
        visit(page, cast.instance.one_click(EVERYBODY["hana"], cast.address("musicschool", "/dashboard")))
        expect(page.get_by_role("heading", name=re.compile("Hana"))).to_be_visible()
        page.get_by_role("link", name="People").first.click()
        search = page.get_by_label("Search people")
        search.press_sequentially("bennett", delay=20)
        expect(page.get_by_text("1 person found")).to_be_visible()
        expect(search).to_be_focused()
        expect(page).to_have_url(re.compile(r"/people\?q=bennett"))
        assert faults(page) == []
        page.get_by_role("link", name="Isla Bennett").click()
        expect(page.get_by_role("heading", name="Isla Bennett")).to_be_visible()
        page.go_back()
        expect(page.get_by_label("Search people")).to_have_value("bennett")


def test_choosing_a_role_narrows_the_list_at_once(cast: Cast) -> None:
    page = cast.desk("amara")
    visit(page, cast.address("musicschool", "/people"))
    page.get_by_label("Role", exact=True).select_option(label="Teachers")
    expect(page.get_by_text("3 people found")).to_be_visible()
    page.get_by_label("Search people").fill("nobody at all")
    expect(page.get_by_text("Nobody matches")).to_be_visible()
    page.get_by_role("link", name="Clear the search").click()
    expect(page.get_by_text(re.compile(r"^5\d people"))).to_be_visible()


def test_a_guardian_sees_the_children_on_a_phone(cast: Cast) -> None:
    with cast.at("priya", viewport=PHONE, has_touch=True, is_mobile=True) as page:
        visit(page, cast.address("musicschool", "/dashboard"))
        expect(page.get_by_role("heading", name="Isla Bennett")).to_be_visible()
        expect(page.get_by_role("heading", name="Noah Adeyemi")).to_be_visible()
        assert page.get_by_role("link", name="People").count() == 0
        page.get_by_role("link", name="More").tap()
        expect(page.get_by_role("complementary", name="Main")).to_be_visible()
        page.locator("#sidebar").get_by_role("link", name="My account").tap()
        expect(page.get_by_role("heading", name="My account")).to_be_visible()
        assert _smallest_touch_target(page) >= 40


def test_somebody_of_two_schools_switches_without_signing_in_again(cast: Cast) -> None:
    with cast.at(NOBODY) as page:
        visit(page, cast.instance.one_click(EVERYBODY["tomas"], cast.address("musicschool", "/dashboard")))
        expect(page.get_by_role("heading", name="Colleagues", exact=True)).to_be_visible()
        page.locator("#schools > summary").click()
        page.get_by_role("link", name=re.compile("Stillwater Yoga Studio")).click()
        expect(page).to_have_url(cast.address("yogastudio", "/dashboard"))
        expect(page.get_by_role("heading", name="Learning", exact=True)).to_be_visible()
        page.locator("#schools > summary").click()
        page.get_by_role("link", name=re.compile("Harbour Music School")).click()
        expect(page.get_by_role("heading", name="Colleagues", exact=True)).to_be_visible()


def test_signing_out_signs_out_at_the_sibling_school_too(cast: Cast) -> None:
    with cast.at(NOBODY) as page:
        visit(page, cast.instance.one_click(EVERYBODY["tomas"], cast.address("musicschool", "/dashboard")))
        visit(page, cast.address("yogastudio", "/dashboard"))
        visit(page, cast.address("musicschool", "/dashboard"))
        page.locator("#me > summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(cast.instance.origin() + "/")
        for label in ("yogastudio", "musicschool"):
            visit(page, cast.address(label, "/account"))
            expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.go_back()
        assert page.get_by_text("My account").count() == 0


def test_a_link_followed_while_signed_out_leads_there_after_signing_in(cast: Cast) -> None:
    with cast.at(NOBODY) as page:
        target = cast.address("musicschool", "/people?role=TEACHER&q=o")
        visit(page, target)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        enter(page, "amara@example.com", PASSWORD)
        page.get_by_role("link", name="Later").click()
        expect(page).to_have_url(target)
        expect(page.get_by_label("Search people")).to_have_value("o")


def test_a_form_sent_after_the_session_ended_says_so_and_leads_back(cast: Cast) -> None:
    with cast.at("marcus", **STILL) as page:
        visit(page, cast.address("musicschool", "/account"))
        page.context.clear_cookies()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", name="Please sign in")).to_be_visible()
        assert faults(page) == []
        page.get_by_role("link", name="Sign in").click()
        enter(page, "marcus@example.com", PASSWORD)
        page.get_by_role("link", name="Later").click()
        expect(page).to_have_url(cast.address("musicschool", "/account"))


def test_the_dark_stays(cast: Cast) -> None:
    with cast.at("marcus", **STILL) as page:
        visit(page, cast.address("musicschool", "/dashboard"))
        light = _background(page)
        page.locator("#me > summary").click()
        with page.expect_response("**/account/theme"):
            page.get_by_role("button", name="Dark").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        dark = _background(page)
        assert dark != light
        visit(page, cast.address("musicschool", "/account"))
        assert _background(page) == dark
        page.emulate_media(color_scheme="dark")
        with page.expect_response("**/account/theme"):
            page.locator("#theme").get_by_role("button", name="Light").click()
        page.reload()
        assert _background(page) == light


def test_a_new_token_is_shown_once_copied_and_works(cast: Cast) -> None:
    with cast.at("amara", **STILL, permissions=["clipboard-read", "clipboard-write"]) as page:
        visit(page, cast.address("musicschool", "/account/tokens"))
        page.get_by_label("Name").fill("Website")
        page.get_by_label("See the school").check()
        page.get_by_role("button", name="Create token").click()
        assert faults(page) == []
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_text("Copied")).to_be_visible()
        secret = page.evaluate("() => navigator.clipboard.readText()")
        answer = page.evaluate(ASK_WITH_KEY, secret)
        assert answer["name"] == demo.MUSIC.name
        page.reload()
        assert page.get_by_text(secret).count() == 0


def test_what_the_server_cannot_answer_leaves_the_page_as_it_was(cast: Cast) -> None:
    with cast.at("amara") as page:
        visit(page, cast.address("musicschool", "/people"))
        page.route("**/people?*", lambda route: route.fulfill(status=503, body="away"))
        page.get_by_label("Search people").fill("hana")
        expect(page.get_by_text("That did not work")).to_be_visible()
        expect(page.get_by_text(re.compile(r"^5\d people"))).to_be_visible()
        assert [fault for fault in cast.watch.take() if "503" not in fault] == []


def test_a_tab_that_was_left_open_is_still_signed_in(cast: Cast) -> None:
    """The session's token lives a minute; the page that stays open for longer notices nothing."""
    with cast.at("hana") as page:
        visit(page, cast.address("musicschool", "/dashboard"))
        answer = page.evaluate("() => fetch('/auth/refresh', {method: 'POST'}).then(answer => answer.status)")
        assert answer == 204


def _background(page: Page) -> str:
    return str(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))


def _smallest_touch_target(page: Page) -> float:
    """Of the main actions: buttons, fields and the bar at the bottom."""
    found = page.locator("main .btn:visible, main select:visible, #tabbar a").all()
    return min((each.bounding_box() or {"height": 0.0})["height"] for each in found)
