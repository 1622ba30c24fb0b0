"""The stage of the hostile tests: who tries, and a row of every table for each person and school."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

import asyncpg

from coursecove import settings
from coursecove.accounts.founding import add_member, create_school, create_user
from coursecove.accounts.roles import Role
from coursecove.demo import external_id
from coursecove.kit.db import Claims, Database, DatabaseConfig
from coursecove.kit.db.provision import provision
from coursecove.migrations import run
from tests.security.tables import MEMBERS, Subject, Table, filled, tables

ATTEMPT = """
    create schema probe; grant usage on schema probe to public;
    create function probe.attempt(statements text[]) returns text[] language plpgsql as $$
    declare answers text[]; statement text; hit bigint;
    begin
      foreach statement in array statements loop
        begin
          if statement like 'select %' then
            execute 'select count(*) from (' || statement || ') x' into hit;
          else
            execute statement; get diagnostics hit = row_count;
          end if;
          raise exception using errcode = 'P0099';
        exception when sqlstate 'P0099' then answers := answers || hit::text;
          when others then answers := answers || sqlstate::text;
        end;
      end loop;
      return answers;
    end $$"""


@dataclass(frozen=True)
class Actor:
    """Somebody who tries everything. `role` is what the connection becomes; without claims nobody enters."""

    name: str
    claims: Claims | None
    mine: str | None = None
    role: str | None = "authenticated"


@dataclass(frozen=True)
class Stage:
    """A database, the actors, and where the specimens lie: table and person (or school) to a SQL condition."""

    url: str
    config: DatabaseConfig
    subjects: dict[str, Subject]
    tables: dict[str, Table]
    specimens: dict[tuple[str, str], str]
    actors: tuple[Actor, ...]
    identity_url: str = ""

    def on(self, name: str) -> "Stage":
        """The same stage in a copy of its database."""
        app_url, service_url = (
            run.with_database(url, name) for url in (self.config.app_url, self.config.service_url)
        )
        config = replace(self.config, app_url=app_url, service_url=service_url)
        return replace(self, url=run.with_database(self.url, name), config=config)

    def claims(self, name: str) -> Claims:
        """Those of an actor, or of somebody else of the stage."""
        if name not in {actor.name for actor in self.actors}:
            return Claims(subject_of(PEOPLE[name][1]), self.subjects[name].school, f"sess_{name}")
        claims = self.actor(name).claims
        assert claims is not None
        return claims

    @asynccontextmanager
    async def database(self, connections: int = 1) -> AsyncIterator[Database]:
        """The product's own two clients, each with a pool of one."""
        opened = await Database.open(replace(self.config, connections=connections))
        try:
            yield opened
        finally:
            await opened.close()

    def actor(self, name: str) -> Actor:
        return next(actor for actor in self.actors if actor.name == name)

    def sealed(self, claims: Claims) -> tuple[str, str]:
        text = claims.as_json(lifetime_s=600)
        return text, self.config.seal_key.seal(text)

    @asynccontextmanager
    async def as_(self, actor: Actor) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """A connection of the user client inside a transaction as this actor, rolled back afterwards."""
        connection = await asyncpg.connect(self.config.app_url)
        try:
            await self.enter(connection, actor)
            yield connection
        finally:
            await connection.close()

    async def enter(self, connection: "asyncpg.Connection[asyncpg.Record]", actor: Actor) -> None:
        await connection.execute("begin")
        if actor.claims is not None:
            await connection.execute("select app.enter($1, $2)", *self.sealed(actor.claims))
        if actor.role is not None:
            await connection.execute("select set_config('role', $1, true)", actor.role)


async def set_stage(url: str, loaded: settings.Settings) -> Stage:
    """Fill a seeded database with people of every standing and specimens of every table."""
    admin = await asyncpg.connect(url)
    await provision(admin, loaded.provision())
    config = loaded.database_config(url)
    database = await Database.open(config)
    await _suspended_school(database)
    await database.close()
    subjects = await _subjects(admin)
    await admin.execute(
        "update organizations set status = 'INACTIVE' where subdomain = 'suspended';"
        f"update {MEMBERS} set status = 'INACTIVE' where id = '{subjects['inactive'].member}';"
        f"update users set status = 'DELETED' where id = '{subjects['deleted'].user}';"
        "insert into hostnames (name, organization_id, kind, status, until)"
        f" select name, '{subjects['owner'].school}', 'subdomain', status, until from (values"
        " ('held', 'held', null), ('unverified', 'unverified', null), ('redirected', 'redirect', null),"
        " ('gone', 'redirect', now() - interval '1 day')) n (name, status, until)"
    )
    keys = {
        name: await _key(admin, subjects, name)
        for name in ("school", "revoked", "expired", "teacher", "foreign")
    }
    await admin.execute(TWIN, *_twin(subjects))
    await admin.execute(SUPPORT, subjects["owner"].school)
    known = await tables(admin)
    specimens = await _specimens(admin, known, subjects)
    await admin.execute(ATTEMPT)
    await admin.close()
    identity_url = loaded.identity_database_url(url)
    stage = Stage(url, config, subjects, known, specimens, (), identity_url)
    return replace(stage, actors=_actors(subjects, keys))


