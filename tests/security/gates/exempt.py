"""What the gates may find all the same, each with its reason. An exemption that finds nothing fails too."""

EXEMPT: dict[str, dict[str, str]] = {
    "row security is enabled": {
        "app.alembic_version": "one line, the revision; nobody but the owner may read it",
    },
    "row security is forced": {
        "app.alembic_version": "one line, the revision; nobody but the owner may read it",
    },
    "open tables have a fence": {
        "organizations": "the school itself: its fence compares id with app.org_id()",
        "users": "a person is of no school: the fence compares id with app.user_id(), so only one's own row",
    },
    "permissive policies do not let everything through": {
        "organizations.people_select": "the fence leaves one row, and every member may read their school",
        "users.people_select": "the fence leaves one row, the caller's own",
    },
    "unique indexes carry the school": {
        "hostnames_pkey": "a name belongs to one school on the whole platform; people may not insert names",
    },
    "tenant keys start with the school": {
        "hostnames": "the name is the key; a name outlives its school so that nobody else takes it over",
    },
    "a row's school is not null": {
        "hostnames.organization_id": "null once the school is gone: the name stays held",
    },
    "a deleted row takes no school away": {
        "hostnames_organization_id_fkey": "the name stays held after its school is gone",
    },
    "text columns that hold secrets are not readable": {
        "api_tokens.secret_hash": "SHA-256 of 256 random bits, of no use to a reader",
        "audit_log.session_id": "the session's public id, not its token",
    },
    "people call no function that reads past the policies": {
        "app.enter(text,text,integer)": "the entrance: answers nothing, and only to claims with our seal",
        "app.context_part(integer)": "gives back what `enter` wrote for this very transaction",
        "app.school_by_host(text)": "the public address book: every visitor of a host gets this",
        "app.token_by_hash(bytea)": "whoever has the key may enter with it",
        "app.token_used()": "marks the key that the caller entered with, and no other",
        "app.my_member_ids()": "the caller's own rows and those of the children they stand for",
        "app.my_schools()": "the schools that the caller belongs to",
        "app.member_emails(uuid[])": "addresses of the own school, as far as the caller may know them",
        "app.provision_me(uuid)": "makes a line for the caller alone",
        "app.provider_ids(uuid[])": "the provider's names of those whose addresses the caller may know",
        "app.members_by_email(text[])": "who of the own school has an address, for its owners",
        "app.members_with_email(text)": "members of the own school by a part of their address, for its staff",
        "app.my_profile_ids()": "profiles of the children whom the caller stands for",
        "app.attach_profile(uuid,text,text,uuid)": "makes a profile in the caller's care a new student's, who has no address",
        "app.note_read(text,uuid,jsonb)": "adds to the own school's audit log that the caller has read something",
    },
    "functions that may change something are the reviewed ones": {
        "app.enter(text,text,integer)": "writes the context",
        "app.open(text,text,integer)": "enters and becomes `authenticated`",
        "app.open_member(text,text,integer)": "opens, and answers the member",
        "app.dashboard(text,text,integer)": "opens, and answers the home page",
        "app.token_used()": "marks the key",
        "app.provision_me(uuid)": "makes the caller's line",
        "app.new_id()": "another value each time",
        "app.append_to_audit(audit_log)": "adds the next link of a school's chain; only definers may call it",
        "app.note_read(text,uuid,jsonb)": "adds to the audit log that the caller has read something",
        "app.attach_profile(uuid,text,text,uuid)": "lets a child in once a guardian has consented",
        **dict.fromkeys(
            (
                "app.take_webhooks(text[],jsonb,bytea[],integer)",
                "app.settle_webhooks(jsonb,text[])",
                "app.tell_of_webhooks(jsonb)",
                "app.apply_objects(jsonb)",
                "app.mirror_objects(jsonb)",
                "app.project_people(text[])",
                "app.forget_people(text[])",
                "app.project_members(text[],text[],text[],text[])",
                "app.end_memberships(text[],text[])",
                "app.project_school(text)",
                "app.open_school(uuid,text,jsonb,boolean)",
                "app.move_school(uuid,jsonb)",
                "app.close_school(uuid)",
                "app.reopen_school(uuid)",
                "app.free_label(jsonb,uuid)",
                "app.give_label(uuid,text)",
                "app.emit(uuid,text,jsonb,text)",
            ),
            "the webhook pipeline's, as its caller, which only the service client may be",
        ),
    },
    "schemas are the reviewed ones": {
        "probe": "made for these tests",
    },
}
