"""The page behind an invitation's link, for each who may open it."""

import asyncio
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from coursecove_identity import accounts, clients, invitations, memberships, organizations, sessions
from coursecove_identity.accounts import NewAccount, NewAddress
from coursecove_identity.clock import DAY, SECOND, moved
from coursecove_identity.invitations import NewInvitation
from coursecove_identity.web import identity_app
from tests.identity.pictures import PNG

OWN = {"sec-fetch-site": "same-origin"}


async def person(store, name, *addresses):
    async with store.transaction() as db:
        new = NewAccount(name, addresses=[NewAddress(each) for each in addresses])
        return (await accounts.open_account(db, new)).id


@pytest.fixture
async def school(store, provider):
    mara = await person(store, "Mara", "mara@example.com")
    async with store.transaction() as db:
        return await organizations.create(db, name="Music <School>", created_by=mara)


@pytest.fixture
async def sent(store, school):
    async with store.transaction() as db:
        owner = await db.fetchval("select created_by from identity.organizations")
        asked = NewInvitation("ola@example.com", "org:teacher", inviter_id=owner)
        return (await invitations.create(db, school, [asked]))[0]


@pytest.fixture
async def visitor(provider):
    transport = httpx.ASGITransport(identity_app(provider))
    async with httpx.AsyncClient(transport=transport, base_url=provider.issuer) as client:
        yield client


async def sign_in(store, provider, visitor, user_id):
    async with store.transaction() as db:
        client, secret = await clients.renewed(db, None)
        await sessions.start(db, user_id, client.id, lifetime_ms=DAY)
    name, _, value = provider.cookies.client(secret).partition(";")[0].partition("=")
    visitor.cookies.set(name, value)


async def test_a_stranger_sees_what_it_is_and_the_ways_in(visitor, sent, provider):
    answer = await visitor.get(f"/invitations/{sent.ticket}")
    assert answer.status_code == 200
    for text in ("Join Music &lt;School&gt;", "Mara invites you.", "Teacher", "ola@example.com"):
        assert text in answer.text
    assert "Accept and go there" not in answer.text
    back = f"{provider.issuer}/invitations/{sent.ticket}"
    links = [link for link in answer.text.split('href="') if link.startswith("/sign-")]
    for link in links[:2]:
        query = parse_qs(urlsplit(link.partition('"')[0].replace("&amp;", "&")).query)
        assert query["redirect_url"] == [back]
    assert answer.headers["cache-control"] == "no-store"
    assert (await visitor.post(f"/invitations/{sent.ticket}", headers=OWN)).status_code == 200


async def test_the_invitee_accepts_and_comes_to_the_school(visitor, sent, store, provider, school):
    ola = await person(store, "Ola", "other@example.com", "OLA@example.com")
    await sign_in(store, provider, visitor, ola)
    assert "Accept and go there" in (await visitor.get(f"/invitations/{sent.ticket}")).text
    forged = await visitor.post(f"/invitations/{sent.ticket}", headers={"sec-fetch-site": "same-site"})
    assert forged.status_code == 400
    answer = await visitor.post(f"/invitations/{sent.ticket}", headers=OWN)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("http://coursecove.localhost:8000/")
    assert any(line.startswith("__client_uat") for line in answer.headers.get_list("set-cookie"))
    async with store.reading() as db:
        assert (await memberships.claim_at(db, ola, school)).role == "org:teacher"
    assert (await visitor.get(f"/invitations/{sent.ticket}")).status_code == 404


HEARD = "update identity.webhook_messages set next_attempt_at = null, delivered_at = 1"


@pytest.mark.parametrize(("listens", "patience"), [(True, 20 * SECOND), (False, SECOND // 2)])
async def test_the_school_hears_of_somebody_before_they_come(  # noqa: PLR0917 - everybody who takes part
    visitor, sent, store, provider, listens, patience
):
    ola = await person(store, "Ola", "ola@example.com")
    await sign_in(store, provider, visitor, ola)
    provider.policy = replace(provider.policy, told_within=patience)
    coming = asyncio.create_task(visitor.post(f"/invitations/{sent.ticket}", headers=OWN))
    await asyncio.sleep(0.3)
    assert not coming.done()
    if listens:
        async with store.transaction() as db:
            await db.execute(HEARD)
    async with asyncio.timeout(10):
        assert (await coming).status_code == 303


async def test_somebody_else_cannot_accept(visitor, sent, store, provider, school):
    noah = await person(store, "Noah", "noah@example.com")
    await sign_in(store, provider, visitor, noah)
    page = (await visitor.get(f"/invitations/{sent.ticket}")).text
    assert "Accept and go there" not in page
    assert "Sign in with another account" in page
    answer = await visitor.post(f"/invitations/{sent.ticket}", headers=OWN)
    assert (answer.status_code, "another e-mail address" in answer.text) == (422, True)
    async with store.reading() as db:
        assert await memberships.claim_at(db, noah, school) is None


@pytest.mark.parametrize("ticket", ["nothing", "a" * 43, "%00", "x" * 500])
async def test_a_link_that_is_none_is_over(visitor, sent, ticket):
    answer = await visitor.get(f"/invitations/{ticket}")
    assert (answer.status_code, "This invitation is over" in answer.text) == (404, True)


async def test_an_old_link_is_over(visitor, sent):
    with moved(31 * DAY):
        assert (await visitor.get(f"/invitations/{sent.ticket}")).status_code == 404


async def test_a_logo_is_served_for_ever_and_as_what_it_is(visitor, backend, school):
    made = (await backend.put(f"/v1/organizations/{school}/logo", files={"file": ("x.png", PNG)})).json()
    answer = await visitor.get(urlsplit(made["image_url"]).path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await visitor.get(f"/images/organizations/{school}/other")).status_code == 404
