"""Invitations: for one address, for a time, once; and never more in an hour than are allowed."""

import json

import pytest

from coursecove_identity import emails, invitations, memberships, organizations, shapes, users
from coursecove_identity.clock import DAY, HOUR, MINUTE, moved
from coursecove_identity.faults import Forbidden, NotFound, NotPossible, Refused, TooOften
from coursecove_identity.invitations import NewInvitation

OLA = "ola@example.com"


async def person(db, address=None, *, verified=True):
    user = await users.create(db, first_name="Somebody")
    if address:
        await emails.add(db, user.id, address, strategy="email_code", verified=verified, primary=verified)
    return user.id


@pytest.fixture
async def mara(db, instance):
    return await person(db, "mara@example.com")


@pytest.fixture
async def school(db, mara):
    return await organizations.create(db, name="Music School", created_by=mara)


async def invite(db, school, address=OLA, role="org:student", **more):
    (sent,) = await invitations.create(db, school, [NewInvitation(address, role, **more)])
    return sent


async def refusal(db, action, kind=Refused):
    with pytest.raises(kind) as caught:
        async with db.transaction():
            await action
    return caught.value.faults[0].code


async def told(db):
    rows = await db.fetch(
        "select type, body from identity.webhook_messages where type like 'organization%' order by number"
    )
    return [(row["type"], json.loads(row["body"])["data"]) for row in rows]


async def test_the_invitee_joins_with_role_and_metadata(db, school, mara):
    more = {"inviter_id": mara, "public_metadata": {"coursecove_role": "TEACHER"}}
    sent = await invite(db, school, " Ola@Example.com ", "org:member", **more)
    found = await invitations.by_ticket(db, sent.ticket)
    assert found == sent.invitation
    ola = await person(db, "OLA@example.com")
    assert [each.id for each in await invitations.open_for(db, ola)] == [found.id]
    assert await invitations.accept(db, found.id, ola) == school
    place = await memberships.claim_at(db, ola, school)
    assert place.role == "org:member"
    kinds = [kind for kind, _ in await told(db)][2:]
    assert kinds == [
        "organizationInvitation.created",
        "organizationMembership.created",
        "organizationInvitation.accepted",
    ]
    membership, accepted = (await told(db))[-2:]
    assert membership[1]["public_metadata"] == {"coursecove_role": "TEACHER"}
    assert (accepted[1]["status"], accepted[1]["user_id"]) == ("accepted", ola)


async def test_the_ticket_is_nowhere_in_the_database(db, school, admin):
    sent = await invite(db, school)
    assert len(sent.ticket) >= 43
    tables = await db.fetch("select tablename from pg_tables where schemaname = 'identity'")
    for table in tables:
        text = await db.fetchval(
            f"select coalesce(string_agg(t::text, ' '), '') from identity.{table['tablename']} t"
        )
        assert sent.ticket not in text


async def test_an_unverified_or_another_address_does_not_join(db, school):
    sent = await invite(db, school)
    for stranger in (
        await person(db),
        await person(db, "other@example.com"),
        await person(db, OLA, verified=False),
    ):
        assert (
            await refusal(db, invitations.accept(db, sent.invitation.id, stranger), Forbidden)
            == "authorization_invalid"
        )
        assert await memberships.claim_at(db, stranger, school) is None


async def test_an_invitation_is_for_once(db, school):
    sent, ola = await invite(db, school), await person(db, OLA)
    await invitations.accept(db, sent.invitation.id, ola)
    again = invitations.accept(db, sent.invitation.id, ola)
    assert await refusal(db, again, NotPossible) == "organization_invitation_already_accepted"
    assert await invitations.by_ticket(db, sent.ticket) is None


async def test_a_revoked_one_leads_nowhere(db, school):
    sent, ola = await invite(db, school), await person(db, OLA)
    await invitations.revoke(db, school, sent.invitation.id)
    assert (
        await refusal(db, invitations.accept(db, sent.invitation.id, ola))
        == "organization_invitation_revoked_code"
    )
    assert await invitations.by_ticket(db, sent.ticket) is None
    assert await refusal(db, invitations.revoke(db, school, sent.invitation.id), NotFound)
    assert (await told(db))[-1][0] == "organizationInvitation.revoked"


async def test_it_ends_after_thirty_days_and_a_new_one_may_follow(db, school):
    sent, ola = await invite(db, school), await person(db, OLA)
    with moved(30 * DAY + MINUTE):
        assert (await shapes.invitation_json(db, sent.invitation.id))["status"] == "expired"
        assert (
            await refusal(db, invitations.accept(db, sent.invitation.id, ola))
            == "organization_invitation_expired"
        )
        assert await invitations.open_for(db, ola) == []
        later = await invite(db, school)
        assert later.invitation.id != sent.invitation.id
        await invitations.accept(db, later.invitation.id, ola)


async def test_sending_again_ends_the_link_before(db, school):
    first = await invite(db, school)
    with moved(40 * DAY):
        second = await invitations.resend(db, school, first.invitation.id)
        assert second.invitation.is_open
        assert await invitations.by_ticket(db, first.ticket) is None
        assert await invitations.by_ticket(db, second.ticket) == second.invitation


async def test_nobody_is_asked_twice_or_though_a_member(db, school):
    await invite(db, school)
    assert await refusal(db, invite(db, school, "OLA@example.com")) == "duplicate_record"
    assert await refusal(db, invite(db, school, "mara@example.com")) == "already_a_member_in_organization"
    twice = invitations.create(db, school, [NewInvitation("a@example.com", "org:student")] * 2)
    assert await refusal(db, twice) == "duplicate_record"


async def test_many_are_all_or_none(db, school):
    asked = [NewInvitation("a@example.com", "org:student"), NewInvitation("nonsense", "org:student")]
    assert await refusal(db, invitations.create(db, school, asked)) == "form_param_format_invalid"
    assert await db.fetchval("select count(*) from identity.invitations") == 0


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@b",
        "a b@example.com",
        "a@example.com, b@example.com",
        "<a@example.com>",
        "a@-x.com",
        "a\n@example.com",
        "x" * 65 + "@example.com",
    ],
)
async def test_an_address_looks_like_one(db, school, address):
    assert await refusal(db, invite(db, school, address)) == "form_param_format_invalid"


async def test_only_an_admin_asks(db, school):
    teacher = await person(db)
    await memberships.create(db, school, teacher, role="org:teacher")
    for inviter in (teacher, await person(db)):
        code = await refusal(db, invite(db, school, inviter_id=inviter), Forbidden)
        assert code == "not_an_admin_in_organization"


async def test_an_hour_has_its_limit(db, school):
    many = [NewInvitation(f"p{number}@example.com", "org:student") for number in range(249)]
    sent = await invitations.create(db, school, many)
    await invitations.resend(db, school, sent[0].invitation.id)
    with pytest.raises(TooOften) as caught:
        async with db.transaction():
            await invite(db, school)
    assert 0 < caught.value.retry_after <= 3600
    with moved(HOUR + MINUTE):
        await invite(db, school)


@pytest.mark.parametrize("days", [0, -1, 366])
async def test_a_lifetime_has_its_bounds(db, school, days):
    assert await refusal(db, invite(db, school, expires_in_days=days)) == "form_param_value_invalid"
