"""The writer's connection and the tail that stands and falls with it."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self

import msgspec
from msgspec import Struct

from service.store.batch import Draft, Earlier, Known, Request, judge
from service.store.database import BROKEN, BY_INDEX, Connection, Statement, connect
from service.store.end import BEGINNING, End, look
from service.store.errors import ClockRanBack, LogError, OtherLog, WentBack
from service.store.queries import any_match
from service.store.tail import Tail
from service.store.types import Receipt

TAIL = 8_192  # facts
FRESH = 1_024  # facts that a new tail begins with
PATIENCE = 2.0  # seconds for one transaction, waiting for the lock included

MISSED = msgspec.json.Decoder(list[list[str]]).decode

SETTINGS = BY_INDEX | {
    "default_transaction_isolation": "read committed",
    "plan_cache_mode": "force_generic_plan",  # a plan for each number of facts costs more than it saves
    "transaction_timeout": f"{PATIENCE}s",
    # A writer whose process or host is gone must not keep the lock.
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}

RECORD = """
-- Lock, look beyond the head that we know, check deadlines and claims, insert, notify: see 0011_record_facts.sql.
select outcome, head, moment, missed, missed_blind from record_facts(
  $1, $2, $3::text[], $4::bigint[], $5::new_fact[], $6, $7, $8::uuid[], $9::new_command[],
  $10::new_disclosure[], $11::new_claim[], $12::new_claim[], $13::text[], $14::new_paper[]
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


class Outcome(Struct, frozen=True):
    """What `record_facts` says. `missed`: what others had recorded, a JSON array of `[type, tag, …]`, where it tells that."""

    outcome: str
    head: int
    moment: datetime
    missed: str | None = None
    missed_blind: bytes | None = None
    """Of the last fact that was missed."""


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
        """The fact at the head of the tail."""
        self.went_back = False
        """That fact was gone when we looked again; nobody has been told yet."""
        self.unsettled: Draft | None = None
        """Sent, and not known yet whether it was recorded."""
        self._crowded = False
        """Others recorded something before our last batch: they will before the next."""
        self._sent: Draft | None = None
        """At the server now."""
        self._next: Draft | None = None
        """What waits meanwhile, as it will be recorded on top of that."""

    @classmethod
    async def open(cls, database_url: str, patience: float, log_id: str, end: End = BEGINNING) -> Self:
        """Connect; the tail begins with the latest facts. No call takes longer than `patience` seconds.

        `end`: what an earlier session knew. Raises OtherLog if the database holds another log than `log_id`.
        """
        name = f"kring writer {secrets.token_hex(8)}"
        connection = await connect(database_url, SETTINGS | {"application_name": name}, patience=patience)
        try:
            session = cls(connection, await connection.prepare(RECORD), name, Tail(0, TAIL))
            await session._require_log(log_id)
            session.end = end
            await session._begin_tail((await look(connection, end))[0].position)
        except BaseException:
            connection.terminate()
            raise
        return session

    async def _require_log(self, log_id: str) -> None:
        if await self.connection.fetchval(LOG_ID) != log_id:
            raise OtherLog

    @property
    def tail(self) -> Tail:
        """The latest facts of the log, as far as it is known here."""
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
        with contextlib.suppress(*BROKEN):
            async with asyncio.timeout(PATIENCE):
                await self.connection.close()
        self.connection.terminate()

    def look_ahead(self, waiting: Sequence[Request], most: int) -> None:
        """While a batch is at the server, judge those who wait: the next is ready then when the answer comes."""
        if self._sent is None or self._crowded:  # where others record in between, it would not come true
            return
        draft = self._next = self._next or Draft(self._sent.tail, self.tail)
        while len(draft.batch) < min(len(waiting), most):
            request = waiting[len(draft.batch)]
            condition = request.append.condition
            if condition is not None and (condition.after or 0) < self.tail.floor:  # the server will have to be asked
                self._sent = self._next = None
                return
            draft.judge(request, Known())

    async def record(self, batch: Sequence[Request]) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Record what can be recorded of the batch; who is told what.

        First as if nothing stood in the way. If something does, again under the lock, where nothing changes any more:
        so that a process that is slower than the others gets its turn too. Raises WentBack, once.
        """
        self._require_still_there()
        again = False
        while True:
            draft = self._foreseen(batch) or judge(batch, self.tail, Known(spoilt=await self._spoilt(batch)))
            if draft.says_nothing:
                return draft.refusals()
            if draft.doubtful:
                break
            told = await self._call(draft)
            if told.outcome == "recorded":
                self._crowded = again or bool(told.missed)
                return self._settle(draft, told)
            await self._look_again(told)
            self._require_still_there()
            if told.outcome != "moved" or self._crowded:
                break
            self._crowded = again = True
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

    async def _look_again(self, told: Outcome) -> None:
        """Nothing was recorded: take in what others did meanwhile."""
        if told.missed is not None:
            self._take_missed(told)
        elif told.head - self.tail.head > FRESH:
            await self._begin_tail(told.head)
        elif told.outcome == "another":
            await self._catch_up()

    async def _record_locked(self, batch: Sequence[Request]) -> Iterable[tuple[Request, Receipt | LogError]]:
        async with self.connection.transaction():
            await self.connection.execute(LOCK)
            await self._catch_up()
            self._require_still_there()
            known = await self._look_up(batch)
            draft = judge(batch, self.tail, known)
            told = await self._call(draft)
            while told.outcome == "untimely":  # ends: each time one more of the batch is refused
                known.moment = told.moment
                draft = judge(batch, self.tail, known)
                told = await self._call(draft)
            assert told.outcome == "recorded", told.outcome
        return self._settle(draft, told)

    async def recorded(self, draft: Draft, name: str, patience: float) -> Outcome | None:
        """How a draft was recorded that the lost session `name` had sent; None if it never was and never will be.

        Raises TimeoutError if that session cannot be ended within `patience` seconds.
        """
        if not await self.connection.fetchval(END_SESSION, name, int(patience * 1000)):
            raise TimeoutError
        async with self.connection.transaction():
            await self.connection.execute(LOCK)
            row = await self.connection.fetchrow(RECORDED, draft.head, draft.blinds[0])
        return None if row is None else Outcome("recorded", row[0] + len(draft.facts) - 1, row[1])

    async def _call(self, draft: Draft) -> Outcome:
        self.unsettled = draft if draft.facts else None
        arguments = draft.arguments(self.end.blind, conditions=self._crowded)
        self._sent = draft
        row = await self._statement.fetchrow(*arguments)
        self._sent = None
        assert row is not None
        told = Outcome(*row)
        if told.outcome != "recorded" or told.missed:
            self._next = None  # what it stands on is not what was recorded
        if told.outcome != "recorded":
            self.unsettled = None
        if told.outcome == "ran_back":
            raise ClockRanBack(told.moment)
        return told

    def _settle(self, draft: Draft, told: Outcome) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Only here, after the acknowledged commit, the tail takes what was drafted."""
        self.unsettled = None
        if told.missed is not None:
            self._take_missed(told)
        self._drafted = draft.tail
        if draft.facts:
            self.end = End(self._tail.head + len(draft.facts), draft.blinds[-1])
        return draft.answers(told.head, told.moment)

    def _take_missed(self, told: Outcome) -> None:
        assert told.missed is not None
        self._take(((type_, tags) for type_, *tags in MISSED(told.missed)), told.missed_blind)

    def _take(self, facts: Iterable[tuple[str, Sequence[str]]], blind: bytes | None) -> None:
        """Take what others have committed into the tail, type and tags of each; the blind is that of the last."""
        tail = self.tail
        for type_, tags in facts:
            tail.add(type_, tags)
        self.end = End(tail.head, blind)
        tail.trim()

    async def _begin_tail(self, head: int) -> None:
        self.tail = Tail(max(0, head - FRESH), TAIL)
        await self._catch_up()

    async def _catch_up(self) -> None:
        """Take what others have committed; from far behind, or where the log is not the one we knew, only the end of it."""
        self.end, same = await look(self.connection, self.end)
        self.went_back = self.went_back or not same
        head = self.end.position
        if not same or head - self.tail.head > TAIL:
            self.tail = Tail(max(0, head - FRESH), TAIL)
        if head > self.tail.head and (rows := await self.connection.fetch(SINCE, self.tail.head)):
            self._take(((row[0], row[1]) for row in rows), rows[-1][2])

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
        """The requests whose condition fails by facts older than the tail: those are final, with or without the lock."""
        spoilt: set[Request] = set()
        for request in batch:
            condition = request.append.condition
            if condition is None or (condition.after or 0) >= self.tail.floor:
                continue
            statement, values = any_match(condition.fail_if_events_match, condition.after or 0, self.tail.floor)
            if await self.connection.fetchval(statement, *values):
                spoilt.add(request)
        return frozenset(spoilt)
