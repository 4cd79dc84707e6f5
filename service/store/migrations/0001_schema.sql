-- The schema of Kring. It is applied by the role that owns everything. The service has the role kring, which owns nothing here and
-- so cannot change what was recorded. Later changes get files of their own, with the next number: a file that may have been
-- applied anywhere is never edited.

-- 1. The log: events in one order without gaps, and what is recorded with them in the same transaction.

create table log (
  only_one boolean primary key default true check (only_one),
  log_id   text not null
);
-- Random, so that events of two logs, or of a log before and after a manual restore, cannot be mistaken for each other.
insert into log (log_id) values (replace(gen_random_uuid()::text, '-', ''));

create table events (
  position       bigint primary key,
  type           text not null,
  v              smallint not null,
  tags           text[] not null,
  data           bytea not null,
  blind          bytea not null,
  actor          text not null,
  via            text not null,
  on_behalf_of   text,
  command_id     uuid not null,
  correlation_id uuid not null,
  causation_id   bigint,
  reason_digest  bytea,
  occurred_at    timestamptz,
  recorded_at    timestamptz not null,
  check (octet_length(blind) = 32),
  check (causation_id < position)  -- the position of the event that caused this one
);

-- For queries by type, without a tag.
create index events_by_type on events (type, position);

-- The positions of events by tag and type. Maintaining this index is the largest cost of an append, and texts would make it three
-- times as large, so it holds an 8-byte hash of both. Different tags and types may have the same hash: readers compare the tags
-- and the type of the event itself (docs/decisions/0049-tags-are-indexed-by-their-hash.md).
create table event_tags (
  key      bigint not null,
  position bigint not null,
  primary key (key, position)
);

-- A key: 8 bits for the kind of thing that the tag names, 32 for the tag, 24 for the type. The kind comes first so that fewer
-- pages change: tags used at random, such as people, are kept apart from tags used repeatedly, such as an open ballot. CRC-32C
-- (RFC 3720) is the same on every machine and in every version; PostgreSQL does not promise that of its own hash functions.
create function tag_bits(tag text) returns bigint language sql stable strict parallel safe as $$
  select (crc32c(convert_to(split_part(tag, '_', 1), 'UTF8')) << 56) | (crc32c(convert_to(tag, 'UTF8')) << 24)
$$;
create function type_bits(type text) returns bigint language sql stable strict parallel safe as $$
  select crc32c(convert_to(type, 'UTF8')) & 16777215
$$;
create function tag_key(tag text, type text) returns bigint language sql stable strict parallel safe as $$
  select tag_bits(tag) | type_bits(type)
$$;

create table commands (
  id          uuid primary key,
  fingerprint bytea not null,
  first       bigint not null,
  last        bigint not null,
  resource_id text,
  recorded_at timestamptz not null
);
create index commands_by_age on commands (recorded_at);

create table disclosures (
  digest   bytea primary key,
  subject  text not null,
  nonce    bytea not null,
  sealed   bytea not null,
  position bigint not null
);
create index disclosures_by_subject on disclosures (subject);

create table claims (
  kind   text not null,
  key    bytea not null,
  holder text not null,
  primary key (kind, key)
);

create table papers (
  ballot     text not null,
  voter      text not null,
  sealed     bytea not null,
  commitment bytea not null,
  position   bigint not null,
  primary key (ballot, voter)
);

