"""The library's own test case for recorders, through a synchronous facade."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Never, TypeVar

from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
)
from eventsourcing.dcb.popo import SimpleDCBReadResponse
from eventsourcing.dcb.tests import DCBRecorderTestCase

from service.store.log.log import Log
from service.store.log.types import NewEvent
from tests.conftest import Database
from tests.service.store.examples.log import an_append

T = TypeVar("T")


class Facade(DCBRecorder):
    """Called from another thread than the log's."""

    def __init__(self, log: Log, loop: asyncio.AbstractEventLoop) -> None:
        self.log = log
        self.loop = loop

    def _run(self, asked: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(asked, self.loop).result()

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        found, head = self._run(self.log.read(query, after=after or 0, limit=limit))
        if limit is not None:
            head = found[-1].position if found else None
        events = [DCBSequencedEvent(DCBEvent(one.type, one.data, one.tags), one.position) for one in found]
        return SimpleDCBReadResponse(events=iter(events), head=head)

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        new = [NewEvent(event.type, 1, event.tags, event.data) for event in events]
        return self._run(self.log.append(an_append(*new, condition=condition))).last

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> Never:
        raise NotImplementedError


async def test_the_log_passes_the_recorder_tests_of_the_library(database: Database) -> None:
    async with Log.open(database.url) as log:
        facade = Facade(log, asyncio.get_running_loop())
        case = DCBRecorderTestCase()
        await asyncio.to_thread(case._test_append_read, facade)  # pyright: ignore[reportPrivateUsage]  made to be called
