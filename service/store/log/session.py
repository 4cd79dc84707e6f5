"""The writer's database session, and the tail that is valid as long as the session is."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self

from msgspec import Struct

from service.store.database import DATABASE_ERRORS, INDEX_LOOKUP_SETTINGS, Connection, Statement, connect
from service.store.log.batch import NO_CHECKS, BatchPlan, Checks, Lookup, RecordedCommand, Request, judge
from service.store.log.errors import ClockBehind, LogError, LogRestored, OtherLog
from service.store.log.log_head import BEGINNING, LogHead, read_head
from service.store.log.queries import any_match
from service.store.log.replication import Warnings, require_replicated
from service.store.log.tail import Tail
from service.store.log.types import Receipt

TAIL_EVENTS = 8_192
MAX_CATCH_UP_EVENTS = 1_024
"""Missed events that are read into the tail at most; conditions on earlier ones are looked up by a query."""
TRANSACTION_TIMEOUT_S = 2.0
"""Includes the wait for the lock."""

SETTINGS = INDEX_LOOKUP_SETTINGS | {
    "default_transaction_isolation": "read committed",
    "plan_cache_mode": "force_generic_plan",  # a plan for each number of events costs more than it saves
    "transaction_timeout": f"{TRANSACTION_TIMEOUT_S}s",
}

APPEND = """
-- Lock, check conditions that were not judged in memory, deadlines and claims, insert, notify: see 0001_schema.sql.
select outcome, head, batch_time from append_events(
  $1, $2, $3::text[], $4::text[], $5::bigint[], $6::new_event[], $7, $8, $9::uuid[], $10::new_command[],
  $11::new_disclosure[], $12::new_claim[], $13::new_claim[], $14::text[], $15::new_paper[]
)
"""

LOCK = "select lock_log()"

LOG_ID = "select log_id from log"

EVENTS_AFTER = "select type, tags, blind from events where position > $1 order by position"

COMMANDS = "select id, fingerprint, first, last, recorded_at, resource_id from commands where id = any($1)"

HOLDERS = """
select c.kind, c.key, c.holder from claims c join unnest($1::text[], $2::bytea[]) as wanted (kind, key) using (kind, key)
"""

FIND_BATCH = """
-- A batch that an earlier session sent, identified by the blind of its first event; events of others may precede it.
select position, recorded_at from events where position > $1 and blind = $2 order by position limit 1
"""

END_SESSION = """
-- End an earlier session of this writer. (Given a timeout, PostgreSQL would look only ten times a second whether it has ended.)
select pg_terminate_backend(pid) from pg_stat_activity
where application_name = $1 and usename = current_user and pid <> pg_backend_pid()
"""

SESSION_ENDED = """
-- A session is listed until its transaction has ended: then its last commit is done, or never will be.
select not exists (
  select from pg_stat_activity where application_name = $1 and usename = current_user and pid <> pg_backend_pid()
)
"""
SESSION_ENDED_INTERVAL_S = 0.005

LOG_CHANGED = ("moved", "possible_conflict", "diverged")
"""Outcomes of a call that only mean that the log holds other events than this session knew."""


class AppendResult(Struct, frozen=True):
    """The result of `append_events`. `batch_time`: `recorded_at` of the batch, or the database's clock if it was refused."""

    outcome: str
    head: int
    batch_time: datetime


