-- Times are milliseconds since 1970 in UTC, days are ISO text, ids are text with a readable prefix.

create table hub (
    only_row integer primary key check (only_row = 1),
    id text not null,
    name text not null,
    -- how clients reach it, as the last `serve` said
    url text not null,
    -- 1: the listener shows a certificate of the hub's own CA
    own_certificate integer not null,
    provider text not null,
    hotline text not null,
    hotline_hours text not null,
    next_number integer not null,
    -- events up to this one were deleted
    events_deleted integer not null,
    created_at integer not null
) strict;

create table tenant (
    id text primary key,
    name text not null unique,
    facts text not null,
    created_at integer not null
) strict;

create table person (
    id text primary key,
    tenant text references tenant (id),
    name text not null,
    role text not null check (role in ('staff', 'approver', 'agent')),
    email text not null,
    logon text,
    town text not null,
    phone text not null,
    password text,
    created_at integer not null,
    disabled_at integer,
    check ((role = 'agent') = (tenant is null))
) strict;
create unique index person_email on person (coalesce(tenant, ''), email) where disabled_at is null;
create unique index person_logon on person (tenant, logon) where logon is not null and disabled_at is null;
create index person_tenant on person (tenant);

-- what the person entered; the record of the administrator stays in person
create table profile (
    person text primary key references person (id),
    email text not null,
    town text not null,
    phone text not null,
    confirmed_at integer not null
) strict;

create table enrolment (
    code_hash blob primary key,
    person text not null references person (id),
    created_at integer not null,
    expires_at integer not null,
    used_at integer,
    device_key_hash blob
) strict;
create index enrolment_person on enrolment (person);

create table device (
    id text primary key,
    person text not null references person (id),
    key_hash blob not null unique,
    name text not null,
    created_at integer not null,
    revoked_at integer
) strict;
create index device_person on device (person);

create table token (
    hash blob primary key,
    device text not null references device (id),
    expires_at integer not null
) strict;
create index token_expires on token (expires_at);

-- a signed-in agent's page
create table session (
    hash blob primary key,
    person text not null references person (id),
    created_at integer not null,
    expires_at integer not null
) strict;
create index session_expires on session (expires_at);

-- every form that was ever published; never changed, orders refer to them
create table form_version (
    hash text primary key,
    form text not null,
    version integer not null,
    definition text not null,
    published_at integer not null,
    unique (form, version)
) strict;

-- the catalog of today
create table form_current (
    form text primary key,
    hash text not null references form_version (hash)
) strict;

-- a finished upload: this person may name this attachment
create table upload (
    person text not null references person (id),
    digest text not null,
    tenant text not null references tenant (id),
    size integer not null,
    media_type text not null,
    completed_at integer not null,
    primary key (person, digest)
) strict;
create index upload_digest on upload (tenant, digest);

create table request (
    id text primary key,
    tenant text not null references tenant (id),
    number text not null unique,
    requester text not null references person (id),
    form text not null,
    kind text not null,
    icon text not null,
    effect text not null,
    title text not null,
    subject text not null,
    state text not null,
    revision integer not null,
    due text,
    created_at integer not null,
    changed_at integer not null,
    -- chosen by name
    approver text references person (id),
    -- whose approval stands
    decided_by text references person (id),
    -- when the provider sees it
    handed_over_at integer,
    agent text references person (id),
    finished_at integer
) strict;
create index request_requester on request (tenant, requester, created_at);
create index request_state on request (tenant, state);
create index request_queue on request (state, handed_over_at);

create table revision (
    request text not null references request (id),
    revision integer not null,
    form_version integer not null,
    form_hash text not null references form_version (hash),
    language text not null,
    answers text not null,
    session text not null,
    document text not null,
    content_hash text not null,
    created_at integer not null,
    primary key (request, revision)
) strict;

create table attachment (
    request text not null,
    revision integer not null,
    position integer not null,
    tenant text not null references tenant (id),
    digest text not null,
    name text not null,
    size integer not null,
    media_type text not null,
    primary key (request, revision, position),
    foreign key (request, revision) references revision (request, revision)
) strict;
create index attachment_digest on attachment (tenant, digest);

-- people who must not learn of a request because it suspends or deletes their own account
create table concealed (
    request text not null references request (id),
    person text not null references person (id),
    primary key (request, person)
) strict;
create index concealed_person on concealed (person);

create table history (
    id integer primary key autoincrement,
    request text not null references request (id),
    at integer not null,
    event text not null,
    person text not null references person (id),
    person_name text not null,
    role text not null,
    text text not null
) strict;
create index history_request on history (request, id);

create table idempotency (
    person text not null references person (id),
    key text not null,
    body_hash blob not null,
    request text not null references request (id),
    tenant text not null,
    sequence integer not null,
    status integer not null,
    primary key (person, key)
) strict;

-- written by one connection at a time, so the numbers are in the order of the commits
create table event (
    id integer primary key autoincrement,
    at integer not null,
    -- whom it is for: one person, or everybody of a firm, or (both empty) everybody
    person text references person (id),
    tenant text references tenant (id),
    topic text not null,
    request text references request (id)
) strict;
create index event_person on event (person, id);
create index event_tenant on event (tenant, id) where person is null;

-- the chain: ids and commitments only
create table audit_entry (
    tenant text not null references tenant (id),
    sequence integer not null,
    at integer not null,
    actor text not null,
    action text not null,
    request text not null,
    commitment blob not null,
    previous blob not null,
    hash blob not null,
    primary key (tenant, sequence)
) strict;

-- what the commitments commit to; erased without breaking the chain
create table audit_content (
    tenant text not null,
    sequence integer not null,
    salt blob not null,
    content text not null,
    primary key (tenant, sequence),
    foreign key (tenant, sequence) references audit_entry (tenant, sequence)
) strict;

create table audit_head (
    tenant text primary key references tenant (id),
    sequence integer not null,
    hash blob not null,
    signature blob not null
) strict;
