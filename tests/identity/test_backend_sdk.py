"""Clerk's own Python library, unmodified, against the Backend API: it parses every answer strictly."""

import httpx
import pytest
from clerk_backend_api import Clerk, models

from coursecove_identity import clients, sessions
from tests.identity.pictures import PNG

pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")


@pytest.fixture
async def clerk(provider, backend):
    async with httpx.AsyncClient(transport=backend._transport) as client:
        yield Clerk(
            bearer_auth=provider.secret_key,
            server_url=f"{provider.issuer}/v1",
            async_client=client,
        )


@pytest.fixture
async def mara(clerk):
    return await clerk.users.create_async(
        first_name="Mara",
        last_name="Lindqvist",
        email_address=["mara@example.com", "second@example.com"],
        external_id="ext-77",
        public_metadata={"a": {"b": 1}},
        password="correct horse battery staple",
    )


@pytest.fixture
async def school(clerk, mara):
    return await clerk.organizations.create_async(
        request={"name": "Music School", "slug": "music-school", "created_by": mara.id}
    )


async def test_people(clerk, mara):
    assert (mara.first_name, mara.external_id, mara.password_enabled) == ("Mara", "ext-77", True)
    assert [each.email_address for each in mara.email_addresses] == ["mara@example.com", "second@example.com"]
    assert mara.primary_email_address_id == mara.email_addresses[0].id
    assert mara.email_addresses[0].verification.status == "verified"
    noah = await clerk.users.create_async(email_address=["noah@example.com"], first_name="Noah")
    assert [each.id for each in await clerk.users.list_async(request={})] == [noah.id, mara.id]
    assert (await clerk.users.get_async(user_id=mara.id)).id == mara.id
    assert (await clerk.users.count_async(request={})).total_count == 2
    changed = await clerk.users.update_async(user_id=mara.id, first_name="Maja", username="maja")
    assert (changed.first_name, changed.username, changed.last_name) == ("Maja", "maja", "Lindqvist")
    assert changed.updated_at > mara.updated_at
    merged = await clerk.users.update_metadata_async(
        user_id=mara.id, public_metadata={"a": {"c": 2}, "d": None}
    )
    assert merged.public_metadata == {"a": {"b": 1, "c": 2}}
    assert (await clerk.users.ban_async(user_id=mara.id)).banned
    assert not (await clerk.users.unban_async(user_id=mara.id)).banned
    assert (await clerk.users.lock_async(user_id=mara.id)).locked
    assert not (await clerk.users.unlock_async(user_id=mara.id)).locked
    checked = await clerk.users.verify_password_async(
        user_id=mara.id, password="correct horse battery staple"
    )
    assert checked.verified
    gone = await clerk.users.delete_async(user_id=mara.id)
    assert (gone.id, gone.deleted, gone.object) == (mara.id, True, "user")


async def test_filters(clerk, mara):
    noah = await clerk.users.create_async(email_address=["noah@example.com"], first_name="Noah")

    async def found(**request):
        return [each.first_name for each in await clerk.users.list_async(request=request)]

    assert await found(email_address=["MARA@example.com"]) == ["Mara"]
    assert await found(user_id=[noah.id, "user_nobody"]) == ["Noah"]
    assert await found(user_id=[f"-{noah.id}"]) == ["Mara"]
    assert await found(external_id=["ext-77"]) == ["Mara"]
    assert await found(query="indq") == ["Mara"]
    assert await found(query="NOAH@") == ["Noah"]
    assert await found(phone_number=["+15005550006"]) == []
    assert await found(order_by="first_name") == ["Mara", "Noah"]
    assert await found(order_by="-first_name", limit=1) == ["Noah"]
    assert await found(order_by="-first_name", limit=1, offset=1) == ["Mara"]
    assert (await clerk.users.count_async(request={"query": "example.com"})).total_count == 2


async def test_organizations(clerk, mara, school):
    assert (school.slug, school.created_by, school.members_count) == ("music-school", mara.id, 1)
    listed = await clerk.organizations.list_async(include_members_count=True)
    assert (listed.total_count, listed.data[0].members_count) == (1, 1)
    by_slug = await clerk.organizations.get_async(organization_id="music-school")
    assert by_slug.id == school.id
    changed = await clerk.organizations.update_async(
        organization_id=school.id, name="Music School Oslo", slug="music-school-oslo"
    )
    assert (changed.name, changed.slug) == ("Music School Oslo", "music-school-oslo")
    merged = await clerk.organizations.merge_metadata_async(
        organization_id=school.id, public_metadata={"y": 2}, private_metadata={"z": 3}
    )
    assert (merged.public_metadata, merged.private_metadata) == ({"y": 2}, {"z": 3})
    file = {"file_name": "logo.png", "content": PNG, "content_type": "image/png"}
    with_logo = await clerk.organizations.upload_logo_async(organization_id=school.id, file=file)
    assert with_logo.has_image
    assert with_logo.logo_url.startswith("http://id.coursecove.localhost:8000/images/organizations/")
    assert not (await clerk.organizations.delete_logo_async(organization_id=school.id)).has_image
    gone = await clerk.organizations.delete_async(organization_id=school.id)
    assert (gone.id, gone.deleted) == (school.id, True)