SUPPORT = """
    insert into support_accesses (organization_id, id, operator, operator_name, reason, may_change, starts_at, ends_at, ended_at)
    select $1, gen_random_uuid(), s.operator, 'Robin', 'asked for help', s.may_change, s.starts_at,
           s.starts_at + interval '1 hour', s.ended_at
      from (values ('user_looking', false, now(), null), ('user_mending', true, now(), null),
                   ('user_late', true, now() - interval '2 hours', null), ('user_ended', true, now(), now()))
           s (operator, may_change, starts_at, ended_at)"""

TWIN = f"""
    with twin as (
      insert into {MEMBERS} (organization_id, id, user_id, role, clerk_membership_id, display_name, sort_name)
      values ($1, $2, $3, 'GUARDIAN', 'orgmem_twin', 'Twin', 'twin') returning organization_id, id)
    insert into guardianships (organization_id, id, guardian_id, student_id)
    select organization_id, gen_random_uuid(), id, $4 from twin"""
"""A guardian of the other school whose row has the id of ours: ids are unique within a school only."""


def _twin(subjects: dict[str, Subject]) -> tuple[UUID, UUID, UUID, UUID]:
    foreign = subjects["foreign"]
    return foreign.school, subjects["guardian"].member, subjects["another"].user, foreign.member


PEOPLE = {
    "owner": ("musicschool", "amara@example.com"),
    "teacher": ("musicschool", "tomas@example.com"),
    "student": ("musicschool", "isla@example.com"),
    "guardian": ("musicschool", "priya@example.com"),
    "another": ("musicschool", "musicschool.1@example.com"),
    "inactive": ("musicschool", "marcus@example.com"),
    "deleted": ("musicschool", "hana@example.com"),
    "visitor": ("yogastudio", "lena@example.com"),
    "foreign": ("yogastudio", "maya@example.com"),
    "suspended": ("suspended", "sol@example.com"),
}
SUBJECT = f"""
    select o.id, m.id, u.id,
           (select s.id from {MEMBERS} s where s.organization_id = o.id and s.role = 'STUDENT' and s.id <> m.id
             order by s.created_at desc, s.id desc limit 1)
      from {MEMBERS} m join users u on u.id = m.user_id
      join organizations o on o.id = m.organization_id where o.subdomain = $1 and u.email = $2"""


async def _subjects(admin: "asyncpg.Connection[asyncpg.Record]") -> dict[str, Subject]:
    found = {}
    for name, (label, email) in PEOPLE.items():
        row = await admin.fetchrow(SUBJECT, label, email)
        assert row is not None, email
        found[name] = Subject(*row)
    return found


def _actors(subjects: dict[str, Subject], keys: dict[str, UUID]) -> tuple[Actor, ...]:
    here = subjects["owner"].school
    person = {name: subject_of(email) for name, (_, email) in PEOPLE.items()}

    def member(name: str, school: UUID = here, token: UUID | None = None) -> Claims:
        return Claims(person[name], school, f"sess_{name}", token)

    members = [Actor(name, member(name), name) for name in ("owner", "teacher", "student", "guardian")]
    nobodies = [Actor(name, member(name), name) for name in ("inactive", "deleted", "visitor")]
    tokens = [
        Actor(f"{name} key", Claims(None, here, None, keys[name]))
        for name in ("school", "revoked", "expired", "foreign")
    ]
    support = [
        Actor(name, Claims(f"user_{word}", here, f"sess_{word}"))
        for name, word in (
            ("support", "looking"),
            ("support that mends", "mending"),
            ("late support", "late"),
            ("ended support", "ended"),
        )
    ]
    elsewhere = Actor("support elsewhere", Claims("user_mending", subjects["foreign"].school, "sess_away"))
    return (
        *members,
        *support,
        elsewhere,
        Actor("teacher's key", member("teacher", token=keys["teacher"]), "teacher"),
        Actor("teacher's key in other hands", member("student", token=keys["teacher"]), "student"),
        *tokens,
        *nobodies,
        Actor("suspended", member("suspended", subjects["suspended"].school), "suspended"),
        Actor("nobody", Claims()),
        Actor("not entered", None),
        Actor("anon", None, role="anon"),
        Actor("bare login", None, role=None),
    )


