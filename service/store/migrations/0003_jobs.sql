-- What must happen by itself: written by a reaction to a fact, in one transaction with how far that reaction has come.
-- Valkey only rings the bell; losing all of it loses nothing. Rows hold ids, never a text.

create table jobs (
  key            text primary key,     -- the kind and the ids that it is about: the same fact never makes two
  kind           text not null,
  arguments      jsonb not null,       -- ids by name
  position       bigint not null,      -- of the fact that made it
  correlation_id uuid not null,        -- of that fact
  due_at         timestamptz not null,
  state          text not null default 'due' check (state in ('due', 'done', 'failed')),
  attempts       integer not null default 0,
  lease_until    timestamptz,          -- somebody is at it, until then
  last_error     text,                 -- its kind, without content
  settled_at     timestamptz           -- done, or given up
);
create index jobs_due on jobs (due_at) where state = 'due';
create index jobs_failed on jobs (position) where state = 'failed';
create index jobs_done on jobs (settled_at) where state = 'done';

create table reactions (
  name     text primary key,
  position bigint not null
);

grant select, insert, update, delete on jobs to kring;
grant select, insert, update on reactions to kring;
