"""The log: events in one order without gaps, appended under conditions and read by type and tag."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Self
from uuid import UUID

import asyncpg
from eventsourcing.dcb.api import DCBQuery

from service.sealing.disclosure import Disclosure
from service.store.database import DATABASE_ERRORS, INDEX_LOOKUP_SETTINGS, Pool, open_pool
from service.store.log.boundary_reads import BoundaryReader
from service.store.log.errors import OutcomeUnknown, QueueFull
from service.store.log.head_watcher import HeadWatcher
from service.store.log.queries import Arguments, candidates, matches
from service.store.log.replication import NotConfirmed, require_replicated
from service.store.log.types import Append, EventContent, Paper, Receipt, RecordedEvent
from service.store.log.writer import RETRY_AFTER_S, Writer

PAGE_EVENTS = 500
"""Events per page of a stream."""
READER_CONNECTIONS = (2, 6)
"""Minimum and maximum; likewise POOL_CONNECTIONS."""
POOL_CONNECTIONS = (1, 6)
CLOCK_TOLERANCE_S = 1.0
"""As in append_events: while the clock is further behind the last event, nothing is recorded."""
READ_TIMEOUT_S = 15.0
"""For one statement that reads from the log."""
READER_SETTINGS = INDEX_LOOKUP_SETTINGS | {
    "default_transaction_isolation": "read committed",  # after a wait for the lock, see what was committed
    "plan_cache_mode": "force_generic_plan",  # planning the read of a boundary takes longer than the read
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "1s",  # a process that is suspended under the lock must not keep it
}
PAGE_GROWTH = 8
"""Factor by which a page is enlarged if events of another tag, with the same hash, took places in it."""
MAX_POSITION = 2**63 - 1

COLUMNS = """position, type, v, tags, data, actor, via, on_behalf_of,
  command_id, correlation_id, causation_id, reason_digest, occurred_at, recorded_at"""

EVENTS_AT = f"select {COLUMNS} from events where position = any($1) order by position"

HEAD = "select coalesce(max(position), 0) from events"

LOG_ID = "select log_id from log"

CLOCK = """
-- The time of the last event, and the seconds by which the clock is behind it.
select recorded_at, greatest(extract(epoch from recorded_at - clock_timestamp()), 0)::float8
from events order by position desc limit 1
"""

POSITION_AT = "select position_at($1)"

BLINDS = "select blind from events where position > $1 and position <= $2 order by position"

LOCK = "select lock_log()"

TURN = """
-- 'turn' in ASCII: not the writers' lock. Only a command that lost several times takes it.
begin; select pg_advisory_xact_lock(x'7475726e'::bigint)
"""

COMMAND = "select fingerprint, first, last, recorded_at, resource_id from commands where id = $1"

DISCLOSURES = "select digest, subject, nonce, sealed from disclosures where digest = any($1)"

WITHHOLD = "delete from disclosures where digest = any($1)"

CLAIM = "select holder from claims where kind = $1 and key = $2"

PAPER = "select ballot, voter, sealed, commitment from papers where ballot = $1 and voter = $2"

PAPERS = "select ballot, voter, sealed, commitment from papers where ballot = $1 order by voter"


class Log:
    """The log of a database, with the writer of this process. Created by `Log.open`."""

    def __init__(self, pool: Pool, readers: Pool, writer: Writer, head_watcher: HeadWatcher, log_id: str) -> None:
        self.pool = pool
        """Connections for views, jobs and files. A session is not reset: whoever changes its state must terminate it."""
        self.log_id = log_id
        """Identifies the log. Outside of it, an event is named by log id and position."""
        self.readers = readers
        """Connections for reading from the log: without state, with short timeouts."""
        self._boundary_reader = BoundaryReader(readers)
        self._writer = writer
        self.head_watcher = head_watcher

    @classmethod
    @asynccontextmanager
    async def open(cls, database_url: str) -> AsyncGenerator[Self]:
        """Open the log in a database that has been migrated. On exit, record the waiting appends, then close."""
        async with AsyncExitStack() as stack:
            pool = await stack.enter_async_context(open_pool(database_url, *POOL_CONNECTIONS, stateless=True))
            log_id = await pool.fetchval(LOG_ID)
            readers = await stack.enter_async_context(
                open_pool(
                    database_url,
                    *READER_CONNECTIONS,
                    READER_SETTINGS,
                    stateless=True,
                    statement_timeout_s=READ_TIMEOUT_S,
                )
            )
            writer, head_watcher = Writer(database_url, log_id), HeadWatcher(database_url)
            await writer.open()
            stack.push_async_callback(writer.close)
            await head_watcher.open()
            stack.push_async_callback(head_watcher.close)
            yield cls(pool, readers, writer, head_watcher, log_id)

    @property
    def times_restored(self) -> int:
        """The number of times that the log was found restored to an earlier state. Anything cached before may be wrong."""
        return self.head_watcher.times_restored

    @property
    def failing_tasks(self) -> dict[str, str]:
        """The background tasks of this log that failed recently: name and class of the error."""
        found = {"writer": self._writer.failure, "head watcher": self.head_watcher.failure}
        return {name: error for name, error in found.items() if error is not None}

    async def is_same_log(self) -> bool:
        """Whether the database still holds the log that this process opened."""
        return await self.readers.fetchval(LOG_ID) == self.log_id

    async def clock_behind(self) -> tuple[datetime, float] | None:
        """The time of the last event, and the seconds by which the database's clock is behind it.

        Until the clock has caught up, `append` raises ClockBehind. None: the clock is not behind.
        """
        row = await self.readers.fetchrow(CLOCK)
        return None if row is None or row[1] <= CLOCK_TOLERANCE_S else (row[0], row[1])

    async def append(self, append: Append) -> Receipt:
        """Record the events durably with everything that belongs to them, or raise a class of `errors.py`.

        A cancelled caller does not stop the append. With `once`, a command that was recorded before gets its first receipt,
        marked `repeated`.
        """
        receipt = await self._writer.append(append)
        self.head_watcher.poll_soon()
        return receipt

    async def read_boundary(self, query: DCBQuery) -> tuple[list[EventContent], int]:
        """The events of a command's boundary, in order, and the head of the log, in one snapshot.

        Every item has types and tags, the most specific tag first. Reads that wait at the same time share a statement.
        """
        return await self._boundary_reader.read(query)

    async def read(
        self,
        query: DCBQuery | None = None,
        *,
        after: int = 0,
        until: int | None = None,
        limit: int | None = None,
        newest: bool = False,
    ) -> tuple[list[RecordedEvent], int]:
        """The events after `after` up to and including `until` that match, in order; and the head of the log, in one snapshot.

        An event matches a query if it matches any of its items: one of the item's types, if it has any, and all of its tags.
        A query without items matches every event. Put the most specific tag of an item first: the search begins with it.
        `limit`: the first so many events, or the `newest`.
        """
        page = limit
        while True:
            args = Arguments(after, MAX_POSITION if until is None else until)
            rows = await self.readers.fetch(_select_events(query, args, page, newest=newest), *args.values)
            read = [RecordedEvent(*row[1:]) for row in rows if row[1] is not None]
            found = [one for one in read if matches(query, one.type, one.tags)]
            if limit is None or page is None:
                return found, rows[0][0]
            if len(found) >= limit or len(read) < page:
                return found[-limit:] if newest else found[:limit], rows[0][0]
            page *= PAGE_GROWTH  # events of another tag with the same hash took places in the page

    async def at(self, positions: Collection[int]) -> list[RecordedEvent]:
        """The events at these positions, in order; positions without an event are left out."""
        return [RecordedEvent(*row) for row in await self.readers.fetch(EVENTS_AT, list(positions))]

    async def stream(
        self, query: DCBQuery | None = None, *, after: int = 0, until: int | None = None
    ) -> AsyncIterator[list[RecordedEvent]]:
        """The events that `read` returns, in pages. While the consumer handles a page, the next one is read."""
        page, _ = await self.read(query, after=after, until=until, limit=PAGE_EVENTS)
        while len(page) == PAGE_EVENTS:
            reading = asyncio.create_task(self.read(query, after=page[-1].position, until=until, limit=PAGE_EVENTS))
            try:
                yield page
                page, _ = await reading
            finally:
                reading.cancel()  # if the consumer stops early
        if page:
            yield page

    async def head(self) -> int:
        """The last position; 0 in an empty log."""
        return await self.readers.fetchval(HEAD)

    async def wait_beyond(self, position: int, timeout: float) -> bool:  # noqa: ASYNC109  a timeout is an ordinary answer
        """Wait for an event after `position`; return whether there is one within `timeout` seconds."""
        return await self.head_watcher.wait_beyond(position, timeout)

    async def position_at(self, time: datetime) -> int:
        """The last position recorded at or before `time`; 0 if there is none."""
        return await self.readers.fetchval(POSITION_AT, time)

    async def blinds(self, *, after: int, until: int) -> list[bytes]:
        """The blinds of the events after `after` up to and including `until`; for sealing only."""
        return [row[0] for row in await self.readers.fetch(BLINDS, after, until)]

    async def command(self, command_id: UUID, *, wait_for_writers: bool = True) -> tuple[bytes, Receipt] | None:
        """The fingerprint and receipt of a command recorded in the last 24 hours; None if there is none.

        `wait_for_writers`: first wait until no session is writing, because after a lost answer the session that had the
        command may still commit it. If not, None may mean: not yet. Raises OutcomeUnknown if a session is still writing after
        two seconds, or if a synchronous standby does not confirm the command in time: a failover would lose it.
        """
        await self._writer.wait_for_command(command_id)
        try:
            async with self.readers.acquire() as connection:
                async with connection.transaction():
                    if wait_for_writers:
                        await connection.execute(LOCK)
                    row = await connection.fetchrow(COMMAND, command_id)
                if row is None:
                    return None
                await require_replicated(connection)
        except (asyncpg.LockNotAvailableError, TimeoutError, NotConfirmed):
            raise OutcomeUnknown from None
        fingerprint, first, last, recorded_at, resource_id = row
        return fingerprint, Receipt(first, last, recorded_at, resource_id, repeated=True)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Hold the turn, of which there is one in the database. Raises QueueFull if it is not free within two seconds."""
        async with self.readers.acquire() as connection:
            try:
                try:
                    await connection.execute(TURN)
                except asyncpg.LockNotAvailableError:
                    raise QueueFull(RETRY_AFTER_S) from None
                yield
            finally:
                with contextlib.suppress(*DATABASE_ERRORS):  # what was recorded in the turn stays recorded
                    await connection.execute("rollback")

    async def disclosures(self, digests: Collection[bytes]) -> dict[bytes, Disclosure]:
        """The disclosures with these digests, without those that were purged."""
        rows = await self.readers.fetch(DISCLOSURES, list(digests))
        return {row[0]: Disclosure(*row) for row in rows}

    async def withhold(self, digests: Collection[bytes]) -> None:
        """Purge the disclosures with these digests for good; it is no error if they are gone."""
        await self.pool.execute(WITHHOLD, list(digests))

    async def claim(self, kind: str, key: bytes) -> str | None:
        """The holder of the claim."""
        return await self.readers.fetchval(CLAIM, kind, key)

    async def paper(self, ballot: str, voter: str) -> Paper | None:
        """The current sealed paper of a voter."""
        row = await self.readers.fetchrow(PAPER, ballot, voter)
        return None if row is None else Paper(*row)

    async def papers(self, ballot: str) -> list[Paper]:
        """The current sealed papers of a ballot, by voter."""
        return [Paper(*row) for row in await self.readers.fetch(PAPERS, ballot)]


def _select_events(query: DCBQuery | None, args: Arguments, limit: int | None, *, newest: bool) -> str:
    """SQL for the head and the events in one snapshot. If no events match: one row with the head."""
    page = None if limit is None else args.add(limit)
    selected = candidates(query, args, limit=page, newest=newest)
    most = f"{' desc' if newest else ''}{'' if page is None else f' limit {page}'}"
    if selected is None:
        rows = f"select {COLUMNS} from events where position > $1 and position <= $2 order by position{most}"
    else:
        # `offset 0` forces the order: first the positions, then the row of each.
        rows = f"""
        select e.* from (select position from ({selected}) s order by position{most}) p
        cross join lateral (select {COLUMNS} from events where position = p.position offset 0) e
        """
    return f"""
    -- The events that may match, and the head of the log.
    select h.head, e.* from (select coalesce(max(position), 0) as head from events) h
    left join lateral ({rows}) e on true
    order by e.position
    """
