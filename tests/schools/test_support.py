"""Support in a school: let in for a while and a reason, seen by the owners, held to looking, shown out at once."""

import json
import re
from dataclasses import replace

import pytest

from coursecove import demo
from coursecove.accounts.access import Member, NotInTheirName, require
from coursecove.accounts.permissions import IN_PERSON, Permission, may
from coursecove.accounts.roles import Role
from coursecove.kit.db import Claims
from tests.pages.stage import Site, Visitor
from tests.schools.conftest import Town

REASON = "The owner asked why a lesson is missing"


def owner_of(site: Site) -> Visitor:
    return site.member(site.world.music.one(Role.SUPER_ADMIN))


def support_at(site: Site, label: str = "musicschool") -> Visitor:
    return site.person(demo.OPERATOR.external_id, label)


async def go_in(town: Town, *, may_change: bool = False, minutes: str = "15") -> str:
    robin = {
        "id": demo.OPERATOR.external_id,
        "first_name": "Robin",
        "last_name": "Castellane",
        "updated_at": 1,
    }
    await town.tell("user.created", json.dumps(robin).encode())
    form = {"reason": REASON, "minutes": minutes} | ({"may_change": "1"} if may_change else {})
    answer = await town.site.operator().post(f"/schools/{town.site.world.music.id}/support", form)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "http://musicschool.coursecove.localhost:8000/dashboard"
    return str(await town.value("select id from support_accesses"))


async def test_an_operator_is_a_stranger_until_they_say_why(town: Town) -> None:
    assert (await support_at(town.site).get("/dashboard")).status_code == 403
    path = f"/schools/{town.site.world.music.id}/support"
    for form in ({}, {"reason": "short", "minutes": "15"}, {"reason": REASON, "minutes": "600"}):
        assert (await town.site.operator().post(path, form)).status_code == 422
    assert (await support_at(town.site).get("/dashboard")).status_code == 403


async def test_support_looks_and_the_owners_see_it(town: Town) -> None:
    access = await go_in(town)
    home = await support_at(town.site).get("/dashboard")
    assert home.status_code == 200
    assert "You are here for support until" in home.text
    assert (await support_at(town.site).get("/people")).status_code == 200
    assert (await support_at(town.site, "yogastudio").get("/dashboard")).status_code == 403

    owner = await owner_of(town.site).get("/dashboard")
    assert "Robin Castellane of support may look into your school until" in owner.text
    assert f"/school/support/{access}/end" in owner.text
    listed = await owner_of(town.site).get("/school/support")
    assert REASON in listed.text
    teacher = await town.site.member(town.site.world.music.one(Role.TEACHER)).get("/dashboard")
    assert "may look into your school" not in teacher.text
    assert f"may look into the school: {REASON}" in (await owner_of(town.site).get("/activity")).text


async def test_support_that_looks_changes_nothing(town: Town) -> None:
    await go_in(town)
    support = support_at(town.site)
    for path, form in (
        ("/school/look", {"palette": "#b91c1c"}),
        ("/school/rules", {"profiles_by": "staff", "joining": "ask"}),
    ):
        refused = await support.post(path, form)
        assert refused.status_code == 403
        assert "Support may look at this school, but not change it" in refused.text
    assert (await owner_of(town.site).get("/api/v1/school")).json()["brand_color"] == "#0f766e"
    claims = Claims(demo.OPERATOR.external_id, town.site.world.music.id, "sess_support")
    with pytest.raises(Exception, match="You may look at this"):
        async with town.site.stage.database.write(claims) as db:
            await db.value("update organizations set brand_color = '#000000' returning id")


@pytest.mark.parametrize("may_change", [False, True])
async def test_some_things_stay_with_the_owners(town: Town, *, may_change: bool) -> None:
    await go_in(town, may_change=may_change)
    support = support_at(town.site)
    for path in ("/account/tokens", "/school/address", "/school/data", "/school/joining"):
        assert (await support.get(path)).status_code == 403
    for path in ("/school/closing", "/school/exports", "/school/address", "/account/tokens"):
        assert (await support.post(path, {"name": "Harbour Music School"})).status_code == 403
    assert (await owner_of(town.site).get("/dashboard")).status_code == 200


