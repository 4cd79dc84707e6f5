"""The engine: arq on Valkey does the jobs, PostgreSQL holds them.

The doorbell puts the key of a job and the number of an attempt into Valkey's queue; whoever takes it out claims that attempt
in PostgreSQL. What got lost in Valkey is rung for again.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec
import structlog
from arq import ArqRedis, create_pool
from arq.connections import RedisSettings
from arq.worker import Worker, func
from redis.exceptions import RedisError

from domain.foundation import Refusal
from service.drifting import look_for_drift
from service.kring import Kring
from service.store import files
from service.store.database import BROKEN
from workers import duties, jobs, mail
from workers.jobs import Claimed
from workers.letters import LETTERS
from workers.reactor import react

PATIENCE = 45.0  # seconds for one attempt; shorter than its lease, so that two never work on the same job
ARQ_PATIENCE = 60.0  # seconds until arq takes an attempt for lost
KEPT_BACK = 5.0  # seconds that arq keeps a taken job from others, also when its taker died; the lease is what counts
AT_ONCE = 8  # jobs in one process
ROUND = 1.0  # seconds between two rounds of the doorbell
TAKE = 0.1  # seconds between two looks into Valkey's queue
RESTART = 1.0  # seconds before trying a lost server again
FORGET_EVERY = 3600  # rounds: about an hour
CHECK_EVERY = 3600.0  # seconds between two looks whether views tell what the log tells

FORGET_COMMANDS = "select forget_commands()"

DUTIES: Mapping[str, Callable[[Kring, Claimed], Awaitable[None]]] = {
    "close_ballot": duties.close_ballot,
    "count_ballot": duties.count_ballot,
    "destroy_ballot_key": duties.destroy_ballot_key,
    "solve_assignment": duties.solve_assignment,
    "alert_of_small_team": duties.alert_of_small_team,
    "tell_commissioner": duties.tell_commissioner,
    "withhold_words": duties.withhold_words,
    "tell_of_withdrawal": duties.tell_of_withdrawal,
    **dict.fromkeys(LETTERS, mail.send),
}
"""Who does which kind of job. A job of a kind that is not here waits for a program that knows it."""

log = structlog.get_logger(__name__)


async def work(kring: Kring) -> None:
    """React, ring and do jobs until cancelled; any number of processes may."""
    doorbell = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(react(kring, doorbell), name="kring reactor")
        tasks.create_task(_ring_for_ever(kring, doorbell), name="kring doorbell")
        tasks.create_task(_take_for_ever(kring), name="kring jobs")
        tasks.create_task(_check_for_ever(kring), name="kring check")


async def attempt(kring: Kring, key: str, number: int) -> None:
    """Make this attempt at a job if it is still to be made. What goes wrong stands in the job's row."""
    pool = kring.log.pool
    job = await jobs.claim(pool, key, number)
    if job is None:
        return
    try:
        async with asyncio.timeout(PATIENCE):
            await DUTIES[job.kind](kring, job)
    except asyncio.CancelledError:
        await jobs.give_back(pool, job)
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the job is not done
        because = error.CODE if isinstance(error, Refusal) else type(error).__name__
        last = await jobs.failed(pool, job, because)
        log.warning("job_given_up" if last else "job_failed", key=job.key, attempt=job.attempt, because=because)
    else:
        await jobs.done(pool, job)
        log.info("job_done", key=job.key, attempt=job.attempt)


async def ring(kring: Kring, valkey: ArqRedis) -> None:
    """Ring once for every job that is due. What was rung for and not done yet stays in the queue as it is."""
    for key in await jobs.give_up(kring.log.pool):
        log.warning("job_given_up", key=key, because="WorkerDied")
    for key, number in await jobs.due(kring.log.pool, DUTIES):
        await valkey.enqueue_job("attempt", key, number, _job_id=f"{key}:{number}")


