"""Profiles of minors: school code, name and PIN; no address, and a way to an account of one's own."""

import pytest

from coursecove_identity import managed, memberships, sessions, users
from coursecove_identity.clock import MINUTE, SECOND, moved
from coursecove_identity.faults import Refused
from coursecove_identity.pages.school import offer_conversion
from tests.identity.conftest import ACCOUNT_PER_HOUR
from tests.identity.visiting import MUSIC, PASSWORD, Browser, link_in, said

PIN = "482915"


@pytest.fixture
async def isla(provider, school):
    async with provider.store.transaction() as db:
        return await managed.create_managed(
            provider, db, school, username="Isla B", pin=PIN, first_name="Isla", last_name="Bennett"
        )


async def enter(visitor, school="musicschool", username="isla b", pin=PIN):
    return await visitor.post("/sign-in/school", {"school": school, "username": username, "pin": pin})


async def test_a_pupil_signs_in_at_their_school(provider, visitor, isla):
    answer = await enter(visitor, "MusicSchool", " ISLA  b".strip())
    assert answer.status_code == 422
    answer = await enter(visitor, "MusicSchool")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{MUSIC}/")
    async with provider.store.reading() as db:
        place = await memberships.claim_at(db, isla.id, "org_2music")
        assert place.role == "org:student"
        (session,) = await sessions.open_of_user(db, isla.id)
        assert session.second_factor_at is None


async def test_the_code_is_filled_in_for_who_came_from_the_school(visitor):
    page = await visitor.get(f"/sign-in/school?redirect_url={MUSIC}/")
    assert 'value="musicschool"' in page.text


async def test_whatever_is_wrong_is_said_alike_with_the_same_work(provider, app, isla):
    pages, costs = [], []
    for number, (school, name) in enumerate(
        [("musicschool", "isla b"), ("musicschool", "nobody"), ("noschool", "isla b")]
    ):
        visitor, before = Browser(app, address=f"198.51.100.{number + 1}"), provider.hasher.runs
        answer = await enter(visitor, school, name, "000001")
        costs.append(provider.hasher.runs - before)
        assert answer.status_code == 422
        pages.append(said(answer).replace(f'value="{school}"', "").replace(f'value="{name}"', ""))
    assert costs == [1, 1, 1]
    assert len(set(pages)) == 1


async def test_a_pin_is_not_guessed_and_the_pupil_not_kept_out(app, isla):
    owner, stranger = Browser(app, address="192.0.2.1"), Browser(app, address="198.51.100.1")
    assert (await enter(owner)).status_code == 303
    statuses = [(await enter(stranger, pin=f"00000{number}")).status_code for number in range(7)]
    assert statuses == [422] * 5 + [429] * 2
    for number in range(ACCOUNT_PER_HOUR + 1):
        with moved(number * SECOND):
            await enter(Browser(app, address=f"198.51.101.{number + 1}"), pin="000001")
    with moved(MINUTE):
        assert (await enter(Browser(app, address="192.0.2.99"))).status_code == 429
        assert (await enter(owner)).status_code == 303


@pytest.mark.parametrize(
    "pin",
    [
        "12345",
        "1234567890123",
        "111111",
        "123456",
        "987654",
        "12345a",
        "\u0661\u0662\u0663\u0664\u0665\u0666",
    ],
)
async def test_weak_pins_are_refused(provider, school, isla, pin):
    with pytest.raises(Refused):
        async with provider.store.transaction() as db:
            await managed.set_pin(provider, db, isla.id, pin)


async def test_a_new_pin_signs_the_old_ones_user_out(provider, visitor, app, isla):
    await enter(visitor)
    async with provider.store.transaction() as db:
        await managed.set_pin(provider, db, isla.id, "739164", set_by="user_teacher")
    assert (await visitor.get("/account")).status_code == 303
    assert (await enter(Browser(app))).status_code == 422
    assert (await enter(Browser(app), pin="739164")).status_code == 303


async def test_a_name_is_taken_once_in_a_school(provider, school, isla):
    with pytest.raises(Refused, match="has this name"):
        async with provider.store.transaction() as db:
            await managed.create_managed(provider, db, school, username="ISLA B", pin=PIN, first_name="Other")
    async with provider.store.reading() as db:
        assert await db.fetchval("select count(*) from identity.users") == 1


async def test_the_school_looks_after_the_profile(visitor, isla):
    await enter(visitor)
    assert "looks after this profile" in (await visitor.get("/account/security")).text
    for path in (
        "/account/password",
        "/account/second-factor",
        "/account/second-factor/app",
        "/account/addresses/new",
    ):
        assert (await visitor.get(path)).headers["location"] == "/account/security"
    for path in (
        "/account/password",
        "/account/passkeys/options",
        "/account/second-factor/app",
        "/account/addresses",
    ):
        assert (await visitor.post(path)).headers["location"] == "/account/security"
    with moved(11 * MINUTE):
        assert "looks after this profile" in (await visitor.get("/reauthenticate")).text


async def test_a_profile_becomes_its_persons_own(provider, postbox, visitor, app, isla):
    await enter(visitor)
    async with provider.store.transaction() as db:
        await offer_conversion(provider, db, isla.id, "isla@example.com", school="Music School")
    provider.letters.send_soon()
    path = await link_in(provider, postbox.letters, "isla@example.com")
    assert path.startswith("/convert/")
    other = Browser(app)
    assert (await other.post(path, {"password": "short"})).status_code == 422
    assert (await other.post(path, {"password": PASSWORD})).headers["location"] == "/sign-in?done=converted"
    assert (await other.post(path, {"password": PASSWORD})).status_code == 404
    assert (await visitor.get("/account")).status_code == 303
    assert (await enter(Browser(app))).status_code == 422
    assert (await other.sign_in("isla@example.com")).status_code == 303
    async with provider.store.reading() as db:
        assert (await memberships.claim_at(db, isla.id, "org_2music")).role == "org:student"
        assert await managed.find(db, isla.id) is None


async def test_without_an_address_a_username_will_do(provider, app, isla):
    hashed = await provider.hasher.hash(PASSWORD)
    async with provider.store.transaction() as db:
        await managed.convert_managed(db, isla.id, password_hash=hashed, username="isla.bennett")
    assert (await Browser(app).sign_in("isla.bennett")).status_code == 303
    async with provider.store.reading() as db:
        assert (await users.find(db, isla.id)).username == "isla.bennett"


async def test_a_managed_profile_has_no_other_way_in(visitor, isla):
    for identifier in ("isla b", "Isla B", isla.id, ""):
        for password in (PIN, ""):
            assert (await visitor.sign_in(identifier, password)).status_code == 422
