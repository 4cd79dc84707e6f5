"""Appends to logs of different sizes, in turns: a larger log must not be much slower, whatever the absolute figure."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from bench.appending import kring
from bench.contender_processes import Contender, Figures, compete
from bench.database_servers import cluster
from bench.log_filling import log_of
from bench.row import rate
from bench.run import Run

SIZES = (10_000, 100_000, 1_000_000, 3_000_000)
IN_FLIGHT = (1, 128)
TURN_S = 2.0
MIN_RATIO = 0.8
"""Minimum rate relative to a log of 10 000 events. An index over random ids becomes deeper, and exceeds the buffers."""


async def rows(run: Run) -> list[dict[str, Any]]:
    """Appends as in P1, to logs from ten thousand to three million events."""
    sizes = [size // run.many(1, 100) for size in SIZES]
    async with cluster(run.folder) as servers, AsyncExitStack() as stack:
        teams: dict[str, Contender] = {}
        with run.steps("growth", len(sizes) + run.rounds * len(sizes) * len(IN_FLIGHT)) as steps:
            logs = {size: await servers.database(f"log_{size}", migrated=True) for size in sizes}

            async def fill(size: int) -> None:
                await log_of(logs[size].owner_url, size)
                steps.next(f"filled a log with {size} events")

            await asyncio.gather(*(fill(size) for size in sizes))
            for size, log in logs.items():
                teams[str(size)] = await stack.enter_async_context(kring(log.database_url, *IN_FLIGHT))
            await compete(run, steps, teams, TURN_S)
    curves = {
        f"{many} in flight": {name: Figures.of(team.table[many]).short() for name, team in teams.items()}
        for many in IN_FLIGHT
    }
    busiest = curves[f"{IN_FLIGHT[-1]} in flight"]
    peer, ours = busiest[str(sizes[0])]["per_second"], busiest[str(sizes[-1])]["per_second"]
    name = f"a log of {sizes[0]} events"
    wrong = [one for team in teams.values() for answers in team.table.values() for one in answers if one.wrong]
    detail = {
        "by events in the log": curves,
        "figure": f"median of the rounds, on {sizes[-1]} events, {IN_FLIGHT[-1]} in flight",
    }
    return [rate("growth", "appends/s", ours, {name: peer}, {name: MIN_RATIO}, and_holds=not wrong, detail=detail)]
