"""The provider's host towards browsers: Clerk's shapes, only our own addresses, only our own forms."""

import re
from urllib.parse import parse_qs, quote, urlsplit

import jwt
import pytest
from starlette.routing import Route

from coursecove_identity import sessions
from coursecove_identity.backend import backend_routes
from coursecove_identity.ids import new_id
from coursecove_identity.provider import Provider, Surroundings
from coursecove_identity.signing import mint_session_token
from coursecove_identity.site import Site
from coursecove_identity.store import Store
from coursecove_identity.vault import Vault
from coursecove_identity.web import identity_app
from tests.identity.visiting import ISSUER, MUSIC, PASSWORD, ROOT, Browser

# Tokens and keys


async def test_a_token_has_exactly_the_published_shape(provider, visitor, amara):
    claims = await claims_at(provider, visitor, "amara@example.com", MUSIC)
    assert set(claims) == {"azp", "exp", "fva", "iat", "iss", "jti", "nbf", "o", "sid", "sts", "sub", "v"}
    assert claims["exp"] - claims["iat"] == 60
    assert claims["iat"] - claims["nbf"] == 10
    assert (claims["azp"], claims["iss"], claims["v"], claims["sub"]) == (MUSIC, ISSUER, 2, amara.id)
    assert claims["o"] == {"id": "org_2music", "rol": "admin", "slg": "music-school"}
    assert re.fullmatch(r"sess_[0-9A-Za-z]{27}", claims["sid"])


async def test_a_token_for_the_root_or_for_strangers_names_no_organisation(
    provider, visitor, amara, mara, app
):
    assert "o" not in await claims_at(provider, visitor, "amara@example.com", ROOT)
    assert "o" not in await claims_at(provider, Browser(app), "mara@example.com", MUSIC)


async def test_the_header_names_key_and_category(provider, visitor, mara):
    key = await provider.keys.current()
    text = mint_session_token(key, issuer=ISSUER, subject="user_1", session_id=new_id("sess"), origin=MUSIC)
    assert jwt.get_unverified_header(text) == {
        "alg": "RS256",
        "typ": "JWT",
        "cat": "cl_B7d4PD111AAA",
        "kid": key.kid,
    }


async def test_the_key_set_verifies_the_tokens(provider, visitor):
    answer = await visitor.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=60"
    (entry,) = answer.json()["keys"]
    assert set(entry) == {"use", "kty", "kid", "alg", "n", "e"}
    assert entry["kid"] == await provider.prepare()
    key = await provider.keys.current()
    text = mint_session_token(key, issuer=ISSUER, subject="user_1", session_id=new_id("sess"), origin=MUSIC)
    assert jwt.decode(text, jwt.PyJWK(entry), ["RS256"])["sub"] == "user_1"


def test_ids_sort_by_time_and_carry_their_prefix():
    found = [new_id("user") for _ in range(50)]
    assert all(re.fullmatch(r"user_[0-9A-Za-z]{27}", one) for one in found)
    assert len(set(found)) == 50


# Handshake


def directives(answer):
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return jwt.decode(query["__clerk_handshake"][0], options={"verify_signature": False})["handshake"]


async def claims_at(provider, visitor, address, origin):
    await visitor.sign_in(address)
    answer = await visitor.get(f"/v1/client/handshake?redirect_url={quote(origin + '/')}")
    line = next(line for line in directives(answer) if line.startswith("__session="))
    text = line.removeprefix("__session=").split(";")[0]
    key = await provider.keys.current()
    return jwt.decode(text, key.private.public_key(), ["RS256"], options={"verify_aud": False})


async def test_the_handshake_leads_back_with_signed_cookies(provider, visitor, mara):
    await visitor.sign_in("mara@example.com")
    back = MUSIC + "/people?page=2"
    answer = await visitor.get(f"/v1/client/handshake?redirect_url={quote(back)}")
    assert answer.status_code == 307
    assert answer.headers["location"].startswith(back + "&__clerk_handshake=")
    assert answer.headers["cache-control"] == "no-store"
    assert all("HttpOnly" in line for line in directives(answer) if not line.startswith("__client_uat"))
    answer = await visitor.get(f"/v1/client/handshake?redirect_url={quote(ROOT)}&suffixed_cookies=true")
    suffix = provider.site.cookie_suffix
    assert {line.split("=")[0] for line in directives(answer)} == {
        f"{name}_{suffix}" for name in ("__session", "__refresh", "__client_uat")
    }


