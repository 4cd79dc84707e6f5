-- Record a batch whole, or nothing of it and say why:
--   recorded  done; `moment` is its recorded_at
--   another   the fact at `expected_head` is not the one with `expected_blind`: the log was restored to an earlier state
--   moved     the log's head is `head`, not `expected_head`, and no conditions are stated
--   spoilt    a fact has one of the `types`, the tag beside it, and stands later than the number beside that
--   repeated  one of the commands `asked` has been recorded before
--   taken     another holder has one of the claims that `takes` names
--   untimely  `moment` lies after `not_after` or before `not_before`
--   ran_back  the clock says `moment`, more than a second before the last fact
-- Positions and recorded_at are given here alone, under the lock: whoever may call this can leave no gap and state no time.
-- Positions in the arguments count from `expected_head`; what comes after it is moved along by as much as the log has grown.
create function append_facts(
  expected_head bigint, expected_blind bytea, types text[], tags text[], since bigint[], facts new_fact[],
  not_before timestamptz, not_after timestamptz, asked uuid[],
  new_commands new_command[], new_disclosures new_disclosure[], releases new_claim[], takes new_claim[],
  dropped text[], new_papers new_paper[],
  out outcome text, out head bigint, out moment timestamptz
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
  if grown > 0 and tags is null then outcome := 'moved'; return; end if;
  if cardinality(tags) > 0 then
    if exists (
      select from unnest(types, tags, since) as c (type, tag, since)
      where exists (select from event_tags t where t.tag = c.tag and t.type = c.type and t.position > c.since)
    ) then outcome := 'spoilt'; return; end if;
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
    select append_facts.head + f.n, f.type, f.v, f.tags, f.data, f.blind, f.actor, f.via, f.on_behalf_of,
           f.command_id, f.correlation_id, f.causation_id, f.reason_digest, f.occurred_at, moment
    from unnest(facts) with ordinality as f (
      type, v, tags, data, blind, actor, via, on_behalf_of,
      command_id, correlation_id, causation_id, reason_digest, occurred_at, n
    );
  insert into event_tags
    select t.tag, f.type, append_facts.head + f.n
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

-- A program of before this migration that is still running calls this: what it missed is compared with its conditions, and it is
-- told of it.
create or replace function record_facts(
  expected_head bigint, expected_blind bytea, keys text[], since bigint[], facts new_fact[],
  not_before timestamptz, not_after timestamptz, asked uuid[],
  new_commands new_command[], new_disclosures new_disclosure[], releases new_claim[], takes new_claim[],
  dropped text[], new_papers new_paper[],
  out outcome text, out head bigint, out moment timestamptz, out missed text, out missed_blind bytea
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  blind_there bytea;
  spoilt boolean;
begin
  perform pg_advisory_xact_lock(x'6b72696e67'::bigint);
  select e.position, e.blind, (select k.blind from events k where k.position = expected_head)
    into head, missed_blind, blind_there from events e order by e.position desc limit 1;
  if head > expected_head and (expected_blind <> blind_there) is not true then
    moment := clock_timestamp();
    if head - expected_head > 1024 then outcome := 'moved'; return; end if;
    select r.facts, r.spoilt into missed, spoilt from recorded_after(expected_head, keys, since) r;
    if keys is null or spoilt then outcome := 'moved'; return; end if;
  end if;
  select a.outcome, a.head, a.moment into outcome, head, moment from append_facts(
    expected_head, expected_blind, '{}', '{}', '{}', facts, not_before, not_after, asked,
    new_commands, new_disclosures, releases, takes, dropped, new_papers
  ) a;
end $$;

revoke execute on function append_facts from public;
grant execute on function append_facts to kring;
