"""P7 and P8: the speed of a rebuild of all views, and the time from an acknowledged event until the views show it."""

import asyncio
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from statistics import median
from typing import Any

from bench.database_servers import DatabaseCluster, NotAvailable, cluster
from bench.http_servers import environment
from bench.programmes import EMPTY, EVENTS, fill, touched
from bench.reading import connect
from bench.row import rate
from bench.run import Run
from bench.wide_views import WIDE
from domain.events.ballot import VoteCast
from domain.foundation import BallotId, Digest, PersonId, ProgrammeId, Tagged
from projections.view import View
from service.clock_and_ids import new_id, new_uuid
from service.commands import CommandHandler
from service.config import load
from service.gc_tuning import freeze_and_tune
from service.kring import Kring
from service.sealing.keys import KeyStore
from service.store.log.log import COLUMNS, Log
from service.store.log.mapper import Mapper
from service.store.log.types import Append, Envelope
from service.store.views.progress import progress
from service.store.views.view_store import ViewStore
from service.views import VIEWS
from workers import projector

PROGRAMMES = (5, 50, 500)  # of 2 000 events
LIBRARY_EVENTS = 20_000  # the runner of the library projects one event at a time
LIBRARY_TIMEOUT_S = 600.0
MIN_EVENTS_PER_SECOND, MIN_UPDATES_PER_SECOND, AIM_EVENTS_PER_SECOND = 15_000, 100_000, 40_000
EVENTS_PER_SECOND, EVENTS_PER_APPEND, DURATION_S = 1_000, 10, 20.0
MAX_LAG_MS, AIM_LAG_MS = 150.0, 50.0
POLL_INTERVAL_S = 0.001
BUCKETS_MS = (1, 2, 5, 10, 20, 50, 100, 150, 200, 500, 1_000, 5_000)
VIEWS_TIMEOUT_S = 60.0


# P7


