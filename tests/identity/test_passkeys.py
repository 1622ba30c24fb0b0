"""Passkeys: bound to this site, this browser's challenge and their person; one counts as both factors."""

import json
import re

import pytest

from coursecove_identity import passkeys, users
from coursecove_identity.clock import MINUTE, moved
from tests.identity.authenticator import Authenticator, raw
from tests.identity.conftest import somebody
from tests.identity.test_second_factors import claims_of, set_up_app
from tests.identity.visiting import PASSWORD, Browser, link_in, newest


async def add(visitor, device, name="Laptop"):
    options = (await visitor.post("/account/passkeys/options")).json()
    return await visitor.post("/account/passkeys", {"answer": device.create(options), "name": name})


async def use(visitor, device, at="/sign-in/passkey"):
    options = (await visitor.post(f"{at}/options")).json()
    return await visitor.post(at, {"answer": device.get(options)})


@pytest.fixture
async def device(visitor, mara):
    """Mara's passkey, added in a browser that stays signed in."""
    await visitor.sign_in("mara@example.com")
    made = Authenticator()
    answer = await add(visitor, made)
    assert answer.status_code == 200
    assert len(re.findall(r"<code>(\w{5}-\w{5})</code>", answer.text)) == 10
    return made


async def test_a_passkey_alone_signs_in_with_both_factors(provider, app, device, mara):
    other = Browser(app)
    assert (await use(other, device)).status_code == 303
    claims = await claims_of(provider, other)
    assert (claims["sub"], claims["fva"]) == (mara.id, [0, 0])
    async with provider.store.reading() as db:
        (passkey,) = await passkeys.of_user(db, mara.id)
        assert (passkey.sign_count, passkey.name) == (1, "Laptop")
        assert passkey.last_used_at is not None


async def test_a_challenge_is_long_random_and_asks_for_verification(app):
    first, second = [(await Browser(app).post("/sign-in/passkey/options")).json() for _ in range(2)]
    assert len(raw(first["challenge"])) >= 16
    assert first["challenge"] != second["challenge"]
    assert first["rpId"] == "coursecove.localhost"
    assert first["userVerification"] == "required"


async def test_with_a_passkey_a_password_alone_signs_nobody_in(app, device):
    other = Browser(app)
    assert (await other.sign_in("mara@example.com")).headers["location"] == "/sign-in/second-factor"
    assert "Use a passkey" in (await other.get("/sign-in/second-factor")).text
    assert (await use(other, device)).status_code == 303
    assert other.is_signed_in


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "http://musicschool.coursecove.localhost:8000"},
        {"origin": "http://id.coursecove.localhost.evil.example:8000"},
        {"origin": "https://id.coursecove.localhost:8000"},
        {"rp_id": "evil.example"},
        {"rp_id": "id.coursecove.localhost"},
        {"verifies": False},
        {"handle": b"user_somebody_else"},
        {"id": b"an id that nobody has"},
    ],
)
async def test_what_was_made_elsewhere_or_unverified_opens_nothing(app, device, changes):
    for name, value in changes.items():
        setattr(device, name, value)
    other = Browser(app)
    answer = await use(other, device)
    assert answer.status_code == 422
    assert not other.is_signed_in


async def test_a_strangers_key_opens_nothing(app, device):
    thief = Authenticator(id=device.id, handle=device.handle)
    assert (await use(Browser(app), thief)).status_code == 422


async def test_an_answer_works_once_in_one_browser_for_five_minutes(app, device):
    first, second = Browser(app), Browser(app)
    options = (await first.post("/sign-in/passkey/options")).json()
    answer = {"answer": device.get(options)}
    assert (await second.post("/sign-in/passkey", answer)).status_code == 422
    cookies = dict(first.cookies)
    assert (await first.post("/sign-in/passkey", answer)).status_code == 303
    replaying = Browser(app, cookies=cookies)
    assert (await replaying.post("/sign-in/passkey", answer)).status_code == 422
    third = Browser(app)
    options = (await third.post("/sign-in/passkey/options")).json()
    with moved(5 * MINUTE + 1):
        assert (await third.post("/sign-in/passkey", {"answer": device.get(options)})).status_code == 422


