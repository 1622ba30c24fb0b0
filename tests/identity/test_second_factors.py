"""Second factors: what they are, that each works once, for whom they are a duty, and from when."""

import re

import jwt
import pyotp
import pytest

from coursecove_identity import memberships, second_factors, sessions, users
from coursecove_identity.clock import DAY, MINUTE, SECOND, moved, now_ms
from tests.identity.visiting import MUSIC, PASSWORD, Browser, newest


async def set_up_app(visitor):
    """The secret of the app, and the backup codes that come with the first factor."""
    page = await visitor.get("/account/second-factor/app")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")
    answer = await visitor.post("/account/second-factor/app", {"code": code_of(secret)})
    return secret, re.findall(r"<code>(\w{5}-\w{5})</code>", answer.text)


def code_of(secret, steps=0):
    return pyotp.TOTP(secret).generate_otp(now_ms() // SECOND // 30 + steps)


@pytest.fixture
async def enrolled(visitor, mara):
    """Mara's browser signed in, and how her app and her codes answer."""
    await visitor.sign_in("mara@example.com")
    return await set_up_app(visitor)


async def test_the_app_is_set_up_by_showing_that_it_works(provider, visitor, mara):
    await visitor.sign_in("mara@example.com")
    page = await visitor.get("/account/second-factor/app")
    assert "<svg" in page.text
    assert (await visitor.post("/account/second-factor/app", {"code": "000000"})).status_code == 422
    secret, codes = await set_up_app(visitor)
    assert len(secret) == 32
    assert len(set(codes)) == 10
    async with provider.store.reading() as db:
        user = await users.find(db, mara.id)
        assert user.mfa_enabled_at is not None
        sealed = await db.fetchval("select secret_sealed from identity.totp")
        kept = await db.fetch("select code_hash from identity.backup_codes")
    assert secret.encode() not in sealed
    assert not any(code.replace("-", "").encode() in row["code_hash"] for code in codes for row in kept)


async def test_with_one_a_password_alone_signs_nobody_in(visitor, enrolled, app):
    secret, _ = enrolled
    other = Browser(app)
    answer = await other.sign_in("mara@example.com")
    assert answer.headers["location"] == "/sign-in/second-factor"
    assert not other.is_signed_in
    assert (await other.get("/account")).headers["location"].startswith("/sign-in?")
    with moved(31 * SECOND):
        answer = await other.post("/sign-in/second-factor", {"code": code_of(secret)})
    assert answer.status_code == 303
    assert other.is_signed_in


async def test_a_code_of_the_app_works_once(visitor, enrolled, app):
    secret, _ = enrolled
    with moved(31 * SECOND):
        code = code_of(secret)
        for status in (303, 422):
            browser = Browser(app)
            await browser.sign_in("mara@example.com")
            answer = await browser.post("/sign-in/second-factor", {"code": code})
            assert answer.status_code == status


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 422)])
async def test_this_step_and_the_one_before_count(visitor, enrolled, app, steps, status):
    secret, _ = enrolled
    with moved(5 * MINUTE):
        other = Browser(app)
        await other.sign_in("mara@example.com")
        answer = await other.post("/sign-in/second-factor", {"code": code_of(secret, steps)})
        assert answer.status_code == status


async def test_a_backup_code_opens_once(visitor, enrolled, app):
    _, codes = enrolled
    for status in (303, 422):
        other = Browser(app)
        await other.sign_in("mara@example.com")
        answer = await other.post("/sign-in/second-factor", {"code": codes[0].upper().replace("-", " ")})
        assert answer.status_code == status
    answer = await visitor.get("/account/security")
    assert "9 codes are left" in answer.text


async def test_new_backup_codes_void_the_old(visitor, enrolled, app):
    _, codes = enrolled
    answer = await visitor.post("/account/backup-codes")
    newer = re.findall(r"<code>(\w{5}-\w{5})</code>", answer.text)
    assert not set(newer) & set(codes)
    other = Browser(app)
    await other.sign_in("mara@example.com")
    assert (await other.post("/sign-in/second-factor", {"code": codes[1]})).status_code == 422
    assert (await other.post("/sign-in/second-factor", {"code": newer[1]})).status_code == 303


async def test_codes_are_not_guessed(visitor, enrolled, app):
    other = Browser(app, address="198.51.100.1")
    await other.sign_in("mara@example.com")
    statuses = [
        (await other.post("/sign-in/second-factor", {"code": f"{number:06}"})).status_code
        for number in range(7)
    ]
    assert statuses == [422] * 5 + [429] * 2


