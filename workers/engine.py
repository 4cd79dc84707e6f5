"""The job engine: for each class of jobs a runner, which claims due jobs from PostgreSQL and runs them in its own slots.

A runner looks for due jobs once a second, and at once when it is woken: by new jobs of this process, by a wake-up from Valkey,
or by a slot that became free. The lease of every running job is renewed; a job that has lost its lease is stopped.
"""

import asyncio
import contextlib
import os
import random
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog

from domain.foundation import Refusal
from service.clock_and_ids import new_uuid, now
from service.kring import Kring
from service.store import files
from service.store.database import DATABASE_ERRORS
from service.store.jobs import creating, progress
from service.store.jobs.creating import Job
from service.store.sign_in import requests, sessions
from workers.job_registry import SLOTS, TIME_LIMITS_S, JobClass, JobKind, job_kinds
from workers.jobs import queue
from workers.jobs.circuit_breaker import Breakers, CircuitOpen, DestinationFailed
from workers.jobs.dispatcher import receive_wake_ups, send_wake_ups
from workers.jobs.queue import Claimed
from workers.reactor import react

POLL_INTERVAL_S = 1.0
RENEWAL_INTERVAL_S = 10.0  # a third of a lease
DATABASE_TIMEOUT_S = 10.0  # for the engine's own queries
RETRY_INTERVAL_S = 1.0  # before trying a lost database again
MAINTENANCE_INTERVAL_S = 60.0
MAINTENANCE_ROUNDS_PER_HOUR = 60
MAX_POSTPONE_FACTOR = 1.5  # times as long as a circuit stays open: a random factor up to this one spreads the retries

FORGET_COMMANDS = "select forget_commands()"

log = structlog.get_logger(__name__)


async def work(kring: Kring) -> None:
    """React to events and run jobs until cancelled. Any number of processes may do so."""
    worker, kinds = worker_name(), job_kinds(Breakers())
    new_jobs, to_send = asyncio.Event(), asyncio.Event()
    runners = [Runner(kring, worker, job_class, of_class(kinds, job_class)) for job_class in SLOTS]

    def wake() -> None:
        for runner in runners:
            runner.wake()

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(react(kring, new_jobs), name="kring reactor")
            tasks.create_task(_dispatch(new_jobs, to_send, wake), name="kring dispatcher")
            tasks.create_task(send_wake_ups(kring, kinds, to_send), name="kring wake-ups out")
            tasks.create_task(receive_wake_ups(kring, wake), name="kring wake-ups in")
            tasks.create_task(_renew_leases(runners), name="kring leases")
            tasks.create_task(_maintain(kring), name="kring maintenance")
            for runner in runners:
                tasks.create_task(runner.run(), name=f"kring {runner.job_class} jobs")
    finally:
        await _leave(kring, worker)


def worker_name() -> str:
    """A name for this worker: machine, process id, and four hex digits, since a process may have several workers."""
    return f"{socket.gethostname()}/{os.getpid()}/{new_uuid().hex[:4]}"


def of_class(kinds: Mapping[str, JobKind], job_class: JobClass) -> dict[str, JobKind]:
    """The kinds of jobs of one class."""
    return {name: kind for name, kind in kinds.items() if kind.job_class == job_class}


