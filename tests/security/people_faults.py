"""Faults of the functions about people: what is replaced in which body."""

PEOPLE_SIGNATURES = {
    "app.provider_ids": "app.provider_ids(uuid[])",
    "app.members_by_email": "app.members_by_email(text[])",
    "app.members_with_email": "app.members_with_email(text)",
    "app.attach_profile": "app.attach_profile(uuid, text, text, uuid)",
    "app.note_read": "app.note_read(text, uuid, jsonb)",
}

PEOPLE_FAULTS: dict[str, dict[str, tuple[str, str]]] = {
    "app.provider_ids": {
        "are_of_every_school": ("m.organization_id = app.org_id()", "true"),
        "are_for_everybody": ("app.is_staff() or", "true or"),
    },
    "app.members_by_email": {
        "are_of_every_school": ("and m.organization_id = app.org_id()", ""),
        "are_for_everybody": ("and app.is_admin()", ""),
    },
    "app.members_with_email": {
        "are_of_every_school": ("m.organization_id = app.org_id() and", ""),
        "are_for_everybody": ("and app.is_staff()", ""),
    },
    "app.my_profile_ids": {
        "are_everybody_s": ("p.guardian_id = app.member_id()", "true"),
        "are_of_every_school": ("p.organization_id = app.org_id() and p.status", "p.status"),
        "are_one_s_own_too": ("p.member_id <> app.member_id() and", ""),
        "are_grown_ups_too": (
            "p.birth_date + 0 > (now() at time zone o.time_zone)::date - interval '18 years'",
            "true",
        ),
    },
    "app.guard_last_owner": {
        "lets_the_last_one_go": (
            "raise exception 'a school keeps an owner'",
            "raise notice 'a school keeps an owner'",
        ),
        "counts_the_removed": (
            "and m.role = 'SUPER_ADMIN' and m.status = 'ACTIVE'\n          and not exists",
            "and m.role = 'SUPER_ADMIN'\n          and not exists",
        ),
        "counts_those_who_go_too": ("c.status = 'asked'", "false"),
    },
    "app.check_guardian": {
        "takes_anybody_for_a_guardian": (
            "raise exception 'a guardian stands for a child'",
            "raise notice 'a guardian stands for a child'",
        ),
    },
    "app.guard_profile": {
        "takes_adults": (
            "raise exception 'a profile is for a child'",
            "raise notice 'a profile is for a child'",
        ),
        "takes_children_where_none_are_taught": ("if not minors then", "if false then"),
        "takes_anybody_s": ("or makers = 'guardians'", "or true"),
        "takes_the_staff_s_where_owners_make": ("app.is_staff() and makers <> 'owners'", "app.is_staff()"),
        "lets_people_forget": ("and app.org_id() is null then", "then"),
        "goes_without_consent": ("raise exception 'no consent'", "raise notice 'no consent'"),
        "lets_guardians_resume": (
            "raise exception 'the school decides'",
            "raise notice 'the school decides'",
        ),
        "leaves_the_member_in": ("m.suspended_at is distinct from new.suspended_at", "false"),
    },
    "app.heed_consent": {
        "takes_any_guardian": (
            "raise exception 'not this child''s guardian'",
            "raise notice 'not this child''s guardian'",
        ),
        "does_not_heed_a_withdrawal": ("new.action = 'withdrawn'", "false"),
    },
    "app.attach_profile": {
        "takes_anybody_s_profile": ("and (app.is_staff() or p.id in (select app.my_profile_ids()))", ""),
        "takes_somebody_with_an_address": ("and u.email is null", ""),
        "takes_whatever_role": ("and m.role = 'STUDENT'", ""),
    },
    "app.note_read": {
        "lets_nobody_write": ("if app.org_id() is null then", "if false then"),
        "says_it_was_a_change": ("'read'", "'update'"),
    },
}
