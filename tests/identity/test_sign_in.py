"""Signing in: equal answers for everybody, limits that cannot keep the owner out, a new secret each time."""

import asyncio

import pytest

from coursecove_identity import audit, sessions, users
from coursecove_identity.clock import DAY, HOUR, MINUTE, SECOND, moved
from tests.identity.conftest import ACCOUNT_PER_HOUR, somebody
from tests.identity.visiting import MUSIC, PASSWORD, ROOT, Browser, newest, said

WRONG = "violet anchors hum loudly"


async def test_a_password_signs_in_and_leads_back(visitor, mara):
    answer = await visitor.post(
        f"/sign-in?redirect_url={MUSIC}/people", {"identifier": " MARA@example.com ", "password": PASSWORD}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{MUSIC}/people")
    lines = answer.headers.get_list("set-cookie")
    client = next(line for line in lines if line.startswith("__client_") and "uat" not in line)
    assert "HttpOnly" in client
    assert "Domain" not in client
    assert "Domain=coursecove.localhost" in next(line for line in lines if line.startswith("__client_uat"))


async def test_who_asked_for_no_address_lands_at_their_school(visitor, amara):
    answer = await visitor.sign_in("amara@example.com")
    assert answer.headers["location"] == "/sign-in/unfinished"
    assert "musicschool" in (await visitor.get("/continue")).headers["location"]


async def test_a_username_signs_in_too(provider, visitor, mara):
    async with provider.store.transaction() as db:
        await users.change(db, mara.id, username="mara")
    assert (await visitor.sign_in("Mara")).status_code == 303


async def test_known_and_unknown_are_answered_alike(provider, app, mara):
    """Text, status, headers, and the one costly thing: a hash each."""
    answers, costs = [], []
    for address, who in (("mara@example.com", "198.51.100.1"), ("nobody@example.com", "198.51.100.2")):
        visitor = Browser(app, address=who)
        before = provider.hasher.runs
        answers.append(await visitor.sign_in(address, WRONG))
        costs.append(provider.hasher.runs - before)
    assert costs == [1, 1]
    assert answers[0].status_code == answers[1].status_code == 422
    assert answers[0].headers.keys() == answers[1].headers.keys()
    assert said(answers[0]).replace("mara@", "nobody@") == said(answers[1])


@pytest.mark.parametrize("state", ["banned", "locked"])
async def test_who_may_not_come_in_learns_no_more_than_others(provider, visitor, mara, state):
    wrong = said(await visitor.sign_in("mara@example.com", WRONG))
    async with provider.store.transaction() as db:
        await users.change(db, mara.id, **{state: True})
    assert said(await visitor.sign_in("mara@example.com")) == wrong
    assert not visitor.is_signed_in


async def test_without_a_password_nothing_signs_in(provider, visitor, mara):
    async with provider.store.transaction() as db:
        await db.execute("delete from identity.password_credentials")
    for password in ("", " ", "nobody has this password", PASSWORD):
        assert (await visitor.sign_in("mara@example.com", password)).status_code == 422


async def test_every_sign_in_is_a_new_session_with_a_new_secret(provider, visitor, mara):
    await visitor.sign_in("mara@example.com")
    first = visitor.value("__client_")
    await visitor.sign_in("mara@example.com")
    assert visitor.value("__client_") != first
    async with provider.store.reading() as db:
        found = await sessions.of_user(db, mara.id)
        assert sorted(each.status for each in found) == ["active", "replaced"]
        assert len({each.client_id for each in found}) == 1


async def test_cookies_are_kept_as_digests_only(provider, visitor, mara):
    await visitor.sign_in("mara@example.com")
    async with provider.store.reading() as db:
        secret = visitor.value("__client_")
        assert len(secret) >= 43
        assert not await db.fetchval(
            "select exists (select from identity.clients where encode(secret_hash, 'escape') like '%' || $1 || '%')",
            secret,
        )


async def test_one_holds_ten_sessions_and_the_oldest_makes_room(provider, app, mara):
    for _ in range(11):
        await Browser(app).sign_in("mara@example.com")
    async with provider.store.reading() as db:
        assert len(await sessions.open_of_user(db, mara.id)) == 10


# How long a session lasts


@pytest.mark.parametrize(("idle", "there"), [(23 * HOUR, True), (24 * HOUR + MINUTE, False)])
async def test_a_session_ends_when_nobody_is_there(visitor, mara, idle, there):
    await visitor.sign_in("mara@example.com")
    with moved(idle):
        assert ((await visitor.get("/account")).status_code == 200) is there


async def test_use_prolongs_a_session_until_its_last_day(visitor, mara):
    await visitor.sign_in("mara@example.com")
    for hours in range(20, 7 * 24, 20):
        with moved(hours * HOUR):
            assert (await visitor.get("/account")).status_code == 200
    with moved(7 * DAY + MINUTE):
        assert (await visitor.get("/account")).status_code == 303


async def test_sessions_of_staff_end_sooner(visitor, amara):
    await visitor.sign_in("amara@example.com")
    with moved(8 * HOUR + MINUTE):
        assert (await visitor.get("/account")).headers["location"].startswith("/sign-in?")


# Limits


async def test_after_five_wrong_tries_waiting_grows(visitor, mara):
    for _ in range(5):
        assert (await visitor.sign_in("mara@example.com", WRONG)).status_code == 422
    assert (await visitor.sign_in("mara@example.com")).status_code == 429
    with moved(SECOND + 1):
        assert (await visitor.sign_in("mara@example.com", WRONG)).status_code == 422
    with moved(2 * SECOND):
        assert (await visitor.sign_in("mara@example.com")).status_code == 429
    with moved(4 * SECOND):
        assert (await visitor.sign_in("mara@example.com")).status_code == 303


async def test_who_was_right_begins_anew(visitor, mara):
    for _ in range(3):
        for _ in range(4):
            await visitor.sign_in("mara@example.com", WRONG)
        with moved(MINUTE):
            assert (await visitor.sign_in("mara@example.com")).status_code == 303


async def test_many_tries_at_once_gain_nothing(provider, app, mara):
    """Each is counted before its password is looked at."""
    tries = [Browser(app).sign_in("mara@example.com", WRONG) for _ in range(12)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*tries))
    assert statuses.count(422) <= 5
    assert statuses.count(429) >= 7


