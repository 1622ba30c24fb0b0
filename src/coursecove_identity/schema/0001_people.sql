-- People, how they prove who they are, and what they have open. Times are milliseconds since 1970, as Clerk writes them.

create table identity.instance (
    id text primary key check (id ~ '^ins_[0-9A-Za-z]{27}$'),
    created_at bigint not null,
    is_only boolean not null default true unique check (is_only)
);

create table identity.signing_keys (
    kid text primary key,
    private_sealed bytea not null,
    public jsonb not null,
    active_from bigint not null,
    retires_at bigint,
    created_at bigint not null
);

create table identity.users (
    id text primary key check (id ~ '^user_[0-9A-Za-z]{4,}$'),
    external_id text unique,
    username text,
    first_name text check (length(first_name) <= 100),
    last_name text check (length(last_name) <= 100),
    locale text,
    image_version text,
    public_metadata jsonb not null default '{}',
    private_metadata jsonb not null default '{}',
    unsafe_metadata jsonb not null default '{}',
    banned boolean not null default false,
    locked boolean not null default false,
    mfa_enabled_at bigint,
    mfa_disabled_at bigint,
    mfa_grace_until bigint,
    devices_since bigint not null default 0,
    legal_accepted_at bigint,
    last_sign_in_at bigint,
    last_active_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index users_username_unique on identity.users (lower(username));
create index users_created_at on identity.users (created_at desc, id);

create table identity.email_addresses (
    id text primary key check (id ~ '^idn_[0-9A-Za-z]{4,}$'),
    user_id text not null references identity.users (id) on delete cascade,
    email_address text not null check (length(email_address) <= 254),
    strategy text not null check (strategy in ('email_code', 'email_link', 'admin', 'ticket')),
    verified_at bigint,
    is_primary boolean not null default false,
    created_at bigint not null,
    updated_at bigint not null,
    constraint primary_is_verified check (not is_primary or verified_at is not null)
);
create unique index email_addresses_one_owner on identity.email_addresses (lower(email_address)) where verified_at is not null;
create unique index email_addresses_one_primary on identity.email_addresses (user_id) where is_primary;
create index email_addresses_of_user on identity.email_addresses (user_id, created_at);
create index email_addresses_by_text on identity.email_addresses (lower(email_address));

create table identity.user_images (
    user_id text primary key references identity.users (id) on delete cascade,
    version text not null,
    media_type text not null,
    body bytea not null check (length(body) <= 262144),
    created_at bigint not null
);

create table identity.terms_consents (
    user_id text not null references identity.users (id) on delete cascade,
    version text not null,
    accepted_at bigint not null,
    ip_address text,
    primary key (user_id, version)
);

create table identity.password_credentials (
    user_id text primary key references identity.users (id) on delete cascade,
    hash text not null,
    changed_at bigint not null
);

create table identity.totp (
    user_id text primary key references identity.users (id) on delete cascade,
    secret_sealed bytea not null,
    last_counter bigint not null default 0,
    created_at bigint not null
);

create table identity.backup_codes (
    user_id text not null references identity.users (id) on delete cascade,
    code_hash bytea not null,
    used_at bigint,
    created_at bigint not null,
    primary key (user_id, code_hash)
);

create table identity.passkeys (
    id text primary key,
    user_id text not null references identity.users (id) on delete cascade,
    credential_id bytea not null unique,
    public_key bytea not null,
    sign_count bigint not null,
    name text not null check (length(name) between 1 and 100),
    transports jsonb not null default '[]',
    backed_up boolean not null,
    last_used_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create index passkeys_of_user on identity.passkeys (user_id, created_at);

create table identity.managed_profiles (
    user_id text primary key references identity.users (id) on delete cascade,
    organization_id text not null,
    username text not null check (length(username) between 2 and 40),
    pin_hash text not null,
    pin_changed_at bigint not null,
    created_by text,
    created_at bigint not null
);
create unique index managed_profiles_username on identity.managed_profiles (organization_id, lower(username));

create table identity.clients (
    id text primary key check (id ~ '^client_[0-9A-Za-z]{4,}$'),
    secret_hash bytea not null unique,
    created_at bigint not null,
    updated_at bigint not null
);

create table identity.sessions (
    id text primary key check (id ~ '^sess_[0-9A-Za-z]{27}$'),
    user_id text not null references identity.users (id) on delete cascade,
    client_id text not null references identity.clients (id) on delete cascade,
    status text not null check (status in ('active', 'pending', 'ended', 'removed', 'revoked', 'expired', 'replaced')),
    actor jsonb,
    last_active_organization_id text,
    first_factor_at bigint not null,
    second_factor_at bigint,
    last_active_at bigint not null,
    expire_at bigint not null,
    abandon_at bigint not null,
    activity_id text not null,
    ip_address text,
    user_agent text check (length(user_agent) <= 400),
    created_at bigint not null,
    updated_at bigint not null
);
create unique index sessions_one_open_per_client on identity.sessions (client_id) where status in ('active', 'pending');
create index sessions_open_of_user on identity.sessions (user_id, last_active_at) where status in ('active', 'pending');
create index sessions_of_user on identity.sessions (user_id, created_at desc);
create index sessions_by_end on identity.sessions (expire_at);

create table identity.attempts (
    id text primary key,
    secret_hash bytea not null unique,
    purpose text not null check (purpose in ('sign_up', 'sign_in', 'reset', 'email', 'passkey', 'totp')),
    user_id text references identity.users (id) on delete cascade,
    details_sealed bytea,
    redirect_url text,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create index attempts_by_end on identity.attempts (expires_at);

create table identity.verifications (
    id text primary key,
    purpose text not null check (purpose in ('sign_up', 'email', 'reset', 'convert')),
    attempt_id text references identity.attempts (id) on delete cascade,
    user_id text references identity.users (id) on delete cascade,
    email_address text check (length(email_address) <= 254),
    secret_hash bytea not null,
    tries integer not null default 0,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create unique index verifications_by_secret on identity.verifications (secret_hash);
create index verifications_of_attempt on identity.verifications (attempt_id);
create index verifications_of_user on identity.verifications (user_id);
create index verifications_by_end on identity.verifications (expires_at);

create table identity.attempt_counters (
    key bytea primary key,
    failures integer not null,
    since bigint not null,
    blocked_until bigint not null default 0
);
create index attempt_counters_by_age on identity.attempt_counters (since);

create table identity.mails_due (
    key text primary key,
    sealed bytea not null,
    tries integer not null default 0,
    next_at bigint not null,
    created_at bigint not null
);
create index mails_due_by_time on identity.mails_due (next_at);

create table identity.audit_log (
    id bigint generated always as identity primary key,
    at bigint not null,
    action text not null,
    user_id text,
    actor_id text,
    session_id text,
    ip_address text,
    user_agent text,
    request_id text,
    details jsonb not null default '{}'
);
create index audit_log_of_user on identity.audit_log (user_id, id desc);

create function identity.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log only grows' using errcode = 'restrict_violation';
end $$;

create trigger audit_log_only_grows before update or delete or truncate on identity.audit_log
    for each statement execute function identity.refuse_change();

grant select, insert, update, delete on all tables in schema identity to coursecove_identity;
revoke update, delete on identity.audit_log from coursecove_identity;
revoke insert, update, delete on identity.schema_versions from coursecove_identity;
