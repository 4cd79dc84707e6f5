"""The log: events in one gapless order in PostgreSQL, read by what they concern, appended on conditions."""

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
from service.store.log.boundary_reads import Slices
from service.store.log.errors import OutcomeUnknown, QueueFull
from service.store.log.head_watcher import HeadWatcher
from service.store.log.queries import Arguments, candidates, matches
from service.store.log.replication import NotConfirmed, require_replicated
from service.store.log.types import Append, Content, Paper, Receipt, Recorded
from service.store.log.writer import RETRY_AFTER_S, Writer

PAGE_EVENTS = 500  # events at a time in a stream
READER_CONNECTIONS = (2, 6)  # connections: the fewest, the most
CLOCK_TOLERANCE_S = 1.0  # as in append_events: a clock that is further behind the last event stops all writing
READ_TIMEOUT_S = 15.0  # for a statement that reads from the log
READER_SETTINGS = INDEX_LOOKUP_SETTINGS | {
    "default_transaction_isolation": "read committed",  # what is read after a wait for the lock is what stands then
    "plan_cache_mode": "force_generic_plan",  # to plan a slice takes longer than to read it
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "1s",  # a process that is stopped in a look-up must not keep the lock
}
POOL_CONNECTIONS = (1, 6)
WIDER = 8  # times a page that events under another tag took places of
END = 2**63 - 1  # later than every position

COLUMNS = """position, type, v, tags, data, actor, via, on_behalf_of,
  command_id, correlation_id, causation_id, reason_digest, occurred_at, recorded_at"""

AT = f"select {COLUMNS} from events where position = any($1) order by position"

HEAD = "select coalesce(max(position), 0) from events"

LOG_ID = "select log_id from log"

CLOCK = """
-- The time of the last event, and how many seconds the clock is behind it.
select recorded_at, greatest(extract(epoch from recorded_at - clock_timestamp()), 0)::float8
from events order by position desc limit 1
"""

POSITION_AT = "select position_at($1)"

BLINDS = "select blind from events where position > $1 and position <= $2 order by position"

LOCK = "select lock_log()"

TURN = """
-- 'turn' in ASCII: not the writers' lock, and nobody but a command that keeps losing asks for it.
begin; select pg_advisory_xact_lock(x'7475726e'::bigint)
"""

COMMAND = "select fingerprint, first, last, recorded_at, resource_id from commands where id = $1"

DISCLOSURES = "select digest, subject, nonce, sealed from disclosures where digest = any($1)"

WITHHOLD = "delete from disclosures where digest = any($1)"

CLAIM = "select holder from claims where kind = $1 and key = $2"

PAPER = "select ballot, voter, sealed, commitment from papers where ballot = $1 and voter = $2"

PAPERS = "select ballot, voter, sealed, commitment from papers where ballot = $1 order by voter"