@pytest.mark.parametrize("cookie", ["", "nonsense", "x" * 5000])
async def test_the_handshake_of_a_stranger_signs_out(visitor, cookie, provider):
    if cookie:
        visitor.cookies[provider.cookies.name("__client")] = cookie
    answer = await visitor.get(f"/v1/client/handshake?redirect_url={quote(MUSIC)}")
    assert [line.split(";")[0] for line in directives(answer)] == [
        "__session=",
        "__refresh=",
        "__client_uat=0",
    ]


async def test_the_handshake_of_an_ended_session_signs_out(provider, visitor, mara):
    await visitor.sign_in("mara@example.com")
    async with provider.store.transaction() as db:
        await sessions.end_all(db, mara.id, "revoked")
    answer = await visitor.get(f"/v1/client/handshake?redirect_url={quote(MUSIC)}")
    assert "__client_uat=0" in directives(answer)[2]


# Only our own addresses


OPEN_REDIRECTS = [
    "",
    "/",
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "http:/evil.example",
    "%2f%2fevil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://evil.example/",
    "http://evil-coursecove.localhost:8000/",
    "http://evilcoursecove.localhost:8000/",
    "http://coursecove.localhost.evil.example:8000/",
    "http://coursecove.localhost:8000@evil.example/",
    "http://user@coursecove.localhost:8000/",
    "http://coursecove.localhost:8000\\@evil.example/",
    "http://coursecove.localhost:8000\\.evil.example/",
    "http://a.b.coursecove.localhost:8000/",
    "http://.coursecove.localhost:8000/",
    "http://coursecove.localhost.:8000/",
    "http://coursecove.localhost:8001/",
    "http://coursecove.localhost/",
    "http://coursecove.localhost:x/",
    "http://coursecove.localhost:99999/",
    "https://coursecove.localhost:8000/",
    "ftp://coursecove.localhost:8000/",
    "http://coursecove.localhost:8000/\r\nset-cookie: x=1",
    "http://coursecove.localhost:8000/\tx",
    " http://coursecove.localhost:8000/",
    "http://c\u043eursecove.localhost:8000/",
    "http://[::1]:8000/",
    "http://[",
    "http://coursecove.localhost:8000/" + "a" * 5000,
]


@pytest.fixture(scope="module")
def closed_app():
    """The pages that need no database to refuse an address."""
    store = Store("postgresql://nobody@127.0.0.1:1/none")

    async def no_mail(mail):
        raise AssertionError

    provider = Provider(Site.parse(ROOT), store, Vault(b"x"), Surroundings(send_mail=no_mail))
    return identity_app(provider, backend_routes(provider))


@pytest.mark.parametrize("url", OPEN_REDIRECTS)
async def test_nobody_is_sent_elsewhere(closed_app, url):
    visitor, query = Browser(closed_app), f"?redirect_url={quote(url, safe='')}"
    for path in ("/v1/client/handshake", "/sign-in", "/sign-up", "/sign-out", "/sign-in/school"):
        answer = await visitor.get(path + query)
        assert answer.status_code == 400
        assert "set-cookie" not in answer.headers
    for path in ("/sign-in", "/sign-out", "/sign-in/school"):
        answer = await visitor.post(path + query, {"identifier": "x", "password": "y"})
        assert answer.status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        ROOT,
        ROOT + "/",
        MUSIC,
        MUSIC + "/a/b?c=d&e=%2F",
        MUSIC.upper().replace("HTTP", "http"),
        MUSIC + "/#part",
    ],
)
async def test_our_own_addresses_are_fine(visitor, mara, address):
    form = {"identifier": "mara@example.com", "password": PASSWORD}
    answer = await visitor.post(f"/sign-in?redirect_url={quote(address, safe='')}", form)
    assert answer.status_code == 303
    assert answer.headers["location"].lower() == address.lower().removesuffix("#part")


# Only our own forms


def posts(app):
    return sorted(
        {
            re.sub(r"\{[a-z_]+(?::path)?\}", "x", route.path)
            for route in app.routes
            if isinstance(route, Route) and "POST" in route.methods and not route.path.startswith("/v1")
        }
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
        {"origin": MUSIC},
        {"origin": MUSIC, "sec-fetch-site": "same-site"},
        {"origin": "null"},
        {"origin": ISSUER, "sec-fetch-site": "same-site"},
        {"origin": "https://id.coursecove.localhost:8000"},
        {"origin": ISSUER + ".evil.example"},
    ],
)
async def test_forms_of_other_hosts_do_nothing(app, visitor, mara, headers, store):
    """A sibling school's page sends our cookies along; it is refused at every address that changes something."""
    await visitor.sign_in("mara@example.com")
    paths = posts(app)
    assert len(paths) > 25
    for path in paths:
        answer = await visitor.send("POST", path, headers=headers, data={"first_name": "Evil"})
        assert (path, answer.status_code) == (path, 400)
        assert "set-cookie" not in answer.headers
    assert (await visitor.get("/account")).status_code == 200