async def test_the_second_step_belongs_to_the_browser_that_showed_the_password(enrolled, app):
    secret, _ = enrolled
    with moved(MINUTE):
        assert (await Browser(app).post("/sign-in/second-factor", {"code": code_of(secret)})).headers[
            "location"
        ] == "/sign-in"


async def test_the_second_step_has_to_follow_soon(enrolled, app):
    secret, _ = enrolled
    other = Browser(app)
    await other.sign_in("mara@example.com")
    with moved(15 * MINUTE + 1):
        answer = await other.post("/sign-in/second-factor", {"code": code_of(secret)})
        assert answer.headers["location"] == "/sign-in"


@pytest.mark.usefixtures("enrolled")
async def test_taking_it_away_is_told_and_voids_the_codes(provider, postbox, visitor, mara):
    assert (await visitor.post("/account/second-factor/app/removal")).status_code == 303
    assert "removed" in (await newest(provider, postbox.letters, "mara@example.com")).text
    async with provider.store.reading() as db:
        user = await users.find(db, mara.id)
        assert (user.mfa_enabled_at, user.mfa_disabled_at is None) == (None, False)
        assert not await db.fetchval("select exists (select from identity.backup_codes)")
    await visitor.post("/sign-out")
    assert (await visitor.sign_in("mara@example.com")).status_code == 303
    assert visitor.is_signed_in


# Who needs one


async def test_staff_are_asked_to_set_one_up_and_have_some_days(visitor, amara):
    answer = await visitor.follow(await visitor.sign_in("amara@example.com"))
    assert "within 3 days" in answer.text
    assert "Later" in answer.text
    assert (await visitor.get("/account")).status_code == 200


async def test_after_the_grace_the_session_waits_for_it(provider, visitor, amara):
    await visitor.sign_in("amara@example.com")
    with moved(3 * DAY + MINUTE):
        answer = await visitor.follow(await visitor.sign_in("amara@example.com"))
        assert "Later" not in answer.text
        assert (await visitor.get("/account")).headers["location"].startswith("/sign-in/unfinished?")
        assert await token_state(provider, visitor) == "pending"
        uat = int(visitor.value("__client_uat"))
        await set_up_app(visitor)
        assert int(visitor.value("__client_uat")) > uat
        assert await token_state(provider, visitor) == "active"
        assert (await claims_of(provider, visitor))["iat"] >= int(visitor.value("__client_uat"))
        assert (await visitor.get("/account")).status_code == 200


async def test_the_grace_begins_once(provider, visitor, amara, app):
    await visitor.sign_in("amara@example.com")
    await visitor.get("/account")
    with moved(2 * DAY):
        await Browser(app).sign_in("amara@example.com")
    with moved(3 * DAY + MINUTE):
        other = Browser(app)
        await other.sign_in("amara@example.com")
        assert await token_state(provider, other) == "pending"


async def test_others_need_none(provider, visitor, mara, school):
    async with provider.store.transaction() as db:
        await memberships.create(db, school, mara.id, role="org:student")
    with moved(0):
        await visitor.sign_in("mara@example.com")
    assert await token_state(provider, visitor) == "active"
    async with provider.store.transaction() as db:
        await memberships.set_role(db, school, mara.id, "org:teacher")
    assert await token_state(provider, visitor) == "active"
    async with provider.store.reading() as db:
        assert (await users.find(db, mara.id)).mfa_grace_until is not None


async def test_tokens_say_how_long_ago_each_factor_was_shown(provider, visitor, enrolled, app):
    secret, _ = enrolled
    with moved(MINUTE):
        other = Browser(app)
        await other.sign_in("mara@example.com")
        await other.post("/sign-in/second-factor", {"code": code_of(secret)})
    with moved(6 * MINUTE):
        assert (await claims_of(provider, other))["fva"] == [5, 5]
    third = Browser(app)
    assert not third.is_signed_in


async def test_a_password_alone_says_so(provider, visitor, mara):
    await visitor.sign_in("mara@example.com")
    assert (await claims_of(provider, visitor))["fva"] == [0, -1]


# Before something changes that safety depends on


