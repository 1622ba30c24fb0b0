"""Settings through the front door: what is saved, what is refused, and two owners at one form."""

import re
from io import BytesIO

import httpx
import pytest
from PIL import Image

from coursecove.accounts.roles import Role
from tests.pages.stage import Site, Visitor
from tests.schools.conftest import Town

PLACES = ("", "/address", "/look", "/region", "/rules", "/joining", "/data", "/support")


def owner_of(site: Site) -> Visitor:
    return site.member(site.world.music.one(Role.SUPER_ADMIN))


async def version_at(owner: Visitor, path: str) -> str:
    return version_in(await owner.get(path))


def version_in(answer: httpx.Response) -> str:
    found = re.search(r'name="version" value="([0-9a-f]+)"', answer.text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("place", PLACES)
async def test_every_tab_opens_for_owners_alone(site: Site, place: str) -> None:
    answer = await owner_of(site).get(f"/school{place}")
    assert answer.status_code == 200
    assert f'href="/school{place}" aria-current="page"' in answer.text
    for role in (Role.TEACHER, Role.STUDENT, Role.GUARDIAN):
        assert (await site.member(site.world.music.one(role)).get(f"/school{place}")).status_code == 403


FORMS = [
    ("/school/look", {"palette": "#b91c1c"}, {"palette": "#1d4ed8"}, "#b91c1c"),
    (
        "/school/region",
        {"time_zone": "Asia/Tokyo", "locale": "en-US"},
        {"time_zone": "Europe/Oslo", "locale": "en-US"},
        "Asia/Tokyo",
    ),
    (
        "/school/rules",
        {"serves_minors": "1", "profiles_by": "guardians", "joining": "ask"},
        {"profiles_by": "owners", "joining": "ask"},
        "Guardians too",
    ),
]


@pytest.mark.parametrize(("path", "mine", "theirs", "shown"), FORMS)
async def test_the_second_of_two_editors_sees_the_difference_and_loses_nothing(
    site: Site, path: str, mine: dict[str, str], theirs: dict[str, str], shown: str
) -> None:
    owner = owner_of(site)
    opened = await version_at(owner, path)
    first = await owner.post(path, {**mine, "version": opened})
    assert (first.status_code, first.headers["location"]) == (303, path)

    second = await owner.post(path, {**theirs, "version": opened})
    assert second.status_code == 409
    assert "Somebody else saved this while you were writing" in second.text
    assert shown in second.text
    assert version_in(second) != opened

    again = await owner.post(path, {**theirs, "version": version_in(second)})
    assert again.status_code == 303


async def test_saving_what_is_there_already_is_no_conflict(site: Site) -> None:
    owner = owner_of(site)
    opened = await version_at(owner, "/school/region")
    form = {"time_zone": "Asia/Tokyo", "locale": "en-US", "version": opened}
    assert [(await owner.post("/school/region", form)).status_code for _ in range(2)] == [303, 303]


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("/school/look", {"palette": "other", "brand_color": "teal"}, "six digits, like #0f766e"),
        ("/school/look", {"palette": '"><script>'}, "six digits, like #0f766e"),
        (
            "/school/region",
            {"time_zone": "Moon/Base", "locale": "en-GB"},
            "Choose a time zone from the list.",
        ),
        ("/school/region", {"time_zone": "UTC", "locale": "xx"}, "Choose a language from the list."),
        ("/school/rules", {"profiles_by": "everybody", "joining": "ask"}, "Choose one of these."),
        ("/school/rules", {"profiles_by": "staff", "joining": "open"}, "Choose one of these."),
        ("/school/name", {"name": "  "}, "A name needs between 2 and 100 characters."),
        ("/school/name", {"name": "☂☂☂"}, "A name needs between 2 and 100 characters."),
    ],
)
async def test_what_cannot_be_used_is_said_beside_its_field(
    site: Site, path: str, form: dict[str, str], said: str
) -> None:
    owner = owner_of(site)
    before = await owner.get("/api/v1/school")
    answer = await owner.post(path, form)
    assert answer.status_code == 422
    assert said in answer.text
    assert "<script>" not in answer.text
    assert (await owner.get("/api/v1/school")).json() == before.json()


async def test_a_new_name_goes_through_the_provider_and_shows_at_once(town: Town) -> None:
    owner = owner_of(town.site)
    form = {"name": "Harbour  Conservatory", "version": await version_at(owner, "/school")}
    assert (await owner.post("/school/name", form)).status_code == 303
    assert "Harbour Conservatory" in (await owner.get("/dashboard")).text
    assert town.provider.calls == ["update_organization"]
    late = await owner.post("/school/name", {**form, "name": "Old Idea"})
    assert late.status_code == 409
    assert "Harbour Conservatory" in late.text
    assert "changed the school" in (await owner.get("/activity")).text


