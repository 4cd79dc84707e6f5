-- How much the projector has done for each view since its table was begun, and what the last check of it found.
alter table views.checkpoints
  add column rows bigint not null default 0,      -- written
  add column busy_us bigint not null default 0,   -- microseconds spent folding and writing them
  add column checked_at timestamptz,
  add column drifted integer;                     -- rows of the sample that were not what the log tells
