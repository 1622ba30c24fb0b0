"""`coursecove identity reconcile`: rows that differ from what the provider has are mended, and nothing else is touched."""

import asyncio

import asyncpg
import pytest
from typer.testing import CliRunner

from coursecove.accounts.sync.reconciling import TooMuchIsGone
from coursecove.cli.program import program
from coursecove.cli.provider import with_provider
from coursecove.web import identity_demo
from tests.conftest import cloned

EVERYTHING = """
    select string_agg(line, chr(10) order by line) from (
      select concat_ws('|', id, clerk_user_id, email, first_name, last_name, avatar_url, status, provisional) from users
      union all select concat_ws('|', id, clerk_organization_id, name, slug, subdomain, status) from organizations
      union all select concat_ws('|', organization_id, user_id, role, status, clerk_membership_id, display_name)
                  from organization_memberships) _(line)"""


@pytest.fixture
def own(server, tmp_path, monkeypatch):
    """An installation with the demo cast on both sides, in step; answers what SQL does there."""
    runner = asyncio.Runner()
    copy = cloned(server)
    url = runner.run(copy.__aenter__())
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("COURSECOVE_DATA", str(tmp_path))
    monkeypatch.setenv("COURSECOVE_SECRET_KEY", server.settings.secret.decode())

    async def value(sql):
        connection = await asyncpg.connect(url)
        await connection.execute("set session_replication_role = replica")
        found = await connection.fetchval(sql)
        await connection.close()
        return found

    with_provider(identity_demo.seed)
    assert f"removed: {NOTHING}" in reconcile()
    yield lambda sql: runner.run(value(sql))
    runner.run(copy.__aexit__())
    runner.close()


def reconcile(*words):
    done = CliRunner().invoke(program, ["identity", "reconcile", *words])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


NOTHING = "organization 0, user 0, membership 0"
SOMEBODY = (
    "(select u.clerk_user_id from users u where u.status = 'ACTIVE' and u.first_name = 'Amara' limit 1)"
)


def test_in_step_nothing_is_touched(own):
    assert own("select count(*) from users where status = 'ACTIVE' and not provisional") > 10
    before = own(EVERYTHING), own("select count(*) from webhook_events")
    said = reconcile()
    assert f"mended: {NOTHING}" in said
    assert f"removed: {NOTHING}" in said
    assert (own(EVERYTHING), own("select count(*) from webhook_events")) == before


def test_rows_lost_changed_and_doubled_are_mended(own):
    before = own(EVERYTHING)
    own(f"update users set first_name = 'Wrong' where clerk_user_id = {SOMEBODY}")
    own("update organizations set name = 'Wrong' where slug = 'music-school'")
    own(
        "update organization_memberships set role = 'STUDENT' where role = 'SUPER_ADMIN' and status = 'ACTIVE'"
    )
    own("delete from identity_mirror where kind = 'user' and data->>'first_name' = 'Mara'")
    own(
        "delete from organization_memberships m using users u where u.id = m.user_id and u.first_name = 'Mara' and m.status = 'ACTIVE'"
    )
    assert own(EVERYTHING) != before
    there = own(EVERYTHING)
    assert "would be mended" in reconcile("--dry-run")
    assert own(EVERYTHING) == there
    reconcile()
    assert own(EVERYTHING).splitlines() == before.splitlines()
    assert f"mended: {NOTHING}" in reconcile()


def test_what_the_provider_no_longer_has_ends(own):
    own(
        "insert into users (id, clerk_user_id, email, first_name) "
        "values (gen_random_uuid(), 'user_nobody', 'nobody@example.com', 'Nobody')"
    )
    assert "removed: organization 0, user 1, membership 0" in reconcile()
    assert (
        own("select concat_ws('|', status, email) from users where clerk_user_id = 'user_nobody'")
        == "DELETED"
    )
    assert f"removed: {NOTHING}" in reconcile()


def test_a_provider_that_knows_nobody_is_not_believed(own):
    own("update users set clerk_user_id = clerk_user_id || '_other' where status = 'ACTIVE'")
    own("update organizations set clerk_organization_id = clerk_organization_id || '_other'")
    own("update organization_memberships set clerk_membership_id = clerk_membership_id || '_other'")
    own("update identity_mirror set external_id = external_id || '_other'")
    done = CliRunner().invoke(program, ["identity", "reconcile"])
    assert isinstance(done.exception, TooMuchIsGone)
    assert own("select count(*) from users where clerk_user_id like '%_other' and status = 'DELETED'") == 0
