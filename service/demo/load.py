"""Plays many generated programmes of the same size over HTTP, for load and tests."""

import asyncio
from collections.abc import Callable

import httpx

from service.demo import invented
from service.demo.case import Edition
from service.demo.client import Issue
from service.demo.playing import REQUEST_TIMEOUT_S, play_case

MAX_CONCURRENT_PROGRAMMES = 4


async def load(url: str, token: Issue, progress: Callable[[str], None], programmes: int) -> None:
    """Play programmes of 24 participants and at least 1 200 events each. Calls `progress` with a line for each.

    Started again with the same number or more, it continues where it stopped. Raises `DemoStopped`.
    """
    slots, done = asyncio.Semaphore(MAX_CONCURRENT_PROGRAMMES), 0
    operator = await token("manager", None, ())

    async def one(http: httpx.AsyncClient, n: int) -> None:
        nonlocal done
        async with slots:
            await play_case(
                http, f"load/{n}", operator, Edition(invented.programme(n), invented.cops(n)), lambda _: None
            )
        done += 1
        progress(f"Leergang {n} gespeeld ({done} van {programmes})")

    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=REQUEST_TIMEOUT_S) as http:
        try:
            async with asyncio.TaskGroup() as group:
                for n in range(1, programmes + 1):
                    group.create_task(one(http, n))
        except ExceptionGroup as stopped:
            raise stopped.exceptions[0] from None
