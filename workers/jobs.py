"""Jobs: what must happen by itself, as rows in PostgreSQL. Valkey only tells that there is something to do.

A job is *due*, then *done* or *failed*. Whoever does it claims it first, by the number of the attempt and until its lease runs
out; every moment is the database's clock. A worker that dies leaves a lease behind, and the next attempt has another number.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec import Struct

from service.store.database import Queries, Row

LEASE = timedelta(seconds=60)
ATTEMPTS = 16  # with the pauses between them: about five hours
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(hours=1)
KEPT = timedelta(days=30)  # a done job, for whoever asks what happened
RINGS_AT_MOST = 500  # in one round
SHOWN_AT_MOST = 200

WRITE = """
-- New jobs; one that a fact made before stays as it is.
insert into jobs (key, kind, arguments, position, correlation_id, due_at)
select * from unnest($1::text[], $2::text[], $3::jsonb[], $4::bigint[], $5::uuid[], $6::timestamptz[])
on conflict (key) do nothing
"""

DUE = """
-- What waits for somebody to do it, of the kinds that this program knows, with the number of the next attempt.
select key, attempts + 1 from jobs
where state = 'due' and due_at <= now() and (lease_until is null or lease_until <= now()) and kind = any($1)
order by due_at limit $2
"""

CLAIM = """
-- Take this attempt at a job; no row if somebody else did, or nothing is left to do.
update jobs set attempts = $2, lease_until = clock_timestamp() + $3
where key = $1 and attempts = $2 - 1
  and state = 'due' and due_at <= now() and (lease_until is null or lease_until <= now())
returning key, kind, arguments, position, correlation_id, attempts
"""

DONE = """
-- Done, unless the lease ran out and somebody else is at it.
update jobs set state = 'done', lease_until = null, last_error = null, settled_at = now()
where key = $1 and attempts = $2 and state = 'due'
"""

FAILED = """
-- Not done: again after a pause, or never again.
update jobs set last_error = $3, lease_until = null, due_at = now() + $4,
  state = case when $5 then 'failed' else 'due' end, settled_at = case when $5 then now() end
where key = $1 and attempts = $2 and state = 'due'
"""

GIVEN_BACK = """
-- The worker stops: the attempt did not take place.
update jobs set attempts = attempts - 1, lease_until = null where key = $1 and attempts = $2 and state = 'due'
"""

GIVE_UP = """
-- Jobs whose workers died at every attempt.
update jobs set state = 'failed', settled_at = now(), lease_until = null, last_error = 'WorkerDied'
where state = 'due' and attempts >= $1 and lease_until <= now()
returning key
"""

FORGET = """
-- Jobs done long ago.
delete from jobs where state = 'done' and settled_at < now() - $1::interval
"""

FAILURES = """
-- What was given up, as the facts behind them were recorded.
select key, kind, position, attempts, last_error from jobs where state = 'failed' order by position, key limit $1
"""

AGAIN = """
-- Try a failed job again, as if for the first time.
update jobs set state = 'due', due_at = now(), settled_at = null, attempts = 0 where key = $1 and state = 'failed'
"""


class Job(Struct, frozen=True):
    """Something to do at `due_at`. `arguments`: ids by name, and nothing else; with the kind they are its key."""

    kind: str
    due_at: datetime
    arguments: dict[str, str]

    @property
    def key(self) -> str:
        return "/".join([self.kind, *self.arguments.values()])


class Cause(Protocol):
    """The fact that makes a job, as it stands in the log."""

    @property
    def position(self) -> int: ...
    @property
    def correlation_id(self) -> UUID: ...


class Claimed(Struct, frozen=True):
    """An attempt at a job, with the place and the correlation of the fact that made it."""

    key: str
    kind: str
    arguments: dict[str, str]
    position: int
    correlation_id: UUID
    attempt: int

    @property
    def via(self) -> str:
        """The name under which what it records is recorded."""
        return f"job_{self.key}"


class Failure(Struct, frozen=True):
    """A job that was given up. `because`: the kind of error, without its content."""

    key: str
    kind: str
    position: int
    attempts: int
    because: str


async def write(connection: Queries, jobs: Sequence[tuple[Job, Cause]]) -> None:
    """Write jobs, each with the fact that made it, in the transaction of `connection`."""
    if not jobs:
        return
    await connection.execute(
        WRITE,
        [job.key for job, _ in jobs],
        [job.kind for job, _ in jobs],
        [msgspec.json.encode(job.arguments).decode() for job, _ in jobs],
        [cause.position for _, cause in jobs],
        [cause.correlation_id for _, cause in jobs],
        [job.due_at for job, _ in jobs],
    )


async def due(pool: Queries, kinds: Collection[str]) -> list[tuple[str, int]]:
    """Keys of jobs that wait for somebody, each with the number of the attempt to be made."""
    return [(row[0], row[1]) for row in await pool.fetch(DUE, sorted(kinds), RINGS_AT_MOST)]


async def claim(pool: Queries, key: str, attempt: int) -> Claimed | None:
    """Take this attempt for the length of a lease; None where it is not to be had."""
    row = await pool.fetchrow(CLAIM, key, attempt, LEASE)
    return None if row is None else _claimed(row)


def _claimed(row: Row) -> Claimed:
    key, kind, arguments, position, correlation_id, attempts = row
    return Claimed(key, kind, msgspec.json.decode(arguments, type=dict[str, str]), position, correlation_id, attempts)


async def done(pool: Queries, job: Claimed) -> None:
    """Say that the job is done."""
    await pool.execute(DONE, job.key, job.attempt)


async def failed(pool: Queries, job: Claimed, because: str) -> bool:
    """Say that the attempt failed, by the kind of error alone; whether the job is given up."""
    last = job.attempt >= ATTEMPTS
    await pool.execute(FAILED, job.key, job.attempt, because, pause(job.attempt), last)
    return last


def pause(attempt: int) -> timedelta:
    """How long to wait after this attempt: 1, 2, 4 … seconds, an hour at most."""
    return min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)


async def give_back(pool: Queries, job: Claimed) -> None:
    """Leave an attempt to others, since this worker stops."""
    await pool.execute(GIVEN_BACK, job.key, job.attempt)


async def give_up(pool: Queries) -> list[str]:
    """Fail the jobs whose workers died at every attempt; their keys."""
    return [row[0] for row in await pool.fetch(GIVE_UP, ATTEMPTS)]


async def forget(pool: Queries) -> None:
    """Delete the rows of jobs done more than 30 days ago."""
    await pool.execute(FORGET, KEPT)


async def failed_jobs(pool: Queries) -> list[Failure]:
    """What was given up and waits for somebody to look: for the health page and `kring doctor`."""
    return [Failure(*row) for row in await pool.fetch(FAILURES, SHOWN_AT_MOST)]


async def again(pool: Queries, key: str) -> bool:
    """Let a failed job be tried again; whether there was one."""
    return await pool.execute(AGAIN, key) == "UPDATE 1"
