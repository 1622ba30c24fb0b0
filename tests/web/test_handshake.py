"""From cookies to a session: the published table of states, the round trip, and what hostile hosts try."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from coursecove.kit import clock
from coursecove_identity import tokens
from coursecove_identity.cookies import CookieLines
from coursecove_identity.signing import mint_session_token
from coursecove_identity.store import Store
from tests.conftest import cloned
from tests.web.web_world import APEX, IDENTITY, MARA, MUSIC, NOAH, YOGA, Browser, Installation, body, populate


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def identity_store(server):
    """One database for all tests: each signs in anew, and making a key takes longer than any of them."""
    async with cloned(server) as url, Store(server.settings.identity_database_url(url)) as store:
        await populate(Installation(store, server.settings.derived("identity")).provider)
        yield store


@pytest.fixture
def place(identity_store, server):
    return Installation(identity_store, server.settings.derived("identity"))


@pytest.fixture
def visitor(place):
    return Browser(place.app)


@pytest.fixture
async def mara(visitor, place):
    """Mara's browser, signed in at the music school."""
    answer = await visitor.visit(place.sign_in_link(MARA, MUSIC + "/dashboard?week=3"))
    assert body(answer)["subject"] == MARA.id
    return visitor


async def cookies(place, *, subject=MARA.id, origin=MUSIC, uat=None, age=0, token=None, refresh=False):
    """A Cookie header as it stands some seconds after the token was made."""
    names = CookieLines(place.site)
    session = await place.session(subject)
    minted = token or mint_session_token(
        await place.key(),
        issuer=place.issuer,
        subject=subject,
        session_id=session.id,
        origin=origin,
        issued_at=int(clock.now().timestamp()) - age,
    )
    pairs = [(names.name("__session"), minted)]
    if uat is not None:
        pairs.append((names.name("__client_uat"), str(uat)))
    if refresh:
        pairs.append((names.name("__refresh"), tokens.refresh_token(place.provider, session, origin)))
    return {"cookie": "; ".join(f"{name}={value}" for name, value in pairs)}


def long_ago():
    return int((clock.now() - timedelta(hours=2)).timestamp())


