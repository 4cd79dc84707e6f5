"""P13: what one service process takes under the load of P5, sampled while it lasts."""

import asyncio
import os
import time
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import psutil

from bench import votes
from bench.row import rate
from bench.run import Run
from service.commands import Desk
from service.embedded import servers
from service.store.keys import KeyStore
from service.store.log import Log
from service.store.mapper import Mapper
from service.store.schema import migrate

APP = "service.asgi:app"
LIMIT, AIM = 150.0, 100.0  # MB
EVERY = 1.0  # seconds between samples
FLAT = 1.03
"""The last quarter takes at most so many times what the second takes: the first one is for caches to fill."""

MB = 1_000_000


class Sample(msgspec.Struct, frozen=True):
    """Megabytes: resident, and the process's own share of it where pages are shared."""

    at: float
    rss: float
    pss: float


async def rows(run: Run) -> list[dict[str, Any]]:
    """Votes over HTTP again and again, as fast as they are answered."""
    data, keys = run.folder / "data", run.folder / "keys"
    async with servers(data) as up:
        await migrate(up.owner_url)
        environ = {
            **os.environ,  # noqa: TID251  the children need PATH and the like
            "KRING_DATABASE_URL": up.database_url,
            "KRING_OWNER_URL": up.owner_url,
            "KRING_REDIS_URL": up.redis_url,
            "KRING_KEYS": str(keys),
            "KRING_DATA": str(data),
        }
        async with votes.serving(APP, environ) as port:
            process = _serving()
            requests = await _requests(port, up.database_url, keys)
            idle = _sample(process, 0)
            with run.steps("P13", int(run.memory_seconds)) as steps:
                sampling = asyncio.create_task(_samples(process, run.memory_seconds, steps.next))
                sent = 0
                while not sampling.done():
                    answers = await votes.load(port, requests)
                    assert answers.refused == 0, f"{answers.refused} votes were refused"
                    sent += len(requests)
                samples = await sampling
    most = max(one.rss for one in samples)
    quarter = len(samples) // 4
    before, after = (median(one.rss for one in some) for some in (samples[quarter : 2 * quarter], samples[-quarter:]))
    flat = after <= FLAT * before
    detail = {
        "before the load": {"rss_mb": round(idle.rss, 1), "pss_mb": round(idle.pss, 1)},
        "under load": {"most rss_mb": round(most, 1), "most pss_mb": round(max(one.pss for one in samples), 1)},
        "second quarter, rss_mb": round(before, 1),
        "last quarter, rss_mb": round(after, 1),
        "flat": flat,
        "seconds": run.memory_seconds,
        "votes": sent,
        "rss_mb": [round(one.rss, 1) for one in samples[:: max(1, len(samples) // 60)]],
    }
    return [
        rate(
            "P13",
            "MB",
            most,
            {"limit": LIMIT},
            {"limit": 1.0},
            aims={"limit": LIMIT / AIM},
            less_is_better=True,
            and_holds=flat,
            detail=detail,
        )
    ]


def _serving() -> psutil.Process:
    """The one process of the service: a child of ours."""
    (found,) = (one for one in psutil.Process().children() if APP in one.cmdline())
    return found


async def _requests(port: int, database_url: str, keys: Path) -> list[bytes]:
    async with Log.open(database_url) as log:
        store = KeyStore(keys)
        return await votes.ballot(port, Desk(log, Mapper(store), store))


async def _samples(process: psutil.Process, seconds: float, tell: Any) -> list[Sample]:
    samples: list[Sample] = []
    began = time.monotonic()
    while (at := time.monotonic() - began) < seconds:
        samples.append(_sample(process, at))
        tell(f"{samples[-1].rss:.0f} MB")
        await asyncio.sleep(EVERY)
    return samples


def _sample(process: psutil.Process, at: float) -> Sample:
    memory = process.memory_full_info()
    return Sample(at, memory.rss / MB, memory.pss / MB)