async def test_a_copy_whose_counter_went_back_is_refused(app, device):
    await use(Browser(app), device)
    await use(Browser(app), device)
    device.count = 0
    assert (await use(Browser(app), device)).status_code == 422


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{}",
        "[]",
        "null",
        "\x00",
        '{"rawId": 5}',
        '{"rawId": "a"}',
        "x" * 20_000,
        '{"rawId": "AAAA", "response": []}',
    ],
)
async def test_broken_answers_are_refused(visitor, answer):
    await visitor.post("/sign-in/passkey/options")
    assert (await visitor.post("/sign-in/passkey", {"answer": answer})).status_code == 422


async def test_a_damaged_answer_is_refused(app, device):
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        visitor = Browser(app)
        found = json.loads(device.get((await visitor.post("/sign-in/passkey/options")).json()))
        found["response"][part] = "AAAA"
        assert (await visitor.post("/sign-in/passkey", {"answer": json.dumps(found)})).status_code == 422


async def test_who_is_banned_is_not_let_in(provider, app, device, mara):
    async with provider.store.transaction() as db:
        await users.change(db, mara.id, banned=True)
    other = Browser(app)
    assert (await use(other, device)).status_code == 422
    assert not other.is_signed_in


async def test_a_passkey_is_added_for_the_one_who_was_asked(provider, visitor, app, mara):
    """The challenge of one person does not add a passkey to another."""
    await somebody(provider, "noah@example.com", first_name="Noah")
    await visitor.sign_in("mara@example.com")
    options = (await visitor.post("/account/passkeys/options")).json()
    noah = Browser(app)
    await noah.sign_in("noah@example.com")
    noah.cookies |= {name: value for name, value in visitor.cookies.items() if name.startswith("passkey")}
    answer = await noah.post("/account/passkeys", {"answer": Authenticator().create(options)})
    assert answer.status_code == 422


async def test_one_credential_belongs_to_one_person(provider, visitor, app, device):
    await somebody(provider, "noah@example.com", first_name="Noah")
    noah = Browser(app)
    await noah.sign_in("noah@example.com")
    assert (await add(noah, device)).status_code == 422


async def test_adding_and_removing_is_told(provider, postbox, visitor, device, mara):
    assert "passkey was added" in (await newest(provider, postbox.letters, "mara@example.com")).text
    async with provider.store.reading() as db:
        (passkey,) = await passkeys.of_user(db, mara.id)
    assert (await visitor.post(f"/account/passkeys/{passkey.id}/removal")).status_code == 303
    assert "passkey was removed" in (await newest(provider, postbox.letters, "mara@example.com")).text
    assert (await visitor.post(f"/account/passkeys/{passkey.id}/removal")).status_code == 404


async def test_somebody_elses_passkey_stays(provider, app, device, mara):
    await somebody(provider, "noah@example.com", first_name="Noah")
    noah = Browser(app)
    await noah.sign_in("noah@example.com")
    async with provider.store.reading() as db:
        (passkey,) = await passkeys.of_user(db, mara.id)
    assert (await noah.post(f"/account/passkeys/{passkey.id}/removal")).status_code == 404


async def test_a_passkey_proves_it_once_more(provider, visitor, device):
    with moved(11 * MINUTE):
        assert (await visitor.get("/account/password")).headers["location"].startswith("/reauthenticate?")
        assert (await use(visitor, device, "/reauthenticate/passkey")).status_code == 303
        assert (await visitor.get("/account/password")).status_code == 200


async def test_somebody_elses_passkey_proves_nothing(provider, app, device):
    await somebody(provider, "noah@example.com", first_name="Noah")
    noah = Browser(app)
    await noah.sign_in("noah@example.com")
    with moved(11 * MINUTE):
        assert (await use(noah, device, "/reauthenticate/passkey")).status_code == 422
        assert (await noah.get("/account/password")).status_code == 303


async def test_a_passkey_is_the_second_factor_of_a_reset(provider, postbox, app, device):
    other = Browser(app)
    await other.post("/reset", {"email": "mara@example.com"})
    path = await link_in(provider, postbox.letters, "mara@example.com")
    answer = await other.post(path, {"password": "granite kettles whistle"})
    assert answer.headers["location"] == "/reset/second-factor"
    assert (await use(other, device, "/reset/passkey")).headers["location"] == "/sign-in?done=reset"
    assert (await other.sign_in("mara@example.com", PASSWORD)).status_code == 422


async def test_removing_one_of_two_factors_keeps_the_other(provider, visitor, device, mara):
    await set_up_app(visitor)
    await visitor.post("/account/second-factor/app/removal")
    async with provider.store.reading() as db:
        assert (await users.find(db, mara.id)).mfa_enabled_at is not None
