"""A process that writes to a log: `python -m tests.service.store.log.examples.writer_process URL NAME WRITERS`.

Prints every receipt in a line: writer, number, first and last position, seconds waited. Ends when its input does. After
SIGUSR1 it stops itself, as SIGSTOP does, the next time that it holds the lock.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence

import structlog

from service.store.log.batch import Lookup, Request
from service.store.log.errors import OutcomeUnknown, Unavailable
from service.store.log.log import Log
from service.store.log.session import Session
from service.store.log.types import Append, Receipt
from tests.service.store.examples.log import an_append, event, once, unless


def stop_under_the_lock_when_asked() -> None:
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, asked.set)
    look_up = Session.look_up  # called under the lock, where nobody else can write

    async def stop_first(self: Session, batch: Sequence[Request]) -> Lookup:
        if asked.is_set():
            asked.clear()
            os.kill(os.getpid(), signal.SIGSTOP)
        return await look_up(self, batch)

    Session.look_up = stop_first


async def write(log: Log, name: str, ended: asyncio.Event) -> None:
    """Append one or two events at a time, each on the condition that nobody else wrote under this name."""
    last, number = 0, 0
    while not ended.is_set():
        number += 1
        events = [event("thing.done", name, f"{name}_{number}", "all")] * (1 + number % 2)
        began = time.monotonic()
        receipt = await told(log, an_append(*events, condition=unless(name, after=last), once=once()))
        waited = time.monotonic() - began
        last = receipt.last
        print(f"{name}_{number}", receipt.first, receipt.last, f"{waited:.3f}", flush=True)  # noqa: T201  its answer


async def told(log: Log, append: Append) -> Receipt:
    """Send an append until there is a receipt, as callers of a writer that was stopped for too long should."""
    while True:
        try:
            return await log.append(append)
        except (OutcomeUnknown, Unavailable):
            await asyncio.sleep(0.05)


async def main(url: str, name: str, writers: int) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    stop_under_the_lock_when_asked()
    async with Log.open(url) as log, asyncio.TaskGroup() as group:
        for number in range(writers):
            group.create_task(write(log, f"{name}_{number}", ended))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
