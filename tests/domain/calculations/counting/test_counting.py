"""Counting, rule by rule; proportionality by brute force on small profiles."""

import json
from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.calculations.counting import (
    RULES,
    Count,
    MalformedCount,
    Paper,
    Share,
    UnknownRule,
    count,
    default_seats,
    draw_order,
    runner_up,
)

SEED = bytes(range(32))
EQUAL_SHARES, APPROVAL, STV = "equal_shares/1", "approval/1", "stv/1"
DATA = Path(__file__).parent / "data"


def papers(*approvals: str) -> list[Paper]:
    """One paper per argument, its approvals separated by blanks."""
    return [Paper(f"voter {number:03}", tuple(one.split())) for number, one in enumerate(approvals)]


def elect(
    given: Sequence[Paper],
    on_ballot: str,
    seats: int,
    rule: str = EQUAL_SHARES,
    seed: bytes = SEED,
    **organisations: str,
) -> Count:
    return count(rule, given, on_ballot.split(), seats, seed, organisations)


def ratios(found: Count) -> list[Fraction]:
    return [Fraction(share.amount) for one in found.trace for share in (*one.paid, *one.left)]


# The example


@pytest.fixture(scope="module")
def eighteen() -> list[Paper]:
    profile = json.loads((DATA / "eighteen_voters.json").read_text())
    return papers(*(line for line, times in profile["papers"].items() for _ in range(times)))


def test_equal_shares_gives_the_six_of_eighteen_their_challenge(eighteen: list[Paper]) -> None:
    selected = elect(eighteen, "A B C D E", 3).selected
    assert "D" in selected
    assert len({"A", "B", "C"}.intersection(selected)) == 2


def test_plain_approval_gives_the_ten_of_eighteen_everything(eighteen: list[Paper]) -> None:
    assert set(elect(eighteen, "A B C D E", 3, APPROVAL).selected) == {"A", "B", "C"}


def test_the_trace_shows_the_payment_of_each_paper(eighteen: list[Paper]) -> None:
    first, second, third = elect(eighteen, "A B C D E", 3).trace
    assert (first.method, first.rho, first.supporters, first.earned) == ("equal_shares", "1/10", 10, "0")
    assert first.paid == (Share(first.rho, tuple(f"voter {n:03}" for n in range(10))),)
    assert [(share.amount, len(share.papers)) for share in first.left] == [("1/6", 8), ("1/15", 10)]
    assert (second.method, second.challenge, second.rho) == ("equal_shares", "D", "1/6")
    assert third.method == "phragmen"
    assert third.earned == "1/30"  # the ten have 10/15, and lack a third of the price; the two, with 2/6, lack 2/6 each
    assert [share.amount for share in third.paid] == ["1/10"]


def test_a_draw_among_tied_challenges_is_in_the_trace(eighteen: list[Paper]) -> None:
    draw = elect(eighteen, "A B C D E", 3).trace[0].draw
    assert draw is not None
    assert (draw.among, draw.by, draw.order) == (("A", "B", "C"), "seed", draw_order(SEED, "ABC"))


# The method of equal shares by hand


def test_a_voter_with_less_than_an_equal_share_pays_all_they_have() -> None:
    # Two seats, four papers: 1/2 each. A costs its three supporters 1/3 each. For B they have 1/6 + 1/2, 2/3 in all: not enough.
    found = elect(papers("A B", "A", "A", "B"), "A B", 2)
    first, second = found.trace
    assert (first.challenge, first.rho) == ("A", "1/3")
    assert (second.challenge, second.method, second.earned) == ("B", "phragmen", "1/6")
    assert [(one.amount, one.papers) for one in second.paid] == [("2/3", ("voter 003",)), ("1/3", ("voter 000",))]


def test_the_rich_pay_for_the_poor_up_to_rho() -> None:
    # Three seats, six papers: 1/2 each. A: 1/4 of each of four. B: voter 000 has 1/4 left, the two others 3/8 each: rho 3/8.
    found = elect(papers("A B", "A", "A", "A", "B", "B"), "A B", 3)
    second = found.trace[1]
    assert (second.challenge, second.method, second.rho) == ("B", "equal_shares", "3/8")
    assert {one.amount: one.papers for one in second.paid} == {"1/4": ("voter 000",), "3/8": ("voter 004", "voter 005")}


def test_the_budget_is_divided_among_papers_that_approve_something() -> None:
    with_blanks = elect(papers("A", "A", "B", "", "", ""), "A B C", 1)
    assert (with_blanks.papers, with_blanks.counted) == (6, 3)
    assert with_blanks.trace == elect(papers("A", "A", "B"), "A B C", 1).trace


