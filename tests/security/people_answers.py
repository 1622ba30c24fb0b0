"""Probes of what functions and triggers about people answer and let pass, and to whom."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg

from tests.security.forgery import Connection, Probe, attempt
from tests.security.stage import Stage

MAY_KNOW = {
    "owner": {"student", "another", "teacher"},
    "teacher": {"student", "another", "teacher"},
    "student": {"student"},
    "guardian": {"student"},
    "visitor": set(),
    "inactive": set(),
}
MINOR = """
    insert into managed_profiles (id, guardian_id, first_name, birth_date, username)
    values ($1, $2, 'Leo', current_date - 3000, $3)"""
RULES = "update organizations set serves_minors = $2, profiles_by = $3 where id = $1"
FORGET = "update managed_profiles set status = 'forgotten' where id = $1"
CONSENT = """
    insert into consent_records (id, profile_id, guardian_id, purpose, action, version, text_digest, method, signature)
    values (gen_random_uuid(), $1, $2, 'profile', $3, '1', '\\x00', $4, 'x')"""
ATTACH = "select app.attach_profile($1, $2, null, gen_random_uuid())"
NEWCOMER = """
    with person as (insert into users (id, clerk_user_id, email) values (gen_random_uuid(), $1, $3) returning id)
    insert into organization_memberships (organization_id, id, user_id, role, clerk_membership_id, display_name, sort_name)
    select $2, gen_random_uuid(), person.id, $4, $1, 'Leo', 'leo' from person returning id"""


@asynccontextmanager
async def prepared(stage: Stage) -> AsyncIterator[Connection]:
    """The administrator's transaction, rolled back at its end: rows are laid out, then somebody enters."""
    connection = await asyncpg.connect(stage.url)
    try:
        await connection.execute("begin")
        yield connection
    finally:
        await connection.close()


async def become(stage: Stage, connection: Connection, name: str) -> None:
    await connection.execute("reset role")
    await connection.execute("select app.enter($1, $2)", *stage.sealed(stage.claims(name)))
    await connection.execute("select set_config('role', 'authenticated', true)")


async def names_at_the_provider(stage: Stage) -> list[str]:
    asked = {name: stage.subjects[name].member for name in ("student", "another", "teacher", "foreign")}
    found = []
    for actor, allowed in MAY_KNOW.items():
        async with stage.as_(stage.actor(actor)) as connection:
            for name, member in asked.items():
                sql = "select user_ref from app.provider_ids(array[$1::uuid])"
                known = await connection.fetchval(sql, member) is not None
                if known != (name in allowed):
                    found.append(f"{actor} about {name}: {known}")
    return found


async def addresses_that_are_asked_for(stage: Stage) -> list[str]:
    """Whether an address belongs to a member is told to owners, of their own school."""
    asked = ["amara@example.com", "lena@example.com"]
    expected = {"owner": 1, "school key": 1, "teacher": 0, "student": 0, "guardian": 0, "visitor": 0}
    found = []
    for actor, wanted in expected.items():
        async with stage.as_(stage.actor(actor)) as connection:
            count = await connection.fetchval("select count(*) from app.members_by_email($1)", asked)
        if count != wanted:
            found.append(f"{actor}: {count}")
    return found


async def addresses_that_are_searched(stage: Stage) -> list[str]:
    """Part of an address finds members of the own school, for its staff."""
    found = []
    for actor in ("owner", "teacher", "student", "guardian", "visitor"):
        async with stage.as_(stage.actor(actor)) as connection:
            hit = await connection.fetch("select * from app.members_with_email('%@example.com') m (id)")
            ids = {row["id"] for row in hit}
        staff = actor in ("owner", "teacher")
        if bool(ids) != staff or stage.subjects["foreign"].member in ids:
            found.append(f"{actor}: {len(ids)}")
    return found


async def profiles_of_others(stage: Stage) -> list[str]:
    """Those of the children whom somebody stands for; a child's own is not theirs to decide on."""
    async with prepared(stage) as connection:
        made = await _child(stage, connection, guardian="guardian", student="student")
        foreign = await _child(stage, connection, guardian="foreign", student=None)
        found = []
        for name, wanted in {"guardian": True, "student": False, "teacher": False, "visitor": False}.items():
            await become(stage, connection, name)
            mine = {row[0] for row in await connection.fetch("select app.my_profile_ids()")}
            if (made in mine) != wanted or (foreign in mine and name != "visitor"):
                found.append(f"{name}: {made in mine} {foreign in mine}")
    return found


async def profiles_of_the_grown_up(stage: Stage) -> list[str]:
    """On the day somebody is 18 they are in nobody's care any more, whatever the profile says."""
    async with prepared(stage) as connection:
        made = await _child(stage, connection, guardian="guardian", student="student")
        await connection.execute("set local session_replication_role = replica")
        await connection.execute(
            "update managed_profiles set birth_date = current_date - 7000 where id = $1", made
        )
        await become(stage, connection, "guardian")
        mine = {row[0] for row in await connection.fetch("select app.my_profile_ids()")}
    return ["a guardian"] if made in mine else []


