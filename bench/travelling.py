"""P9: a page of a programme of 2 000 facts as it was, over HTTP."""

import os
import random
import time
from statistics import median, quantiles
from typing import Any

import httpx

from bench.row import rate
from bench.run import Run
from bench.stories import FACTS, fill
from bench.votes import serving
from service.auth.issuing import issue_token
from service.commands import Desk
from service.embedded import servers
from service.store.keys import KeyStore
from service.store.log import Log
from service.store.mapper import Mapper
from service.store.schema import migrate

LEAST, AIM = 100.0, 30.0  # milliseconds
TIMES = 200
PAGE = "/api/v1/programmes/{programme}/dashboard"
"""Of all pages of a programme the one that rests on most views."""
APP = "service.asgi:app"


async def rows(run: Run) -> list[dict[str, Any]]:
    """P9: a programme at a glance, as of positions in the last tenth of its history."""
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
        filled = await fill(up.owner_url, run.many(10, 2))
        async with Log.open(up.database_url) as log:
            store = KeyStore(keys)
            token = await issue_token(Desk(log, Mapper(store), store), "manager", person=None, organisations=())
        async with serving(APP, environ) as port:
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
                with run.steps("P9", 1) as steps:
                    steps.next("as it was")
                    number = len(filled.programmes) - 1
                    path = PAGE.format(programme=filled.programmes[number])
                    took = await _times(client, path, number * FACTS, run.many(TIMES, 10))
    return [_row(took)]


async def _times(client: httpx.AsyncClient, path: str, start: int, many: int) -> list[float]:
    """Milliseconds of each, as of positions in the last tenth of the programme: so that nothing that is kept would help."""
    took: list[float] = []
    for number in range(-many // 10, many):
        as_of = start + random.randint(FACTS * 9 // 10, FACTS)
        began = time.perf_counter()
        answer = await client.get(path, params={"as_of": as_of})
        if number >= 0:
            took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == httpx.codes.OK, answer.text
    return took


def _row(took: list[float]) -> dict[str, Any]:
    detail = {"times": len(took), "p50_ms": round(median(took), 1), "p99_ms": round(quantiles(took, n=100)[98], 1)}
    aims = {"required": LEAST / AIM}
    return rate(
        "P9", "ms", median(took), {"required": LEAST}, {"required": 1.0}, aims=aims, less_is_better=True, detail=detail
    )
