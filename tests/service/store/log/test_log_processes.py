"""Positions have no gaps and are seen in the order of commit, whatever happens to the writing processes.

`--seconds` sets how long they write.
"""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from service.store.log import session as session_module
from service.store.log import writer as writer_module
from service.store.log.log import Log
from service.store.log.types import RecordedEvent
from tests.conftest import Database
from tests.service.store.examples.log import session

ROOT = Path(__file__).parents[4]
WRITERS, SECONDS = 64, 8.0
ALL = DCBQuery([DCBQueryItem(tags=["all"])])


WENT_BACK = """
select count(*) from events e join events f on f.position = e.position + 1 where f.recorded_at < e.recorded_at
"""


class Told(NamedTuple):
    """A receipt printed by a writing process."""

    name: str
    first: int
    last: int
    waited: float


class Writing:
    """A writing process, and the receipts it printed."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.told: list[Told] = []

    async def listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if not line.endswith(b"\n"):
                return  # killed in the middle of a word
            name, first, last, waited = line.decode().split()
            self.told.append(Told(name, int(first), int(last), float(waited)))

    async def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert await self.process.wait() == 0

    async def stopped(self) -> None:
        while psutil.Process(self.process.pid).status() != psutil.STATUS_STOPPED:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.01)

    @property
    def longest(self) -> float:
        return max(one.waited for one in self.told)


@asynccontextmanager
async def writing(url: str, name: str, group: asyncio.TaskGroup) -> AsyncGenerator[Writing]:
    command = (sys.executable, "-m", "tests.service.store.log.examples.writer_process", url, name, str(WRITERS))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=ROOT)
    one = Writing(process)
    group.create_task(one.listen())
    try:
        yield one
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Follower:
    """Takes the events it is shown; each position must be the next."""

    def __init__(self, log: Log, until: Callable[[], int | None]) -> None:
        self.log, self.last, self.until = log, 0, until

    def see(self, events: list[RecordedEvent]) -> None:
        for one in events:
            assert one.position == self.last + 1
            self.last = one.position

    @property
    def done(self) -> bool:
        end = self.until()
        return end is not None and self.last >= end

    async def by_page(self) -> None:
        while not self.done:
            page, head = await self.log.read(ALL, after=self.last, limit=200)
            self.see(page)
            assert page or head == self.last

    async def by_stream(self) -> None:
        while not self.done:
            async for page in self.log.stream(after=self.last):
                self.see(page)

    async def by_news(self) -> None:
        while not self.done:
            if await self.log.wait_beyond(self.last, 0.1):
                events, head = await self.log.read(after=self.last)
                self.see(events)
                assert head == self.last


async def beyond(log: Log, position: int) -> None:
    assert await log.wait_beyond(position, 20)


async def test_readers_see_every_event_once_in_order_whatever_happens_to_writers(
    database: Database, pytestconfig: pytest.Config
) -> None:
    quarter = (pytestconfig.getoption("--seconds") or SECONDS) / 4
    end: int | None = None
    async with Log.open(database.url) as log, asyncio.TaskGroup() as group:
        followers = [Follower(log, lambda: end) for _ in range(3)]
        following = [
            group.create_task(way()) for way in (followers[0].by_page, followers[1].by_stream, followers[2].by_news)
        ]
        async with (
            writing(database.url, "killed", group) as killed,
            writing(database.url, "stopped", group) as stopped,
            writing(database.url, "spared", group) as spared,
        ):
            await beyond(log, 0)
            await asyncio.sleep(quarter)
            killed.process.kill()
            await killed.process.wait()
            await asyncio.sleep(quarter)
            stopped.process.send_signal(signal.SIGUSR1)
            await asyncio.wait_for(stopped.stopped(), 20)
            at = await log.head()
            await beyond(log, at)  # though it is stopped with the lock in its hand
            await asyncio.sleep(quarter)
            assert psutil.Process(stopped.process.pid).status() == psutil.STATUS_STOPPED
            resumed = len(stopped.told)
            stopped.process.send_signal(signal.SIGCONT)
            await asyncio.sleep(quarter)
            await asyncio.gather(spared.end(), stopped.end())
        end = await log.head()
        await asyncio.wait(following)
    assert len(stopped.told) > resumed + WRITERS
    # The server ends the stopped one's transaction, and nobody needs another attempt.
    assert session_module.TRANSACTION_TIMEOUT_S / 2 < spared.longest < writer_module.CALL_TIMEOUT_S
    assert killed.longest < writer_module.CALL_TIMEOUT_S
    await every_receipt_is_true(database, [*killed.told, *stopped.told, *spared.told])


async def every_receipt_is_true(database: Database, told: list[Told]) -> None:
    async with session(database.owner_url) as owner:
        rows = await owner.fetch("select tags[2], min(position), max(position), count(*) from events group by 1")
        recorded = {name: (first, last) for name, first, last, _ in rows}
        assert all(last - first + 1 == number <= 2 for _, first, last, number in rows), "each append once, and whole"
        assert await owner.fetchval(WENT_BACK) == 0
    assert {one.name: (one.first, one.last) for one in told} == {one.name: recorded[one.name] for one in told}
    assert len({one.name for one in told}) == len(told)
