"""Clerk's own JavaScript libraries, unmodified, judge the provider: sessions, handshake, tokens, webhooks, Backend API."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from coursecove.cli.oracles import VARIABLE
from coursecove_identity import delivering
from tests.identity.as_clerk import as_clerk

pytestmark = pytest.mark.node
ROOT = "http://coursecove.localhost:8000"
MUSIC = "http://musicschool.coursecove.localhost:8000"
AS_PAGE = {"accept": "text/html", "sec-fetch-dest": "document"}
ASK = Path(__file__).parent / "node" / "ask.cjs"


async def ask(*questions):
    """The libraries' answers."""
    process = await asyncio.create_subprocess_exec(
        "node",
        str(ASK),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, VARIABLE: os.environ[VARIABLE], "NODE_NO_WARNINGS": "1"},
    )
    said, _ = await process.communicate(json.dumps(questions).encode())
    return json.loads(said)


@pytest.fixture
async def clerk(server):
    async with as_clerk(server, ROOT, "http://127.0.0.1:9/") as running:
        yield running


@pytest.fixture
async def mara(clerk):
    return await clerk.person("Mara")


@pytest.fixture
async def school(clerk, mara):
    async with clerk.backend() as client:
        body = {"name": "Music School", "slug": "musicschool", "created_by": mara}
        return (await client.post("/organizations", json=body)).raise_for_status().json()["id"]


async def signed_in(clerk, user_id):
    """A browser at the provider, after one click."""
    browser = httpx.AsyncClient(base_url=clerk.api, headers={"host": clerk.host})
    answer = await browser.get(f"/sign-in/{user_id}", headers={"sec-fetch-site": "none"})
    assert answer.status_code == 303, answer.text
    lines = answer.headers.get_list("set-cookie")
    cookies = dict(line.partition(";")[0].split("=", 1) for line in lines)
    browser.headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return browser


async def handshake(browser, url, suffixed="true"):
    answer = await browser.get(f"/v1/client/handshake?redirect_url={quote(url)}&suffixed_cookies={suffixed}")
    assert answer.status_code == 307
    return parse_qs(urlsplit(answer.headers["location"]).query)["__clerk_handshake"][0]


def question(clerk, url, cookie="", *, method="GET", headers=None, **options):
    return {
        "ask": "authenticate",
        "clerk": {
            "secretKey": clerk.secret_key,
            "publishableKey": clerk.publishable_key,
            "apiUrl": clerk.api,
        },
        "url": url,
        "method": method,
        "headers": {**(AS_PAGE if headers is None else headers), "cookie": cookie},
        "options": options,
    }


async def cookies_after(clerk, browser, url):
    token = await handshake(browser, url)
    (answer,) = await ask(question(clerk, f"{url}?__clerk_handshake={token}"))
    assert answer["status"] == "signed-in", answer
    return dict(line.partition(";")[0].split("=", 1) for line in answer["cookies"]), answer


async def test_a_handshake_signs_in(clerk, mara, school):
    browser = await signed_in(clerk, mara)
    cookies, answer = await cookies_after(clerk, browser, f"{MUSIC}/dashboard")
    assert answer["userId"] == mara
    assert any(name.startswith("__session_") for name in cookies)
    assert any(name.startswith("__client_uat_") for name in cookies)
    await browser.aclose()


async def test_the_published_table_of_states(clerk, mara):
    browser = await signed_in(clerk, mara)
    cookies, _ = await cookies_after(clerk, browser, f"{ROOT}/")
    await browser.aclose()
    session = next(f"{name}={value}" for name, value in cookies.items() if name.startswith("__session"))
    uat = next(f"{name}={value}" for name, value in cookies.items() if name.startswith("__client_uat"))
    suffix = uat.partition("=")[0].removeprefix("__client_uat_")
    later = f"__client_uat_{suffix}=4102444800"
    forged = session[:-6] + ("AAAAAA" if not session.endswith("AAAAAA") else "BBBBBB")
    plain = (
        f"__session={session.partition('=')[2]}"  # a suffix counts for the library only beside a client_uat
    )
    states = [
        ("", "signed-out", None),
        (plain, "handshake", "session-token-but-no-client-uat"),
        (uat, "handshake", "client-uat-but-no-session-token"),
        (f"{session}; {later}", "handshake", "session-token-iat-before-client-uat"),
        (f"{session}; {uat}", "signed-in", None),
        (f"{forged}; {uat}", "signed-out", None),
    ]
    answers = await ask(*(question(clerk, f"{ROOT}/page", cookie) for cookie, _, _ in states))
    for (cookie, status, reason), answer in zip(states, answers, strict=True):
        assert answer["status"] == status, (cookie, answer)
        if reason is not None:
            assert answer["reason"] == reason
        if status == "handshake":
            assert urlsplit(answer["location"]).path == "/v1/client/handshake"
            assert urlsplit(answer["location"]).netloc == clerk.host
    script = {"accept": "application/json", "sec-fetch-dest": "empty"}
    elsewhere, fetched = await ask(
        question(clerk, f"{MUSIC}/page", f"{session}; {uat}", authorizedParties=[MUSIC]),
        question(clerk, f"{ROOT}/page", session, headers=script),
    )
    assert elsewhere["status"] == "signed-out"
    assert fetched["status"] == "signed-out"


