"""The tail answers for the events it knows, back to its floor."""

import pytest
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from hypothesis import given
from hypothesis import strategies as st

from service.store.log.tail import Tail
from tests.service.store.examples.log import known

ANY = DCBQuery()
OF_A = DCBQuery([DCBQueryItem(tags=["a"])])


def test_dropped_events_raise_the_floor_of_the_tail() -> None:
    tail, drafted = Tail(10, 3, block_size=1), Tail(10, 3, block_size=1)
    for tags in (["a"], ["b"], ["b"], ["a", "b"], []):
        drafted.add("x", tags)
    tail.extend(drafted)
    assert (tail.floor, tail.head, len(known(tail))) == (12, 15, 3)
    assert tail.matches(OF_A, 13)
    assert not tail.matches(OF_A, 14)


def test_a_query_without_items_matches_only_the_events_of_the_tail() -> None:
    tail = Tail(10, 3)
    assert not tail.matches(ANY, 0)
    tail.add("x", [])
    assert tail.matches(ANY, 0)
    assert not tail.matches(ANY, 11)
    assert not tail.matches(ANY, 99)


def test_a_tag_without_events_is_dropped() -> None:
    tail = Tail(0, 1, block_size=1)
    tail.add("x", ["a"])
    tail.add("x", ["b"])
    tail.trim()
    assert not tail.matches(OF_A, 0)
    assert tail.matches(DCBQuery([DCBQueryItem(types=["x"], tags=["b"])]), 0)
    assert not tail.matches(DCBQuery([DCBQueryItem(types=["y"], tags=["b"])]), 0)


some = st.lists(st.sampled_from("ab"), unique=True)
events = st.lists(st.tuples(st.sampled_from("xy"), some), max_size=6)
batches = st.lists(st.tuples(st.sampled_from(["added", "drafted", "drafted before others came"]), events), max_size=5)
ITEMS = [
    DCBQueryItem(types=types, tags=tags) for types in ([], ["x"], ["y", "z"]) for tags in ([], ["a"], ["b"], ["b", "a"])
]
QUERIES = [DCBQuery([]), *(DCBQuery([one]) for one in ITEMS), DCBQuery(ITEMS[5:7]), DCBQuery([ITEMS[7], ITEMS[9]])]


@given(batches, st.integers(1, 12), st.integers(1, 5))
def test_the_tail_finds_the_same_as_a_scan_of_every_event(
    came: list[tuple[str, list[tuple[str, list[str]]]]], size: int, block: int
) -> None:
    tail = Tail(10, size, block)
    for how, batch in came:
        taking = tail if how == "added" else Tail(tail.head if how == "drafted" else tail.head - 1, size, 2)
        for type_, tags in batch:
            taking.add(type_, tags)
        if taking is not tail:
            tail.extend(taking)
    tail.trim()
    added = [one for _, batch in came for one in batch]
    assert tail.head == 10 + len(added)
    assert known(tail) == added[tail.floor - 10 :]
    assert len(known(tail)) >= min(size, len(added)), "a condition on one of the last needs no look at the log"
    assert len(known(tail)) < size + 2 * block + 2, "its memory is bounded"
    for after in range(9, tail.head + 2):
        later = added[max(after, tail.floor) - 10 :]
        for query in QUERIES:
            assert tail.matches(query, after) == any(_matches(query, *one) for one in later), (query, after)


def _matches(query: DCBQuery, type_: str, tags: list[str]) -> bool:
    return not query.items or any(
        (not one.types or type_ in one.types) and set(one.tags) <= set(tags) for one in query.items
    )


def test_a_condition_on_other_types_skips_the_votes_of_a_busy_ballot() -> None:
    tail = Tail(0, 1_000)
    tail.add("closed", Unread(["another ballot"]))
    for number in range(500):
        tail.add("vote", Unread([f"voter_{number}", "ballot"]))
    assert not tail.matches(DCBQuery([DCBQueryItem(types=["closed"], tags=["ballot"])]), 0)
    with pytest.raises(AssertionError, match="looked at"):
        tail.matches(DCBQuery([DCBQueryItem(types=["vote"], tags=["ballot"])]), 0)


class Unread(tuple[str, ...]):
    """Tags of an event that nobody may examine after it was taken in."""

    __slots__ = ()

    def __contains__(self, _: object) -> bool:
        raise AssertionError("looked at")
