"""Who makes children's profiles is what the school's rules say; what a child signs in with is what the provider takes."""

from uuid import uuid4

import pytest

from coursecove.people.pins import SHORTEST
from coursecove.people.profile_actions import CREATE, MadeByOthers, TeachesNoChildren
from coursecove_identity.policy import Policy
from tests.conftest import World
from tests.people.stage import Site, has, said
from tests.people.test_profiles import CHILD, NINE, _let_in

Admin = "asyncpg.Connection[asyncpg.Record]"
MAKERS = {"owners": ("amara",), "staff": ("amara", "hana"), "guardians": ("amara", "hana", "grant")}


@pytest.mark.parametrize("rule", MAKERS)
async def test_profiles_are_made_by_whom_the_school_lets(
    site: Site, world: World, admin: Admin, rule: str
) -> None:
    await admin.execute("update organizations set profiles_by = $1", rule)
    people = world.music.people
    made = []
    for key in ("amara", "hana", "grant"):
        child = CHILD | {"username": f"of-{key}", "guardian_id": str(people["grant"].member_id)}
        answer = await site.browser(people[key]).post("/profiles", child)
        if answer.status_code == 303:
            made.append(key)
        else:
            assert (answer.status_code, "leave making profiles to others" in answer.text) == (403, True), (
                said(answer)
            )
    assert tuple(made) == MAKERS[rule]


OFFERS = 'href="/profiles/new"'


@pytest.mark.parametrize(
    ("rule", "offered"), [("guardians", ("hana", "grant")), ("staff", ("hana",)), ("owners", ())]
)
async def test_a_profile_is_offered_to_whom_the_rules_let_make_one(
    site: Site, world: World, admin: Admin, rule: str, offered: tuple[str, ...]
) -> None:
    await admin.execute("update organizations set profiles_by = $1", rule)
    for key, page in (("hana", "/profiles"), ("grant", "/family")):
        visitor = site.browser(world.music.people[key])
        assert has((await visitor.get(page)).text, OFFERS) == (key in offered), key
        form = await visitor.get("/profiles/new")
        assert form.status_code == (200 if key in offered else 403)
        assert has(form.text, "leave making profiles to others") == (key not in offered)


async def test_where_no_children_are_taught_no_profile_is_offered_or_made_and_the_others_stay(
    site: Site, world: World, admin: Admin
) -> None:
    people = world.music.people
    grant, amara = site.browser(people["grant"]), site.browser(people["amara"])
    path = await _let_in(site, grant)
    await admin.execute("update organizations set serves_minors = false")
    for visitor, page in ((amara, "/profiles"), (grant, "/family")):
        shown = await visitor.get(page)
        assert "Leo" in shown.text
        assert not has(shown.text, OFFERS)
        child = CHILD | {"username": "mia", "guardian_id": str(people["grant"].member_id)}
        for answer in (await visitor.get("/profiles/new"), await visitor.post("/profiles", child)):
            assert (answer.status_code, has(answer.text, "teaches no children")) == (403, True), said(answer)
    await grant.follow(f"{path}/suspension")
    await amara.follow(f"{path}/resumption")
    assert "those that are there stay" in (await amara.get("/school/rules")).text


@pytest.mark.parametrize(("rule", "refusal"), [("staff", MadeByOthers), ("", TeachesNoChildren)])
async def test_the_database_holds_the_rules_too(
    site: Site, world: World, admin: Admin, rule: str, refusal: type[Exception]
) -> None:
    await admin.execute(
        "update organizations set serves_minors = $1, profiles_by = $2", bool(rule), rule or "guardians"
    )
    grant = world.music.people["grant"]
    with pytest.raises(refusal):
        async with site.database.write(grant.claims) as db:
            await db.value(CREATE, grant.school.id, uuid4(), grant.member_id, "Leo", NINE, "leo")


def test_the_shortest_number_is_one_that_the_provider_takes() -> None:
    assert Policy().pin_length == SHORTEST
