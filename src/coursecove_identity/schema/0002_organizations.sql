-- Organisations, who belongs to them, and who was asked to. Times are milliseconds since 1970, as Clerk writes them.

create table identity.organizations (
    id text primary key check (id ~ '^org_[0-9A-Za-z]{4,}$'),
    name text not null check (length(name) between 1 and 256),
    slug text not null constraint organizations_slug_shape check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 63),
    image_version text,
    public_metadata jsonb not null default '{}',
    private_metadata jsonb not null default '{}',
    max_allowed_memberships integer not null default 0 check (max_allowed_memberships >= 0),
    admin_delete_enabled boolean not null default true,
    created_by text references identity.users (id) on delete set null,
    created_at bigint not null,
    updated_at bigint not null,
    constraint organizations_slug_unique unique (slug)
);
create index organizations_created_at on identity.organizations (created_at desc, id);
create index organizations_created_by on identity.organizations (created_by);

create table identity.organization_images (
    organization_id text primary key references identity.organizations (id) on delete cascade,
    version text not null,
    media_type text not null,
    body bytea not null check (length(body) <= 262144),
    created_at bigint not null
);

-- A person is never deleted under a membership: leaving is an event, and somebody has to send it first.
create table identity.memberships (
    id text primary key check (id ~ '^orgmem_[0-9A-Za-z]{4,}$'),
    organization_id text not null references identity.organizations (id) on delete cascade,
    user_id text not null references identity.users (id) on delete restrict,
    role text not null constraint memberships_role check (role in ('org:admin', 'org:teacher', 'org:guardian', 'org:student', 'org:member')),
    public_metadata jsonb not null default '{}',
    private_metadata jsonb not null default '{}',
    created_at bigint not null,
    updated_at bigint not null,
    constraint memberships_once unique (organization_id, user_id)
);
create index memberships_of_user on identity.memberships (user_id, created_at);
create index memberships_of_organization on identity.memberships (organization_id, created_at desc, id);
create index memberships_admins on identity.memberships (organization_id) where role = 'org:admin';

create table identity.invitations (
    id text primary key check (id ~ '^orginv_[0-9A-Za-z]{4,}$'),
    organization_id text not null references identity.organizations (id) on delete cascade,
    email_address text not null check (email_address = lower(email_address) and length(email_address) <= 254),
    role text not null constraint invitations_role check (role in ('org:admin', 'org:teacher', 'org:guardian', 'org:student', 'org:member')),
    status text not null default 'pending' check (status in ('pending', 'accepted', 'revoked', 'expired')),
    inviter_id text references identity.users (id) on delete set null,
    user_id text references identity.users (id) on delete set null,
    public_metadata jsonb not null default '{}',
    private_metadata jsonb not null default '{}',
    redirect_url text check (length(redirect_url) <= 2000),
    expires_at bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index invitations_once_pending on identity.invitations (organization_id, email_address) where status = 'pending';
create index invitations_of_organization on identity.invitations (organization_id, created_at desc, id);
create index invitations_by_address on identity.invitations (email_address) where status = 'pending';
create index invitations_inviter on identity.invitations (inviter_id);
create index invitations_user on identity.invitations (user_id);

-- What stands in a link is kept only as its digest. Each sending has its own; those of before end with it.
create table identity.invitation_tickets (
    ticket_hash bytea primary key,
    invitation_id text not null references identity.invitations (id) on delete cascade,
    organization_id text not null,
    created_at bigint not null
);
create index invitation_tickets_of_invitation on identity.invitation_tickets (invitation_id);

-- One row for each sending: what the hourly limit counts.
create table identity.invitation_sendings (
    id bigint generated always as identity primary key,
    organization_id text not null references identity.organizations (id) on delete cascade,
    sent_at bigint not null
);
create index invitation_sendings_lately on identity.invitation_sendings (organization_id, sent_at);

alter table identity.managed_profiles
    add foreign key (organization_id) references identity.organizations (id) on delete cascade;

grant select, insert, update, delete on
    identity.organizations, identity.organization_images, identity.memberships, identity.invitations,
    identity.invitation_tickets, identity.invitation_sendings to coursecove_identity;

-- Links in events and answers are absolute: the origin under which this installation's provider is reached.
alter table identity.instance add column origin text not null default '';
