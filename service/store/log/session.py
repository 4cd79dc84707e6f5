"""The writer's connection and the tail that stands and falls with it."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self

from msgspec import Struct

from service.store.database import DATABASE_ERRORS, INDEX_LOOKUP_SETTINGS, Connection, Statement, connect
from service.store.log.batch import UNSTATED, Draft, Earlier, Known, Request, Stated, judge
from service.store.log.errors import ClockRanBack, LogError, OtherLog, WentBack
from service.store.log.log_head import BEGINNING, LogHead, look
from service.store.log.queries import any_match
from service.store.log.replication import Warnings, require_replicated
from service.store.log.tail import Tail
from service.store.log.types import Receipt

TAIL_EVENTS = 8_192  # events
MAX_CATCH_UP_EVENTS = 1_024  # events that a tail goes back at most for what conditions ask about
TRANSACTION_TIMEOUT_S = 2.0  # seconds for one transaction, waiting for the lock included

SETTINGS = INDEX_LOOKUP_SETTINGS | {
    "default_transaction_isolation": "read committed",
    "plan_cache_mode": "force_generic_plan",  # a plan for each number of events costs more than it saves
    "transaction_timeout": f"{TRANSACTION_TIMEOUT_S}s",
}

RECORD = """
-- Lock, check conditions that are not judged yet, deadlines and claims, insert, notify: see 0001_schema.sql.
select outcome, head, moment from append_events(
  $1, $2, $3::text[], $4::text[], $5::bigint[], $6::new_event[], $7, $8, $9::uuid[], $10::new_command[],
  $11::new_disclosure[], $12::new_claim[], $13::new_claim[], $14::text[], $15::new_paper[]
)
"""

LOCK = "select lock_log()"

LOG_ID = "select log_id from log"

SINCE = "select type, tags, blind from events where position > $1 order by position"

COMMANDS = "select id, fingerprint, first, last, recorded_at, resource_id from commands where id = any($1)"

HOLDERS = """
select c.kind, c.key, c.holder from claims c join unnest($1::text[], $2::bytea[]) as wanted (kind, key) using (kind, key)
"""

RECORDED = """
-- Our own try, told by the blind of its first fact, 32 random bytes; others may have come before it.
select position, recorded_at from events where position > $1 and blind = $2 order by position limit 1
"""

END_SESSION = """
-- Ends a session of ours that we lost sight of, and waits until it is gone: then its last commit is done or will never be.
select coalesce(bool_and(pg_terminate_backend(pid, $2)), true) from pg_stat_activity
where application_name = $1 and usename = current_user and pid <> pg_backend_pid()
"""


UNJUDGED = ("moved", "spoilt", "another")
"""Outcomes of a call that say no more than that there are other events."""


class Outcome(Struct, frozen=True):
    """What `append_events` says."""

    outcome: str
    head: int
    moment: datetime


class Session:
    """One connection of the writer. After any error it is worth nothing and must be abandoned with its tail."""

    def __init__(self, connection: Connection, record: Statement, name: str, tail: Tail) -> None:
        self.connection = connection
        self._statement = record
        self.name = name
        self._tail = tail
        self._drafted: Tail | None = None
        """What was recorded last: the tail takes it when somebody asks, not while the next batch could be sent."""
        self.end = BEGINNING
        """The event at the head of the tail."""
        self.went_back = False
        """That event was gone when we looked again; nobody has been told yet."""
        self.unsettled: Draft | None = None
        """Sent, and not known yet whether it was recorded."""
        self._crowded = False
        """Others recorded something before our last batch: they will before the next."""
        self._sent: Draft | None = None
        """At the server now."""
        self._next: Draft | None = None
        """What waits meanwhile, as it will be recorded on top of that."""
        self._warnings = Warnings(connection)
        self.unconfirmed = False
        """Commands were found that had been recorded before, and not yet whether a standby has them too."""

    @classmethod
    async def open(cls, database_url: str, timeout_s: float, log_id: str, end: LogHead = BEGINNING) -> Self:
        """Connect; the tail begins at the head. No call takes longer than `timeout_s` seconds.

        `end`: what an earlier session knew. Raises OtherLog if the database holds another log than `log_id`.
        """
        name = f"kring writer {secrets.token_hex(8)}"
        connection = await connect(database_url, SETTINGS | {"application_name": name}, timeout_s=timeout_s)
        try:
            session = cls(connection, await connection.prepare(RECORD), name, Tail(0, TAIL_EVENTS))
            await session._require_log(log_id)
            session.end, same = await look(connection, end)
            session.went_back = not same
            session.tail = Tail(session.end.position, TAIL_EVENTS)
        except BaseException:
            connection.terminate()
            raise
        return session

    async def _require_log(self, log_id: str) -> None:
        if await self.connection.fetchval(LOG_ID) != log_id:
            raise OtherLog

    @property
    def tail(self) -> Tail:
        """The latest events of the log, as far as it is known here."""
        if self._drafted is not None:
            drafted, self._drafted = self._drafted, None
            self._tail.extend(drafted)
        return self._tail

    @tail.setter
    def tail(self, tail: Tail) -> None:
        self._tail, self._drafted = tail, None

    def abandon(self) -> None:
        """Cut the connection, whatever it is doing."""
        self.connection.terminate()

    async def close(self) -> None:
        """Say goodbye, but not for long."""
        with contextlib.suppress(*DATABASE_ERRORS):
            async with asyncio.timeout(TRANSACTION_TIMEOUT_S):
                await self.connection.close()
        self.connection.terminate()

    def look_ahead(self, waiting: Sequence[Request], most: int) -> None:
        """While a batch is at the server, judge those who wait: the next is ready then when the answer comes."""
        if self._sent is None or self._crowded:  # where others record in between, it would not come true
            return
        draft = self._next = self._next or Draft(self._sent.tail, self.tail)
        while len(draft.batch) < min(len(waiting), most):
            draft.judge(waiting[len(draft.batch)], Known())

    async def record(self, batch: Sequence[Request]) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Record what can be recorded of the batch; who is told what.

        First by what the tail knows; the server looks at what conditions ask of other events. If something may stand in the
        way, again with what that is. At last under the lock, where nothing changes any more: so that a process that is slower
        than the others gets its turn too. Raises WentBack, once.
        """
        self._require_still_there()
        draft = self._foreseen(batch) or judge(batch, self.tail, Known())
        if draft.says_nothing:
            return draft.refusals()
        told = await self._try(draft, self.tail.floor)
        if told is not None and told.outcome == "recorded":
            self._crowded = told.head > draft.tail.head
            return self._settle(draft, told)
        await self._catch_up(_least(batch, self.tail.head))
        self._require_still_there()
        if told is None or told.outcome in UNJUDGED:
            self._crowded = True
            draft = judge(batch, self.tail, Known(spoilt=await self._spoilt(batch)))
            if draft.says_nothing:
                return draft.refusals()
            told = await self._try(draft, 0)
            if told is not None and told.outcome == "recorded":
                return self._settle(draft, told)
        return await self._record_locked(batch)

    def _foreseen(self, batch: Sequence[Request]) -> Draft | None:
        """What was judged ahead, if it is of this batch."""
        draft, self._next = self._next, None
        if draft is None or draft.batch != batch:
            return None
        assert draft.head == self.end.position, "what it was drafted on was recorded, and nothing else"
        return draft

    def _require_still_there(self) -> None:
        if self.went_back:
            self.went_back = False
            raise WentBack

    async def _record_locked(self, batch: Sequence[Request]) -> Iterable[tuple[Request, Receipt | LogError]]:
        async with self.connection.transaction():
            await self.connection.execute(LOCK)
            await self._catch_up(self.tail.floor)
            self._require_still_there()
            known = await self._look_up(batch)
            draft = judge(batch, self.tail, known)
            told = await self._call(draft, UNSTATED)
            while told.outcome == "untimely":  # ends: each time one more of the batch is refused
                known.moment = told.moment
                draft = judge(batch, self.tail, known)
                told = await self._call(draft, UNSTATED)
            assert told.outcome == "recorded", told.outcome
        if draft.events:
            self._warnings.require_none()
        elif known.commands:  # nothing was written, so the commit waited for nobody
            self.unconfirmed = True
            await require_replicated(self.connection)
            self.unconfirmed = False
        return self._settle(draft, told)

    async def recorded(self, draft: Draft, name: str, timeout_s: float) -> Outcome | None:
        """How a draft was recorded that the lost session `name` had sent; None if it never was and never will be.

        Raises TimeoutError if that session cannot be ended within `timeout_s` seconds, or a synchronous standby does not
        confirm the draft: the end of a session also ends its wait for the standby.
        """
        if not await self.connection.fetchval(END_SESSION, name, int(timeout_s * 1000)):
            raise TimeoutError
        async with self.connection.transaction():
            await self.connection.execute(LOCK)
            row = await self.connection.fetchrow(RECORDED, draft.head, draft.blinds[0])
        if row is None:
            return None
        await require_replicated(self.connection)
        return Outcome("recorded", row[0] + len(draft.events) - 1, row[1])

    async def _try(self, draft: Draft, judged_from: int) -> Outcome | None:
        """Record the draft, if no condition of it fails by what has not been judged.

        That is what follows the head, and of conditions that go back before `judged_from` all that follows them. None if only
        a look at those events can tell.
        """
        if draft.doubtful:
            return None
        goes_back = draft.goes_back_before(judged_from)
        stated = draft.stated(judged_from) if goes_back or self._crowded else UNSTATED
        if goes_back and stated is UNSTATED:
            return None
        return await self._call(draft, stated)

    async def _call(self, draft: Draft, stated: Stated) -> Outcome:
        self.unsettled = draft if draft.events else None
        arguments = draft.arguments(self.end.blind, stated)
        self._sent = draft
        row = await self._statement.fetchrow(*arguments)
        self._sent = None
        assert row is not None
        self._warnings.require_none()
        told = Outcome(*row)
        if told.outcome != "recorded" or told.head > draft.tail.head:
            self._next = None  # what it stands on is not what was recorded
        if told.outcome != "recorded":
            self.unsettled = None
        if told.outcome == "ran_back":
            raise ClockRanBack(told.moment)
        return told

    def _settle(self, draft: Draft, told: Outcome) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Only here, after the acknowledged commit, the tail takes what was drafted; it begins there if others came before."""
        self.unsettled = None
        if draft.events:
            if told.head > draft.tail.head:
                self.tail = Tail(told.head - len(draft.events), TAIL_EVENTS)
            self._drafted = draft.tail
            self.end = LogHead(told.head, draft.blinds[-1])
        return draft.answers(told.head, told.moment)

    async def _catch_up(self, since: int) -> None:
        """Take in what others have committed, and what follows `since`, or the last `MAX_CATCH_UP_EVENTS` events of that."""
        self.end, same = await look(self.connection, self.end)
        self.went_back = self.went_back or not same
        head = self.end.position
        floor = min(max(since, head - MAX_CATCH_UP_EVENTS), head)
        if not same or floor < self.tail.floor or head - self.tail.head > MAX_CATCH_UP_EVENTS:
            self.tail = Tail(max(0, floor), TAIL_EVENTS)
        tail = self.tail
        if head > tail.head and (rows := await self.connection.fetch(SINCE, tail.head)):
            for row in rows:
                tail.add(row[0], row[1])
            tail.trim()
            self.end = LogHead(tail.head, rows[-1][2])

    async def _look_up(self, batch: Sequence[Request]) -> Known:
        """Under the lock: everything that a judgement of this batch can depend on, but the time."""
        known = Known(spoilt=await self._spoilt(batch))
        if ids := [request.append.once.id for request in batch if request.append.once is not None]:
            for id_, fingerprint, first, last, recorded_at, resource_id in await self.connection.fetch(COMMANDS, ids):
                receipt = Receipt(first, last, recorded_at, resource_id, repeated=True)
                known.commands[id_] = Earlier(fingerprint, receipt)
        if claims := [claim for request in batch for claim in request.append.takes]:
            kinds, keys = [claim.kind for claim in claims], [claim.key for claim in claims]
            rows = await self.connection.fetch(HOLDERS, kinds, keys)
            known.holders = {(kind, key): holder for kind, key, holder in rows}
        return known

    async def _spoilt(self, batch: Sequence[Request]) -> frozenset[Request]:
        """The requests whose condition fails by events older than the tail: those are final, with or without the lock."""
        spoilt: set[Request] = set()
        for request in batch:
            condition = request.append.condition
            if condition is None or (condition.after or 0) >= self.tail.floor:
                continue
            statement, values = any_match(condition.fail_if_events_match, condition.after or 0, self.tail.floor)
            if await self.connection.fetchval(statement, *values):
                spoilt.add(request)
        return frozenset(spoilt)


def _least(batch: Iterable[Request], default: int) -> int:
    """The position after which the conditions ask about events, the earliest of them."""
    conditions = (request.append.condition for request in batch)
    return min((condition.after or 0 for condition in conditions if condition is not None), default=default)