def reason_of(answer):
    """Why the browser was sent to the provider."""
    assert answer.status_code == 307
    parts = urlsplit(answer.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == IDENTITY + "/v1/client/handshake"
    return parse_qs(parts.query)["__clerk_hs_reason"][0]


# The round trip


async def test_one_click_signs_in_and_ends_on_the_clean_address(visitor, place):
    answer = await visitor.visit(place.sign_in_link(MARA, MUSIC + "/dashboard?week=3"))
    assert body(answer)["subject"] == MARA.id
    assert body(answer)["organization"] == "org_2music"
    assert visitor.trail[-1] == MUSIC + "/dashboard?week=3"


async def test_a_second_school_needs_no_second_sign_in(mara):
    answer = await mara.visit(YOGA + "/")
    assert body(answer)["subject"] == MARA.id
    assert body(answer)["organization"] == "org_2yoga"
    assert "/sign-in" not in " ".join(mara.trail[1:])


async def test_each_host_has_its_own_session_cookie_out_of_reach_of_scripts(visitor, place):
    await visitor.send("GET", place.sign_in_link(MARA, MUSIC + "/"))
    asked = await visitor.send("GET", MUSIC + "/")
    answered = await visitor.send("GET", asked.headers["location"])
    arrived = await visitor.send("GET", answered.headers["location"])
    lines = arrived.headers.get_list("set-cookie")
    session = next(line for line in lines if line.startswith("__session"))
    assert "HttpOnly" in session
    assert "Domain" not in session
    assert not visitor.value(YOGA, "__session")


async def test_signing_in_as_somebody_else_reaches_every_host(mara, place):
    await mara.send("GET", place.sign_in_link(NOAH, MUSIC + "/"))
    names = CookieLines(place.site)
    later = str(int(clock.now().timestamp()) + 1)  # the clock of whole seconds must have moved on
    mara.jar[(names.name("__client_uat"), "coursecove.localhost", False)] = later
    assert reason_of(await mara.send("GET", MUSIC + "/")) == "session-token-iat-before-client-uat"


async def test_a_person_who_is_gone_is_signed_out(mara, place):
    await place.ban(MARA.id)
    headers = {"cookie": await _expired(mara, place)}
    answer = await mara.send("POST", MUSIC + "/form", headers=headers)
    await place.ban(MARA.id, banned=False)
    assert answer.status_code == 401


async def test_sign_out_ends_the_session_on_every_host(mara):
    await mara.visit(YOGA + "/")
    token = body(await mara.send("GET", MUSIC + "/"))["csrf"]
    answer = await mara.send("POST", MUSIC + "/session/end", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, APEX + "/")
    assert body(await mara.send("POST", YOGA + "/", headers={"sec-fetch-dest": "empty"}))["reason"]
    answer = await mara.visit(YOGA + "/")
    assert mara.trail[-1].startswith(IDENTITY + "/sign-in")
    assert not mara.value(YOGA, "__session")


async def test_sign_out_needs_a_form_of_ours(mara):
    assert (await mara.send("POST", MUSIC + "/session/end")).status_code == 403
    assert body(await mara.send("GET", MUSIC + "/"))["subject"] == MARA.id


# The table of states


async def test_nobody_is_signed_out_without_a_redirect(visitor):
    answer = await visitor.send("GET", MUSIC + "/")
    assert body(answer)["reason"] == "nobody"
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(IDENTITY + "/sign-in?redirect_url=")


@pytest.mark.parametrize("uat", [None, 0, "nonsense"])
async def test_session_without_client_asks(visitor, place, uat):
    answer = await visitor.send("GET", MUSIC + "/", headers=await cookies(place, uat=uat))
    assert reason_of(answer) == "session-token-but-no-client-uat"


async def test_client_without_session_asks(visitor, place):
    header = {"cookie": f"{CookieLines(place.site).name('__client_uat')}=1767225600"}
    assert (
        reason_of(await visitor.send("GET", MUSIC + "/", headers=header)) == "client-uat-but-no-session-token"
    )


async def test_token_older_than_client_asks(visitor, place):
    header = await cookies(place, uat=int(clock.now().timestamp()), age=30)
    answer = await visitor.send("GET", MUSIC + "/", headers=header)
    assert reason_of(answer) == "session-token-iat-before-client-uat"


async def test_expired_token_asks_on_a_page(visitor, place):
    answer = await visitor.send("GET", MUSIC + "/x?a=1", headers=await cookies(place, uat=long_ago(), age=90))
    assert reason_of(answer) == "session-token-expired"
    assert answer.headers["cache-control"] in ("no-store", "private, no-store")
    back = parse_qs(urlsplit(answer.headers["location"]).query)["redirect_url"][0]
    assert back.startswith(MUSIC + "/x?a=1&handshake_state=")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-dest": "empty"},
        {"sec-fetch-dest": "document", "hx-request": "true"},
        {"sec-fetch-dest": "image"},
    ],
)
async def test_expired_token_is_a_401_for_what_cannot_follow_a_redirect(visitor, place, headers):
    headers = headers | await cookies(place, uat=long_ago(), age=90)
    answer = await visitor.send("GET", MUSIC + "/", headers=headers)
    assert answer.status_code == 401
    assert ("hx-redirect" in answer.headers) == ("hx-request" in headers)


async def test_expired_token_not_yet_valid_and_unusable_tokens_never_redirect_a_post(visitor, place):
    for age in (90, -90):
        answer = await visitor.send(
            "POST", MUSIC + "/", headers=await cookies(place, uat=long_ago(), age=age)
        )
        assert answer.status_code == 401
    answer = await visitor.send("POST", MUSIC + "/", headers=await cookies(place, uat=5, token="a.b.c"))
    assert answer.status_code == 401


