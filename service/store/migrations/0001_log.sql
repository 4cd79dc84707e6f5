-- The log: facts in one gapless order, and what is written with them in one transaction.
-- Run by the role that owns everything; the service is the role kring.

create table log (
  only_one boolean primary key default true check (only_one),
  log_id   text not null
);
-- Random, so that facts of two logs, or of a log before and after a restore by hand, are never taken for each other.
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
  causation_id   uuid,
  reason_digest  bytea,
  occurred_at    timestamptz,
  recorded_at    timestamptz not null,
  check (octet_length(blind) = 32)
);

-- By type for decisions; in the order of the log for dossiers, feeds and scopes. The two never stand in for each other:
-- a statement says by its collation which one it means. Otherwise a plan made while the log is small reads everything under
-- a tag to find the few facts of a type.
create table event_tags (
  tag      text not null,
  type     text not null,
  position bigint not null,
  primary key (tag, type, position)
);
create index event_tags_in_order on event_tags (tag collate "C", position) include (type);

-- A query by type alone has no tag to go by.
create index events_by_type on events (type, position);

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

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'facts are never changed: % on % is refused', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

create trigger append_only before update or delete or truncate on events
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on event_tags
  for each statement execute function refuse_change();
create trigger append_only before insert or update or delete or truncate on log
  for each statement execute function refuse_change();
-- always: also where a session calls itself a replica, which switches ordinary triggers off.
alter table events     enable always trigger append_only;
alter table event_tags enable always trigger append_only;
alter table log        enable always trigger append_only;

create type new_fact as (
  type text, v smallint, tags text[], data bytea, blind bytea, actor text, via text, on_behalf_of text,
  command_id uuid, correlation_id uuid, causation_id uuid, reason_digest bytea, occurred_at timestamptz
);
create type new_disclosure as (digest bytea, subject text, nonce bytea, sealed bytea, position bigint);
create type new_claim as (kind text, key bytea, holder text);
create type new_paper as (ballot text, voter text, sealed bytea, commitment bytea, position bigint);
create type new_command as (id uuid, fingerprint bytea, first bigint, last bigint, resource_id text);

create function lock_log() returns void language sql as $$
  -- 'kring' in ASCII. Held to the end of the transaction: one writer at a time, in the whole database.
  select pg_advisory_xact_lock(x'6b72696e67'::bigint)
$$;

-- Record a batch whole, or nothing of it and say why:
--   recorded  done; `moment` is its recorded_at
--   moved     the log's head is `head`, not `expected_head`: catch up and judge the conditions again
--   repeated  one of the commands `asked` has been recorded before
--   taken     another holder has one of the claims that `takes` names
--   untimely  `moment` lies after `not_after` or before `not_before`
--   ran_back  the clock says `moment`, more than a second before the last fact
-- Positions and recorded_at are given here alone, under the lock: whoever may call this can leave no gap and state no time.
create function append_batch(
  expected_head bigint, facts new_fact[], not_before timestamptz, not_after timestamptz, asked uuid[],
  new_commands new_command[], new_disclosures new_disclosure[], releases new_claim[], takes new_claim[],
  dropped text[], new_papers new_paper[],
  out outcome text, out head bigint, out moment timestamptz
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  latest timestamptz;
begin
  perform lock_log();
  -- A statement after the lock, for a snapshot that shows what the writer before us committed.
  select e.position, e.recorded_at into head, latest from events e order by e.position desc limit 1;
  head := coalesce(head, 0);
  moment := clock_timestamp();
  if head <> expected_head then outcome := 'moved'; return; end if;
  if moment < latest - interval '1 second' then outcome := 'ran_back'; return; end if;
  moment := greatest(moment, latest);
  if cardinality(asked) > 0 and exists (select from commands c where c.id = any(asked)) then
    outcome := 'repeated'; return;
  end if;
  if moment > not_after or moment < not_before then outcome := 'untimely'; return; end if;
  if cardinality(takes) > 0 and exists (
    select from unnest(takes) t join claims c using (kind, key)
    where c.holder <> t.holder
      and not exists (select from unnest(releases) r where (r.kind, r.key, r.holder) = (c.kind, c.key, c.holder))
  ) then outcome := 'taken'; return; end if;

  insert into events
    select expected_head + f.n, f.type, f.v, f.tags, f.data, f.blind, f.actor, f.via, f.on_behalf_of,
           f.command_id, f.correlation_id, f.causation_id, f.reason_digest, f.occurred_at, moment
    from unnest(facts) with ordinality as f (
      type, v, tags, data, blind, actor, via, on_behalf_of,
      command_id, correlation_id, causation_id, reason_digest, occurred_at, n
    );
  insert into event_tags
    select t.tag, f.type, expected_head + f.n
    from unnest(facts) with ordinality as f (
      type, v, tags, data, blind, actor, via, on_behalf_of,
      command_id, correlation_id, causation_id, reason_digest, occurred_at, n
    ), unnest(f.tags) as t (tag);
  if cardinality(new_commands) > 0 then
    insert into commands select c.id, c.fingerprint, c.first, c.last, c.resource_id, moment from unnest(new_commands) c;
  end if;
  if cardinality(new_disclosures) > 0 then
    insert into disclosures select d.digest, d.subject, d.nonce, d.sealed, d.position from unnest(new_disclosures) d;
  end if;
  if cardinality(releases) > 0 then
    delete from claims c using unnest(releases) r where (c.kind, c.key, c.holder) = (r.kind, r.key, r.holder);
  end if;
  if cardinality(takes) > 0 then
    insert into claims select t.kind, t.key, t.holder from unnest(takes) t on conflict do nothing;
  end if;
  if cardinality(dropped) > 0 then
    delete from papers p where p.ballot = any(dropped);
  end if;
  if cardinality(new_papers) > 0 then
    insert into papers select p.ballot, p.voter, p.sealed, p.commitment, p.position from unnest(new_papers) p
      on conflict (ballot, voter) do update
      set sealed = excluded.sealed, commitment = excluded.commitment, position = excluded.position;
  end if;
  head := expected_head + cardinality(facts);
  if head > expected_head then perform pg_notify('kring', head::text); end if;
  outcome := 'recorded';
end $$;

-- The last position recorded at or before a moment, 0 if there is none. Positions have no gaps and recorded_at never
-- goes back, so the log is its own index: a binary search.
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

-- Commands older than a day: nobody sends them again.
create function forget_commands() returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from commands where recorded_at < clock_timestamp() - interval '24 hours' returning 1)
  select count(*) from gone
$$;

-- Content as JSON; null where it is none.
create function legible(data bytea) returns jsonb language plpgsql immutable set search_path = public, pg_temp as $$
begin
  return convert_from(data, 'UTF8')::jsonb;
exception when data_exception then
  return null;
end $$;

-- For people: the same facts with their content legible.
create view facts as
  select position, type, v, tags, legible(data) as data, actor, via, on_behalf_of,
         command_id, correlation_id, causation_id, reason_digest, occurred_at, recorded_at
  from events;

revoke execute on all functions in schema public from public;
grant execute on function lock_log(), append_batch, position_at(timestamptz), legible(bytea), forget_commands() to kring;
grant select on log, events, event_tags, commands, facts to kring;
grant select, insert, delete on disclosures to kring;
grant select on claims, papers to kring;
