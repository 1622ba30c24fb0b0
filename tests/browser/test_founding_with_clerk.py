"""The founder's way over a Clerk-shaped issuer: an installation that knows Clerk's settings and nothing else.

Clerk's own scripts are not at hand: theirs is the part of a stand-in, whose component leads to the issuer's hosted pages."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from coursecove.kit.db import Database
from tests.browser.cast import NOBODY, PHONE, Cast, Watch
from tests.browser.test_founding import founds
from tests.browser.test_identity import MINE, fill_in
from tests.browser.with_clerk import WithClerk, running_with_clerk

pytestmark = pytest.mark.browser

UI = "window.__internal_ClerkUICtor = function () {};"
STAND_IN = """
    const hosted = kind => (node, props) => {
        const link = document.createElement("a");
        link.textContent = `To the form (${kind})`;
        link.href = new URL(`/${kind}?redirect_url=${encodeURIComponent(props.forceRedirectUrl)}`, FRONTEND).href;
        node.append(link);
    };
    window.Clerk = {
        isSignedIn: false, async load() {}, mountSignIn: hosted("sign-in"), mountSignUp: hosted("sign-up"),
    };"""
HEARD = """
    select jsonb_object_agg(event_type, statuses) from (
      select event_type, jsonb_agg(distinct status) as statuses from webhook_events
       where webhook_id like 'msg%' group by 1) heard"""
FOUNDER = """
    select jsonb_build_array(u.provisional, o.subdomain, m.role, m.status)::text
      from users u join organization_memberships m on m.user_id = u.id join organizations o on o.id = m.organization_id
     where u.email = $1 order by o.created_at"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WithClerk]:
    with running_with_clerk(tmp_path_factory.mktemp("with_clerk")) as started:
        yield started


@pytest.fixture(params=[None, PHONE], ids=["desk", "phone"])
def page(site: WithClerk, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser of nobody's, to which the issuer's host also serves what Clerk would: its scripts."""
    cast, size = Cast(browser, site.product, None, Watch()), {"viewport": request.param or {}}
    context = cast.context(NOBODY, reduced_motion="reduce", **(size if request.param else {}))
    frontend = f"const FRONTEND = 'http://{site.clerk.host}';"

    def script(route: Route) -> None:
        body = UI if "/ui@" in route.request.url else frontend + STAND_IN
        headers = {"access-control-allow-origin": "*"}
        route.fulfill(content_type="text/javascript", body=body, headers=headers)

    context.route(f"http://{site.clerk.host}/npm/**", script)
    yield context.new_page()
    context.close()
    assert cast.watch.take() == []


def test_from_a_free_address_to_two_schools_and_out_of_both(site: WithClerk, page: Page) -> None:
    person = f"clerk{(page.viewport_size or {})['width']}"
    first, second, address = f"{person}music", f"{person}yoga", f"{person}@example.com"
    page.goto(f"{site.product.origin(first)}/sign-up")
    signs_up(site, page, address)
    expect(page.get_by_role("heading", name="Found your school")).to_be_visible()
    expect(page.get_by_label("Its address")).to_have_value(first)
    founds(page, f"Music of {person}")
    page.wait_for_url(f"{site.product.origin(first)}/dashboard**")
    expect(page.get_by_text(f"Music of {person}").first).to_be_visible()

    page.goto(f"{site.product.origin()}/found?label={second}")
    founds(page, f"Yoga of {person}")
    page.wait_for_url(f"{site.product.origin(second)}/dashboard**")
    the_issuer_made_both_and_told_of_them(site, address, [first, second])
    what_the_issuer_changes_is_seen(site, page, first, f"Academy of {person}")
    signs_out_of_both(site, page, [first, second])


def signs_up(site: WithClerk, page: Page, address: str) -> None:
    """On our own page Clerk's component, then its hosted form, the code of its letter, and back."""
    page.wait_for_url(f"{site.product.origin()}/sign-up?**")
    page.get_by_role("link", name="To the form (sign-up)").click()
    assert urlsplit(page.url).netloc == site.clerk.host
    fill_in(page, "Femi", address, MINE)
    page.get_by_label("Code of six digits").fill(site.code_for(address))
    page.get_by_role("button", name="Continue").click()


def the_issuer_made_both_and_told_of_them(site: WithClerk, address: str, labels: list[str]) -> None:
    """The schools are organisations there, and the founder has an address here, which only a webhook tells."""
    (founder,) = site.ask("GET", f"/users?email_address={address}")
    found = site.ask("GET", f"/users/{founder['id']}/organization_memberships")
    assert [each["role"] for each in found["data"]] == ["org:admin", "org:admin"]

    async def here(database: Database) -> tuple[list[str], str]:
        async with database.service_read() as db:
            connection = await db.connection()
            rows = await connection.fetch(FOUNDER, address)
            return [row[0] for row in rows], await connection.fetchval(HEARD)

    rows, heard = site.product.with_database(here)
    assert rows == [f'[false, "{label}", "SUPER_ADMIN", "ACTIVE"]' for label in labels]
    for kind in ("user.created", "organization.created", "organizationMembership.created"):
        assert kind in heard, heard
    assert "pending" not in heard, heard
    assert "failed" not in heard, heard


def what_the_issuer_changes_is_seen(site: WithClerk, page: Page, label: str, name: str) -> None:
    """A name changed there reaches the school's pages by webhook."""
    (found,) = site.ask("GET", f"/organizations?query={label}")["data"]
    site.ask("PATCH", f"/organizations/{found['id']}", {"name": name})
    for _ in range(40):
        page.goto(f"{site.product.origin(label)}/dashboard")
        if page.get_by_text(name).count():
            break
        page.wait_for_timeout(250)
    expect(page.get_by_text(name).first).to_be_visible()


def signs_out_of_both(site: WithClerk, page: Page, labels: list[str]) -> None:
    page.locator("#me > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{site.product.origin()}/")
    for label in labels:
        page.goto(f"{site.product.origin(label)}/dashboard")
        expect(page.get_by_role("link", name="To the form (sign-in)")).to_be_visible()