async def test_a_planted_client_cookie_is_nobody(provider, visitor, mara):
    """A sibling host may set cookies for the whole domain: two of one name are believed neither, and taken away."""
    await visitor.sign_in("mara@example.com")
    name = provider.cookies.name("__client")
    value = visitor.cookies.pop(name)
    for planted in (f"{name}=evil; {name}={value}", f"{name}={value}; {name}=evil"):
        answer = await visitor.get("/account/sessions", headers={"cookie": planted})
        assert answer.status_code == 303
        cleared = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}=;")]
        paths = {line.partition("Path=")[2].partition(";")[0] for line in cleared}
        assert paths == {"/", "/account", "/account/", "/account/sessions"}
        assert all("Domain=coursecove.localhost" in line and "Max-Age=0" in line for line in cleared)
    assert (await visitor.get("/account", headers={"cookie": f"{name}={value}"})).status_code == 200


async def test_in_production_cookies_carry_the_host_prefix(store, server):
    async def no_mail(mail):
        return

    site = Site.parse("https://coursecove.example")
    provider = Provider(
        site, store, Vault(server.settings.derived("identity")), Surroundings(send_mail=no_mail)
    )
    assert provider.cookies.own("device", "x", 5).startswith("__Host-device=x; Path=/; ")
    assert all(
        "Secure" in line for line in (provider.cookies.own("device", "x", 5), provider.cookies.client("x"))
    )
    with pytest.raises(ValueError, match="one click"):
        Provider(site, store, Vault(b"x"), Surroundings(send_mail=no_mail, one_click=True))


# Headers


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-up", "/reset", "/sign-in/school", "/sign-out", "/nothing"]
)
async def test_every_page_forbids_what_it_does_not_need(visitor, path):
    answer = await visitor.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert f"form-action 'self' {ROOT} http://*.coursecove.localhost:8000" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in answer.headers
    assert "style=" not in answer.text
    for script in re.findall(r"<script[^>]*>", answer.text):
        assert f'nonce="{re.search(r"nonce-([^;]+)", policy)[1][:-1]}"' in script


async def test_nonces_differ(visitor):
    pages = [(await visitor.get("/sign-in")).headers["content-security-policy"] for _ in range(2)]
    assert pages[0] != pages[1]


async def test_one_click_is_not_there_unless_composed(visitor, mara):
    for method in ("GET", "POST"):
        answer = await visitor.send(method, f"/sign-in/{mara.id}", headers={"origin": ISSUER})
        assert answer.status_code in (404, 405)
    assert not visitor.is_signed_in


async def test_a_database_that_is_away_is_said_calmly(closed_app):
    visitor = Browser(closed_app)
    answer = await visitor.sign_in("mara@example.com")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "nothing was changed" in answer.text


# One click, in development


@pytest.fixture
async def dev(provider, amara):
    """A browser of a development start."""
    around = Surroundings(
        send_mail=provider.around.send_mail,
        organization_at=provider.around.organization_at,
        label_of=provider.around.label_of,
        landing="/dashboard",
        one_click=True,
    )
    made = Provider(provider.site, provider.store, provider.vault, around)
    return Browser(identity_app(made))


@pytest.mark.parametrize("site", [None, "none", "same-site", "same-origin"])
async def test_one_click_signs_in(dev, amara, site):
    headers = {"sec-fetch-site": site} if site else {}
    answer = await dev.get(f"/sign-in/{amara.id}", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, MUSIC + "/dashboard")
    assert dev.is_signed_in


async def test_a_link_on_another_site_shows_a_button_first(dev, amara):
    answer = await dev.get(f"/sign-in/{amara.id}", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


async def test_everybody_is_offered(dev, amara):
    answer = await dev.get(f"/sign-in/people?redirect_url={quote(MUSIC + '/people')}")
    assert "Amara Osei" in answer.text
    assert f"/sign-in/{amara.id}?redirect_url=" in answer.text
    assert (await dev.get("/sign-in/user_2nobody")).status_code == 404