async def profiles_against_the_rules(stage: Stage) -> list[str]:
    """Who makes profiles, and whether anybody does, is what the school's rules say; nobody forgets one by hand."""
    cases = [
        (True, "guardians", {"owner": True, "teacher": True, "guardian": True}),
        (True, "staff", {"owner": True, "teacher": True, "guardian": False}),
        (True, "owners", {"owner": True, "teacher": False, "guardian": False}),
        (False, "guardians", {"owner": False, "teacher": False, "guardian": False}),
    ]
    found, guardian = [], stage.subjects["guardian"]
    async with prepared(stage) as connection:
        child = await _child(stage, connection, guardian="guardian", student="student")
        await connection.execute("set local session_replication_role = replica")
        await connection.execute("update managed_profiles set status = 'active' where id = $1", child)
        await connection.execute("set local session_replication_role = origin")
        for minors, makers, wanted in cases:
            await connection.execute("reset role")
            await connection.execute(RULES, guardian.school, minors, makers)
            for name, may in wanted.items():
                await become(stage, connection, name)
                said = await attempt(connection, MINOR, uuid4(), guardian.member, f"x{uuid4().hex[:9]}")
                if (said is None) != may:
                    found.append(f"{name} under {minors} {makers}: {said}")
        if await attempt(connection, FORGET, child) != "refused 23514":
            found.append("forgotten by hand")
    return found


async def the_last_owner_who_goes(stage: Stage) -> list[str]:
    """Of two owners one may go, and not the other as well; somebody removed is no owner any more."""
    owner, teacher = stage.subjects["owner"], stage.subjects["teacher"]
    ask = "insert into team_changes (id, kind, member_id, role, status) values (gen_random_uuid(), $1, $2, $3, 'asked')"
    found = []
    async with prepared(stage) as connection:
        await become(stage, connection, "owner")
        elsewhere = ask.replace("(id,", "(organization_id, id,").replace("(gen_random", "($4, gen_random")
        foreign = stage.subjects["visitor"]
        answers = [
            await attempt(connection, elsewhere, "removal", member, None, foreign.school)
            for member in (foreign.member, uuid4())
        ]
        if set(answers) != {"refused 42501"}:
            found.append(f"an owner of another school is told from nobody: {answers}")
        for kind, role in (("removal", None), ("role", "TEACHER")):
            if await attempt(connection, ask, kind, owner.member, role) != "refused 23514":
                found.append(f"the only owner: {kind}")
        await connection.execute("reset role")
        promote = "update organization_memberships set role = 'SUPER_ADMIN', status = $2 where id = $1"
        await connection.execute(promote, teacher.member, "INACTIVE")
        await become(stage, connection, "owner")
        if await attempt(connection, ask, "removal", owner.member, None) != "refused 23514":
            found.append("beside somebody removed")
        await connection.execute("reset role")
        await connection.execute(promote, teacher.member, "ACTIVE")
        await become(stage, connection, "owner")
        if await attempt(connection, ask, "removal", teacher.member, None) is not None:
            found.append("one of two stays")
        if await attempt(connection, ask, "removal", owner.member, None) != "refused 23514":
            found.append("both of two")
    return found


async def profiles_without_consent(stage: Stage) -> list[str]:
    """No adult's profile, no child without consent, none attached to somebody else, suspended with a withdrawal."""
    async with prepared(stage) as connection:
        found = await _profiles_that_are_none(stage, connection)
        profile = uuid4()
        await connection.execute(MINOR, profile, stage.subjects["guardian"].member, "leo")
        return found + await _consents(stage, connection, profile)


async def _profiles_that_are_none(stage: Stage, connection: Connection) -> list[str]:
    found = []
    await become(stage, connection, "guardian")
    adult = MINOR.replace("current_date - 3000", "current_date - 7000")
    guardian, student = stage.subjects["guardian"].member, stage.subjects["student"].member
    if await attempt(connection, adult, uuid4(), guardian, "adult") != "refused 23514":
        found.append("an adult")
    await become(stage, connection, "student")
    if await attempt(connection, MINOR, uuid4(), student, "x1") != "refused 23514":
        found.append("a student as guardian")
    await become(stage, connection, "guardian")
    return found