class Runner:
    """The jobs of one class in this process."""

    def __init__(self, kring: Kring, worker: str, job_class: JobClass, kinds: Mapping[str, JobKind]) -> None:
        self.job_class: JobClass = job_class
        self._kring, self._worker, self._kinds = kring, worker, kinds
        self._woken = asyncio.Event()
        self._running: dict[asyncio.Task[None], Claimed] = {}
        self._lease_ends: dict[asyncio.Task[None], float] = {}
        self._heartbeat_at = 0.0

    def wake(self) -> None:
        """Make the runner look for due jobs now."""
        self._woken.set()

    async def run(self) -> None:
        """Claim and run jobs until cancelled; then return unfinished jobs."""
        try:
            while True:
                self._woken.clear()
                try:
                    async with asyncio.timeout(DATABASE_TIMEOUT_S):
                        await self._fill_slots()
                        await self._record_heartbeat()
                except DATABASE_ERRORS as error:
                    log.warning("jobs_not_claimed", job_class=self.job_class, error=type(error).__name__)
                    await asyncio.sleep(RETRY_INTERVAL_S)
                await wait_for(self._woken, POLL_INTERVAL_S)
        finally:
            await self._stop()

    async def _fill_slots(self) -> None:
        free = SLOTS[self.job_class] - len(self._running)
        if free <= 0:
            return
        lease_ends = time.monotonic() + queue.LEASE.total_seconds()
        for job in await queue.claim(self._kring.log.pool, self._kinds, free, self._worker):
            task = asyncio.create_task(self._attempt(job), name=f"kring job {job.key}")
            self._running[task], self._lease_ends[task] = job, lease_ends
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task], self._lease_ends[task]
        # The job's end could not be recorded: its lease expires and another worker claims it.
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("job_end_not_recorded", job_class=self.job_class, error=type(error).__name__)
        self.wake()

    async def _record_heartbeat(self) -> None:
        """Record that this runner works: all its slots are taken, or due jobs were claimed."""
        if time.monotonic() - self._heartbeat_at >= progress.BEAT_INTERVAL_S:
            await progress.beat(self._kring.log.pool, self._worker, self.job_class, self._kinds)
            self._heartbeat_at = time.monotonic()

    async def renew_leases(self) -> None:
        """Renew the lease of every running job; stop those that have lost it."""
        held, now = dict(self._running), time.monotonic()
        if not held:
            return
        try:
            async with asyncio.timeout(DATABASE_TIMEOUT_S):
                renewed = await queue.renew(self._kring.log.pool, [(job.key, job.attempt) for job in held.values()])
        except DATABASE_ERRORS as error:
            log.warning("leases_not_renewed", job_class=self.job_class, error=type(error).__name__)
            renewed = {job.key for task, job in held.items() if self._lease_ends.get(task, 0) > time.monotonic()}
        else:
            ends = now + queue.LEASE.total_seconds()
            self._lease_ends |= {
                task: ends for task, job in held.items() if job.key in renewed and task in self._running
            }
        for task, job in held.items():
            if job.key not in renewed and task in self._running:
                log.warning("job_lost_its_lease", key=job.key, attempt=job.attempt)
                task.cancel()

    async def _stop(self) -> None:
        held = dict(self._running)
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        pool = self._kring.log.pool  # has no effect on jobs that have ended; some may not even have started
        await asyncio.gather(*(self._end(queue.give_back(pool, job)) for job in held.values()), return_exceptions=True)

    async def _attempt(self, job: Claimed) -> None:
        """Run a job. An error is recorded in its row, without its message, and does not affect other jobs."""
        pool = self._kring.log.pool
        try:
            async with asyncio.timeout(TIME_LIMITS_S[self.job_class]):
                await self._kinds[job.kind].handler(self._kring, job)
        except asyncio.CancelledError as error:
            if _is_stopping():
                raise
            await self._failed(job, error)
        except CircuitOpen as error:
            pause = timedelta(seconds=error.seconds * random.uniform(1, MAX_POSTPONE_FACTOR))  # noqa: S311  jitter
            await self._end(queue.postpone(pool, job, type(error).__name__, pause))
        except (Exception, SystemExit) as error:  # noqa: BLE001  every error means that the job has failed
            await self._failed(job, error)
        else:
            if await self._end(queue.done(pool, job)):
                log.info("job_done", key=job.key, attempt=job.attempt)
            else:
                log.warning("job_done_too_late", key=job.key, attempt=job.attempt)

    async def _failed(self, job: Claimed, error: BaseException) -> None:
        because = error_kind(error)
        pause = queue.pause(job.attempt, random.random())  # noqa: S311  jitter
        await self._end(queue.failed(self._kring.log.pool, job, because, pause))
        log.warning("job_given_up" if job.is_last else "job_failed", key=job.key, attempt=job.attempt, because=because)

    async def _end(self, ending: Awaitable[bool]) -> bool:
        async with asyncio.timeout(DATABASE_TIMEOUT_S):
            return await ending


def error_kind(error: BaseException) -> str:
    """The code of a refusal, or the class of another error. Not its message, which may quote personal data."""
    if isinstance(error, DestinationFailed) and error.__cause__ is not None:
        error = error.__cause__
    return error.CODE if isinstance(error, Refusal) else type(error).__name__


def _is_stopping() -> bool:
    """Whether this task was cancelled from outside, rather than its handler raising `CancelledError`."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event for at most `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def _dispatch(new_jobs: asyncio.Event, to_send: asyncio.Event, wake: Callable[[], None]) -> None:
    """Wake the runners of this process for new jobs first, then those of other processes, which may take longer."""
    while True:
        await new_jobs.wait()
        new_jobs.clear()
        wake()
        to_send.set()


async def _renew_leases(runners: list[Runner]) -> None:
    while True:
        await asyncio.sleep(RENEWAL_INTERVAL_S)
        await asyncio.gather(*(runner.renew_leases() for runner in runners))


async def _maintain(kring: Kring) -> None:
    """Every minute, fail jobs that killed their workers; every hour, delete old rows and request a check of the views."""
    rounds = 0
    while True:
        try:
            await give_up(kring)
            if rounds % MAINTENANCE_ROUNDS_PER_HOUR == 0:
                await forget(kring)
                if rounds > 0:
                    await request_check(kring)
        except DATABASE_ERRORS as error:
            log.warning("jobs_not_maintained", error=type(error).__name__)
        rounds += 1
        await asyncio.sleep(MAINTENANCE_INTERVAL_S)


async def give_up(kring: Kring) -> None:
    """Fail jobs whose workers died at every attempt."""
    for key in await queue.give_up(kring.log.pool):
        log.warning("job_given_up", key=key, because="WorkerDied")


async def forget(kring: Kring) -> None:
    """Delete old jobs, heartbeats, command ids and sign-ins, and uploaded files without their event."""
    await queue.forget(kring.log.pool)
    await progress.delete_old(kring.log.pool)
    await kring.log.pool.execute(FORGET_COMMANDS)
    await files.delete_orphans(kring.log.pool)
    await requests.delete_old(kring.log.pool)
    await sessions.delete_old(kring.log.pool)


async def request_check(kring: Kring) -> None:
    """Create the job that checks the views in this hour; only one, however many workers there are."""
    due_at = now()
    job = Job("check_views", due_at, {"hour": f"{due_at:%Y-%m-%dT%H}"})
    await creating.write(kring.log.pool, [(job, creating.NoEvent(new_uuid()))])


async def _leave(kring: Kring, worker: str) -> None:
    with contextlib.suppress(*DATABASE_ERRORS):
        async with asyncio.timeout(DATABASE_TIMEOUT_S):
            await progress.mark_stopped(kring.log.pool, worker)