class Session:
    """A connection of the writer, with its tail. After any error both are useless and must be abandoned."""

    def __init__(self, connection: Connection, append: Statement, name: str, tail: Tail) -> None:
        self.connection = connection
        self._append = append
        self.name = name
        self._tail = tail
        self._unmerged: Tail | None = None
        """The events recorded last. They are merged into the tail when it is needed, so that the next batch is sent first."""
        self.head = BEGINNING
        """The event at the head of the tail."""
        self.log_restored = False
        """The event at the head is gone, and LogRestored has not been raised yet."""
        self.in_doubt: BatchPlan | None = None
        """The plan that was sent and may or may not have been recorded."""
        self._has_other_writers = False
        """Events of others preceded the last batch, so they probably precede the next one too."""
        self._in_flight: BatchPlan | None = None
        """The plan that the server is working on."""
        self._next_plan: BatchPlan | None = None
        """The plan of the waiting requests, on the assumption that the one in flight is recorded at the known head."""
        self._warnings = Warnings(connection)
        self.replication_pending = False
        """Receipts of repeated commands were found, and it is not known yet whether a standby has these commands."""

    @classmethod
    async def open(cls, database_url: str, call_timeout_s: float, log_id: str, head: LogHead = BEGINNING) -> Self:
        """Connect; the tail begins at the head of the log. A call takes at most `call_timeout_s` seconds.

        `head`: as an earlier session knew it. Raises OtherLog if the database holds another log than `log_id`.
        """
        name = f"kring writer {secrets.token_hex(8)}"
        connection = await connect(database_url, SETTINGS | {"application_name": name}, timeout_s=call_timeout_s)
        try:
            session = cls(connection, await connection.prepare(APPEND), name, Tail(0, TAIL_EVENTS))
            await session._require_log(log_id)
            session.head, same = await read_head(connection, head)
            session.log_restored = not same
            session.tail = Tail(session.head.position, TAIL_EVENTS)
        except BaseException:
            connection.terminate()
            raise
        return session

    async def _require_log(self, log_id: str) -> None:
        if await self.connection.fetchval(LOG_ID) != log_id:
            raise OtherLog

    @property
    def tail(self) -> Tail:
        """The latest events of the log, as far as this session knows them."""
        if self._unmerged is not None:
            unmerged, self._unmerged = self._unmerged, None
            self._tail.extend(unmerged)
        return self._tail

    @tail.setter
    def tail(self, tail: Tail) -> None:
        self._tail, self._unmerged = tail, None

    def abandon(self) -> None:
        """Cut the connection, whatever it is doing."""
        self.connection.terminate()

    async def close(self) -> None:
        """Close the connection; cut it if that takes too long."""
        with contextlib.suppress(*DATABASE_ERRORS):
            async with asyncio.timeout(TRANSACTION_TIMEOUT_S):
                await self.connection.close()
        self.connection.terminate()

    def plan_ahead(self, waiting: Sequence[Request], max_appends: int) -> None:
        """Plan the waiting requests while a batch is in flight, so that the next batch can be sent as soon as it is answered."""
        if self._in_flight is None or self._has_other_writers:  # events of others in between would invalidate the plan
            return
        plan = self._next_plan = self._next_plan or BatchPlan(self._in_flight.tail, self.tail)
        while len(plan.batch) < min(len(waiting), max_appends):
            plan.judge(waiting[len(plan.batch)], Lookup())

    async def record(self, batch: Sequence[Request]) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Record the batch; return each request with its receipt or error. Raises LogRestored, once.

        The first attempt judges by the tail; the server checks conditions on other events. If one may fail, the second attempt
        looks those events up. The last attempt runs under the lock, where nothing can change any more, so that a process that
        is slower than the others still succeeds.
        """
        self._raise_if_restored()
        plan = self._take_next_plan(batch) or judge(batch, self.tail, Lookup())
        if plan.is_all_refused:
            return plan.refusals()
        result = await self._try_append(plan, self.tail.floor)
        if result is not None and result.outcome == "recorded":
            self._has_other_writers = result.head > plan.tail.head
            return self._complete(plan, result)
        await self.catch_up(_earliest_after(batch, self.tail.head))
        self._raise_if_restored()
        if result is None or result.outcome in LOG_CHANGED:
            self._has_other_writers = True
            plan = judge(batch, self.tail, Lookup(conflicting=await self._conflicting_before_tail(batch)))
            if plan.is_all_refused:
                return plan.refusals()
            result = await self._try_append(plan, 0)
            if result is not None and result.outcome == "recorded":
                return self._complete(plan, result)
        return await self._record_locked(batch)

    def _take_next_plan(self, batch: Sequence[Request]) -> BatchPlan | None:
        """The plan that was made ahead, if it is of this batch."""
        plan, self._next_plan = self._next_plan, None
        if plan is None or plan.batch != batch:
            return None
        assert plan.head == self.head.position, "the plan on which it builds was recorded, and nothing else"
        return plan

    def _raise_if_restored(self) -> None:
        if self.log_restored:
            self.log_restored = False
            raise LogRestored

    async def _record_locked(self, batch: Sequence[Request]) -> Iterable[tuple[Request, Receipt | LogError]]:
        async with self.connection.transaction():
            await self.connection.execute(LOCK)
            await self.catch_up(self.tail.floor)
            self._raise_if_restored()
            lookup = await self.look_up(batch)
            plan = judge(batch, self.tail, lookup)
            result = await self.call_append(plan, NO_CHECKS)
            while result.outcome == "outside_deadline":  # ends: each round refuses at least one more request
                lookup.clock = result.batch_time
                plan = judge(batch, self.tail, lookup)
                result = await self.call_append(plan, NO_CHECKS)
            assert result.outcome == "recorded", result.outcome
        if plan.events:
            self._warnings.require_none()
        elif lookup.commands:  # nothing was written, so the commit did not wait for a standby
            self.replication_pending = True
            await require_replicated(self.connection)
            self.replication_pending = False
        return self._complete(plan, result)

    async def find_batch(self, plan: BatchPlan, session_name: str, timeout_s: float) -> AppendResult | None:
        """Find out how a plan was recorded that a lost session had sent. None: it was not, and never will be.

        Raises TimeoutError if the lost session cannot be ended within `timeout_s` seconds, or if a synchronous standby does
        not confirm the batch: ending a session also ends its wait for the standby.
        """
        async with asyncio.timeout(timeout_s):
            await self.connection.execute(END_SESSION, session_name)
            while not await self.connection.fetchval(SESSION_ENDED, session_name):  # noqa: ASYNC110  PostgreSQL has no event for it
                await asyncio.sleep(SESSION_ENDED_INTERVAL_S)
        async with self.connection.transaction():
            await self.connection.execute(LOCK)
            row = await self.connection.fetchrow(FIND_BATCH, plan.head, plan.blinds[0])
        if row is None:
            return None
        await require_replicated(self.connection)
        return AppendResult("recorded", row[0] + len(plan.events) - 1, row[1])

    async def _try_append(self, plan: BatchPlan, judged_after: int) -> AppendResult | None:
        """Append the plan, if the server can check what was not judged in memory. None: the events must be looked up first.

        Not judged are events after the known head and, for conditions that reach back to `judged_after`, all others.
        """
        if plan.needs_lock:
            return None
        reaches_back = plan.reaches_back_to(judged_after)
        checks = plan.checks(judged_after) if reaches_back or self._has_other_writers else NO_CHECKS
        if reaches_back and checks is NO_CHECKS:
            return None
        return await self.call_append(plan, checks)

    async def call_append(self, plan: BatchPlan, checks: Checks) -> AppendResult:
        """Call `append_events`. Raises ClockBehind."""
        self.in_doubt = plan if plan.events else None
        arguments = plan.arguments(self.head.blind, checks)
        self._in_flight = plan
        row = await self._append.fetchrow(*arguments)
        self._in_flight = None
        assert row is not None
        self._warnings.require_none()
        result = AppendResult(*row)
        if result.outcome != "recorded" or result.head > plan.tail.head:
            self._next_plan = None  # it builds on a plan that was not recorded as it is
        if result.outcome != "recorded":
            self.in_doubt = None
        if result.outcome == "clock_behind":
            raise ClockBehind(result.batch_time)
        return result

    def _complete(self, plan: BatchPlan, result: AppendResult) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Add the plan's events to the tail, only now that the commit is acknowledged; return the answers.

        If events of others came before them, the tail begins at the plan's first event.
        """
        self.in_doubt = None
        if plan.events:
            if result.head > plan.tail.head:
                self.tail = Tail(result.head - len(plan.events), TAIL_EVENTS)
            self._unmerged = plan.tail
            self.head = LogHead(result.head, plan.blinds[-1])
        return plan.answers(result.head, result.batch_time)

    async def catch_up(self, since: int) -> None:
        """Add events of others to the tail, from position `since`, but at most the last `MAX_CATCH_UP_EVENTS`."""
        self.head, same = await read_head(self.connection, self.head)
        self.log_restored = self.log_restored or not same
        head = self.head.position
        floor = min(max(since, head - MAX_CATCH_UP_EVENTS), head)
        if not same or floor < self.tail.floor or head - self.tail.head > MAX_CATCH_UP_EVENTS:
            self.tail = Tail(max(0, floor), TAIL_EVENTS)
        tail = self.tail
        if head > tail.head and (rows := await self.connection.fetch(EVENTS_AFTER, tail.head)):
            for row in rows:
                tail.add(row[0], row[1])
            tail.trim()
            self.head = LogHead(tail.head, rows[-1][2])

    async def look_up(self, batch: Sequence[Request]) -> Lookup:
        """Look up everything that can decide about this batch, except the time. To be called under the lock."""
        lookup = Lookup(conflicting=await self._conflicting_before_tail(batch))
        if ids := [request.append.once.id for request in batch if request.append.once is not None]:
            for id_, fingerprint, first, last, recorded_at, resource_id in await self.connection.fetch(COMMANDS, ids):
                receipt = Receipt(first, last, recorded_at, resource_id, repeated=True)
                lookup.commands[id_] = RecordedCommand(fingerprint, receipt)
        if claims := [claim for request in batch for claim in request.append.takes]:
            kinds, keys = [claim.kind for claim in claims], [claim.key for claim in claims]
            rows = await self.connection.fetch(HOLDERS, kinds, keys)
            lookup.holders = {(kind, key): holder for kind, key, holder in rows}
        return lookup

    async def _conflicting_before_tail(self, batch: Sequence[Request]) -> frozenset[Request]:
        """The requests whose condition fails because of events before the tail: that is final, even without the lock."""
        conflicting: set[Request] = set()
        for request in batch:
            condition = request.append.condition
            if condition is None or (condition.after or 0) >= self.tail.floor:
                continue
            statement, values = any_match(condition.fail_if_events_match, condition.after or 0, self.tail.floor)
            if await self.connection.fetchval(statement, *values):
                conflicting.add(request)
        return frozenset(conflicting)


def _earliest_after(batch: Iterable[Request], default: int) -> int:
    """The earliest position after which a condition of the batch concerns events."""
    conditions = (request.append.condition for request in batch)
    return min((condition.after or 0 for condition in conditions if condition is not None), default=default)
