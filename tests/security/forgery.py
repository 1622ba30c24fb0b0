"""Probes: things that an injected statement would try. Each answers with what it got hold of, or with nothing."""

import json
from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import uuid4

import asyncpg

from coursecove.kit.db import Claims
from coursecove.kit.errors import ProblemError
from tests.security.stage import Stage

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Probe: TypeAlias = Callable[[Stage], Awaitable[list[str]]]

SEEN = "select coalesce(string_agg(name, ', ' order by name), '') from organizations"
HOME, ELSEWHERE = "Harbour Music School", "Stillwater Yoga Studio"


async def attempt(connection: Connection, sql: str, *args: object) -> object:
    """What the statement answers, or the state it is refused with; the transaction goes on."""
    await connection.execute("savepoint attempt")
    try:
        answer: object = await connection.fetchval(sql, *args)
    except asyncpg.PostgresError as refusal:
        await connection.execute("rollback to attempt")
        return f"refused {refusal.sqlstate}"
    await connection.execute("release attempt")
    return answer


async def a_union_that_sets_the_context(stage: Stage) -> list[str]:
    visitor = stage.subjects["visitor"]
    forged = json.dumps(
        {"sub": stage.claims("visitor").subject, "cc_org": str(visitor.school), "exp": 9999999999}
    )
    ends = "(select substring(current_setting('app.context') from '[^|]*$'))"
    body = f"'{visitor.school}|{visitor.member}|{visitor.user}|SUPER_ADMIN|||' || {ends}"
    async with stage.as_(stage.actor("student")) as connection:
        rows = await connection.fetch(f"""
            select set_config('request.jwt.claims', '{forged}', true) as name
            union all select set_config('app.context', {body}, true)
            union all select set_config('app.org_id', '{visitor.school}', true)
            union all ({SEEN})""")
    return [row["name"] for row in rows if ELSEWHERE in row["name"]]


async def a_context_with_the_same_seal(stage: Stage) -> list[str]:
    visitor = stage.subjects["visitor"]
    async with stage.as_(stage.actor("student")) as connection:
        parts = (await connection.fetchval("select current_setting('app.context')")).split("|")
        parts[0] = str(visitor.school)
        await connection.execute("select set_config('app.context', $1, true)", "|".join(parts))
        return [await connection.fetchval(SEEN)] if await connection.fetchval(SEEN) else []


async def a_role_raised_in_the_context(stage: Stage) -> list[str]:
    async with stage.as_(stage.actor("student")) as connection:
        body = await connection.fetchval("select current_setting('app.context')")
        raised = body.replace("STUDENT", "SUPER_ADMIN")
        await connection.execute("select set_config('app.context', $1, true)", raised)
        return ["became staff"] if await connection.fetchval("select app.is_staff()") else []


async def a_context_of_an_earlier_transaction(stage: Stage) -> list[str]:
    async with stage.as_(stage.actor("owner")) as connection:
        kept = await connection.fetchrow(
            "select current_setting('app.context'), current_setting('app.context_seal')"
        )
        await connection.execute("rollback")
        await connection.execute("begin")
        await connection.execute(
            "select set_config('role', 'authenticated', true), set_config('app.context', $1, true),"
            " set_config('app.context_seal', $2, true)",
            *(kept or ()),
        )
        return [name] if (name := await connection.fetchval(SEEN)) else []


async def a_context_of_another_connection(stage: Stage) -> list[str]:
    async with stage.as_(stage.actor("owner")) as theirs, stage.as_(stage.actor("nobody")) as mine:
        body, seal = await theirs.fetchrow(
            "select current_setting('app.context'), current_setting('app.context_seal')"
        )
        moment = await mine.fetchval("select current_setting('app.context')")
        forged = "|".join([*body.split("|")[:-1], moment.split("|")[-1]])
        found = []
        for each in (body, forged):
            await mine.execute(
                "select set_config('app.context', $1, true), set_config('app.context_seal', $2, true)",
                each,
                seal,
            )
            found.append(await mine.fetchval(SEEN))
        return [name for name in found if name]


async def a_seal_read_over_the_shoulder(stage: Stage) -> list[str]:
    """A UNION becomes the login role again and reads what its other sessions have just sent."""
    read = "select query from pg_stat_activity where usename = 'coursecove_app'"
    async with (
        stage.database(connections=2) as database,
        database.read(stage.claims("owner")),
        database.read(stage.claims("visitor")) as db,
    ):
        rows = await (await db.connection()).fetch(
            f"select set_config('role', 'none', true) as query union all {read}"
        )
    subject = stage.claims("owner").subject or ""
    telling = (subject, subject.encode().hex(), "'1.")
    return [row["query"] for row in rows if any(part in row["query"] for part in telling)]


