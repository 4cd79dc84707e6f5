-- Signing in to the pages: requests for a link and code, and the sessions that they began. No row holds a secret: those of a request
-- are derived from its id with the key store, and a session's is stored as its SHA-256
-- (docs/decisions/0051-secrets-of-a-sign-in-are-derived.md).

create table sign_in_requests (
  id         text primary key,
  browser    bytea check (octet_length(browser) = 32),  -- SHA-256 of the secret of the browser that asked; null: no code is valid
  address    bytea check (octet_length(address) = 32),  -- keyed hash, as in `claims`; null: a link from the operator
  person     text,                                      -- null: nobody has this address
  asked_by   text[] not null,                           -- browser and system that asked, as words; for the mail
  reusable   boolean not null default false,            -- a link on one's own machine can be opened several times
  tries_left integer not null default 5 check (tries_left >= 0),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at    timestamptz
);
create index sign_in_requests_by_age on sign_in_requests (expires_at);

create table sign_in_sessions (
  id           text primary key,
  secret       bytea not null check (octet_length(secret) = 32),  -- SHA-256
  person       text not null,
  device       text[] not null,                                   -- browser and system, as words
  created_at   timestamptz not null default clock_timestamp(),
  last_used_at timestamptz not null default clock_timestamp(),
  revoked_at   timestamptz
);
create index sign_in_sessions_of_person on sign_in_sessions (person);
create index sign_in_sessions_by_age on sign_in_sessions (last_used_at);

grant select, insert, update, delete on sign_in_requests, sign_in_sessions to kring;
