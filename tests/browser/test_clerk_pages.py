"""Clerk's components on our pages in a real browser: with a stand-in for Clerk's scripts, under the policy that they get."""

import base64
import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from coursecove.kit.db import Database
from coursecove.settings.identity import IdentitySettings
from coursecove.web.app import create_app
from tests.browser.instance import Instance
from tests.browser.looking import faults

pytestmark = pytest.mark.browser

FRONTEND = "clerk.coursecove.localhost"
KEYS = {
    "clerk_secret_key": "sk_live_x",
    "clerk_publishable_key": "pk_live_" + base64.b64encode(f"{FRONTEND}$".encode()).decode(),
}
UI = "window.__internal_ClerkUICtor = function () {};"
CLERK = """
    const style = document.createElement("style");
    style.textContent = "#stand-in { letter-spacing: 3px; }";
    document.head.append(style);
    const told = window.told = {key: document.currentScript.dataset.clerkPublishableKey};
    const mount = name => (node, props) => {
        node.innerHTML = `<h2 id="stand-in">${name}</h2>`;
        Object.assign(told, {name, props, spacing: getComputedStyle(node.firstChild).letterSpacing});
    };
    window.Clerk = {
        isSignedIn: false,
        async load(options) {
            Object.assign(told, {options, hasUi: typeof options.ui.ClerkUI === "function"});
            await fetch("http://clerk.coursecove.localhost/v1/environment");
            told.worker = await new Promise(done => {
                const worker = new Worker(URL.createObjectURL(new Blob(["postMessage('works')"])));
                worker.onmessage = message => done(message.data);
            });
            told.elsewhere = await fetch("http://elsewhere.example/").then(() => "open", () => "shut");
        },
        mountSignIn: mount("sign-in"), mountSignUp: mount("sign-up"), mountUserProfile: mount("profile"),
    };"""


@pytest.fixture
def page(browser: Browser, instance: Instance) -> Iterator[Page]:
    """A window to which the site with Clerk's settings answers, without a socket."""
    chosen = instance.settings.model_copy(update={"identity": IdentitySettings(**KEYS)})

    def answer(route: Route) -> None:
        async def ask(database: Database) -> httpx.Response:
            transport = httpx.ASGITransport(create_app(chosen, database))
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.get(route.request.url, headers={"accept": "text/html"})

        found = instance.with_database(ask)
        headers = {name: value for name, value in found.headers.items() if name != "content-encoding"}
        route.fulfill(status=found.status_code, headers=headers, body=found.content)

    def clerk(route: Route) -> None:
        script = UI if "/ui@" in route.request.url else CLERK if "clerk-js" in route.request.url else "{}"
        kind = "text/javascript" if script != "{}" else "application/json"
        route.fulfill(content_type=kind, body=script, headers={"access-control-allow-origin": "*"})

    context = browser.new_context()
    context.route(f"{chosen.origin()}/**", answer)
    context.route(f"http://{FRONTEND}/**", clerk)
    context.route("http://elsewhere.example/**", lambda route: route.fulfill(body="open"))
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("path", "name"), [("/sign-in", "sign-in"), ("/sign-up", "sign-up")])
def test_the_component_stands_in_its_place(page: Page, instance: Instance, path: str, name: str) -> None:
    origin = instance.origin()
    page.goto(f"{origin}{path}?redirect_url={instance.origin('musicschool')}/dashboard")
    expect(page.locator("#stand-in")).to_have_text(name)
    told = json.loads(page.evaluate("JSON.stringify(window.told)"))
    assert told["key"] == KEYS["clerk_publishable_key"]
    assert told["hasUi"] is True
    assert (told["spacing"], told["worker"], told["elsewhere"]) == ("3px", "works", "shut")
    assert told["options"]["allowedRedirectOrigins"] == [origin, instance.origin("*")]
    assert told["props"]["forceRedirectUrl"] == f"{instance.origin('musicschool')}/dashboard"
    assert (told["props"]["signInUrl"], told["props"]["routing"]) == (f"{origin}/sign-in", "hash")
    assert faults(page) == []


def test_a_service_that_does_not_load_is_told(page: Page, instance: Instance) -> None:
    page.context.route(f"http://{FRONTEND}/npm/**", lambda route: route.abort())
    page.goto(f"{instance.origin()}/sign-in")
    expect(page.get_by_text("Signing in does not load")).to_be_visible()
    assert faults(page) == []
