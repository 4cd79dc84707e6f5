-- The bytes of files, in pieces, each sealed under the file's own key: outside the log, which holds their SHA-256
-- (docs/decisions/0010-files.md). Written before the fact; what no fact tells of goes again.

create table file_pieces (
  file      text not null,
  number    integer not null,     -- from 0
  nonce     bytea not null,
  sealed    bytea not null,
  stored_at timestamptz not null default clock_timestamp(),
  primary key (file, number)
);
-- What is encrypted does not compress.
alter table file_pieces alter column sealed set storage external;
create index file_pieces_by_age on file_pieces (stored_at);

grant select, insert, delete on file_pieces to kring;
