"""The exact privileges of the service's role; even a superuser in replica mode changes no event."""

import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from service import embedded
from service.store.database import Connection
from service.store.log.log import Log
from service.store.schema import migrate
from tests.conftest import Database
from tests.service.store.examples.log import an_append, session

RIGHTS = """
-- Every right of kring on what there is, as itself, through PUBLIC and through the roles that it belongs to.
select 'database' as kind, ''::text as name, p as right
from unnest(array['CREATE', 'CONNECT', 'TEMPORARY']) p
where has_database_privilege('kring', current_database(), p)
union all select 'schema', nspname, p
from pg_namespace, unnest(array['CREATE', 'USAGE']) p
where nspname !~ '^pg_' and nspname <> 'information_schema' and has_schema_privilege('kring', oid, p)
union all select 'table', c.oid::regclass::text, p
from pg_class c, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN']) p
where relkind in ('r', 'v', 'm', 'p', 'f') and relnamespace::regnamespace::text in ('public', 'views')
  and has_table_privilege('kring', c.oid, p)
union all select 'column', c.oid::regclass::text || '.' || attname, p
from pg_class c join pg_attribute a on attrelid = c.oid and attnum > 0 and not attisdropped,
  unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p
where relkind in ('r', 'v', 'm', 'p', 'f') and relnamespace::regnamespace::text in ('public', 'views')
  and has_column_privilege('kring', c.oid, attnum, p) and not has_table_privilege('kring', c.oid, p)
union all select 'sequence', c.oid::regclass::text, p
from pg_class c, unnest(array['USAGE', 'SELECT', 'UPDATE']) p
where relkind = 'S' and has_sequence_privilege('kring', c.oid, p)
union all select 'function', p.oid::regprocedure::text, 'EXECUTE' from pg_proc p
where pronamespace::regnamespace::text in ('public', 'views') and has_function_privilege('kring', oid, 'EXECUTE')
union all select 'parameter', parname, p from pg_parameter_acl, unnest(array['SET', 'ALTER SYSTEM']) p
where has_parameter_privilege('kring', parname, p)
union all select 'language', lanname, 'USAGE' from pg_language
where lanpltrusted and has_language_privilege('kring', oid, 'USAGE')
union all select 'role', r.rolname, 'MEMBER' from pg_roles r
where pg_has_role('kring', r.oid, 'MEMBER') and rolname <> 'kring'
union all select 'attribute', 'kring', a.name from pg_roles r, lateral (values
  ('SUPERUSER', rolsuper), ('CREATEROLE', rolcreaterole), ('CREATEDB', rolcreatedb),
  ('REPLICATION', rolreplication), ('BYPASSRLS', rolbypassrls), ('LOGIN', rolcanlogin)) a (name, held)
where rolname = 'kring' and a.held
union all select 'owner', pg_describe_object(classid, objid, objsubid), 'OWNER' from pg_shdepend d
where refclassid = 'pg_authid'::regclass and refobjid = 'kring'::regrole and deptype = 'o'
  and dbid in (0, (select oid from pg_database where datname = current_database()))
"""

MAY = {
    "attribute kring": "LOGIN",
    "database ": "CONNECT, TEMPORARY",
    "function append_events(bigint,bytea,text[],text[],bigint[],new_event[],timestamp with time zone,timestamp with time zone,"
    "uuid[],new_command[],new_disclosure[],new_claim[],new_claim[],text[],new_paper[])": "EXECUTE",
    "function forget_commands()": "EXECUTE",
    "function in_log(bigint,bytea)": "EXECUTE",
    "function keys_under(text)": "EXECUTE",
    "function legible(bytea)": "EXECUTE",
    "function lock_log()": "EXECUTE",
    "function mark_of(bigint)": "EXECUTE",
    "function position_at(timestamp with time zone)": "EXECUTE",
    "function tag_bits(text)": "EXECUTE",
    "function tag_key(text,text)": "EXECUTE",
    "function type_bits(text)": "EXECUTE",
    "language plpgsql": "USAGE",
    "language sql": "USAGE",
    "schema public": "USAGE",
    "schema reporting": "CREATE, USAGE",
    "schema views": "CREATE, USAGE",
    "table claims": "SELECT",
    "table commands": "SELECT",
    "table disclosures": "DELETE, INSERT, SELECT",
    "table event_tags": "SELECT",
    "table events": "SELECT",
    "table file_pieces": "DELETE, INSERT, SELECT",
    "table heartbeats": "INSERT, SELECT, UPDATE",
    "table jobs": "DELETE, INSERT, SELECT, UPDATE",
    "table job_attempts": "DELETE, INSERT, SELECT, UPDATE",
    "table job_interventions": "DELETE, INSERT, SELECT, UPDATE",
    "table job_workers": "DELETE, INSERT, SELECT, UPDATE",
    "table key_store": "INSERT, SELECT",
    "table legible_events": "SELECT",
    "table log": "SELECT",
    "table papers": "SELECT",
    "table parked_events": "INSERT, SELECT, UPDATE",
    "table reactions": "INSERT, SELECT, UPDATE",
    "table schema_migrations": "SELECT",
    "table sign_in_requests": "DELETE, INSERT, SELECT, UPDATE",
    "table sign_in_sessions": "DELETE, INSERT, SELECT, UPDATE",
    "table skipped_events": "INSERT, SELECT",
    "table views.checkpoints": "DELETE, INSERT, SELECT, UPDATE",
}


