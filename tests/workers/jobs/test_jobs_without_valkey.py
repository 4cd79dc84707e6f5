"""Valkey only wakes workers: jobs run even if it is silent, killed, flushed or disconnects, and readiness reports it."""

# redis is barely typed:
# pyright: reportUnknownMemberType=false

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import psutil
import pytest
import redis.asyncio
from msgspec.structs import replace
from structlog.testing import capture_logs

from service.api.operations.health import Health, Part, health
from service.embedded import valkey
from service.kring import Kring
from service.store import heartbeats
from service.store.database import Queries
from service.store.jobs import progress
from tests.service.store.examples.silent_proxy import SilentProxy
from tests.workers.examples.note_jobs import expire_leases, handle, write
from tests.workers.examples.stage import Stage, working
from workers.job_registry import SLOTS
from workers.jobs import dispatcher, queue
from workers.jobs.queue import Claimed


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Numbers of the `note` jobs that ran."""
    done: list[str] = []

    async def note(_: Kring, job: Claimed) -> None:
        done.append(job.arguments["number"])

    handle(monkeypatch, note)
    return done


def with_valkey(kring: Kring, redis_url: str) -> Kring:
    """The same Kring with another Valkey."""
    return Kring(kring.commands, kring.views, replace(kring.config, redis_url=redis_url))


def valkey_url(stage: Stage) -> str:
    assert stage.kring.config.redis_url is not None
    return stage.kring.config.redis_url


@pytest.fixture
async def proxied(stage: Stage) -> AsyncGenerator[tuple[SilentProxy, Kring]]:
    """A proxy in front of Valkey, and a Kring that uses it."""
    proxy = SilentProxy(valkey_url(stage))
    async with proxy.running():
        yield proxy, with_valkey(stage.kring, proxy.url)


def part(found: Health, name: str) -> Part:
    return next(one for one in found.parts if one.name == name)


async def test_jobs_run_while_valkey_is_silent(
    stage: Stage, notes: list[str], proxied: tuple[SilentProxy, Kring]
) -> None:
    """Connections stay open without any reply, which once stopped all jobs for six minutes."""
    proxy, kring = proxied
    await write(stage, 1)
    async with working(kring) as worker:
        await stage.settled("note")
        proxy.silence()
        await proxy.swallowed.wait()
        await write(stage, 2, 3)
        await stage.settled("note")
        assert not worker.done()
    assert notes[0] == "1"
    assert sorted(notes) == ["1", "2", "3"]


async def test_jobs_run_when_valkey_is_silent_from_the_start(
    stage: Stage, notes: list[str], proxied: tuple[SilentProxy, Kring]
) -> None:
    proxy, kring = proxied
    proxy.silence()
    async with working(kring):
        await write(stage, 1)
        await stage.settled("note")
    assert notes == ["1"]


async def test_calls_to_a_silent_valkey_time_out_and_wake_ups_resume_afterwards(
    stage: Stage, proxied: tuple[SilentProxy, Kring], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "VALKEY_TIMEOUT_S", 0.2)
    monkeypatch.setattr(dispatcher, "RECONNECT_S", 0.01)
    proxy, kring = proxied
    await write(stage, 1)
    woken, to_send = asyncio.Event(), asyncio.Event()
    with capture_logs() as logged:
        both = [
            asyncio.create_task(dispatcher.receive_wake_ups(kring, woken.set)),
            asyncio.create_task(dispatcher.send_wake_ups(kring, ["note"], to_send)),
        ]
        to_send.set()
        async with asyncio.timeout(30):
            await woken.wait()
            proxy.silence()
            to_send.set()
            while {"wake_ups_not_sent", "wake_ups_not_received"} - {one["event"] for one in logged}:  # noqa: ASYNC110  a log
                await asyncio.sleep(0.01)
            proxy.mend()
            async with dispatcher.valkey(kring) as client:
                await client.flushall()
            woken.clear()
            to_send.set()
            await woken.wait()
        for one in both:
            one.cancel()
        await asyncio.wait(both)
    assert {one["error"] for one in logged if one["event"].startswith("wake_ups")} <= {
        "TimeoutError",
        "ConnectionError",
    }


async def test_jobs_run_while_and_after_valkey_is_killed(stage: Stage, notes: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="kring-valkey-") as folder:
        Path(folder).chmod(0o711)  # noqa: ASYNC240  as root the server runs as another user, who needs access
        async with valkey(Path(folder) / "data") as url:
            kring = with_valkey(stage.kring, url)
            async with working(kring):
                await write(stage, 1)
                await stage.settled("note")
                for one in psutil.Process().children(recursive=True):
                    if one.name().startswith("valkey") and folder in " ".join(one.cmdline()):
                        one.kill()
                await write(stage, 2)
                await stage.settled("note")
        async with working(kring):  # nobody listens there any more
            await write(stage, 3)
            await stage.settled("note")
    assert notes == ["1", "2", "3"]


async def test_no_job_is_lost_when_valkey_is_flushed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, done = asyncio.Semaphore(0), asyncio.Event(), list[str]()

    async def note(_: Kring, job: Claimed) -> None:
        begun.release()
        await go_on.wait()
        done.append(job.arguments["number"])

    handle(monkeypatch, note)
    await write(stage, *range(30))
    async with working(stage.kring):
        for _ in range(SLOTS["urgent"]):
            await begun.acquire()
        async with redis.asyncio.from_url(valkey_url(stage)) as client:
            await client.flushall()
        go_on.set()
        await stage.settled("note")
    assert sorted(done, key=int) == [str(number) for number in range(30)]


async def test_jobs_continue_when_valkey_drops_every_connection(stage: Stage, notes: list[str]) -> None:
    await write(stage, 1)
    async with working(stage.kring):
        await stage.settled("note")
        async with redis.asyncio.from_url(valkey_url(stage)) as client, asyncio.timeout(30):
            while await client.client_kill_filter(_type="normal", skipme=True) == 0:  # noqa: ASYNC110  it may connect later
                await asyncio.sleep(0.01)
        await write(stage, 2)
        await stage.settled("note")
    assert notes == ["1", "2"]


async def test_work_that_swallows_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """With redis 5.3.1 on Python 3.11, a worker stopped while redis was sending never ended."""
    monkeypatch.setattr(dispatcher, "CANCEL_AGAIN_S", 0.01)
    begun, swallowed = asyncio.Event(), list[int]()

    async def work() -> None:
        begun.set()
        while len(swallowed) < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.append(1)

    working = asyncio.create_task(dispatcher.carry_out(work()))
    await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert len(swallowed) == 3
    with pytest.raises(TimeoutError):
        await dispatcher.carry_out(asyncio.Event().wait(), 0.01)


async def test_a_wake_up_is_queued_once_however_often_it_is_sent(stage: Stage) -> None:
    await write(stage, 1, 2)
    async with dispatcher.valkey(stage.kring) as client:
        for _ in range(3):
            await dispatcher.enqueue(stage.kring, ["note"], client)
        assert len(await client.queued_jobs()) == 2


async def test_a_wake_up_leaves_nothing_in_valkey(stage: Stage) -> None:
    await write(stage, 1)
    woken = asyncio.Event()
    receiving = asyncio.create_task(dispatcher.receive_wake_ups(stage.kring, woken.set))
    async with dispatcher.valkey(stage.kring) as client, asyncio.timeout(30):
        await dispatcher.enqueue(stage.kring, ["note"], client)
        await woken.wait()
        while left := [one for one in await client.keys("*") if not one.endswith(b"health-check")]:
            assert all(b"note:1" in one or one.startswith(b"kring:") for one in left), left
            await asyncio.sleep(0.01)
    receiving.cancel()
    await asyncio.wait([receiving])


def test_the_valkey_password_may_contain_percent_encoded_characters() -> None:
    made = redis.asyncio.ConnectionPool.from_url("redis://kring:p%40ss%2Fword@valkey:6380/2")
    found: dict[str, object] = dict(made.connection_kwargs)  # pyright: ignore[reportUnknownArgumentType]
    assert (found["username"], found["password"], found["host"], found["port"]) == (
        "kring",
        "p@ss/word",
        "valkey",
        6380,
    )


async def test_redis_leaves_the_connection_of_a_cancelled_pipeline_to_the_pool(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason why pyproject.toml ignores redis's warning: arq's pipelines are cancelled whenever a worker stops."""
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


