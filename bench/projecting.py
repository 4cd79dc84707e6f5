"""P7 and P8: how fast all views are made anew, and how long it takes until what was acknowledged is seen."""

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

from bench.ground import Ground, NotThere, cluster
from bench.reading import connect
from bench.row import rate
from bench.run import Run
from bench.serving import environment
from bench.stories import EMPTY, EVENTS, fill, touched
from bench.wide import WIDE
from domain.events.ballot import VoteCast
from domain.foundation import BallotId, Digest, PersonId, ProgrammeId, Tagged
from projections.view import View
from service.clock_and_ids import new_id, new_uuid
from service.commands import CommandHandler
from service.config import load
from service.gc_tuning import rest
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
LIBRARYS = 20_000  # events for the library's runner, which takes them one by one
LIBRARYS_PATIENCE = 600.0  # seconds
EVENTS_LEAST, UPDATES_LEAST, EVENTS_AIM = 15_000, 100_000, 40_000
PER_SECOND, AT_ONCE, SECONDS = 1_000, 10, 20.0
LAG_LEAST, LAG_AIM = 150.0, 50.0  # milliseconds
GLANCE = 0.001  # seconds between two looks
BUCKETS = (1, 2, 5, 10, 20, 50, 100, 150, 200, 500, 1_000, 5_000)  # milliseconds
ANSWERS = 60.0  # seconds


# P7


