"""The ten cases of the original's testing guide, through HTTP, with what ours adds to each."""

import asyncio

import pytest

from tests.sync import provider
from tests.sync.provider import START, deleted, event, membership, organization, user
from tests.sync.stage import Stage

MARA = "user_mara"
SCHOOL = "org_oslo_music"


async def test_1_a_registration_is_there_at_once(stage: Stage) -> None:
    webhook_id = await stage.tell("user.created", user(MARA))
    found, kept = await stage.user(MARA), await stage.webhook(webhook_id)
    assert (found["email"], found["first_name"], found["status"]) == (
        "mara@musicschool.example",
        "Mara",
        "ACTIVE",
    )
    assert (kept["status"], kept["attempts"], kept["path"]) == ("completed", 1, "fast")
    assert kept["processed_at"] is not None
    assert kept["took_ms"] is not None
    assert await stage.facts("accounts/user.registered") == [str(found["id"])]


async def test_1_a_person_may_have_no_address(stage: Stage) -> None:
    await stage.tell("user.created", user(MARA, email_addresses=[], primary_email_address_id=None))
    assert (await stage.user(MARA))["email"] is None


async def test_2_an_organisation_gets_its_label(stage: Stage) -> None:
    await stage.tell("organization.created", organization(SCHOOL))
    school = await stage.school(SCHOOL)
    assert (school["subdomain"], school["status"], school["provisional"]) == ("oslomusic", "ACTIVE", False)
    host = await stage.one("select * from hostnames where organization_id = $1", school["id"])
    assert (host["name"], host["status"]) == ("oslomusic", "current")


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("org:admin", "SUPER_ADMIN"),
        ("org:member", "STUDENT"),
        ("org:teacher", "TEACHER"),
        ("org:guardian", "GUARDIAN"),
    ],
)
async def test_3_a_membership_finds_its_parents(stage: Stage, told: str, taken: str) -> None:
    await stage.tell("organization.created", organization(SCHOOL))
    await stage.tell("user.created", user(MARA))
    await stage.tell(
        "organizationMembership.created", membership("orgmem_1", organization(SCHOOL), user(MARA), role=told)
    )
    assert (await stage.member(MARA))["role"] == taken


async def test_3_a_membership_that_comes_first_brings_its_parents(stage: Stage) -> None:
    await stage.tell(
        "organizationMembership.created", membership("orgmem_1", organization(SCHOOL), user(MARA))
    )
    member = await stage.member(MARA)
    assert (member["status"], member["display_name"]) == ("ACTIVE", "Mara Lindqvist")
    assert (await stage.school(SCHOOL))["provisional"]
    assert (await stage.user(MARA))["provisional"]
    await stage.tell("user.created", user(MARA, first_name="Mary"))
    await stage.tell("organization.created", organization(SCHOOL, name="Oslo"))
    assert (await stage.member(MARA))["display_name"] == "Mary Lindqvist"
    assert not (await stage.user(MARA))["provisional"]
    assert (await stage.school(SCHOOL))["name"] == "Oslo"


async def test_4_a_changed_user_is_changed_and_an_old_state_is_not_taken(stage: Stage) -> None:
    await stage.tell("user.updated", user(MARA, START + 2, first_name="Maja"))
    late = await stage.tell("user.created", user(MARA))
    assert (await stage.user(MARA))["first_name"] == "Maja"
    assert await stage.status(late) == "superseded"
    assert (await stage.webhook(late))["reason"]


async def test_5_a_renamed_organisation_keeps_its_old_address(stage: Stage) -> None:
    await stage.tell("organization.created", organization(SCHOOL))
    await stage.tell("organization.updated", organization(SCHOOL, START + 1, name="Bergen", slug="bergen"))
    school = await stage.school(SCHOOL)
    assert (school["name"], school["subdomain"]) == ("Bergen", "bergen")
    old = await stage.one("select * from hostnames where name = 'oslomusic'")
    assert old["status"] == "redirect"
    assert await stage.facts("accounts/subdomain.changed") == ["oslomusic:bergen"]


async def test_6_a_demotion_is_not_undone_by_an_older_promotion(stage: Stage) -> None:
    school, mara = organization(SCHOOL), user(MARA)
    await stage.tell("organizationMembership.created", membership("orgmem_1", school, mara))
    promoted = membership("orgmem_1", school, mara, START + 1, role="org:admin")
    await stage.tell("organizationMembership.updated", membership("orgmem_1", school, mara, START + 2))
    await stage.tell("organizationMembership.updated", promoted)
    assert (await stage.member(MARA))["role"] == "STUDENT"


async def test_6_the_providers_metadata_gives_a_role_that_it_has_no_word_for(stage: Stage) -> None:
    school, mara = organization(SCHOOL), user(MARA)
    data = membership("orgmem_1", school, mara, public_metadata={"coursecove_role": "TEACHER"})
    await stage.tell("organizationMembership.created", data)
    assert (await stage.member(MARA))["role"] == "TEACHER"
    changed = membership("orgmem_1", school, mara, START + 1, role="org:admin")
    await stage.tell("organizationMembership.updated", changed)
    assert (await stage.member(MARA))["role"] == "SUPER_ADMIN"
    assert len(await stage.facts("accounts/member_role.changed")) == 1


