"""Failures between a caller and the disk: everybody gets the truth, and every effect happens once."""

import asyncio
import math
import tracemalloc
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest

from service.sealing.disclosure import Disclosure
from service.store.log import session as session_module
from service.store.log import writer as writer_module
from service.store.log.append_limits import weigh
from service.store.log.batch import BatchPlan, Checks
from service.store.log.errors import (
    ClaimTaken,
    Conflict,
    InvalidAppend,
    LogError,
    NotYetDue,
    OutcomeUnknown,
    QueueFull,
    Unavailable,
)
from service.store.log.log import Log
from service.store.log.types import Append, Claim, Receipt
from service.store.log.writer import MAX_BATCH_APPENDS
from tests.conftest import Database
from tests.service.store.examples.log import (
    FUTURE,
    Loss,
    Proxy,
    an_append,
    event,
    holding_the_lock,
    once,
    session,
    unless,
    until_somebody_waits_for_the_lock,
)
from tests.service.store.examples.log_failures import END_WRITERS
from tests.service.store.log.examples.sessions import WriterSessions


@pytest.fixture
async def proxy(database: Database) -> AsyncGenerator[Proxy]:
    proxy = Proxy(database.url)
    async with proxy.running():
        yield proxy


async def test_acknowledged_events_are_stored_once_when_connections_break_under_load(database: Database) -> None:
    async with Log.open(database.url) as log, session(database.url) as killer:
        answers = asyncio.Queue[int]()
        acknowledged: list[int] = []

        async def write(name: int) -> None:
            for number in range(25):
                receipt = await log.append(an_append(event("thing.done", f"thing_{name}_{number}")))
                answers.put_nowait(receipt.first)

        async def kill() -> None:
            while len(acknowledged) < 400:
                acknowledged.append(await answers.get())
                if len(acknowledged) % 40 == 0:
                    await killer.execute(END_WRITERS)

        async with asyncio.TaskGroup() as group:
            for name in range(16):
                group.create_task(write(name))
            group.create_task(kill())
        events, head = await log.read()
    assert head == 400
    assert sorted(acknowledged) == list(range(1, 401))
    assert len({tuple(one.tags) for one in events}) == 400


@pytest.mark.parametrize("loss", list(Loss))
async def test_a_lost_answer_is_recovered_and_the_effect_happens_once(
    database: Database, proxy: Proxy, loss: Loss
) -> None:
    async with Log.open(proxy.url) as log:
        await log.append(an_append())
        proxy.lose(loss, b"the one to lose")
        lost = await log.append(
            an_append(event("vote.cast", "b", data=b"the one to lose"), condition=unless("b", after=1), once=once())
        )
        events, _ = await log.read()
    assert proxy.lost.is_set()
    assert [one.data for one in events] == [b"{}", b"the one to lose"]
    assert (lost.first, lost.last, lost.recorded_at, lost.repeated) == (2, 2, events[1].recorded_at, False)


@pytest.mark.parametrize("loss", list(Loss))
async def test_a_lost_commit_under_the_lock_is_recovered(database: Database, proxy: Proxy, loss: Loss) -> None:
    async with Log.open(database.url) as other, Log.open(proxy.url) as log:
        await other.append(an_append(takes=[Claim("mail", b"hmac", "person_a")]))
        proxy.lose(loss, b"COMMIT")
        taken, receipt = await asyncio.gather(  # together, so that it shows under the lock only who of them is refused
            log.append(an_append(takes=[Claim("mail", b"hmac", "person_b")])),
            log.append(an_append(event("vote.cast", "b"), condition=unless("b"))),
            return_exceptions=True,
        )
        events, head = await log.read()
    assert proxy.lost.is_set()
    assert isinstance(taken, ClaimTaken)
    assert isinstance(receipt, Receipt)
    assert (receipt.first, head) == (2, 2)
    assert events[1].recorded_at == receipt.recorded_at