async def test_waiting_is_the_same_for_who_does_not_exist(app, mara):
    pages = []
    for address, who in (("mara@example.com", "198.51.100.1"), ("nobody@example.com", "198.51.100.2")):
        visitor = Browser(app, address=who)
        for _ in range(5):
            await visitor.sign_in(address, WRONG)
        answer = await visitor.sign_in(address, WRONG)
        assert answer.status_code == 429
        pages.append(said(answer).replace(address, ""))
    assert pages[0] == pages[1]


async def test_one_network_tries_twenty_times_a_minute(visitor, mara):
    statuses = [
        (await visitor.sign_in(f"nobody{number}@example.com", WRONG)).status_code for number in range(21)
    ]
    assert statuses == [422] * 20 + [429]
    with moved(MINUTE):
        assert (await visitor.sign_in("mara@example.com")).status_code == 303


async def test_a_homes_ipv6_addresses_are_one_network(app, mara):
    for number in range(5):
        await Browser(app, address=f"2001:db8:1:2::{number + 1}").sign_in("mara@example.com", WRONG)
    assert (await Browser(app, address="2001:db8:1:2::99").sign_in("mara@example.com")).status_code == 429
    assert (await Browser(app, address="2001:db8:1:3::1").sign_in("mara@example.com")).status_code == 303


