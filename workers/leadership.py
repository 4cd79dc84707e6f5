"""One active process in each role, any number that stand by: a lock of PostgreSQL says who, a heartbeat that it gets on.

The active process holds an advisory lock in one session, does all its writing in that session, and counts a heartbeat up
whenever it gets on. A process that stands by tries to get the lock. Where the count stays the same for `HEARTBEAT_TIMEOUT_S`
by its own clock, it ends the session that holds the lock, and so takes over: what was frozen cannot write when it wakes up,
since its session is gone.
"""

import time
from asyncio import sleep
from collections.abc import Awaitable, Callable
from traceback import extract_tb

import structlog

from service.kring import Kring
from service.store import heartbeats
from service.store.database import BROKEN, Connection, Queries
from service.store.heartbeats import Holder

STANDBY_INTERVAL_S = 1.0
HEARTBEAT_INTERVAL_S = 1.0
HEARTBEAT_TIMEOUT_S = 10.0

log = structlog.get_logger(__name__)

Beat = Callable[[], Awaitable[None]]
"""Called whenever work got on."""


async def no_beat() -> None:
    """For work that nobody watches."""


class LostPlace(Exception):
    """Another process moved a checkpoint: this one is not the active one any more."""


async def lead(kring: Kring, role: str, work: Callable[[Connection, Beat], Awaitable[None]]) -> None:
    """Stand by for ever; whenever the lock of the role is free, `work` on the connection whose session holds it."""
    watch = Watch(role)
    while True:
        try:
            async with kring.log.pool.acquire() as connection:
                try:
                    if await connection.fetchval(heartbeats.TRY_LOCK, role):
                        await work(connection, Heart(kring.log.pool, role).beat)
                    await watch.look(connection)
                except Exception:
                    connection.terminate()
                    raise
        except (*BROKEN, LostPlace) as error:  # no connection to be had is one of them
            log.warning("lost_its_place", role=role, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001  a fault of ours: readiness says that nothing gets on
            log.error("active_role_failed", role=role, error=type(error).__name__, at=place_of(error))  # noqa: TRY400  values
        await sleep(STANDBY_INTERVAL_S)


def place_of(error: Exception) -> str:
    """The line that raised an error: a traceback could hold values."""
    frame = extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


class Heart:
    """The heartbeat of this process in a role."""

    def __init__(self, pool: Queries, role: str) -> None:
        self._pool, self._role = pool, role
        self._last: float | None = None

    async def beat(self) -> None:
        """Show that work got on, once a second at most."""
        now = time.monotonic()
        if self._last is None or now - self._last >= HEARTBEAT_INTERVAL_S:
            await heartbeats.beat(self._pool, self._role)
            self._last = now


class Watch:
    """What a process that stands by has seen of the one that is active."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._seen: Holder | None = None
        self._since = 0.0

    async def look(self, connection: Queries) -> None:
        """End the session of the active process if it has not got on since long ago."""
        found, now = await heartbeats.holder(connection, self._role), time.monotonic()
        if found != self._seen:
            self._seen, self._since = found, now
        elif found.pid is not None and now - self._since >= HEARTBEAT_TIMEOUT_S:
            ended = await heartbeats.end_holder(connection, self._role, found.pid)
            log.warning("holder_ended", role=self._role, silent_s=round(now - self._since), ended=ended)
