"""The task of a process that takes all waiting appends and records them with one call to the database."""

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
from service.store.log.batch import BatchPlan, Request
from service.store.log.errors import (
    ClockBehind,
    IdempotencyKeyReused,
    InvalidAppend,
    LogError,
    LogRestored,
    OtherLog,
    OutcomeUnknown,
    QueueFull,
    Unavailable,
)
from service.store.log.log_head import BEGINNING
from service.store.log.session import Session
from service.store.log.types import Append, Receipt

MAX_BATCH_APPENDS = 64
"""While a batch is in flight, the callers that the last one answered prepare the next. Larger batches would only alternate."""
MAX_BATCH_EVENTS = 4_096
MAX_BATCH_BYTES = 8 << 20  # one append can be as large
MAX_QUEUED_APPENDS = 4_096
MAX_QUEUED_BYTES = 64 << 20
BATCH_TIMEOUT_S = 10.0
"""For all attempts to record a batch, reconnecting included."""
CALL_TIMEOUT_S = 4.0
"""For one attempt; longer than a transaction may last."""
FIRST_RETRY_PAUSE_S = 0.02
MAX_RETRY_PAUSE_S = 1.0
RETRY_AFTER_S = 1.0
"""For callers, if the queue is full."""
ANSWER_TIMEOUT_S = 60.0
"""For an append to be answered. A full queue takes that long if every batch needs several attempts."""

