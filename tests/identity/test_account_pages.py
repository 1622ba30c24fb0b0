"""What somebody changes about themselves: name, picture, addresses, password, sessions."""

import io

import pytest
from PIL import Image

from coursecove_identity import emails, images, sessions, users
from coursecove_identity.clock import MINUTE, moved
from tests.identity.conftest import somebody
from tests.identity.visiting import PASSWORD, Browser, code_in, newest, said

NEW = "granite kettles whistle softly"


@pytest.fixture
async def signed_in(visitor, mara):
    await visitor.sign_in("mara@example.com")
    return visitor


async def events(provider):
    async with provider.store.reading() as db:
        return [
            row["type"]
            for row in await db.fetch("select type from identity.webhook_messages order by number")
        ]


@pytest.mark.parametrize("path", ["/account", "/account/security", "/account/sessions", "/account/password"])
async def test_strangers_are_asked_to_sign_in(visitor, path):
    assert (await visitor.get(path)).headers["location"].startswith("/sign-in?")


async def test_a_name_is_changed_and_told(provider, signed_in, mara):
    assert (
        await signed_in.post("/account/name", {"first_name": " Maja ", "last_name": ""})
    ).status_code == 303
    async with provider.store.reading() as db:
        user = await users.find(db, mara.id)
    assert (user.first_name, user.last_name) == ("Maja", None)
    assert (await events(provider))[-1] == "user.updated"
    assert (await signed_in.post("/account/name", {"first_name": " "})).status_code == 422


async def test_what_people_type_is_text(signed_in):
    await signed_in.post(
        "/account/name", {"first_name": "<script>alert(1)</script>", "last_name": "{{ 7*7 }}"}
    )
    page = (await signed_in.get("/account")).text
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page


# Pictures


def picture(kind="PNG", size=(400, 300), **options):
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, **options)
    return file.getvalue()


async def test_a_picture_is_made_anew_small_and_without_what_was_hidden_in_it(provider, signed_in, mara):
    exif = Image.Exif()
    exif[0x010E] = "taken at home, 51.5N"
    given = picture("JPEG", exif=exif)
    assert b"51.5N" in given
    answer = await signed_in.post("/account/picture", files={"picture": ("me.jpg", given, "image/jpeg")})
    assert answer.status_code == 303
    async with provider.store.reading() as db:
        user = await users.find(db, mara.id)
    shown = await signed_in.get(f"/images/people/{mara.id}/{user.image_version}")
    assert shown.headers["content-type"] == "image/webp"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert b"51.5N" not in shown.content
    with Image.open(io.BytesIO(shown.content)) as kept:
        assert (kept.format, kept.size) == ("WEBP", (256, 256))
    assert (await signed_in.get(f"/images/people/{mara.id}/guessed")).status_code == 404
    await signed_in.post("/account/picture/removal")
    assert (await signed_in.get(f"/images/people/{mara.id}/{user.image_version}")).status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        picture()[:200],
        picture("BMP"),
        picture("TIFF"),
        b"GIF89a" + b"\xff" * 50,
        b"x" * (images.LARGEST + 1),
        picture(size=(7000, 7000)),
    ],
    ids=["nothing", "svg", "html", "no png", "half", "bmp", "tiff", "no gif", "large", "vast"],
)
async def test_what_is_no_picture_changes_nothing(provider, signed_in, mara, given):
    answer = await signed_in.post("/account/picture", files={"picture": ("x.png", given, "image/png")})
    assert answer.status_code == 422
    async with provider.store.reading() as db:
        assert (await users.find(db, mara.id)).image_version is None


async def test_a_body_beyond_all_measure_is_not_read(signed_in):
    given = b"x" * (7 * 1024 * 1024)
    answer = await signed_in.post("/account/picture", files={"picture": ("x.png", given, "image/png")})
    assert answer.status_code == 413


# Addresses


async def test_an_address_is_added_once_it_is_proved(provider, postbox, signed_in, mara):
    await signed_in.post("/account/addresses", {"email": "mara@home.example"})
    async with provider.store.reading() as db:
        assert len(await emails.of_user(db, mara.id)) == 1
    code = await code_in(provider, postbox.letters, "mara@home.example")
    assert (await signed_in.post("/account/addresses/code", {"code": code})).headers[
        "location"
    ] == "/account?done=email"
    assert "added" in (await newest(provider, postbox.letters, "mara@example.com")).text
    async with provider.store.reading() as db:
        assert [each.email_address for each in await emails.of_user(db, mara.id)] == [
            "mara@example.com",
            "mara@home.example",
        ]


async def test_somebody_elses_address_is_answered_alike(provider, postbox, signed_in):
    await somebody(provider, "noah@example.com", first_name="Noah")
    pages = []
    for address in ("new@example.com", "noah@example.com"):
        answer = await signed_in.post("/account/addresses", {"email": address})
        assert answer.headers["location"] == "/account/addresses/code"
        pages.append(said(await signed_in.get("/account/addresses/code")).replace(address, ""))
        pages.append(
            said(await signed_in.post("/account/addresses/code", {"code": "000000"})).replace(address, "")
        )
    assert pages[0] == pages[2]
    assert pages[1] == pages[3]
    assert "belongs to" in (await newest(provider, postbox.letters, "noah@example.com")).subject