async def claims_without_a_valid_seal(stage: Stage) -> list[str]:
    claims, seal = stage.sealed(stage.claims("student"))
    other = claims.replace(str(stage.subjects["student"].school), str(stage.subjects["visitor"].school))
    raised = other.replace(stage.claims("student").subject or "", stage.claims("visitor").subject or "")
    expired = Claims("user_x").as_json(lifetime_s=-1)
    endless = json.dumps(
        {"sub": stage.claims("owner").subject, "cc_org": str(stage.subjects["owner"].school)}
    )
    tried: list[tuple[str | None, str | None]] = [
        (other, seal),
        (raised, seal),
        (claims + " ", seal),
        (raised, None),
        (raised, ""),
        (raised, "1."),
        (raised, "1"),
        (raised, "99."),
        (raised, "99.00"),
        (raised, "99." + seal.partition(".")[2]),
        (claims, "1." + "00" * 32),
        (None, seal),
        (None, None),
        (expired, stage.config.seal_key.seal(expired)),
        (endless, stage.config.seal_key.seal(endless)),
    ]
    async with stage.as_(stage.actor("not entered")) as connection:
        return [
            f"entered with {pair}"
            for pair in tried
            if not str(await attempt(connection, "select app.enter($1, $2)", *pair)).startswith("refused")
        ]


async def claims_changed_after_entering(stage: Stage) -> list[str]:
    forged = json.dumps({"sub": "user_forged", "sid": "sess_forged"})
    async with stage.as_(stage.actor("owner")) as connection:
        await connection.execute("select set_config('request.jwt.claims', $1, true)", forged)
        await connection.execute("select set_config('app.session', 'sess_forged', true)")
        found = [
            await connection.fetchval("select auth.sub()"),
            await connection.fetchval("select auth.jwt()"),
        ]
        await attempt(connection, "select app.provision_me($1)", uuid4())
        await connection.execute("update organizations set locale = 'forged'")
        entry = "select session_id from audit_log where after->>'locale' = 'forged'"
        found.append(await connection.fetchval(entry))
        await connection.execute("reset role")
    return [str(each) for each in found if each is not None and "forged" in str(each)]


async def people_made_for_others(stage: Stage) -> list[str]:
    """provision_me makes a line for the caller alone, and does not tell which ids are taken."""
    newcomer = Claims("user_newcomer", None, "sess_newcomer")
    answers = set()
    for user in (stage.subjects["foreign"].user, uuid4()):
        async with stage.as_(stage.actor("not entered")) as connection:
            await connection.execute("rollback")
            await connection.execute("begin")
            await connection.execute("select app.enter($1, $2)", *stage.sealed(newcomer))
            await connection.execute("set local role authenticated")
            answers.add(str(await attempt(connection, "select app.provision_me($1)", user)))
    return [] if len(answers) == 1 else sorted(answers)


async def other_roles(stage: Stage) -> list[str]:
    mighty = ("coursecove_service", "coursecove_owner", "coursecove_definer", "postgres", "pg_read_all_data")
    tries = [f"{become} {role}" for become in ("set role", "set session authorization") for role in mighty]
    async with stage.as_(stage.actor("owner")) as connection:
        return [sql for sql in tries if not str(await attempt(connection, sql)).startswith("refused")]


async def row_security_off(stage: Stage) -> list[str]:
    async with stage.as_(stage.actor("student")) as connection:
        await connection.execute("set row_security = off")
        answer = await attempt(connection, SEEN)
    return [] if answer == "refused 42501" else [str(answer)]


async def writing_while_reading(stage: Stage) -> list[str]:
    tries = (
        "select set_config('transaction_read_only', 'off', true)",
        "set transaction read write",
        "update organizations set locale = locale",
        "select app.token_used()",
        "select pg_notify('x', 'y')",
    )
    async with stage.database() as database, database.read(stage.claims("owner")) as db:
        connection = await db.connection()
        answers = {sql: await attempt(connection, sql) for sql in tries}
    return [f"{sql}: {answers[sql]}" for sql in tries[:3] if not str(answers[sql]).startswith("refused")]


async def a_key_that_comes_back(stage: Stage) -> list[str]:
    async with stage.as_(stage.actor("owner")) as connection:
        revived = await attempt(connection, "update api_tokens set revoked_at = null returning name")
    return [] if str(revived).startswith("refused") else [str(revived)]


async def a_school_by_somebody_elses_answer(stage: Stage) -> list[str]:
    """What the product does when claims name a school the person is not of: nothing, and no error of ours."""
    async with stage.database() as database:
        try:
            async with database.read(stage.claims("visitor")) as db:
                seen = await db.value(SEEN)
        except ProblemError as problem:
            return [repr(problem)]
    return [seen] if seen else []


PROBES: tuple[Probe, ...] = (
    a_union_that_sets_the_context,
    a_context_with_the_same_seal,
    a_role_raised_in_the_context,
    a_context_of_an_earlier_transaction,
    a_context_of_another_connection,
    a_seal_read_over_the_shoulder,
    claims_without_a_valid_seal,
    claims_changed_after_entering,
    people_made_for_others,
    other_roles,
    row_security_off,
    writing_while_reading,
    a_key_that_comes_back,
    a_school_by_somebody_elses_answer,
)