async def rebuild(run: Run) -> list[dict[str, Any]]:
    """P7: a rebuild of every view by the projector's own steps, compared with a plain cursor and the library's runner.

    Twenty wide views, which change with every event, measure row updates: Kring's own events change few rows.
    """
    sizes = [one // run.many(1, 5) for one in PROGRAMMES]
    async with cluster(run.folder) as servers, opened(run, servers) as kring:
        with run.steps("P7", 2 * len(sizes) + 3) as steps:
            freeze_and_tune()  # as in a projector process
            filled, curve, took = EMPTY, dict[str, int](), list[float]()
            for size in sizes:
                steps.next(f"filling a log with {size * EVENTS} events")
                filled = await fill(servers.owner_url, size - len(filled.programmes), filled)
                steps.next(f"making {len(VIEWS)} views again")
                took = [await _rebuilt(kring) for _ in range(run.rounds if size == sizes[-1] else 1)]
                curve[str(filled.events)] = round(filled.events / median(took))
            steps.next(f"making {len(WIDE)} wide views")
            wide = ViewStore(kring.log.pool, WIDE)
            await wide.prepare()
            wide_took = await _rebuilt(replace(kring, views=wide))
            steps.next("a cursor")
            cursor = filled.events / await _cursor(servers)
            steps.next("the library's runner")
            library = await _library(servers, run.many(LIBRARY_EVENTS, 1_000))
    return [_events(filled.events, median(took), cursor, library, curve), _rows(filled.events, median(took), wide_took)]


def _events(events: int, seconds: float, cursor: float, library: float, curve: dict[str, int]) -> dict[str, Any]:
    peers = {
        "required": MIN_EVENTS_PER_SECOND,
        "an asyncpg cursor": cursor,
        "the library's ProjectionRunner, one view": library,
    }
    detail: dict[str, Any] = {"events": events, "views": len(VIEWS), "seconds": round(seconds, 1)}
    detail["events/s by events in the log"] = curve
    aims = {"required": AIM_EVENTS_PER_SECOND / MIN_EVENTS_PER_SECOND}
    return rate("P7", "events/s", events / seconds, peers, {"required": 1.0}, aims=aims, detail=detail)


def _rows(events: int, seconds: float, wide_seconds: float) -> dict[str, Any]:
    def figures(views: Collection[View[Any]], seconds: float) -> dict[str, float]:
        each = touched(views)
        return {
            "views": len(views),
            "rows that an event touches": round(each, 2),
            "events/s": round(events / seconds),
            "row updates/s": round(events * each / seconds),
        }

    detail = {"wide views": figures(WIDE, wide_seconds), "all views of Kring": figures(VIEWS, seconds)}
    peers = {"required": MIN_UPDATES_PER_SECOND}
    updates = detail["wide views"]["row updates/s"]
    return rate("P7 rows", "row updates/s", updates, peers, {"required": 1.0}, detail=detail)


async def _rebuilt(kring: Kring) -> float:
    """The time in seconds that the projector needs from empty tables to the head."""
    await kring.views.empty()
    began = time.perf_counter()
    async with kring.log.pool.acquire() as connection:
        while await projector.step(kring, connection) is None:
            pass
    took = time.perf_counter() - began
    assert not [one for one in await progress(kring.views) if one.stopped_at is not None], (
        "a view could not take an event"
    )
    return took


async def _cursor(servers: DatabaseCluster) -> float:
    """The time in seconds to read every event and do nothing with it."""
    connection = await connect(servers.database_url)
    began = time.perf_counter()
    async with connection.transaction():
        async for _ in connection.cursor(
            f"select {COLUMNS} from events order by position", prefetch=projector.BATCH_SIZE
        ):
            pass
    took = time.perf_counter() - began
    await connection.close()
    return took


async def _library(servers: DatabaseCluster, events: int) -> float:
    """Events per second of the library's runner. Raises `NotAvailable`."""
    database = await servers.database("library")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.contenders.projection", database.owner_url, str(events)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), LIBRARY_TIMEOUT_S)
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode != 0:
        raise NotAvailable("the library's runner ended without a figure")
    return float(said)


# P8


async def lag(run: Run) -> list[dict[str, Any]]:
    """P8: 1 000 votes per second, a projector in a separate process, and a task that polls the views every millisecond."""
    async with cluster(run.folder) as servers, opened(run, servers) as kring:
        with run.steps("P8", 3) as steps:
            steps.next("filling a log")
            filled = await fill(servers.owner_url, run.many(50, 1))
            async with projecting(run, servers):
                await kring.views.wait(filled.events, VIEWS_TIMEOUT_S)
                steps.next(f"{EVENTS_PER_SECOND} events a second")
                lags = await _lags(kring, filled.programmes[0], run.seconds(DURATION_S))
    lags.sort()
    p50, p99 = (lags[int(len(lags) * part)] for part in (0.5, 0.99))
    buckets = Counter(min(bisect_left(BUCKETS_MS, one), len(BUCKETS_MS) - 1) for one in lags)
    detail = {
        "events": len(lags),
        "per second": EVENTS_PER_SECOND,
        "p50_ms": round(p50, 2),
        "p99_ms": round(p99, 2),
        "longest_ms": round(lags[-1], 2),
        "histogram, up to ms": {str(BUCKETS_MS[n]): buckets[n] for n in sorted(buckets)},
    }
    return [
        rate(
            "P8",
            "ms, p99",
            p99,
            {"required": MAX_LAG_MS},
            {"required": 1.0},
            aims={"required": MAX_LAG_MS / AIM_LAG_MS},
            less_is_better=True,
            detail=detail,
        )
    ]


async def _lags(kring: Kring, programme: ProgrammeId, seconds: float) -> list[float]:
    """The milliseconds from each acknowledgement until every view shows the event."""
    acknowledged: list[tuple[int, float]] = []
    seen: list[tuple[int, float]] = []

    last: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def look() -> None:
        """Poll until the last acknowledged event is visible."""
        while not (last.done() and seen and seen[-1][0] >= last.result()):
            position = await kring.views.checkpoint()
            if not seen or position > seen[-1][0]:
                seen.append((position, time.perf_counter()))
            await asyncio.sleep(POLL_INTERVAL_S)

    looking = asyncio.create_task(look())
    began, sent = time.perf_counter(), 0
    async with asyncio.TaskGroup() as tasks:
        while (elapsed := time.perf_counter() - began) < seconds:
            while sent < elapsed * EVENTS_PER_SECOND / EVENTS_PER_APPEND:
                tasks.create_task(_append(kring, programme, acknowledged))
                sent += 1
            await asyncio.sleep(POLL_INTERVAL_S)
    last.set_result(max(position for position, _ in acknowledged))
    await asyncio.wait_for(looking, VIEWS_TIMEOUT_S)
    places = [position for position, _ in seen]
    return [(seen[bisect_left(places, position)][1] - at) * 1000 for position, at in acknowledged]


async def _append(kring: Kring, programme: ProgrammeId, acknowledged: list[tuple[int, float]]) -> None:
    ballot, command = BallotId(new_id("ballot")), new_uuid()
    votes = [
        VoteCast(ballot=ballot, programme=programme, voter=PersonId(new_id("person")), commitment=Digest("A" * 43))
        for _ in range(EVENTS_PER_APPEND)
    ]
    rows, _ = kring.commands.mapper.rows([Tagged(tags=one.tags(), decision=one) for one in votes])
    receipt = await kring.log.append(
        Append(events=rows, envelope=Envelope(actor="system", via="bench", command_id=command, correlation_id=command))
    )
    at = time.perf_counter()
    acknowledged += [(position, at) for position in range(receipt.first, receipt.last + 1)]


@asynccontextmanager
async def projecting(run: Run, servers: DatabaseCluster) -> AsyncGenerator[None]:
    """A projector process, as `kring project` runs it."""
    environ = environment(run.folder, servers.database_url, "redis://127.0.0.1:1")  # a projector does not use Valkey
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "workers", "project", env=environ)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def opened(run: Run, servers: DatabaseCluster) -> AsyncGenerator[Kring]:
    """Kring on this database, with the tables of all views."""
    keys, views = KeyStore(run.folder / "keys"), VIEWS
    async with Log.open(servers.database_url) as log:
        store = ViewStore(log.pool, views)
        await store.prepare()
        yield Kring(CommandHandler(log, Mapper(keys), keys), store, load({}, data=run.folder))
