-- Which key store belongs to this log: a log must not be opened with other keys, or with none (decision 0034).
create table key_store (
  only_one    boolean primary key default true check (only_one),
  fingerprint bytea not null check (octet_length(fingerprint) = 32)
);
create trigger append_only before update or delete or truncate on key_store
  for each statement execute function refuse_change();
alter table key_store enable always trigger append_only;
grant select, insert on key_store to kring;