class Log:
    """One log, one writer, one pool of connections for reading. Made by `Log.open`."""

    def __init__(self, pool: Pool, readers: Pool, writer: Writer, news: HeadWatcher, log_id: str) -> None:
        self.pool = pool
        """For the projector and the jobs: the same database, the service's rights."""
        self.log_id = log_id
        """An event's name outside is (log id, position)."""
        self._readers = readers
        self._slices = Slices(readers)
        self._writer = writer
        self._news = news

    @classmethod
    @asynccontextmanager
    async def open(cls, database_url: str) -> AsyncGenerator[Self]:
        """The log in the database at `database_url`, migrated before. Leaving records what waits, then closes."""
        async with AsyncExitStack() as stack:
            pool = await stack.enter_async_context(open_pool(database_url, *POOL_CONNECTIONS))
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
            writer, news = Writer(database_url, log_id), HeadWatcher(database_url)
            await writer.open()
            stack.push_async_callback(writer.close)
            await news.open()
            stack.push_async_callback(news.close)
            yield cls(pool, readers, writer, news, log_id)

    @property
    def times_gone_back(self) -> int:
        """How often the log was found restored to an earlier state: what was remembered of it before may not be true."""
        return self._news.times_gone_back

    @property
    def failing_tasks(self) -> dict[str, str]:
        """Background tasks of this log that failed lately, by name, each with the kind of error."""
        found = {"writer": self._writer.failure, "news": self._news.failure}
        return {name: error for name, error in found.items() if error is not None}

    async def is_the_one_opened(self) -> bool:
        """Whether the database still holds the log that this process opened."""
        return await self._readers.fetchval(LOG_ID) == self.log_id

    async def clock_behind(self) -> tuple[datetime, float] | None:
        """The time of the last event, and the seconds by which the database's clock is behind it, where they matter.

        Until the clock gets there, `append` raises ClockRanBack. None: all is well.
        """
        row = await self._readers.fetchrow(CLOCK)
        return None if row is None or row[1] <= CLOCK_TOLERANCE_S else (row[0], row[1])

    async def append(self, append: Append) -> Receipt:
        """Record the events and everything beside them, durably, or raise one of `errors.py` and nothing is recorded.

        A caller that stops waiting (cancelled) does not stop the append. With `once`, a command that was recorded
        before gets its receipt of then, `repeated`.
        """
        receipt = await self._writer.append(append)
        self._news.look_soon()
        return receipt

    async def slice(self, query: DCBQuery) -> tuple[list[Content], int]:
        """What a decision must know: the events that match, in order, and the head of the log at that moment.

        Every item names types and tags, the most specific tag first. Slices that wait together are read together.
        """
        return await self._slices.read(query)

    async def read(
        self,
        query: DCBQuery | None = None,
        *,
        after: int = 0,
        until: int | None = None,
        limit: int | None = None,
        newest: bool = False,
    ) -> tuple[list[Recorded], int]:
        """The events after `after`, up to and with `until`, that match, in order; and the head of the log at that moment.

        An event matches a query if it matches any item: one of its types, if it names any, and all of its tags; a query
        without items matches everything. Put the most specific tag of an item first: it drives the search. `limit` takes
        the first of them, or the `newest`.
        """
        page = limit
        while True:
            args = Arguments(after, END if until is None else until)
            rows = await self._readers.fetch(_selection(query, args, page, newest=newest), *args.values)
            read = [Recorded(*row[1:]) for row in rows if row[1] is not None]
            found = [one for one in read if matches(query, one.type, one.tags)]
            if limit is None or page is None:
                return found, rows[0][0]
            if len(found) >= limit or len(read) < page:
                return found[-limit:] if newest else found[:limit], rows[0][0]
            page *= WIDER  # events under a tag with the same bits took places of the page

    async def at(self, positions: Collection[int]) -> list[Recorded]:
        """The events at these positions, in order; where there is none, nothing."""
        return [Recorded(*row) for row in await self._readers.fetch(AT, list(positions))]

    async def stream(
        self, query: DCBQuery | None = None, *, after: int = 0, until: int | None = None
    ) -> AsyncIterator[list[Recorded]]:
        """The same events in pages, up to what is the head when the last page is read.

        While one page is used the next is read.
        """
        page, _ = await self.read(query, after=after, until=until, limit=PAGE_EVENTS)
        while len(page) == PAGE_EVENTS:
            reading = asyncio.create_task(self.read(query, after=page[-1].position, until=until, limit=PAGE_EVENTS))
            try:
                yield page
                page, _ = await reading
            finally:
                reading.cancel()  # where whoever reads has enough
        if page:
            yield page

    async def head(self) -> int:
        """The last position; 0 in an empty log."""
        return await self._readers.fetchval(HEAD)

    async def wait_beyond(self, position: int, timeout: float) -> bool:  # noqa: ASYNC109  waiting in vain is an answer
        """Wait for an event later than `position`; whether there is one within `timeout` seconds."""
        return await self._news.beyond(position, timeout)

    async def position_at(self, moment: datetime) -> int:
        """The last position recorded at `moment` or before; 0 if there is none."""
        return await self._readers.fetchval(POSITION_AT, moment)

    async def blinds(self, *, after: int, until: int) -> list[bytes]:
        """The blinds of the events after `after` up to and with `until`: for sealing only."""
        return [row[0] for row in await self._readers.fetch(BLINDS, after, until)]

    async def command(self, command_id: UUID, *, settled: bool = True) -> tuple[bytes, Receipt] | None:
        """Fingerprint and receipt of a command recorded in the last 24 hours; None if there is none.

        `settled` waits first for whoever is writing: after a lost answer, the session that had the command may still
        commit it. Without, None means: not yet. Raises OutcomeUnknown if it is still at it after two seconds, or a
        synchronous standby does not confirm the command in time: what only one server knows is lost in a failover.
        """
        await self._writer.settled(command_id)
        try:
            async with self._readers.acquire() as connection:
                async with connection.transaction():
                    if settled:
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
        """Have the one turn of the whole database. Raises QueueFull where it does not come in two seconds."""
        async with self._readers.acquire() as connection:
            try:
                try:
                    await connection.execute(TURN)
                except asyncpg.LockNotAvailableError:
                    raise QueueFull(RETRY_AFTER_S) from None
                yield
            finally:
                with contextlib.suppress(*DATABASE_ERRORS):  # what was recorded in the turn stands without it
                    await connection.execute("rollback")

    async def disclosures(self, digests: Collection[bytes]) -> dict[bytes, Disclosure]:
        """The sealed texts behind these digests; one that was purged is not there."""
        rows = await self._readers.fetch(DISCLOSURES, list(digests))
        return {row[0]: Disclosure(*row) for row in rows}

    async def withhold(self, digests: Collection[bytes]) -> None:
        """Purge the sealed texts behind these digests, for good; those that are gone are gone."""
        await self.pool.execute(WITHHOLD, list(digests))

    async def claim(self, kind: str, key: bytes) -> str | None:
        """Who holds the claim."""
        return await self._readers.fetchval(CLAIM, kind, key)

    async def paper(self, ballot: str, voter: str) -> Paper | None:
        """The current sealed paper of a voter."""
        row = await self._readers.fetchrow(PAPER, ballot, voter)
        return None if row is None else Paper(*row)

    async def papers(self, ballot: str) -> list[Paper]:
        """The current sealed papers of a ballot, by voter."""
        return [Paper(*row) for row in await self._readers.fetch(PAPERS, ballot)]


def _selection(query: DCBQuery | None, args: Arguments, limit: int | None, *, newest: bool) -> str:
    """Head and events in one statement, and so in one snapshot. Without events: one row with the head alone."""
    page = None if limit is None else args.name(limit)
    selected = candidates(query, args, limit=page, newest=newest)
    most = f"{' desc' if newest else ''}{'' if page is None else f' limit {page}'}"
    if selected is None:
        rows = f"select {COLUMNS} from events where position > $1 and position <= $2 order by position{most}"
    else:
        # `offset 0` holds the order: first the positions, then the row of each.
        rows = f"""
        select e.* from (select position from ({selected}) s order by position{most}) p
        cross join lateral (select {COLUMNS} from events where position = p.position offset 0) e
        """
    return f"""
    -- The facts that may match, and how far the log had got.
    select h.head, e.* from (select coalesce(max(position), 0) as head from events) h
    left join lateral ({rows}) e on true
    order by e.position
    """
