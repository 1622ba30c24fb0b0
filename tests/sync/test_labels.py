"""Labels: free, allowed, followed, kept and held; nothing is lost where two want the same."""

import asyncio

import pytest

from coursecove.accounts.sync.synthetic import apply_within, told
from coursecove.accounts.sync.taking import Line
from tests.sync.provider import START, deleted, organization
from tests.sync.stage import PATIENT, Stage

WAYS_TO_SAY_IT = ["oslo-music", "oslomusic", "os-lo-music", "Oslo_Music"]


async def test_slugs_that_mean_one_label_become_neighbours_and_owners_are_told(stage: Stage) -> None:
    for number, slug in enumerate(WAYS_TO_SAY_IT):
        await stage.tell("organization.created", organization(f"org_{number}", slug=slug))
    labels = [(await stage.school(f"org_{number}"))["subdomain"] for number in range(len(WAYS_TO_SAY_IT))]
    assert labels == ["oslomusic", "oslomusic2", "oslomusic3", "oslomusic4"]
    assert await stage.facts("accounts/subdomain.adjusted") == labels[1:]


@pytest.mark.parametrize(
    ("slug", "label"),
    [("www", "school2"), ("a-p-i", "api2"), ("ab", "ab2"), ("p-o-p", "pop2"), (None, "oslo")],
)
async def test_reserved_and_impossible_labels_get_the_shortest_variant(
    stage: Stage, slug: str | None, label: str
) -> None:
    await stage.tell("organization.created", organization("org_1", slug=slug, name="Oslo"))
    assert (await stage.school("org_1"))["subdomain"] == label


async def test_more_schools_of_one_name_than_anybody_expects(stage: Stage) -> None:
    organizations = [organization(f"org_{number}", slug="choir") for number in range(25)]
    async with stage.database.service() as db:
        await apply_within(db, [_told(each) for each in organizations])
    labels = {(await stage.school(each["id"]))["subdomain"] for each in organizations}
    assert labels == {"choir", *(f"choir{number}" for number in range(2, 26))}


async def test_schools_founded_at_once_by_several_workers_all_come_to_be(stage: Stage) -> None:
    lines = [Line(stage.database.config, PATIENT.patience) for _ in range(6)]
    for _ in range(4):
        told_now = [_told(organization(f"org_{id(line)}_{_}", slug="choir")) for line in lines]
        await asyncio.gather(*(line.take([one]) for line, one in zip(lines, told_now, strict=True)))
    for line in lines:
        line.cut()
    labels = await stage.admin.fetch("select subdomain from organizations where subdomain like 'choir%'")
    assert len(labels) == 24


async def test_a_label_follows_the_slug_until_the_school_has_chosen_one(stage: Stage) -> None:
    await stage.tell("organization.created", organization("org_1", slug="oslo"))
    await stage.tell("organization.updated", organization("org_1", START + 1, slug="ber-gen"))
    assert (await stage.school("org_1"))["subdomain"] == "bergen"
    await stage.admin.execute(
        "update organizations set subdomain_chosen = true where clerk_organization_id = 'org_1'"
    )
    await stage.tell(
        "organization.updated", organization("org_1", START + 2, slug="trondheim", name="Trondheim")
    )
    school = await stage.school("org_1")
    assert (school["subdomain"], school["slug"], school["name"]) == ("bergen", "trondheim", "Trondheim")


async def test_a_changed_name_alone_moves_nobody(stage: Stage) -> None:
    await stage.tell("organization.created", organization("org_1", slug="www"))
    await stage.tell("organization.updated", organization("org_1", START + 1, slug="www", name="New"))
    assert (await stage.school("org_1"))["subdomain"] == "school2"
    assert len(await stage.admin.fetch("select from hostnames where name like 'school%'")) == 1


async def test_going_back_to_an_old_label_takes_it_up_again(stage: Stage) -> None:
    for at, slug in enumerate(["oslo", "bergen", "oslo"]):
        await stage.tell("organization.updated", organization("org_1", START + at, slug=slug))
    rows = await stage.admin.fetch("select name, status from hostnames where name in ('oslo', 'bergen')")
    assert {row["name"]: row["status"] for row in rows} == {"oslo": "current", "bergen": "redirect"}


async def test_a_redirect_and_a_held_label_are_nobody_elses_until_their_time_is_over(stage: Stage) -> None:
    await stage.tell("organization.created", organization("org_1", slug="oslo"))
    await stage.tell("organization.updated", organization("org_1", START + 1, slug="bergen"))
    await stage.tell("organization.created", organization("org_2", slug="oslo"))
    assert (await stage.school("org_2"))["subdomain"] == "oslo2"
    await stage.admin.execute("update hostnames set until = now() - interval '1 second' where name = 'oslo'")
    await stage.tell("organization.created", organization("org_3", slug="oslo"))
    assert (await stage.school("org_3"))["subdomain"] == "oslo"
    await stage.tell("organization.deleted", deleted("organization", "org_3"))
    held = await stage.one("select * from hostnames where name = 'oslo'")
    assert (held["status"], held["until"]) == ("held", None)
    await stage.tell("organization.created", organization("org_4", slug="oslo"))
    assert (await stage.school("org_4"))["subdomain"] == "oslo3"


def _told(data: dict[str, object]):
    import json

    return told("organization.created", json.dumps(data).encode(), path="fast")
