"""Founding a school, from the first question to its own dashboard."""

import re
from io import BytesIO

import httpx
import pytest
from PIL import Image

from coursecove.demo import external_id
from coursecove.schools.legal import DOCUMENTS
from tests.pages.stage import Visitor
from tests.schools.conftest import Town

FOUNDER = external_id("user", "founder")
AGREED = {document.key: document.version for document in DOCUMENTS.values()}


def picture(kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (600, 400), "#7c3aed").save(out, kind)
    return out.getvalue()


async def say_all(visitor: Visitor, *, name: str = "Café Ñ Studio", slug: str = "") -> None:
    """The first three steps, as somebody in no hurry answers them."""
    answers = [
        await visitor.post("/found", {"name": name, "slug": slug}),
        await visitor.post(
            "/found/look", {"palette": "#7c3aed"}, {"logo": ("a.png", picture(), "image/png")}
        ),
        await visitor.post(
            "/found/place", {"time_zone": "Europe/Madrid", "locale": "en-GB", "serves_minors": "yes"}
        ),
    ]
    ways = [(answer.status_code, answer.headers.get("location")) for answer in answers]
    assert ways == [(303, "/found/look"), (303, "/found/place"), (303, "/found/terms")]


async def found(town: Town, *, name: str = "Café Ñ Studio", slug: str = "") -> httpx.Response:
    visitor = town.site.person(FOUNDER)
    await say_all(visitor, name=name, slug=slug)
    agreed = await visitor.post("/found/terms", AGREED)
    assert (agreed.status_code, agreed.headers["location"]) == (303, "/found/progress"), agreed.text
    await town.work()
    assert town.failures == []
    return await visitor.get("/found/progress")


async def test_a_founder_ends_on_the_schools_own_dashboard(town: Town) -> None:
    answer = await found(town)
    assert answer.status_code == 303
    assert answer.headers["location"] == "http://cafenstudio.coursecove.localhost:8000/dashboard"

    home = await town.site.person(FOUNDER, "cafenstudio").get("/dashboard")
    assert home.status_code == 200
    assert "Café Ñ Studio" in home.text
    logo = re.search(r'src="(/brand/logo\?v=[0-9a-f]+)"', home.text)
    assert logo is not None
    shown = await town.site.nobody("cafenstudio").get(logo[1])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    rules = await town.site.person(FOUNDER, "cafenstudio").get("/school/rules")
    assert 'name="serves_minors" value="1" checked' in rules.text
    region = await town.site.person(FOUNDER, "cafenstudio").get("/school/region")
    assert '<option value="Europe/Madrid" selected>' in region.text


async def test_what_was_agreed_is_on_record(town: Town) -> None:
    await found(town)
    async with town.site.stage.database.service_read() as db:
        rows = await (await db.connection()).fetch(
            "select c.document, c.version, c.digest, c.method, c.address, c.at is not null as at, o.subdomain "
            "from consents c join foundings f on f.id = c.founding_id join organizations o on o.id = f.school_id "
            "order by c.document"
        )
    assert [(row["document"], row["version"], row["digest"]) for row in rows] == [
        (key, DOCUMENTS[key].version, DOCUMENTS[key].digest) for key in ("dpa", "privacy", "terms")
    ]
    assert {(row["method"], row["address"], row["at"], row["subdomain"]) for row in rows} == {
        ("checkbox", "127.0.0.1", True, "cafenstudio")
    }


async def test_an_unknown_label_s_sign_up_leads_into_founding_there(town: Town) -> None:
    vacant = await town.site.host("newschool.coursecove.localhost:8000").get("/sign-up")
    assert vacant.status_code == 303
    assert vacant.headers["location"] == "http://coursecove.localhost:8000/found?label=newschool"
    stranger = await town.site.nobody("").get("/found?label=newschool")
    assert stranger.status_code == 303
    assert stranger.headers["location"].startswith(
        "http://id.coursecove.localhost:8000/sign-up?redirect_url="
    )
    assert "label%3Dnewschool" in stranger.headers["location"]
    page = await town.site.person(FOUNDER).get("/found?label=newschool")
    assert 'value="newschool"' in page.text
    assert "newschool.coursecove.localhost:8000</span> is free." in page.text
    assert (await town.site.host("newschool.coursecove.localhost:8000").get("/dashboard")).status_code == 404


@pytest.mark.parametrize(
    ("name", "slug", "said"),
    [
        ("A P I", "", "This name is reserved."),
        ("Harbour", "music-school", "This address is taken."),
        ("Harbour", "MUSICSCHOOL", "This address is taken."),
        ("Harbour", "w-w-w", "This name is reserved."),
        ("Harbour", "xn--caf-dma", "xncafdma.coursecove.localhost:8000</span> is free."),
        ("X", "xschool", "A name needs between 2 and 100 characters."),
        ("Harbour", "ab", "A name needs between 3 and 63 characters."),
    ],
)
async def test_addresses_are_judged_by_what_they_become(town: Town, name: str, slug: str, said: str) -> None:
    visitor = town.site.person(FOUNDER)
    live = await visitor.get(f"/found?name={name}&slug={slug}", **{"hx-request": "true"})
    posted = await visitor.post("/found", {"name": name, "slug": slug})
    assert said in live.text + posted.text
    assert "<html" not in live.text
    if "is free" not in said:
        assert posted.status_code == 422


