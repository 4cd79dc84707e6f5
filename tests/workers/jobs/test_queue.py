"""Jobs as rows: claimed once, held by a lease, completed by attempt number, retained with their history."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from service.clock_and_ids import new_uuid
from service.store.database import connect
from service.store.jobs import creating
from service.store.jobs.creating import Job
from tests.conftest import Database
from tests.workers.examples.note_jobs import attempts, claim, expire_leases, write
from tests.workers.examples.stage import Stage
from workers import engine
from workers.jobs import queue
from workers.jobs.queue import Claimed

FAILED = "select key, position, attempts, last_error from jobs where state = 'failed'"


async def test_only_one_worker_claims_a_job(stage: Stage) -> None:
    await write(stage, *range(20))
    claims = await asyncio.gather(*(claim(stage, 20, f"worker {n}") for n in range(5)))
    assert sorted(one.key for each in claims for one in each) == sorted(f"note:{n}" for n in range(20))
    assert await claim(stage, 20) == []


async def test_the_longest_due_jobs_are_claimed_first_up_to_the_limit(stage: Stage) -> None:
    await write(stage, 1, due_in=timedelta(seconds=-1))
    await write(stage, 2, due_in=timedelta(seconds=-3))
    await write(stage, 3, due_in=timedelta(seconds=-2))
    await write(stage, 4, due_in=timedelta(hours=1))
    assert {one.key for one in await claim(stage, 2)} == {"note:2", "note:3"}
    assert [one.key for one in await claim(stage, 10)] == ["note:1"]


async def test_a_worker_that_returns_after_its_lease_changes_nothing(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1)
    (late,) = await claim(stage, worker="frozen")
    await expire_leases(stage)
    (taken,) = await claim(stage, worker="awake")
    assert taken.attempt == 2
    assert await queue.renew(pool, [(late.key, late.attempt)]) == set()
    ended = [
        await queue.done(pool, late),
        await queue.failed(pool, late, "late", timedelta()),
        await queue.postpone(pool, late, "late", timedelta()),
        await queue.give_back(pool, late),
    ]
    assert ended == [False] * 4
    assert await stage.jobs("note") == [("due", "note:1", 2)]
    assert await queue.done(pool, taken)
    assert await attempts(stage, "note:1") == [(1, "lost", None), (2, "done", None)]


async def test_a_renewed_lease_does_not_expire(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1, 2)
    (first, second) = await claim(stage, 2)
    await expire_leases(stage)
    assert await queue.renew(pool, [(first.key, first.attempt)]) == {first.key}
    assert [one.key for one in await claim(stage, 2)] == [second.key]
    assert await pool.fetchval("select lease_until > now() + interval '20 s' from jobs where key = $1", first.key)


async def test_attempt_numbers_always_increase(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1)
    numbers = list[int]()
    endings: list[Callable[[Claimed], Awaitable[bool]]] = [
        lambda one: queue.give_back(pool, one),
        lambda one: queue.postpone(pool, one, "CircuitOpen", timedelta()),
        lambda one: queue.failed(pool, one, "ValueError", timedelta()),
        lambda one: queue.done(pool, one),
    ]
    for ending in endings:
        (one,) = await claim(stage)
        numbers.append(one.attempt)
        assert await ending(one)
    assert numbers == [1, 2, 3, 4]
    outcomes = [(1, "returned", None), (2, "postponed", "CircuitOpen"), (3, "failed", "ValueError"), (4, "done", None)]
    assert await attempts(stage, "note:1") == outcomes
    assert await pool.fetchval("select max_attempts from jobs") == 18, "neither 1 nor 2 counts"


async def test_a_job_fails_for_good_after_its_last_attempt(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1)
    await pool.execute("update jobs set max_attempts = 2")
    for last in (False, True):
        (one,) = await claim(stage)
        assert one.is_last is last
        assert await queue.failed(pool, one, "ValueError", timedelta())
    assert await claim(stage) == []
    (failed,) = await pool.fetch(FAILED)
    assert tuple(failed) == ("note:1", 7, 2, "ValueError")


async def test_a_job_that_kills_every_worker_fails_for_good(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1)
    await claim(stage)
    await pool.execute("update jobs set max_attempts = 1, lease_until = now()")
    assert await claim(stage) == []
    await engine.give_up(stage.kring)
    assert [one["last_error"] for one in await pool.fetch(FAILED)] == ["WorkerDied"]
    assert await attempts(stage, "note:1") == [(1, "lost", None)]


async def test_at_most_a_hundred_attempts_of_a_job_are_retained(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1)
    for _ in range(queue.MAX_STORED_ATTEMPTS + 3):
        (one,) = await claim(stage)
        assert await queue.postpone(pool, one, "CircuitOpen", timedelta())
    retained = await attempts(stage, "note:1")
    assert (len(retained), retained[0][0], retained[-1][0]) == (100, 4, 103)


def test_retry_delays_grow_from_a_second_to_an_hour() -> None:
    longest = [queue.pause(attempt, 0).total_seconds() for attempt in (1, 2, 3, 12, 13, 16, 5000)]
    assert longest == [1, 2, 4, 2048, 3600, 3600, 3600]


def test_jobs_that_fail_together_are_not_retried_together() -> None:
    assert {queue.pause(3, chance).total_seconds() for chance in (0, 0.25, 0.5, 1)} == {4, 3.5, 3, 2}


async def test_old_done_jobs_are_deleted_with_their_attempts_but_failed_ones_stay(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1, 2, 3, 4)
    await claim(stage, 4)
    await pool.execute("update jobs set state = 'done', settled_at = now() where key = 'note:1'")
    for key, state in (("note:2", "done"), ("note:3", "failed"), ("note:4", "cancelled")):
        settled = "update jobs set state = $2, settled_at = now() - interval '31 days' where key = $1"
        await pool.execute(settled, key, state)
    await queue.forget(pool)
    assert [key for _, key, _ in await stage.jobs("note")] == ["note:1", "note:3"]
    assert await pool.fetchval("select array_agg(key order by key) from job_attempts") == ["note:1", "note:3"]


async def test_command_ids_are_deleted_after_a_day(stage: Stage, database: Database) -> None:
    owner = await connect(database.owner_url)
    insert = "insert into commands select gen_random_uuid(), '', 1, 1, null, now() - $1::interval"
    await owner.execute(insert, timedelta(hours=23))
    await owner.execute(insert, timedelta(hours=25))
    await engine.forget(stage.kring)
    assert await owner.fetchval("select count(*) from commands") == 1
    await owner.close()


async def test_a_job_knows_its_programme_and_the_event_that_caused_it(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(hours=1))
    pool = stage.kring.log.pool
    opened: int = await pool.fetchval("select position from events where type = 'ballot.opened'")

    class Opening:
        position = opened
        correlation_id = new_uuid()

    await creating.write(pool, [(Job("note", stage.by().at, {"ballot": ballot}), Opening())])
    (claimed,) = await claim(stage)
    assert (claimed.position, claimed.correlation_id) == (opened, Opening.correlation_id)
    assert await pool.fetchval("select programme from jobs") == stage.programme


def test_arguments_are_decoded_on_use() -> None:
    poison = Claimed("note:1", "note", "[1]", 7, new_uuid(), 1, False)
    assert poison.via == "job_note:1"