async def test_memberships(clerk, mara, school):
    noah = await clerk.users.create_async(email_address=["noah@example.com"], first_name="Noah")
    made = await clerk.organization_memberships.create_async(
        organization_id=school.id, user_id=noah.id, role="org:student"
    )
    assert (made.role, made.public_user_data.identifier) == ("org:student", "noah@example.com")
    changed = await clerk.organization_memberships.update_async(
        organization_id=school.id, user_id=noah.id, role="org:teacher"
    )
    assert (changed.role, changed.updated_at > made.updated_at) == ("org:teacher", True)
    marked = await clerk.organization_memberships.update_metadata_async(
        organization_id=school.id, user_id=noah.id, public_metadata={"coursecove_role": "TEACHER"}
    )
    assert marked.public_metadata == {"coursecove_role": "TEACHER"}
    listed = await clerk.organization_memberships.list_async(organization_id=school.id)
    assert (listed.total_count, [each.role for each in listed.data]) == (2, ["org:teacher", "org:admin"])
    teachers = await clerk.organization_memberships.list_async(
        organization_id=school.id, role=["org:teacher"], query="noah"
    )
    assert [each.public_user_data.user_id for each in teachers.data] == [noah.id]
    of_person = await clerk.users.get_organization_memberships_async(user_id=noah.id)
    assert [each.organization.id for each in of_person.data] == [school.id]
    everywhere = await clerk.users.get_instance_organization_memberships_async()
    assert everywhere.total_count == 2
    gone = await clerk.organization_memberships.delete_async(organization_id=school.id, user_id=noah.id)
    assert gone.id == made.id


async def test_invitations(clerk, mara, school, postbox, provider):
    made = await clerk.organization_invitations.create_async(
        organization_id=school.id,
        email_address="ola@example.com",
        role="org:student",
        inviter_user_id=mara.id,
        redirect_url="http://musicschool.coursecove.localhost:8000/dashboard",
    )
    assert (made.status, made.role_name, made.inviter_id) == ("pending", "Student", mara.id)
    assert made.url.startswith("http://id.coursecove.localhost:8000/invitations/")
    await provider.letters.settled()
    (letter,) = postbox.letters
    assert letter.to == "ola@example.com"
    assert "Mara Lindqvist invites you to join Music School" in letter.text
    assert made.url in letter.text
    bulk = await clerk.organization_invitations.bulk_create_async(
        organization_id=school.id,
        request_body=[
            {"email_address": "a@example.com", "role": "org:teacher"},
            {"email_address": "b@example.com", "role": "org:guardian", "notify": False},
        ],
    )
    assert [each.email_address for each in bulk.data] == ["a@example.com", "b@example.com"]
    await provider.letters.settled()
    assert [each.to for each in postbox.letters] == ["ola@example.com", "a@example.com"]
    revoked = await clerk.organization_invitations.revoke_async(
        organization_id=school.id, invitation_id=made.id
    )
    assert revoked.status == "revoked"
    found = await clerk.organization_invitations.get_async(organization_id=school.id, invitation_id=made.id)
    assert (found.status, found.url) == ("revoked", None)
    listed = await clerk.organization_invitations.list_async(organization_id=school.id, status="pending")
    assert listed.total_count == 2
    everywhere = await clerk.organization_invitations.get_all_async()
    assert everywhere.total_count == 3


async def test_sessions(clerk, mara, school, provider, store):
    made = await clerk.sessions.create_async(
        request={"user_id": mara.id, "active_organization_id": school.id}
    )
    assert (made.status, made.last_active_organization_id) == ("active", school.id)
    assert [each.id for each in await clerk.sessions.list_async(user_id=mara.id)] == [made.id]
    assert (await clerk.sessions.get_async(session_id=made.id)).latest_activity.object == "session_activity"
    token = await clerk.sessions.create_token_async(session_id=made.id)
    assert token.jwt.count(".") == 2
    assert (await clerk.sessions.revoke_async(session_id=made.id)).status == "revoked"
    async with store.transaction() as db:
        client = await clients.start(db)
        session = await sessions.start(db, mara.id, client.id, lifetime_ms=60_000)
    assert (await clerk.sessions.get_async(session_id=session.id)).client_id == client.id


async def test_keys(clerk, provider):
    keys = (await clerk.jwks.get_jwks_async()).keys
    assert [each.kty for each in keys] == ["RSA"]


async def test_refusals_are_clerks_own_errors(clerk, mara, school):
    with pytest.raises(models.ClerkErrors) as caught:
        await clerk.users.get_async(user_id="user_nobody")
    assert caught.value.status_code == 404
    assert caught.value.data.errors[0].code == "resource_not_found"
    with pytest.raises(models.ClerkErrors) as caught:
        await clerk.users.create_async(email_address=["MARA@example.com"])
    fault = caught.value.data.errors[0]
    assert (caught.value.status_code, fault.code) == (422, "form_identifier_exists")
    with pytest.raises(models.ClerkErrors) as caught:
        await clerk.organizations.create_async(request={"name": "X", "slug": "music-school"})
    assert caught.value.data.errors[0].code == "form_identifier_exists"


async def test_a_wrong_key_is_refused(provider, clerk):
    other = Clerk(
        bearer_auth="sk_live_other",
        server_url=f"{provider.issuer}/v1",
        async_client=clerk.sdk_configuration.async_client,
    )
    with pytest.raises(models.ClerkErrors) as caught:
        await other.users.list_async(request={})
    assert (caught.value.status_code, caught.value.data.errors[0].code) == (401, "clerk_key_invalid")