async def test_the_service_role_has_exactly_these_privileges(migrated: Database) -> None:
    async with session(migrated.owner_url) as owner:
        found: dict[str, set[str]] = {}
        for kind, name, right in await owner.fetch(RIGHTS):
            found.setdefault(f"{kind} {name}", set()).add(right)
    assert {name: ", ".join(sorted(rights)) for name, rights in found.items()} == MAY


EVENTS = ("events", "event_tags", "log")
CHANGES = [
    *(f"{change} {table}" for table in EVENTS for change in ("delete from", "truncate", "drop table")),
    *(f"do 'begin lock table {table}; end'" for table in EVENTS),
    *(f"alter table {table} disable trigger append_only" for table in EVENTS),
    *(f"alter table {table} disable trigger all" for table in EVENTS),
    *(f"alter table {table} owner to kring" for table in EVENTS),
    *(f"drop trigger append_only on {table}" for table in EVENTS),
    *(
        f"create trigger mine before insert on {table} for each row execute function refuse_change()"
        for table in EVENTS
    ),
    *(f"create rule mine as on insert to {table} do instead nothing" for table in EVENTS),
    *(f"copy {table} from stdin" for table in EVENTS),
    "update events set actor = 'somebody else'",
    "update event_tags set position = 9",
    "update log set log_id = 'another'",
    "insert into events select * from events",
    "insert into events (position) values (99)",
    "insert into event_tags values (1, 1)",
    "insert into log values (true, 'another')",
    "merge into events using events e on e.position = events.position when matched then delete",
    "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
    "create or replace function lock_log() returns void language sql as 'select'",
    "drop function keys_under",
    "drop function append_events",
    "alter function append_events security invoker",
    "set role kring_owner",
    "set session authorization kring_owner",
    "set session_replication_role = replica",
    "create function public.mine() returns void language sql as ''",
    "create table public.events2 ()",
    "alter schema public owner to kring",
    "update schema_migrations set sha256 = ''",
    "alter system set fsync = off",
    "alter role kring createrole",
    "alter role kring superuser",
    "select pg_read_file('postgresql.conf')",
    "copy log to program 'true'",
]


@pytest.mark.parametrize("change", CHANGES)
async def test_the_service_role_is_refused_other_statements(one_log: Database, change: str) -> None:
    async with session(one_log.url) as service:
        before = await service.fetch("select * from events, log")
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.DuplicateFunctionError)):
            await service.execute(change)
        assert before == await service.fetch("select * from events, log")


@pytest.fixture(scope="module")
async def one_log(cluster: "Cluster") -> Database:
    """One log for all refused statements, which leave it unchanged."""
    return cluster.database


class Cluster(NamedTuple):
    """A server of which we are also the superuser, with one event."""

    database: Database
    superuser_url: str


@pytest.fixture(scope="module")
async def cluster() -> AsyncGenerator[Cluster]:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="kring-own-") as folder:
        Path(folder).chmod(0o711)  # noqa: ASYNC240  as root the server runs as another user, who needs access
        module = sys.modules["service.embedded.postgres"]  # a function of that name stands before it
        patch.setattr(module, "ACCESS", f"{module.ACCESS}host all postgres 127.0.0.1/32 trust\n")
        async with embedded.postgres(Path(folder) / "data") as up:
            await migrate(up.owner_url)
            async with Log.open(up.database_url) as log:
                await log.append(an_append())
            where = up.owner_url.rpartition("@")[2]
            yield Cluster(Database(up.owner_url, up.database_url), f"postgresql://postgres@{where}")


SWITCHED = ["set session_replication_role = replica", "set session_replication_role = local", "select"]


@pytest.mark.parametrize("switch", SWITCHED)
@pytest.mark.parametrize("change", ["delete from", "truncate"])
@pytest.mark.parametrize("table", EVENTS)
async def test_a_superuser_in_replica_mode_changes_no_event(
    cluster: Cluster, table: str, change: str, switch: str
) -> None:
    async with session(cluster.superuser_url) as superuser:
        await superuser.execute(switch)
        await _refused(superuser, f"{change} {table}")
        await _refused(superuser, f"update {table} set {'log_id' if table == 'log' else 'position'} = null")
        assert await superuser.fetchval("select count(*) from events, event_tags, log") == 1


async def _refused(connection: Connection, change: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="events are never changed"):
        await connection.execute(change)