async def test_nobody_can_keep_the_owner_out(app, mara):
    """An attacker uses up every try of the account, from many networks and from the owner's own."""
    owner = Browser(app, address="192.0.2.10")
    assert (await owner.sign_in("mara@example.com")).status_code == 303
    await owner.post("/sign-out")
    for number in range(ACCOUNT_PER_HOUR + 1):
        with moved(number * SECOND):
            await Browser(app, address=f"198.51.100.{number + 1}").sign_in("mara@example.com", WRONG)
    for _ in range(6):
        await Browser(app, address="192.0.2.10").sign_in("mara@example.com", WRONG)
    with moved(22 * SECOND):
        stranger = Browser(app, address="192.0.2.77")
        assert (await stranger.sign_in("mara@example.com")).status_code == 429
        assert (await owner.sign_in("mara@example.com")).status_code == 303


async def test_a_stolen_device_cookie_has_tries_of_its_own_and_no_more(app, mara):
    owner, thief = Browser(app), Browser(app, address="198.51.100.9")
    await owner.sign_in("mara@example.com")
    thief.cookies = {name: value for name, value in owner.cookies.items() if name.startswith("device")}
    assert thief.cookies
    statuses = [(await thief.sign_in("mara@example.com", WRONG)).status_code for _ in range(7)]
    assert statuses == [422] * 5 + [429] * 2


async def test_a_device_cookie_helps_with_its_own_account_only(provider, app, mara):
    await somebody(provider, "noah@example.com", first_name="Noah")
    visitor = Browser(app)
    await visitor.sign_in("mara@example.com")
    for number in range(ACCOUNT_PER_HOUR + 1):
        with moved(number * SECOND):
            await Browser(app, address=f"198.51.100.{number + 1}").sign_in("noah@example.com", WRONG)
    with moved(22 * SECOND):
        assert (await visitor.sign_in("noah@example.com")).status_code == 429


# What is told and kept


async def test_a_new_browser_is_told_by_mail_and_a_known_one_is_not(provider, postbox, app, mara):
    first, second = Browser(app), Browser(app, agent="Mozilla/5.0 (iPhone) Safari/604.1")
    await first.sign_in("mara@example.com")
    await provider.letters.settled()
    assert postbox.letters == []
    await second.sign_in("mara@example.com")
    letter = await newest(provider, postbox.letters, "mara@example.com")
    assert "Safari on iPhone, 203.0.113.7" in letter.text
    count = len(postbox.letters)
    await second.sign_in("mara@example.com")
    await provider.letters.settled()
    assert len(postbox.letters) == count


async def test_the_log_says_who_from_where_and_never_a_secret(provider, visitor, mara):
    await visitor.sign_in("mara@example.com", WRONG)
    await visitor.sign_in("mara@example.com")
    async with provider.store.reading() as db:
        good, bad = await audit.of_user(db, mara.id)
        text = str(await db.fetch("select * from identity.audit_log"))
    assert (good.action, bad.action) == ("signed_in", "sign_in_failed")
    assert (good.ip_address, good.details) == ("203.0.113.7", {"method": "password"})
    assert good.session_id.startswith("sess_")
    assert WRONG not in text
    assert PASSWORD not in text
    assert visitor.value("__client_") not in text


async def test_signing_out_ends_the_session_here_and_leads_on(provider, visitor, mara):
    await visitor.sign_in("mara@example.com")
    assert "Sign out everywhere in this browser" in (await visitor.get("/sign-out")).text
    answer = await visitor.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/")
    assert any(
        line.startswith("__client_uat") and "=0;" in line for line in answer.headers.get_list("set-cookie")
    )
    async with provider.store.reading() as db:
        (session,) = await sessions.of_user(db, mara.id)
        assert session.status == "ended"
        types = [
            row["type"]
            for row in await db.fetch("select type from identity.webhook_messages order by number")
        ]
    assert types[-1] == "session.ended"
    assert "Nobody is signed in" in (await visitor.get("/sign-out")).text


async def test_a_page_that_is_asked_for_changes_nothing(provider, visitor, mara):
    await visitor.sign_in("mara@example.com")
    for path in ("/sign-out", "/sign-in", "/account", "/account/sessions", "/account/security"):
        await visitor.get(path)
    assert (await visitor.get("/account")).status_code == 200
