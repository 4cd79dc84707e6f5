-- What was recorded after the head that a writer knows is compared with its conditions in memory, instead of being looked up in an
-- index for each of them.

-- Whether one of the facts after `head` spoils one of the conditions. These are three columns, as long as one another: a fact later
-- than `since` does if its type, a blank and one of its tags are the `key`, and it has the `others` too: a JSON array, or empty for
-- none. The arrays are flat and hold text because those are what a writer encodes fastest.
create function spoilt(facts seen_fact[], head bigint, keys text[], others text[], since bigint[]) returns boolean
language plpgsql immutable set enable_hashjoin = on as $$  -- the session that calls looks up few rows of many, and has it off
begin
  return exists (
    select from unnest(facts) with ordinality as f (type, tags, blind, n) cross join unnest(f.tags) as its (tag)
    join unnest(keys, others, since) as c (key, others, since) on c.key = f.type || ' ' || its.tag
    where head + f.n > c.since and (c.others = '' or to_jsonb(f.tags) @> c.others::jsonb)
  );
end $$;

-- Record a batch whole, or nothing of it and say why:
--   recorded  done; `moment` is its recorded_at
--   another   the fact at `expected_head` is not the one with `expected_blind`: the log was restored to an earlier state
--   moved     the log's head is `head`, not `expected_head`, and no conditions are stated, or one of them fails, or so much
--             was recorded meanwhile that whoever asks had better begin anew; otherwise `missed` tells what was
--   repeated  one of the commands `asked` has been recorded before
--   taken     another holder has one of the claims that `takes` names
--   untimely  `moment` lies after `not_after` or before `not_before`
--   ran_back  the clock says `moment`, more than a second before the last fact
-- Positions and recorded_at are given here alone, under the lock: whoever may call this can leave no gap and state no time.
-- Positions in the arguments count from `expected_head`; what comes after it is moved along by as much as the log has grown.
create function write_batch(
  expected_head bigint, expected_blind bytea, keys text[], others text[], since bigint[], facts new_fact[],
  not_before timestamptz, not_after timestamptz, asked uuid[],
  new_commands new_command[], new_disclosures new_disclosure[], releases new_claim[], takes new_claim[],
  dropped text[], new_papers new_paper[],
  out outcome text, out head bigint, out moment timestamptz, out missed seen_fact[]
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  latest timestamptz;
  blind_there bytea;
  grown bigint;
begin
  -- What lock_log() does; to call it would take longer than to lock, and so would conditions below that hold a query each time.
  perform pg_advisory_xact_lock(x'6b72696e67'::bigint);
  -- A statement after the lock, for a snapshot that shows what the writer before us committed.
  select e.position, e.recorded_at, (select k.blind from events k where k.position = expected_head)
    into head, latest, blind_there from events e order by e.position desc limit 1;
  head := coalesce(head, 0);
  moment := clock_timestamp();
  grown := head - expected_head;
  if expected_blind <> blind_there or grown < 0 then outcome := 'another'; return; end if;
  if grown > 0 then
    if grown > 1024 then outcome := 'moved'; return; end if;
    select array_agg(row(e.type, e.tags, e.blind)::seen_fact order by e.position)
      into missed from events e where e.position > expected_head;
    if keys is null or spoilt(missed, expected_head, keys, others, since) then outcome := 'moved'; return; end if;
  end if;
  if moment < latest - interval '1 second' then outcome := 'ran_back'; return; end if;
  moment := greatest(moment, latest);
  if cardinality(asked) > 0 then
    if exists (select from commands c where c.id = any(asked)) then outcome := 'repeated'; return; end if;
  end if;
  if moment > not_after or moment < not_before then outcome := 'untimely'; return; end if;
  if cardinality(takes) > 0 then
    if exists (
      select from unnest(takes) t join claims c using (kind, key)
      where c.holder <> t.holder
        and not exists (select from unnest(releases) r where (r.kind, r.key, r.holder) = (c.kind, c.key, c.holder))
    ) then outcome := 'taken'; return; end if;
  end if;

  insert into events
    select write_batch.head + f.n, f.type, f.v, f.tags, f.data, f.blind, f.actor, f.via, f.on_behalf_of,
           f.command_id, f.correlation_id, f.causation_id, f.reason_digest, f.occurred_at, moment
    from unnest(facts) with ordinality as f (
      type, v, tags, data, blind, actor, via, on_behalf_of,
      command_id, correlation_id, causation_id, reason_digest, occurred_at, n
    );
  insert into event_tags
    select t.tag, f.type, write_batch.head + f.n
    from unnest(facts) with ordinality as f (
      type, v, tags, data, blind, actor, via, on_behalf_of,
      command_id, correlation_id, causation_id, reason_digest, occurred_at, n
    ), unnest(f.tags) as t (tag);
  if cardinality(new_commands) > 0 then
    insert into commands
      select c.id, c.fingerprint, c.first + grown, c.last + grown, c.resource_id, moment from unnest(new_commands) c;
  end if;
  if cardinality(new_disclosures) > 0 then
    insert into disclosures
      select d.digest, d.subject, d.nonce, d.sealed, d.position + grown from unnest(new_disclosures) d;
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
    insert into papers select p.ballot, p.voter, p.sealed, p.commitment, p.position + grown from unnest(new_papers) p
      on conflict (ballot, voter) do update
      set sealed = excluded.sealed, commitment = excluded.commitment, position = excluded.position;
  end if;
  if cardinality(facts) > 0 then
    head := head + cardinality(facts);
    perform pg_notify('kring', head::text);
  end if;
  outcome := 'recorded';
end $$;

-- A program of before this migration that is still running states its conditions otherwise.
create or replace function record_batch(
  expected_head bigint, expected_blind bytea, conditions append_condition[], facts new_fact[],
  not_before timestamptz, not_after timestamptz, asked uuid[],
  new_commands new_command[], new_disclosures new_disclosure[], releases new_claim[], takes new_claim[],
  dropped text[], new_papers new_paper[],
  out outcome text, out head bigint, out moment timestamptz, out missed seen_fact[]
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  keys text[];
  others text[];
  since bigint[];
begin
  if conditions is not null then
    select coalesce(array_agg(t.type || ' ' || c.tags[1]), '{}'), array_agg(to_json(c.tags)::text), array_agg(c.after)
      into keys, others, since from unnest(conditions) as c (after, types, tags) cross join unnest(c.types) as t (type);
  end if;
  select w.outcome, w.head, w.moment, w.missed into outcome, head, moment, missed
  from write_batch(
    expected_head, expected_blind, keys, others, since, facts, not_before, not_after, asked,
    new_commands, new_disclosures, releases, takes, dropped, new_papers
  ) w;
end $$;

revoke execute on function write_batch, spoilt from public;
grant execute on function write_batch to kring;
