"""The operator's pages about schools and people: finding, looking closely, opening again."""

import json

import pytest

from coursecove import demo
from coursecove.accounts.roles import Role
from coursecove.providers.identity import ProviderSession
from tests.pages.stage import Site
from tests.schools.conftest import Town

WHY = "The owner rang and asked for it"


@pytest.mark.parametrize(
    ("query", "seen", "unseen"),
    [
        ("", ("Harbour Music School", "Stillwater Yoga Studio"), ()),
        ("?q=harbour", ("Harbour Music School",), ("Stillwater",)),
        ("?q=YOGAstudio", ("Stillwater Yoga Studio",), ("Harbour",)),
        ("?q=%25_%27--", (), ("Harbour", "Stillwater")),
        ("?state=closed", (), ("Harbour", "Stillwater")),
        ("?state=nonsense", ("Harbour Music School",), ()),
    ],
)
async def test_schools_are_found(
    site: Site, query: str, seen: tuple[str, ...], unseen: tuple[str, ...]
) -> None:
    page = await site.operator().get(f"/schools{query}")
    assert page.status_code == 200
    assert [name for name in seen if name not in page.text] == []
    assert [name for name in unseen if name in page.text] == []


async def test_one_school_closely(town: Town) -> None:
    page = await town.site.operator().get(f"/schools/{town.site.world.music.id}")
    assert page.status_code == 200
    for part in (
        "Harbour Music School",
        "musicschool.coursecove.localhost:8000",
        "accounts/member.joined",
        "Audit log",
    ):
        assert part in page.text
    nothing = await town.site.operator().get("/schools/00000000-0000-7000-8000-000000000000")
    assert nothing.status_code == 404


@pytest.mark.parametrize(
    ("query", "name"),
    [("isla", "Isla Bennett"), ("VARGA", "Tomás Varga"), ("tomas@example.com", "Tomás Varga")],
)
async def test_people_are_found_across_schools(site: Site, query: str, name: str) -> None:
    page = await site.operator().get(f"/people?q={query}")
    assert page.status_code == 200
    assert name in page.text


async def test_one_person_with_schools_and_sessions(town: Town) -> None:
    tomas = town.site.world.music.people["tomas"]
    session = ProviderSession("sess_1", "active", 1_700_000_000_000, 1_700_000_100_000, 1_800_000_000_000)
    town.provider.sessions_of.append((str(tomas.claims.subject), session))
    page = await town.site.operator().get(f"/people/{tomas.user_id}")
    assert "Harbour Music School" in page.text
    assert "Stillwater Yoga Studio" in page.text
    assert "sess_1" in page.text
    path = f"/people/{tomas.user_id}/session-ends"
    assert (await town.site.operator().post(path, {"session_id": "sess_other"})).status_code == 404
    assert (await town.site.operator().post(path, {"session_id": "sess_1"})).status_code == 303
    assert town.provider.calls[-1] == "revoke"
    told = await town.value(
        "select data->>'operator' from events where name = 'backoffice/session_end.ordered'"
    )
    assert told == demo.OPERATOR.external_id


async def test_a_provider_that_is_away_leaves_the_rest_of_the_page(town: Town) -> None:
    town.provider.away = 1
    page = await town.site.operator().get(f"/people/{town.site.world.music.people['isla'].user_id}")
    assert page.status_code == 200
    assert "does not answer right now" in page.text
    assert "Harbour Music School" in page.text


@pytest.mark.parametrize("path", ["/schools", "/people", "/schools/{school}", "/people/{person}"])
async def test_nobody_of_a_school_sees_them(site: Site, path: str) -> None:
    amara = site.world.music.one(Role.SUPER_ADMIN)
    filled = path.format(school=site.world.music.id, person=amara.user_id)
    assert (await site.member(amara, at="operator").get(filled)).status_code == 403
    assert (await site.nobody("operator").get(filled)).status_code == 303


async def test_a_school_that_its_owner_closed_is_opened_again(town: Town) -> None:
    amara = town.site.member(town.site.world.music.one(Role.SUPER_ADMIN))
    await amara.post("/school/closing", {"name": "Harbour Music School"})
    path = f"/schools/{town.site.world.music.id}"
    assert "Closed by its owner" in (await town.site.operator().get("/schools?state=closed")).text
    assert (
        await town.site.operator().post(f"{path}/support", {"reason": WHY, "minutes": "15"})
    ).status_code == 404
    assert (await town.site.operator().post(f"{path}/reopening", {"why": "x"})).status_code == 422
    assert (await town.site.operator().post(f"{path}/reopening", {"why": WHY})).status_code == 303
    assert (await amara.get("/dashboard")).status_code == 200
    assert (await town.site.operator().post(f"{path}/reopening", {"why": WHY})).status_code == 409


async def test_a_school_that_the_provider_deleted_comes_back_with_its_people(town: Town) -> None:
    external = await town.value(
        "select clerk_organization_id from organizations where subdomain = 'musicschool'"
    )
    gone = {"id": external, "object": "organization", "deleted": True}
    await town.tell("organization.deleted", json.dumps(gone).encode())
    amara = town.site.member(town.site.world.music.one(Role.SUPER_ADMIN))
    assert (await amara.get("/dashboard")).status_code in (403, 404)
    path = f"/schools/{town.site.world.music.id}"
    assert (await town.site.operator().post(f"{path}/reopening", {"why": WHY})).status_code == 303
    await town.work()
    assert town.failures == []
    town.site.forget_hosts()
    for key, person in town.site.world.music.people.items():
        if key in ("amara", "tomas", "isla", "priya"):
            assert (await town.site.member(person).get("/dashboard")).status_code == 200, key
    for person in town.site.world.music.people.values():
        found = await town.value(
            "select role from organization_memberships where id = $1 and status = 'ACTIVE'", person.member_id
        )
        assert found == person.role
    assert (
        await town.value("select clerk_organization_id from organizations where subdomain = 'musicschool'")
        != external
    )
