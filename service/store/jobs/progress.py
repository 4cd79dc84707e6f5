"""The progress of jobs: heartbeats of the loops that claim jobs, and the waiting time of due jobs.

Both are in PostgreSQL, beside the jobs, because jobs are done even without Valkey.
"""

from collections.abc import Collection

from msgspec import Struct

from service.store.database import Queries

BEAT_INTERVAL_S = 2.0
SILENT_AFTER_S = 15.0
"""Without a heartbeat for longer, a worker counts as stopped."""
OVERDUE_AFTER_S = 30.0
"""A due job that no worker has claimed for longer is reported, unless its class makes progress."""

BEAT = """
-- A heartbeat of a worker, for a class of jobs.
insert into job_workers (worker, class, kinds, seen_at) values ($1, $2, $3, clock_timestamp())
on conflict (worker, class) do update set kinds = excluded.kinds, seen_at = excluded.seen_at
"""

MARK_STOPPED = """
-- A worker stopped: count it as silent, but keep its kinds of jobs.
update job_workers set seen_at = seen_at - interval '1 hour' where worker = $1
"""

DELETE_OLD = """
-- Delete heartbeats that are a day old, except the last one of a class: it tells which kinds belong to the class.
delete from job_workers w where w.seen_at < now() - interval '1 day'
  and exists (select from job_workers o where o.class = w.class and o.seen_at > w.seen_at)
"""

PROGRESS = """
-- Per class of jobs: the seconds since the last heartbeat, the seconds since the last attempt began (if recently), the number of
-- due jobs that no worker has claimed (of the first 10 000), and the seconds that the first of them has waited.
with classes as (
  select class, max(seen_at) as seen_at, array_agg(distinct kind) as kinds
  from job_workers, unnest(kinds) kind group by class
), waiting as (
  select kind, greatest(due_at, lease_until) as since from jobs
  where state = 'due' and due_at <= now() and (lease_until is null or lease_until <= now()) and attempts < max_attempts
  order by due_at limit 10000
)
select c.class, extract(epoch from now() - c.seen_at)::float8,
  (
    select extract(epoch from now() - max(a.started_at))::float8 from job_attempts a join jobs j using (key)
    where a.started_at > now() - $1 * interval '1 second' and j.kind = any(c.kinds)
  ),
  (select count(*) from waiting w where w.kind = any(c.kinds)),
  (select extract(epoch from now() - min(w.since))::float8 from waiting w where w.kind = any(c.kinds))
from classes c order by c.class
"""


class ClassProgress(Struct, frozen=True):
    """The progress of one class of jobs, in seconds; None: never, or no such job.

    `waiting`: the number of due jobs that no worker has claimed; `overdue_s`: the waiting time of the first of them.
    """

    job_class: str
    seen_s: float
    claimed_s: float | None
    waiting: int
    overdue_s: float | None

    @property
    def is_silent(self) -> bool:
        """Whether there was no recent heartbeat for this class."""
        return self.seen_s > SILENT_AFTER_S

    @property
    def is_stuck(self) -> bool:
        """Whether jobs are overdue and no worker has started a job of this class recently."""
        return self.overdue_s is not None and self.overdue_s > OVERDUE_AFTER_S and self.claimed_s is None


async def beat(pool: Queries, worker: str, job_class: str, kinds: Collection[str]) -> None:
    """Record a heartbeat of a worker for a class of jobs."""
    await pool.execute(BEAT, worker, job_class, sorted(kinds))


async def mark_stopped(pool: Queries, worker: str) -> None:
    """Record that a worker stopped."""
    await pool.execute(MARK_STOPPED, worker)


async def delete_old(pool: Queries) -> None:
    """Delete heartbeats that are a day old."""
    await pool.execute(DELETE_OLD)


async def job_progress(pool: Queries) -> list[ClassProgress]:
    """The progress of each class of jobs that any worker has taken."""
    return [ClassProgress(*row) for row in await pool.fetch(PROGRESS, OVERDUE_AFTER_S)]
