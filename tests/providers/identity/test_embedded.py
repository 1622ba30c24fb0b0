"""The port against the embedded provider: what it makes, what it repeats, what it makes of a refusal."""

import json

import httpx
import pytest

from coursecove.providers.identity import (
    IdentityUnavailable,
    InvitationsRefused,
    NewInvitation,
    NotOffered,
    ProviderForgot,
    ProviderRefused,
    RefreshRefused,
    TooManyInvitations,
)
from coursecove.providers.identity.clerk import ClerkIdentity
from coursecove.providers.identity.part import Dialect

OWNER, TEACHER, STUDENT = "SUPER_ADMIN", "TEACHER", "STUDENT"


@pytest.fixture
async def mara(port):
    return await port.create_user(email="mara@example.com", first_name="Mara", external_id="u-1")


@pytest.fixture
async def school(port, mara):
    return await port.create_organization(name="Music School", slug="music-school", created_by=mara.id)


@pytest.fixture
async def noah(port):
    return await port.create_user(email="noah@example.com", first_name="Noah", public_metadata={"a": 1})


async def test_a_person_is_made_and_changed(port, mara):
    assert (mara.email, mara.first_name, mara.image_url) == ("mara@example.com", "Mara", None)
    changed = await port.update_user(mara.id, first_name="Maja", public_metadata={"b": 2})
    assert changed.first_name == "Maja"
    assert changed.updated_at_ms > mara.updated_at_ms
    assert json.loads(changed.raw)["public_metadata"] == {"b": 2}
    await port.delete_user(mara.id)
    await port.delete_user(mara.id)
    with pytest.raises(ProviderForgot):
        await port.update_user(mara.id, first_name="X")


async def test_a_school_is_founded_changed_and_ended(port, school, mara):
    assert (school.slug, school.created_by) == ("music-school", mara.id)
    changed = await port.update_organization(school.id, name="Music", slug="music", public_metadata={"x": 1})
    assert (changed.name, changed.slug) == ("Music", "music")
    assert json.loads(changed.raw)["public_metadata"] == {"x": 1}
    await port.delete_organization(school.id)
    await port.delete_organization(school.id)


async def test_members_come_change_and_go(port, school, noah):
    made = await port.add_member(school.id, noah.id, STUDENT, public_metadata={"since": 2026})
    assert (made.role, made.user_id, made.organization_id) == ("org:student", noah.id, school.id)
    again = await port.add_member(school.id, noah.id, TEACHER)
    assert (again.id, again.role, again.public_metadata) == (made.id, "org:teacher", {"since": 2026})
    assert (await port.change_role(school.id, noah.id, OWNER)).role == "org:admin"
    await port.remove_member(school.id, noah.id)
    await port.remove_member(school.id, noah.id)


async def test_the_last_owner_stays(port, school, mara):
    for change in (port.change_role(school.id, mara.id, STUDENT), port.remove_member(school.id, mara.id)):
        with pytest.raises(ProviderRefused, match="at least one owner") as caught:
            await change
        assert caught.value.codes == ("organization_minimum_permissions_needed",)


async def test_without_custom_roles_metadata_says_the_role(provider, backend, school, noah):
    plain = ClerkIdentity(backend, provider.secret_key, Dialect(custom_roles=False))
    made = await plain.add_member(school.id, noah.id, TEACHER)
    assert (made.role, made.public_metadata) == ("org:member", {"coursecove_role": "TEACHER"})
    made = await plain.change_role(school.id, noah.id, OWNER)
    assert (made.role, made.public_metadata) == ("org:admin", {})
    made = await plain.change_role(school.id, noah.id, STUDENT, public_metadata={"x": 1})
    assert (made.role, made.public_metadata) == ("org:member", {"coursecove_role": "STUDENT", "x": 1})
    (sent,) = await plain.invite(
        school.id, [NewInvitation("a@example.com", "GUARDIAN")], inviter_id=school.created_by
    )
    assert (sent.role, sent.public_metadata) == ("org:member", {"coursecove_role": "GUARDIAN"})
    custom = ClerkIdentity(backend, provider.secret_key)
    made = await custom.change_role(school.id, noah.id, TEACHER)
    assert (made.role, made.public_metadata) == ("org:teacher", {"x": 1})


