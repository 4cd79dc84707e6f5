"""Whether jobs are being done: heartbeats of the loops that claim them, and how long due jobs have waited.

Both stand in PostgreSQL, beside the jobs: jobs are done without Valkey, so whether they are done is not asked of it.
"""

from collections.abc import Collection

from msgspec import Struct

from service.store.database import Queries

BEAT_INTERVAL_S = 2.0
SILENT_AFTER_S = 15.0  # a worker that has not been seen for longer does not work
OVERDUE_AFTER_S = 30.0  # a due job that nobody has claimed by then is worth a word, unless its class makes progress

BEAT = """
-- A worker did a round for a class of jobs.
insert into job_workers (worker, class, kinds, seen_at) values ($1, $2, $3, clock_timestamp())
on conflict (worker, class) do update set kinds = excluded.kinds, seen_at = excluded.seen_at
"""

LEAVE = """
-- A worker stopped: it counts as not seen, and what it knew about kinds stays.
update job_workers set seen_at = seen_at - interval '1 hour' where worker = $1
"""

FORGET = """
-- Heartbeats of workers that have been gone for a day, but the last one of a class: it says which kinds are of that class.
delete from job_workers w where w.seen_at < now() - interval '1 day'
  and exists (select from job_workers o where o.class = w.class and o.seen_at > w.seen_at)
"""

PROGRESS = """
-- For each class of jobs: seconds since a worker was seen, seconds since an attempt began if that was lately, how many due jobs
-- wait to be claimed (of the first 10 000), and for how many seconds the first of them has waited.
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
    """The progress of one class of jobs, in seconds; None: never, or none.

    `waiting`: due jobs that nobody has claimed; `overdue_s`: how long the first of them has waited.
    """

    job_class: str
    seen_s: float
    claimed_s: float | None
    waiting: int
    overdue_s: float | None

    @property
    def is_silent(self) -> bool:
        """Whether no worker has done a round for this class lately."""
        return self.seen_s > SILENT_AFTER_S

    @property
    def is_stuck(self) -> bool:
        """Whether jobs have been due for long and no worker has begun one of the class since."""
        return self.overdue_s is not None and self.overdue_s > OVERDUE_AFTER_S and self.claimed_s is None


async def beat(pool: Queries, worker: str, job_class: str, kinds: Collection[str]) -> None:
    """Record that a worker did a round for a class of jobs."""
    await pool.execute(BEAT, worker, job_class, sorted(kinds))


async def leave(pool: Queries, worker: str) -> None:
    """Record that a worker stopped."""
    await pool.execute(LEAVE, worker)


async def forget(pool: Queries) -> None:
    """Delete heartbeats of workers that have been gone for a day."""
    await pool.execute(FORGET)


async def job_progress(pool: Queries) -> list[ClassProgress]:
    """The progress of each class of jobs that a worker has taken in the last day; none: no worker has."""
    return [ClassProgress(*row) for row in await pool.fetch(PROGRESS, OVERDUE_AFTER_S)]
