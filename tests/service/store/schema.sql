CREATE SCHEMA reporting;
ALTER SCHEMA reporting OWNER TO kring_owner;
CREATE SCHEMA views;
ALTER SCHEMA views OWNER TO kring_owner;
CREATE TYPE public.new_claim AS (
	kind text,
	key bytea,
	holder text
);
ALTER TYPE public.new_claim OWNER TO kring_owner;
CREATE TYPE public.new_command AS (
	id uuid,
	fingerprint bytea,
	first bigint,
	last bigint,
	resource_id text
);
ALTER TYPE public.new_command OWNER TO kring_owner;
CREATE TYPE public.new_disclosure AS (
	digest bytea,
	subject text,
	nonce bytea,
	sealed bytea,
	"position" bigint
);
ALTER TYPE public.new_disclosure OWNER TO kring_owner;
CREATE TYPE public.new_event AS (
	type text,
	v smallint,
	tags text[],
	data bytea,
	blind bytea,
	actor text,
	via text,
	on_behalf_of text,
	command_id uuid,
	correlation_id uuid,
	causation_id bigint,
	reason_digest bytea,
	occurred_at timestamp with time zone
);
ALTER TYPE public.new_event OWNER TO kring_owner;
CREATE TYPE public.new_paper AS (
	ballot text,
	voter text,
	sealed bytea,
	commitment bytea,
	"position" bigint
);
ALTER TYPE public.new_paper OWNER TO kring_owner;
CREATE FUNCTION public.append_events(expected_head bigint, expected_blind bytea, check_types text[], check_tags text[], check_after bigint[], new_events public.new_event[], not_before timestamp with time zone, not_after timestamp with time zone, command_ids uuid[], new_commands public.new_command[], new_disclosures public.new_disclosure[], releases public.new_claim[], takes public.new_claim[], dropped_ballots text[], new_papers public.new_paper[], OUT outcome text, OUT head bigint, OUT batch_time timestamp with time zone) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
ALTER FUNCTION public.append_events(expected_head bigint, expected_blind bytea, check_types text[], check_tags text[], check_after bigint[], new_events public.new_event[], not_before timestamp with time zone, not_after timestamp with time zone, command_ids uuid[], new_commands public.new_command[], new_disclosures public.new_disclosure[], releases public.new_claim[], takes public.new_claim[], dropped_ballots text[], new_papers public.new_paper[], OUT outcome text, OUT head bigint, OUT batch_time timestamp with time zone) OWNER TO kring_owner;
CREATE FUNCTION public.forget_commands() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  with gone as (delete from commands where recorded_at < clock_timestamp() - interval '24 hours' returning 1)
  select count(*) from gone
$$;
ALTER FUNCTION public.forget_commands() OWNER TO kring_owner;
CREATE FUNCTION public.in_log(place bigint, mark bytea) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  select place = 0 or coalesce(mark = mark_of(place), false)
$$;
ALTER FUNCTION public.in_log(place bigint, mark bytea) OWNER TO kring_owner;
CREATE FUNCTION public.keys_under(tag text) RETURNS SETOF bigint
    LANGUAGE sql STABLE STRICT ROWS 20
    AS $$
  with recursive keys (key) as (
    (select t.key from event_tags t where t.key >= tag_bits(tag) and t.key <= tag_bits(tag) | 16777215 order by t.key limit 1)
    union all
    select (select t.key from event_tags t where t.key > k.key and t.key <= k.key | 16777215 order by t.key limit 1)
    from keys k where k.key is not null
  )
  select k.key from keys k where k.key is not null
$$;
ALTER FUNCTION public.keys_under(tag text) OWNER TO kring_owner;
CREATE FUNCTION public.legible(data bytea) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
  return convert_from(data, 'UTF8')::jsonb;
exception when data_exception then
  return null;
end $$;
ALTER FUNCTION public.legible(data bytea) OWNER TO kring_owner;
CREATE FUNCTION public.lock_log() RETURNS void
    LANGUAGE sql
    AS $$
  -- 'kring' in ASCII. Held until the end of the transaction: one writer at a time in the whole database.
  select pg_advisory_xact_lock(x'6b72696e67'::bigint)
$$;
ALTER FUNCTION public.lock_log() OWNER TO kring_owner;
CREATE FUNCTION public.mark_of(place bigint) RETURNS bytea
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  -- The blind, 32 random bytes, identifies an event. So does its digest, which reveals nothing about the blind.
  select sha256(e.blind) from events e where e.position = place