async def _consents(stage: Stage, connection: Connection, profile: UUID) -> list[str]:
    """Before consent, by whom it may be given, and what it allows."""
    found, guardian = [], stage.subjects["guardian"].member
    newcomers = {
        "child": (None, "STUDENT"),
        "with address": ("x@example.com", "STUDENT"),
        "teacher": (None, "TEACHER"),
    }
    refs = {name: await _newcomer(stage, connection, name, *facts) for name, facts in newcomers.items()}
    await become(stage, connection, "guardian")
    if await attempt(connection, ATTACH, profile, refs["child"]) != "refused 23514":
        found.append("without consent")
    on_paper = await attempt(connection, CONSENT, profile, guardian, "given", "paper")
    if not str(on_paper).startswith("refused"):
        found.append("a guardian on paper")
    await become(stage, connection, "teacher")
    another = stage.subjects["another"].member
    if await attempt(connection, CONSENT, profile, another, "given", "paper") != "refused 23514":
        found.append("consent of a stranger")
    await become(stage, connection, "guardian")
    await connection.execute(CONSENT, profile, guardian, "given", "online")
    wrong = ("with address", "teacher")
    found += [
        f"attached to {name}" for name in wrong if await attempt(connection, ATTACH, profile, refs[name])
    ]
    return found + await _attached(stage, connection, profile, refs["child"])


async def _attached(stage: Stage, connection: Connection, profile: UUID, child: str) -> list[str]:
    found = []
    await become(stage, connection, "student")
    if await attempt(connection, ATTACH, profile, child) is not None:
        found.append("attached by a student")
    await become(stage, connection, "guardian")
    member = await attempt(connection, ATTACH, profile, child)
    if not isinstance(member, UUID):
        found.append(f"not attached: {member}")
    await connection.execute(CONSENT, profile, stage.subjects["guardian"].member, "withdrawn", "online")
    return found + await _after_withdrawal(stage, connection, profile)


async def _after_withdrawal(stage: Stage, connection: Connection, profile: UUID) -> list[str]:
    found = []
    await connection.execute("reset role")
    row = await connection.fetchrow(
        "select p.status, m.suspended_at is not null as shut from managed_profiles p"
        " join organization_memberships m on m.id = p.member_id where p.id = $1",
        profile,
    )
    if row is None or tuple(row) != ("suspended", True):
        found.append(f"after the withdrawal: {row}")
    await become(stage, connection, "guardian")
    resume = "update managed_profiles set status = 'active' where id = $1"
    if await attempt(connection, resume, profile) != "refused 23514":
        found.append("resumed without consent")
    await connection.execute(CONSENT, profile, stage.subjects["guardian"].member, "given", "online")
    if await attempt(connection, resume, profile) != "refused 23514":
        found.append("resumed by the guardian")
    return found


async def somebody_suspended_comes_in(stage: Stage) -> list[str]:
    async with prepared(stage) as connection:
        member = stage.subjects["student"].member
        await connection.execute(
            "update organization_memberships set suspended_at = now() where id = $1", member
        )
        await become(stage, connection, "student")
        who = await connection.fetchval("select app.member_id()")
        schools = await connection.fetchval("select count(*) from app.my_schools()")
    return [] if who is None and schools == 0 else [f"{who} {schools}"]


async def reads_that_are_not_noted(stage: Stage) -> list[str]:
    """A note says who read, in whose school, and that it was a read; nobody else writes one."""
    found = []
    subject = uuid4()
    for name in ("teacher", "nobody"):
        async with prepared(stage) as connection:
            await become(stage, connection, name)
            said = await attempt(connection, "select app.note_read('managed_profiles', $1, null)", subject)
            await connection.execute("reset role")
            row = await connection.fetchrow(
                "select organization_id, actor_id, session_id, action from audit_log where row_id = $1",
                subject,
            )
        known = stage.subjects["teacher"]
        wanted = (known.school, known.member, "sess_teacher", "read")
        if (name == "teacher") != (row is not None and tuple(row) == wanted):
            found.append(f"{name}: {said} {row}")
        if name == "nobody" and said != "refused 28000":
            found.append(f"nobody: {said}")
    return found


async def _child(stage: Stage, connection: Connection, *, guardian: str, student: str | None) -> UUID:
    await connection.execute("reset role")
    profile, of = uuid4(), stage.subjects[guardian]
    await connection.execute(
        "insert into managed_profiles (organization_id, id, guardian_id, first_name, birth_date, username, member_id)"
        " values ($1, $2, $3, 'Leo', current_date - 3000, $4, $5)",
        of.school,
        profile,
        of.member,
        f"u{profile.hex[:10]}",
        None,
    )
    if student is not None:
        await connection.execute(
            "update managed_profiles set member_id = null where member_id = $1",
            stage.subjects[student].member,
        )
        await connection.execute(
            "update managed_profiles set member_id = $1 where id = $2",
            stage.subjects[student].member,
            profile,
        )
    return profile


async def _newcomer(stage: Stage, connection: Connection, name: str, email: str | None, role: str) -> str:
    await connection.execute("reset role")
    ref = f"probe_{name.replace(' ', '_')}"
    await connection.execute(NEWCOMER, ref, stage.subjects["guardian"].school, email, role)
    return ref


PROBES: tuple[Probe, ...] = (
    names_at_the_provider,
    addresses_that_are_asked_for,
    addresses_that_are_searched,
    profiles_of_others,
    profiles_of_the_grown_up,
    profiles_against_the_rules,
    the_last_owner_who_goes,
    profiles_without_consent,
    somebody_suspended_comes_in,
    reads_that_are_not_noted,
)
