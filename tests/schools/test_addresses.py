"""Where a school is found: moving it, moving it back, and domains of its own."""

import re
from datetime import timedelta

import pytest

from coursecove.accounts.roles import Role
from coursecove.schools.domains import domain_from_typed, domain_problem
from tests.pages.stage import Site, Visitor
from tests.schools.conftest import Town

ROOT = "coursecove.localhost:8000"


def owner_of(site: Site, *, at: str | None = None) -> Visitor:
    return site.member(site.world.music.one(Role.SUPER_ADMIN), at=at)


async def move(site: Site, label: str, *, seen: str = "musicschool", at: str | None = None) -> str:
    answer = await owner_of(site, at=at).post("/school/address", {"label": label, "seen": seen})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_a_school_moves_and_its_old_address_leads_there(site: Site) -> None:
    assert await move(site, "Harbour Music") == f"http://harbourmusic.{ROOT}/school/address"
    site.forget_hosts()
    old = await site.nobody("musicschool").get("/people?q=isla")
    assert (old.status_code, old.headers["location"]) == (308, f"http://harbourmusic.{ROOT}/people?q=isla")
    page = await owner_of(site, at="harbourmusic").get("/school/address")
    assert f"musicschool.{ROOT}" in page.text
    assert "Move back" in page.text
    activity = await owner_of(site, at="harbourmusic").get("/activity")
    assert "moved the school from musicschool to harbourmusic" in activity.text


async def test_moving_back_is_possible_while_the_old_address_is_held(site: Site) -> None:
    await move(site, "harbourmusic")
    site.forget_hosts()
    assert await move(site, "musicschool", seen="harbourmusic", at="harbourmusic") == (
        f"http://musicschool.{ROOT}/school/address"
    )
    site.forget_hosts()
    assert (await owner_of(site).get("/school/address")).status_code == 200
    assert (await site.nobody("harbourmusic").get("/")).headers["location"] == f"http://musicschool.{ROOT}/"


async def test_an_address_that_redirects_is_nobody_elses(site: Site) -> None:
    await move(site, "harbourmusic")
    lena = site.member(site.world.yoga.one(Role.SUPER_ADMIN))
    answer = await lena.post("/school/address", {"label": "musicschool", "seen": "yogastudio"})
    assert answer.status_code == 422
    assert "This address is taken." in answer.text


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("yogastudio", "This address is taken."),
        ("yoga-studio", "This address is taken."),
        ("admin", "This name is reserved."),
        ("w-w-w", "This name is reserved."),
        ("ab", "between 3 and 63 characters"),
        ("", "between 3 and 63 characters"),
    ],
)
async def test_addresses_that_cannot_be_had_are_refused(site: Site, label: str, said: str) -> None:
    answer = await owner_of(site).post("/school/address", {"label": label, "seen": "musicschool"})
    assert answer.status_code == 422
    assert said in answer.text
    assert "This name is reserved" in (await owner_of(site).get("/school/address?label=w-w-w")).text


async def test_two_owners_who_move_the_school_do_not_cross(site: Site) -> None:
    await move(site, "harbourmusic")
    answer = await owner_of(site).post("/school/address", {"label": "baymusic", "seen": "quaymusic"})
    assert answer.status_code == 409


async def test_a_school_holds_only_so_many_addresses(town: Town) -> None:
    for number in range(5):
        await town.value(
            "insert into hostnames (name, organization_id, kind, status, until) "
            "select $1, id, 'subdomain', 'redirect', now() + interval '1 day' from organizations "
            "where subdomain = 'musicschool' returning name",
            f"held{number}",
        )
    answer = await owner_of(town.site).post("/school/address", {"label": "another", "seen": "musicschool"})
    assert answer.status_code == 409
    assert "as many old addresses" in answer.text


async def test_the_provider_s_slug_no_longer_moves_a_school_that_chose(town: Town) -> None:
    await move(town.site, "harbourmusic")
    made = await town.value(
        "select clerk_organization_id from organizations where subdomain = 'harbourmusic'"
    )
    await town.tell(
        "organization.updated",
        f'{{"id":"{made}","name":"Harbour","slug":"elsewhere","updated_at":32503680000000}}'.encode(),
    )
    assert await town.value("select subdomain from organizations where slug = 'elsewhere'") == "harbourmusic"


async def add_domain(town: Town, name: str = "learn.harbour.org") -> tuple[str, str]:
    """The id and the proof of a domain that was just added."""
    owner = owner_of(town.site)
    answer = await owner.post("/school/domains", {"domain": name})
    assert answer.status_code == 303, answer.text
    page = await owner.get("/school/address")
    proof = re.search(r"coursecove-site=[0-9a-f]{32}", page.text)
    assert proof is not None
    return answer.headers["location"].partition("#domain-")[2], proof[0]


