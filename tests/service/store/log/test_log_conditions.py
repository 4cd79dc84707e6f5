"""The log against a simple model: any mixture of appends, batches, processes, lost connections and callers who leave.

`--examples` sets the number of runs.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from service.sealing.disclosure import Disclosure
from service.store.log import session as session_module
from service.store.log import writer as writer_module
from service.store.log.errors import Conflict, DeadlinePassed, InvalidAppend, LogError, NotYetDue
from service.store.log.log import Log
from service.store.log.types import Append, IdempotencyKey, Receipt, RecordedEvent
from tests.conftest import Database
from tests.service.store.examples.log import FUTURE, PAST, TWINS, Loss, Proxy, an_append, event, known, once, session
from tests.service.store.log.examples.sessions import WriterSessions

EXAMPLES, STEPS = 100, 30
LOST = b"the one to lose"
SPOILT = Disclosure(b"digest", "person_a", b"nonce", b"sealed")
"""Recorded before, so that PostgreSQL refuses it."""

TAGS = st.sampled_from([*TWINS, "c"])
TYPES = st.sampled_from(["x", "y"])


class Held(NamedTuple):
    type: str
    tags: frozenset[str]


class Wish(NamedTuple):
    events: list[tuple[str, list[str]]]
    items: list[tuple[list[str], list[str]]] | None
    """The condition's; None: no condition."""
    back: int | None
    """The condition's `after`: so many positions before the head at the start of the batch; None: none is given."""
    wrong: type[LogError] | None
    """The fault in it, whatever its condition says."""
    leaves: bool
    """Its caller does not wait for the answer."""


NARROW = st.lists(
    st.tuples(st.lists(TYPES, min_size=1, max_size=2), st.lists(TAGS, min_size=1, max_size=2)), min_size=1, max_size=2
)
"""Types and tags, as commands have it: these are checked by the database where another process was quicker."""

WISHES = st.builds(
    Wish,
    events=st.lists(st.tuples(TYPES, st.lists(TAGS, max_size=3)), min_size=1, max_size=2),
    items=st.none() | NARROW | st.lists(st.tuples(st.lists(TYPES, max_size=2), st.lists(TAGS, max_size=2)), max_size=2),
    back=st.none() | st.integers(-3, 12),
    wrong=st.sampled_from([None] * 45 + [InvalidAppend, DeadlinePassed, DeadlinePassed, NotYetDue, NotYetDue]),
    leaves=st.sampled_from([False, False, False, True]),
)
BATCHES = st.lists(WISHES, min_size=1, max_size=5)


class Trouble(NamedTuple):
    """Fate of the connection in the meantime; without a loss, the server ends the session."""

    loss: Loss | None
    behind: bool


TROUBLES = st.sampled_from([None] * 40 + [Trouble(loss, behind) for loss in (*Loss, None) for behind in (False, True)])


def matches(held: Held, items: list[tuple[list[str], list[str]]]) -> bool:
    """The library's semantics of a query: any item; any of its types, if it has any; all of its tags."""
    return not items or any((not types or held.type in types) and held.tags.issuperset(tags) for types, tags in items)


def condition(wish: Wish, head: int, start: int) -> DCBAppendCondition | None:
    if wish.items is None:
        return None
    items = [DCBQueryItem(types=types, tags=tags) for types, tags in wish.items]
    # What stands before `start` belongs to earlier examples.
    return DCBAppendCondition(DCBQuery(items), max(start, head - wish.back) if wish.back is not None else start or None)


class Asked(NamedTuple):
    """An append in flight, and the expected outcome as far as its condition allows it."""

    wish: Wish
    append: Append

    def excluded(self, model: Sequence[Held], start: int) -> bool:
        """Whether the condition fails on the model's events."""
        after = (self.append.condition.after or 0) if self.append.condition else 0
        late = model[max(0, after - start) :]
        return self.wish.items is not None and any(matches(held, self.wish.items) for held in late)


