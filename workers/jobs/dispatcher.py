"""Wake-ups: messages to all workers, by arq on Valkey, that there are new jobs. The jobs themselves are in PostgreSQL.

A message names an attempt (`_job_id` = key and number, so that sending it twice queues it once); the worker that receives it
claims due jobs from PostgreSQL. Without Valkey, workers still look once a second. Valkey may be emptied, killed, or stop
answering: every await on it ends within seconds.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine
from typing import Any

import msgspec
import structlog
from arq import ArqRedis
from arq.worker import Worker, func
from redis.exceptions import RedisError

from service.kring import Kring
from service.store.database import DATABASE_ERRORS
from workers.jobs import queue

VALKEY_TIMEOUT_S = 2.0  # to connect, and for each answer
SEND_TIMEOUT_S = 10.0  # for the wake-ups of one round
HEALTH_CHECK_INTERVAL_S = 10  # of idle connections
QUEUE_POLL_S = 0.1
RECONNECT_S = 1.0
CANCEL_AGAIN_S = 0.5
MAX_WAKE_UPS = 32  # in one round; a woken worker claims as many jobs as it has slots for
MAX_CONCURRENT_RECEIVES = 8

log = structlog.get_logger(__name__)


async def send_wake_ups(kring: Kring, kinds: Collection[str], new_jobs: asyncio.Event) -> None:
    """For ever, send wake-ups to all workers whenever there are new jobs."""
    while True:
        await new_jobs.wait()
        new_jobs.clear()
        try:
            await carry_out(_send(kring, kinds), SEND_TIMEOUT_S)
        except (RedisError, *DATABASE_ERRORS) as error:
            log.warning("wake_ups_not_sent", error=type(error).__name__)


async def _send(kring: Kring, kinds: Collection[str]) -> None:
    async with valkey(kring) as client:
        await enqueue(kring, kinds, client)


async def enqueue(kring: Kring, kinds: Collection[str], client: ArqRedis) -> None:
    """Queue a message for each of the first due jobs; an identical message is not queued again."""
    for key, number in await queue.due(kring.log.pool, kinds, MAX_WAKE_UPS):
        await client.enqueue_job("attempt", key, number, _job_id=f"{key}:{number}")


async def receive_wake_ups(kring: Kring, wake: Callable[[], None]) -> None:
    """For ever, call `wake` for every wake-up from the queue."""
    while True:
        try:
            await carry_out(_receive(kring, wake))
        except (RedisError, OSError) as error:
            log.warning("wake_ups_not_received", error=type(error).__name__)
        await asyncio.sleep(RECONNECT_S)


async def carry_out(work: Coroutine[Any, Any, object], seconds: float | None = None) -> None:
    """Await work that uses Valkey; when cancelled or after a timeout, cancel it until it ends. Raises what the work raises.

    One cancellation may not be enough: redis sends by `asyncio.wait_for`, which before Python 3.12 can swallow it.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise TimeoutError
        task.result()
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=CANCEL_AGAIN_S)
        if not task.cancelled():
            task.exception()  # marks it as retrieved: it was raised above, or no longer matters


async def _receive(kring: Kring, wake: Callable[[], None]) -> None:
    async with valkey(kring) as client:
        await _run_arq(client, wake)


async def _run_arq(client: ArqRedis, wake: Callable[[], None]) -> None:
    async def attempt(ctx: dict[Any, Any], key: str, number: int) -> None:  # noqa: ARG001  arq passes them
        wake()

    worker = Worker(
        [func(attempt, name="attempt")],
        redis_pool=client,
        queue_name=client.default_queue_name,
        handle_signals=False,
        max_jobs=MAX_CONCURRENT_RECEIVES,
        job_timeout=VALKEY_TIMEOUT_S,
        keep_result=0,
        poll_delay=QUEUE_POLL_S,
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
    )
    try:
        await worker.main()
    finally:
        tasks = list(worker.tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def valkey(kring: Kring) -> AsyncGenerator[ArqRedis]:
    """A client of Valkey with timeouts for every call and a separate queue for this log.

    Messages are MessagePack, since unpickling data from a cache could run arbitrary code. arq's own `create_pool` sets no
    timeout for answers.
    """
    assert kring.config.redis_url is not None, "workers start after the servers"
    client: ArqRedis = ArqRedis.from_url(  # pyright: ignore[reportUnknownMemberType]  incomplete types in redis
        kring.config.redis_url,
        socket_connect_timeout=VALKEY_TIMEOUT_S,
        socket_timeout=VALKEY_TIMEOUT_S,
        socket_keepalive=True,
        health_check_interval=HEALTH_CHECK_INTERVAL_S,
    )
    client.job_serializer = msgspec.msgpack.encode
    client.job_deserializer = msgspec.msgpack.decode
    client.default_queue_name = f"kring:{kring.log.log_id}"
    try:
        yield client
    finally:
        await client.aclose()