def test_seats_stay_empty_when_nobody_approves_anything_else() -> None:
    assert elect(papers("A", "A B"), "A B C D", 4).selected == ("A", "B")


@pytest.mark.parametrize("rule", sorted(RULES))
def test_blank_papers_elect_nothing(rule: str) -> None:
    found = elect(papers("", ""), "A B", 1, rule)
    assert (found.selected, found.papers, found.counted) == ((), 2, 0)


# Draws (rule 6)


def test_a_draw_prefers_an_organisation_without_a_selected_challenge() -> None:
    found = elect(papers("A", "A", "A", "B", "B", "C", "C"), "A B C", 2, APPROVAL, A="bank", B="bank", C="clinic")
    draw = found.trace[1].draw
    assert found.selected == ("A", "C")
    assert draw is not None
    assert (draw.among, draw.by, draw.order) == (("B", "C"), "organisations", ("C",))


def test_a_draw_without_a_new_organisation_is_decided_by_the_seed() -> None:
    for seed in (bytes([n]) * 32 for n in range(8)):
        hashes = {one: sha256(seed + one.encode()).digest() for one in ("één", "twee")}
        found = elect(papers("één", "twee"), "één twee", 1, APPROVAL, seed, één="bank", twee="clinic")
        assert found.selected == (min(hashes, key=hashes.__getitem__),)


def test_a_challenge_without_an_organisation_gets_no_preference_in_a_draw() -> None:
    for seed in (bytes([n]) * 32 for n in range(8)):
        assert elect(papers("A", "B"), "A B", 1, APPROVAL, seed, B="bank").selected == ("B",)


# Struck (rule 22)


def test_a_struck_challenge_counts_as_if_never_on_a_paper(eighteen: list[Paper]) -> None:
    without = papers(*(" ".join(one for one in paper.approvals if one != "D") for paper in eighteen))
    struck = count(EQUAL_SHARES, eighteen, "ABCDE", 3, SEED, {}, struck={"D"})
    assert struck == count(EQUAL_SHARES, without, "ABCE", 3, SEED, {})
    assert struck.counted == 12


def test_the_runner_up_does_not_displace_selected_challenges() -> None:
    # With A struck the count alone would elect B and D; C was elected and stays.
    cast = papers(*["A B"] * 6, *["C"] * 3, *["D"] * 2, *["B D"] * 2)
    first = elect(cast, "A B C D", 2)
    assert set(first.selected) == {"B", "A"}
    for kept, gone in (("A", "B"), ("B", "A")):
        found = runner_up(EQUAL_SHARES, cast, "ABCD", 2, SEED, {}, selected=first.selected, withdrawn=gone)
        assert found.challenge in {"C", "D"}
        assert set(found.count.selected) == {kept, found.challenge}


def test_a_selected_challenge_stays_even_if_a_new_count_would_drop_it() -> None:
    cast = papers(*["A"] * 2, *["A C"] * 1, *["B"] * 4, *["D"] * 3)
    recounted = count(EQUAL_SHARES, cast, "ABCD", 2, SEED, {}, struck={"A"})
    assert set(recounted.selected) == {"B", "D"}
    found = runner_up(EQUAL_SHARES, cast, "ABCD", 2, SEED, {}, selected=("A", "C"), withdrawn="A")
    assert (found.challenge, set(found.count.selected)) == ("B", {"B", "C"})


def test_the_runner_up_fills_one_seat_even_if_others_stay_empty() -> None:
    ballot = papers("A", "B", "C", "D", "E")
    found = runner_up(EQUAL_SHARES, ballot, "ABCDE", 3, SEED, {}, selected=("A", "B"), withdrawn="B", struck={"E"})
    assert found.challenge in {"C", "D"}
    assert set(found.count.selected) == {"A", found.challenge}


def test_there_is_no_runner_up_if_nobody_approves_anything_else() -> None:
    found = runner_up(APPROVAL, papers("A", "B"), "ABC", 2, SEED, {}, selected=("A", "B"), withdrawn="A")
    assert (found.challenge, found.count.selected) == (None, ("B",))


def test_only_a_selected_challenge_has_a_runner_up() -> None:
    with pytest.raises(MalformedCount):
        runner_up(APPROVAL, papers("A", "B"), "ABC", 1, SEED, {}, selected=("A",), withdrawn="B")


# Invalid input


@pytest.mark.parametrize("rule", ["stv/2", "equal_shares/2", "equal_shares", ""])
def test_an_unknown_counting_rule_is_refused(rule: str) -> None:
    with pytest.raises(UnknownRule, match="equal_shares/1"):
        elect([], "A B", 1, rule)