async def test_the_primary_address_moves_and_both_ends_know(provider, postbox, signed_in, mara):
    async with provider.store.transaction() as db:
        second = await emails.add(db, mara.id, "mara@home.example", strategy="email_code", verified=True)
    answer = await signed_in.post(f"/account/addresses/{second.id}/primary")
    assert answer.headers["location"] == "/account?done=primary"
    assert "another address" in (await newest(provider, postbox.letters, "mara@example.com")).text
    async with provider.store.reading() as db:
        assert (await emails.primary_of(db, mara.id)).id == second.id


async def test_the_last_way_in_stays(provider, signed_in, mara):
    async with provider.store.reading() as db:
        primary = await emails.primary_of(db, mara.id)
    assert (await signed_in.post(f"/account/addresses/{primary.id}/removal")).status_code == 404


async def test_nobody_touches_somebody_elses_address(provider, signed_in):
    noah = await somebody(provider, "noah@example.com", first_name="Noah")
    async with provider.store.transaction() as db:
        other = await emails.add(db, noah.id, "noah@home.example", strategy="email_code", verified=True)
    for action in ("primary", "removal"):
        assert (await signed_in.post(f"/account/addresses/{other.id}/{action}")).status_code == 404


# Password


async def test_a_password_changes_with_the_present_one(provider, postbox, signed_in, app):
    other = Browser(app)
    await other.sign_in("mara@example.com")
    assert (await signed_in.post("/account/password", {"current": NEW, "new": NEW})).status_code == 422
    assert (
        await signed_in.post("/account/password", {"current": PASSWORD, "new": "short"})
    ).status_code == 422
    form = {"current": PASSWORD, "new": NEW, "everywhere": "yes"}
    assert (await signed_in.post("/account/password", form)).status_code == 303
    assert (await other.get("/account")).status_code == 303
    assert (await signed_in.get("/account")).status_code == 200
    assert "password was changed" in (await newest(provider, postbox.letters, "mara@example.com")).text
    assert (await Browser(app).sign_in("mara@example.com", NEW)).status_code == 303


# Sessions


async def test_sessions_are_listed_and_ended_one_by_one_or_all(provider, signed_in, app, mara):
    others = [Browser(app, agent="Mozilla/5.0 (Windows NT 10.0) Edg/140.0") for _ in range(3)]
    for each in others:
        await each.sign_in("mara@example.com")
    page = (await signed_in.get("/account/sessions")).text
    assert page.count("Edge on Windows") >= 3
    assert page.count("This browser") == 1
    async with provider.store.reading() as db:
        found = await sessions.open_of_user(db, mara.id)
    theirs = next(each for each in found if "Edg" in (each.user_agent or ""))
    assert (await signed_in.post(f"/account/sessions/{theirs.id}/end")).status_code == 303
    async with provider.store.reading() as db:
        assert (await sessions.find(db, theirs.id)).status == "revoked"
    assert (await signed_in.post("/account/sessions/others/end")).status_code == 303
    async with provider.store.reading() as db:
        assert len(await sessions.open_of_user(db, mara.id)) == 1
    assert (await signed_in.get("/account")).status_code == 200
    assert all([(await each.get("/account")).status_code == 303 for each in others])


async def test_somebody_elses_session_goes_on(provider, signed_in, app):
    noah = await somebody(provider, "noah@example.com", first_name="Noah")
    other = Browser(app)
    await other.sign_in("noah@example.com")
    async with provider.store.reading() as db:
        (session,) = await sessions.open_of_user(db, noah.id)
    assert (await signed_in.post(f"/account/sessions/{session.id}/end")).status_code == 404
    assert (await other.get("/account")).status_code == 200


async def test_ending_ones_own_session_signs_out(provider, signed_in, mara):
    async with provider.store.reading() as db:
        (session,) = await sessions.open_of_user(db, mara.id)
    await signed_in.post(f"/account/sessions/{session.id}/end")
    assert not signed_in.is_signed_in


async def test_after_signing_out_everywhere_other_browsers_are_new_again(
    provider, postbox, signed_in, app, mara
):
    other = Browser(app)
    await other.sign_in("mara@example.com")
    with moved(MINUTE):
        await signed_in.post("/account/sessions/others/end")
        await provider.letters.settled()
        count = len(postbox.letters)
        await other.sign_in("mara@example.com")
        await provider.letters.settled()
    assert len(postbox.letters) == count + 1


async def test_who_is_banned_or_deleted_is_out_at_once(provider, signed_in, mara):
    async with provider.store.transaction() as db:
        await users.change(db, mara.id, banned=True)
    assert (await signed_in.get("/account")).status_code == 303
    async with provider.store.transaction() as db:
        await users.change(db, mara.id, banned=False)
        await users.delete(db, mara.id)
    assert (await signed_in.get("/account")).status_code == 303
    assert (await events(provider))[-1] == "user.deleted"