async def test_a_valid_token_signs_in(visitor, place):
    answer = await visitor.send("GET", MUSIC + "/", headers=await cookies(place, uat=long_ago()))
    assert body(answer)["subject"] == MARA.id


async def test_a_token_of_another_school_signs_nobody_in(visitor, place):
    header = await cookies(place, uat=long_ago(), origin=YOGA)
    assert (await visitor.send("POST", MUSIC + "/", headers=header)).status_code == 401
    assert reason_of(await visitor.send("GET", MUSIC + "/", headers=header)) == "session-token-unusable"


async def test_a_revoked_session_is_out_at_once(mara, place):
    sid = body(await mara.send("GET", MUSIC + "/"))["sid"]
    await place.revoked.add(sid)
    answer = await mara.send("GET", MUSIC + "/")
    assert body(answer)["reason"] == "session-revoked"
    assert not mara.value(MUSIC, "__session")


async def test_htmx_is_told_where_to_sign_in_and_comes_back_to_its_page(visitor):
    headers = {"hx-request": "true", "hx-current-url": MUSIC + "/people"}
    answer = await visitor.send("POST", MUSIC + "/rows", headers=headers)
    assert parse_qs(urlsplit(answer.headers["hx-redirect"]).query)["redirect_url"] == [MUSIC + "/people"]
    headers["hx-current-url"] = "https://evil.example/"
    answer = await visitor.send("POST", MUSIC + "/rows", headers=headers)
    assert parse_qs(urlsplit(answer.headers["hx-redirect"]).query)["redirect_url"] == [MUSIC + "/"]


async def test_an_unfinished_sign_in_is_nobody_until_it_is_finished(visitor, place):
    """Once the second factor is set up, the provider says so, and the older token is exchanged."""
    minted = mint_session_token(
        await place.key(),
        issuer=place.issuer,
        subject=MARA.id,
        session_id=(await place.session(MARA.id)).id,
        origin=MUSIC,
        pending=True,
    )
    header = await cookies(place, uat=long_ago(), token=minted)
    assert body(await visitor.send("GET", MUSIC + "/", headers=header))["reason"] == "sign-in-not-finished"
    header = await cookies(place, uat=int(clock.now().timestamp()) + 1, token=minted)
    assert (
        reason_of(await visitor.send("GET", MUSIC + "/", headers=header))
        == "session-token-iat-before-client-uat"
    )


# Refresh


async def _expired(visitor, place):
    """The browser's cookies with the token it had some time ago."""
    names = CookieLines(place.site)
    refresh = visitor.value(MUSIC, "__refresh")
    token = mint_session_token(
        await place.key(),
        issuer=place.issuer,
        subject=MARA.id,
        session_id=tokens.session_of_refresh_token(place.provider, refresh, MUSIC),
        origin=MUSIC,
        issued_at=int(clock.now().timestamp()) - 90,
    )
    pairs = {"__session": token, "__refresh": refresh, "__client_uat": str(long_ago())}
    return "; ".join(f"{names.name(name)}={value}" for name, value in pairs.items())


async def test_a_form_that_took_long_is_not_lost(mara, place):
    token = body(await mara.send("GET", MUSIC + "/"))["csrf"]
    answer = await mara.send(
        "POST", MUSIC + "/form", headers={"cookie": await _expired(mara, place)}, data={"csrf_token": token}
    )
    assert body(answer)["subject"] == MARA.id
    assert any(line.startswith("__session") for line in answer.headers.get_list("set-cookie"))


async def test_refresh_keeps_an_open_page_alive(mara, place):
    answer = await mara.send("POST", MUSIC + "/auth/refresh", headers={"cookie": await _expired(mara, place)})
    assert answer.status_code == 204
    assert body(await mara.send("GET", MUSIC + "/"))["subject"] == MARA.id