async def test_a_name_is_kept_while_the_provider_is_away(town: Town) -> None:
    owner = owner_of(town.site)
    town.provider.away = 1
    answer = await owner.post("/school/name", {"name": "New", "version": await version_at(owner, "/school")})
    assert answer.status_code == 503
    assert "Harbour Music School" in (await owner.get("/school")).text


def picture(kind: str, size: tuple[int, int] = (900, 300)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#0f766e").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_logo_is_made_anew_and_shown_to_everybody(site: Site, kind: str) -> None:
    owner = owner_of(site)
    sent = picture(kind) + b"<script>alert(1)</script>"
    answer = await owner.post("/school/logo", {}, {"logo": ("evil.html", sent, "text/html")})
    assert answer.status_code == 303
    page = await owner.get("/school/look")
    address = re.search(r'src="(/brand/logo\?v=[0-9a-f]+)"', page.text)
    assert address is not None
    shown = await site.nobody("musicschool").get(address[1])
    assert shown.headers["content-type"] == "image/png"
    assert shown.content.startswith(b"\x89PNG")
    assert b"script" not in shown.content
    assert Image.open(BytesIO(shown.content)).size == (512, 171)
    assert (await site.nobody("yogastudio").get(address[1])).status_code == 404

    assert (await owner.post("/school/logo/removal")).status_code == 303
    assert (await site.nobody("musicschool").get(address[1])).status_code == 404


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("gif", picture("GIF")),
        ("half", picture("PNG")[:200]),
        ("nothing", b""),
        ("tiny", picture("PNG", (8, 8))),
        ("narrow", picture("PNG", (1200, 40))),
        ("huge", picture("PNG", (5000, 4000))),
        ("heavy", b"\x89PNG" + b"0" * (3 * 1024 * 1024 + 1)),
    ],
)
async def test_what_is_no_usable_picture_is_refused(site: Site, name: str, sent: bytes) -> None:
    answer = await owner_of(site).post("/school/logo", {}, {"logo": (name, sent, "image/png")})
    assert answer.status_code == 422
    assert 'id="logo-error"' in answer.text


async def test_a_body_beyond_every_limit_is_not_read(site: Site) -> None:
    answer = await owner_of(site).post(
        "/school/logo", {}, {"logo": ("big", b"0" * (5 * 1024 * 1024), "image/png")}
    )
    assert answer.status_code == 413


async def test_a_colour_can_be_tried_without_saving(site: Site) -> None:
    owner = owner_of(site)
    part = await owner.get("/school/look?palette=other&brand_color=%23ffff00", **{"hx-request": "true"})
    assert "<html" not in part.text
    assert "only 1.1 to 1" in part.text
    assert "#7c7a00" in part.text
    assert (await owner.get("/api/v1/school")).json()["brand_color"] == "#0f766e"


async def test_what_the_owner_chooses_everybody_sees(site: Site) -> None:
    owner = owner_of(site)
    await owner.post("/school/region", {"time_zone": "Europe/Paris", "locale": "en-US"})
    await owner.post("/school/look", {"palette": "other", "brand_color": "#b45309"})
    student = (await site.member(site.world.music.people["isla"]).get("/dashboard")).text
    assert "/brand.css?v=b45309" in student
    assert "times in Paris" in student
    assert 'lang="en-US"' in student


async def test_a_colour_is_seen_as_soon_as_it_is_named(site: Site) -> None:
    visitor = site.nobody("musicschool")
    before, after = [await visitor.get(f"/brand.css?v={colour}") for colour in ("0f766e", "b45309")]
    assert before.text != after.text
    assert "immutable" in after.headers["cache-control"]
    assert (await visitor.get("/brand.css?v=}body{")).text == (await visitor.get("/brand.css")).text


async def test_a_change_is_told(site: Site) -> None:
    owner = owner_of(site)
    await owner.post("/school/region", {"time_zone": "Europe/Paris", "locale": "en-US"})
    text = (await owner.get("/activity")).text
    assert re.search(r"Amara Osei</b> <span[^>]*>changed the school&#39;s [\w, ]*time zone", text)


async def test_a_colour_is_taken_away_again(town: Town) -> None:
    owner = owner_of(town.site)
    brand = "select brand_color from organizations where subdomain = 'musicschool'"
    for palette, kept in (("#b91c1c", "#b91c1c"), ("none", None)):
        form = {
            "palette": palette,
            "brand_color": "#0f766e",
            "version": await version_at(owner, "/school/look"),
        }
        assert (await owner.post("/school/look", form)).status_code == 303
        assert await town.value(brand) == kept
    page = await owner.get("/school/look")
    assert re.search(r'value="none" checked', page.text)
    assert "contrast on white" not in page.text
    assert (
        "contrast on white" not in (await owner.get("/school/look?palette=none&brand_color=%230f766e")).text
    )
