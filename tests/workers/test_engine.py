"""Jobs survive the loss of Valkey, of workers and of attempts, and are done once."""

# redis says little about its types:
# pyright: reportUnknownMemberType=false

import asyncio
import gc
import warnings
from datetime import timedelta

import pytest
import redis.asyncio
from arq import create_pool
from arq.connections import RedisSettings

from service.edge import new_uuid, now
from service.kring import Kring
from service.store.database import connect
from tests.conftest import Database
from tests.workers.staging import Stage, working
from workers import engine, jobs
from workers.jobs import Claimed, Job


class Fact:
    """Stands for the fact that made a job."""

    position = 7
    correlation_id = new_uuid()


async def write(stage: Stage, *numbers: int, due_in: timedelta = timedelta()) -> None:
    """Jobs of the kind `note`."""
    made = [(Job("note", now() + due_in, {"number": str(number)}), Fact()) for number in numbers]
    await jobs.write(stage.kring.log.pool, made)


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What jobs of the kind `note` did."""
    done: list[str] = []

    async def note(_: Kring, job: Claimed) -> None:
        done.append(job.arguments["number"])

    monkeypatch.setattr(engine, "DUTIES", {"note": note})
    return done


async def flush(stage: Stage) -> None:
    assert stage.kring.config.redis_url is not None
    async with redis.asyncio.from_url(stage.kring.config.redis_url) as valkey:
        await valkey.flushall()


async def test_a_job_is_done_once_however_many_workers_there_are(stage: Stage, notes: list[str]) -> None:
    await write(stage, *range(40))
    async with working(stage.kring), working(stage.kring):
        await stage.settled("note")
    assert sorted(notes, key=int) == [str(number) for number in range(40)]
    assert {(state, attempts) for state, _, attempts in await stage.jobs("note")} == {("done", 1)}


async def test_a_job_is_not_done_before_its_moment(stage: Stage, notes: list[str]) -> None:
    await write(stage, 1, due_in=timedelta(hours=1))
    await write(stage, 2)
    async with working(stage.kring):
        await stage.until_jobs(lambda found: any(state == "done" for state, *_ in found), "note")
    assert notes == ["2"]
    assert [state for state, *_ in await stage.jobs("note")] == ["due", "done"]


async def test_nothing_is_lost_when_valkey_is_emptied_in_the_middle(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, done = asyncio.Semaphore(0), asyncio.Event(), list[str]()

    async def note(_: Kring, job: Claimed) -> None:
        begun.release()
        await go_on.wait()
        done.append(job.arguments["number"])

    monkeypatch.setattr(engine, "DUTIES", {"note": note})
    await write(stage, *range(30))
    async with working(stage.kring):
        for _ in range(engine.AT_ONCE):
            await begun.acquire()
        await flush(stage)
        go_on.set()
        await stage.settled("note")
    assert sorted(done, key=int) == [str(number) for number in range(30)]


async def test_jobs_go_on_when_valkey_drops_every_connection(stage: Stage, notes: list[str]) -> None:
    assert stage.kring.config.redis_url is not None
    await write(stage, 1)
    async with working(stage.kring):
        await stage.settled("note")
        async with redis.asyncio.from_url(stage.kring.config.redis_url) as valkey:
            assert await valkey.client_kill_filter(_type="normal", skipme=True) >= 2
        await write(stage, 2)
        await stage.settled("note")
    assert notes == ["1", "2"]


async def test_a_job_whose_worker_dies_is_done_by_another_once_its_lease_runs_out(
    stage: Stage, notes: list[str]
) -> None:
    await write(stage, 1)
    dead = await jobs.claim(stage.kring.log.pool, "note/1", 1)
    assert dead is not None
    async with working(stage.kring):
        await write(stage, 2)
        await stage.until_jobs(lambda found: any(state == "done" for state, *_ in found), "note")
        assert notes == ["2"]
        await stage.kring.log.pool.execute("update jobs set lease_until = now() where key = 'note/1'")
        await stage.settled("note")
    assert notes == ["2", "1"]
    assert ("done", "note/1", 2) in await stage.jobs("note")


async def test_whoever_comes_back_after_their_lease_changes_nothing(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1)
    late = await jobs.claim(pool, "note/1", 1)
    await pool.execute("update jobs set lease_until = now() where key = 'note/1'")
    assert late is not None
    assert await jobs.claim(pool, "note/1", 2) is not None
    await jobs.done(pool, late)
    await jobs.failed(pool, late, "late")
    await jobs.give_back(pool, late)
    assert await stage.jobs("note") == [("due", "note/1", 2)]


async def test_an_attempt_is_taken_by_one(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1)
    claims = await asyncio.gather(*(jobs.claim(pool, "note/1", 1) for _ in range(5)))
    assert len([one for one in claims if one]) == 1
    assert await jobs.claim(pool, "note/1", 2) is None


async def test_a_worker_that_stops_gives_its_job_back_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = asyncio.Event()

    async def note(_: Kring, __: Claimed) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(engine, "DUTIES", {"note": note})
    await write(stage, 1)
    async with working(stage.kring):
        await begun.wait()
    assert await stage.jobs("note") == [("due", "note/1", 0)]
    assert await jobs.due(stage.kring.log.pool, ["note"]) == [("note/1", 1)]


async def test_a_failing_job_is_tried_again_then_given_up_and_listed_without_its_content(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def note(_: Kring, __: Claimed) -> None:
        raise ValueError("the secret of Anna")

    monkeypatch.setattr(engine, "DUTIES", {"note": note})
    monkeypatch.setattr(jobs, "ATTEMPTS", 3)
    monkeypatch.setattr(jobs, "FIRST_PAUSE", timedelta())
    await write(stage, 1)
    async with working(stage.kring):
        await stage.settled("note")
    pool = stage.kring.log.pool
    (failure,) = await jobs.failed_jobs(pool)
    assert (failure.key, failure.position, failure.attempts, failure.because) == ("note/1", 7, 3, "ValueError")
    assert "Anna" not in str(await pool.fetch("select jobs::text from jobs"))
    assert await jobs.again(pool, "note/1")
    assert await jobs.failed_jobs(pool) == []
    assert await jobs.due(pool, ["note"]) == [("note/1", 1)]


async def test_a_job_that_kills_every_worker_is_given_up(stage: Stage, notes: list[str]) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1)
    await pool.execute("update jobs set attempts = $1, lease_until = now() - interval '1 second'", jobs.ATTEMPTS)
    async with working(stage.kring):
        await stage.settled("note")
    assert [one.because for one in await jobs.failed_jobs(pool)] == ["WorkerDied"]
    assert notes == []


async def test_an_attempt_that_takes_too_long_fails_before_its_lease_runs_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def note(_: Kring, __: Claimed) -> None:
        await asyncio.Event().wait()

    assert timedelta(seconds=engine.PATIENCE) < jobs.LEASE
    monkeypatch.setattr(engine, "DUTIES", {"note": note})
    monkeypatch.setattr(engine, "PATIENCE", 0.01)
    await write(stage, 1)
    await engine.attempt(stage.kring, "note/1", 1)
    row = await stage.kring.log.pool.fetchrow("select state, last_error, lease_until, due_at > now() from jobs")
    assert row is not None
    assert tuple(row) == ("due", "TimeoutError", None, True)


async def test_a_job_of_a_kind_that_this_program_does_not_know_waits_for_one_that_does(
    stage: Stage, notes: list[str]
) -> None:
    pool = stage.kring.log.pool
    await jobs.write(pool, [(Job("of_tomorrow", now(), {"number": "1"}), Fact())])
    await write(stage, 2)
    async with working(stage.kring):
        await stage.settled("note")
    assert await stage.jobs("of_tomorrow") == [("due", "of_tomorrow/1", 0)]


async def test_a_job_that_takes_long_is_not_done_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    async def note(_: Kring, job: Claimed) -> None:
        await asyncio.sleep(4 * engine.KEPT_BACK)  # longer than arq keeps it from others
        done.append(job.arguments["number"])

    monkeypatch.setattr(engine, "DUTIES", {"note": note})
    monkeypatch.setattr(engine, "KEPT_BACK", 0.2)
    await write(stage, 1)
    async with working(stage.kring), working(stage.kring):
        await stage.settled("note")
    assert done == ["1"]


async def test_valkey_keeps_a_taken_job_back_for_a_shorter_time_than_its_lease(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def note(_: Kring, __: Claimed) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(engine, "DUTIES", {"note": note})
    await write(stage, 1)
    assert stage.kring.config.redis_url is not None
    async with redis.asyncio.from_url(stage.kring.config.redis_url) as valkey, working(stage.kring):
        await begun.wait()
        assert 0 < await valkey.pttl("arq:in-progress:note/1:1") <= 1000 * engine.KEPT_BACK
    assert timedelta(seconds=engine.KEPT_BACK) < jobs.LEASE


async def test_ringing_again_puts_nothing_twice_into_the_queue(stage: Stage, notes: list[str]) -> None:
    await write(stage, 1, 2)
    assert stage.kring.config.redis_url is not None
    valkey = await create_pool(RedisSettings.from_dsn(stage.kring.config.redis_url))
    try:
        for _ in range(3):
            await engine.ring(stage.kring, valkey)
        assert len(await valkey.queued_jobs()) == 2
    finally:
        await valkey.aclose()


def test_pauses_grow_from_a_second_to_an_hour() -> None:
    assert [jobs.pause(attempt).total_seconds() for attempt in (1, 2, 3, 12, 13, 16)] == [1, 2, 4, 2048, 3600, 3600]


async def test_jobs_done_long_ago_are_forgotten_and_failed_ones_are_not(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1, 2, 3)
    await pool.execute("update jobs set state = 'done', settled_at = now() where key = 'note/1'")
    await pool.execute("update jobs set state = 'done', settled_at = now() - interval '31 days' where key = 'note/2'")
    await pool.execute("update jobs set state = 'failed', settled_at = now() - interval '31 days' where key = 'note/3'")
    await jobs.forget(pool)
    assert [key for _, key, _ in await stage.jobs("note")] == ["note/1", "note/3"]


async def test_the_ids_of_commands_are_forgotten_after_a_day(stage: Stage, database: Database) -> None:
    owner = await connect(database.owner_url)
    insert = "insert into commands select gen_random_uuid(), '', 1, 1, null, now() - $1::interval"
    await owner.execute(insert, timedelta(hours=23))
    await owner.execute(insert, timedelta(hours=25))
    await engine.forget(stage.kring)
    assert await owner.fetchval("select count(*) from commands") == 1
    await owner.close()


def test_the_password_of_valkey_may_hold_what_a_url_must_encode() -> None:
    settings = engine.valkey_settings("redis://kring:p%40ss%2Fword@valkey:6380/2")
    assert (settings.username, settings.password, settings.host, settings.port) == (
        "kring",
        "p@ss/word",
        "valkey",
        6380,
    )


async def test_redis_keeps_a_connection_when_the_end_of_a_pipeline_is_cancelled_and_its_pool_closes_it(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why pyproject.toml ignores what redis says of such a pipeline: arq's are cancelled whenever a worker stops."""
    client, ending = redis.asyncio.Redis.from_url(redis_url), asyncio.Event()
    pipe = client.pipeline(transaction=True)

    async def never_answered(*_: object, **__: object) -> None:
        ending.set()
        await asyncio.Event().wait()

    async def watching() -> None:
        async with pipe:
            await pipe.watch("kring")
            monkeypatch.setattr(pipe.connection, "read_response", never_answered)

    task = asyncio.create_task(watching())
    await ending.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert pipe.connection is not None, "redis is mended: leave out the filter"
    await client.aclose()
    assert not pipe.connection.is_connected


async def test_who_stops_while_connecting_to_valkey_leaves_no_connection_open(
    stage: Stage, request: pytest.FixtureRequest
) -> None:
    gc.collect()
    gc.freeze()  # so that each of the collections below looks at little
    request.addfinalizer(gc.unfreeze)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for turns in range(40):
            entering = asyncio.create_task(engine._valkey(stage.kring).__aenter__())  # pyright: ignore[reportPrivateUsage]
            for _ in range(turns):
                await asyncio.sleep(0)
            entering.cancel()
            (got,) = await asyncio.gather(entering, return_exceptions=True)
            if not isinstance(got, BaseException):
                await got.aclose()
            del entering, got
            gc.collect()
    assert [str(one.message) for one in told if "Connection" in str(one.message)] == []