SENSITIVE = [
    "/account/password",
    "/account/addresses/new",
    "/account/second-factor",
    "/account/second-factor/app",
]
SENSITIVE_FORMS = [
    ("/account/password", {"current": PASSWORD, "new": "another five words here"}),
    ("/account/addresses", {"email": "new@example.com"}),
    ("/account/second-factor/app", {"code": "000000"}),
    ("/account/second-factor/app/removal", {}),
    ("/account/passkeys", {"answer": "{}"}),
    ("/account/passkeys/options", {}),
    ("/account/passkeys/passkey_1/removal", {}),
    ("/account/backup-codes", {}),
    ("/account/addresses/idn_0000/primary", {}),
    ("/account/addresses/idn_0000/removal", {}),
]


@pytest.mark.parametrize("path", SENSITIVE)
async def test_sensitive_pages_ask_who_it_is_after_ten_minutes(visitor, mara, path):
    await visitor.sign_in("mara@example.com")
    assert (await visitor.get(path)).status_code == 200
    with moved(10 * MINUTE + SECOND):
        assert (await visitor.get(path)).headers["location"].startswith("/reauthenticate?")


@pytest.mark.parametrize(("path", "form"), SENSITIVE_FORMS)
async def test_sensitive_forms_do_nothing_after_ten_minutes(provider, visitor, mara, path, form):
    await visitor.sign_in("mara@example.com")
    with moved(10 * MINUTE + SECOND):
        answer = await visitor.post(path, form)
        assert answer.headers["location"].startswith("/reauthenticate?")
    async with provider.store.reading() as db:
        assert (await users.find(db, mara.id)).updated_at == mara.updated_at


async def test_proving_it_again_takes_everything_somebody_has(provider, visitor, enrolled, app):
    secret, _ = enrolled
    with moved(11 * MINUTE):
        page = await visitor.get("/reauthenticate")
        assert 'name="code"' in page.text
        assert (await visitor.post("/reauthenticate", {"password": PASSWORD})).status_code == 422
        assert (
            await visitor.post("/reauthenticate", {"password": "x", "code": code_of(secret)})
        ).status_code == 422
        assert (await visitor.get("/account/password")).status_code == 303
        before = visitor.value("__client_")
        answer = await visitor.post("/reauthenticate", {"password": PASSWORD, "code": code_of(secret)})
        assert answer.status_code == 303
        assert visitor.value("__client_") != before
        assert (await visitor.get("/account/password")).status_code == 200


async def test_a_session_from_before_has_to_show_the_new_factor(provider, visitor, amara, app):
    """A browser that signed in with a password alone is no back door once there is a second factor."""
    other = Browser(app)
    await other.sign_in("amara@example.com")
    await visitor.sign_in("amara@example.com")
    await set_up_app(visitor)
    with moved(3 * DAY + MINUTE):
        async with provider.store.transaction() as db:
            for each in await sessions.open_of_user(db, amara.id):
                await sessions.touch(db, each)
        assert await token_state(provider, other) == "pending"
        answer = await other.get("/sign-in/unfinished")
        assert answer.headers["location"].startswith("/reauthenticate")


async def test_backup_codes_have_fifty_bits(provider, mara):
    async with provider.store.transaction() as db:
        codes = await second_factors.new_backup_codes(provider, db, mara.id)
    assert all(re.fullmatch(r"[a-hjkmnp-z2-9]{5}-[a-hjkmnp-z2-9]{5}", code) for code in codes)


async def claims_of(provider, visitor):
    """What the music school is told of this browser."""
    answer = await visitor.get(f"/v1/client/handshake?redirect_url={MUSIC}/")
    handshake = answer.headers["location"].partition("__clerk_handshake=")[2]
    lines = jwt.decode(handshake, options={"verify_signature": False})["handshake"]
    token = next(line for line in lines if line.startswith("__session=")).partition("=")[2].partition(";")[0]
    return jwt.decode(token, options={"verify_signature": False})


async def token_state(provider, visitor):
    return (await claims_of(provider, visitor))["sts"]


@pytest.mark.usefixtures("enrolled")
async def test_who_lost_everything_is_helped_and_told(provider, postbox, visitor, backend, mara):
    """Whoever runs the site takes the factors away; the password still counts, and what was open ends."""
    answer = await backend.delete(f"/v1/users/{mara.id}/mfa")
    assert (answer.status_code, answer.json()) == (200, {"user_id": mara.id})
    assert (await visitor.get("/account")).status_code == 303
    assert "removed your second factors" in (await newest(provider, postbox.letters, "mara@example.com")).text
    assert (await visitor.sign_in("mara@example.com", "violet anchors hum loudly")).status_code == 422
    assert (await visitor.sign_in("mara@example.com")).status_code == 303
    assert visitor.is_signed_in
    assert (await backend.delete("/v1/users/user_2nobody/mfa")).status_code == 404
