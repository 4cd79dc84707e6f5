"""Jobs for operators and managers: list them, show them with their history, retry them, cancel them.

Rows hold ids and classes of errors. The reason for an intervention is sealed under a key of its own and shown to everybody who
may see the job; it is deleted with the job.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.foundation import NotFound, ProgrammeId, Refusal, Text
from service.sealing.disclosure import Disclosure
from service.sealing.keys import KeyStore
from service.sealing.sealed_fields import CannotOpen, open_, seal
from service.store.database import Connection, Pool, Row
from service.store.log.errors import IdempotencyKeyReused
from service.store.log.types import IdempotencyKey

Status = Literal["due", "running", "done", "failed", "cancelled"]
Action = Literal["retry", "cancel"]

ATTEMPTS_PER_RETRY = 16
MAX_STORED_INTERVENTIONS = 100  # per job
REASON_KEY, REASON_SUBJECT = "store/jobs", "job"

COLUMNS = """
  j.key, j.kind, c.class, j.status, j.programme, j.position, j.due_at, j.attempts, j.max_attempts, j.last_error, j.settled_at
"""

WITH_STATUS = """
with jobs_with_status as (
  select *, case when state = 'due' and lease_until > now() then 'running' else state end as status from jobs
)
"""

LIST_JOBS = f"""
-- Jobs after a key, of these programmes (null: all jobs), with this status and of this kind (null: any).
{WITH_STATUS}
select {COLUMNS} from jobs_with_status j
left join lateral (
  select w.class from job_workers w where j.kind = any(w.kinds) order by w.seen_at desc limit 1
) c on true
where j.key > $1 and ($3::text[] is null or j.programme = any($3))
  and ($4::text is null or j.status = $4) and ($5::text is null or j.kind = $5)
order by j.key limit $2
"""

SHOW_JOB = f"""
-- One job.
{WITH_STATUS}
select {COLUMNS} from jobs_with_status j
left join lateral (
  select w.class from job_workers w where j.kind = any(w.kinds) order by w.seen_at desc limit 1
) c on true
where j.key = $1
"""

ATTEMPTS = """
-- The stored attempts of a job, the first one first.
select number, worker, started_at, ended_at, outcome, error from job_attempts where key = $1 order by number
"""

INTERVENTIONS = """
-- The interventions in a job, the first one first.
select action, at, actor, via, reason_digest, reason_nonce, reason_sealed from job_interventions where key = $1 order by number
"""

LOCK = "select from jobs where key = $1 for update"

SAME_COMMAND = "select key, action, fingerprint from job_interventions where command_id = $1"

RETRY = """
-- Retry a job now, if it failed, was cancelled, or waits for a retry.
update jobs set state = 'due', due_at = now(), settled_at = null, lease_until = null, max_attempts = attempts + $2
where key = $1
  and (state in ('failed', 'cancelled') or (state = 'due' and last_error is not null and lease_until is null))
"""

CANCEL = """
-- Cancel a job, even if it is running: its worker loses the lease, so it can no longer finish the attempt.
with cancelled as (
  update jobs set state = 'cancelled', settled_at = now(), lease_until = null
  where key = $1 and state in ('due', 'failed') returning key
), stopped as (
  update job_attempts a set ended_at = now(), outcome = 'cancelled' from cancelled c
  where a.key = c.key and a.ended_at is null
)
select key from cancelled
"""

RECORD_INTERVENTION = """
-- Record by whom, when and why.
insert into job_interventions
  (key, number, action, at, actor, via, reason_digest, reason_nonce, reason_sealed, command_id, fingerprint)
select $1, coalesce(max(number), 0) + 1, $2, now(), $3, $4, $5, $6, $7, $8, $9 from job_interventions where key = $1
"""

DELETE_OLD_INTERVENTIONS = """
-- Delete the oldest interventions in a job.
delete from job_interventions where key = $1
  and number <= (select max(number) from job_interventions where key = $1) - $2