@pytest.mark.parametrize("loss", list(Loss))
async def test_a_lost_answer_is_recovered_behind_events_of_others(database: Database, proxy: Proxy, loss: Loss) -> None:
    async with Log.open(database.url) as other, Log.open(proxy.url) as log:
        for name in ("first", "second"):  # the second time, conditions are checked by the database
            await other.append(an_append(event("vote.cast", "a")))
            await log.append(an_append(event("vote.cast", name), condition=unless(name)))
        await other.append(an_append(event("vote.cast", "a"), event("vote.cast", "a")))
        proxy.lose(loss, b"the one to lose")
        lost = await log.append(an_append(event("vote.cast", "b", data=b"the one to lose"), condition=unless("b")))
        events, _ = await log.read()
    assert proxy.lost.is_set()
    assert [one.tags[0] for one in events] == ["a", "first", "a", "second", "a", "a", "b"]
    assert (lost.first, lost.last, lost.recorded_at) == (7, 7, events[-1].recorded_at)


async def test_a_session_that_could_still_commit_is_ended_before_any_answer(database: Database, proxy: Proxy) -> None:
    async with Log.open(proxy.url) as log:
        async with holding_the_lock(database.url) as other:
            proxy.lose(Loss.OF_THE_LINE, b"the one to lose")
            answer = asyncio.create_task(log.append(an_append(event(data=b"the one to lose"))))
            await until_somebody_waits_for_the_lock(other)  # the old session, alone
            await proxy.lost.wait()
        receipt = await answer
        events, head = await log.read()
    assert (receipt.first, head) == (1, 1)
    assert events[0].recorded_at == receipt.recorded_at


