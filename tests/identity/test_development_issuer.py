"""The development issuer: Clerk's shapes, its own pages, and only our own addresses."""

import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import jwt
import pytest

from coursecove_identity.development import DevelopmentIssuer
from coursecove_identity.ids import new_id
from coursecove_identity.people import Membership, Person
from coursecove_identity.signing import SigningKey
from coursecove_identity.web import development_app

ROOT = "http://coursecove.localhost:8000"
ISSUER = "http://id.coursecove.localhost:8000"
MUSIC = "http://musicschool.coursecove.localhost:8000"
MARA = Person(
    "user_2mara",
    "Mara",
    "<Lindqvist>",
    "mara@musicschool.example",
    (Membership("org_2music", "Harbour Music School", "music-school", "musicschool", "org:admin"),),
)


async def people():
    return [MARA]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    return DevelopmentIssuer(tmp_path_factory.mktemp("keys"), ROOT, people, landing="/dashboard")


@pytest.fixture
def ask(issuer):
    async def send(method, path, cookies=None, **kwargs):
        transport = httpx.ASGITransport(development_app(issuer))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER, cookies=cookies) as client:
            return await client.request(method, path, **kwargs)

    return send


def cookies_of(answer):
    return dict(line.split(";")[0].split("=", 1) for line in answer.headers.get_list("set-cookie"))


# Tokens and keys


def test_a_token_has_exactly_the_published_shape(issuer):
    text = issuer.session_token("user_2mara", MUSIC, MARA.memberships[0])
    assert jwt.get_unverified_header(text) == {
        "alg": "RS256",
        "typ": "JWT",
        "cat": "cl_B7d4PD111AAA",
        "kid": issuer.key.kid,
    }
    claims = jwt.decode(text, issuer.key.private.public_key(), ["RS256"])
    assert set(claims) == {"azp", "exp", "fva", "iat", "iss", "jti", "nbf", "o", "sid", "sts", "sub", "v"}
    assert claims["exp"] - claims["iat"] == 60
    assert claims["iat"] - claims["nbf"] == 10
    assert (claims["azp"], claims["iss"], claims["v"]) == (MUSIC, ISSUER, 2)
    assert claims["o"] == {"id": "org_2music", "rol": "admin", "slg": "music-school"}
    assert re.fullmatch(r"sess_[0-9A-Za-z]{27}", claims["sid"])


async def test_the_key_set_verifies_the_tokens(issuer, ask):
    answer = await ask("GET", "/.well-known/jwks.json")
    (entry,) = answer.json()["keys"]
    assert set(entry) == {"use", "kty", "kid", "alg", "n", "e"}
    text = issuer.session_token("user_2mara", MUSIC)
    assert jwt.decode(text, jwt.PyJWK(entry), ["RS256"])["sub"] == "user_2mara"


def test_ids_sort_by_time_and_carry_their_prefix():
    found = [new_id("user") for _ in range(50)]
    assert all(re.fullmatch(r"user_[0-9A-Za-z]{27}", one) for one in found)
    assert len(set(found)) == 50


def test_processes_that_start_together_share_one_key(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(lambda _: SigningKey.kept_in(tmp_path).kid, range(4)))
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["session-key.pem"]
    assert stat.S_IMODE((tmp_path / "session-key.pem").stat().st_mode) == 0o600


def test_a_second_start_keeps_keys_and_sessions(issuer, tmp_path):
    first = DevelopmentIssuer(tmp_path, ROOT, people)
    second = DevelopmentIssuer(tmp_path, ROOT, people)
    client = first.clients.start(MARA.id)
    assert second.clients.by_cookie(first.clients.cookie(client)) == client
    assert (first.key.kid, first.secret_key) == (second.key.kid, second.secret_key)
    second.clients.end(client.session_id)
    assert first.clients.by_cookie(first.clients.cookie(client)) is None
    assert issuer.clients.by_cookie(first.clients.cookie(client)) is None


@pytest.mark.parametrize("root", ["https://coursecove.example", "http://coursecove.localhost.evil.example"])
def test_it_serves_no_public_name(tmp_path, root):
    with pytest.raises(ValueError, match="only names under"):
        DevelopmentIssuer(tmp_path, root, people)


