"""A new password for who forgot theirs: equal answers, one link, and never past the second factor."""

import pytest

from coursecove_identity import passwords, sessions
from coursecove_identity.clock import MINUTE, SECOND, moved
from tests.identity.conftest import ACCOUNT_PER_HOUR
from tests.identity.test_second_factors import code_of, set_up_app
from tests.identity.visiting import PASSWORD, Browser, link_in, newest, said

NEW = "granite kettles whistle softly"


async def asked(provider, postbox, visitor, address="mara@example.com"):
    """The path in the letter."""
    await visitor.post("/reset", {"email": address})
    return await link_in(provider, postbox.letters, address)


async def test_a_link_gives_a_new_password_and_ends_what_is_open(provider, postbox, visitor, app, mara):
    other = Browser(app)
    await other.sign_in("mara@example.com")
    path = await asked(provider, postbox, visitor)
    assert 'autocomplete="new-password"' in (await visitor.get(path)).text
    answer = await visitor.post(path, {"password": NEW, "everywhere": "yes"})
    assert answer.headers["location"] == "/sign-in?done=reset"
    assert not visitor.is_signed_in
    async with provider.store.reading() as db:
        assert await sessions.open_of_user(db, mara.id) == []
    assert "password was changed" in (await newest(provider, postbox.letters, "mara@example.com")).text
    assert (await visitor.sign_in("mara@example.com")).status_code == 422
    assert (await visitor.sign_in("mara@example.com", NEW)).status_code == 303


async def test_sessions_go_on_where_somebody_wants_that(provider, postbox, visitor, app, mara):
    other = Browser(app)
    await other.sign_in("mara@example.com")
    await visitor.post(await asked(provider, postbox, visitor), {"password": NEW})
    assert (await other.get("/account")).status_code == 200


async def test_known_and_unknown_are_answered_alike_and_both_get_a_letter(provider, postbox, visitor, mara):
    first = await visitor.post("/reset", {"email": "mara@example.com"})
    second = await visitor.post("/reset", {"email": "nobody@example.com"})
    assert (first.status_code, first.headers["location"]) == (second.status_code, second.headers["location"])
    assert first.headers.keys() == second.headers.keys()
    assert said(await visitor.get("/reset/sent"))
    assert "no CourseCove account" in (await newest(provider, postbox.letters, "nobody@example.com")).subject
    assert "/reset/" in (await newest(provider, postbox.letters, "mara@example.com")).text


async def test_the_links_host_comes_from_the_settings(provider, postbox, visitor, mara):
    await visitor.post("/reset", {"email": "mara@example.com"}, headers={"x-forwarded-host": "evil.example"})
    letter = await newest(provider, postbox.letters, "mara@example.com")
    assert "evil" not in letter.text
    assert "http://id.coursecove.localhost:8000/reset/" in letter.text


async def test_a_link_works_once_and_only_the_newest(provider, postbox, visitor, mara):
    first = await asked(provider, postbox, visitor)
    second = await asked(provider, postbox, visitor)
    assert first != second
    assert (await visitor.post(first, {"password": NEW})).status_code == 404
    assert (await visitor.post(second, {"password": NEW})).status_code == 303
    assert (await visitor.get(second)).status_code == 404
    assert (await visitor.post(second, {"password": PASSWORD})).status_code == 404
    assert (await visitor.sign_in("mara@example.com", NEW)).status_code == 303


async def test_a_link_is_good_for_half_an_hour_and_kept_as_a_digest(provider, postbox, visitor, mara):
    path = await asked(provider, postbox, visitor)
    token = path.rpartition("/")[2]
    assert len(token) >= 43
    async with provider.store.reading() as db:
        kept = await db.fetchval("select secret_hash from identity.verifications")
        assert token.encode() not in kept
    with moved(29 * MINUTE):
        assert (await visitor.get(path)).status_code == 200
    with moved(30 * MINUTE + SECOND):
        assert (await visitor.get(path)).status_code == 404
        assert (await visitor.post(path, {"password": NEW})).status_code == 404


async def test_looking_at_a_link_uses_nothing_up(provider, postbox, visitor, mara):
    path = await asked(provider, postbox, visitor)
    for _ in range(3):
        assert (await visitor.get(path)).status_code == 200
    assert (await visitor.post(path, {"password": "short"})).status_code == 422
    assert (await visitor.post(path, {"password": NEW})).status_code == 303


async def test_a_reset_does_not_pass_the_second_factor(provider, postbox, visitor, app, mara):
    await visitor.sign_in("mara@example.com")
    secret, _ = await set_up_app(visitor)
    stranger = Browser(app, address="198.51.100.1")
    path = await asked(provider, postbox, stranger)
    answer = await stranger.post(path, {"password": NEW, "everywhere": "yes"})
    assert answer.headers["location"] == "/reset/second-factor"
    async with provider.store.reading() as db:
        kept = await passwords.hash_of(db, mara.id)
    assert await provider.hasher.verify(kept, PASSWORD)
    assert (await stranger.post("/reset/second-factor", {"code": "000000"})).status_code == 422
    assert not await provider.hasher.verify(kept, NEW)
    with moved(MINUTE):
        answer = await stranger.post("/reset/second-factor", {"code": code_of(secret)})
        assert answer.headers["location"] == "/sign-in?done=reset"
        assert (await stranger.sign_in("mara@example.com", NEW)).headers[
            "location"
        ] == "/sign-in/second-factor"


async def test_beside_a_second_factor_eight_characters_do(provider, postbox, visitor, mara):
    assert (
        await visitor.post(await asked(provider, postbox, visitor), {"password": "k7#quartz"})
    ).status_code == 422
    await visitor.sign_in("mara@example.com")
    await set_up_app(visitor)
    path = await asked(provider, postbox, visitor)
    assert (await visitor.post(path, {"password": "k7#qua"})).status_code == 422
    assert (await visitor.post(path, {"password": "k7#quartz-9"})).headers[
        "location"
    ] == "/reset/second-factor"


async def test_letters_have_a_limit(visitor, mara):
    answers = [(await visitor.post("/reset", {"email": "mara@example.com"})).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]


async def test_who_was_locked_out_by_others_gets_in_by_reset(provider, postbox, app, mara):
    for number in range(ACCOUNT_PER_HOUR + 1):
        with moved(number * SECOND):
            await Browser(app, address=f"198.51.100.{number + 1}").sign_in("mara@example.com", "x" * 20)
    owner = Browser(app, address="192.0.2.10")
    assert (await owner.sign_in("mara@example.com")).status_code == 429
    path = await asked(provider, postbox, owner)
    assert (await owner.post(path, {"password": NEW, "everywhere": "yes"})).status_code == 303
    assert (await owner.sign_in("mara@example.com", NEW)).status_code == 303


@pytest.mark.parametrize("token", ["x", "a" * 5000, "%00"])
async def test_made_up_links_are_over(visitor, token):
    assert (await visitor.get(f"/reset/{token}")).status_code in (404, 400)
