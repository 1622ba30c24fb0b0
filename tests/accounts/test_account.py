"""One's own account: how times are written, the theme, the session, and forms that nobody else can send."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from coursecove.kit.web.csrf import FIELD
from coursecove_identity.signing import mint_session_token
from tests.pages.stage import Site, Visitor

TOKYO = {"time_zone": "Asia/Tokyo", "locale": "en-US"}


@pytest.fixture
def isla(site: Site) -> Visitor:
    return site.member(site.world.music.people["isla"])


async def test_what_is_chosen_is_kept_and_used(isla: Visitor) -> None:
    answer = await isla.post("/account/preferences", TOKYO)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    text = (await isla.get("/account")).text
    assert "Saved." in text
    assert '<option value="Asia/Tokyo" selected>' in text
    assert 'lang="en-US"' in text
    assert "times in Tokyo" in (await isla.get("/dashboard")).text
    assert "Saved." not in (await isla.get("/account")).text


async def test_it_is_chosen_for_one_member_alone(site: Site, isla: Visitor) -> None:
    await isla.post("/account/preferences", TOKYO)
    text = (await site.member(site.world.music.people["noah"]).get("/account")).text
    assert '<option value="Europe/London" selected>' in text


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"time_zone": "Mars/Olympus", "locale": "en-GB"}, "Choose a time zone from the list."),
        ({"time_zone": "Europe/London", "locale": "tlh"}, "Choose a language from the list."),
        ({}, "Choose a time zone from the list."),
        ({"time_zone": "../../etc/passwd", "locale": "en-GB"}, "Choose a time zone from the list."),
    ],
)
async def test_what_cannot_be_chosen_is_said_at_its_field(
    site: Site, form: dict[str, str], says: str
) -> None:
    visitor = site.member(site.world.music.people["grant"])
    answer = await visitor.post("/account/preferences", form)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'aria-invalid="true" autofocus' in answer.text
    assert '<option value="Europe/London" selected>' in (await visitor.get("/account")).text


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"sec-fetch-site": "same-origin"}, "This form is too old"),
        ({"sec-fetch-site": "same-site"}, "This did not come from here"),
        ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, "This did not come from here"),
        ({"origin": "http://yogastudio.coursecove.localhost:8000"}, "This did not come from here"),
        ({}, "This did not come from here"),
    ],
)
async def test_a_form_that_is_not_ours_changes_nothing(
    site: Site, headers: dict[str, str], says: str
) -> None:
    visitor = site.member(site.world.music.people["noah"])
    token = "forged" if says.startswith("This form") else visitor.token
    answer = await visitor.client.post("/account/preferences", data={FIELD: token, **TOKYO}, headers=headers)
    assert answer.status_code == 403
    assert says in answer.text
    assert "Nothing was changed." in answer.text
    assert '<option value="Europe/London" selected>' in (await visitor.get("/account")).text


async def test_another_schools_form_token_is_worth_nothing(site: Site) -> None:
    tomas = site.world.music.people["tomas"]
    here, there = site.member(tomas), site.member(site.world.yoga.people["tomas"])
    here.token, kept = there.token, here.token
    assert (await here.post("/account/preferences", TOKYO)).status_code == 403
    here.token = kept


async def test_the_account_says_since_when_one_is_signed_in(site: Site) -> None:
    """The token is a few seconds old, the sign-in is not."""
    visitor = site.member(site.world.music.people["grant"])
    kept = {cookie.name: cookie.value or "" for cookie in visitor.client.cookies.jar}
    name = next(name for name in kept if name.startswith("__session"))
    said = jwt.decode(kept[name], options={"verify_signature": False})
    token = mint_session_token(
        site.stage.issuer.key,
        issuer=said["iss"],
        subject=said["sub"],
        session_id=said["sid"],
        origin=said["azp"],
        first_factor_age=90,
    )
    text = (await visitor.get("/account", cookie=_line(kept | {name: token}))).text
    found = re.search(r'Signed in</dt><dd><time datetime="([^"]+)"', text)
    assert found is not None
    age = datetime.now(UTC) - datetime.fromisoformat(found[1])
    assert timedelta(minutes=89) < age < timedelta(minutes=92)


async def test_a_theme_is_kept_in_the_browser_and_leads_back(isla: Visitor) -> None:
    referer = {
        "referer": f"{isla.origin}/account?x=1",
        "origin": isla.origin,
        "sec-fetch-site": "same-origin",
    }
    for theme, kept in (("dark", "dark"), ("light", "light"), ("plaid", "system")):
        answer = await isla.client.post("/account/theme", data={"theme": theme}, headers=referer)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account?x=1")
        assert f'data-theme="{kept}"' in (await isla.get("/account")).text


@pytest.mark.parametrize(
    "referer",
    ["https://evil.example/", "//evil.example", "", "{origin}//evil.example", "{origin}.evil.example/"],
)
async def test_a_theme_never_leads_elsewhere(isla: Visitor, referer: str) -> None:
    headers = {"referer": referer.format(origin=isla.origin), "sec-fetch-site": "same-origin"}
    answer = await isla.client.post("/account/theme", data={"theme": "dark"}, headers=headers)
    assert answer.headers["location"] == "/"


async def test_nobody_else_changes_a_theme(isla: Visitor) -> None:
    answer = await isla.client.post(
        "/account/theme", data={"theme": "dark"}, headers={"sec-fetch-site": "same-site"}
    )
    assert answer.status_code == 403


async def test_a_session_that_was_ended_opens_nothing_more(site: Site) -> None:
    priya = site.world.music.people["priya"]
    visitor = site.member(priya)
    kept = httpx.Cookies(visitor.client.cookies)
    answer = await visitor.post("/session/end")
    assert (answer.status_code, answer.headers["location"]) == (303, site.nobody("").origin + "/")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    visitor.client.cookies = kept
    again = await visitor.get("/dashboard")
    assert again.status_code == 303
    assert "/sign-in?" in again.headers["location"]


async def test_a_form_that_comes_after_the_end_leads_back_to_its_page(site: Site) -> None:
    visitor = site.nobody("musicschool")
    referer = {
        "referer": f"{visitor.origin}/account",
        "origin": visitor.origin,
        "sec-fetch-site": "same-origin",
    }
    answer = await visitor.client.post("/account/preferences", data=TOKYO, headers=referer)
    assert answer.status_code == 401
    assert "Please sign in" in answer.text
    assert "redirect_url=http%3A%2F%2Fmusicschool.coursecove.localhost%3A8000%2Faccount" in answer.text


def _line(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
