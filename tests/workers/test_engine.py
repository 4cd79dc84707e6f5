"""Workers run each job once, in slots of its class, and a failing job fails alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from service.clock_and_ids import now
from service.kring import Kring
from service.store.jobs import creating, progress
from service.store.jobs.creating import Job
from tests.workers.examples.note_jobs import Cause, attempts, claim, expire_leases, handle, handle_kinds, write
from tests.workers.examples.stage import Stage, working
from workers import engine, job_handlers, job_registry
from workers.job_registry import SLOTS, JobClass, JobKind
from workers.jobs import queue
from workers.jobs.circuit_breaker import CircuitOpen
from workers.jobs.queue import Claimed


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Numbers of the `note` jobs that ran."""
    done: list[str] = []

    async def note(_: Kring, job: Claimed) -> None:
        done.append(job.arguments["number"])

    handle(monkeypatch, note)
    return done


async def test_a_job_runs_once_however_many_workers_there_are(stage: Stage, notes: list[str]) -> None:
    await write(stage, *range(40))
    async with working(stage.kring), working(stage.kring):
        await stage.settled("note")
    assert sorted(notes, key=int) == [str(number) for number in range(40)]
    assert {(state, attempts) for state, _, attempts in await stage.jobs("note")} == {("done", 1)}
    workers = await stage.kring.log.pool.fetchval("select count(distinct worker) from job_attempts")
    assert workers in {1, 2}


async def test_a_job_does_not_run_before_it_is_due(stage: Stage, notes: list[str]) -> None:
    await write(stage, 1, due_in=timedelta(hours=1))
    await write(stage, 2)
    async with working(stage.kring):
        await stage.until_jobs(lambda found: any(state == "done" for state, *_ in found), "note")
    assert notes == ["2"]
    assert [state for state, *_ in await stage.jobs("note")] == ["due", "done"]


async def test_the_job_of_a_dead_worker_is_taken_over_once_its_lease_expires(stage: Stage, notes: list[str]) -> None:
    await write(stage, 1)
    assert await claim(stage, worker="dead")
    async with working(stage.kring):
        await write(stage, 2)
        await stage.until_jobs(lambda found: any(state == "done" for state, *_ in found), "note")
        assert notes == ["2"]
        await expire_leases(stage)
        await stage.settled("note")
    assert notes == ["2", "1"]
    assert await attempts(stage, "note:1") == [(1, "lost", None), (2, "done", None)]


