"""Projectors or reactors to kill and to freeze.

    python -m tests.workers.examples.projector_process ROLE BATCH STANDBY HEARTBEAT_TIMEOUT

Forks one for every line of its input and prints its process id. All imports happen once in the parent, so a start costs
next to nothing. Settings come from the environment.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping

from service.config import load
from service.kring import Kring, open_kring
from workers import leadership, projector, reactor


async def react(kring: Kring) -> None:
    await reactor.react(kring, asyncio.Event())


ROLES: Mapping[str, Callable[[Kring], Awaitable[None]]] = {"projector": projector.project, "reactor": react}


async def run(role: str) -> None:
    async with open_kring(load()) as kring:
        await ROLES[role](kring)


def main(role: str, batch: int, standby_s: float, heartbeat_timeout_s: float) -> None:
    projector.BATCH_SIZE = reactor.BATCH_SIZE = batch
    leadership.STANDBY_INTERVAL_S, leadership.HEARTBEAT_TIMEOUT_S = standby_s, heartbeat_timeout_s
    leadership.HEARTBEAT_INTERVAL_S = min(leadership.HEARTBEAT_INTERVAL_S, heartbeat_timeout_s / 10)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while sys.stdin.readline():
        child = os.fork()
        if child == 0:
            os.close(0)
            os.dup2(2, 1)  # its log is no answer, and readers of stdout must not wait for it
            asyncio.run(run(role))
            os._exit(0)
        print(child, flush=True)  # noqa: T201  its answer


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
