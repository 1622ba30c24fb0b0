"""Among many schools, every statement finds its own rows by an index and does not read what it throws away."""

import random
import re
import typing
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from tests.conftest import Server, cloned
from tests.security import crowd
from tests.security.plans import PAGE, Watched, objections, watched
from tests.security.stage import Stage, set_stage
from tests.security.statements.finding import MEMBER, SERVICE, Statement, every_statement
from tests.security.statements.kinds import holds

pytestmark = pytest.mark.xdist_group("crowd")

TENANT = """
    select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relkind in ('r', 'p') and a.attname = 'organization_id'"""
MADE_OF_VALUES = re.compile(r"\s*insert into \w+ \([^)]*\)\s*values")
TRIES = 24
READS_EVERYTHING = {
    "coursecove.accounts.audit_check.BROKEN_LINKS": (
        "reads all of audit_log",
        "the whole chain is what is checked",
    ),
    "coursecove.accounts.sync.reconciling.KNOWN": (
        "reads all of organization_memberships",
        "everything is what is compared with the provider",
    ),
    **{
        f"coursecove.notifications.queries.{name}": (
            "throws away rows of mail_messages",
            "the mailbox of a development start, searched by any part of an address",
        )
        for name in ("MAILS_BEFORE", "MAILS_AFTER")
    },
    **{
        f"coursecove.backoffice.people_queries.PEOPLE_{way}": (
            "throws away rows of users",
            "the operator looks over the whole platform for part of a name: no index finds a middle",
        )
        for way in ("BEFORE", "AFTER")
    },
}
"""What each of them does in every run, and why it may; one that no longer does fails."""

SWEEPS = {
    "coursecove.accounts.functions.FORGET": {"reads all of idempotency_keys"},
    "coursecove.people.functions.OLD_DRAFTS": {"reads all of team_lists"},
    "coursecove.schools.functions.domains.DUE": {"reads all of custom_domains"},
    "coursecove.schools.functions.exports.EXPIRE": {"reads all of school_export_parts"},
}
"""Once in a while, and here all of their rows are due: reading everything costs about as much as the index that each has, so the
sample that the statistics were made of decides."""

OPERATORS_SEARCH = {
    **{
        f"coursecove.backoffice.people_queries.PEOPLE_{way}": {
            "reads all of organization_memberships",
            "throws away rows of organization_memberships",
        }
        for way in ("BEFORE", "AFTER")
    },
    **{
        f"coursecove.backoffice.schools_queries.SCHOOLS_{way}": {"throws away rows of hostnames"}
        for way in ("BEFORE", "AFTER")
    },
}
"""What the operator's search does besides, as long as a page is not full: from row to row, or once over all of a table."""

EITHER_WAY = SWEEPS | OPERATORS_SEARCH
"""What these may do or not; what they do beyond it fails, and so does an entry about a statement or a table that is gone."""

BY_A_NAME_OF_ALL = {
    "coursecove.people.sign_in_pages.ATTACH": (
        "finds rows of organization_memberships by (clerk_membership_id",
        "the provider's name of one membership, which is unique on the platform; its school is compared too",
    ),
    **{
        f"coursecove.schools.{name}": (
            "finds rows of hostnames by (name",
            "whether one name is free, anywhere",
        )
        for name in (
            "actions.addresses.CHANGE_LABEL",
            "actions.addresses.LABEL_IS_FREE",
            "queries.school.LABELS_TAKEN",
        )
    },
}
"""Exact lookups by a name that is one on the whole platform: what they say, and why."""

PEOPLE_ONLY = {"coursecove.accounts.provisioning.PROVISION_ME"}
NEEDS_A_LIST = {"coursecove.people.list_actions.ADD_LINES"}
"""Writes lines of a list that exists, of kinds that no value made up here is."""

NEVER_RUN = {
    "coursecove.kit.durable.embedded.sql.START_RUNS": "needs an event that exists",
    "coursecove.kit.durable.inngest_runs.sql.START": "needs an event that exists",
}


@pytest_asyncio.fixture(scope="module")
async def crowded(server: Server) -> AsyncIterator[Stage]:
    """The stage in a database of many schools."""
    async with cloned(server) as url:
        stage = await set_stage(url, server.settings)
        admin = await asyncpg.connect(url)
        await crowd.fill(admin, stage.subjects["owner"].school)
        await admin.close()
        yield stage


@dataclass(frozen=True)
class Named:
    id: UUID
    name: str


class Look:
    """Runs statements as one caller and notes what their plans do and what their rows are not."""

    def __init__(self, stage: Stage, watching: Watched, tenant: set[str]) -> None:
        self.stage, self.watching, self.tenant = stage, watching, tenant
        self.found: dict[str, set[str]] = {}
        self.never_run: set[str] = set()

    async def at(self, statement: Statement) -> None:
        said: set[str] = set()
        ran = False
        for arguments in await self._arguments(statement.sql):
            for mode in ("force_custom_plan", "force_generic_plan"):
                await self.watching.connection.execute(f"savepoint look; set local plan_cache_mode = {mode}")
                try:
                    rows, plans = await self.watching.plans_of(statement.sql, *arguments)
                except (
                    asyncpg.DataError,
                    asyncpg.IntegrityConstraintViolationError,
                    asyncpg.InsufficientPrivilegeError,
                ):
                    continue
                finally:
                    await self.watching.connection.execute("rollback to look")
                ran = True
                said |= {
                    each for plan in plans for each in objections(plan, self.tenant, self.watching.indexes)
                }
                said |= set(_lies(statement, rows))
        if said:
            self.found[statement.place] = said
        if not ran:
            self.never_run.add(statement.place)

    async def _arguments(self, sql: str) -> list[tuple[object, ...]]:
        """Values of each parameter's type in many combinations."""
        prepared = await self.watching.connection.prepare(sql)
        subject = self.stage.subjects["owner"]
        values: dict[str, tuple[object, ...]] = {
            "uuid": (subject.member, subject.school, UUID(int=0), UUID(int=(1 << 128) - 1)),
            "text": ("", "STUDENT", "a%", "{}", "[]"),
            "int2": (1,),
            "int4": (PAGE,),
            "int8": (PAGE,),
            "float8": (1.0,),
            "bool": (True, False),
            "bytea": (b"digest",),
            "timestamptz": (None, datetime.now(UTC)),
            "timestamptz[]": ([datetime.now(UTC)],),
            "date": (None,),
            "time": (None,),
            "jsonb": ("{}",),
            "uuid[]": ([subject.member],),
            "text[]": (["name"],),
            "bytea[]": ([b"body"],),
            "int4[]": ([1],),
        }
        every = list(product(*(values[each.name] for each in prepared.get_parameters())))
        return random.Random(1).sample(every, min(TRIES, len(every)))  # noqa: S311 - the same ones in every run


