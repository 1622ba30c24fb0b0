"""Faults of the helper functions: what is replaced in which body."""

import asyncpg

from tests.security.people_faults import PEOPLE_FAULTS, PEOPLE_SIGNATURES
from tests.security.scheduling_faults import SCHEDULING_FAULTS, SCHEDULING_SIGNATURES

Edit = tuple[str, str, str]

SIGNATURES = {
    "app.enter": "app.enter(text, text, integer)",
    "app.context_part": "app.context_part(integer)",
    "app.member_emails": "app.member_emails(uuid[])",
    "app.school_by_host": "app.school_by_host(text)",
    "app.token_by_hash": "app.token_by_hash(bytea)",
    "app.provision_me": "app.provision_me(uuid)",
    "app.mac": "app.mac(text, integer)",
    "app.append_to_audit": "app.append_to_audit(audit_log)",
    **PEOPLE_SIGNATURES,
    **SCHEDULING_SIGNATURES,
}
CLAIMED = "nullif(current_setting('request.jwt.claims', true), '')::jsonb"


def _of(function: str, **faults: tuple[str, str]) -> dict[str, tuple[Edit, ...]]:
    return {
        f"{function} {name.replace('_', ' ')}": ((function, old, new),) for name, (old, new) in faults.items()
    }


FUNCTION_FAULTS: dict[str, tuple[Edit, ...]] = {
    **_of(
        "app.enter",
        trusts_claims_without_a_seal=("if not coalesce(app.mac", "if false and not coalesce(app.mac"),
        takes_null_for_a_seal=("'hex'), false) then", "'hex'), true) then"),
        ignores_the_expiry=("< extract(epoch from clock_timestamp())", "< 0"),
        takes_claims_without_expiry=("'exp')::numeric, 0)", "'exp')::numeric, 9e9)"),
        ignores_the_school_s_status=("and o.status = 'ACTIVE'", ""),
        ignores_the_membership_s_status=("and m.status = 'ACTIVE'", ""),
        ignores_that_a_profile_is_suspended=("and m.suspended_at is null", ""),
        ignores_the_person_s_status=("and u.status = 'ACTIVE'", ""),
        takes_a_membership_anywhere=("and m.organization_id = organization", ""),
        takes_a_school_without_membership=("organization := null;", "null;"),
        takes_any_person=("u.clerk_user_id = asked->>'sub'", "u.clerk_user_id >= asked->>'sub'"),
        ignores_that_a_key_was_revoked=("and t.revoked_at is null", ""),
        ignores_that_a_key_expired=("t.expires_at > now()", "true"),
        takes_a_key_in_other_hands=("t.member_id = member)", "true)"),
        takes_a_key_of_another_school=("t.organization_id = organization and", ""),
        takes_a_key_that_is_not_there=("member := null; member_role := null;", "null;"),
        makes_every_key_the_school_s=("elsif token.member_id is null then", "else"),
        makes_everybody_an_owner=(
            "member_role := 'SUPER_ADMIN';",
            "null;\n  end if;\n  if member_role is not null then\n    member_role := 'SUPER_ADMIN';",
        ),
        seals_without_the_moment=("app.moment())", "'')"),
        seals_without_the_claims=("encode(sha256(convert_to(claims, 'UTF8')), 'hex')", "'x'"),
        leaves_the_timeout=("set_config('statement_timeout'", "set_config('app.timeout'"),
        keeps_the_context_beyond_the_transaction=(
            "set_config('app.context', body, true)",
            "set_config('app.context', body, false)",
        ),
    ),
    **_of(
        "app.context_part",
        trusts_whatever_is_set=(
            "return null;\n  end if;\n  return nullif",
            "null;\n  end if;\n  return nullif",
        ),
        ignores_the_moment=("right(body, length(ending)) <> ending or", ""),
        ignores_the_seal=("not exists (", "false and not exists ("),
        forgets_the_kind_of_message=("'context:' || body", "'claims:' || body"),
    ),
    "the moment is the connection's": (
        ("app.moment", "extract(epoch from transaction_timestamp())", "''"),
        ("app.context_part", "extract(epoch from transaction_timestamp())", "''"),
    ),
    "the moment is the time's": (
        ("app.moment", "pg_backend_pid()", "''"),
        ("app.context_part", "pg_backend_pid()", "''"),
    ),
    **_of("app.org_id", is_the_claimed_one=("app.context_part(1)::uuid", f"({CLAIMED}->>'cc_org')::uuid")),
    **_of("app.member_id", is_the_person_s=("app.context_part(2)", "app.context_part(3)")),
    **_of("app.user_id", is_the_member_s=("app.context_part(3)", "app.context_part(2)")),
    **_of("app.is_admin", includes_teachers=("= 'SUPER_ADMIN'", "in ('SUPER_ADMIN', 'TEACHER')")),
    **_of("app.is_admin", includes_the_unknown=(", false)", ", true)")),
    **_of("app.is_staff", includes_students=("'TEACHER')", "'TEACHER', 'STUDENT')")),
    **_of("app.is_staff", includes_guardians=("'TEACHER')", "'TEACHER', 'GUARDIAN')")),
    **_of("app.is_staff", includes_the_unknown=(", false)", ", true)")),
    **_of("app.is_staff", forgets_teachers=(", 'TEACHER'", "")),
    **_of(
        "app.caller",
        is_the_member=(
            "coalesce(app.context_part(5), app.context_part(2), app.context_part(7))",
            "app.context_part(2)",
        ),
    ),
    **_of(
        "auth.jwt", is_whatever_is_set=("app.context_part(6) =", "app.context_part(6) is not null or 'x' =")
    ),
    **_of("auth.uid", is_the_member_s=("app.context_part(3)", "app.context_part(2)")),
    **_of(
        "app.my_member_ids",
        are_everybody_s_wards=("and g.guardian_id = app.member_id()", ""),
        are_of_every_school=("g.organization_id = app.org_id() and ", ""),
        are_the_guardians_too=("select g.student_id from", "select g.guardian_id from"),
        forgets_oneself=("where app.member_id() is not null", "where false"),
    ),
    **_of(
        "app.my_schools",
        are_everybody_s=("m.user_id = app.user_id()", "true"),
        include_former_ones=("m.status = 'ACTIVE'", "true"),
        include_suspended_ones=("o.status = 'ACTIVE'", "true"),
    ),
    **_of(
        "app.member_emails",
        are_of_every_school=("m.organization_id = app.org_id()", "true"),
        are_for_everybody=("app.is_staff() or", "true or"),
    ),
    **_of(
        "app.school_by_host",
        shows_suspended_schools=("o.status = 'ACTIVE'", "true"),
        shows_unverified_names=("h.status in ('current', 'redirect')", "true"),
        shows_names_that_ended=("h.until > now()", "true"),
    ),
    **_of(
        "app.token_by_hash",
        shows_revoked_keys=("t.revoked_at is null", "true"),
        shows_expired_keys=("t.expires_at > now()", "true"),
        shows_any_key=("t.secret_hash = digest", "t.secret_hash >= digest"),
    ),
    **_of("app.token_used", marks_every_key=("and t.id = app.context_part(5)::uuid", "")),
    **_of("app.provision_me", tells_taken_ids=("on conflict do", "on conflict (clerk_user_id) do")),
    **_of(
        "app.append_to_audit",
        writes_a_session_that_is_set=(
            "coalesce('support:' || app.support_id(), auth.jwt()->>'sid', auth.jwt()->>'token')",
            "current_setting('app.session', true)",
        ),
    ),
    **_of(
        "app.mac",
        forgets_the_key=(
            "k.opad || sha256(k.ipad || convert_to(message, 'UTF8'))",
            "convert_to(message, 'UTF8')",
        ),
    ),
    **{
        name: edit
        for function, faults in (PEOPLE_FAULTS | SCHEDULING_FAULTS).items()
        for name, edit in _of(function, **faults).items()
    },
}


async def edited(admin: "asyncpg.Connection[asyncpg.Record]", edits: tuple[Edit, ...]) -> str:
    """The functions' definitions with the faults in them."""
    statements = []
    for function, old, new in edits:
        signature = SIGNATURES.get(function, f"{function}()")
        text: str = await admin.fetchval("select pg_get_functiondef($1::text::regprocedure)", signature)
        head, body = text.split("$function$", 1)
        if old not in body:
            raise ValueError(f"{function} no longer says {old!r}: describe the fault anew")
        statements.append(head + "$function$" + body.replace(old, new))
    return ";".join(statements)
