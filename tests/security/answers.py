"""Probes of the functions that read past the policies: each says what it is for, and to whom it is for."""

import json
from hashlib import sha256
from uuid import uuid4

from coursecove.kit.db import Claims
from tests.security.forgery import Probe, attempt
from tests.security.stage import Stage

SCHOOLS = "select coalesce(string_agg(label || ' ' || role, ', ' order by label), '') from app.my_schools()"
EXPECTED_SCHOOLS = {
    "owner": "musicschool SUPER_ADMIN",
    "teacher": "musicschool TEACHER, yogastudio STUDENT",
    "visitor": "yogastudio SUPER_ADMIN",
    "inactive": "",
    "deleted": "",
    "suspended": "",
    "nobody": "",
}
EMAILS = "select array_agg(email order by email) from app.member_emails($1)"
MAY_KNOW = {
    "owner": {"student", "another", "teacher"},
    "teacher": {"student", "another", "teacher"},
    "student": {"student"},
    "guardian": {"student"},
    "visitor": set(),
    "inactive": set(),
}


async def schools_of_others(stage: Stage) -> list[str]:
    found = []
    for name, expected in EXPECTED_SCHOOLS.items():
        async with stage.as_(stage.actor(name)) as connection:
            seen = await connection.fetchval(SCHOOLS)
        if seen != expected:
            found.append(f"{name}: {seen!r}")
    return found


async def addresses_of_others(stage: Stage) -> list[str]:
    asked = {name: stage.subjects[name].member for name in ("student", "another", "teacher", "foreign")}
    found = []
    for actor, allowed in MAY_KNOW.items():
        async with stage.as_(stage.actor(actor)) as connection:
            for name, member in asked.items():
                known = await connection.fetchval(EMAILS, [member]) is not None
                if known != (name in allowed):
                    found.append(f"{actor} about {name}: {known}")
    return found


async def schools_that_are_not_open(stage: Stage) -> list[str]:
    expected = {
        "musicschool": 1,
        "redirected": 1,
        "suspended": 0,
        "held": 0,
        "unverified": 0,
        "gone": 0,
        "": 0,
    }
    found = []
    async with stage.as_(stage.actor("bare login")) as connection:
        for host, wanted in expected.items():
            count = await connection.fetchval("select count(*) from app.school_by_host($1)", host)
            if count != wanted:
                found.append(f"{host}: {count}")
    return found


async def keys_that_do_not_open(stage: Stage) -> list[str]:
    expected = {"school": 1, "teacher": 1, "revoked": 0, "expired": 0, "unknown": 0}
    found = []
    async with stage.as_(stage.actor("bare login")) as connection:
        for name, wanted in expected.items():
            digest = sha256(name.encode()).digest()
            count = await connection.fetchval("select count(*) from app.token_by_hash($1)", digest)
            if count != wanted:
                found.append(f"{name}: {count}")
    return found


async def keys_used_by_others(stage: Stage) -> list[str]:
    """Using a key marks this key and no other."""
    school = stage.actor("school key")
    async with stage.as_(school) as connection:
        await connection.execute("select app.token_used()")
        names = await connection.fetch("select name from api_tokens where last_used_at is not null")
    return [row["name"] for row in names if row["name"] != "school"] + ([] if names else ["none"])


async def answers_given_to_another_key(stage: Stage) -> list[str]:
    """What was answered to a key is not shown to its member's other sessions, nor the other way round."""
    insert = (
        "insert into idempotency_keys (id, key, request_hash) values (gen_random_uuid(), 'shared', '\\x00')"
        " returning caller"
    )
    callers = []
    for name in ("teacher", "teacher's key", "school key"):
        async with stage.as_(stage.actor(name)) as connection:
            callers.append(await connection.fetchval(insert))
    return [] if len(set(callers)) == 3 else [str(callers)]


WHO = """
    select jsonb_build_object('org', app.org_id(), 'member', app.member_id(), 'person', app.user_id(),
             'uid', auth.uid(), 'sub', auth.sub(), 'admin', app.is_admin(), 'staff', app.is_staff(),
             'role', app.member_role(), 'wards', array(select app.my_member_ids() except select app.member_id()))"""
NOBODY = {
    "org": None, "member": None, "person": None, "uid": None, "admin": False, "staff": False, "role": None,
    "wards": [],
}  # fmt: skip


async def what_the_helpers_say_of_the_caller(stage: Stage) -> list[str]:
    """Each helper answers for the one who entered, and for nobody where nobody did."""
    roles = {"owner": "SUPER_ADMIN", "teacher": "TEACHER", "student": "STUDENT", "guardian": "GUARDIAN"}
    expected = {name: {**NOBODY, "sub": stage.claims(name).subject} for name in ("suspended", "nobody")}
    for name, role in roles.items():
        subject = stage.subjects[name]
        expected[name] = {
            "org": str(subject.school),
            "member": str(subject.member),
            "person": str(subject.user),
            "uid": str(subject.user),
            "sub": stage.claims(name).subject,
            "admin": role == "SUPER_ADMIN",
            "staff": role in ("SUPER_ADMIN", "TEACHER"),
            "role": role,
            "wards": ["student"] if name == "guardian" else [],
        }
    expected["suspended"]["person"] = expected["suspended"]["uid"] = str(stage.subjects["suspended"].user)
    expected["not entered"] = {**NOBODY, "sub": None}
    found = []
    for name, wanted in expected.items():
        async with stage.as_(stage.actor(name)) as connection:
            said = json.loads(await connection.fetchval(WHO))
        known = {one: str(stage.subjects[one].member) for one in ("student", "foreign")}
        said["wards"] = [one for one, member in known.items() if member in said["wards"]]
        found += [f"{name}: {key} is {said[key]}" for key in wanted if said[key] != wanted[key]]
    return found


async def newcomers_who_are_not_let_in(stage: Stage) -> list[str]:
    """Whom the provider knows and we do not gets a line of their own, and is that person from then on."""
    sealed = stage.sealed(Claims("user_newcomer", None, "sess_newcomer"))
    async with stage.as_(stage.actor("not entered")) as connection:
        await connection.execute("select app.enter($1, $2)", *sealed)
        made = await attempt(connection, "select app.provision_me($1)", uuid4())
        await connection.execute("select app.enter($1, $2)", *sealed)
        known = await connection.fetchval("select count(*) from users where clerk_user_id = 'user_newcomer'")
    return [] if known == 1 else [str(made)]


PROBES: tuple[Probe, ...] = (
    schools_of_others,
    addresses_of_others,
    schools_that_are_not_open,
    keys_that_do_not_open,
    keys_used_by_others,
    answers_given_to_another_key,
    what_the_helpers_say_of_the_caller,
    newcomers_who_are_not_let_in,
)
