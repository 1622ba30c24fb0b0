"""Strangers at a school's door: who may ask, what they see, and who lets them in."""

import re

import pytest

from coursecove.accounts.roles import Role
from coursecove.demo import external_id
from tests.pages.stage import Site, Visitor
from tests.schools.conftest import Town

NEWCOMER = external_id("user", "newcomer")


def owner_of(site: Site) -> Visitor:
    return site.member(site.world.music.one(Role.SUPER_ADMIN))


async def open_door(site: Site) -> None:
    answer = await owner_of(site).post("/school/rules", {"profiles_by": "staff", "joining": "ask"})
    assert answer.status_code == 303


async def ask(site: Site, message: str = "Isla's mother") -> Visitor:
    newcomer = site.person(NEWCOMER, "musicschool")
    await newcomer.get("/join")
    answer = await newcomer.post("/join", {"message": message})
    assert answer.status_code == 303, answer.text
    return newcomer


async def test_signing_up_at_a_school_leads_to_its_door(site: Site) -> None:
    answer = await site.nobody("musicschool").get("/sign-up")
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        "http://id.coursecove.localhost:8000/sign-up"
        "?redirect_url=http%3A%2F%2Fmusicschool.coursecove.localhost%3A8000%2Fjoin"
    )
    stranger = await site.nobody("musicschool").get("/join")
    assert stranger.headers["location"].startswith("http://id.coursecove.localhost:8000/sign-up?")


async def test_a_school_by_invitation_says_so(site: Site) -> None:
    newcomer = site.person(NEWCOMER, "musicschool")
    page = await newcomer.get("/join")
    assert page.status_code == 200
    assert "takes people by invitation" in page.text
    assert "<textarea" not in page.text
    assert (await newcomer.post("/join", {"message": "please"})).status_code == 403
    member = await owner_of(site).get("/join")
    assert (member.status_code, member.headers["location"]) == (303, "/dashboard")


@pytest.mark.parametrize("role", [Role.STUDENT, Role.GUARDIAN, Role.TEACHER])
async def test_who_asks_is_let_in_by_an_owner(town: Town, role: Role) -> None:
    await open_door(town.site)
    newcomer = await ask(town.site)
    assert "You asked" in (await newcomer.get("/join")).text
    page = await owner_of(town.site).get("/school/joining")
    assert "Isla&#39;s mother" in page.text
    path = re.search(r"/school/joining/[0-9a-f-]+/acceptance", page.text)
    assert path is not None
    assert (await owner_of(town.site).post(path[0], {"role": role})).status_code == 303
    assert town.provider.calls == ["add_member"]
    home = await newcomer.get("/dashboard")
    assert home.status_code == 200
    assert await town.value("select state from join_requests") == "accepted"
    assert (await owner_of(town.site).post(path[0])).status_code == 409


async def test_nobody_becomes_an_owner_by_asking(town: Town) -> None:
    await open_door(town.site)
    await ask(town.site)
    request = await town.value("select id from join_requests")
    await owner_of(town.site).post(f"/school/joining/{request}/acceptance", {"role": "SUPER_ADMIN"})
    assert {member["role"] for member in town.provider.members.values()} == {"org:student"}


async def test_who_is_declined_stays_outside_and_may_not_ask_again_at_once(town: Town) -> None:
    await open_door(town.site)
    newcomer = await ask(town.site)
    request = await town.value("select id from join_requests")
    assert (await owner_of(town.site).post(f"/school/joining/{request}/refusal")).status_code == 303
    assert (await newcomer.get("/dashboard")).status_code == 403
    assert (await newcomer.post("/join", {"message": "again"})).status_code == 429
    assert town.provider.calls == []


async def test_asking_twice_is_asking_once(town: Town) -> None:
    await open_door(town.site)
    newcomer = await ask(town.site)
    assert (await newcomer.post("/join", {"message": "hello?"})).status_code == 303
    assert await town.value("select count(*) from join_requests") == 1
    assert await town.value("select count(*) from events where name = 'schools/joining.asked'") == 1


async def test_decisions_belong_to_this_school_s_owners(town: Town) -> None:
    await open_door(town.site)
    await ask(town.site)
    request = await town.value("select id from join_requests")
    for verb in ("acceptance", "refusal"):
        path = f"/school/joining/{request}/{verb}"
        teacher = town.site.member(town.site.world.music.one(Role.TEACHER))
        lena = town.site.member(town.site.world.yoga.one(Role.SUPER_ADMIN))
        assert [(await each.post(path)).status_code for each in (teacher, lena)] == [403, 404]
    assert await town.value("select state from join_requests") == "waiting"


async def test_a_provider_that_is_away_leaves_the_request_waiting(town: Town) -> None:
    await open_door(town.site)
    await ask(town.site)
    request = await town.value("select id from join_requests")
    town.provider.away = 1
    answer = await owner_of(town.site).post(f"/school/joining/{request}/acceptance")
    assert answer.status_code == 503
    assert await town.value("select state from join_requests") == "waiting"