$$;
ALTER FUNCTION public.mark_of(place bigint) OWNER TO kring_owner;
CREATE FUNCTION public.position_at(at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
ALTER FUNCTION public.position_at(at timestamp with time zone) OWNER TO kring_owner;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'events are never changed: % on % is refused', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;
ALTER FUNCTION public.refuse_change() OWNER TO kring_owner;
CREATE FUNCTION public.set_mark() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
  new.mark := mark_of(new.position);
  return new;
end $$;
ALTER FUNCTION public.set_mark() OWNER TO kring_owner;
CREATE FUNCTION public.tag_bits(tag text) RETURNS bigint
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
  select (crc32c(convert_to(split_part(tag, '_', 1), 'UTF8')) << 56) | (crc32c(convert_to(tag, 'UTF8')) << 24)
$$;
ALTER FUNCTION public.tag_bits(tag text) OWNER TO kring_owner;
CREATE FUNCTION public.tag_key(tag text, type text) RETURNS bigint
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
  select tag_bits(tag) | type_bits(type)
$$;
ALTER FUNCTION public.tag_key(tag text, type text) OWNER TO kring_owner;
CREATE FUNCTION public.type_bits(type text) RETURNS bigint
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
  select crc32c(convert_to(type, 'UTF8')) & 16777215
$$;
ALTER FUNCTION public.type_bits(type text) OWNER TO kring_owner;
CREATE TABLE public.claims (
    kind text NOT NULL,
    key bytea NOT NULL,
    holder text NOT NULL
);
ALTER TABLE public.claims OWNER TO kring_owner;
CREATE TABLE public.commands (
    id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    resource_id text,
    recorded_at timestamp with time zone NOT NULL
);
ALTER TABLE public.commands OWNER TO kring_owner;
CREATE TABLE public.disclosures (
    digest bytea NOT NULL,
    subject text NOT NULL,
    nonce bytea NOT NULL,
    sealed bytea NOT NULL,
    "position" bigint NOT NULL
);
ALTER TABLE public.disclosures OWNER TO kring_owner;
CREATE TABLE public.event_tags (
    key bigint NOT NULL,
    "position" bigint NOT NULL
);
ALTER TABLE public.event_tags OWNER TO kring_owner;
CREATE TABLE public.events (
    "position" bigint NOT NULL,
    type text NOT NULL,
    v smallint NOT NULL,
    tags text[] NOT NULL,
    data bytea NOT NULL,
    blind bytea NOT NULL,
    actor text NOT NULL,
    via text NOT NULL,
    on_behalf_of text,
    command_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id bigint,
    reason_digest bytea,
    occurred_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT events_blind_check CHECK ((octet_length(blind) = 32)),
    CONSTRAINT events_check CHECK ((causation_id < "position"))
);
ALTER TABLE public.events OWNER TO kring_owner;
CREATE TABLE public.file_pieces (
    file text NOT NULL,
    number integer NOT NULL,
    nonce bytea NOT NULL,
    sealed bytea NOT NULL,
    stored_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE ONLY public.file_pieces ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE public.file_pieces OWNER TO kring_owner;
CREATE TABLE public.heartbeats (
    role text NOT NULL,
    beats bigint DEFAULT 0 NOT NULL,
    beat_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE public.heartbeats OWNER TO kring_owner;
CREATE TABLE public.job_attempts (
    key text NOT NULL,
    number integer NOT NULL,
    worker text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    outcome text,
    error text,
    CONSTRAINT job_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'failed'::text, 'returned'::text, 'postponed'::text, 'lost'::text, 'cancelled'::text])))
);
ALTER TABLE public.job_attempts OWNER TO kring_owner;
CREATE TABLE public.job_interventions (
    key text NOT NULL,
    number integer NOT NULL,
    action text NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    via text NOT NULL,
    reason_digest bytea,
    reason_nonce bytea,
    reason_sealed bytea,
    command_id uuid,
    fingerprint bytea,
    CONSTRAINT job_interventions_action_check CHECK ((action = ANY (ARRAY['retry'::text, 'cancel'::text])))
);
ALTER TABLE public.job_interventions OWNER TO kring_owner;
CREATE TABLE public.job_workers (
    worker text NOT NULL,
    class text NOT NULL,
    kinds text[] NOT NULL,
    seen_at timestamp with time zone NOT NULL
);
ALTER TABLE public.job_workers OWNER TO kring_owner;
CREATE TABLE public.jobs (
    key text NOT NULL,
    kind text NOT NULL,
    arguments jsonb NOT NULL,
    "position" bigint NOT NULL,
    correlation_id uuid NOT NULL,
    programme text,
    due_at timestamp with time zone NOT NULL,
    state text DEFAULT 'due'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    max_attempts integer DEFAULT 16 NOT NULL,
    lease_until timestamp with time zone,
    last_error text,
    settled_at timestamp with time zone,
    CONSTRAINT jobs_state_check CHECK ((state = ANY (ARRAY['due'::text, 'done'::text, 'failed'::text, 'cancelled'::text])))
);
ALTER TABLE public.jobs OWNER TO kring_owner;
CREATE TABLE public.key_store (
    only_one boolean DEFAULT true NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT key_store_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
    CONSTRAINT key_store_only_one_check CHECK (only_one)
);
ALTER TABLE public.key_store OWNER TO kring_owner;
CREATE VIEW public.legible_events AS
 SELECT "position",
    type,
    v,
    tags,
    public.legible(data) AS data,
    actor,
    via,
    on_behalf_of,
    command_id,
    correlation_id,
    causation_id,
    reason_digest,
    occurred_at,
    recorded_at
   FROM public.events;