async def test_what_support_changes_stands_in_the_schools_chain_under_its_name(town: Town) -> None:
    access = await go_in(town, may_change=True)
    support = support_at(town.site)
    page = await support.get("/school/look")
    version = re.search(r'name="version" value="([0-9a-f]+)"', page.text)
    assert version is not None
    saved = await support.post("/school/look", {"palette": "#b91c1c", "version": version[1]})
    assert saved.status_code == 303
    entry = await town.value(
        "select session_id || ' ' || (after->>'brand_color') from audit_log "
        "where table_name = 'organizations' order by position desc limit 1"
    )
    assert entry == f"support:{access} #b91c1c"
    shown = await town.site.operator().get(f"/schools/{town.site.world.music.id}")
    assert "Robin Castellane" in shown.text


async def test_an_owner_shows_support_out_at_once(town: Town) -> None:
    access = await go_in(town, may_change=True)
    assert (await owner_of(town.site).post(f"/school/support/{access}/end")).status_code == 303
    assert (await support_at(town.site).get("/dashboard")).status_code == 403
    assert "may look into your school" not in (await owner_of(town.site).get("/dashboard")).text
    listed = await owner_of(town.site).get("/school/support")
    assert "ended by Amara Osei" in listed.text
    lena = town.site.member(town.site.world.yoga.one(Role.SUPER_ADMIN))
    assert (await lena.post(f"/school/support/{access}/end")).status_code == 404


async def test_a_stay_ends_by_itself_and_by_leaving(town: Town) -> None:
    access = await go_in(town)
    again = await town.site.operator().post(
        f"/schools/{town.site.world.music.id}/support", {"reason": REASON, "minutes": "15"}
    )
    assert again.status_code == 409
    await town.value(
        "update support_accesses set starts_at = now() - interval '20 minutes', ends_at = now() - interval '5 minutes' "
        "returning id"
    )
    assert (await support_at(town.site).get("/dashboard")).status_code == 403
    await town.value("delete from support_accesses returning id")
    access = await go_in(town)
    left = await town.site.operator().post(f"/schools/{town.site.world.music.id}/support/{access}/end")
    assert left.status_code == 303
    assert (await support_at(town.site).get("/dashboard")).status_code == 403


async def test_every_stay_is_in_both_histories(town: Town) -> None:
    await go_in(town)
    told = await town.value(
        "select array_agg(name order by name) from events where data->>'reason' = $1", REASON
    )
    assert told == ["accounts/support.opened", "backoffice/support.taken"]
    assert await town.value("select count(*) from audit_log where table_name = 'support_accesses'") == 1


def test_a_session_that_acts_as_somebody_may_do_nothing_sensitive(site_member: Member) -> None:
    for permission in Permission:
        if permission in IN_PERSON:
            with pytest.raises(NotInTheirName):
                require(site_member, permission, in_person=False)
        elif may(Role.SUPER_ADMIN, permission):
            require(site_member, permission, in_person=False)


@pytest.fixture
def site_member() -> Member:
    from datetime import UTC, datetime
    from uuid import uuid4

    owner = Member(
        uuid4(),
        Role.SUPER_ADMIN,
        "A",
        "",
        uuid4(),
        "S",
        "s",
        None,
        None,
        "UTC",
        "en-GB",
        datetime.now(UTC),
        (),
    )
    return replace(owner)


async def test_support_through_the_api_is_held_alike(town: Town) -> None:
    await go_in(town)
    support = support_at(town.site)
    assert (await support.get("/api/v1/members")).status_code == 200
    headers = {
        "sec-fetch-site": "same-origin",
        "origin": support.origin,
        "x-csrf-token": support.token,
        "if-match": "*",
    }
    answer = await support.client.patch("/api/v1/school", json={"brand_color": "#000000"}, headers=headers)
    assert answer.status_code == 403
    assert (await support.client.post("/api/v1/exports", headers=headers)).status_code == 403
