"""Projectors to kill: `python -m tests.workers.projecting BATCH STAND_BY` makes one for every line of its input and tells its id.

Everything is loaded once, and each projector is a copy of this process: a start takes next to nothing. Settings come from
the environment.
"""

import asyncio
import os
import signal
import sys

from service.config import load
from service.kring import open_kring
from workers import leadership, projector


async def project() -> None:
    async with open_kring(load()) as kring:
        await projector.project(kring)


def main(batch: int, stand_by: float) -> None:
    projector.BATCH, leadership.STANDBY_INTERVAL_S = batch, stand_by
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while sys.stdin.readline():
        child = os.fork()
        if child == 0:
            os.close(0)
            os.dup2(
                2, 1
            )  # what a projector logs is no answer, and who waits for the end of those waits for nobody else
            asyncio.run(project())
            os._exit(0)
        print(child, flush=True)  # noqa: T201  its answer


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
