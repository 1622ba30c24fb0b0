"""Organisations and who belongs to them: what is refused, and what every change tells."""

import asyncio
import json

import pytest

from coursecove_identity import emails, memberships, organizations, shapes, users
from coursecove_identity.faults import NotFound, NotPossible, Refused
from coursecove_identity.organizations import slug_of


@pytest.fixture
async def mara(db, instance):
    user = await users.create(db, first_name="Mara", last_name="Lindqvist")
    await emails.add(db, user.id, "mara@example.com", strategy="email_code", verified=True, primary=True)
    return user.id


@pytest.fixture
async def school(db, mara):
    return await organizations.create(db, name="Music School", created_by=mara)


async def told(db):
    """The events so far: type, data."""
    rows = await db.fetch(
        "select type, body from identity.webhook_messages where type like 'organization%' order by number"
    )
    return [(row["type"], json.loads(row["body"])["data"]) for row in rows]


async def refusal(db, action, kind=Refused):
    """The code of the first fault; nothing of the action stays."""
    with pytest.raises(kind) as caught:
        async with db.transaction():
            await action
    return caught.value.faults[0].code


async def role_of(db, school, user):
    place = await memberships.claim_at(db, user, school)
    return place and place.role


# Organisations


async def test_whoever_founds_it_is_its_admin(db, school, mara):
    assert await role_of(db, school, mara) == "org:admin"
    (kind, organization), (joined, membership) = await told(db)
    assert (kind, joined) == ("organization.created", "organizationMembership.created")
    assert (organization["id"], organization["slug"], organization["created_by"]) == (
        school,
        "music-school",
        mara,
    )
    assert membership["organization"]["id"] == school
    assert membership["public_user_data"]["identifier"] == "mara@example.com"


async def test_a_slug_is_given_once(db, school, mara):
    code = await refusal(db, organizations.create(db, name="Other", slug="music-school"))
    assert code == "form_identifier_exists"
    again = await organizations.create(db, name="Music School")
    assert (await shapes.organization_json(db, again))["slug"] == "music-school-2"
    assert await refusal(db, organizations.update(db, again, slug="music-school")) == "form_identifier_exists"
    await organizations.update(db, again, slug="music-school-2", name="Second")


@pytest.mark.parametrize("slug", ["", "Music", "music_school", "-music", "music-", "a--b", "é", "a" * 64])
async def test_a_slug_has_its_shape(db, school, slug):
    assert (await refusal(db, organizations.update(db, school, slug=slug))).startswith("form_param_")


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "x" * 257])
async def test_a_name_can_be_shown(db, school, name):
    assert (await refusal(db, organizations.update(db, school, name=name))).startswith("form_param_")


def test_a_slug_comes_from_any_name():
    assert slug_of("Café Ñandú & Söhne") == "cafe-nandu-sohne"
    assert slug_of("音楽学校") == "organization"


async def test_metadata_is_merged_deeply_and_nulls_take_away(db, school):
    await organizations.update(db, school, public_metadata={"a": {"b": 1, "c": 2}, "d": 3})
    await organizations.merge_metadata(
        db, school, public={"a": {"b": None, "e": 4}, "d": None}, private={"x": 1}
    )
    found = await shapes.organization_json(db, school)
    assert (found["public_metadata"], found["private_metadata"]) == ({"a": {"c": 2, "e": 4}}, {"x": 1})
    large = organizations.update(db, school, public_metadata={"a": "x" * 9000})
    assert await refusal(db, large) == "form_param_exceeds_allowed_size"
    assert (
        await refusal(db, organizations.update(db, school, public_metadata={"a": "\0"}))
        == "form_param_format_invalid"
    )


async def test_every_change_is_told_with_a_later_time(db, school):
    for name in ("One", "Two", "Three"):
        await organizations.update(db, school, name=name)
    times = [data["updated_at"] for kind, data in await told(db) if kind.startswith("organization.")]
    assert times == sorted(set(times))


async def test_delete_takes_everything_along(db, school, mara):
    await organizations.delete(db, school)
    kind, data = (await told(db))[-1]
    assert (kind, data) == (
        "organization.deleted",
        {"object": "organization", "id": school, "slug": "music-school", "deleted": True},
    )
    assert not await db.fetchval("select count(*) from identity.memberships")
    assert await refusal(db, organizations.delete(db, school), NotFound) == "resource_not_found"


async def test_a_creator_must_exist(db, instance):
    code = await refusal(db, organizations.create(db, name="X", created_by="user_nobody"), NotPossible)
    assert code == "organization_creator_not_found"


# Memberships


async def test_roles_change_and_are_told(db, school):
    noah = (await users.create(db, first_name="Noah")).id
    await memberships.create(db, school, noah, role="org:student")
    await memberships.set_role(db, school, noah, "org:teacher")
    await memberships.merge_metadata(db, school, noah, public={"coursecove_role": "TEACHER"}, private=None)
    kinds = [
        (kind, data["role"])
        for kind, data in await told(db)
        if data.get("public_user_data", {}).get("user_id") == noah
    ]
    assert kinds == [
        ("organizationMembership.created", "org:student"),
        ("organizationMembership.updated", "org:teacher"),
        ("organizationMembership.updated", "org:teacher"),
    ]
    assert await memberships.runs_or_teaches(db, noah)
    assert await refusal(db, memberships.set_role(db, school, noah, "org:king")) == "form_param_value_invalid"
    code = await refusal(db, memberships.create(db, school, noah, role="org:member"), NotPossible)
    assert code == "already_a_member_in_organization"


async def test_the_last_admin_stays(db, school, mara):
    needed = "organization_minimum_permissions_needed"
    assert await refusal(db, memberships.set_role(db, school, mara, "org:teacher"), NotPossible) == needed
    assert await refusal(db, memberships.remove(db, school, mara), NotPossible) == needed
    assert await refusal(db, memberships.end_all_of(db, mara), NotPossible) == needed
    noah = (await users.create(db, first_name="Noah")).id
    await memberships.create(db, school, noah, role="org:admin")
    gone = await memberships.remove(db, school, mara)
    assert (gone["role"], gone["public_user_data"]["user_id"]) == ("org:admin", mara)
    assert (await told(db))[-1] == ("organizationMembership.deleted", gone)


async def test_two_admins_who_leave_at_once_do_not_both_leave(store, admin, instance):
    async with store.transaction() as db:
        people = [(await users.create(db)).id for _ in range(2)]
        school = await organizations.create(db, name="School", created_by=people[0])
        await memberships.create(db, school, people[1], role="org:admin")

    async def leave(user_id):
        async with store.transaction() as db:
            await memberships.remove(db, school, user_id)

    results = await asyncio.gather(*map(leave, people), return_exceptions=True)
    assert [type(each) for each in results if each is not None] == [NotPossible]
    assert await admin.fetchval("select count(*) from identity.memberships") == 1


async def test_there_may_be_a_limit(db, mara):
    school = await organizations.create(db, name="Small", created_by=mara, max_allowed_memberships=2)
    await memberships.create(db, school, (await users.create(db)).id, role="org:student")
    one_more = memberships.create(db, school, (await users.create(db)).id, role="org:student")
    assert await refusal(db, one_more) == "organization_membership_quota_exceeded"


async def test_nothing_is_told_of_what_is_rolled_back(db, school):
    before = len(await told(db))

    async def change_then_fail():
        await organizations.update(db, school, name="Other")
        await memberships.remove(db, school, "user_nobody")

    await refusal(db, change_then_fail(), NotFound)
    assert len(await told(db)) == before
