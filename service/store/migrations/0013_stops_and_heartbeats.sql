-- One failure stops one thing: a view stops at an event (views.checkpoints has that already), a reaction puts the event aside
-- and goes on. Somebody lets them try it again, or skips it and says why. And those at work show that they get on.

create table skipped_events (
  -- Events that a view of this definition leaves out. Kept through a rebuild; a changed definition tries them again.
  view text not null,
  definition text not null,
  position bigint not null,
  mark bytea,                 -- of the event: after a restore another one may stand there
  because text not null,      -- why the view could not take it, without content
  reason text not null check (length(reason) between 1 and 500),
  skipped_by text not null check (length(skipped_by) between 1 and 200),
  skipped_at timestamptz not null default clock_timestamp(),
  primary key (view, definition, position)
);

create table parked_events (
  -- Events that a reaction could not take. 'retry': somebody asked for it, and the reactor has not done it yet.
  reaction text not null,
  position bigint not null,
  mark bytea,
  because text not null,
  parked_at timestamptz not null default clock_timestamp(),
  state text not null default 'parked' check (state in ('parked', 'retry', 'taken', 'skipped')),
  reason text check (length(reason) between 1 and 500),
  settled_by text check (length(settled_by) between 1 and 200),
  settled_at timestamptz,
  primary key (reaction, position),
  check ((state = 'skipped') = (reason is not null and settled_by is not null))
);

alter table reactions
  add column stopped_at bigint,      -- the event at which it stopped
  add column stopped_because text;

create trigger keep_mark before insert or update of position on skipped_events
  for each row execute function keep_mark();
create trigger keep_mark before insert or update of position on parked_events
  for each row execute function keep_mark();
alter table skipped_events enable always trigger keep_mark;
alter table parked_events enable always trigger keep_mark;

create table heartbeats (
  -- The process that is active in a role counts up while it gets on; whoever stands by looks whether the count changes.
  role text primary key,
  beats bigint not null default 0,
  beat_at timestamptz not null default clock_timestamp()
);

grant select, insert on skipped_events to kring;
grant select, insert, update on parked_events, heartbeats to kring;