class AgainstTheModel(RuleBasedStateMachine):
    def __init__(
        self,
        logs: list[Log],
        proxies: list[Proxy],
        sessions: WriterSessions,
        reader: Log,
        run: Callable[[Coroutine[Any, Any, Any]], Any],
        url: str,
    ) -> None:
        super().__init__()
        self.logs = logs
        self.reader = reader
        self.proxies = proxies
        self.sessions = sessions
        self.run = run
        self.url = url
        self.start: int = run(reader.head())
        self.model: list[Held] = []
        self.receipts: list[tuple[IdempotencyKey, Receipt]] = []
        self.seen = 0
        """So much of the model was compared before; the log never changes."""

    @property
    def head(self) -> int:
        return self.start + len(self.model)

    @rule(which=st.integers(0, 1), wishes=BATCHES, trouble=TROUBLES)
    def append_at_once(self, which: int, wishes: list[Wish], trouble: Trouble | None) -> None:
        if trouble is None:
            self.told([self.asked(wish) for wish in wishes], which)
        elif trouble.loss is None:
            self.end_the_session(which, wishes)
        else:
            self.lose_it_on_the_way(which, wishes, trouble.loss, behind=trouble.behind)

    def lose_it_on_the_way(self, which: int, wishes: list[Wish], loss: Loss, *, behind: bool) -> None:
        """Lose the connection before it arrives, after it was executed, or in between; `behind`: under the lock."""
        if behind:
            self.told([self.asked(wishes[0]._replace(leaves=False, wrong=None))], 1 - which)
        batch = [self.asked(wish, LOST) for wish in wishes]
        self.proxies[which].lose(loss, b"COMMIT" if behind else LOST)
        self.told(batch, which)
        self.proxies[which].lose_nothing()

    def end_the_session(self, which: int, wishes: list[Wish]) -> None:
        """End the session at an unknown stage of the appends."""
        batch = [self.asked(wish) for wish in wishes]
        writing = self.sessions.last(self.proxies[which].url)
        self.told(batch, which, *([] if writing is None else [_end(self.url, writing.name)]))

    @rule(batches=st.tuples(BATCHES, BATCHES))
    def append_on_both_sides(self, batches: tuple[list[Wish], list[Wish]]) -> None:
        """Append on both sides; positions tell whose came first."""
        both = [[self.asked(wish._replace(leaves=False)) for wish in wishes] for wishes in batches]

        async def all_of_them() -> list[Receipt | BaseException]:
            waiting = [log.append(one.append) for log, batch in zip(self.logs, both, strict=True) for one in batch]
            return await asyncio.gather(*waiting, return_exceptions=True)

        answered = list(zip([*both[0], *both[1]], self.run(all_of_them()), strict=True))
        done = [(asked, answer) for asked, answer in answered if isinstance(answer, Receipt)]
        for asked, answer in sorted(done, key=lambda one: one[1].first):
            assert not asked.excluded(self.model, self.start)
            self.hold(asked, answer)
        for asked, answer in answered:
            if isinstance(answer, Conflict):
                assert asked.excluded(self.model, self.start)
            elif not isinstance(answer, Receipt):
                assert type(answer) is asked.wish.wrong, answer

    @rule(which=st.integers(0, 1), number=st.integers(0))
    def send_again(self, which: int, number: int) -> None:
        """Repeat a recorded command, though its condition fails by now."""
        if self.receipts:
            same, receipt = self.receipts[number % len(self.receipts)]
            again = an_append(once=same, condition=DCBAppendCondition(DCBQuery([])))
            answer: Receipt = self.run(self.logs[which].append(again))
            assert answer.repeated
            assert (answer.first, answer.last, answer.recorded_at) == (receipt.first, receipt.last, receipt.recorded_at)

    @invariant()
    def table_and_model_and_tails_agree(self) -> None:
        self.run(self.look())

    async def look(self) -> None:
        events, head = await self.reader.read(after=self.start + self.seen)
        assert head == self.head
        assert [held(one) for one in events] == self.model[self.seen :]
        self.seen = len(self.model)
        for proxy in self.proxies:
            session = self.sessions.last(proxy.url)
            if session is not None:
                tail = session.tail
                events, head = await self.reader.read(after=tail.floor, until=tail.head)
                assert tail.head <= head
                assert [(type_, set(tags)) for type_, tags in known(tail)] == [
                    (one.type, set(one.tags)) for one in events
                ]

    def asked(self, wish: Wish, data: bytes = b"{}") -> Asked:
        append = an_append(
            *(event(type_, *tags, data=data) for type_, tags in wish.events),
            condition=condition(wish, self.head, self.start),
            not_after=PAST if wish.wrong is DeadlinePassed else None,
            not_before=FUTURE if wish.wrong is NotYetDue else None,
            disclosures=[SPOILT] if wish.wrong is InvalidAppend else [],
            once=once(),
        )
        return Asked(wish, append)

    def told(self, batch: list[Asked], which: int, *beside: Coroutine[Any, Any, None]) -> None:
        """Send all appends at once to one side; each is answered as if it had come alone, after the one before it."""

        async def all_of_them() -> list[Receipt | BaseException]:
            waiting = [asyncio.create_task(self.logs[which].append(one.append)) for one in batch]
            disturbing = [asyncio.create_task(one) for one in beside]
            await asyncio.sleep(0)
            for one, task in zip(batch, waiting, strict=False):
                if one.wish.leaves:
                    task.cancel()
            answers = await asyncio.gather(*waiting, return_exceptions=True)
            await asyncio.gather(*disturbing)
            # One more, so that everybody before it has been answered, whether they were there to hear it or not.
            with pytest.raises(DeadlinePassed):
                await self.logs[which].append(an_append(not_after=PAST))
            return answers

        for one, answer in zip(batch, self.run(all_of_them()), strict=True):
            if one.excluded(self.model, self.start):
                expected: set[type] = {Conflict, one.wish.wrong or Conflict}
            else:
                expected = {one.wish.wrong or Receipt}
            if one.wish.leaves:
                assert isinstance(answer, asyncio.CancelledError)
            else:
                assert type(answer) in expected, answer
            if Receipt in expected:
                self.hold(one, answer if isinstance(answer, Receipt) else None)

    def hold(self, one: Asked, answer: Receipt | None) -> None:
        first = self.head + 1
        self.model += [Held(new.type, frozenset(new.tags)) for new in one.append.events]
        if answer is not None:
            assert (answer.first, answer.last, answer.repeated) == (first, self.head, False)
            assert one.append.once is not None
            self.receipts.append((one.append.once, answer))