async def test_refresh_is_for_our_own_pages(mara):
    for site in ("same-site", "cross-site", "none"):
        answer = await mara.send("POST", MUSIC + "/auth/refresh", headers={"sec-fetch-site": site})
        assert answer.status_code == 403


async def test_refresh_after_the_session_ended_is_refused(mara, place):
    header = {"cookie": await _expired(mara, place)}
    await place.end(body(await mara.send("GET", MUSIC + "/"))["sid"])
    answer = await mara.send("POST", MUSIC + "/auth/refresh", headers=header)
    assert answer.status_code == 401


async def test_a_refresh_token_works_on_its_own_host_only(visitor, place):
    header = await cookies(place, uat=long_ago(), age=90, origin=MUSIC, refresh=True)
    assert (await visitor.send("POST", YOGA + "/auth/refresh", headers=header)).status_code == 401


# What hostile hosts try


async def test_a_planted_cookie_rejects_the_session_and_is_cleared(mara):
    header = "; ".join(f"{name}={value}" for name, value in mara.cookies("musicschool.coursecove.localhost"))
    name = next(name for (name, _, _) in mara.jar if name.startswith("__session"))
    answer = await mara.send("GET", MUSIC + "/a/b", headers={"cookie": f"{name}=planted; {header}"})
    assert body(answer)["reason"] == "cookie-planted"
    cleared = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}=;")]
    assert {"/", "/a", "/a/", "/a/b"} == {line.split("Path=")[1].split(";")[0] for line in cleared}
    assert any("Domain=coursecove.localhost" in line for line in cleared)
    assert body(await mara.visit(MUSIC + "/"))["subject"] == MARA.id


async def test_a_handshake_that_this_browser_did_not_begin_signs_nobody_in(visitor, place):
    attacker = Browser(place.app)
    await attacker.send("GET", place.sign_in_link(NOAH, MUSIC + "/"))
    asked = await attacker.send("GET", MUSIC + "/")
    answered = await attacker.send("GET", asked.headers["location"])
    answer = await visitor.send("GET", answered.headers["location"])
    assert not visitor.value(MUSIC, "__session")
    assert body(answer)["reason"] == "nobody"


async def test_a_forged_handshake_is_passed_over(mara):
    answer = await mara.send("GET", MUSIC + "/?__clerk_handshake=a.b.c")
    assert body(answer)["subject"] == MARA.id


async def test_only_the_providers_own_cookies_pass(place):
    allowed = place.sessions._handshake.allowed
    good = "__session=x; Path=/; HttpOnly"
    assert allowed(
        [
            good,
            "theme=dark",
            "__session=x; Domain=coursecove.localhost",
            "__client_uat=0; Domain=evil.example",
            "__session=x\r\nx-evil: 1",
            "__client_uat=5; Domain=.coursecove.localhost",
        ]
    ) == (good, "__client_uat=5; Domain=.coursecove.localhost")


async def test_going_in_circles_ends_after_three_rounds(visitor, place):
    names = CookieLines(place.site)
    visitor.jar[(names.name("__client_uat"), "coursecove.localhost", False)] = "1767225600"
    for _ in range(3):
        assert reason_of(await visitor.send("GET", MUSIC + "/"))
    assert body(await visitor.send("GET", MUSIC + "/"))["reason"] == "redirect-loop"


async def test_plain_cookies_of_another_installation_do_not_matter(mara):
    header = "; ".join(f"{name}={value}" for name, value in mara.cookies("musicschool.coursecove.localhost"))
    answer = await mara.send(
        "GET", MUSIC + "/", headers={"cookie": f"__session=other; __client_uat=0; {header}"}
    )
    assert body(answer)["subject"] == MARA.id


async def test_inbound_subdomain_is_replaced_by_ours(mara):
    headers = {"x-subdomain": "yogastudio", "X_Subdomain": "yogastudio"}
    answer = await mara.send("GET", MUSIC + "/", headers=headers)
    assert body(answer)["x-subdomain"] == ["musicschool"]