# Signing in and out


async def test_the_page_offers_everybody(ask):
    answer = await ask("GET", f"/sign-in?redirect_url={quote(MUSIC + '/people')}")
    assert "Mara &lt;Lindqvist&gt;" in answer.text
    assert "Harbour Music School" in answer.text
    assert f'action="/sign-in/user_2mara?redirect_url={quote(MUSIC + "/people", safe="/")}"' in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert (
        "form-action 'self' http://coursecove.localhost:8000 http://*.coursecove.localhost:8000"
        in (answer.headers["content-security-policy"])
    )


@pytest.mark.parametrize("site", [None, "none", "same-site", "same-origin"])
async def test_one_click_signs_in(issuer, ask, site):
    headers = {"sec-fetch-site": site} if site else {}
    answer = await ask("GET", "/sign-in/user_2mara", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, MUSIC + "/dashboard")
    lines = answer.headers.get_list("set-cookie")
    client = next(line for line in lines if line.startswith("__client_") and "uat" not in line)
    assert "HttpOnly" in client
    assert "Domain" not in client
    uat = next(line for line in lines if line.startswith("__client_uat"))
    assert "Domain=coursecove.localhost" in uat


async def test_a_link_on_another_site_shows_a_button_first(ask):
    answer = await ask("GET", "/sign-in/user_2mara", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/sign-in/user_2mara", "/sign-out"])
@pytest.mark.parametrize(
    "headers", [{}, {"sec-fetch-site": "same-site"}, {"origin": MUSIC}, {"sec-fetch-site": "cross-site"}]
)
async def test_forms_of_other_hosts_do_nothing(ask, path, headers):
    answer = await ask("POST", path, headers=headers)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


async def test_an_unknown_person_is_not_signed_in(ask):
    assert (await ask("GET", "/sign-in/user_2nobody")).status_code == 404


async def test_sign_out_ends_the_session(issuer, ask):
    cookies = cookies_of(await ask("GET", "/sign-in/user_2mara"))
    assert "Sign out everywhere" in (await ask("GET", "/sign-out", cookies)).text
    answer = await ask("POST", "/sign-out", cookies, headers={"origin": ISSUER})
    assert (answer.status_code, answer.headers["location"]) == (303, ROOT + "/")
    assert next(value for name, value in cookies_of(answer).items() if "uat" in name) == "0"
    assert "Nobody is signed in" in (await ask("GET", "/sign-out", cookies)).text


async def test_signing_in_again_ends_the_session_before(issuer, ask):
    cookies = cookies_of(await ask("GET", "/sign-in/user_2mara"))
    await ask("GET", "/sign-in/user_2mara", cookies)
    assert "Nobody is signed in" in (await ask("GET", "/sign-out", cookies)).text


# Handshake


def directives(issuer, answer):
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    (text,) = query["__clerk_handshake"]
    return jwt.decode(text, issuer.key.private.public_key(), ["RS256"])["handshake"]


async def test_the_handshake_carries_a_token_for_the_asking_host(issuer, ask):
    cookies = cookies_of(await ask("GET", "/sign-in/user_2mara"))
    back = MUSIC + "/people?page=2"
    answer = await ask("GET", f"/v1/client/handshake?redirect_url={quote(back)}", cookies)
    assert answer.status_code == 307
    assert answer.headers["location"].startswith(back + "&__clerk_handshake=")
    assert answer.headers["cache-control"] == "no-store"
    session = next(line for line in directives(issuer, answer) if line.startswith("__session="))
    text = session.removeprefix("__session=").split(";")[0]
    claims = jwt.decode(text, issuer.key.private.public_key(), ["RS256"])
    assert (claims["azp"], claims["o"]["id"]) == (MUSIC, "org_2music")
    answer = await ask(
        "GET", f"/v1/client/handshake?redirect_url={quote(ROOT)}&suffixed_cookies=true", cookies
    )
    names = {line.split("=")[0] for line in directives(issuer, answer)}
    assert names == {
        f"{name}_{issuer.site.cookie_suffix}" for name in ("__session", "__refresh", "__client_uat")
    }


async def test_the_handshake_of_a_stranger_signs_out(issuer, ask):
    answer = await ask("GET", f"/v1/client/handshake?redirect_url={quote(MUSIC)}")
    assert [line.split(";")[0] for line in directives(issuer, answer)] == [
        "__session=",
        "__refresh=",
        "__client_uat=0",
    ]


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


@pytest.mark.parametrize("url", OPEN_REDIRECTS)
async def test_nobody_is_sent_elsewhere(ask, url):
    for path in ("/v1/client/handshake", "/sign-in/user_2mara", "/sign-in", "/sign-out"):
        answer = await ask("GET", f"{path}?redirect_url={quote(url, safe='')}")
        assert answer.status_code == 400
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "url",
    [
        ROOT,
        ROOT + "/",
        MUSIC,
        MUSIC + "/a/b?c=d&e=%2F",
        MUSIC.upper().replace("HTTP", "http"),
        MUSIC + "/#part",
    ],
)
async def test_our_own_addresses_are_fine(ask, url):
    answer = await ask("GET", f"/sign-in/user_2mara?redirect_url={quote(url, safe='')}")
    assert answer.status_code == 303
    assert answer.headers["location"].lower() == url.lower().removesuffix("#part")