# Readiness


async def beat(stage: Stage, *classes: str) -> None:
    for one in classes:
        await progress.beat(stage.kring.log.pool, "worker", one, ["note"] if one == "urgent" else [one])


async def age(pool: Queries, seconds: float) -> None:
    """Move everything about jobs into the past."""
    older = "now() - $1 * interval '1 second'"
    await pool.execute(f"update job_workers set seen_at = {older}", seconds)
    await pool.execute(f"update job_attempts set started_at = {older}", seconds)
    await pool.execute(f"update jobs set due_at = {older}", seconds)


@pytest.fixture
async def reacting(stage: Stage) -> AsyncGenerator[None]:
    """An active reactor with a fresh heartbeat."""
    async with stage.kring.log.pool.acquire() as connection:
        assert await connection.fetchval(heartbeats.TRY_LOCK, heartbeats.REACTOR)
        await heartbeats.beat(connection, heartbeats.REACTOR)
        yield


@pytest.mark.usefixtures("reacting")
async def test_readiness_reports_a_silent_valkey_without_requiring_it(
    stage: Stage, proxied: tuple[SilentProxy, Kring], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.api.operations.health.PART_TIMEOUT_S", 1.0)
    proxy, kring = proxied
    await beat(stage, *SLOTS)
    before = await health(kring)
    assert (part(before, "valkey").ok, part(before, "worker").ok) == (True, True)
    proxy.silence()
    found = await health(kring)
    away = part(found, "valkey")
    assert (away.ok, away.required) == (False, False)
    assert "does not answer (TimeoutError)" in (away.why or "")
    assert part(found, "worker").ok
    others = all(one.ok for one in found.parts if one.required)
    assert (found.status == "ready") == others


@pytest.mark.usefixtures("reacting")
async def test_readiness_reports_that_no_worker_is_running(stage: Stage) -> None:
    assert "kring work" in (part(await health(stage.kring), "worker").why or "")
    await beat(stage, *SLOTS)
    assert part(await health(stage.kring), "worker").ok
    await age(stage.kring.log.pool, 100)
    assert "kring work" in (part(await health(stage.kring), "worker").why or "")


@pytest.mark.usefixtures("reacting")
async def test_readiness_names_the_job_class_without_a_worker(stage: Stage) -> None:
    await beat(stage, "heavy")
    await age(stage.kring.log.pool, 100)
    await beat(stage, "urgent", "mail")
    worker = part(await health(stage.kring), "worker")
    assert (worker.ok, worker.why) == (False, "no worker has taken heavy jobs for 100 seconds")


@pytest.mark.usefixtures("reacting")
async def test_readiness_reports_how_long_due_jobs_have_been_waiting(stage: Stage) -> None:
    pool = stage.kring.log.pool
    await write(stage, 1, 2)
    await age(pool, 370)
    await beat(stage, *SLOTS)
    worker = part(await health(stage.kring), "worker")
    because = "no urgent job was begun lately, though 2 are due, the first for 370 seconds"
    assert (worker.ok, worker.why) == (False, because)
    assert await queue.claim(pool, ["note"], 1, "worker")
    assert part(await health(stage.kring), "worker").ok, "they are being done, if slowly"
    await age(pool, 370)
    await expire_leases(stage)
    assert not part(await health(stage.kring), "worker").ok
    await beat(stage, *SLOTS)
    await pool.execute("update jobs set due_at = now() + interval '1 minute'")
    assert part(await health(stage.kring), "worker").ok, "nothing is due"
