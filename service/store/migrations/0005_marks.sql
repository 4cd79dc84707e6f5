-- How far a view or a reaction has come is a position; after a restore to fewer facts another fact may stand there. So a mark
-- of the fact is kept beside it, by the database, whoever moves the position: a program older than this migration too.

alter table views.checkpoints add column mark bytea;
alter table reactions add column mark bytea;

create function mark_of(place bigint) returns bytea language sql stable set search_path = public, pg_temp as $$
  -- 32 random bytes tell a fact from any other; their digest does as well, and opens no seal.
  select sha256(e.blind) from events e where e.position = place
$$;

create function keep_mark() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  new.mark := mark_of(new.position);
  return new;
end $$;

create trigger keep_mark before insert or update of position on views.checkpoints
  for each row execute function keep_mark();
create trigger keep_mark before insert or update of position on reactions
  for each row execute function keep_mark();
alter table views.checkpoints enable always trigger keep_mark;
alter table reactions enable always trigger keep_mark;

-- Whether the log still holds the fact that was marked at this position; before the first fact there is none to lose.
create function in_log(place bigint, mark bytea) returns boolean language sql stable set search_path = public, pg_temp as $$
  select place = 0 or coalesce(mark = mark_of(place), false)
$$;

update views.checkpoints set position = position;
update reactions set position = position;

-- A program that starts looks whether the database is at its version.
grant select on schema_migrations to kring;

revoke execute on function mark_of(bigint), keep_mark(), in_log(bigint, bytea) from public;
grant execute on function mark_of(bigint), in_log(bigint, bytea) to kring;
