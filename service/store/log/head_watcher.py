"""How far the log has got, for those who wait for more: told by NOTIFY while anybody waits, and by a poll that always runs."""

import asyncio
import contextlib

import structlog

from service.background import BackgroundTask
from service.store.database import DATABASE_ERRORS, Connection, connect
from service.store.log.log_head import BEGINNING, LogHead, look

POLL_INTERVAL_S = 0.5  # seconds
MIN_LOOK_INTERVAL_S = 0.2  # seconds between two looks, however many messages come: unless somebody begins to wait
LISTEN_LINGER_S = 5.0  # seconds for which messages are taken after the last one stopped waiting

log = structlog.get_logger(__name__)


class HeadWatcher:
    """How far the log has got: told by messages, and looked up between times, when a restored log is noticed as well."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._head = 0
        self._moved = asyncio.Event()
        self._told = asyncio.Event()
        self._asked = asyncio.Event()
        self._end = BEGINNING
        self._waiting = 0
        self._listening = False
        self._needed_until = 0.0
        self.times_gone_back = 0
        """How often the log was found restored to an earlier state."""

    async def open(self) -> None:
        self._task = BackgroundTask("news", self._follow).start()

    async def close(self) -> None:
        await self._task.cancel()

    @property
    def failure(self) -> str | None:
        """The kind of error that ended the following task lately; it was started again."""
        return self._task.failure

    def look_soon(self) -> None:
        """This process has recorded something: to be looked at, so that it is known what it was if it gets lost."""
        self._told.set()

    async def beyond(self, position: int, timeout: float) -> bool:  # noqa: ASYNC109  waiting in vain is an answer
        """Wait for an event later than `position`; whether there is one within `timeout` seconds."""
        if self._head > position:
            return True
        self._waiting += 1
        if not self._listening:
            self.look_soon()  # so that it begins at once
            self._asked.set()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    while self._head <= position:
                        await self._moved.wait()
        finally:
            self._waiting -= 1
            self._needed_until = asyncio.get_running_loop().time() + LISTEN_LINGER_S
        return self._head > position

    async def _follow(self) -> None:
        while True:
            try:
                await self._listen()
            except DATABASE_ERRORS as error:
                log.warning("news_lost", error=type(error).__name__)
            await asyncio.sleep(POLL_INTERVAL_S)

    async def _listen(self) -> None:
        """Take the head from every message, and look at the end of the log between times; ends when the connection breaks.

        A message comes after its commit and holds the head: to look each time would cost the server a query per batch.
        """
        connection = await connect(self._database_url, timeout_s=5)
        self._listening = False
        try:
            while True:
                await self._listen_where_needed(connection)
                told = self._told.is_set()
                self._told.clear()
                self._look_back(*await look(connection, self._end))
                if told:  # looked at once, so that it is known which events these are if they get lost
                    await _set_within(self._asked, MIN_LOOK_INTERVAL_S)
                    self._asked.clear()
                await _set_within(self._told, POLL_INTERVAL_S)
        finally:
            connection.terminate()

    async def _listen_where_needed(self, connection: Connection) -> None:
        """Each message wakes a process of the server and this one: for nothing, where nobody waits."""
        needed = self._waiting > 0 or asyncio.get_running_loop().time() < self._needed_until
        if needed and not self._listening:
            await connection.add_listener("kring", self._hear)
        elif self._listening and not needed:
            await connection.remove_listener("kring", self._hear)
        self._listening = needed

    def _hear(self, *message: str) -> None:
        self._told.set()
        self._tell(int(message[-1]))

    def _look_back(self, end: LogHead, same: bool) -> None:
        if not same:
            self.times_gone_back += 1
            log.error("log_went_back", noticed_by="news", known=self._end.position, head=end.position)
            self._head = end.position
        self._end = end
        self._tell(end.position)

    def _tell(self, head: int) -> None:
        if head > self._head:
            self._head = head
            self._moved.set()
            self._moved = asyncio.Event()


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