"""


class JobNotRetryable(Refusal):
    """A job can be retried if it failed or was cancelled, but not if it is done, running or not due yet."""

    CODE = "job-not-retryable"
    TEXT = Text(
        en="This job has not failed and was not cancelled.", nl="Deze taak is niet mislukt en niet geannuleerd."
    )


class JobOver(Refusal):
    """A job that is done or cancelled cannot be cancelled."""

    CODE = "job-over"
    TEXT = Text(en="This job is over.", nl="Deze taak is al afgerond.")


class JobRequired(Refusal):
    """An urgent job does what a rule requires (close, count, destroy a key, purge a text), so it cannot be cancelled."""

    CODE = "job-required"
    TEXT = Text(
        en="A rule requires this job, so it cannot be cancelled.",
        nl="Een regel vereist deze taak; annuleren kan daarom niet.",
    )


class JobRow(Struct, frozen=True, kw_only=True):
    """A job. `due_at`: the time of its first attempt or next retry; `attempts`: started so far; `position`: of its event."""

    id: str
    kind: str
    job_class: str | None
    status: Status
    programme_id: ProgrammeId | None
    position: int
    due_at: datetime
    attempts: int
    attempts_left: int
    last_error: str | None
    ended_at: datetime | None


class Attempt(Struct, frozen=True):
    """An attempt at a job. `outcome` None: it is running; `error`: the class of the error, without content."""

    number: int
    worker: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    error: str | None


class Intervention(Struct, frozen=True):
    """A retry or cancellation of a job by a person. `reason` None: none was given, or it cannot be decrypted."""

    action: Action
    at: datetime
    actor: str
    via: str
    reason: str | None


class JobHistory(JobRow, frozen=True, kw_only=True):
    """A job with its attempts and interventions."""

    history: list[Attempt]
    interventions: list[Intervention]


class Intervener(Struct, frozen=True):
    """The person who intervenes, and why. `once`: makes a repeated request take effect once."""

    actor: str
    via: str
    reason: str | None
    once: IdempotencyKey | None = None


async def list_jobs(
    pool: Pool,
    *,
    after: str = "",
    limit: int,
    programmes: Collection[str] | None = None,
    status: Status | None = None,
    kind: str | None = None,
) -> list[JobRow]:
    """List jobs in the order of their keys. `programmes` None: all jobs, including those without a programme."""
    within = None if programmes is None else sorted(programmes)
    return [_job(row) for row in await pool.fetch(LIST_JOBS, after, limit, within, status, kind)]


async def show_job(pool: Pool, keys: KeyStore, key: str) -> JobHistory:
    """Show a job with its history. Raises `NotFound`."""
    row = await pool.fetchrow(SHOW_JOB, key)
    if row is None:
        raise NotFound
    history = [Attempt(*one) for one in await pool.fetch(ATTEMPTS, key)]
    interventions = [_intervention(keys, one) for one in await pool.fetch(INTERVENTIONS, key)]
    job = _job(row)
    fields = {name: getattr(job, name) for name in job.__struct_fields__}
    return JobHistory(**fields, history=history, interventions=interventions)


async def retry_job(pool: Pool, keys: KeyStore, key: str, by: Intervener) -> None:
    """Retry a job now, with up to sixteen attempts. Raises `NotFound`, `JobNotRetryable`, `IdempotencyKeyReused`."""
    async with pool.acquire() as connection, connection.transaction():
        if await _already_applied(connection, key, "retry", by.once):
            return
        if await connection.execute(RETRY, key, ATTEMPTS_PER_RETRY) != "UPDATE 1":
            raise JobNotRetryable
        await _record(connection, keys, key, "retry", by)


async def cancel_job(pool: Pool, keys: KeyStore, key: str, by: Intervener) -> None:
    """Cancel a job, which ends it unless it is retried. Raises `NotFound`, `JobRequired`, `JobOver`, `IdempotencyKeyReused`."""
    async with pool.acquire() as connection, connection.transaction():
        if await _already_applied(connection, key, "cancel", by.once):
            return
        row = await connection.fetchrow(SHOW_JOB, key)
        if row is not None and row["class"] == "urgent":
            raise JobRequired
        if await connection.fetchrow(CANCEL, key) is None:
            raise JobOver
        await _record(connection, keys, key, "cancel", by)


async def _already_applied(connection: Connection, key: str, action: Action, once: IdempotencyKey | None) -> bool:
    """Whether the same request was applied before. Locks the job against other interventions.

    Raises `NotFound`, `IdempotencyKeyReused`.
    """
    if await connection.fetchrow(LOCK, key) is None:
        raise NotFound
    recorded = None if once is None else await connection.fetchrow(SAME_COMMAND, once.id)
    if once is None or recorded is None:
        return False
    if tuple(recorded) != (key, action, once.fingerprint):
        raise IdempotencyKeyReused
    return True


async def _record(connection: Connection, keys: KeyStore, key: str, action: Action, by: Intervener) -> None:
    sealed = None
    if by.reason is not None:
        sealed = seal("reason", by.reason, subject=REASON_SUBJECT, key=keys.secret(REASON_KEY)).disclosure
    text = (None, None, None) if sealed is None else (sealed.digest, sealed.nonce, sealed.sealed)
    once = (None, None) if by.once is None else (by.once.id, by.once.fingerprint)
    await connection.execute(RECORD_INTERVENTION, key, action, by.actor, by.via, *text, *once)
    await connection.execute(DELETE_OLD_INTERVENTIONS, key, MAX_STORED_INTERVENTIONS)


def _job(row: Row) -> JobRow:
    key, kind, job_class, status, programme, position, due_at, attempts, most, error, ended_at = row
    return JobRow(
        id=key,
        kind=kind,
        job_class=job_class,
        status=status,
        programme_id=programme,
        position=position,
        due_at=due_at,
        attempts=attempts,
        attempts_left=max(0, most - attempts),
        last_error=error,
        ended_at=ended_at,
    )


def _intervention(keys: KeyStore, row: Row) -> Intervention:
    action, at, actor, via, digest, nonce, sealed = row
    return Intervention(action, at, actor, via, None if digest is None else _reason(keys, digest, nonce, sealed))


def _reason(keys: KeyStore, digest: bytes, nonce: bytes, sealed: bytes) -> str | None:
    try:
        return open_(Disclosure(digest, REASON_SUBJECT, nonce, sealed), keys.secret(REASON_KEY))
    except CannotOpen:
        return None
