"""P9: a page of a programme of 2 000 events at an earlier position, over HTTP."""

import random
import time
from statistics import median, quantiles
from typing import Any

import httpx

from bench.http_servers import KRING, installed, serving
from bench.programmes import EVENTS, fill
from bench.row import rate
from bench.run import Run
from service.auth.issuing import issue_token

LIMIT_MS, AIM_MS = 100.0, 30.0
TIMES = 200
PAGE = "/api/v1/programmes/{programme}/dashboard"
"""The page of a programme that reads the most views."""


async def rows(run: Run) -> list[dict[str, Any]]:
    """P9: the dashboard of a programme, as of positions in the last tenth of its history."""
    async with installed(run.folder) as here:
        filled = await fill(here.owner_url, run.many(10, 2))
        async with here.commands() as commands:
            headers = {"Authorization": f"Bearer {await issue_token(commands, 'manager')}"}
        async with (
            serving(KRING, here.environ) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client,
        ):
            with run.steps("P9", 1) as steps:
                steps.next("as it was")
                number = len(filled.programmes) - 1
                path = PAGE.format(programme=filled.programmes[number])
                took = await _times(client, path, number * EVENTS, run.many(TIMES, 10))
    return [_row(took)]


async def _times(client: httpx.AsyncClient, path: str, start: int, many: int) -> list[float]:
    """The times in milliseconds, as of random positions in the last tenth of the programme, so that caches cannot help."""
    took: list[float] = []
    for number in range(-many // 10, many):
        as_of = start + random.randint(EVENTS * 9 // 10, EVENTS)
        began = time.perf_counter()
        answer = await client.get(path, params={"as_of": as_of})
        if number >= 0:
            took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == httpx.codes.OK, answer.text
    return took


def _row(took: list[float]) -> dict[str, Any]:
    detail = {"times": len(took), "p50_ms": round(median(took), 1), "p99_ms": round(quantiles(took, n=100)[98], 1)}
    aims = {"required": LIMIT_MS / AIM_MS}
    return rate(
        "P9",
        "ms",
        median(took),
        {"required": LIMIT_MS},
        {"required": 1.0},
        aims=aims,
        less_is_better=True,
        detail=detail,
    )