@pytest.mark.parametrize(
    ("given", "on_ballot", "seats", "seed"),
    [
        pytest.param(papers("A Z"), "A B", 1, SEED, id="approved but not on the ballot"),
        pytest.param([Paper("x", ()), Paper("x", ())], "A B", 1, SEED, id="one key twice"),
        pytest.param(papers("A"), "A A", 1, SEED, id="one challenge twice"),
        pytest.param(papers("A"), "A B", 0, SEED, id="no seat"),
        pytest.param(papers("A"), "A B", 1, b"short", id="a short seed"),
    ],
)
def test_contradictory_input_is_not_counted(given: list[Paper], on_ballot: str, seats: int, seed: bytes) -> None:
    with pytest.raises(MalformedCount):
        elect(given, on_ballot, seats, seed=seed)


# Seats (rule 1)


@pytest.mark.parametrize(
    ("electors", "seats"),
    [(0, 1), (3, 1), (9, 2), (11, 2), (12, 3), (15, 3), (16, 4), (24, 4), (32, 4), (33, 5), (60, 8)],
)
def test_default_seats_with_teams_of_four_to_eight(electors: int, seats: int) -> None:
    assert default_seats(electors, 4, 8) == seats


# Properties

NAMES = "ABCDEF"
profiles = st.lists(st.frozensets(st.sampled_from(NAMES), max_size=4), min_size=1, max_size=9)
organisations = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["bank", "clinic", "port"]))
seeds = st.binary(min_size=32, max_size=32)


def cast(profile: Sequence[frozenset[str]]) -> list[Paper]:
    return [Paper(f"voter {n}", tuple(sorted(one))) for n, one in enumerate(profile)]


def unrepresented(profile: Sequence[frozenset[str]], seats: int, selected: Sequence[str]) -> set[str] | None:
    """A set T of challenges for which a group of voters lacks representation; None if there is none.

    The group: papers for |T| seats or more that all approve all of T, none of which has |T| approved challenges elected.
    """
    valid = [one for one in profile if one]
    for size in range(1, seats + 1):
        for wish in combinations(NAMES, size):
            group = [one for one in valid if one.issuperset(wish) and len(one.intersection(selected)) < size]
            if group and len(group) * seats >= size * len(valid):
                return set(wish)
    return None


def test_the_check_for_representation_fails_for_plain_approval(eighteen: list[Paper]) -> None:
    profile = [frozenset(one.approvals) for one in eighteen]
    assert unrepresented(profile, 3, elect(eighteen, "A B C D E", 3, APPROVAL).selected) == {"D"}


@given(profiles, st.integers(1, 5), seeds, organisations)
def test_equal_shares_represents_every_group_that_agrees(
    profile: list[frozenset[str]], seats: int, seed: bytes, commissioned: dict[str, str]
) -> None:
    """Extended justified representation (Aziz et al. 2017); with |T| = 1: a unanimous group of n/k papers gets one."""
    found = count(EQUAL_SHARES, cast(profile), NAMES, seats, seed, commissioned)
    assert unrepresented(profile, seats, found.selected) is None