async def test_a_domain_answers_once_its_records_are_seen(town: Town) -> None:
    domain_id, proof = await add_domain(town)
    await town.work()
    assert "There is no TXT record yet" in (await owner_of(town.site).get("/school/address")).text
    assert (await town.site.host("learn.harbour.org:8000").get("/dashboard")).status_code == 404
    assert (await town.site.nobody("").get("/tls/ask?domain=learn.harbour.org")).status_code == 404

    town.names.texts_by_name["_coursecove.learn.harbour.org"] = ["something else", proof]
    town.names.aliases_by_name["learn.harbour.org"] = ["musicschool.coursecove.localhost"]
    assert (await owner_of(town.site).post(f"/school/domains/{domain_id}/checks")).status_code == 303
    await town.work()
    town.site.forget_hosts()

    assert "Works" in (await owner_of(town.site).get("/school/address")).text
    assert (await town.site.host("learn.harbour.org:8000").get("/dashboard")).status_code != 404
    assert (await town.site.nobody("").get("/tls/ask?domain=learn.harbour.org")).status_code == 200
    assert await town.value("select count(*) from events where name = 'schools/domain.verified'") == 1


async def test_only_one_school_gets_a_domain(town: Town) -> None:
    _, proof = await add_domain(town)
    lena = town.site.member(town.site.world.yoga.one(Role.SUPER_ADMIN))
    await lena.post("/school/domains", {"domain": "learn.harbour.org"})
    hers = re.search(r"coursecove-site=[0-9a-f]{32}", (await lena.get("/school/address")).text)
    assert hers is not None
    town.names.texts_by_name["_coursecove.learn.harbour.org"] = [proof, hers[0]]
    await town.work()
    states = await town.value("select array_agg(state order by state) from custom_domains")
    assert states == ["verified", "waiting"]
    assert await town.value("select count(*) from hostnames where kind = 'custom'") == 1


@pytest.mark.parametrize(("gone", "days", "answers"), [(False, 0, True), (False, 4, False), (True, 0, False)])
async def test_a_proof_that_is_gone_is_waited_for_but_a_name_that_is_gone_is_not(
    town: Town, *, gone: bool, days: int, answers: bool
) -> None:
    domain_id, proof = await add_domain(town)
    town.names.texts_by_name["_coursecove.learn.harbour.org"] = [proof]
    await town.work()
    town.names.texts_by_name = {} if gone else {"_coursecove.learn.harbour.org": []}
    await owner_of(town.site).post(f"/school/domains/{domain_id}/checks")
    await town.work()
    await town.value(
        "update custom_domains set failing_since = failing_since - $1::interval returning id",
        timedelta(days=days),
    )
    await owner_of(town.site).post(f"/school/domains/{domain_id}/checks")
    await town.work()
    assert bool(await town.value("select count(*) from hostnames where kind = 'custom'")) is answers


async def test_silent_name_servers_say_nothing_about_a_domain(town: Town) -> None:
    domain_id, proof = await add_domain(town)
    town.names.texts_by_name["_coursecove.learn.harbour.org"] = [proof]
    await town.work()
    town.names.silent = True
    await owner_of(town.site).post(f"/school/domains/{domain_id}/checks")
    await town.work()
    assert await town.value("select state from custom_domains") == "verified"
    assert "do not answer" in (await owner_of(town.site).get("/school/address")).text


async def test_taking_a_domain_away_ends_it_at_once(town: Town) -> None:
    domain_id, proof = await add_domain(town)
    town.names.texts_by_name["_coursecove.learn.harbour.org"] = [proof]
    await town.work()
    assert (await owner_of(town.site).post(f"/school/domains/{domain_id}/removal")).status_code == 303
    assert await town.value("select count(*) from hostnames where kind = 'custom'") == 0
    lena = town.site.member(town.site.world.yoga.one(Role.SUPER_ADMIN))
    assert (await lena.post(f"/school/domains/{domain_id}/removal")).status_code == 404


@pytest.mark.parametrize(
    ("typed", "name", "fine"),
    [
        ("https://Learn.Harbour.org/path", "learn.harbour.org", True),
        ("münchen.example.de", "xn--mnchen-3ya.example.de", True),
        ("musicschool.coursecove.localhost", "musicschool.coursecove.localhost", False),
        ("coursecove.localhost", "coursecove.localhost", False),
        ("localhost", "localhost", False),
        ("10.0.0.1", "10.0.0.1", False),
        ("school.internal", "school.internal", False),
        ("a..b", "a..b", False),
        ("-x.org", "-x.org", False),
        ("x" * 300 + ".org", "x" * 300 + ".org", False),
        ("javascript:alert(1)", "javascript", False),
    ],
)
def test_what_can_be_a_domain(typed: str, name: str, *, fine: bool) -> None:
    assert domain_from_typed(typed) == name
    assert (domain_problem(name, "coursecove.localhost") is None) is fine
