"""One task per process that takes all appends that wait and records them with one call."""

import asyncio
import random
from collections import deque
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

import asyncpg
import structlog
from msgspec.structs import replace

from service.background import BackgroundTask
from service.store.database import DATABASE_ERRORS
from service.store.log.append_limits import weigh
from service.store.log.batch import Draft, Request
from service.store.log.errors import (
    BadEvent,
    ClockRanBack,
    LogError,
    OtherBody,
    OtherLog,
    OutcomeUnknown,
    QueueFull,
    Unavailable,
    WentBack,
)
from service.store.log.log_head import BEGINNING
from service.store.log.session import Session
from service.store.log.types import Append, Receipt

MAX_BATCH_APPENDS = 64
"""Appends. While a batch is at the server, those whom the last one answered prepare the next; larger ones would take turns."""
MAX_BATCH_EVENTS = 4_096
MAX_BATCH_BYTES = 8 << 20  # bytes; one append can be as heavy
MAX_QUEUED_APPENDS = 4_096  # appends
MAX_QUEUED_BYTES = 64 << 20  # bytes
BATCH_TIMEOUT_S = 10.0  # seconds for a batch, reconnecting included
CALL_TIMEOUT_S = 4.0  # seconds for a try: more than a transaction may last
PAUSES = (0.02, 1.0)  # seconds between tries: the first, and the longest
RETRY_AFTER_S = 1.0  # seconds, told to whom the queue is full
ANSWER_TIMEOUT_S = 60.0
"""For an append to be answered: a full queue takes that long where every batch needs a try of its own. No caller waits longer."""