-- The key store of this log, which must not be opened with another one (docs/decisions/0034-a-log-names-its-key-store.md).
create table key_store (
  only_one    boolean primary key default true check (only_one),
  fingerprint bytea not null check (octet_length(fingerprint) = 32)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'events are never changed: % on % is refused', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

create trigger append_only before update or delete or truncate on events
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on event_tags
  for each statement execute function refuse_change();
create trigger append_only before insert or update or delete or truncate on log
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on key_store
  for each statement execute function refuse_change();
-- always: also in sessions with session_replication_role = replica, which disables ordinary triggers.
alter table events     enable always trigger append_only;
alter table event_tags enable always trigger append_only;
alter table log        enable always trigger append_only;
alter table key_store  enable always trigger append_only;

-- 2. Appending.

create type new_event as (
  type text, v smallint, tags text[], data bytea, blind bytea, actor text, via text, on_behalf_of text,
  command_id uuid, correlation_id uuid, causation_id bigint, reason_digest bytea, occurred_at timestamptz
);
create type new_command as (id uuid, fingerprint bytea, first bigint, last bigint, resource_id text);
create type new_disclosure as (digest bytea, subject text, nonce bytea, sealed bytea, position bigint);
create type new_claim as (kind text, key bytea, holder text);
create type new_paper as (ballot text, voter text, sealed bytea, commitment bytea, position bigint);

create function lock_log() returns void language sql as $$
  -- 'kring' in ASCII. Held until the end of the transaction: one writer at a time in the whole database.
  select pg_advisory_xact_lock(x'6b72696e67'::bigint)
$$;

-- Record a batch, all of it or nothing. Outcomes:
--   recorded           recorded; `batch_time` is recorded_at of all its events
--   diverged           the event at `expected_head` does not have `expected_blind`: the log was restored to an earlier state
--   moved              the head of the log is `head`, not `expected_head`, and no checks were given
--   possible_conflict  a check failed: an event after position check_after[i] may have type check_types[i] and tag check_tags[i]
--   repeated           a command with one of the `command_ids` was recorded before
--   taken              another holder has one of the claims to take
--   outside_deadline   `batch_time` is after `not_after` or before `not_before`
--   clock_behind       the clock shows `batch_time`, more than a second before the last event
-- Only this function assigns positions and recorded_at, under the lock: its callers cannot leave gaps or choose times. Positions in
-- the arguments assume that the log ends at `expected_head`. If it has grown, they are raised by as much.
create function append_events(
  expected_head bigint, expected_blind bytea, check_types text[], check_tags text[], check_after bigint[], new_events new_event[],
  not_before timestamptz, not_after timestamptz, command_ids uuid[],
  new_commands new_command[], new_disclosures new_disclosure[], releases new_claim[], takes new_claim[],
  dropped_ballots text[], new_papers new_paper[],
  out outcome text, out head bigint, out batch_time timestamptz
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  last_recorded_at timestamptz;
  actual_blind bytea;
  growth bigint;
begin
  -- As in lock_log(), but a call would take longer than the lock itself. So would queries below if there is nothing to check.
  perform pg_advisory_xact_lock(x'6b72696e67'::bigint);
  -- After the lock, a new statement: its snapshot shows what the previous writer committed.
  select e.position, e.recorded_at, (select k.blind from events k where k.position = expected_head)
    into head, last_recorded_at, actual_blind from events e order by e.position desc limit 1;
  head := coalesce(head, 0);
  batch_time := clock_timestamp();
  growth := head - expected_head;
  if expected_blind <> actual_blind or growth < 0 then outcome := 'diverged'; return; end if;
  if growth > 0 and check_tags is null then outcome := 'moved'; return; end if;
  if cardinality(check_tags) > 0 then
    if exists (
      select from unnest(check_types, check_tags, check_after) as c (type, tag, after)
      where exists (select from event_tags t where t.key = tag_key(c.tag, c.type) and t.position > c.after)
    ) then outcome := 'possible_conflict'; return; end if;
  end if;
  if batch_time < last_recorded_at - interval '1 second' then outcome := 'clock_behind'; return; end if;
  batch_time := greatest(batch_time, last_recorded_at);
  if cardinality(command_ids) > 0 then
    if exists (select from commands c where c.id = any(command_ids)) then outcome := 'repeated'; return; end if;
  end if;
  if batch_time > not_after or batch_time < not_before then outcome := 'outside_deadline'; return; end if;
  if cardinality(takes) > 0 then
    if exists (
      select from unnest(takes) t join claims c using (kind, key)
      where c.holder <> t.holder
        and not exists (select from unnest(releases) r where (r.kind, r.key, r.holder) = (c.kind, c.key, c.holder))
    ) then outcome := 'taken'; return; end if;
  end if;

  with recorded as (
    insert into events
      select append_events.head + e.n, e.type, e.v, e.tags, e.data, e.blind, e.actor, e.via, e.on_behalf_of,
             e.command_id, e.correlation_id, e.causation_id, e.reason_digest, e.occurred_at, batch_time
      from unnest(new_events) with ordinality as e (
        type, v, tags, data, blind, actor, via, on_behalf_of,
        command_id, correlation_id, causation_id, reason_digest, occurred_at, n
      )
      returning events.position, events.type, events.tags
  )
  insert into event_tags  -- distinct: two tags of one event may have the same hash
    select distinct tag_key(t.tag, r.type), r.position from recorded r, unnest(r.tags) as t (tag);
  if cardinality(new_commands) > 0 then
    insert into commands
      select c.id, c.fingerprint, c.first + growth, c.last + growth, c.resource_id, batch_time from unnest(new_commands) c;
  end if;
  if cardinality(new_disclosures) > 0 then
    insert into disclosures
      select d.digest, d.subject, d.nonce, d.sealed, d.position + growth from unnest(new_disclosures) d;
  end if;
  if cardinality(releases) > 0 then
    delete from claims c using unnest(releases) r where (c.kind, c.key, c.holder) = (r.kind, r.key, r.holder);
  end if;
  if cardinality(takes) > 0 then
    insert into claims select t.kind, t.key, t.holder from unnest(takes) t on conflict do nothing;
  end if;
  if cardinality(dropped_ballots) > 0 then
    delete from papers p where p.ballot = any(dropped_ballots);
  end if;
  if cardinality(new_papers) > 0 then
    insert into papers select p.ballot, p.voter, p.sealed, p.commitment, p.position + growth from unnest(new_papers) p
      on conflict (ballot, voter) do update
      set sealed = excluded.sealed, commitment = excluded.commitment, position = excluded.position;
  end if;
  if cardinality(new_events) > 0 then
    head := head + cardinality(new_events);
    perform pg_notify('kring', head::text);
  end if;
  outcome := 'recorded';
end $$;

-- Delete commands after a day: no caller sends them again.
create function forget_commands() returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from commands where recorded_at < clock_timestamp() - interval '24 hours' returning 1)
  select count(*) from gone
$$;

-- 3. Reading the log.

-- The keys of a tag, one for each type of its events. One index lookup finds each key.
create function keys_under(tag text) returns setof bigint language sql stable strict rows 20 as $$
  with recursive keys (key) as (
    (select t.key from event_tags t where t.key >= tag_bits(tag) and t.key <= tag_bits(tag) | 16777215 order by t.key limit 1)
    union all
    select (select t.key from event_tags t where t.key > k.key and t.key <= k.key | 16777215 order by t.key limit 1)
    from keys k where k.key is not null
  )
  select k.key from keys k where k.key is not null
$$;

-- The last position recorded at or before a time, 0 if there is none. By binary search: positions have no gaps, and recorded_at
-- never decreases.
create function position_at(at timestamptz) returns bigint language plpgsql stable set search_path = public, pg_temp as $$
declare
  low bigint := 0;
  high bigint := (select coalesce(max(position), 0) from events);
  middle bigint;
begin
  while low < high loop
    middle := (low + high + 1) / 2;
    if (select e.recorded_at from events e where e.position = middle) <= at then low := middle; else high := middle - 1; end if;
  end loop;
  return low;
end $$;

-- The content of an event as JSON; null if it is not JSON.
create function legible(data bytea) returns jsonb language plpgsql immutable set search_path = public, pg_temp as $$
begin
  return convert_from(data, 'UTF8')::jsonb;
exception when data_exception then
  return null;
end $$;

-- For people: the events with legible content.
create view legible_events as
  select position, type, v, tags, legible(data) as data, actor, via, on_behalf_of,
         command_id, correlation_id, causation_id, reason_digest, occurred_at, recorded_at
  from events;

-- 4. Views: one table per view and definition, created by the projector, and a checkpoint for each.

create schema views;

create table views.checkpoints (
  view            text not null,
  definition      text not null,
  position        bigint not null default 0,
  mark            bytea,                      -- of the event at `position`: see 6
  stopped_at      bigint,                     -- the event that the view could not fold
  stopped_because text,                       -- the error, without content of the event
  rows            bigint not null default 0,  -- written since the table was created
  busy_us         bigint not null default 0,  -- microseconds spent folding and writing them
  checked_at      timestamptz,
  drifted         integer,                    -- rows of the sample that differed from the log at the last check
  primary key (view, definition)
);

-- Events that a view of this definition skips. They survive a rebuild; a changed definition tries them again.
create table skipped_events (
  view       text not null,
  definition text not null,
  position   bigint not null,
  mark       bytea,           -- of the event
  because    text not null,   -- the error of the view, without content
  reason     text not null check (length(reason) between 1 and 500),
  skipped_by text not null check (length(skipped_by) between 1 and 200),
  skipped_at timestamptz not null default clock_timestamp(),
  primary key (view, definition, position)
);

-- Views that other programs read for reports. The service creates them, as it knows the names of the tables behind them, and grants
-- access to each; access to the schema itself reveals nothing.
create schema reporting;

-- 5. Reactions and jobs: work that must happen by itself. A reaction writes its jobs and its position in one transaction.
-- Valkey only wakes workers up, so losing all its data loses no work. Rows hold ids, never texts.

create table reactions (
  name            text primary key,
  position        bigint not null,
  mark            bytea,   -- of the event at `position`
  stopped_at      bigint,  -- the event that it could not take
  stopped_because text
);

-- Events that a reaction could not take. 'retry': an operator asked for a retry, which the reactor has not made yet.
create table parked_events (
  reaction   text not null,
  position   bigint not null,
  mark       bytea,          -- of the event
  because    text not null,
  parked_at  timestamptz not null default clock_timestamp(),
  state      text not null default 'parked' check (state in ('parked', 'retry', 'taken', 'skipped')),
  reason     text check (length(reason) between 1 and 500),
  settled_by text check (length(settled_by) between 1 and 200),
  settled_at timestamptz,
  primary key (reaction, position),
  check ((state = 'skipped') = (reason is not null and settled_by is not null))
);

create table jobs (
  key            text primary key,             -- the kind and the ids that it concerns: an event creates each job once
  kind           text not null,
  arguments      jsonb not null,               -- ids by name
  position       bigint not null,              -- of the event that created it
  correlation_id uuid not null,                -- of that event
  programme      text,                         -- of that event, if any: its managers may see and retry the job
  due_at         timestamptz not null,
  state          text not null default 'due' check (state in ('due', 'done', 'failed', 'cancelled')),
  attempts       integer not null default 0,   -- never decreases: the number of an attempt is its fencing token
  max_attempts   integer not null default 16,  -- after the attempt with this number, the job fails
  lease_until    timestamptz,                  -- until then, a worker has claimed it
  last_error     text,                         -- the class of the error, without content
  settled_at     timestamptz                   -- when it was done, cancelled or failed
);
create index jobs_due on jobs (due_at) where state = 'due';
create index jobs_failed on jobs (position) where state = 'failed';
create index jobs_over on jobs (settled_at) where state in ('done', 'cancelled');
create index jobs_of_programme on jobs (programme, key);

create table job_attempts (
  key        text not null references jobs on delete cascade,
  number     integer not null,
  worker     text not null,
  started_at timestamptz not null,
  ended_at   timestamptz,
  outcome    text check (outcome in ('done', 'failed', 'returned', 'postponed', 'lost', 'cancelled')),
  error      text,  -- the class of the error, without content
  primary key (key, number)
);
create index job_attempts_started on job_attempts (started_at);

create table job_interventions (
  key           text not null references jobs on delete cascade,
  number        integer not null,
  action        text not null check (action in ('retry', 'cancel')),
  at            timestamptz not null,
  actor         text not null,
  via           text not null,
  reason_digest bytea,        -- the reason is sealed, like all texts by people
  reason_nonce  bytea,
  reason_sealed bytea,
  command_id    uuid unique,  -- of a request with an Idempotency-Key
  fingerprint   bytea,
  primary key (key, number)
);

-- The classes and kinds of jobs that each worker takes, and the last heartbeat of its loop that claims jobs.
create table job_workers (
  worker  text not null,
  class   text not null,
  kinds   text[] not null,
  seen_at timestamptz not null,
  primary key (worker, class)
);

-- The active process of a role increments the count as it advances; processes that stand by watch whether it changes.
create table heartbeats (
  role    text primary key,
  beats   bigint not null default 0,
  beat_at timestamptz not null default clock_timestamp()
);

-- 6. Marks. Views and reactions store the position that they have reached. After a restore to fewer events, that position may later
-- hold a different event. So beside every such position the database stores a mark that identifies the event.

create function mark_of(place bigint) returns bytea language sql stable set search_path = public, pg_temp as $$
  -- The blind, 32 random bytes, identifies an event. So does its digest, which reveals nothing about the blind.
  select sha256(e.blind) from events e where e.position = place
$$;

create function set_mark() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  new.mark := mark_of(new.position);
  return new;
end $$;

create trigger set_mark before insert or update of position on views.checkpoints
  for each row execute function set_mark();
create trigger set_mark before insert or update of position on skipped_events
  for each row execute function set_mark();
create trigger set_mark before insert or update of position on reactions
  for each row execute function set_mark();
create trigger set_mark before insert or update of position on parked_events
  for each row execute function set_mark();
alter table views.checkpoints enable always trigger set_mark;
alter table skipped_events    enable always trigger set_mark;
alter table reactions         enable always trigger set_mark;
alter table parked_events     enable always trigger set_mark;

-- Whether the log still holds the event with this mark at this position. Position 0 is before the first event, so always true.
create function in_log(place bigint, mark bytea) returns boolean language sql stable set search_path = public, pg_temp as $$
  select place = 0 or coalesce(mark = mark_of(place), false)
$$;

-- 7. The content of files, in pieces, encrypted under a key per file. The log holds its SHA-256 (docs/decisions/0010-files.md).
-- Pieces are written before the event; pieces without an event are deleted later.

create table file_pieces (
  file      text not null,
  number    integer not null,  -- from 0
  nonce     bytea not null,
  sealed    bytea not null,
  stored_at timestamptz not null default clock_timestamp(),
  primary key (file, number)
);
-- Encrypted bytes do not compress.
alter table file_pieces alter column sealed set storage external;
create index file_pieces_by_age on file_pieces (stored_at);

-- 8. Privileges of the service: only those listed here.

revoke execute on all functions in schema public from public;
grant execute on function lock_log(), append_events, forget_commands() to kring;
grant execute on function tag_bits(text), type_bits(text), tag_key(text, text), keys_under(text) to kring;
grant execute on function position_at(timestamptz), legible(bytea) to kring;
grant execute on function mark_of(bigint), in_log(bigint, bytea) to kring;

grant select on log, events, event_tags, legible_events, commands, claims, papers to kring;
grant select, insert, delete on disclosures to kring;
grant select, insert on key_store to kring;

grant usage, create on schema views to kring;
grant select, insert, update, delete on views.checkpoints to kring;
grant select, insert on skipped_events to kring;
grant usage on schema reporting to public;
grant create on schema reporting to kring;

grant select, insert, update on reactions, parked_events, heartbeats to kring;
grant select, insert, update, delete on jobs, job_attempts, job_interventions, job_workers to kring;

grant select, insert, delete on file_pieces to kring;

-- At start, a program checks that the database is at its version.
grant select on schema_migrations to kring;
