"""Heartbeats of the processes that are active in a role: one projector, one reactor, each with others that stand by."""

from typing import NamedTuple

from service.store.database import Queries

PROJECTOR, REACTOR = "projector", "reactor"

TRY_LOCK = "select pg_try_advisory_lock(hashtext('kring/' || $1))"

HELD = """
select l.pid from pg_locks l
where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
  and l.objid = (hashtext('kring/' || $1)::bigint & 4294967295)::oid
"""

HOLDER = f"""
-- The session that holds the lock of a role, and how often its heart has beaten.
select ({HELD}), coalesce((select beats from heartbeats where role = $1), 0)
"""

END_HOLDER = f"""
-- Ends a session if it still holds the lock of a role, and waits until it is gone.
select pg_terminate_backend(pid, 5000) from ({HELD}) held where pid = $2
"""

BEAT = """
-- The commit does not wait for the disk: after a crash nobody holds the role.
with relaxed as (select set_config('synchronous_commit', 'off', true))
insert into heartbeats (role) select $1 from relaxed
on conflict (role) do update set beats = heartbeats.beats + 1, beat_at = clock_timestamp()
"""

SEEN = f"""
-- Whether some session holds the lock of a role, and the seconds since its last heartbeat.
select ({HELD}) is not null,
  (select greatest(extract(epoch from clock_timestamp() - beat_at), 0)::float8 from heartbeats where role = $1)
"""


class Seen(NamedTuple):
    """How a role is seen from outside: whether some process is active in it, and the seconds since it last got on."""

    active: bool
    silent_s: float | None


class Holder(NamedTuple):
    """The session that holds the lock of a role; `pid` is None where none does."""

    pid: int | None
    beats: int


async def beat(database: Queries, role: str) -> None:
    """Show that the process that is active in a role got on."""
    await database.execute(BEAT, role)


async def holder(database: Queries, role: str) -> Holder:
    """Whoever is active in a role."""
    row = await database.fetchrow(HOLDER, role)
    assert row is not None
    return Holder(row[0], row[1])


async def end_holder(database: Queries, role: str, pid: int) -> bool:
    """End the session of whoever is active in a role; whether that was done."""
    return bool(await database.fetchval(END_HOLDER, role, pid))


async def seen(database: Queries, role: str) -> Seen:
    """How a role looks from outside."""
    row = await database.fetchrow(SEEN, role)
    assert row is not None
    return Seen(row[0], row[1])
