"""Many programmes of one size, for load and tests, played over HTTP like the case."""

import asyncio
from collections.abc import Callable

import httpx

from service.demo import invented
from service.demo.client import Issue
from service.demo.playing import TIMEOUT, play_case

AT_ONCE = 4  # programmes


async def load(url: str, token: Issue, tell: Callable[[str], None], programmes: int) -> None:
    """Play `programmes` programmes of 24 participants, 1 200 events or more each; tells a line for each that is done.

    Started again, with the same number or more, go on where it was. Raises `DemoStopped`.
    """
    places, done = asyncio.Semaphore(AT_ONCE), 0
    operator = await token("manager", None, ())

    async def one(http: httpx.AsyncClient, n: int) -> None:
        nonlocal done
        async with places:
            await play_case(http, f"load/{n}", operator, invented.programme(n), invented.cops(n), lambda _: None)
        done += 1
        tell(f"Leergang {n} gespeeld ({done} van {programmes})")

    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=TIMEOUT) as http:
        try:
            async with asyncio.TaskGroup() as group:
                for n in range(1, programmes + 1):
                    group.create_task(one(http, n))
        except ExceptionGroup as stopped:
            raise stopped.exceptions[0] from None