async def rebuild(run: Run) -> list[dict[str, Any]]:
    """P7: every view from the first event, by the projector's own steps; a cursor that only reads; the library's runner.

    And twenty views that every event concerns, for the rows: an event of ours touches few.
    """
    sizes = [one // run.many(1, 5) for one in PROGRAMMES]
    async with cluster(run.folder) as ground, opened(run, ground) as kring:
        with run.steps("P7", 2 * len(sizes) + 3) as steps:
            rest()  # as a projector's process does
            filled, curve, took = EMPTY, dict[str, int](), list[float]()
            for size in sizes:
                steps.next(f"filling a log with {size * EVENTS} facts")
                filled = await fill(ground.owner_url, size - len(filled.programmes), filled)
                steps.next(f"making {len(VIEWS)} views anew")
                took = [await _rebuilt(kring) for _ in range(run.rounds if size == sizes[-1] else 1)]
                curve[str(filled.events)] = round(filled.events / median(took))
            steps.next(f"making {len(WIDE)} wide views")
            wide = ViewStore(kring.log.pool, WIDE)
            await wide.prepare()
            wide_took = await _rebuilt(replace(kring, views=wide))
            steps.next("a cursor")
            cursor = filled.events / await _cursor(ground)
            steps.next("the library's runner")
            library = await _library(ground, run.many(LIBRARYS, 1_000))
    return [_events(filled.events, median(took), cursor, library, curve), _rows(filled.events, median(took), wide_took)]


def _events(events: int, seconds: float, cursor: float, library: float, curve: dict[str, int]) -> dict[str, Any]:
    peers = {"required": EVENTS_LEAST, "an asyncpg cursor": cursor, "the library's ProjectionRunner, one view": library}
    detail: dict[str, Any] = {"events": events, "views": len(VIEWS), "seconds": round(seconds, 1)}
    detail["facts/s by facts in the log"] = curve
    aims = {"required": EVENTS_AIM / EVENTS_LEAST}
    return rate("P7", "facts/s", events / seconds, peers, {"required": 1.0}, aims=aims, detail=detail)


def _rows(events: int, seconds: float, wide_seconds: float) -> dict[str, Any]:
    def told(views: Collection[View[Any]], seconds: float) -> dict[str, float]:
        each = touched(views)
        return {
            "views": len(views),
            "rows that a fact touches": round(each, 2),
            "facts/s": round(events / seconds),
            "row updates/s": round(events * each / seconds),
        }

    detail = {"wide views": told(WIDE, wide_seconds), "all views of Kring": told(VIEWS, seconds)}
    peers = {"required": UPDATES_LEAST}
    updates = detail["wide views"]["row updates/s"]
    return rate("P7 rows", "row updates/s", updates, peers, {"required": 1.0}, detail=detail)


async def _rebuilt(kring: Kring) -> float:
    """Seconds until the projector, from empty tables, has nothing left."""
    await kring.views.empty()
    began = time.perf_counter()
    async with kring.log.pool.acquire() as connection:
        while await projector.step(kring, connection) is None:
            pass
    took = time.perf_counter() - began
    assert not [one for one in await progress(kring.views) if one.stopped_at is not None], (
        "a view could not take a fact"
    )
    return took


async def _cursor(ground: Ground) -> float:
    """Seconds to read every event, and to do nothing with it."""
    connection = await connect(ground.database_url)
    began = time.perf_counter()
    async with connection.transaction():
        async for _ in connection.cursor(f"select {COLUMNS} from events order by position", prefetch=projector.BATCH):
            pass
    took = time.perf_counter() - began
    await connection.close()
    return took


async def _library(ground: Ground, events: int) -> float:
    """Events a second that the library's runner takes. Raises NotThere."""
    database = await ground.database("library")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.contenders.projection", database.owner_url, str(events)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), LIBRARYS_PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode != 0:
        raise NotThere("the library's runner ended without a figure")
    return float(said)


# P8


async def lag(run: Run) -> list[dict[str, Any]]:
    """P8: votes at 1 000 a second, a projector in a process of its own, and somebody who looks every millisecond."""
    async with cluster(run.folder) as ground, opened(run, ground) as kring:
        with run.steps("P8", 3) as steps:
            steps.next("filling a log")
            filled = await fill(ground.owner_url, run.many(50, 1))
            async with projecting(run, ground):
                await kring.views.wait(filled.events, ANSWERS)
                steps.next(f"{PER_SECOND} facts a second")
                lags = await _lags(kring, filled.programmes[0], run.seconds(SECONDS))
    lags.sort()
    p50, p99 = (lags[int(len(lags) * part)] for part in (0.5, 0.99))
    buckets = Counter(min(bisect_left(BUCKETS, one), len(BUCKETS) - 1) for one in lags)
    detail = {
        "events": len(lags),
        "per second": PER_SECOND,
        "p50_ms": round(p50, 2),
        "p99_ms": round(p99, 2),
        "longest_ms": round(lags[-1], 2),
        "histogram, up to ms": {str(BUCKETS[n]): buckets[n] for n in sorted(buckets)},
    }
    return [
        rate(
            "P8",
            "ms, p99",
            p99,
            {"required": LAG_LEAST},
            {"required": 1.0},
            aims={"required": LAG_LEAST / LAG_AIM},
            less_is_better=True,
            detail=detail,
        )
    ]


async def _lags(kring: Kring, programme: ProgrammeId, seconds: float) -> list[float]:
    """Milliseconds from each acknowledgement until every view shows the event."""
    acknowledged: list[tuple[int, float]] = []
    seen: list[tuple[int, float]] = []

    last: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def look() -> None:
        """Until what was acknowledged last is seen."""
        while not (last.done() and seen and seen[-1][0] >= last.result()):
            position = await kring.views.behind()
            if not seen or position > seen[-1][0]:
                seen.append((position, time.perf_counter()))
            await asyncio.sleep(GLANCE)

    looking = asyncio.create_task(look())
    began, sent = time.perf_counter(), 0
    async with asyncio.TaskGroup() as tasks:
        while (elapsed := time.perf_counter() - began) < seconds:
            while sent < elapsed * PER_SECOND / AT_ONCE:
                tasks.create_task(_append(kring, programme, acknowledged))
                sent += 1
            await asyncio.sleep(GLANCE)
    last.set_result(max(position for position, _ in acknowledged))
    await asyncio.wait_for(looking, ANSWERS)
    places = [position for position, _ in seen]
    return [(seen[bisect_left(places, position)][1] - at) * 1000 for position, at in acknowledged]


async def _append(kring: Kring, programme: ProgrammeId, acknowledged: list[tuple[int, float]]) -> None:
    ballot, command = BallotId(new_id("ballot")), new_uuid()
    votes = [
        VoteCast(ballot=ballot, programme=programme, voter=PersonId(new_id("person")), commitment=Digest("A" * 43))
        for _ in range(AT_ONCE)
    ]
    rows, _ = kring.commands.mapper.rows([Tagged(tags=one.tags(), decision=one) for one in votes])
    receipt = await kring.log.append(
        Append(events=rows, envelope=Envelope(actor="system", via="bench", command_id=command, correlation_id=command))
    )
    at = time.perf_counter()
    acknowledged += [(position, at) for position in range(receipt.first, receipt.last + 1)]


@asynccontextmanager
async def projecting(run: Run, ground: Ground) -> AsyncGenerator[None]:
    """A projector as `kring project` is one."""
    environ = environment(run.folder, ground.database_url, "redis://127.0.0.1:1")  # a projector asks it nothing
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "workers", "project", env=environ)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def opened(run: Run, ground: Ground) -> AsyncGenerator[Kring]:
    """Kring on this database, with the tables of all views."""
    keys, views = KeyStore(run.folder / "keys"), VIEWS
    async with Log.open(ground.database_url) as log:
        store = ViewStore(log.pool, views)
        await store.prepare()
        yield Kring(CommandHandler(log, Mapper(keys), keys), store, load({}, data=run.folder))
