"""The tail says what it knows, and how far back."""

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from service.store.tail import Tail

ANY = DCBQuery()
OF_A = DCBQuery([DCBQueryItem(tags=["a"])])


def test_what_was_let_go_raises_the_floor() -> None:
    tail, drafted = Tail(10, 3), Tail(10, 3)
    for tags in (["a"], ["b"], ["b"], ["a", "b"], []):
        drafted.add("x", tags)
    tail.extend(drafted)
    assert (tail.floor, tail.head, len(tail.facts)) == (12, 15, 3)
    assert tail.matches(OF_A, 13)
    assert not tail.matches(OF_A, 14)


def test_a_query_without_items_matches_every_fact_of_the_tail_and_none_before() -> None:
    tail = Tail(10, 3)
    assert not tail.matches(ANY, 0)
    tail.add("x", [])
    assert tail.matches(ANY, 0)
    assert not tail.matches(ANY, 11)
    assert not tail.matches(ANY, 99)


def test_a_tag_that_nobody_has_any_more_is_forgotten() -> None:
    tail = Tail(0, 1)
    tail.add("x", ["a"])
    tail.add("x", ["b"])
    tail.trim()
    assert not tail.matches(OF_A, 0)
    assert tail.matches(DCBQuery([DCBQueryItem(types=["x"], tags=["b"])]), 0)
    assert not tail.matches(DCBQuery([DCBQueryItem(types=["y"], tags=["b"])]), 0)