# Backend API


@pytest.fixture
def refresh(issuer, ask):
    async def send(client, *, key=None, origin=MUSIC, refresh_token=None, session_id=None, **extra):
        body = {
            "refresh_token": refresh_token or issuer.clients.refresh_token(client, MUSIC),
            "request_origin": origin,
            **extra,
        }
        return await ask(
            "POST",
            f"/v1/sessions/{session_id or client.session_id}/refresh",
            headers={"authorization": f"Bearer {key or issuer.secret_key}"},
            content=json.dumps(body),
        )

    return send


async def test_refresh_prolongs_a_session(issuer, refresh):
    client = issuer.clients.start(MARA.id)
    cookies = (await refresh(client, format="cookie")).json()
    assert cookies["object"] == "cookies"
    assert [line.split("=")[0].rsplit("_", 1)[0] for line in cookies["cookies"]] == ["__session", "__refresh"]
    token = (await refresh(client, format="token")).json()
    assert jwt.decode(token["jwt"], issuer.key.private.public_key(), ["RS256"])["sid"] == client.session_id


async def test_refresh_is_refused_unless_everything_fits(issuer, refresh):
    client, other = issuer.clients.start(MARA.id), issuer.clients.start(MARA.id)
    assert (await refresh(client, key="sk_live_wrong")).status_code == 401
    assert (await refresh(client, origin=ROOT)).status_code == 404
    assert (await refresh(client, origin="https://evil.example")).status_code == 404
    assert (await refresh(client, refresh_token=issuer.clients.cookie(client))).status_code == 404
    assert (await refresh(client, session_id=other.session_id)).status_code == 404
    assert (await refresh(issuer.clients.start("user_2nobody"))).status_code == 404
    issuer.clients.end(client.session_id)
    assert (await refresh(client)).json()["errors"][0]["code"] == "resource_not_found"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"refresh_token": 5}', b" " * 70_000])
async def test_broken_bodies_are_refused(issuer, ask, content):
    headers = {"authorization": f"Bearer {issuer.secret_key}"}
    answer = await ask("POST", f"/v1/sessions/{new_id('sess')}/refresh", headers=headers, content=content)
    assert answer.status_code == 404


async def test_revoke_ends_a_session(issuer, ask):
    client = issuer.clients.start(MARA.id)
    path = f"/v1/sessions/{client.session_id}/revoke"
    assert (await ask("POST", path)).status_code == 401
    headers = {"authorization": f"Bearer {issuer.secret_key}"}
    assert (await ask("POST", path, headers=headers)).json()["status"] == "revoked"
    assert issuer.clients.by_cookie(issuer.clients.cookie(client)) is None
    assert (await ask("POST", "/v1/sessions/..%2f..%2fsecret/revoke", headers=headers)).status_code == 404