async def test_a_stopping_worker_releases_its_job_immediately(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = asyncio.Event()

    async def note(_: Kring, __: Claimed) -> None:
        begun.set()
        await asyncio.Event().wait()

    handle(monkeypatch, note)
    await write(stage, 1)
    async with working(stage.kring):
        await begun.wait()
    assert await attempts(stage, "note:1") == [(1, "returned", None)]
    (again,) = await claim(stage)
    assert (again.attempt, again.is_last) == (2, False)
    assert all(one.is_silent for one in await progress.job_progress(stage.kring.log.pool)), "it has left"


async def test_a_failing_job_is_retried_then_failed_and_logged_without_its_content(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def note(_: Kring, __: Claimed) -> None:
        raise ValueError("the secret of Anna")

    handle(monkeypatch, note)
    monkeypatch.setattr(queue, "FIRST_PAUSE", timedelta())
    await write(stage, 1)
    pool = stage.kring.log.pool
    await pool.execute("update jobs set max_attempts = 3")
    async with working(stage.kring):
        await stage.settled("note")
    assert await attempts(stage, "note:1") == [(number, "failed", "ValueError") for number in (1, 2, 3)]
    stored = await pool.fetch("select jobs::text from jobs union all select job_attempts::text from job_attempts")
    assert "Anna" not in str(stored)


@pytest.mark.parametrize("error", [ValueError(), MemoryError(), SystemExit(1), asyncio.CancelledError()])
async def test_a_poison_job_fails_alone(stage: Stage, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    async def note(_: Kring, job: Claimed) -> None:
        if job.arguments["number"] == "1":
            raise error

    handle(monkeypatch, note)
    await write(stage, 1)
    async with working(stage.kring) as worker:
        await stage.until_jobs(lambda found: found[0][2] > 0, "note")
        await write(stage, 2)
        await stage.until_jobs(lambda found: ("done", "note:2", 1) in found, "note")
        assert not worker.done()
        await until_ended(stage, "note:1")
    assert (await attempts(stage, "note:1"))[0] == (1, "failed", type(error).__name__)


async def test_a_job_whose_row_cannot_be_read_fails_alone(stage: Stage, notes: list[str]) -> None:
    await write(stage, 1, 2)
    await stage.kring.log.pool.execute("update jobs set arguments = '[1]' where key = 'note:1'")
    async with working(stage.kring):
        await stage.until_jobs(lambda found: ("done", "note:2", 1) in found and found[0][2] > 0, "note")
        await until_ended(stage, "note:1")
    assert notes == ["2"]
    assert (await attempts(stage, "note:1"))[0] == (1, "failed", "ValidationError")


async def test_a_job_that_takes_too_long_fails(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def note(_: Kring, __: Claimed) -> None:
        await asyncio.Event().wait()

    handle(monkeypatch, note)
    monkeypatch.setitem(job_registry.TIME_LIMITS_S, "urgent", 0.01)  # pyright: ignore[reportArgumentType]  a dict
    await write(stage, 1)
    async with working(stage.kring):
        await stage.until_jobs(lambda found: found[0][2] > 1, "note")
    assert (await attempts(stage, "note:1"))[0] == (1, "failed", "TimeoutError")


async def test_a_job_of_an_unknown_kind_waits_for_a_program_that_knows_it(stage: Stage, notes: list[str]) -> None:
    await creating.write(stage.kring.log.pool, [(Job("of_tomorrow", now(), {"number": "1"}), Cause())])
    await write(stage, 2)
    async with working(stage.kring):
        await stage.settled("note")
    assert await stage.jobs("of_tomorrow") == [("due", "of_tomorrow:1", 0)]
    assert notes == ["2"]


async def test_jobs_for_a_failing_destination_are_postponed_without_using_attempts(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def note(_: Kring, __: Claimed) -> None:
        raise CircuitOpen(60)

    handle(monkeypatch, note, "mail")
    await write(stage, 1)
    async with working(stage.kring):
        await until_ended(stage, "note:1")
    (again,) = await stage.kring.log.pool.fetch(
        "select max_attempts, due_at - now() between interval '50 s' and interval '90 s' from jobs"
    )
    assert tuple(again) == (17, True)
    assert await attempts(stage, "note:1") == [(1, "postponed", "CircuitOpen")]


async def test_no_job_class_takes_the_slots_of_another(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails and solving fill their slots and hang; a ballot is still closed."""
    running, most, go_on = dict.fromkeys(SLOTS, 0), dict.fromkeys(SLOTS, 0), asyncio.Event()

    def hanging(job_class: JobClass) -> JobKind:
        async def hang(_: Kring, __: Claimed) -> None:
            running[job_class] += 1
            most[job_class] = max(most[job_class], running[job_class])
            await go_on.wait()
            running[job_class] -= 1

        return JobKind(hang, job_class)

    async def close(_: Kring, __: Claimed) -> None:
        assert running["mail"] == SLOTS["mail"]
        assert running["heavy"] == SLOTS["heavy"]

    handle_kinds(monkeypatch, mail=hanging("mail"), heavy=hanging("heavy"), urgent=JobKind(close, "urgent"))
    await write(stage, *range(40), kind="mail")
    await write(stage, *range(10), kind="heavy")
    async with working(stage.kring):
        async with asyncio.timeout(30):
            while running["mail"] < SLOTS["mail"] or running["heavy"] < SLOTS["heavy"]:  # noqa: ASYNC110  two counters
                await asyncio.sleep(0.01)
        await write(stage, 1, kind="urgent")
        assert await stage.settled("urgent") == [("done", "urgent:1", 1)]
        go_on.set()
        await stage.settled("mail")
        await stage.settled("heavy")
    assert most == {"urgent": 0, "sign_in": 0, "mail": SLOTS["mail"], "heavy": SLOTS["heavy"]}


async def test_the_lease_of_a_long_job_is_renewed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), list[str]()

    async def note(_: Kring, job: Claimed) -> None:
        begun.set()
        await go_on.wait()
        done.append(job.arguments["number"])

    handle(monkeypatch, note, "heavy")
    monkeypatch.setattr(engine, "RENEWAL_INTERVAL_S", 0.05)
    await write(stage, 1)
    async with working(stage.kring), working(stage.kring):
        await begun.wait()
        for _ in range(2):
            await stage.kring.log.pool.execute("update jobs set lease_until = clock_timestamp() + interval '0.5 s'")
            await until_renewed(stage)
        go_on.set()
        await stage.settled("note")
    assert done == ["1"]
    assert await attempts(stage, "note:1") == [(1, "done", None)]


async def until_ended(stage: Stage, key: str) -> None:
    """Wait until an attempt at a job has ended."""
    ended = "select bool_or(outcome is not null) from job_attempts where key = $1"
    async with asyncio.timeout(30):
        while not await stage.kring.log.pool.fetchval(ended, key):  # noqa: ASYNC110  the database sends no notification
            await asyncio.sleep(0.01)


async def until_renewed(stage: Stage) -> None:
    renewed = "select lease_until > now() + interval '20 s' from jobs"
    async with asyncio.timeout(30):
        while not await stage.kring.log.pool.fetchval(renewed):  # noqa: ASYNC110  the database sends no notification
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("because", ["another worker has it", "somebody cancelled it"])
async def test_a_worker_stops_a_job_that_it_has_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, because: str
) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def note(_: Kring, __: Claimed) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    handle(monkeypatch, note)
    monkeypatch.setattr(engine, "RENEWAL_INTERVAL_S", 0.05)
    await write(stage, 1)
    pool = stage.kring.log.pool
    async with working(stage.kring):
        await begun.wait()
        if because.startswith("another"):
            await pool.execute("update jobs set attempts = attempts + 1")
        else:
            await pool.execute("update jobs set state = 'cancelled', lease_until = null")
        async with asyncio.timeout(30):
            await stopped.wait()
    state = "due" if because.startswith("another") else "cancelled"
    assert [one[0] for one in await stage.jobs("note")] == [state]


async def test_views_are_checked_once_an_hour_however_many_workers_run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = list[int]()

    async def looks(_: Kring) -> AsyncIterator[None]:
        looked.append(1)
        yield

    monkeypatch.setattr(job_handlers, "look_for_drift", looks)
    monkeypatch.setattr(engine, "now", lambda at=now(): at)
    for _ in range(3):
        await engine.request_check(stage.kring)
    async with working(stage.kring):
        await stage.settled("check_views")
    assert looked == [1]
