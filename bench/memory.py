"""P13: the memory of one service process under the load of P5, sampled during the load."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import msgspec
import psutil

from bench import votes
from bench.http_servers import KRING, installed, serving
from bench.row import rate
from bench.run import Run

LIMIT_MB, AIM_MB = 150.0, 100.0
SAMPLE_INTERVAL_S = 1.0
MAX_GROWTH = 1.03
"""Maximum of the last quarter relative to the second; during the first, caches fill."""

MB = 1_000_000


class Sample(msgspec.Struct, frozen=True):
    """Memory in megabytes: resident (RSS), and proportional to the sharing of pages (PSS)."""

    at: float
    rss: float
    pss: float


async def rows(run: Run) -> list[dict[str, Any]]:
    """Memory under votes over HTTP, sent as fast as they are answered."""
    async with installed(run.folder) as here, serving(KRING, here.environ) as port:
        async with here.commands() as commands:
            requests = await votes.ballot(port, commands)

        async def vote() -> int:
            answers = await votes.load(port, requests)
            assert answers.refused == 0, f"{answers.refused} votes were refused"
            return len(requests)

        return [await watched(run, "P13", vote)]


async def watched(run: Run, name: str, work: Callable[[], Awaitable[int]]) -> dict[str, Any]:
    """The row `name`: the memory of the service while `work` is repeated. `work` returns the number of its requests."""
    process = _service()
    idle = _sample(process, 0)
    with run.steps(name, int(run.memory_seconds)) as steps:
        sampling = asyncio.create_task(_samples(process, run.memory_seconds, steps.next))
        sent = 0
        while not sampling.done():
            sent += await work()
        samples = await sampling
    most = max(one.rss for one in samples)
    quarter = len(samples) // 4
    before, after = (median(one.rss for one in some) for some in (samples[quarter : 2 * quarter], samples[-quarter:]))
    flat = after <= MAX_GROWTH * before
    detail = {
        "before the load": {"rss_mb": round(idle.rss, 1), "pss_mb": round(idle.pss, 1)},
        "under load": {"most rss_mb": round(most, 1), "most pss_mb": round(max(one.pss for one in samples), 1)},
        "second quarter, rss_mb": round(before, 1),
        "last quarter, rss_mb": round(after, 1),
        "flat": flat,
        "seconds": run.memory_seconds,
        "requests": sent,
        "rss_mb": [round(one.rss, 1) for one in samples[:: max(1, len(samples) // 60)]],
    }
    return rate(
        name,
        "MB",
        most,
        {"limit": LIMIT_MB},
        {"limit": 1.0},
        aims={"limit": LIMIT_MB / AIM_MB},
        less_is_better=True,
        and_holds=flat,
        detail=detail,
    )


def _service() -> psutil.Process:
    """The service, our child process."""
    (found,) = (one for one in psutil.Process().children() if KRING in one.cmdline())
    return found


async def _samples(process: psutil.Process, seconds: float, show: Any) -> list[Sample]:
    samples: list[Sample] = []
    began = time.monotonic()
    while (at := time.monotonic() - began) < seconds:
        samples.append(_sample(process, at))
        show(f"{samples[-1].rss:.0f} MB")
        await asyncio.sleep(SAMPLE_INTERVAL_S)
    return samples


def _sample(process: psutil.Process, at: float) -> Sample:
    memory = process.memory_full_info()
    return Sample(at, memory.rss / MB, memory.pss / MB)
