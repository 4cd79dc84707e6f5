"""The job queue: required work as rows in PostgreSQL, claimed by workers under a lease.

A job is *due*, then *done*, *failed* or *cancelled*. A worker claims an attempt for the length of a lease, renews the lease
while it works, and ends the attempt by its number. The number is a fencing token, since it only increases: a worker that has
lost its lease changes nothing. All times are by the database's clock.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from service.store.database import Queries
from service.store.jobs.deliveries import RETENTION

LEASE = timedelta(seconds=30)
FIRST_PAUSE, MAX_PAUSE = timedelta(seconds=1), timedelta(hours=1)
MAX_STORED_ATTEMPTS = 100  # of one job; retries and postponements add to the sixteen that it may make


Outcome = Literal["done", "failed", "returned", "postponed"]

DUE = """
-- Due jobs of these kinds that no worker has claimed, each with the number of its next attempt.
select key, attempts + 1 from jobs
where state = 'due' and due_at <= now() and (lease_until is null or lease_until <= now())
  and attempts < max_attempts and kind = any($1)
order by due_at limit $2
"""

CLAIM = """
-- Claim due jobs of these kinds, the longest due first, concurrently with other workers. Unended earlier attempts were lost.
with picked as (
  select key from jobs
  where state = 'due' and due_at <= now() and (lease_until is null or lease_until <= now())
    and attempts < max_attempts and kind = any($1)
  order by due_at limit $2
  for update skip locked
), claimed as (
  update jobs j set attempts = attempts + 1, lease_until = clock_timestamp() + $3
  from picked where j.key = picked.key
  returning j.key, j.kind, j.arguments, j.position, j.correlation_id, j.attempts, j.attempts >= j.max_attempts as is_last
), lost as (
  update job_attempts a set ended_at = now(), outcome = 'lost' from claimed c where a.key = c.key and a.ended_at is null
), forgotten as (
  delete from job_attempts a using claimed c where a.key = c.key and a.number <= c.attempts - $5
), begun as (
  insert into job_attempts (key, number, worker, started_at) select key, attempts, $4, clock_timestamp() from claimed
)
select * from claimed
"""

RENEW = """
-- Renew the leases of attempts that have not lost them; returns the keys of their jobs.
update jobs j set lease_until = clock_timestamp() + $3
from unnest($1::text[], $2::integer[]) as held (key, attempt)
where j.key = held.key and j.attempts = held.attempt and j.state = 'due'
returning j.key
"""

END = """
-- End an attempt, unless its job was claimed by another worker, cancelled or failed meanwhile: then nothing changes.
with ended as (
  update jobs set
    state = $3,
    lease_until = null,
    last_error = case when $3 = 'done' then null else coalesce($5, last_error) end,
    due_at = coalesce(now() + $6::interval, due_at),
    max_attempts = max_attempts + $7,
    settled_at = case when $3 = 'due' then null else now() end
  where key = $1 and attempts = $2 and state = 'due'
  returning key
)
update job_attempts a set ended_at = clock_timestamp(), outcome = $4, error = $5 from ended
where a.key = ended.key and a.number = $2
"""

GIVE_UP = """
-- Fail jobs whose workers died at every attempt.
with given_up as (
  update jobs set state = 'failed', settled_at = now(), lease_until = null, last_error = 'WorkerDied'
  where state = 'due' and attempts >= max_attempts and lease_until <= now()
  returning key
), lost as (
  update job_attempts a set ended_at = now(), outcome = 'lost' from given_up g where a.key = g.key and a.ended_at is null
)
select key from given_up
"""

FORGET = """
-- Delete jobs that were done or cancelled long ago, with their attempts and interventions.
delete from jobs where state in ('done', 'cancelled') and settled_at < now() - $1::interval
"""


class Claimed(Struct, frozen=True):
    """A claimed attempt at a job. `position`, `correlation_id`: of the event that required it."""

    key: str
    kind: str
    arguments_json: str
    position: int
    correlation_id: UUID
    attempt: int
    is_last: bool

    @property
    def arguments(self) -> dict[str, str]:
        """Ids by name. Decoded on use, so that a damaged row fails only its own attempt."""
        return msgspec.json.decode(self.arguments_json, type=dict[str, str])

    @property
    def via(self) -> str:
        """The `via` under which its commands are recorded."""
        return f"job_{self.key}"


async def due(pool: Queries, kinds: Collection[str], limit: int) -> list[tuple[str, int]]:
    """Keys of due jobs that no worker has claimed, each with the number of its next attempt."""
    return [(row[0], row[1]) for row in await pool.fetch(DUE, sorted(kinds), limit)]


async def claim(pool: Queries, kinds: Collection[str], limit: int, worker: str) -> list[Claimed]:
    """Claim up to `limit` due jobs of these kinds for `worker`, each for the length of a lease."""
    rows = await pool.fetch(CLAIM, sorted(kinds), limit, LEASE, worker, MAX_STORED_ATTEMPTS)
    return [Claimed(*row) for row in rows]


async def renew(pool: Queries, held: Sequence[tuple[str, int]]) -> set[str]:
    """Renew the leases of these attempts (key, number). Returns the keys of those that had not lost their lease."""
    rows = await pool.fetch(RENEW, [key for key, _ in held], [number for _, number in held], LEASE)
    return {row[0] for row in rows}


async def done(pool: Queries, job: Claimed) -> bool:
    """Record that the job is done. Returns False if the attempt had lost its lease or the job was cancelled."""
    return await _end(pool, job, "done", "done")


async def failed(pool: Queries, job: Claimed, error: str, pause: timedelta) -> bool:
    """Record that the attempt failed, with the class of the error: the job is retried after `pause`, unless it was the last."""
    return await _end(pool, job, "failed" if job.is_last else "due", "failed", error, pause)


async def postpone(pool: Queries, job: Claimed, error: str, pause: timedelta) -> bool:
    """Postpone the job without counting the attempt, since its destination is unavailable."""
    return await _end(pool, job, "due", "postponed", error, pause, more_attempts=1)


async def give_back(pool: Queries, job: Claimed) -> bool:
    """Release the job to other workers at once, without counting the attempt, since this worker stops."""
    return await _end(pool, job, "due", "returned", more_attempts=1)


async def _end(
    pool: Queries,
    job: Claimed,
    state: Literal["due", "done", "failed"],
    outcome: Outcome,
    error: str | None = None,
    pause: timedelta | None = None,
    *,
    more_attempts: int = 0,
) -> bool:
    arguments = (job.key, job.attempt, state, outcome, error, pause, more_attempts)
    return await pool.execute(END, *arguments) == "UPDATE 1"


def pause(attempt: int, chance: float) -> timedelta:
    """The time to wait after this attempt: 1, 2, 4 … seconds, at most an hour, shortened by up to half by `chance` in [0, 1).

    The randomness spreads the retries of jobs that failed together.
    """
    full = min(FIRST_PAUSE * 2 ** min(attempt - 1, 20), MAX_PAUSE)
    return full * (1 - chance / 2)


async def give_up(pool: Queries) -> list[str]:
    """Fail jobs whose workers died at every attempt. Returns their keys."""
    return [row[0] for row in await pool.fetch(GIVE_UP)]


async def forget(pool: Queries) -> None:
    """Delete jobs that were done or cancelled more than 30 days ago."""
    await pool.execute(FORGET, RETENTION)