VALUE_ERRORS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""PostgreSQL refused a value: nothing was recorded, and a retry would fail as well."""
ROLLBACK_ERRORS = (*VALUE_ERRORS, asyncpg.InsufficientResourcesError)
"""The server itself says that the transaction failed, so nothing was recorded."""

log = structlog.get_logger(__name__)


class LostBatch(NamedTuple):
    """A plan that was sent and whose answer never came, and the session that sent it."""

    plan: BatchPlan
    session_name: str


class Writer:
    """Takes appends, in the order in which they come, and answers each."""

    def __init__(self, database_url: str, log_id: str) -> None:
        self._database_url, self._log_id = database_url, log_id
        self._waiting: deque[Request] = deque()
        self._weight = 0
        """Of the waiting requests, in bytes."""
        self._commands: dict[object, Request] = {}
        """The requests that were not answered yet, by command id."""
        self._wake_up = asyncio.Event()
        self._closing = False
        self._session: Session | None = None
        self._lost: LostBatch | None = None
        self._replication_pending = False
        """A lost session had found receipts of repeated commands that no standby had confirmed yet."""
        self._head = BEGINNING
        """The latest event that a lost session knew."""

    async def open(self) -> None:
        """Connect and start the task. Raises what connecting raises."""
        self._session = await Session.open(self._database_url, CALL_TIMEOUT_S, self._log_id)
        self._task = BackgroundTask("writer", self._write, self._abandon).start()

    async def close(self) -> None:
        """Accept no more appends, record those that wait, and stop."""
        self._closing = True
        self._wake_up.set()
        await self._task.finished()
        if self._session is not None:
            await self._session.close()

    @property
    def failure(self) -> str | None:
        """The class of the error that recently ended the task; it was restarted."""
        return self._task.failure

    async def append(self, append: Append) -> Receipt:
        """Queue the append and wait for its answer. A caller that stops waiting does not stop the append.

        Raises the classes of `errors.py`.
        """
        weight = weigh(append)
        once = append.once
        if once is not None and (first := self._commands.get(once.id)) is not None:
            return await self._join(append, first)
        if self._closing:
            raise Unavailable("the log is being closed")
        if len(self._waiting) >= MAX_QUEUED_APPENDS or self._weight + weight > MAX_QUEUED_BYTES:
            raise QueueFull(RETRY_AFTER_S)
        request = Request(append, weight, asyncio.get_running_loop().create_future())
        if once is not None:
            self._commands[once.id] = request
        self._waiting.append(request)
        self._weight += weight
        self._wake_up.set()
        self._plan_ahead()
        return _receipt(await _answer_of(request.future))

    async def wait_for_command(self, command_id: object) -> None:
        """Wait until the command is answered, if this process is recording it."""
        if (request := self._commands.get(command_id)) is not None:
            await _answer_of(request.join())

    @staticmethod
    async def _join(append: Append, first: Request) -> Receipt:
        """Wait for the answer to the same command, which was sent before and is not answered yet."""
        assert append.once is not None
        assert first.append.once is not None
        if append.once.fingerprint != first.append.once.fingerprint:
            raise IdempotencyKeyReused
        return replace(_receipt(await _answer_of(first.join())), repeated=True)

    async def _write(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:  # a failure may have left some
                await self._wake_up.wait()
            self._wake_up.clear()
            while self._waiting:
                batch = self._next_batch()
                try:
                    await self.process(batch)
                except BaseException:
                    # After the answers that were given already: whatever the error, no caller is left waiting.
                    in_doubt = [(request, OutcomeUnknown()) for request in batch]
                    asyncio.get_running_loop().call_soon(self._answer, in_doubt)
                    raise

    def _plan_ahead(self) -> None:
        if self._session is not None:
            self._session.plan_ahead(self._waiting, MAX_BATCH_APPENDS)

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

    async def process(self, batch: list[Request]) -> None:
        """Record the batch and answer its requests. If PostgreSQL refuses a value, halve the batch until its append is alone."""
        parts = [batch]
        while parts:
            part = parts.pop()
            try:
                answers = await self._record(part)
            except VALUE_ERRORS as error:
                self._abandon(error)
                if len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
                    continue
                answers = _all(part, InvalidAppend(f"PostgreSQL refuses it: {type(error).__name__}"))
            except LogRestored as error:
                log.error("log_restored", noticed_by="writer")  # noqa: TRY400  there is nothing to trace
                # All of these requests were decided on events that may be gone.
                answers = _all([*part, *chain(*parts), *self._take_all()], error)
                parts = []
            except LogError as error:
                _log_alarm(error)
                answers = _all(part, error)
            except Exception as error:  # noqa: BLE001  whatever it is, callers must be answered, and the next batch recorded
                self._abandon(error)
                answers = _all(part, self._give_up())
            # Later in the event loop, so that the next batch is sent first.
            asyncio.get_running_loop().call_soon(self._answer, answers)

    async def _record(self, batch: list[Request]) -> Iterable[tuple[Request, Receipt | LogError]]:
        """Retry until the batch is recorded or BATCH_TIMEOUT_S have passed."""
        clock = asyncio.get_running_loop().time
        until, pause, self._replication_pending = clock() + BATCH_TIMEOUT_S, FIRST_RETRY_PAUSE_S, False
        while True:
            try:
                session = self._session
                if session is None or self._lost is not None:
                    async with asyncio.timeout_at(min(until, clock() + CALL_TIMEOUT_S)):
                        session = await self._reconnected()
                        if (answers := await self._find_lost_batch(session)) is not None:
                            return answers
                asyncio.get_running_loop().call_soon(self._plan_ahead)  # once the batch has been sent
                return await session.record(batch)  # each of its calls has a timeout
            except VALUE_ERRORS:
                raise  # a retry would fail as well
            except DATABASE_ERRORS as error:
                self._abandon(error)
            if clock() + pause > until:
                self._answer(_all(self._take_all(), Unavailable("the database does not answer")))
                return _all(batch, self._give_up())
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311  jitter, not a secret
            pause = min(pause * 2, MAX_RETRY_PAUSE_S)

    async def _reconnected(self) -> Session:
        if self._session is None:
            self._session = await Session.open(self._database_url, CALL_TIMEOUT_S, self._log_id, self._head)
        return self._session

    async def _find_lost_batch(self, session: Session) -> Iterable[tuple[Request, Receipt | LogError]] | None:
        """The answers to the batch that a lost session sent. None: no batch was lost, or it must be sent again."""
        if self._lost is None:
            return None
        plan, session_name = self._lost
        result = await session.find_batch(plan, session_name, CALL_TIMEOUT_S / 2)
        self._lost = None
        return None if result is None else plan.answers(result.head, result.batch_time)

    def _abandon(self, error: BaseException) -> None:
        """Drop the session and its tail. Remember a plan that was in flight until it is known whether it was recorded."""
        log.warning("writer_session_lost", error=type(error).__name__, sqlstate=getattr(error, "sqlstate", None))
        if self._session is None:
            return
        if self._session.in_doubt is not None and not isinstance(error, ROLLBACK_ERRORS):
            self._lost = LostBatch(self._session.in_doubt, self._session.name)
        self._replication_pending = self._replication_pending or self._session.replication_pending
        if not self._session.log_restored:
            self._head = self._session.head
        self._session.abandon()
        self._session = None

    def _give_up(self) -> LogError:
        """Forget the lost batch, if any, and return the answer to its requests.

        If it was recorded after all, the next session sees that by the head of the log.
        """
        in_doubt, self._lost = self._lost is not None or self._replication_pending, None
        return OutcomeUnknown() if in_doubt else Unavailable("the database does not answer")

    def _take_all(self) -> list[Request]:
        return [self._take() for _ in range(len(self._waiting))]

    def _answer(self, answers: Iterable[tuple[Request, Receipt | LogError]]) -> None:
        for request, answer in answers:
            if request.append.once is not None:
                self._commands.pop(request.append.once.id, None)
            request.answer(answer)


async def _answer_of(future: asyncio.Future[Receipt | LogError]) -> Receipt | LogError:
    """The answer, or OutcomeUnknown if it does not come in time. The append itself goes on."""
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await future
    except TimeoutError:
        return OutcomeUnknown()


def _all(batch: list[Request], answer: LogError) -> Iterable[tuple[Request, LogError]]:
    return [(request, answer) for request in batch]


def _log_alarm(error: LogError) -> None:
    match error:
        case ClockBehind():
            log.error("clock_behind_log", clock=error.clock.isoformat())
        case OtherLog():
            log.error("other_log_in_database", noticed_by="writer")
        case _:
            pass


def _receipt(answer: Receipt | LogError) -> Receipt:
    if isinstance(answer, LogError):
        raise answer.with_traceback(None)  # one answer may be raised to several callers
    return answer
