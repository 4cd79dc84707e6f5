"""Conditions against a plain model of them: any mixture of appends, batches, readers and broken connections."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from service.store import session as session_module
from service.store.errors import Conflict
from service.store.log import Log
from service.store.types import Receipt
from tests.conftest import Database
from tests.service.store.log_examples import an_append, fact

TAGS = st.sampled_from(["a", "b", "c"])
TYPES = st.sampled_from(["x", "y"])


class Held(NamedTuple):
    type: str
    tags: frozenset[str]


class Wish(NamedTuple):
    facts: list[tuple[str, list[str]]]
    items: list[tuple[list[str], list[str]]] | None
    back: int | None
    """The condition's `after`: so many positions before the head at the start of the batch; None: none is given."""


WISHES = st.builds(
    Wish,
    facts=st.lists(st.tuples(TYPES, st.lists(TAGS, max_size=3)), min_size=1, max_size=2),
    items=st.none() | st.lists(st.tuples(st.lists(TYPES, max_size=2), st.lists(TAGS, max_size=2)), max_size=2),
    back=st.none() | st.integers(-3, 12),
)


def matches(held: Held, items: list[tuple[list[str], list[str]]]) -> bool:
    """The semantics in words of the library: any item; any of its types, if there are any; all of its tags."""
    return not items or any((not types or held.type in types) and held.tags.issuperset(tags) for types, tags in items)


def condition(wish: Wish, head: int, start: int) -> DCBAppendCondition | None:
    if wish.items is None:
        return None
    items = [DCBQueryItem(types=types, tags=tags) for types, tags in wish.items]
    # What stands before `start` belongs to earlier examples.
    return DCBAppendCondition(DCBQuery(items), max(start, head - wish.back) if wish.back is not None else start or None)


class AgainstTheModel(RuleBasedStateMachine):
    def __init__(self, logs: list[Log], run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        super().__init__()
        self.logs = logs
        self.run = run
        self.start: int = run(logs[0].head())
        self.model: list[Held] = []

    @property
    def head(self) -> int:
        return self.start + len(self.model)

    @rule(which=st.integers(0, 1), wishes=st.lists(WISHES, min_size=1, max_size=5))
    def append_at_once(self, which: int, wishes: list[Wish]) -> None:
        head = self.head
        appends = [
            an_append(
                *(fact(type_, *tags, data=b"{}") for type_, tags in wish.facts),
                condition=condition(wish, head, self.start),
            )
            for wish in wishes
        ]

        async def all_of_them() -> list[Receipt | BaseException]:
            return await asyncio.gather(*(self.logs[which].append(one) for one in appends), return_exceptions=True)

        for one, wish, answer in zip(appends, wishes, self.run(all_of_them()), strict=True):
            after = (one.condition.after or 0) if one.condition else 0
            late = self.model[max(0, after - self.start) :]
            if wish.items is not None and any(matches(held, wish.items) for held in late):
                assert isinstance(answer, Conflict), answer
                continue
            assert isinstance(answer, Receipt), answer
            assert answer.first == self.head + 1
            self.model += [Held(new.type, frozenset(new.tags)) for new in one.facts]
            assert answer.last == self.head

    @rule(which=st.integers(0, 1))
    def lose_the_connection(self, which: int) -> None:
        session = self.logs[which]._writer._session  # pyright: ignore[reportPrivateUsage]  to be broken
        if session is not None:
            self.run(_terminated(session))

    @invariant()
    def table_and_model_agree(self) -> None:
        facts, head = self.run(self.logs[0].read(after=self.start))
        assert head == self.head
        assert [Held(one.type, frozenset(one.tags)) for one in facts] == self.model


async def _terminated(session: session_module.Session) -> None:
    session.connection.terminate()


async def test_conditions_mean_what_the_model_says(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "TAIL", 4)  # so that conditions reach behind it
    monkeypatch.setattr(session_module, "FRESH", 2)
    loop = asyncio.get_running_loop()

    def run(asked: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(asked, loop).result()

    async with Log.open(database.url) as log, Log.open(database.url) as other:

        def play() -> None:
            run_state_machine_as_test(
                lambda: AgainstTheModel([log, other], run),  # pyright: ignore[reportArgumentType]  any factory will do
                settings=settings(
                    max_examples=30,
                    stateful_step_count=12,
                    deadline=None,
                    phases=[Phase.generate],  # to shrink on a real database takes minutes, and the steps are few
                    database=None,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                ),
            )

        await asyncio.to_thread(play)