# Invitations


async def test_many_are_invited_and_each_refusal_is_told(port, school, mara):
    asked = [NewInvitation(f"p{number}@example.com", STUDENT) for number in range(23)]
    assert len(await port.invite(school.id, asked, inviter_id=mara.id)) == 23
    again = [NewInvitation("new@example.com", STUDENT), asked[3], NewInvitation("nonsense", STUDENT)]
    again.append(NewInvitation("mara@example.com", TEACHER))
    with pytest.raises(InvitationsRefused) as caught:
        await port.invite(school.id, again, inviter_id=mara.id)
    assert [each.email for each in caught.value.sent] == ["p3@example.com", "new@example.com"][::-1]
    assert dict(caught.value.fields) == {
        "nonsense": "This does not have the right form.",
        "mara@example.com": "This person belongs to the school already.",
    }
    assert len(await port.invitations(school.id)) == 24


async def test_an_older_invitation_is_a_refusal(port, school, mara, store):
    (sent,) = await port.invite(school.id, [NewInvitation("a@example.com", STUDENT)], inviter_id=mara.id)
    async with store.transaction() as db:
        await db.execute("update identity.invitations set created_at = created_at - 600000")
    with pytest.raises(InvitationsRefused) as caught:
        await port.invite(school.id, [NewInvitation("a@example.com", STUDENT)], inviter_id=mara.id)
    assert dict(caught.value.fields) == {
        "a@example.com": "There is an open invitation for this address already."
    }
    assert sent.url.startswith("http://id.coursecove.localhost:8000/invitations/")


async def test_invitations_are_sent_again_and_taken_back(port, school, mara, provider, backend):
    (sent,) = await port.invite(school.id, [NewInvitation("a@example.com", TEACHER)], inviter_id=mara.id)
    again = await port.resend_invitation(school.id, sent.id, by=mara.id)
    assert (again.id, again.url != sent.url) == (sent.id, True)
    as_clerk = ClerkIdentity(backend, provider.secret_key, Dialect())
    replaced = await as_clerk.resend_invitation(school.id, sent.id, by=mara.id)
    assert (replaced.id != sent.id, replaced.role, replaced.status) == (True, "org:teacher", "pending")
    assert (await port.revoke_invitation(school.id, replaced.id, by=mara.id)).status == "revoked"
    assert await port.invitations(school.id) == []
    assert len(await port.invitations(school.id, status=("pending", "revoked"))) == 2


async def test_an_hours_limit_is_its_own_problem(port, school, mara, store):
    async with store.transaction() as db:
        sql = "insert into identity.invitation_sendings (organization_id, sent_at) select $1, $2 from generate_series(1, 250)"
        await db.execute(sql, school.id, school.updated_at_ms)
    with pytest.raises(TooManyInvitations) as caught:
        await port.invite(school.id, [NewInvitation("a@example.com", STUDENT)], inviter_id=mara.id)
    assert 0 < caught.value.retry_after <= 3600


async def test_what_was_sent_before_the_limit_is_told(port, school, mara, store):
    async with store.transaction() as db:
        sql = "insert into identity.invitation_sendings (organization_id, sent_at) select $1, $2 from generate_series(1, 235)"
        await db.execute(sql, school.id, school.updated_at_ms)
    asked = [NewInvitation(f"p{number}@example.com", STUDENT) for number in range(23)]
    with pytest.raises(InvitationsRefused) as caught:
        await port.invite(school.id, asked, inviter_id=mara.id)
    assert [each.email for each in caught.value.sent] == [each.email for each in asked[:10]]
    assert list(caught.value.fields) == [each.email for each in asked[10:]]
    assert "Too many invitations" in caught.value.fields["p10@example.com"]