def _lies(statement: Statement, rows: list[asyncpg.Record]) -> Iterator[str]:
    """Fields whose annotation does not say what came."""
    if statement.row is None:
        return
    hints = typing.get_type_hints(statement.row)
    for field in fields(statement.row):
        if not all(holds(hints[field.name], row[field.name]) for row in rows):
            yield f"{statement.row.__name__}.{field.name} is not {hints[field.name]}"


async def look(stage: Stage, actor: str | None, statements: list[Statement], broken: str = "") -> Look:
    """As a member, or as the service; in a database with something broken until the transaction ends."""
    login = "coursecove_app" if actor else "coursecove_service"
    async with watched(stage, login) as watching:
        connection = watching.connection
        tenant = {row[0] for row in await connection.fetch(TENANT)}
        await connection.execute(
            f"begin; reset session authorization; {broken}; set session authorization {login}"
        )
        if actor:
            await connection.execute("select app.enter($1, $2)", *stage.sealed(stage.claims(actor)))
        await connection.execute("set local role authenticated" if actor else "set local row_security = off")
        looking = Look(stage, watching, tenant)
        for statement in statements:
            await looking.at(statement)
        return looking


def of(client: str) -> list[Statement]:
    found = [statement for statement in every_statement() if statement.client == client]
    return [each for each in found if not MADE_OF_VALUES.match(each.sql)]


@pytest.mark.parametrize("actor", ["owner", "teacher", "student", "guardian", "school key"])
async def test_members_read_their_school_and_no_more(crowded: Stage, actor: str) -> None:
    looked = await look(crowded, actor, of(MEMBER))
    found = {
        place: {each for each in said if not each.startswith(BY_A_NAME_OF_ALL.get(place, ("nothing", ""))[0])}
        for place, said in looked.found.items()
    }
    assert {place: said for place, said in found.items() if said} == {}
    assert looked.never_run - NEEDS_A_LIST == (PEOPLE_ONLY if actor == "school key" else set())


async def test_the_service_reads_no_table_from_end_to_end(crowded: Stage) -> None:
    looked = await look(crowded, None, of(SERVICE))
    across_schools = "finds rows of", "sorts"
    found = {
        place: {each for each in said if not each.startswith(across_schools)} - EITHER_WAY.get(place, set())
        for place, said in looked.found.items()
    }
    assert {place: said for place, said in found.items() if said} == {
        place: {said} for place, (said, _) in READS_EVERYTHING.items()
    }
    assert looked.never_run == NEVER_RUN.keys()


def test_what_may_be_either_way_is_about_statements_and_tables_that_are_there() -> None:
    sql = {statement.place: statement.sql for statement in of(SERVICE)}
    stale = {
        (place, each)
        for place, said in EITHER_WAY.items()
        for each in said
        if each.rpartition(" ")[2] not in sql.get(place, "").split()
    }
    assert stale == set()


SET_OF_SCHOOLS = """
    create function app.my_organizations() returns setof uuid language sql stable security definer
    as 'select organization_id from public.organization_memberships where user_id = app.user_id()';
    alter policy fence on events using (organization_id in (select app.my_organizations()))"""
JOINED_FIRST = """
    select e.id, e.name, e.data, s.display_name from events e
      left join organization_memberships s on s.organization_id = e.organization_id
       and s.id = coalesce(e.data->>'member_id', e.data->>'student_id')::uuid
     where e.organization_id = (select app.org_id()) order by e.id desc limit $1"""


def control(sql: str, client: str = MEMBER, row: type | None = None) -> list[Statement]:
    return [Statement("control", sql, client, row)]


BAD = {
    "reads all of events": control("select count(*) from events"),
    "throws away rows of Nested Loop": control(JOINED_FIRST),
    "sorts what it does not use": control("select id from events order by occurred_at desc limit $1"),
    "finds rows of events by (key = ": control("select id from events where key = $1"),
    "throws away rows of users": control("select id from users where first_name = $1", SERVICE),
    "Named.name is not": control("select id, time_zone as name from organization_memberships", row=Named),
}
BROKEN = {
    "reads all of events": SET_OF_SCHOOLS,
    "finds rows of events by (key = ": "create index on events (key)",
}


@pytest.mark.parametrize("said", BAD)
async def test_it_would_be_noticed(crowded: Stage, said: str) -> None:
    (statement,) = BAD[said]
    actor = "owner" if statement.client == MEMBER else None
    looked = await look(crowded, actor, [statement], BROKEN.get(said, ""))
    assert [each for each in looked.found.get("control", ()) if each.startswith(said)], looked.found