def held(one: RecordedEvent) -> Held:
    return Held(one.type, frozenset(one.tags))


async def _end(url: str, name: str) -> None:
    async with session(url) as other:
        await other.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", name)


async def test_the_log_agrees_with_the_model(
    database: Database, sessions: WriterSessions, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.setattr(session_module, "TAIL_EVENTS", 6)  # so that conditions reach behind it
    monkeypatch.setattr(session_module, "MAX_CATCH_UP_EVENTS", 3)
    monkeypatch.setattr(writer_module, "FIRST_RETRY_PAUSE_S", 0.001)
    monkeypatch.setattr(writer_module, "MAX_RETRY_PAUSE_S", 0.01)
    monkeypatch.setattr(
        writer_module, "MAX_BATCH_APPENDS", 3
    )  # so that some are judged while those before them are at the server
    loop = asyncio.get_running_loop()

    def run(asked: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(asked, loop).result()

    proxies = [Proxy(database.url), Proxy(database.url)]
    async with (
        proxies[0].running(),
        proxies[1].running(),
        Log.open(proxies[0].url) as log,
        Log.open(proxies[1].url) as other,
        Log.open(database.url) as reader,
    ):
        await log.append(an_append(disclosures=[SPOILT]))

        def play() -> None:
            run_state_machine_as_test(
                lambda: AgainstTheModel([log, other], proxies, sessions, reader, run, database.url),  # pyright: ignore[reportArgumentType]  any factory will do
                settings=settings(
                    max_examples=pytestconfig.getoption("--examples") or EXAMPLES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    phases=[Phase.generate],  # to shrink on a real database takes minutes, and the steps are few
                    database=None,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                ),
            )

        await asyncio.to_thread(play)