# What happens twice happens once


async def test_a_lost_answer_makes_nothing_twice(losing_port, port, mara):
    person = {"email": "ola@example.com", "first_name": "Ola", "external_id": "u-9"}
    ola = await losing_port("POST").create_user(**person)
    assert (await port.create_user(**person)).id == ola.id
    school = await losing_port("POST").create_organization(name="S", slug="s-1", created_by=mara.id)
    member = await losing_port("POST").add_member(school.id, ola.id, STUDENT)
    assert (await port.add_member(school.id, ola.id, STUDENT)).id == member.id
    asked = [NewInvitation("a@example.com", STUDENT), NewInvitation("b@example.com", STUDENT)]
    sent = await losing_port("POST").invite(school.id, asked, inviter_id=mara.id)
    assert [each.email for each in sent] == ["a@example.com", "b@example.com"]
    changed = await losing_port("PATCH").update_organization(school.id, name="Other")
    assert changed.name == "Other"
    await losing_port("DELETE").remove_member(school.id, ola.id)
    assert len([each async for each in port.memberships(school.id)]) == 1


async def test_somebody_elses_slug_is_not_taken_for_ours(port, school, noah):
    with pytest.raises(ProviderRefused) as caught:
        await port.create_organization(name="Other", slug="music-school", created_by=noah.id)
    assert dict(caught.value.fields) == {"slug": "This is taken already. Please choose another."}


# Everything, page by page


async def test_the_lists_hold_everybody_once(port, school, store, mara, monkeypatch):
    monkeypatch.setattr("coursecove.providers.identity.listing.PAGE", 7)
    monkeypatch.setattr("coursecove.providers.identity.listing.OVERLAP", 2)
    made = [(await port.create_user(external_id=f"e-{number}")).id for number in range(20)]
    for each in made:
        await port.add_member(school.id, each, STUDENT)
    assert [each.id async for each in port.users()] == [mara.id, *made]
    members = [each.user_id async for each in port.memberships(school.id)]
    assert sorted(members) == sorted([mara.id, *made])
    assert [each.id async for each in port.organizations()] == [school.id]


# Managed profiles


async def test_managed_profiles_are_ours_alone(port, school, provider, backend, mara):
    child = await port.create_managed(
        school.id, username="Ola", pin="482913", first_name="Ola", created_by=mara.id
    )
    assert child.email is None
    await port.set_pin(child.id, "739164", by=mara.id)
    with pytest.raises(ProviderRefused):
        await port.set_pin(child.id, "111111")
    clerk = ClerkIdentity(backend, provider.secret_key, Dialect())
    with pytest.raises(NotOffered):
        await clerk.set_pin(child.id, "739164")
    with pytest.raises(NotOffered):
        await clerk.create_managed(school.id, username="x", pin="482913", first_name="X")


# Sessions


async def test_a_session_that_is_over_is_not_prolonged(port, provider, backend):
    with pytest.raises(RefreshRefused):
        await port.refresh(
            session_id="sess_" + "0" * 27,
            expired_token="x",
            refresh_token="y",
            origin="http://coursecove.localhost:8000",
        )
    await port.revoke("sess_" + "0" * 27)
    wrong = ClerkIdentity(backend, "sk_live_wrong")
    with pytest.raises(IdentityUnavailable):
        await wrong.refresh(session_id="sess_x", expired_token="x", refresh_token="y", origin="http://x")
    with pytest.raises(IdentityUnavailable):
        await wrong.delete_user("user_2a")


async def test_nobody_there_is_unavailable():
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9") as client:
        port = ClerkIdentity(client, "sk_live_x")
        with pytest.raises(IdentityUnavailable):
            await port.update_user("user_2a", first_name="X")
        with pytest.raises(IdentityUnavailable):
            await port.create_organization(name="X", slug="x", created_by="user_2a")
