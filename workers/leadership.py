"""Leader election: one active process per role, any number on standby, by a lock and a heartbeat in PostgreSQL.

The active process holds an advisory lock in one session, writes only in that session, and increments a heartbeat counter as it
advances. A standby process tries to acquire the lock. If the counter does not change for `HEARTBEAT_TIMEOUT_S` by its own clock,
it ends the session that holds the lock and takes over: a frozen process cannot write when it resumes, since its session has
ended.
"""

import asyncio
import time
from asyncio import sleep
from collections.abc import Awaitable, Callable
from traceback import extract_tb

import structlog

from service.kring import Kring
from service.store import heartbeats
from service.store.database import DATABASE_ERRORS, Connection, Queries
from service.store.heartbeats import RoleHolder

STANDBY_INTERVAL_S = 1.0
HEARTBEAT_INTERVAL_S = 1.0
HEARTBEAT_TIMEOUT_S = 10.0

log = structlog.get_logger(__name__)

Beat = Callable[[], Awaitable[None]]
"""Called whenever the work has advanced."""


async def no_beat() -> None:
    """Do nothing, for work without a heartbeat."""


class LostLeadership(Exception):
    """Another process has moved a checkpoint: this process is no longer the active one."""


async def lead(kring: Kring, role: str, work: Callable[[Connection, Beat], Awaitable[None]]) -> None:
    """Stand by for ever; when the role's lock is free, acquire it and `work` on the connection that holds it."""
    watch = StandbyWatch(role)
    while True:
        try:
            async with kring.log.pool.acquire() as connection:
                clean = False
                try:
                    leads = await connection.fetchval(heartbeats.TRY_LOCK, role)
                    if leads:
                        await work(connection, Heartbeat(kring.log.pool, role).beat)
                    await watch.check(connection)
                    clean = not leads
                finally:
                    if not clean:  # the pool would hand out the session with its lock
                        connection.terminate()
        except (*DATABASE_ERRORS, LostLeadership) as error:  # `DATABASE_ERRORS` includes failing to connect
            _end_if_cancelled(error)
            log.warning("leadership_lost", role=role, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001  a bug must not end the process; readiness shows that it does not advance
            log.error("active_role_failed", role=role, error=type(error).__name__, at=raised_at(error))  # noqa: TRY400  values
        await sleep(STANDBY_INTERVAL_S)


def _end_if_cancelled(error: Exception) -> None:
    """Raise `CancelledError` if this task was cancelled: giving back a session that breaks meanwhile raises instead of it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


def raised_at(error: BaseException) -> str:
    """The file and line that raised an error; a whole traceback could show values."""
    frame = extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


class Heartbeat:
    """The heartbeat of this process in a role."""

    def __init__(self, pool: Queries, role: str) -> None:
        self._pool, self._role = pool, role
        self._last: float | None = None

    async def beat(self) -> None:
        """Record that the work has advanced, at most once per `HEARTBEAT_INTERVAL_S`."""
        now = time.monotonic()
        if self._last is None or now - self._last >= HEARTBEAT_INTERVAL_S:
            await heartbeats.beat(self._pool, self._role)
            self._last = now


class StandbyWatch:
    """A standby process's observations of the active process."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._seen: RoleHolder | None = None
        self._since = 0.0

    async def check(self, connection: Queries) -> None:
        """End the session of the active process if its heartbeat has not changed for `HEARTBEAT_TIMEOUT_S`."""
        found, now = await heartbeats.holder(connection, self._role), time.monotonic()
        if found != self._seen:
            self._seen, self._since = found, now
        elif found.pid is not None and now - self._since >= HEARTBEAT_TIMEOUT_S:
            ended = await heartbeats.end_holder(connection, self._role, found.pid)
            log.warning("holder_ended", role=self._role, silent_s=round(now - self._since), ended=ended)
