"""Jobs as those who look after them see them: listed, shown with their history, tried again, cancelled.

Rows hold ids and kinds of errors. The reason for an intervention is sealed under a key of its own, as people's words are, and
opened for whoever may see the job; it is forgotten with the job.
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

ATTEMPTS_PER_RETRY = 16  # of a job that is tried again
MAX_STORED_INTERVENTIONS = 100  # of one job
REASON_KEY, REASON_SUBJECT = "store/jobs", "job"

COLUMNS = """
  j.key, j.kind, c.class, j.status, j.programme, j.position, j.due_at, j.attempts, j.max_attempts, j.last_error, j.settled_at
"""

NAMED = """
with named as (
  select *, case when state = 'due' and lease_until > now() then 'running' else state end as status from jobs
)
"""

LIST = f"""
-- Jobs after a key, of these programmes (null: of all, and of none), in this status and of this kind (null: any).
{NAMED}
select {COLUMNS} from named j
left join lateral (
  select w.class from job_workers w where j.kind = any(w.kinds) order by w.seen_at desc limit 1
) c on true
where j.key > $1 and ($3::text[] is null or j.programme = any($3))
  and ($4::text is null or j.status = $4) and ($5::text is null or j.kind = $5)
order by j.key limit $2
"""

ONE = f"""
-- One job.
{NAMED}
select {COLUMNS} from named j
left join lateral (
  select w.class from job_workers w where j.kind = any(w.kinds) order by w.seen_at desc limit 1
) c on true
where j.key = $1
"""

ATTEMPTS = """
-- The attempts at a job that are kept, the first first.
select number, worker, started_at, ended_at, outcome, error from job_attempts where key = $1 order by number
"""

INTERVENTIONS = """
-- What people did about a job, the first first.
select action, at, actor, via, reason_digest, reason_nonce, reason_sealed from job_interventions where key = $1 order by number
"""

LOCK = "select from jobs where key = $1 for update"

EARLIER = "select key, action, fingerprint from job_interventions where command_id = $1"

RETRY = """
-- Let a job be tried again now: one that was given up or cancelled, or that waits after it failed.
update jobs set state = 'due', due_at = now(), settled_at = null, lease_until = null, max_attempts = attempts + $2
where key = $1
  and (state in ('failed', 'cancelled') or (state = 'due' and last_error is not null and lease_until is null))
"""

CANCEL = """
-- Cancel a job, also one at work: its worker loses the lease, so it can end the attempt no more.
with cancelled as (
  update jobs set state = 'cancelled', settled_at = now(), lease_until = null
  where key = $1 and state in ('due', 'failed') returning key
), stopped as (
  update job_attempts a set ended_at = now(), outcome = 'cancelled' from cancelled c
  where a.key = c.key and a.ended_at is null
)
select key from cancelled
"""

NOTE = """
-- Keep who intervened, when and why.
insert into job_interventions
  (key, number, action, at, actor, via, reason_digest, reason_nonce, reason_sealed, command_id, fingerprint)
select $1, coalesce(max(number), 0) + 1, $2, now(), $3, $4, $5, $6, $7, $8, $9 from job_interventions where key = $1
"""

FORGET = """
-- Interventions in a job beyond those that are kept.
delete from job_interventions where key = $1
  and number <= (select max(number) from job_interventions where key = $1) - $2
