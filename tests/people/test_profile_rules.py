"""Who makes children's profiles is what the school's rules say; what a child signs in with is what the provider takes."""

import pytest

from coursecove.people.pins import SHORTEST
from coursecove_identity.policy import Policy
from tests.conftest import World
from tests.people.stage import Site, said
from tests.people.test_profiles import CHILD

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


def test_the_shortest_number_is_one_that_the_provider_takes() -> None:
    assert Policy().pin_length == SHORTEST