async def test_a_refresh_cookie_prolongs(clerk, mara):
    browser = await signed_in(clerk, mara)
    cookies, _ = await cookies_after(clerk, browser, f"{ROOT}/")
    await browser.aclose()
    refresh = next(value for name, value in cookies.items() if name.startswith("__refresh"))
    session_id = (await ask(token_question(clerk, cookies)))[0]["sid"]
    async with clerk.backend() as client:
        body = {"expired_token": "x", "refresh_token": refresh, "request_origin": ROOT, "format": "token"}
        fresh = (await client.post(f"/sessions/{session_id}/refresh", json=body)).raise_for_status().json()
    (claims,) = await ask(token_question(clerk, {"__session": fresh["jwt"]}))
    assert (claims["sid"], claims["sub"]) == (session_id, mara)


def token_question(clerk, cookies):
    token = next(value for name, value in cookies.items() if name.startswith("__session"))
    options = {"secretKey": clerk.secret_key, "apiUrl": clerk.api, "authorizedParties": [ROOT]}
    return {"ask": "token", "token": token, "options": options}


async def test_tokens(clerk, mara):
    browser = await signed_in(clerk, mara)
    cookies, _ = await cookies_after(clerk, browser, f"{ROOT}/")
    await browser.aclose()
    good = token_question(clerk, cookies)
    other = {**good, "options": {**good["options"], "authorizedParties": [MUSIC]}}
    broken = {**good, "token": good["token"][:-8] + "AAAAAAAA"}
    claims, foreign, forged = await ask(good, other, broken)
    assert (claims["sub"], claims["azp"], claims["sts"], claims["v"]) == (mara, ROOT, "active", 2)
    assert foreign["refused"] == "token-invalid-authorized-parties"
    assert forged["refused"] == "token-invalid-signature"


async def test_webhooks():
    secret, body = (
        "whsec_" + "c2VjcmV0" * 4,
        '{"data":{"id":"user_2a","name":"Mára"},"object":"event","type":"user.updated"}',
    )
    headers = delivering.signed_headers(
        "msg_2a", body, ["whsec_" + "b3RoZXI=" * 3, secret], datetime.now(UTC)
    )
    good = {"ask": "webhook", "headers": headers, "body": body, "secret": secret}
    taken, changed, unsigned = await ask(good, {**good, "body": body + " "}, {**good, "headers": {}})
    assert taken["type"] == "user.updated"
    assert taken["data"] == {"id": "user_2a", "name": "Mára"}
    assert "refused" in changed
    assert "refused" in unsigned


async def test_the_backend_api(clerk, mara, school):
    base = {"secretKey": clerk.secret_key, "publishableKey": clerk.publishable_key, "apiUrl": clerk.api}

    def call(path, *args):
        return {"ask": "call", "clerk": base, "path": path, "args": list(args)}

    people, user, schools, members, invited, listed, gone = await ask(
        call("users.getUserList", {"query": "mara"}),
        call("users.getUser", mara),
        call("organizations.getOrganizationList", {"includeMembersCount": True}),
        call("organizations.getOrganizationMembershipList", {"organizationId": school}),
        call(
            "organizations.createOrganizationInvitation",
            {
                "organizationId": school,
                "emailAddress": "ola@example.com",
                "role": "org:teacher",
                "inviterUserId": mara,
            },
        ),
        call(
            "organizations.getOrganizationInvitationList", {"organizationId": school, "status": ["pending"]}
        ),
        call("users.getUser", "user_nobody"),
    )
    assert (people["totalCount"], people["data"][0]["id"], user["firstName"]) == (1, mara, "Mara")
    assert schools["data"][0]["membersCount"] == 1
    assert members["data"][0]["publicUserData"]["userId"] == mara
    assert (invited["role"], invited["status"]) == ("org:teacher", "pending")
    assert listed["totalCount"] == 1
    assert gone["errors"][0]["code"] == "resource_not_found"