async def test_a_taken_address_comes_with_free_ones_like_it(town: Town) -> None:
    visitor = town.site.person(FOUNDER)
    page = await visitor.get("/found?name=Music+School")
    offered = re.findall(r'name="suggestion" value="([^"]+)"', page.text)
    assert offered
    taken = await visitor.post(
        "/found", {"name": "Music School", "slug": "music-school", "suggestion": offered[0]}
    )
    assert taken.headers["location"] == "/found/look"


async def test_looking_up_addresses_has_a_limit(town: Town) -> None:
    visitor = town.site.person(FOUNDER)
    codes = [(await visitor.get(f"/found?slug=school{n}")).status_code for n in range(45)]
    assert codes[:40] == [200] * 40
    assert 429 in codes[40:]


async def test_an_interrupted_founding_goes_on_where_it_was(town: Town) -> None:
    visitor = town.site.person(FOUNDER)
    await visitor.post("/found", {"name": "Slow Start", "slug": ""})
    again = town.site.person(FOUNDER)
    assert 'value="Slow Start"' in (await again.get("/found")).text
    assert (await again.get("/found/terms")).headers["location"] == "/found/look"
    assert (await again.get("/found/progress")).headers["location"] == "/found"


async def test_nothing_is_made_without_every_agreement(town: Town) -> None:
    visitor = town.site.person(FOUNDER)
    await say_all(visitor)
    for form in ({}, {"terms": "1.0"}, {**AGREED, "dpa": "0.9"}):
        answer = await visitor.post("/found/terms", form)
        assert answer.status_code == 422
    await town.work()
    assert town.provider.calls == []
    assert await town.value("select count(*) from consents") == 0


@pytest.mark.parametrize("trouble", ["away", "lost"])
async def test_a_provider_in_trouble_makes_the_school_once(town: Town, trouble: str) -> None:
    visitor = town.site.person(FOUNDER)
    await say_all(visitor)
    setattr(town.provider, trouble, 1)
    await visitor.post("/found/terms", AGREED)
    await town.work()
    waiting = await visitor.get("/found/progress")
    assert "is coming up" in waiting.text
    if trouble == "lost":
        made = next(iter(town.provider.organizations_by_id))
        await town.tell("organizationMembership.created", town.provider.raw_membership(made, FOUNDER))
        await town.tell("organization.created", town.provider.raw_organization(made))
    await town.value("update function_runs set due_at = now() where status = 'waiting' returning 1")
    await town.work()
    there = await visitor.get("/found/progress")
    assert there.headers["location"] == "http://cafenstudio.coursecove.localhost:8000/dashboard"
    assert len(town.provider.organizations_by_id) == 1


async def test_a_name_that_only_the_provider_holds_does_not_change_the_address(town: Town) -> None:
    town.provider.organizations_by_id["org_other"] = {"id": "org_other", "slug": "cafe-n-studio", "name": "x"}
    answer = await found(town)
    assert answer.headers["location"] == "http://cafenstudio.coursecove.localhost:8000/dashboard"


async def test_two_schools_of_one_person_need_one_session(town: Town) -> None:
    await found(town, name="First Studio")
    answer = await found(town, name="Second Studio")
    assert answer.headers["location"] == "http://secondstudio.coursecove.localhost:8000/dashboard"
    mine = await town.site.person(FOUNDER).get("/schools")
    assert "First Studio" in mine.text
    assert "Second Studio" in mine.text


async def test_another_persons_draft_is_nobody_elses(town: Town) -> None:
    await town.site.person(FOUNDER).post("/found", {"name": "Secret Plan", "slug": ""})
    other = town.site.person(external_id("user", "another"))
    assert "Secret Plan" not in (await other.get("/found")).text
    assert (await other.post("/found/terms", AGREED)).status_code == 404
    assert (await other.get("/found/logo")).status_code == 404


async def test_forged_founding_changes_nothing(town: Town) -> None:
    visitor = town.site.person(FOUNDER)
    headers = {"sec-fetch-site": "same-site", "origin": "http://musicschool.coursecove.localhost:8000"}
    answer = await visitor.client.post("/found", data={"name": "Forged"}, headers=headers)
    assert answer.status_code == 403
    assert await town.value("select count(*) from foundings") == 0


async def test_texts_keep_their_digest_with_their_version() -> None:
    """A text that changes is another version: change both here and in `legal.py`."""
    digests = {(document.key, document.version): document.digest[:16] for document in DOCUMENTS.values()}
    assert digests == {
        ("terms", "1.0"): "d99c92e2c6e8691e",
        ("privacy", "1.0"): "5fbd49bc4f30d870",
        ("dpa", "1.0"): "2f449293347291a8",
    }