def subject_of(email: str) -> str:
    """The external id of one of the cast by address."""
    return external_id("user", email.partition("@")[0].replace("musicschool.", "musicschool_"))


async def _suspended_school(database: Database) -> None:
    async with database.service() as db:
        sol = await create_user(
            db,
            external_id=subject_of("sol@"),
            email="sol@example.com",
            first_name="Sol",
            last_name="Reyes",
        )
        await create_school(
            db,
            external_id="org_suspended",
            name="Suspended School",
            slug="suspended",
            label="suspended",
            time_zone="UTC",
            locale="en-GB",
            brand_color="#000000",
        )
        await add_member(db, sol, Role.SUPER_ADMIN, external_id="orgmem_suspended")


async def _key(admin: "asyncpg.Connection[asyncpg.Record]", subjects: dict[str, Subject], name: str) -> UUID:
    """A key for programs: the school's own, or the teacher's."""
    subject = subjects[name if name in ("teacher", "foreign") else "owner"]
    found: UUID = await admin.fetchval(
        "insert into api_tokens (organization_id, id, member_id, created_by, name, scopes, secret_hash, hint,"
        " expires_at, revoked_at) values ($1, gen_random_uuid(), $2, $3, $4, '{}', $5, 'hint',"
        " case when $4 = 'expired' then now() - interval '1 minute' end,"
        " case when $4 = 'revoked' then now() end) returning id",
        subject.school,
        subject.member if name == "teacher" else None,
        subject.member,
        name,
        sha256(name.encode()).digest(),
    )
    return found


EXISTING = {"organizations": "school", "users": "user", MEMBERS: "member"}
DERIVED = frozenset({"lesson_progress"})
"""Tables whose rows triggers write when another table's specimen is laid out."""


async def _specimens(
    admin: "asyncpg.Connection[asyncpg.Record]", known: dict[str, Table], subjects: dict[str, Subject]
) -> dict[tuple[str, str], str]:
    """One row of each table for each person, or for each school where rows are nobody's."""
    found: dict[tuple[str, str], str] = {}
    for table in _referenced_first(known):
        for name, subject in subjects.items():
            if table.name in EXISTING:
                row_id = getattr(subject, EXISTING[table.name])
                found[table.name, name] = f"id = '{row_id}'"
                continue
            if table.name == "guardianships":
                continue
            row = filled(table, subject)
            returned = await admin.fetchrow(
                f"insert into {table.name} ({', '.join(row)}) values ({', '.join(row.values())})"
                f"{' on conflict do nothing' if table.name in DERIVED else ''} returning *"
            )
            if returned is None:
                about = [f"{name} = {row[name]}" for each in table.references for name in each.columns]
                returned = await admin.fetchrow(f"select * from {table.name} where {' and '.join(about)}")
            assert returned is not None
            found[table.name, name] = " and ".join(f"{part} = '{returned[part]}'" for part in table.key)
            for part in table.key:
                subject.known[table.name, part] = returned[part]
    found |= await _guardianships(admin, subjects)
    return found


async def _guardianships(
    admin: "asyncpg.Connection[asyncpg.Record]", subjects: dict[str, Subject]
) -> dict[tuple[str, str], str]:
    """Links are between two: guardian and student of the cast, two strangers here, two of the other school."""
    await admin.execute(
        "insert into guardianships (organization_id, id, guardian_id, student_id)"
        f" select $1, gen_random_uuid(), m.id, $2 from {MEMBERS} m where m.organization_id = $1"
        " and m.display_name = 'Grant Whitfield'",
        subjects["another"].school,
        subjects["another"].member,
    )
    one = {
        name: await admin.fetchval(
            "select id from guardianships where organization_id = $1 and student_id = $2",
            who.school,
            who.member,
        )
        for name, who in subjects.items()
        if name in ("student", "another", "foreign")
    }
    one["guardian"] = one["student"]
    return {("guardianships", name): f"id = '{row_id}'" for name, row_id in one.items()}


def _referenced_first(known: dict[str, Table]) -> list[Table]:
    ordered: list[Table] = []

    def visit(table: Table) -> None:
        for reference in table.references:
            if reference.target != table.name:
                visit(known[reference.target])
        if table not in ordered:
            ordered.append(table)

    for table in known.values():
        visit(table)
    return ordered
