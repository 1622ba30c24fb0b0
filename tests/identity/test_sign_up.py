"""Signing up: a code proves the address, and nobody learns whether it had an account."""

import pytest

from coursecove_identity import audit, emails, sessions, users
from coursecove_identity.clock import MINUTE, moved
from tests.identity.visiting import MUSIC, PASSWORD, Browser, code_in, newest, said

NADIA = {
    "first_name": "Nadia",
    "last_name": "Berg",
    "email": "nadia@example.com",
    "password": PASSWORD,
    "terms": "2026-01",
}


async def test_somebody_signs_up_and_lands_where_they_came_from(provider, postbox, visitor, store):
    path = f"/sign-up?redirect_url={MUSIC}/dashboard"
    answer = await visitor.post(path, NADIA)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-up/code")
    code = await code_in(provider, postbox.letters, "nadia@example.com")
    answer = await visitor.post(
        f"/sign-up/code?redirect_url={MUSIC}/dashboard", {"code": f" {code[:3]} {code[3:]} "}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{MUSIC}/dashboard")
    assert visitor.is_signed_in
    async with store.reading() as db:
        user = await users.by_email(db, "NADIA@example.com")
        assert user.name == "Nadia Berg"
        (address,) = await emails.of_user(db, user.id)
        assert (address.is_primary, address.strategy) == (True, "email_code")
        assert len(await sessions.open_of_user(db, user.id)) == 1
        row = await db.fetchrow("select * from identity.terms_consents where user_id = $1", user.id)
        assert (row["version"], row["ip_address"]) == ("2026-01", "203.0.113.7")
        actions = {entry.action for entry in await audit.of_user(db, user.id)}
        assert {"signed_up", "terms_accepted", "signed_in"} <= actions


async def test_one_event_tells_of_a_whole_person(provider, postbox, visitor, store):
    await visitor.post("/sign-up", NADIA)
    await visitor.post(
        "/sign-up/code", {"code": await code_in(provider, postbox.letters, "nadia@example.com")}
    )
    async with store.reading() as db:
        types = [
            row["type"]
            for row in await db.fetch("select type from identity.webhook_messages order by number")
        ]
    assert types == ["user.created", "session.created"]


async def test_nothing_exists_before_the_address_is_proved(visitor, store):
    await visitor.post("/sign-up", NADIA)
    async with store.reading() as db:
        assert not await db.fetchval("select exists (select from identity.users)")
    assert not visitor.is_signed_in


async def test_a_known_address_gets_the_same_answers_and_a_different_letter(provider, postbox, app, mara):
    new, known = Browser(app, address="198.51.100.1"), Browser(app, address="198.51.100.2")
    before = provider.hasher.runs
    first = await new.post("/sign-up", NADIA)
    between = provider.hasher.runs
    second = await known.post("/sign-up", NADIA | {"email": "mara@example.com"})
    assert provider.hasher.runs - between == between - before == 1
    assert (first.status_code, first.headers["location"]) == (second.status_code, second.headers["location"])
    assert first.headers.keys() == second.headers.keys()
    pages = [said(await each.get("/sign-up/code")) for each in (new, known)]
    assert pages[0].replace("nadia@", "mara@") == pages[1]
    wrong = [said(await each.post("/sign-up/code", {"code": "000000"})) for each in (new, known)]
    assert wrong[0].replace("nadia@", "mara@") == wrong[1]
    assert "already have" in (await newest(provider, postbox.letters, "mara@example.com")).subject
    assert not any(letter.to == "mara@example.com" and "code" in letter.subject for letter in postbox.letters)


async def test_after_five_tries_only_a_new_code_helps(provider, postbox, visitor):
    await visitor.post("/sign-up", NADIA)
    code = await code_in(provider, postbox.letters, "nadia@example.com")
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(5):
        assert (await visitor.post("/sign-up/code", {"code": wrong})).status_code == 422
    assert (await visitor.post("/sign-up/code", {"code": code})).status_code == 422
    await visitor.post("/sign-up/code/again")
    newer = await code_in(provider, postbox.letters, "nadia@example.com")
    if newer != code:
        assert (await visitor.post("/sign-up/code", {"code": code})).status_code == 422
    assert (await visitor.post("/sign-up/code", {"code": newer})).status_code == 303


async def test_a_code_is_good_for_ten_minutes(provider, postbox, visitor):
    await visitor.post("/sign-up", NADIA)
    code = await code_in(provider, postbox.letters, "nadia@example.com")
    with moved(10 * MINUTE + 1):
        assert (await visitor.post("/sign-up/code", {"code": code})).status_code == 422
    with moved(15 * MINUTE + 1):
        answer = await visitor.post("/sign-up/code", {"code": code})
        assert answer.headers["location"] == "/sign-up"


async def test_a_code_belongs_to_the_browser_that_asked(provider, postbox, visitor, app):
    await visitor.post("/sign-up", NADIA)
    code = await code_in(provider, postbox.letters, "nadia@example.com")
    other = Browser(app)
    assert (await other.post("/sign-up/code", {"code": code})).headers["location"] == "/sign-up"
    await other.post("/sign-up", NADIA | {"email": "else@example.com"})
    assert (await other.post("/sign-up/code", {"code": code})).status_code == 422


async def test_a_code_opens_one_account(provider, postbox, visitor, store):
    await visitor.post("/sign-up", NADIA)
    code = await code_in(provider, postbox.letters, "nadia@example.com")
    kept = dict(visitor.cookies)
    assert (await visitor.post("/sign-up/code", {"code": code})).status_code == 303
    visitor.cookies = kept
    assert (await visitor.post("/sign-up/code", {"code": code})).headers["location"] == "/sign-up"
    async with store.reading() as db:
        assert await db.fetchval("select count(*) from identity.users") == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first_name": " "}, "Say what you are called"),
        ({"first_name": "x" * 101}, "Say what you are called"),
        ({"email": "nadia"}, "not an e-mail address"),
        ({"email": "nadia@example.com\r\nbcc: all@example.com"}, "not an e-mail address"),
        ({"password": "short words"}, "at least 15 characters"),
        ({"password": "x" * 257}, "at most 256 characters"),
        ({"password": "passwordpassword1"}, "too easy to guess"),
        ({"password": "nadiaberg nadiaberg"}, "too easy to guess"),
        ({"password": "coursecove coursecove"}, "too easy to guess"),
        ({"terms": ""}, "Without this"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_reason(visitor, changes, words):
    answer = await visitor.post("/sign-up", NADIA | changes)
    assert answer.status_code == 422
    assert words.lower() in answer.text.lower()
    assert "violet" not in answer.text


@pytest.mark.parametrize(
    "password",
    [
        "ordinary words, no Capitals or d1gits needed",
        "p\u00e4ssw\u00f6rter im \u0442\u0451\u043c\u043d\u043e\u043c",
        "  spaces around it count  ",
    ],
)
async def test_any_characters_make_a_password(provider, postbox, visitor, password):
    await visitor.post("/sign-up", NADIA | {"password": password})
    await visitor.post(
        "/sign-up/code", {"code": await code_in(provider, postbox.letters, "nadia@example.com")}
    )
    visitor.cookies.clear()
    assert (
        await visitor.sign_in(
            "nadia@example.com", password.strip() if password != password.strip() else password + "x"
        )
    ).status_code == 422
    assert (await visitor.sign_in("nadia@example.com", password)).status_code == 303


async def test_letters_to_one_address_have_a_limit(visitor):
    answers = [(await visitor.post("/sign-up", NADIA)).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]


async def test_the_form_may_be_filled_by_password_managers(visitor):
    page = (await visitor.get("/sign-up")).text
    assert 'autocomplete="new-password"' in page
    assert 'autocomplete="email"' in page
    assert 'type="password"' in page
