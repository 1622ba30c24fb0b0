"""The product with Clerk's settings and nothing else, where Clerk is our provider as another installation, at another port."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from coursecove.kit.db import Database
from coursecove.kit.web.hosts import PublicRoot
from coursecove.providers.identity import NewInvitation
from coursecove.settings import Settings
from coursecove.settings.identity import IdentitySettings
from coursecove.web.app import create_app
from coursecove.web.identity import build_identity
from tests.conftest import cloned
from tests.identity.as_clerk import SECRET, AsClerk, as_clerk, living
from tests.web.web_world import Browser

ROOT = "http://coursecove.localhost:8000"
MUSIC = "http://musicschool.coursecove.localhost:8000"


@dataclass
class TwoSites(Browser):
    """A browser that reaches Clerk over the network and the product in this process."""

    clerk: AsClerk | None = None

    async def send(self, method, url, *, headers=None, data=None):
        parts = urlsplit(url)
        assert self.clerk is not None
        if parts.netloc != self.clerk.host:
            return await super().send(method, url, headers=headers, data=data)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies(parts.hostname or ""))
        sent = {"host": parts.netloc, "cookie": cookie, **self._fetch(method), **(headers or {})}
        async with httpx.AsyncClient(base_url=self.clerk.api) as client:
            answer = await client.request(method, f"{parts.path}?{parts.query}", headers=sent, data=data)
        for line in answer.headers.get_list("set-cookie"):
            self._keep(parts.hostname or "", line)
        self.trail.append(url)
        return answer


@pytest.fixture
async def url(server):
    """A database of the test's own: here the product's tables change too."""
    async with cloned(server) as own:
        yield own


@pytest.fixture
async def clerk(server):
    async with as_clerk(server, ROOT, "http://127.0.0.1:9/") as running:
        yield running


@pytest.fixture
def chosen(server, clerk) -> Settings:
    """Everything that is set is what a dashboard would show."""
    keys = IdentitySettings(
        clerk_secret_key=clerk.secret_key,
        clerk_publishable_key=clerk.publishable_key,
        clerk_webhook_secret=SECRET,
        clerk_api_url=clerk.api,
        clerk_custom_roles=True,
    )
    return server.settings.model_copy(update={"identity": keys})


@pytest.fixture
async def visitor(chosen, database, clerk):
    app = create_app(chosen, database)
    async with living(app):
        yield TwoSites(app, clerk=clerk)


@pytest.fixture
async def mara(clerk):
    return await clerk.person("Mara")


async def sign_in(visitor, clerk, user_id, url):
    await visitor.send("GET", f"http://{clerk.host}/sign-in/{user_id}?redirect_url={url}")
    return await visitor.visit(url)


async def test_a_stranger_is_led_to_the_page_of_clerks_components(visitor, clerk):
    answer = await visitor.visit(MUSIC + "/dashboard")
    assert answer.status_code == 200
    assert urlsplit(visitor.trail[-1]).path == "/sign-in"
    assert parse_qs(urlsplit(visitor.trail[-1]).query)["redirect_url"] == [MUSIC + "/dashboard"]
    assert f'src="http://{clerk.host}/npm/@clerk/clerk-js@6/dist/clerk.browser.js"' in answer.text
    assert f'data-clerk-publishable-key="{clerk.publishable_key}"' in answer.text


async def test_whoever_signs_in_there_is_signed_in_here(visitor, clerk, mara, database: Database):
    answer = await sign_in(visitor, clerk, mara, MUSIC + "/dashboard")
    assert answer.status_code == 403
    assert "closed to you at the moment" in answer.text
    assert any("/v1/client/handshake" in url for url in visitor.trail)
    async with database.service_read() as db:
        assert await db.value("select count(*) from users where clerk_user_id = $1", mara) == 1


async def test_signing_out_ends_it_there_too(visitor, clerk, mara):
    await sign_in(visitor, clerk, mara, MUSIC + "/dashboard")
    async with clerk.backend() as client:
        (session,) = (await client.get(f"/sessions?user_id={mara}&status=active")).json()
        assert (await client.post(f"/sessions/{session['id']}/revoke")).status_code == 200
    visitor.jar = {key: value for key, value in visitor.jar.items() if not key[0].startswith("__session")}
    answer = await visitor.visit(MUSIC + "/dashboard")
    assert urlsplit(visitor.trail[-1]).path == "/sign-in"
    assert answer.status_code == 200


async def test_the_port_speaks_to_it(chosen, database, clerk, mara):
    identity = build_identity(chosen, PublicRoot.parse(chosen.origin()), database)
    school = await identity.port.create_organization(name="S", slug="s-1", created_by=mara)
    asked = [NewInvitation("ola@example.com", "TEACHER")]
    (sent,) = await identity.port.invite(school.id, asked, inviter_id=mara)
    assert (sent.role, sent.status) == ("org:teacher", "pending")
    assert [each.id async for each in identity.port.users()] == [mara]
    await identity.close()


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/user-profile"])
async def test_only_those_pages_may_speak_to_clerk(visitor, clerk, path):
    answer = await visitor.send("GET", ROOT + path)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    for directive in ("script-src", "connect-src", "form-action"):
        assert f"http://{clerk.host}" in policy[directive]
    assert "'unsafe-inline'" in policy["style-src"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert policy["worker-src"] == "'self' blob:"
    elsewhere = (await visitor.send("GET", ROOT + "/")).headers["content-security-policy"]
    assert "unsafe-inline" not in elsewhere
    assert "frame-src" not in elsewhere


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (MUSIC + "/dashboard?a=1", True),
        (ROOT + "/", True),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("http://coursecove.localhost.evil.example/", False),
        ("http://evilcoursecove.localhost:8000/", False),
        ("http://coursecove.localhost:8000@evil.example/", False),
        ("javascript:alert(1)", False),
        ("http:/\\evil.example", False),
        ("http://coursecove.localhost:9000/", False),
        ("", False),
    ],
)
async def test_nobody_is_sent_anywhere_else(visitor, asked, kept):
    answer = await visitor.send("GET", str(httpx.URL(ROOT + "/sign-in", params={"redirect_url": asked})))
    assert (asked in answer.text and bool(asked)) is kept
    if not kept:
        assert f'"back": "{ROOT}/"' in answer.text


async def test_a_school_shows_the_way(visitor):
    for path, then in (("/sign-in", "/dashboard"), ("/sign-up", "/join")):
        answer = await visitor.send("GET", MUSIC + path)
        assert answer.status_code == 303
        leads = urlsplit(answer.headers["location"])
        assert (leads.netloc, leads.path) == ("coursecove.localhost:8000", path)
        assert parse_qs(leads.query)["redirect_url"] == [MUSIC + then]