async def test_6_an_unknown_role_is_a_student_and_said_so(stage: Stage) -> None:
    data = membership("orgmem_1", organization(SCHOOL), user(MARA), role="org:owner")
    webhook_id = await stage.tell("organizationMembership.created", data)
    assert (await stage.member(MARA))["role"] == "STUDENT"
    assert "org:owner" in (await stage.webhook(webhook_id))["reason"]


async def test_7_a_deleted_user_is_blanked_and_out(stage: Stage) -> None:
    await stage.tell(
        "organizationMembership.created", membership("orgmem_1", organization(SCHOOL), user(MARA))
    )
    await stage.tell("user.created", user(MARA))
    await stage.tell("user.deleted", deleted("user", MARA))
    found, member = await stage.user(MARA), await stage.member(MARA)
    assert (found["status"], found["email"], found["first_name"], found["avatar_url"]) == (
        "DELETED",
        None,
        None,
        None,
    )
    assert (member["status"], member["display_name"]) == ("INACTIVE", "Former member")
    late = await stage.tell("user.updated", user(MARA, START + 9))
    assert await stage.status(late) == "superseded"
    assert (await stage.user(MARA))["status"] == "DELETED"
    mirrored = await stage.one("select data::text, deleted from identity_mirror where external_id = $1", MARA)
    assert (mirrored["data"], mirrored["deleted"]) == ("{}", True)


async def test_7_who_was_deleted_before_being_created_never_comes_to_be(stage: Stage) -> None:
    await stage.tell("user.deleted", deleted("user", MARA))
    await stage.tell("user.created", user(MARA))
    await stage.tell(
        "organizationMembership.created", membership("orgmem_1", organization(SCHOOL), user(MARA))
    )
    assert await stage.admin.fetch("select from users where clerk_user_id = $1", MARA) == []


async def test_8_a_deleted_organisation_is_closed_and_no_ghost_comes_back(stage: Stage) -> None:
    school = organization(SCHOOL)
    await stage.tell("organizationMembership.created", membership("orgmem_1", school, user(MARA)))
    await stage.tell("organization.deleted", deleted("organization", SCHOOL) | {"slug": "oslo-music"})
    closed = await stage.school(SCHOOL)
    assert (closed["status"], closed["closed_at"] is None) == ("DELETED", False)
    await stage.tell("organization.updated", organization(SCHOOL, START + 9))
    assert (await stage.school(SCHOOL))["status"] == "DELETED"
    other = await stage.tell("organization.created", organization("org_other", slug="oslo-music"))
    assert (await stage.school("org_other"))["subdomain"] == "oslomusic2"
    assert await stage.status(other) == "completed"


async def test_9_who_leaves_and_comes_back_is_in_even_if_the_leaving_arrives_last(stage: Stage) -> None:
    school, mara = organization(SCHOOL), user(MARA)
    first = membership("orgmem_1", school, mara, role="org:admin")
    second = membership("orgmem_2", school, mara, START + 5, created_at=START + 5)
    await stage.tell("organizationMembership.created", first)
    await stage.tell("organizationMembership.created", second)
    await stage.tell("organizationMembership.deleted", first)
    member = await stage.member(MARA)
    assert (member["status"], member["role"], member["clerk_membership_id"]) == (
        "ACTIVE",
        "STUDENT",
        "orgmem_2",
    )
    await stage.tell("organizationMembership.deleted", second)
    assert (await stage.member(MARA))["status"] == "INACTIVE"
    assert await stage.facts("accounts/member.left") == ["orgmem_2"]


async def test_10_a_repeat_changes_nothing(stage: Stage) -> None:
    webhook_id = await stage.tell("user.created", user(MARA))
    before = await stage.webhook(webhook_id)
    await stage.tell("user.created", user(MARA), webhook_id)
    after = await stage.webhook(webhook_id)
    assert (after["status"], after["attempts"], after["deliveries"]) == ("completed", 1, 2)
    assert after["processed_at"] == before["processed_at"]


async def test_10_fifty_repeats_at_once_are_one(stage: Stage) -> None:
    body, webhook_id = event("user.created", user(MARA)), provider.fresh("msg")
    answers = await asyncio.gather(*(stage.post(body, webhook_id) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    kept = await stage.webhook(webhook_id)
    assert (kept["status"], kept["deliveries"]) == ("completed", 50)
    assert len(await stage.facts("accounts/user.registered")) == 1


async def test_10_the_same_id_with_another_body_does_not_count(stage: Stage) -> None:
    webhook_id = await stage.tell("user.created", user(MARA))
    await stage.tell("user.created", user(MARA, START + 1, first_name="Forged"), webhook_id)
    assert (await stage.user(MARA))["first_name"] == "Mara"
    assert "another body" in (await stage.webhook(webhook_id))["reason"]
