"""Heartbeats of the roles that one process has at a time, projector and reactor, while other processes stand by."""

from typing import NamedTuple

from service.store.database import Queries

PROJECTOR, REACTOR = "projector", "reactor"

TRY_LOCK = "select pg_try_advisory_lock(hashtext('kring/' || $1))"

LOCK_HOLDER_PID = """
select l.pid from pg_locks l
where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
  and l.objid = (hashtext('kring/' || $1)::bigint & 4294967295)::oid
"""

HOLDER = f"""
-- The session that holds the lock of a role, and the number of its heartbeats.
select ({LOCK_HOLDER_PID}), coalesce((select beats from heartbeats where role = $1), 0)
"""

END_HOLDER = f"""
-- End a session if it still holds the lock of a role, and wait until it is gone.
select pg_terminate_backend(pid, 5000) from ({LOCK_HOLDER_PID}) held where pid = $2
"""

BEAT = """
-- The commit does not wait for the disk: after a crash no session holds the role.
with relaxed as (select set_config('synchronous_commit', 'off', true))
insert into heartbeats (role) select $1 from relaxed
on conflict (role) do update set beats = heartbeats.beats + 1, beat_at = clock_timestamp()
"""

ROLE_STATUS = f"""
-- Whether a session holds the lock of a role, and the seconds since the last heartbeat or, without one, since the session began.
select held.pid is not null, (
  select greatest(extract(epoch from clock_timestamp() - since.at), 0)::float8
  from (select coalesce(
    (select beat_at from heartbeats where role = $1), (select backend_start from pg_stat_activity where pid = held.pid)
  )) since (at) where since.at is not null
)
from (select ({LOCK_HOLDER_PID})) held (pid)
"""


class RoleStatus(NamedTuple):
    """The status of a role: whether a process is active in it, and the seconds since its last heartbeat.

    Without a heartbeat, the seconds since the active process connected; None if no process was ever active.
    """

    active: bool
    silent_s: float | None


class RoleHolder(NamedTuple):
    """The session that holds the lock of a role (`pid` None: no session), and the number of heartbeats so far."""

    pid: int | None
    beats: int


async def beat(database: Queries, role: str) -> None:
    """Record a heartbeat: the process that is active in a role made progress."""
    await database.execute(BEAT, role)


async def holder(database: Queries, role: str) -> RoleHolder:
    """The session that is active in a role."""
    row = await database.fetchrow(HOLDER, role)
    assert row is not None
    return RoleHolder(row[0], row[1])


async def end_holder(database: Queries, role: str, pid: int) -> bool:
    """End the session `pid` if it is active in the role; return whether it was ended."""
    return bool(await database.fetchval(END_HOLDER, role, pid))


async def role_status(database: Queries, role: str) -> RoleStatus:
    """The status of a role."""
    row = await database.fetchrow(ROLE_STATUS, role)
    assert row is not None
    return RoleStatus(row[0], row[1])