async def test_a_writer_that_waited_too_long_for_the_lock_retries(
    database: Database, sessions: WriterSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(session_module.SETTINGS, "transaction_timeout", "1s")
    async with Log.open(database.url) as log:
        async with holding_the_lock(database.url) as other:
            answer = asyncio.create_task(log.append(an_append()))
            await until_somebody_waits_for_the_lock(other)
            while len(sessions) == 1:  # noqa: ASYNC110  the writer says nothing when it connects again
                await asyncio.sleep(0.005)
            assert not answer.done()
        assert (await answer).first == 1
        assert await log.head() == 1


async def test_an_event_of_another_writer_at_our_position_is_not_mistaken_for_ours(
    database: Database, proxy: Proxy
) -> None:
    async with Log.open(proxy.url) as log, Log.open(database.url) as other:
        proxy.lose(Loss.OF_THE_QUESTION, b"the one to lose")
        proxy.refuses = True
        answer = asyncio.create_task(log.append(an_append(event(data=b"the one to lose"))))
        await proxy.lost.wait()
        await other.append(an_append(event(data=b"theirs")))
        proxy.refuses = False
        assert (await answer).first == 2
        events, _ = await log.read()
    assert [one.data for one in events] == [b"theirs", b"the one to lose"]


async def test_a_lost_session_cannot_record_a_refused_append_afterwards(database: Database, proxy: Proxy) -> None:
    async with Log.open(proxy.url) as log, session(database.url) as clock:
        soon = await clock.fetchval("select clock_timestamp() + interval '400 milliseconds'")
        proxy.lose(Loss.OF_PATIENCE, b"the one to lose")
        with pytest.raises(NotYetDue):
            await log.append(an_append(event(data=b"the one to lose"), not_before=soon))
        await clock.execute("select pg_sleep_until($1)", soon)
        await proxy.release()
        await proxy.went_on.wait()
        assert await log.head() == 0


async def test_an_uncertain_append_is_unknown_and_an_unsent_one_not_recorded(
    database: Database, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "BATCH_TIMEOUT_S", 0.2)
    async with Log.open(proxy.url) as log:
        proxy.lose(Loss.OF_THE_ANSWER, b"the one to lose")
        proxy.refuses = True
        with pytest.raises(OutcomeUnknown):
            await log.append(an_append(event(data=b"the one to lose")))
        with pytest.raises(Unavailable, match="nothing was recorded"):
            await log.append(an_append(event(data=b"later")))
        proxy.refuses = False
        after = await log.append(an_append(event(data=b"last")))
    assert after.first == 2


def refused(outcome: str) -> tuple[Append, Append]:
    """An event of another writer, and an append that the log then refuses with this outcome."""
    claims = [Claim("mail", b"hmac", person) for person in ("person_a", "person_b")]
    same = once()
    return {
        "moved": (an_append(), an_append(condition=unless(types=["never"], after=4))),
        "possible_conflict": (
            an_append(event("a.b", "seat")),
            an_append(condition=unless("seat", "free", types=["a.b"], after=3)),
        ),
        "repeated": (an_append(once=same), an_append(once=same)),
        "taken": (an_append(takes=claims[:1]), an_append(takes=claims[1:])),
        "outside_deadline": (an_append(), an_append(not_before=FUTURE)),
    }[outcome]


AFTER_ALL = {
    "moved": Receipt,
    "possible_conflict": Receipt,
    "repeated": Receipt,
    "taken": ClaimTaken,
    "outside_deadline": NotYetDue,
}


@pytest.mark.parametrize("comes_back", [True, False], ids=["comes back", "stays away"])
@pytest.mark.parametrize("outcome", list(AFTER_ALL))
async def test_a_connection_lost_before_a_retry_means_not_recorded(
    database: Database, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, outcome: str, *, comes_back: bool
) -> None:
    outcomes: list[str] = []
    call = session_module.Session.call_append

    async def overheard(self: session_module.Session, plan: BatchPlan, checks: Checks) -> session_module.AppendResult:
        result = await call(self, plan, checks)
        outcomes.append(result.outcome)
        return result

    theirs, ours = refused(outcome)
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(Log.open(database.url))
        await other.append(an_append())
        log = await stack.enter_async_context(Log.open(proxy.url))
        await other.append(an_append())
        # Behind another's, in one call: from now on this log expects others.
        await log.append(an_append(condition=unless("seat", types=["a.b"])))
        await other.append(theirs)
        monkeypatch.setattr(session_module.Session, "call_append", overheard)
        if not comes_back:
            monkeypatch.setattr(writer_module, "BATCH_TIMEOUT_S", 0.2)
            proxy.refuses = True
        next_try = session_module.EVENTS_AFTER if outcome in session_module.LOG_CHANGED else session_module.LOCK
        proxy.lose(Loss.OF_THE_QUESTION, next_try.encode())
        asked = (ours, an_append(event("vote.cast", "b")))
        answers = await asyncio.gather(*(log.append(one) for one in asked), return_exceptions=True)
        proxy.refuses = False
        assert outcomes[0] == outcome
        events, _ = await log.read()
    assert proxy.lost.is_set()
    expected: list[type[Receipt | LogError]] = [AFTER_ALL[outcome], Receipt] if comes_back else [Unavailable] * 2
    assert [type(one) for one in answers] == expected
    new = [one for one in answers if isinstance(one, Receipt) and not one.repeated]
    assert [one.position for one in events] == [1, 2, 3, 4, *(one.first for one in new)]


async def test_one_bad_append_fails_alone_at_the_cost_of_a_few_calls(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    call = session_module.Session.call_append

    async def counted(self: session_module.Session, plan: BatchPlan, checks: Checks) -> session_module.AppendResult:
        sizes.append(len(plan.events))
        return await call(self, plan, checks)

    same = Disclosure(b"digest", "person_a", b"nonce", b"sealed")
    async with Log.open(database.url) as log:
        await log.append(an_append(disclosures=[same]))
        monkeypatch.setattr(session_module.Session, "call_append", counted)
        appends = [an_append(event("thing.done", f"thing_{n}")) for n in range(MAX_BATCH_APPENDS)]
        appends[37] = an_append(disclosures=[same])
        answers = await asyncio.gather(*(log.append(one) for one in appends), return_exceptions=True)
        _, head = await log.read()
    assert isinstance(answers[37], InvalidAppend)
    assert [one.first for one in answers if isinstance(one, Receipt)] == list(range(2, MAX_BATCH_APPENDS + 1))
    assert head == MAX_BATCH_APPENDS
    assert sizes[0] == MAX_BATCH_APPENDS
    assert len(sizes) <= 2 * math.ceil(math.log2(MAX_BATCH_APPENDS)) + 1


@pytest.mark.parametrize(
    "bad",
    [
        an_append(event("nul\0")),
        an_append(event("thing.done", "nul\0")),
        an_append(event("thing.done", "\ud800")),
        an_append(event("thing.done", "x" * 201)),
        an_append(event("thing.done", *(f"t{n}" for n in range(5_001)))),
        an_append(event(data=b"x" * ((1 << 20) + 1))),
        an_append(takes=[Claim("mail", b"x" * 201, "person_a")]),
        an_append(*[event()] * 1_001),
        # Its entries in the index would take longer than a transaction may.
        an_append(*[event("thing.done", *(f"t{n}" for n in range(50)))] * 1_000),
    ],
)
async def test_an_append_that_cannot_be_stored_is_refused_before_queueing(database: Database, bad: object) -> None:
    async with Log.open(database.url) as log:
        with pytest.raises(InvalidAppend):
            await log.append(bad)  # pyright: ignore[reportArgumentType]  parametrized
        assert await log.head() == 0


async def test_a_full_queue_refuses_with_a_retry_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "MAX_QUEUED_APPENDS", 3)
    async with Log.open(database.url) as log:
        answers = await asyncio.gather(*(log.append(an_append()) for _ in range(5)), return_exceptions=True)
        assert [type(one) for one in answers] == [Receipt] * 3 + [QueueFull] * 2
        assert all(one.retry_after > 0 for one in answers if isinstance(one, QueueFull))
        await log.append(an_append())


async def test_too_many_queued_bytes_fill_the_queue_too(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "MAX_QUEUED_BYTES", 4_000)
    async with Log.open(database.url) as log:
        heavy = [an_append(event(data=b"x" * 900)) for _ in range(3)]
        answers = await asyncio.gather(*(log.append(one) for one in heavy), return_exceptions=True)
        assert [type(one) for one in answers] == [Receipt, Receipt, QueueFull]


def test_the_weight_of_an_append_is_at_least_its_memory() -> None:
    weigh(an_append())  # whatever is made once, is made
    tracemalloc.start()
    append = an_append(*(event("thing.done", *(f"t{n}_{m}" for m in range(4)), data=b"") for n in range(1_000)))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert weigh(append) >= taken


async def test_a_cancelled_append_does_not_break_others(database: Database) -> None:
    async with Log.open(database.url) as log:
        async with holding_the_lock(database.url) as other:
            waiting = [asyncio.create_task(log.append(an_append())) for _ in range(6)]
            await until_somebody_waits_for_the_lock(other)
            for task in waiting[::2]:
                task.cancel()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in answers] == [asyncio.CancelledError, Receipt] * 3
        assert await log.head() == 6


