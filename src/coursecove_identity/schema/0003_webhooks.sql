-- What the provider has to tell, and to whom it has told it. Rows come in the transaction of the change they tell of.

create table identity.webhook_messages (
    id text primary key check (id ~ '^msg_[0-9A-Za-z]{27}$'),
    number bigint generated always as identity,
    type text not null,
    body text not null,
    created_at bigint not null,
    attempts integer not null default 0,
    next_attempt_at bigint,
    leased_until bigint not null default 0,
    lease text,
    delivered_at bigint,
    given_up_at bigint
);
create index webhook_messages_due on identity.webhook_messages (next_attempt_at, number) where next_attempt_at is not null;
create index webhook_messages_by_age on identity.webhook_messages (created_at);

create table identity.webhook_attempts (
    message_id text not null references identity.webhook_messages (id) on delete cascade,
    number integer not null,
    at bigint not null,
    took_ms integer not null,
    status integer,
    problem text check (length(problem) <= 300),
    primary key (message_id, number)
);

grant select, insert, update, delete on
    identity.webhook_messages, identity.webhook_attempts to coursecove_identity;