async def forget(kring: Kring) -> None:
    """Delete what is kept for a while only: jobs done 30 days ago, ids of commands of a day ago, bytes without their fact."""
    await jobs.forget(kring.log.pool)
    await kring.log.pool.execute(FORGET_COMMANDS)
    await files.sweep(kring.log.pool)


async def _ring_for_ever(kring: Kring, doorbell: asyncio.Event) -> None:
    """Ring every round, and at once when there are new jobs."""
    rounds = 0
    while True:
        try:
            async with _valkey(kring) as valkey:
                while True:
                    doorbell.clear()
                    if rounds % FORGET_EVERY == 0:
                        await forget(kring)
                    rounds += 1
                    await ring(kring, valkey)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(ROUND):
                            await doorbell.wait()
        except (RedisError, *BROKEN) as error:
            log.warning("doorbell_lost_its_servers", error=type(error).__name__)
        await asyncio.sleep(RESTART)


async def _check_for_ever(kring: Kring) -> None:
    """Look every hour whether views tell what the log tells; what does not is told to the log of this process and to metrics."""
    while True:
        await asyncio.sleep(CHECK_EVERY)
        try:
            async for _ in look_for_drift(kring):
                pass
        except Exception as error:  # noqa: BLE001  a fact that a fold cannot take stops its view, not the jobs
            log.warning("views_not_checked", error=type(error).__name__)


async def _take_for_ever(kring: Kring) -> None:
    """Take jobs out of Valkey's queue and do them."""
    while True:
        try:
            async with _valkey(kring) as valkey:
                await _take(kring, valkey)
        except (RedisError, *BROKEN) as error:
            log.warning("worker_lost_valkey", error=type(error).__name__)
        await asyncio.sleep(RESTART)


async def _take(kring: Kring, valkey: ArqRedis) -> None:
    at_it: set[asyncio.Task[Any] | None] = set()

    async def attempt_it(ctx: dict[Any, Any], key: str, number: int) -> None:  # noqa: ARG001  arq passes it
        at_it.add(asyncio.current_task())
        try:
            await attempt(kring, key, number)
        except BROKEN as error:  # the lease runs out, and the doorbell rings again
            log.warning("job_lost_its_database", key=key, attempt=number, error=type(error).__name__)
        finally:
            at_it.discard(asyncio.current_task())

    worker = Worker(
        [func(attempt_it, name="attempt")],
        redis_pool=valkey,
        queue_name=valkey.default_queue_name,
        handle_signals=False,
        max_jobs=AT_ONCE,
        job_timeout=ARQ_PATIENCE,
        keep_result=0,
        poll_delay=TAKE,
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
    )
    worker.in_progress_timeout_s = KEPT_BACK
    try:
        await worker.async_run()
    finally:
        tasks = [*worker.tasks.values(), *(one for one in at_it if one)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def _valkey(kring: Kring) -> AsyncGenerator[ArqRedis]:
    """Valkey, with a queue of this log's own. Messages are MessagePack: unpickling what a cache holds could run anything."""
    assert kring.config.redis_url is not None, "the servers are up before anybody works"
    opening = asyncio.create_task(
        create_pool(
            valkey_settings(kring.config.redis_url),
            job_serializer=msgspec.msgpack.encode,
            job_deserializer=msgspec.msgpack.decode,
            default_queue_name=f"kring:{kring.log.log_id}",
        )
    )
    try:
        yield await asyncio.shield(opening)
    finally:  # arq, cancelled while it connects, leaves the connection open: it takes a second at most
        await (await opening).aclose()


def valkey_settings(url: str) -> RedisSettings:
    """How to reach Valkey; arq leaves names and passwords percent-encoded, as URLs have them (RFC 3986 §3.2.1)."""
    settings = RedisSettings.from_dsn(url)
    settings.conn_retries = 0  # whoever asks tries again
    settings.username, settings.password = (
        None if one is None else unquote(one) for one in (settings.username, settings.password)
    )
    return settings
