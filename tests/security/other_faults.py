"""Faults of functions' attributes, keys, views, triggers, rights and roles, as plain SQL."""

HELPERS = (
    "app.context_part(integer)",
    "app.org_id()",
    "app.member_id()",
    "app.is_staff()",
    "app.my_member_ids()",
)
DEFINERS = (
    "app.mac(text, integer)",
    "app.member_emails(uuid[])",
    "app.token_by_hash(bytea)",
    "app.context_part(integer)",
)


def _each(functions: tuple[str, ...], change: str) -> dict[str, str]:
    return {f"{function} {change}": f"alter function {function} {change}" for function in functions}


OTHER: dict[str, str] = {
    **_each(HELPERS, "immutable"),
    **_each(HELPERS, "volatile"),
    **_each(HELPERS, "leakproof"),
    **_each(HELPERS, "parallel safe"),
    **_each(HELPERS, "reset search_path"),
    **_each(HELPERS, "set search_path = public"),
    **_each(DEFINERS, "owner to postgres"),
    **_each(DEFINERS, "reset row_security"),
    **{f"{name} for everybody": f"grant execute on function {name} to public" for name in DEFINERS},
    **{f"{name} for people": f"grant execute on function {name} to authenticated" for name in DEFINERS[::2]},
    "app.is_staff() as definer": "alter function app.is_staff() security definer",
    "app.member_emails(uuid[]) as invoker": "alter function app.member_emails(uuid[]) security invoker",
    "a reference is simple": """
        delete from organization_memberships where display_name = 'Twin';
        alter table organization_memberships add constraint simple unique (id);
        alter table guardianships drop constraint guardianships_organization_id_student_id_fkey;
        alter table guardianships add foreign key (student_id) references organization_memberships (id)""",
    "a reference is missing": "alter table guardianships drop constraint guardianships_organization_id_student_id_fkey",
    "a reference is not indexed": "drop index guardianships_organization_id_student_id_idx",
    "ids are unique over all schools": "create unique index on guardianships (id)",
    "names of events are unique over all schools": "create unique index on events (name, key)",
    "digests are unique over all schools": "create unique index on api_tokens (secret_hash)",
    "an exclusion is over all schools": "alter table events add exclude using btree (key with =)",
    "the key does not start with the school": """
        alter table idempotency_keys drop constraint idempotency_keys_pkey;
        alter table idempotency_keys add primary key (id, organization_id)""",
    "there is no key": "alter table idempotency_keys drop constraint idempotency_keys_pkey",
    "a row may be of no school": "alter table events drop constraint events_pkey cascade; alter table events alter organization_id drop not null",
    "a view of the owner": "create view public.v as select * from organizations; grant select on v to authenticated; alter view v owner to coursecove_owner",
    "a view of the administrator": "create view public.v as select * from organizations; grant select on v to authenticated",
    "a materialised view": "create materialized view public.v as select * from organizations; grant select on v to authenticated",
    "a table copied without its policies": "create table public.copy as select * from events; grant select on copy to authenticated",
    "a part of a table granted": """
        create table public.whole (organization_id uuid, id uuid, primary key (organization_id, id)) partition by hash (id);
        create table public.part partition of whole for values with (modulus 1, remainder 0);
        alter table whole enable row level security; alter table whole force row level security;
        grant select on part to authenticated""",
    "a second policy for reading": "create policy more on organization_memberships for select to authenticated using (true)",
    "a policy for every command": "create policy more on events to authenticated using (true) with check (true)",
    "guardians see every student": """
        alter policy people_select on organization_memberships
          using ((select app.is_staff()) or role in ('STUDENT', 'TEACHER'))""",
    "a fence with a second way": "alter policy fence on events using (organization_id = (select app.org_id()) or actor_id is null)",
    "a fence that knows only reading": """
        drop policy fence on events;
        create policy fence on events as restrictive for select to authenticated using (organization_id = (select app.org_id()))""",
    "a fence that is permissive": """
        drop policy fence on guardianships;
        create policy fence on guardianships to authenticated using (organization_id = (select app.org_id()))""",
    "a fence per row": "alter policy fence on events using (organization_id = app.org_id()) with check (organization_id = app.org_id())",
    "a fence over the person's schools": """
        alter policy fence on events using (organization_id in (select id from app.my_schools()))""",
    "a policy over another table": """
        alter policy people_select on events using (exists (select from organization_memberships m where m.id = actor_id))""",
    "a policy on the claims": """
        alter policy people_select on events using ((select current_setting('request.jwt.claims', true)::jsonb->>'cc_role') = 'admin')""",
    "the audit trigger is off": "alter table organizations disable trigger audit",
    "the audit trigger is gone": "drop trigger audit on guardianships",
    "the audit trigger looks at one column": "create or replace trigger audit after update of name on organizations for each row execute function app.audit()",
    "the service may change the audit log": "grant update on audit_log to coursecove_service",
    "the service may forget the audit log": "grant delete on audit_log to coursecove_service",
    "the service may read the seal's key": "grant select on app.seal_keys to coursecove_service",
    "members change their own role": "grant update (role) on organization_memberships to authenticated",
    "owners change the school's status": "grant update (status) on organizations to authenticated",
    "keys change hands": "grant update (member_id) on api_tokens to authenticated",
    "events are dispatched by people": "grant update (dispatched_at) on events to authenticated",
    "everybody reads organizations": "grant select on organizations to public",
    "rights may be passed on": "grant select on organizations to authenticated with grant option",
    "the service owns a table": "alter table webhook_events owner to coursecove_service",
    "people own a table": "alter table webhook_events owner to authenticated",
    "people make objects in public": "grant create on schema public to authenticated",
    "everybody makes objects in app": "grant create on schema app to public",
    "a sequence": "create sequence public.numbers; grant usage, select on sequence numbers to authenticated",
    "future tables are open": "alter default privileges for role coursecove_owner grant select on tables to authenticated",
    "future functions are open": "alter default privileges for role coursecove_owner grant execute on functions to public",
    "a rule": "create rule copy as on insert to events do also update organizations set name = name",
    "an event trigger": "create event trigger t on ddl_command_end execute function app.nothing()",
    "a publication": "create publication everything for all tables",
    "a large object": "select lo_from_bytea(0, 'secret')",
    "a foreign server": "create foreign data wrapper w; create server s foreign data wrapper w",
}
OTHER["an event trigger"] = (
    "create function public.nothing() returns event_trigger language plpgsql set search_path = '' as 'begin end';"
    "alter function nothing() owner to coursecove_owner; revoke all on function nothing() from public;"
    "create event trigger t on ddl_command_end execute function nothing()"
)

SHARED: dict[str, str] = {
    "people bypass row security": "alter role authenticated bypassrls",
    "the login bypasses row security": "alter role coursecove_app bypassrls",
    "the login is a superuser": "alter role coursecove_app superuser",
    "the login makes roles": "alter role coursecove_app createrole",
    "the login inherits": "alter role coursecove_app inherit",
    "the definer bypasses row security": "alter role coursecove_definer bypassrls",
    "the definer logs in": "alter role coursecove_definer login",
    "the owner logs in": "alter role coursecove_owner login",
    "the service is bound": "alter role coursecove_service nobypassrls",
    "the login becomes the service": "grant coursecove_service to coursecove_app",
    "people become the service": "grant coursecove_service to authenticated",
    "the login becomes the definer": "grant coursecove_definer to coursecove_app",
    "people read everything": "grant pg_read_all_data to authenticated",
    "people see what others run": "grant pg_read_all_stats to authenticated",
    "the service writes files": "grant pg_write_server_files to coursecove_service",
    "statements of people run for ever": "alter role coursecove_app reset statement_timeout",
    "people wait for ever": "alter role coursecove_app set lock_timeout = 0",
    "the service does not say that it is bound": "alter role coursecove_service reset row_security",
}
