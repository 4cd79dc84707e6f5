-- Jobs keep their attempts, who intervened in them, and the programme whose managers may look after them.

alter table jobs
  add column programme    text,                         -- of the event that made it; null: of none
  add column max_attempts integer not null default 16,  -- the job is given up after the attempt with this number
  drop constraint jobs_state_check,
  add constraint jobs_state_check check (state in ('due', 'done', 'failed', 'cancelled'));
update jobs j set programme = (
  select t.tag from events e, unnest(e.tags) t (tag) where e.position = j.position and t.tag like 'programme\_%' limit 1
);
create index jobs_of_programme on jobs (programme, key);
drop index jobs_done;
create index jobs_over on jobs (settled_at) where state in ('done', 'cancelled');

-- `attempts` of a job only ever rises, so the number of an attempt is its fencing token: whoever holds an older one changes nothing.
create table job_attempts (
  key        text not null references jobs on delete cascade,
  number     integer not null,
  worker     text not null,
  started_at timestamptz not null,
  ended_at   timestamptz,
  outcome    text check (outcome in ('done', 'failed', 'returned', 'postponed', 'lost', 'cancelled')),
  error      text,  -- its kind, without content
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
  reason_digest bytea,  -- the reason is sealed, as people's words are
  reason_nonce  bytea,
  reason_sealed bytea,
  command_id    uuid unique,  -- of a request with an Idempotency-Key
  fingerprint   bytea,
  primary key (key, number)
);

-- Which worker takes jobs of which class and kinds, and when it last did its round: a heartbeat of the loop that claims jobs.
create table job_workers (
  worker  text not null,
  class   text not null,
  kinds   text[] not null,
  seen_at timestamptz not null,
  primary key (worker, class)
);

grant select, insert, update, delete on job_attempts, job_interventions, job_workers to kring;