"""


class JobNotRetryable(Refusal):
    """A job is tried again once it has failed or was cancelled; one that is done, at work or not due yet is not."""

    CODE = "job-not-retryable"
    TEXT = Text(
        en="This job has not failed and was not cancelled.", nl="Deze taak is niet mislukt en niet geannuleerd."
    )


class JobOver(Refusal):
    """A job that is done or cancelled cannot be cancelled."""

    CODE = "job-over"
    TEXT = Text(en="This job is over.", nl="Deze taak is al afgerond.")


class JobRequired(Refusal):
    """An urgent job does what a rule requires (close, count, destroy a key, purge a text), so nobody cancels it."""

    CODE = "job-required"
    TEXT = Text(
        en="A rule requires this job, so it cannot be cancelled.",
        nl="Een regel vereist deze taak; annuleren kan daarom niet.",
    )


class JobRow(Struct, frozen=True, kw_only=True):
    """A job. `due_at`: when it may begin, or may be tried again; `attempts`: how many were begun; `position`: of its event."""

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
    """An attempt at a job. `outcome` None: it is being made; `error`: its kind, without content."""

    number: int
    worker: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    error: str | None


class Intervention(Struct, frozen=True):
    """Who had a job tried again or cancelled, through what, and why; `reason` None: none was given, or it cannot be opened."""

    action: Action
    at: datetime
    actor: str
    via: str
    reason: str | None


class JobHistory(JobRow, frozen=True, kw_only=True):
    """A job with its attempts and what people did about it."""

    history: list[Attempt]
    interventions: list[Intervention]


class Intervening(Struct, frozen=True):
    """Somebody who intervenes, and why. `once`: what makes the same request take effect once."""

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
    """Jobs in the order of their keys; `programmes` None: all, also those of no programme."""
    within = None if programmes is None else sorted(programmes)
    return [_job(row) for row in await pool.fetch(LIST, after, limit, within, status, kind)]


async def show_job(pool: Pool, keys: KeyStore, key: str) -> JobHistory:
    """A job with its history. Raises `NotFound`."""
    row = await pool.fetchrow(ONE, key)
    if row is None:
        raise NotFound
    history = [Attempt(*one) for one in await pool.fetch(ATTEMPTS, key)]
    interventions = [_intervention(keys, one) for one in await pool.fetch(INTERVENTIONS, key)]
    job = _job(row)
    fields = {name: getattr(job, name) for name in job.__struct_fields__}
    return JobHistory(**fields, history=history, interventions=interventions)


async def retry_job(pool: Pool, keys: KeyStore, key: str, who: Intervening) -> None:
    """Let a job be tried again now, up to sixteen times. Raises `NotFound`, `JobNotRetryable`, `IdempotencyKeyReused`."""
    async with pool.acquire() as connection, connection.transaction():
        if await _begun_before(connection, key, "retry", who.once):
            return
        if await connection.execute(RETRY, key, ATTEMPTS_PER_RETRY) != "UPDATE 1":
            raise JobNotRetryable
        await _note(connection, keys, key, "retry", who)


async def cancel_job(pool: Pool, keys: KeyStore, key: str, who: Intervening) -> None:
    """Cancel a job for good, unless it is tried again. Raises `NotFound`, `JobRequired`, `JobOver`, `IdempotencyKeyReused`."""
    async with pool.acquire() as connection, connection.transaction():
        if await _begun_before(connection, key, "cancel", who.once):
            return
        row = await connection.fetchrow(ONE, key)
        if row is not None and row["class"] == "urgent":
            raise JobRequired
        if await connection.fetchrow(CANCEL, key) is None:
            raise JobOver
        await _note(connection, keys, key, "cancel", who)


async def _begun_before(connection: Connection, key: str, action: Action, once: IdempotencyKey | None) -> bool:
    """Whether this very request took effect before. Nobody else intervenes in the job meanwhile.

    Raises `NotFound`, `IdempotencyKeyReused`.
    """
    if await connection.fetchrow(LOCK, key) is None:
        raise NotFound
    earlier = None if once is None else await connection.fetchrow(EARLIER, once.id)
    if once is None or earlier is None:
        return False
    if tuple(earlier) != (key, action, once.fingerprint):
        raise IdempotencyKeyReused
    return True


async def _note(connection: Connection, keys: KeyStore, key: str, action: Action, who: Intervening) -> None:
    sealed = None
    if who.reason is not None:
        sealed = seal("reason", who.reason, subject=REASON_SUBJECT, key=keys.secret(REASON_KEY)).disclosure
    text = (None, None, None) if sealed is None else (sealed.digest, sealed.nonce, sealed.sealed)
    once = (None, None) if who.once is None else (who.once.id, who.once.fingerprint)
    await connection.execute(NOTE, key, action, who.actor, who.via, *text, *once)
    await connection.execute(FORGET, key, MAX_STORED_INTERVENTIONS)


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
