"""Watches the head of the log: by NOTIFY while a caller waits for events, and by polling at all times."""

import asyncio
import contextlib

import structlog

from service.background import BackgroundTask
from service.store.database import DATABASE_ERRORS, Connection, connect
from service.store.log.log_head import BEGINNING, LogHead, read_head

POLL_INTERVAL_S = 0.5
MIN_POLL_INTERVAL_S = 0.2
"""However many appends and notifications there are, unless a caller begins to wait."""
LISTEN_LINGER_S = 5.0
"""Time for which notifications are still received after the last caller has stopped waiting."""
CALL_TIMEOUT_S = 5.0
"""For connecting, and for each query."""

log = structlog.get_logger(__name__)


class HeadWatcher:
    """Knows the head of the log and wakes callers that wait for events. Polling also detects that the log was restored."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._position = 0
        self._advanced = asyncio.Event()
        """Set, and replaced, whenever the position advances."""
        self._poll_requested = asyncio.Event()
        self._waiter_arrived = asyncio.Event()
        self._waiters = 0
        self._listen_until = 0.0
        self.polled_head = BEGINNING
        """The last event that a poll found: if it is gone at the next one, the log was restored."""
        self.is_listening = False
        """Whether notifications are received at present."""
        self.times_restored = 0
        """The number of times that the log was found restored to an earlier state."""

    async def open(self) -> None:
        self._task = BackgroundTask("head watcher", self._follow).start()

    async def close(self) -> None:
        await self._task.cancel()

    @property
    def failure(self) -> str | None:
        """The class of the error that recently ended the task; it was restarted."""
        return self._task.failure

    def poll_soon(self) -> None:
        """Poll soon, because this process has recorded events: if they are lost later, a poll must have seen them."""
        self._poll_requested.set()

    async def wait_beyond(self, position: int, timeout: float) -> bool:  # noqa: ASYNC109  a timeout is an ordinary answer
        """Wait for an event after `position`; return whether there is one within `timeout` seconds."""
        if self._position > position:
            return True
        self._waiters += 1
        if not self.is_listening:
            self.poll_soon()  # which begins to listen
            self._waiter_arrived.set()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    while self._position <= position:
                        await self._advanced.wait()
        finally:
            self._waiters -= 1
            self._listen_until = asyncio.get_running_loop().time() + LISTEN_LINGER_S
        return self._position > position

    async def _follow(self) -> None:
        while True:
            try:
                await self._watch()
            except DATABASE_ERRORS as error:
                log.warning("head_watcher_connection_lost", error=type(error).__name__)
            await asyncio.sleep(POLL_INTERVAL_S)

    async def _watch(self) -> None:
        """Poll and listen until the connection is lost.

        A notification holds the head and is sent by the commit itself, so it needs no query of its own.
        """
        connection = await connect(self._database_url, timeout_s=CALL_TIMEOUT_S)
        self.is_listening = False
        try:
            while True:
                await self._listen_if_needed(connection)
                requested = self._poll_requested.is_set()
                self._poll_requested.clear()
                self._take_poll(*await read_head(connection, self.polled_head))
                if requested:
                    await _wait_until_set(self._waiter_arrived, MIN_POLL_INTERVAL_S)
                    self._waiter_arrived.clear()
                await _wait_until_set(self._poll_requested, POLL_INTERVAL_S)
        finally:
            connection.terminate()

    async def _listen_if_needed(self, connection: Connection) -> None:
        """Listen while callers wait; otherwise each notification would wake a server process and this one for nothing."""
        needed = self._waiters > 0 or asyncio.get_running_loop().time() < self._listen_until
        if needed and not self.is_listening:
            await connection.add_listener("kring", self.take_notification)
        elif self.is_listening and not needed:
            await connection.remove_listener("kring", self.take_notification)
        self.is_listening = needed

    def take_notification(self, *message: str) -> None:
        """Take the head from a notification of `append_events`: its last argument is the payload."""
        self._poll_requested.set()
        self._advance(int(message[-1]))

    def _take_poll(self, head: LogHead, same: bool) -> None:
        if not same:
            self.times_restored += 1
            log.error("log_restored", noticed_by="head_watcher", known=self.polled_head.position, head=head.position)
            self._position = head.position
        self.polled_head = head
        self._advance(head.position)

    def _advance(self, position: int) -> None:
        if position > self._position:
            self._position = position
            self._advanced.set()
            self._advanced = asyncio.Event()


async def _wait_until_set(event: asyncio.Event, timeout_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()