SPOILT = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""Refused for a value in it: nothing was recorded."""
UNDONE = (*SPOILT, asyncpg.InsufficientResourcesError)
"""So said the server itself, to a value or for want of room: the transaction is undone, and there is nothing to find out."""

log = structlog.get_logger(__name__)


class Lost(NamedTuple):
    """A draft whose answer never came, and the session that had sent it."""

    draft: Draft
    session: str


class Writer:
    """Takes appends, in the order in which they come; answers each."""

    def __init__(self, database_url: str, log_id: str) -> None:
        self._database_url, self._log_id = database_url, log_id
        self._waiting: deque[Request] = deque()
        self._weight = 0
        self._flying: dict[object, Request] = {}
        self._bell = asyncio.Event()
        self._closing = False
        self._session: Session | None = None
        self._lost: Lost | None = None
        self._unconfirmed = False
        """A session was lost that had found commands of this batch which no standby has confirmed."""
        self._end = BEGINNING
        """The latest event that a lost session knew."""

    async def open(self) -> None:
        """Connect, and begin. Raises what connecting raises."""
        self._session = await Session.open(self._database_url, CALL_TIMEOUT_S, self._log_id)
        self._task = BackgroundTask("writer", self._write, self._abandon).start()

    async def close(self) -> None:
        """Take nothing more, record what waits, and end."""
        self._closing = True
        self._bell.set()
        await self._task.finished()
        if self._session is not None:
            await self._session.close()

    @property
    def failure(self) -> str | None:
        """The kind of error that ended the writing task lately; it was started again."""
        return self._task.failure

    async def append(self, append: Append) -> Receipt:
        """Wait for a place in a batch and for its answer. Whoever stops waiting does not stop the append.

        Raises the classes of `errors.py`.
        """
        weight = weigh(append)
        once = append.once
        if once is not None and (first := self._flying.get(once.id)) is not None:
            return await self._same_again(append, first)
        if self._closing:
            raise Unavailable("the log is being closed")
        if len(self._waiting) >= MAX_QUEUED_APPENDS or self._weight + weight > MAX_QUEUED_BYTES:
            raise QueueFull(RETRY_AFTER_S)
        request = Request(append, weight, asyncio.get_running_loop().create_future())
        if once is not None:
            self._flying[once.id] = request
        self._waiting.append(request)
        self._weight += weight
        self._bell.set()
        self._look_ahead()
        return _receipt(await _answer_of(request.done))

    async def settled(self, command_id: object) -> None:
        """Wait until this process has answered the command, if it is on its way here."""
        if (request := self._flying.get(command_id)) is not None:
            await _answer_of(request.also())

    @staticmethod
    async def _same_again(append: Append, first: Request) -> Receipt:
        assert append.once is not None
        assert first.append.once is not None
        if append.once.fingerprint != first.append.once.fingerprint:
            raise OtherBody
        return replace(_receipt(await _answer_of(first.also())), repeated=True)

    async def _write(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:  # some may be left by a failure
                await self._bell.wait()
            self._bell.clear()
            while self._waiting:
                batch = self._next_batch()
                try:
                    await self._finish(batch)
                except BaseException:
                    # Behind the answers that were given already: whatever ended this, nobody is left waiting.
                    in_doubt = [(request, OutcomeUnknown()) for request in batch]
                    asyncio.get_running_loop().call_soon(self._answer, in_doubt)
                    raise

    def _look_ahead(self) -> None:
        if self._session is not None:
            self._session.look_ahead(self._waiting, MAX_BATCH_APPENDS)

    def _next_batch(self) -> list[Request]:
        batch = [self._take()]
        events, weight = len(batch[0].append.events), batch[0].weight
        while self._waiting and len(batch) < MAX_BATCH_APPENDS:
            events += len(self._waiting[0].append.events)
            weight += self._waiting[0].weight
            if events > MAX_BATCH_EVENTS or weight > MAX_BATCH_BYTES:
                break
            batch.append(self._take())
        return batch

    def _take(self) -> Request:
        request = self._waiting.popleft()
        self._weight -= request.weight
        return request

    async def _finish(self, batch: list[Request]) -> None:
        """Answer everybody in the batch. One that a value spoils is halved, until the spoilt append stands alone."""
        parts = [batch]
        while parts:
            part = parts.pop()
            try:
                answers = await self._record(part)
            except SPOILT as error:
                self._abandon(error)
                if len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
                    continue
                answers = _all(part, BadEvent(f"PostgreSQL refuses it: {type(error).__name__}"))
            except WentBack as error:
                log.error("log_went_back", noticed_by="writer")  # noqa: TRY400  there is nothing to trace
                # Everybody here decided on events that may not be in the log any more.
                answers = _all([*part, *chain(*parts), *self._all_that_wait()], error)
                parts = []
            except LogError as error:
                _raise_alarm(error)
                answers = _all(part, error)
            except Exception as error:  # noqa: BLE001  whatever it is, those who wait must hear of it, and the next be served
                self._abandon(error)
                answers = _all(part, self._not_known())
            # The next batch goes first: it is sent before this turn of the loop ends.
            asyncio.get_running_loop().call_soon(self._answer, answers)

    async def _record(self, batch: list[Request]) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Try until the batch is recorded, or patience ends."""
        clock = asyncio.get_running_loop().time
        until, pause, self._unconfirmed = clock() + BATCH_TIMEOUT_S, PAUSES[0], False
        while True:
            try:
                session = self._session
                if session is None or self._lost is not None:
                    async with asyncio.timeout_at(min(until, clock() + CALL_TIMEOUT_S)):
                        session = await self._reconnected()
                        if (answers := await self._settled(session)) is not None:
                            return answers
                asyncio.get_running_loop().call_soon(self._look_ahead)  # when it has been sent
                return await session.record(batch)  # each of its calls takes so long at most
            except SPOILT:
                raise  # another try would end the same
            except DATABASE_ERRORS as error:
                self._abandon(error)
            if clock() + pause > until:
                self._tell_those_who_wait()
                return _all(batch, self._not_known())
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311  jitter, not a secret
            pause = min(pause * 2, PAUSES[1])

    async def _reconnected(self) -> Session:
        if self._session is None:
            self._session = await Session.open(self._database_url, CALL_TIMEOUT_S, self._log_id, self._end)
        return self._session

    async def _settled(self, session: Session) -> Iterable[tuple[Request, Receipt | LogError]] | None:
        """The answers to what a lost session had sent, if it was recorded; None if it is to be sent again, or nothing was."""
        if self._lost is None:
            return None
        lost = self._lost
        told = await session.recorded(lost.draft, lost.session, CALL_TIMEOUT_S / 2)
        self._lost = None
        return None if told is None else lost.draft.answers(told.head, told.moment)

    def _abandon(self, error: BaseException) -> None:
        """Any error takes the connection and the tail with it; what was on its way is remembered until it is known."""
        log.warning("writer_session_lost", error=type(error).__name__, sqlstate=getattr(error, "sqlstate", None))
        if self._session is None:
            return
        if self._session.unsettled is not None and not isinstance(error, UNDONE):
            self._lost = Lost(self._session.unsettled, self._session.name)
        self._unconfirmed = self._unconfirmed or self._session.unconfirmed
        if not self._session.went_back:
            self._end = self._session.end
        self._session.abandon()
        self._session = None

    def _not_known(self) -> LogError:
        """What to say when patience has ended. The draft itself is forgotten: the head tells whether it came in between."""
        in_doubt, self._lost = self._lost is not None or self._unconfirmed, None
        return OutcomeUnknown() if in_doubt else Unavailable("the database does not answer")

    def _tell_those_who_wait(self) -> None:
        self._answer(_all(self._all_that_wait(), Unavailable("the database does not answer")))

    def _all_that_wait(self) -> list[Request]:
        return [self._take() for _ in range(len(self._waiting))]

    def _answer(self, answers: Iterable[tuple[Request, Receipt | LogError]]) -> None:
        for request, answer in answers:
            if request.append.once is not None:
                self._flying.pop(request.append.once.id, None)
            request.answer(answer)


async def _answer_of(done: asyncio.Future[Receipt | LogError]) -> Receipt | LogError:
    """The answer, if it comes in time. The append goes on without its caller."""
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await done
    except TimeoutError:
        return OutcomeUnknown()


def _all(batch: list[Request], answer: LogError) -> Iterable[tuple[Request, LogError]]:
    return [(request, answer) for request in batch]


def _raise_alarm(error: LogError) -> None:
    match error:
        case ClockRanBack():
            log.error("clock_ran_back", clock=error.clock.isoformat())
        case OtherLog():
            log.error("log_is_another", noticed_by="writer")
        case _:
            pass


def _receipt(answer: Receipt | LogError) -> Receipt:
    if isinstance(answer, LogError):
        raise answer.with_traceback(None)  # one answer may be raised to many
    return answer
