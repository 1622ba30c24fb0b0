"""What changes at the provider, the product's own tables show: over the real webhooks, embedded and as Clerk."""

import asyncio

import httpx
import pytest

from coursecove.kit.db import Database
from coursecove.kit.web.hosts import PublicRoot
from coursecove.providers.identity import NewInvitation
from coursecove.settings.identity import IdentitySettings
from coursecove.web.app import create_app
from coursecove.web.identity import build_identity
from coursecove.web.identity_work import webhook_target
from coursecove_identity.delivering import Deliveries, Target
from tests.conftest import cloned
from tests.identity.as_clerk import SECRET, as_clerk, living
from tests.identity.receiver import receiving

ROOT = "http://coursecove.localhost:8000"


class Door:
    """The site's door at a socket: what arrives there is asked of an application in this process."""

    def __init__(self, receiver):
        self.url, self.app, self.answers = receiver.url, None, asyncio.Queue()
        loop = asyncio.get_running_loop()
        receiver.answer = lambda got: (
            asyncio.run_coroutine_threadsafe(self._ask(got), loop).result(30),
            {},
        )

    async def _ask(self, got):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=ROOT) as client:
            answer = await client.post(got.path, content=got.body, headers=got.headers)
        self.answers.put_nowait(answer.status_code)
        return answer.status_code


@pytest.fixture
async def url(server):
    """A database of the test's own: here the product's tables change too."""
    async with cloned(server) as own:
        yield own


@pytest.fixture
async def door():
    with receiving() as receiver:
        yield Door(receiver)


async def shown(database: Database, sql, *args):
    async with database.service_read() as db:
        return await (await db.connection()).fetchrow(sql, *args)


UNDONE = "select count(*) as number from webhook_events where status in ('pending', 'failed')"
PERSON = "select email, first_name, status from users where clerk_user_id = $1"
SCHOOL = "select name, status from organizations where clerk_organization_id = $1"
PLACE = """
    select m.role, m.status from organization_memberships m join users u on u.id = m.user_id
      join organizations o on o.id = m.organization_id
     where u.clerk_user_id = $1 and o.clerk_organization_id = $2"""


async def test_a_change_in_the_embedded_provider(server, database, store, door):
    settings = server.settings
    door.app = create_app(settings, database)
    identity = build_identity(settings, PublicRoot.parse(settings.origin()), database)
    target = Target(door.url, webhook_target(settings).host)
    async with (
        living(door.app),
        Deliveries(store, target, settings.webhook_secrets) as deliveries,
    ):
        port = identity.port
        mara = await port.create_user(email="mara@heard.example", first_name="Mara")
        school = await port.create_organization(name="Heard School", slug="heard", created_by=mara.id)
        while await deliveries.deliver_due():
            pass
        assert tuple(await shown(database, PERSON, mara.id)) == ("mara@heard.example", "Mara", "ACTIVE")
        assert tuple(await shown(database, SCHOOL, school.id)) == ("Heard School", "ACTIVE")
        assert tuple(await shown(database, PLACE, mara.id, school.id)) == ("SUPER_ADMIN", "ACTIVE")
        noah = await port.create_user(email="noah@heard.example", first_name="Noah")
        await port.add_member(school.id, noah.id, "STUDENT")
        await port.change_role(school.id, noah.id, "TEACHER")
        await port.update_user(noah.id, first_name="Noa")
        await port.invite(school.id, [NewInvitation("ola@heard.example", "STUDENT")], inviter_id=mara.id)
        await deliveries.deliver_due()
        assert (await shown(database, PERSON, noah.id))["first_name"] == "Noa"
        assert (await shown(database, PLACE, noah.id, school.id))["role"] == "TEACHER"
        await port.remove_member(school.id, noah.id)
        await deliveries.deliver_due()
        assert (await shown(database, PLACE, noah.id, school.id))["status"] == "INACTIVE"
        assert (await shown(database, UNDONE))["number"] == 0
    await identity.close()
    async with store.reading() as db:
        left = await db.fetchval("select count(*) from identity.webhook_messages where delivered_at is null")
    assert left == 0


async def test_a_change_at_clerk(server, database, door):
    async with as_clerk(server, ROOT, f"{door.url} coursecove.localhost:8000") as clerk:
        keys = IdentitySettings(
            clerk_secret_key=clerk.secret_key,
            clerk_publishable_key=clerk.publishable_key,
            clerk_webhook_secret=SECRET,
            clerk_api_url=clerk.api,
        )
        settings = server.settings.model_copy(update={"identity": keys})
        door.app = create_app(settings, database)
        async with living(door.app), asyncio.timeout(60):
            identity = build_identity(settings, PublicRoot.parse(settings.origin()), database)
            mara = await identity.port.create_user(email="mara@clerk.example", first_name="Mara")
            school = await identity.port.create_organization(name="S", slug="heard", created_by=mara.id)
            noah = await identity.port.create_user(email="noah@clerk.example", first_name="Noah")
            made = await identity.port.add_member(school.id, noah.id, "TEACHER")
            assert (made.role, made.public_metadata) == ("org:member", {"coursecove_role": "TEACHER"})
            assert [await door.answers.get() for _ in range(5)] == [200] * 5
            await identity.close()
        assert (await shown(database, PERSON, mara.id))["email"] == "mara@clerk.example"
        assert (await shown(database, PLACE, mara.id, school.id))["role"] == "SUPER_ADMIN"
        assert (await shown(database, PLACE, noah.id, school.id))["role"] == "TEACHER"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/api/webhooks/clerk"),
        ("0.0.0.0", "http://127.0.0.1:8000/api/webhooks/clerk"),  # noqa: S104
        ("::", "http://[::1]:8000/api/webhooks/clerk"),
        ("10.0.0.5", "http://10.0.0.5:8000/api/webhooks/clerk"),
    ],
)
def test_the_site_is_called_by_its_name_on_its_own_machine(server, host, url):
    settings = server.settings.model_copy(update={"host": host})
    assert webhook_target(settings) == Target(url, "coursecove.localhost:8000")
    elsewhere = IdentitySettings(webhook_url="https://web.internal/api/webhooks/clerk")
    settings = server.settings.model_copy(update={"identity": elsewhere})
    assert webhook_target(settings) == Target("https://web.internal/api/webhooks/clerk")