@given(profiles, st.sampled_from(NAMES), st.integers(2, 5), st.integers(0, 3), seeds)
def test_a_unanimous_group_large_enough_for_one_team_gets_its_challenge(
    profile: list[frozenset[str]], wish: str, seats: int, spare: int, seed: bytes
) -> None:
    """The reason for choosing `equal_shares`: a group of papers / seats or more, whatever the others do."""
    others = [one for one in profile if one]
    group = max(-(-len(others) // (seats - 1)), 1) + spare
    together = [*others, *[frozenset({wish})] * group]
    assert group * seats >= len(together)
    assert wish in count(EQUAL_SHARES, cast(together), NAMES, seats, seed, {}).selected


@given(profiles, st.integers(1, 7), st.sampled_from(sorted(RULES)), seeds)
def test_only_approved_challenges_are_elected_and_they_fill_the_seats(
    profile: list[frozenset[str]], seats: int, rule: str, seed: bytes
) -> None:
    approved = frozenset[str]().union(*profile)
    selected = count(rule, cast(profile), NAMES, seats, seed, {}).selected
    assert approved.issuperset(selected)
    assert len(set(selected)) == len(selected) == min(seats, len(approved))


@given(
    profiles, st.integers(1, 4), st.sampled_from(sorted(RULES)), seeds, organisations, st.randoms(use_true_random=False)
)
def test_the_order_of_the_input_changes_nothing(
    profile: list[frozenset[str]], seats: int, rule: str, seed: bytes, commissioned: dict[str, str], chance: Random
) -> None:
    straight = cast(profile)
    shuffled = [Paper(one.key, one.approvals if rule == STV else one.approvals[::-1]) for one in straight]
    chance.shuffle(shuffled)
    backwards = dict(reversed(commissioned.items()))
    assert count(rule, straight, NAMES, seats, seed, commissioned) == count(
        rule, shuffled, NAMES[::-1], seats, seed, backwards
    )


@given(profiles, st.integers(0, 5), st.integers(1, 4), st.sampled_from(sorted(RULES)), seeds)
def test_blank_papers_change_nothing_but_their_number(
    profile: list[frozenset[str]], blanks: int, seats: int, rule: str, seed: bytes
) -> None:
    with_blanks = [*cast(profile), *(Paper(f"a blank {n}", ()) for n in range(blanks))]
    found, without = (count(rule, one, NAMES, seats, seed, {}) for one in (with_blanks, cast(profile)))
    assert found == replace(without, papers=without.papers + blanks)


@given(profiles, st.integers(1, 5), seeds)
def test_approval_elects_the_most_approved(profile: list[frozenset[str]], seats: int, seed: bytes) -> None:
    found = count(APPROVAL, cast(profile), NAMES, seats, seed, {})
    approvals = {one: sum(one in paper for paper in profile) for one in NAMES}
    assert {one.challenge: one.approvals for one in found.tallies} == approvals
    most = sorted((times for times in approvals.values() if times), reverse=True)
    assert [approvals[one] for one in found.selected] == most[:seats]


@given(profiles, st.integers(1, 6), seeds)
def test_nobody_overspends(profile: list[frozenset[str]], seats: int, seed: bytes) -> None:
    """A paper pays at most its budget and its earnings, less its earlier payments."""
    found = count(EQUAL_SHARES, cast(profile), NAMES, seats, seed, {})
    owned = {one.key: Fraction(seats, found.counted) for one in cast(profile) if one.approvals}
    for one in found.trace:
        owned = {key: amount + Fraction(one.earned) for key, amount in owned.items()}
        for share in one.paid:
            for key in share.papers:
                owned[key] -= Fraction(share.amount)
        assert min(owned.values()) >= 0
        assert owned == {key: Fraction(share.amount) for share in one.left for key in share.papers}


@given(profiles, st.integers(1, 6), seeds)
def test_the_books_balance(profile: list[frozenset[str]], seats: int, seed: bytes) -> None:
    """Money in is money paid plus money left; each challenge cost 1; a paper pays only for approved challenges."""
    found = count(EQUAL_SHARES, cast(profile), NAMES, seats, seed, {})
    approvals = {one.key: one.approvals for one in cast(profile)}
    owned = Fraction(seats)
    for one in found.trace:
        owned += Fraction(one.earned) * found.counted - 1
        assert sum(Fraction(share.amount) * len(share.papers) for share in one.paid) == 1
        assert sum(Fraction(share.amount) * len(share.papers) for share in one.left) == owned
        assert all(one.challenge in approvals[key] for share in one.paid for key in share.papers)
    assert all(amount >= 0 for amount in ratios(found))


@given(profiles, st.integers(1, 4), st.sampled_from(sorted(RULES)), seeds)
def test_the_runner_up_joins_the_remaining_challenges(
    profile: list[frozenset[str]], seats: int, rule: str, seed: bytes
) -> None:
    selected = count(rule, cast(profile), NAMES, seats, seed, {}).selected
    for gone in selected:
        found = runner_up(rule, cast(profile), NAMES, seats, seed, {}, selected=selected, withdrawn=gone)
        kept = set(selected) - {gone}
        others = frozenset[str]().union(*profile) - set(selected)
        assert set(found.count.selected) == kept | ({found.challenge} if found.challenge else set())
        assert (found.challenge in others) if others else found.challenge is None


def test_a_count_round_trips_through_json_without_floats(eighteen: list[Paper]) -> None:
    found = elect(eighteen, "A B C D E", 3)
    stored = msgspec.json.encode(found)
    assert msgspec.json.decode(stored, type=Count) == found
    json.loads(stored, parse_float=pytest.fail)


def test_a_large_ballot_is_counted_exactly() -> None:
    chance = Random(1)
    names = [f"challenge {n}" for n in range(30)]
    large = [Paper(f"voter {n}", tuple(chance.sample(names, 5))) for n in range(200)]
    found = count(EQUAL_SHARES, large, names, 29, SEED, {})
    assert len(found.selected) == 29
    assert all(sum(Fraction(one.amount) * len(one.papers) for one in turn.paid) == 1 for turn in found.trace)
