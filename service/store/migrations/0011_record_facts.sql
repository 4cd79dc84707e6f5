-- Under a tag, facts are found by their type alone: who asks for all of them merges the types, which are few.
drop index event_tags_in_order;

-- The types of the facts under a tag, with one look at the index for each.
create function types_under(wanted text) returns setof text language sql stable strict rows 20 as $$
  with recursive kinds (type) as (
    (select t.type from event_tags t where t.tag = wanted order by t.type limit 1)
    union all
    select (select t.type from event_tags t where t.tag = wanted and t.type > k.type order by t.type limit 1)
    from kinds k where k.type is not null
  )
  select k.type from kinds k where k.type is not null
$$;

-- What was recorded after `head`: a JSON array of [type, tag, tag, …], in order, which a writer reads several times faster than an
-- array of rows; and whether one of these facts spoils a condition. Those are two columns, as long as one another: a fact later
-- than `since` does if its type, a blank and one of its tags are the `key`. That can say yes of a condition with more tags than
-- one that no fact spoils: the writer, who is told what was recorded, knows better.
create function recorded_after(head bigint, keys text[], since bigint[], out facts text, out spoilt boolean)
language plpgsql stable set enable_hashjoin = on as $$  -- the session that calls looks up few rows of many, and has it off
begin
  with later as materialized (select e.position, e.type, e.tags from events e where e.position > head)
  select (select '[' || string_agg(array_to_json(l.type || l.tags)::text, ',' order by l.position) || ']' from later l),
    exists (
      select from later l cross join unnest(l.tags) as its (tag)
      join unnest(keys, since) as c (key, since) on c.key = l.type || ' ' || its.tag
      where l.position > c.since
    )
  into facts, spoilt;
end $$;

-- Record a batch whole, or nothing of it and say why:
--   recorded  done; `moment` is its recorded_at
--   another   the fact at `expected_head` is not the one with `expected_blind`: the log was restored to an earlier state
--   moved     the log's head is `head`, not `expected_head`, and no conditions are stated, or one of them may fail, or so much
--             was recorded meanwhile that whoever asks had better begin anew; otherwise `missed` tells what was, and
--             `missed_blind` is the blind of the last of it
--   repeated  one of the commands `asked` has been recorded before
--   taken     another holder has one of the claims that `takes` names
--   untimely  `moment` lies after `not_after` or before `not_before`
--   ran_back  the clock says `moment`, more than a second before the last fact
-- Positions and recorded_at are given here alone, under the lock: whoever may call this can leave no gap and state no time.
-- Positions in the arguments count from `expected_head`; what comes after it is moved along by as much as the log has grown.
create function record_facts(
  expected_head bigint, expected_blind bytea, keys text[], since bigint[], facts new_fact[],
  not_before timestamptz, not_after timestamptz, asked uuid[],
  new_commands new_command[], new_disclosures new_disclosure[], releases new_claim[], takes new_claim[],
  dropped text[], new_papers new_paper[],
  out outcome text, out head bigint, out moment timestamptz, out missed text, out missed_blind bytea
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  latest timestamptz;
  latest_blind bytea;
  blind_there bytea;
  grown bigint;
  spoilt boolean;
begin
  -- What lock_log() does; to call it would take longer than to lock, and so would conditions below that hold a query each time.
  perform pg_advisory_xact_lock(x'6b72696e67'::bigint);
  -- A statement after the lock, for a snapshot that shows what the writer before us committed.
  select e.position, e.recorded_at, e.blind, (select k.blind from events k where k.position = expected_head)
    into head, latest, latest_blind, blind_there from events e order by e.position desc limit 1;
  head := coalesce(head, 0);
  moment := clock_timestamp();
  grown := head - expected_head;
  if expected_blind <> blind_there or grown < 0 then outcome := 'another'; return; end if;
  if grown > 0 then
    if grown > 1024 then outcome := 'moved'; return; end if;
    missed_blind := latest_blind;
    select r.facts, r.spoilt into missed, spoilt from recorded_after(expected_head, keys, since) r;
    if keys is null or spoilt then outcome := 'moved'; return; end if;
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
    select record_facts.head + f.n, f.type, f.v, f.tags, f.data, f.blind, f.actor, f.via, f.on_behalf_of,
           f.command_id, f.correlation_id, f.causation_id, f.reason_digest, f.occurred_at, moment
    from unnest(facts) with ordinality as f (
      type, v, tags, data, blind, actor, via, on_behalf_of,
      command_id, correlation_id, causation_id, reason_digest, occurred_at, n
    );
  insert into event_tags
    select t.tag, f.type, record_facts.head + f.n
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

-- A program of before this migration that is still running calls this, and is told of what it missed in rows.
create or replace function write_batch(
  expected_head bigint, expected_blind bytea, keys text[], others text[], since bigint[], facts new_fact[],
  not_before timestamptz, not_after timestamptz, asked uuid[],
  new_commands new_command[], new_disclosures new_disclosure[], releases new_claim[], takes new_claim[],
  dropped text[], new_papers new_paper[],
  out outcome text, out head bigint, out moment timestamptz, out missed seen_fact[]
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  told text;
begin
  select a.outcome, a.head, a.moment, a.missed into outcome, head, moment, told
  from record_facts(
    expected_head, expected_blind, keys, since, facts, not_before, not_after, asked,
    new_commands, new_disclosures, releases, takes, dropped, new_papers
  ) a;
  if told is not null then
    select array_agg(row(e.type, e.tags, e.blind)::seen_fact order by e.position) into missed from events e
    where e.position > expected_head
      and e.position <= write_batch.head - case outcome when 'recorded' then cardinality(facts) else 0 end;
  end if;
end $$;

drop function spoilt;
revoke execute on function record_facts, recorded_after, types_under from public;
grant execute on function record_facts, types_under to kring;