async def test_a_repeated_command_is_answered_although_its_first_sender_left(database: Database) -> None:
    same = once()
    async with Log.open(database.url) as log:
        async with holding_the_lock(database.url) as other:
            first, again = (asyncio.create_task(log.append(an_append(once=same))) for _ in range(2))
            await until_somebody_waits_for_the_lock(other)
            first.cancel()
        assert (await again).first == 1
        assert await log.head() == 1


async def test_failed_appends_leave_nothing_in_the_tail(database: Database) -> None:
    """A refused batch must leave no trace that could affect later conditions."""
    same = Disclosure(b"digest", "person_a", b"nonce", b"sealed")
    async with Log.open(database.url) as log:
        await log.append(an_append(disclosures=[same]))
        with pytest.raises(InvalidAppend):
            await log.append(an_append(event("thing.done", "never"), disclosures=[same]))
        receipt = await log.append(an_append(condition=unless("never")))
        assert receipt.first == 2


async def test_closing_the_log_records_queued_appends(database: Database) -> None:
    async with Log.open(database.url) as log:
        waiting = [asyncio.create_task(log.append(an_append())) for _ in range(20)]
        await asyncio.sleep(0)
    assert sorted([(await one).first for one in waiting]) == list(range(1, 21))


async def test_a_claim_has_a_single_holder(database: Database) -> None:
    async with Log.open(database.url) as log, Log.open(database.url) as other:
        answers = await asyncio.gather(
            *((log, other)[n % 2].append(an_append(takes=[Claim("mail", b"hmac", f"person_{n}")])) for n in range(20)),
            return_exceptions=True,
        )
        won = [n for n, one in enumerate(answers) if isinstance(one, Receipt)]
        assert len(won) == 1
        assert sum(isinstance(one, ClaimTaken) for one in answers) == 19
        assert await log.claim("mail", b"hmac") == f"person_{won[0]}"
        assert await log.head() == 1


async def test_conflicts_are_reported_one_by_one(database: Database) -> None:
    async with Log.open(database.url) as log:
        answers = await asyncio.gather(
            *(
                log.append(an_append(event("seat.taken", f"seat_{n % 3}"), condition=unless(f"seat_{n % 3}")))
                for n in range(9)
            ),
            return_exceptions=True,
        )
        assert [type(one) for one in answers] == [Receipt] * 3 + [Conflict] * 6