ALTER VIEW public.legible_events OWNER TO kring_owner;
CREATE TABLE public.log (
    only_one boolean DEFAULT true NOT NULL,
    log_id text NOT NULL,
    CONSTRAINT log_only_one_check CHECK (only_one)
);
ALTER TABLE public.log OWNER TO kring_owner;
CREATE TABLE public.papers (
    ballot text NOT NULL,
    voter text NOT NULL,
    sealed bytea NOT NULL,
    commitment bytea NOT NULL,
    "position" bigint NOT NULL
);
ALTER TABLE public.papers OWNER TO kring_owner;
CREATE TABLE public.parked_events (
    reaction text NOT NULL,
    "position" bigint NOT NULL,
    mark bytea,
    because text NOT NULL,
    parked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    state text DEFAULT 'parked'::text NOT NULL,
    reason text,
    settled_by text,
    settled_at timestamp with time zone,
    CONSTRAINT parked_events_check CHECK (((state = 'skipped'::text) = ((reason IS NOT NULL) AND (settled_by IS NOT NULL)))),
    CONSTRAINT parked_events_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT parked_events_settled_by_check CHECK (((length(settled_by) >= 1) AND (length(settled_by) <= 200))),
    CONSTRAINT parked_events_state_check CHECK ((state = ANY (ARRAY['parked'::text, 'retry'::text, 'taken'::text, 'skipped'::text])))
);
ALTER TABLE public.parked_events OWNER TO kring_owner;
CREATE TABLE public.reactions (
    name text NOT NULL,
    "position" bigint NOT NULL,
    mark bytea,
    stopped_at bigint,
    stopped_because text
);
ALTER TABLE public.reactions OWNER TO kring_owner;
CREATE TABLE public.schema_migrations (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE public.schema_migrations OWNER TO kring_owner;
CREATE TABLE public.sign_in_requests (
    id text NOT NULL,
    browser bytea,
    address bytea,
    person text,
    asked_by text[] NOT NULL,
    reusable boolean DEFAULT false NOT NULL,
    tries_left integer DEFAULT 5 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT sign_in_requests_address_check CHECK ((octet_length(address) = 32)),
    CONSTRAINT sign_in_requests_browser_check CHECK ((octet_length(browser) = 32)),
    CONSTRAINT sign_in_requests_tries_left_check CHECK ((tries_left >= 0))
);
ALTER TABLE public.sign_in_requests OWNER TO kring_owner;
CREATE TABLE public.sign_in_sessions (
    id text NOT NULL,
    secret bytea NOT NULL,
    person text NOT NULL,
    device text[] NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_used_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT sign_in_sessions_secret_check CHECK ((octet_length(secret) = 32))
);
ALTER TABLE public.sign_in_sessions OWNER TO kring_owner;
CREATE TABLE public.skipped_events (
    view text NOT NULL,
    definition text NOT NULL,
    "position" bigint NOT NULL,
    mark bytea,
    because text NOT NULL,
    reason text NOT NULL,
    skipped_by text NOT NULL,
    skipped_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT skipped_events_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT skipped_events_skipped_by_check CHECK (((length(skipped_by) >= 1) AND (length(skipped_by) <= 200)))
);
ALTER TABLE public.skipped_events OWNER TO kring_owner;
CREATE TABLE views.checkpoints (
    view text NOT NULL,
    definition text NOT NULL,
    "position" bigint DEFAULT 0 NOT NULL,
    mark bytea,
    stopped_at bigint,
    stopped_because text,
    rows bigint DEFAULT 0 NOT NULL,
    busy_us bigint DEFAULT 0 NOT NULL,
    checked_at timestamp with time zone,
    drifted integer
);
ALTER TABLE views.checkpoints OWNER TO kring_owner;
ALTER TABLE ONLY public.claims
    ADD CONSTRAINT claims_pkey PRIMARY KEY (kind, key);
ALTER TABLE ONLY public.commands
    ADD CONSTRAINT commands_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.disclosures
    ADD CONSTRAINT disclosures_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.event_tags
    ADD CONSTRAINT event_tags_pkey PRIMARY KEY (key, "position");
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY public.file_pieces
    ADD CONSTRAINT file_pieces_pkey PRIMARY KEY (file, number);
ALTER TABLE ONLY public.heartbeats
    ADD CONSTRAINT heartbeats_pkey PRIMARY KEY (role);
ALTER TABLE ONLY public.job_attempts
    ADD CONSTRAINT job_attempts_pkey PRIMARY KEY (key, number);
ALTER TABLE ONLY public.job_interventions
    ADD CONSTRAINT job_interventions_command_id_key UNIQUE (command_id);
ALTER TABLE ONLY public.job_interventions
    ADD CONSTRAINT job_interventions_pkey PRIMARY KEY (key, number);
ALTER TABLE ONLY public.job_workers
    ADD CONSTRAINT job_workers_pkey PRIMARY KEY (worker, class);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.key_store
    ADD CONSTRAINT key_store_pkey PRIMARY KEY (only_one);
ALTER TABLE ONLY public.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (only_one);
ALTER TABLE ONLY public.papers
    ADD CONSTRAINT papers_pkey PRIMARY KEY (ballot, voter);
ALTER TABLE ONLY public.parked_events
    ADD CONSTRAINT parked_events_pkey PRIMARY KEY (reaction, "position");
ALTER TABLE ONLY public.reactions
    ADD CONSTRAINT reactions_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.sign_in_requests
    ADD CONSTRAINT sign_in_requests_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sign_in_sessions
    ADD CONSTRAINT sign_in_sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.skipped_events
    ADD CONSTRAINT skipped_events_pkey PRIMARY KEY (view, definition, "position");
ALTER TABLE ONLY views.checkpoints
    ADD CONSTRAINT checkpoints_pkey PRIMARY KEY (view, definition);
CREATE INDEX commands_by_age ON public.commands USING btree (recorded_at);
CREATE INDEX disclosures_by_subject ON public.disclosures USING btree (subject);
CREATE INDEX events_by_type ON public.events USING btree (type, "position");
CREATE INDEX file_pieces_by_age ON public.file_pieces USING btree (stored_at);
CREATE INDEX job_attempts_started ON public.job_attempts USING btree (started_at);
CREATE INDEX jobs_due ON public.jobs USING btree (due_at) WHERE (state = 'due'::text);
CREATE INDEX jobs_failed ON public.jobs USING btree ("position") WHERE (state = 'failed'::text);
CREATE INDEX jobs_of_programme ON public.jobs USING btree (programme, key);
CREATE INDEX jobs_over ON public.jobs USING btree (settled_at) WHERE (state = ANY (ARRAY['done'::text, 'cancelled'::text]));
CREATE INDEX sign_in_requests_by_age ON public.sign_in_requests USING btree (expires_at);
CREATE INDEX sign_in_sessions_by_age ON public.sign_in_sessions USING btree (last_used_at);
CREATE INDEX sign_in_sessions_of_person ON public.sign_in_sessions USING btree (person);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.event_tags FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.event_tags ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.events ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.key_store FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.key_store ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.log FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.log ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER set_mark BEFORE INSERT OR UPDATE OF "position" ON public.parked_events FOR EACH ROW EXECUTE FUNCTION public.set_mark();
ALTER TABLE public.parked_events ENABLE ALWAYS TRIGGER set_mark;
CREATE TRIGGER set_mark BEFORE INSERT OR UPDATE OF "position" ON public.reactions FOR EACH ROW EXECUTE FUNCTION public.set_mark();
ALTER TABLE public.reactions ENABLE ALWAYS TRIGGER set_mark;
CREATE TRIGGER set_mark BEFORE INSERT OR UPDATE OF "position" ON public.skipped_events FOR EACH ROW EXECUTE FUNCTION public.set_mark();
ALTER TABLE public.skipped_events ENABLE ALWAYS TRIGGER set_mark;
CREATE TRIGGER set_mark BEFORE INSERT OR UPDATE OF "position" ON views.checkpoints FOR EACH ROW EXECUTE FUNCTION public.set_mark();
ALTER TABLE views.checkpoints ENABLE ALWAYS TRIGGER set_mark;
ALTER TABLE ONLY public.job_attempts
    ADD CONSTRAINT job_attempts_key_fkey FOREIGN KEY (key) REFERENCES public.jobs(key) ON DELETE CASCADE;
ALTER TABLE ONLY public.job_interventions
    ADD CONSTRAINT job_interventions_key_fkey FOREIGN KEY (key) REFERENCES public.jobs(key) ON DELETE CASCADE;
GRANT USAGE ON SCHEMA reporting TO PUBLIC;
GRANT CREATE ON SCHEMA reporting TO kring;
GRANT ALL ON SCHEMA views TO kring;
REVOKE ALL ON FUNCTION public.append_events(expected_head bigint, expected_blind bytea, check_types text[], check_tags text[], check_after bigint[], new_events public.new_event[], not_before timestamp with time zone, not_after timestamp with time zone, command_ids uuid[], new_commands public.new_command[], new_disclosures public.new_disclosure[], releases public.new_claim[], takes public.new_claim[], dropped_ballots text[], new_papers public.new_paper[], OUT outcome text, OUT head bigint, OUT batch_time timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.append_events(expected_head bigint, expected_blind bytea, check_types text[], check_tags text[], check_after bigint[], new_events public.new_event[], not_before timestamp with time zone, not_after timestamp with time zone, command_ids uuid[], new_commands public.new_command[], new_disclosures public.new_disclosure[], releases public.new_claim[], takes public.new_claim[], dropped_ballots text[], new_papers public.new_paper[], OUT outcome text, OUT head bigint, OUT batch_time timestamp with time zone) TO kring;
REVOKE ALL ON FUNCTION public.forget_commands() FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_commands() TO kring;
REVOKE ALL ON FUNCTION public.in_log(place bigint, mark bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.in_log(place bigint, mark bytea) TO kring;
REVOKE ALL ON FUNCTION public.keys_under(tag text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.keys_under(tag text) TO kring;
REVOKE ALL ON FUNCTION public.legible(data bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.legible(data bytea) TO kring;
REVOKE ALL ON FUNCTION public.lock_log() FROM PUBLIC;
GRANT ALL ON FUNCTION public.lock_log() TO kring;
REVOKE ALL ON FUNCTION public.mark_of(place bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mark_of(place bigint) TO kring;
REVOKE ALL ON FUNCTION public.position_at(at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.position_at(at timestamp with time zone) TO kring;
REVOKE ALL ON FUNCTION public.refuse_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.set_mark() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.tag_bits(tag text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tag_bits(tag text) TO kring;
REVOKE ALL ON FUNCTION public.tag_key(tag text, type text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tag_key(tag text, type text) TO kring;
REVOKE ALL ON FUNCTION public.type_bits(type text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.type_bits(type text) TO kring;
GRANT SELECT ON TABLE public.claims TO kring;
GRANT SELECT ON TABLE public.commands TO kring;
GRANT SELECT,INSERT,DELETE ON TABLE public.disclosures TO kring;
GRANT SELECT ON TABLE public.event_tags TO kring;
GRANT SELECT ON TABLE public.events TO kring;
GRANT SELECT,INSERT,DELETE ON TABLE public.file_pieces TO kring;
GRANT SELECT,INSERT,UPDATE ON TABLE public.heartbeats TO kring;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_attempts TO kring;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_interventions TO kring;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_workers TO kring;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs TO kring;
GRANT SELECT,INSERT ON TABLE public.key_store TO kring;
GRANT SELECT ON TABLE public.legible_events TO kring;
GRANT SELECT ON TABLE public.log TO kring;
GRANT SELECT ON TABLE public.papers TO kring;
GRANT SELECT,INSERT,UPDATE ON TABLE public.parked_events TO kring;
GRANT SELECT,INSERT,UPDATE ON TABLE public.reactions TO kring;
GRANT SELECT ON TABLE public.schema_migrations TO kring;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_in_requests TO kring;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_in_sessions TO kring;
GRANT SELECT,INSERT ON TABLE public.skipped_events TO kring;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE views.checkpoints TO kring;
