"""The single transferable vote, stage by stage, and its guarantees."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculations.counting import Count, Paper, Stage, count, draw_order, runner_up
from domain.calculations.counting.stv import MAX_DENOMINATOR

STV = "stv/1"
SEED = bytes(range(32))


def papers(**rankings: int) -> list[Paper]:
    """Papers by ranking and number; a ranking has a letter per challenge, the best first; `_`: blank."""
    cast = [ranking.strip("_") for ranking, times in rankings.items() for _ in range(times)]
    return [Paper(f"voter {number:03}", tuple(one)) for number, one in enumerate(cast)]


def elect(
    given: Sequence[Paper],
    on_ballot: str,
    seats: int,
    seed: bytes = SEED,
    struck: str = "",
    **organisations: str,
) -> Count:
    return count(STV, given, on_ballot, seats, seed, organisations, struck)


def votes(stage: Stage) -> dict[str, Fraction]:
    return {one.challenge: Fraction(one.votes) for one in stage.standing}


def values(stage: Stage) -> dict[str, Fraction]:
    return {one.challenge: Fraction(one.value) for one in stage.transfers}


# Stage by stage


def test_a_surplus_is_transferred_by_every_paper_at_its_transfer_value() -> None:
    # Twenty papers, two seats: a quota of 7. A has 12, so its papers are transferred at 5/12 each: 10/3 to B, 5/3 to C.
    found = elect(papers(AB=8, AC=4, B=3, C=5), "ABC", 2)
    first, second, third = found.stages
    assert (first.quota, first.elected, values(first)) == ("7", ("A",), {"A": Fraction(5, 12)})
    assert votes(first) == {"A": 12, "B": 3, "C": 5}
    assert votes(second) == {"B": Fraction(19, 3), "C": Fraction(20, 3)}
    assert (second.held, second.exhausted, second.excluded) == ("7", "0", "B")
    assert (votes(third), third.exhausted, third.elected) == ({"C": Fraction(20, 3)}, "19/3", ("C",))
    assert found.selected == ("A", "C")
    assert found.trace == ()


def test_a_surplus_is_transferred_by_received_and_original_papers_alike() -> None:
    # Weighted inclusive: B's surplus goes by its own papers and by A's, each at its value; by the last parcel only, all go to D.
    found = elect(papers(ABD=9, BC=5, C=3, D=3), "ABCD", 3)
    first, second, third, *_ = found.stages
    assert (first.quota, first.elected, values(first)) == ("6", ("A",), {"A": Fraction(1, 3)})
    assert votes(second)["B"] == 8
    assert values(second) == {"B": Fraction(1, 4)}
    assert votes(third) == {"C": 3 + Fraction(5, 4), "D": 3 + Fraction(9, 12)}


def test_a_challenge_at_the_quota_gets_nothing_from_a_surplus_of_the_same_stage() -> None:
    found = elect(papers(ABC=10, BAD=8, C=3, D=2, E=1), "ABCDE", 3)
    assert found.stages[0].elected == ("A", "B")
    assert votes(found.stages[1]) == {"C": 3 + 3, "D": 2 + 1, "E": 1}


def test_the_quota_is_the_droop_quota_of_the_papers_that_are_not_blank() -> None:
    for cast, seats, quota in (({"A": 18}, 3, 5), ({"A": 19, "_": 9}, 3, 5), ({"A": 20}, 3, 6), ({"A": 1}, 4, 1)):
        assert elect(papers(**cast), "AB", seats).stages[0].quota == str(quota)


def test_an_excluded_challenge_passes_its_papers_on_at_full_value() -> None:
    found = elect(papers(A=5, B=4, CB=2), "ABC", 1)
    first, second = found.stages
    assert (first.elected, first.excluded, first.transfers) == ((), "C", ())
    assert votes(second) == {"A": 5, "B": 6}
    assert found.selected == ("B",)


def test_ranked_challenges_are_all_elected_when_they_do_not_outnumber_the_seats() -> None:
    found = elect(papers(AB=4, A=3), "ABCD", 3)
    assert found.selected == ("A", "B")
    assert votes(found.stages[0]) == {"A": 7, "B": 0}
    assert found.stages[-1].transfers == ()


def test_a_challenge_that_nobody_ranks_never_stands() -> None:
    assert elect(papers(_=3), "AB", 1).stages == ()
    assert {one.challenge for one in elect(papers(A=1, B=1), "ABC", 1).stages[0].standing} == {"A", "B"}


def test_a_struck_challenge_is_skipped() -> None:
    cast, without = papers(ABC=5, DA=4, DC=2, _=1), papers(BC=5, A=0, D=4, DC=2, _=1)
    struck, never = elect(cast, "ABCD", 2, struck="A"), elect(without, "BCD", 2)
    assert struck == never
    assert struck.selected == ("D", "B")


def test_a_challenge_ranked_twice_counts_at_its_first_position() -> None:
    assert elect([Paper("1", ("A", "B", "A"))], "AB", 1).stages == elect(papers(AB=1), "AB", 1).stages


# Draws (rule 6)


def test_rule_6_reversed_a_tie_excludes_a_challenge_without_a_new_organisation() -> None:
    for seed in (bytes([n]) * 32 for n in range(8)):
        found = elect(papers(A=6, BA=2, CA=2, DA=2), "ABCD", 2, seed, A="bank", B="clinic", C="bank", D="port")
        stage = next(one for one in found.stages if one.excluded)
        (draw,) = stage.draws
        assert stage.excluded == "C"
        assert (draw.among, draw.by, draw.order) == (("B", "C", "D"), "organisations", ("C",))


def test_rule_6_reversed_a_remaining_tie_excludes_the_highest_hash() -> None:
    for seed in (bytes([n]) * 32 for n in range(8)):
        (first, *_) = elect(papers(A=5, BA=2, CA=2, DA=2), "ABCD", 1, seed).stages
        assert first.excluded == draw_order(seed, "BCD")[-1]
        assert [(one.among, one.by, one.order) for one in first.draws] == [
            (("B", "C", "D"), "seed", draw_order(seed, "BCD"))
        ]


def test_rule_6_orders_tied_challenges_that_are_elected_together() -> None:
    for seed in (bytes([n]) * 32 for n in range(8)):
        assert elect(papers(A=5, B=5, C=2), "ABC", 2, seed).selected == draw_order(seed, "AB")
        assert elect(papers(A=5, B=5, C=2), "ABC", 2, seed, B="bank").selected == ("B", "A")


# The runner-up (rule 22)


def test_rule_22_the_runner_up_takes_the_seat_and_the_others_stay() -> None:
    # Quota 6 of 20, three seats; A and B reach it, A's surplus elects D. Without A, C has more than D, and D stays selected.
    cast = papers(ADC=9, BC=6, C=3, D=2)
    first = elect(cast, "ABCD", 3)
    assert set(first.selected) == {"A", "B", "D"}
    found = runner_up(STV, cast, "ABCD", 3, SEED, {}, selected=first.selected, withdrawn="B")
    assert (found.challenge, set(found.count.selected)) == ("C", {"A", "C", "D"})


def test_rule_22_a_selected_challenge_is_not_excluded_even_with_the_fewest_votes() -> None:
    cast = papers(A=5, B=4, C=4, D=1)
    found = runner_up(STV, cast, "ABCD", 2, SEED, {}, selected=("A", "D"), withdrawn="A")
    assert found.challenge == draw_order(SEED, "BC")[0]
    assert set(found.count.selected) == {found.challenge, "D"}
    assert not any(one.excluded == "D" for one in found.count.stages)


def test_rule_22_only_one_seat_is_free_even_if_several_reach_the_quota() -> None:
    cast = papers(A=1, B=5, C=6, D=2)
    found = runner_up(STV, cast, "ABCD", 2, SEED, {}, selected=("A", "D"), withdrawn="D")
    assert found.challenge == "C"
    assert found.count.selected == ("C", "A")


# Properties

NAMES = "ABCDE"
rankings = st.lists(st.lists(st.sampled_from(NAMES), unique=True, max_size=5), min_size=1, max_size=14)
seeds = st.binary(min_size=32, max_size=32)


def cast(profile: Sequence[Sequence[str]]) -> list[Paper]:
    return [Paper(f"voter {n}", tuple(one)) for n, one in enumerate(profile)]


@given(rankings, st.integers(1, 4), seeds)
def test_no_votes_are_created_or_lost_at_any_stage(profile: list[list[str]], seats: int, seed: bytes) -> None:
    found = elect(cast(profile), NAMES, seats, seed)
    for number, stage in enumerate(found.stages):
        assert sum(votes(stage).values()) + Fraction(stage.held) + Fraction(stage.exhausted) == found.counted
        before = [one for earlier in found.stages[:number] for one in earlier.elected]
        assert Fraction(stage.held) == Fraction(stage.quota) * len(before)
        assert (stage.excluded is None) == bool(stage.elected)
    for earlier, later in pairwise(found.stages):
        assert {one.challenge for one in earlier.standing} - {*earlier.elected, earlier.excluded} == set(votes(later))
        assert Fraction(earlier.exhausted) <= Fraction(later.exhausted)


@given(rankings, st.integers(1, 4), seeds, st.randoms(use_true_random=False))
def test_the_order_of_papers_and_challenges_changes_nothing(
    profile: list[list[str]], seats: int, seed: bytes, chance: Random
) -> None:
    straight = cast(profile)
    shuffled = straight[:]
    chance.shuffle(shuffled)
    assert elect(straight, NAMES, seats, seed) == elect(shuffled, NAMES[::-1], seats, seed)


@given(rankings, st.integers(1, 4), seeds)
def test_a_majoritys_first_choice_is_elected(profile: list[list[str]], seats: int, seed: bytes) -> None:
    found = elect(cast(profile), NAMES, seats, seed)
    for one in NAMES:
        if 2 * sum(ranking[:1] == [one] for ranking in profile) > found.counted:
            assert one in found.selected


@given(
    rankings,
    st.lists(st.permutations("ABC"), min_size=1, max_size=14),
    st.integers(1, 4),
    seeds,
)
def test_a_solid_coalition_of_k_quotas_gets_k(
    profile: list[list[str]], coalition: list[list[str]], seats: int, seed: bytes
) -> None:
    """Proportionality for solid coalitions (Woodall 1994), for Droop quotas: papers that rank A, B and C first."""
    found = elect(cast([*profile, *coalition]), NAMES, seats, seed)
    solid = sum(set(one[:3]) == set("ABC") for one in [*profile, *coalition])
    quotas = solid // (found.counted // (seats + 1) + 1)
    assert len({"A", "B", "C"}.intersection(found.selected)) >= min(quotas, 3)


def test_every_coalition_of_a_small_ballot_gets_its_quotas() -> None:
    """The same for every set of challenges, on three hundred ballots of seven papers."""
    chance = Random(7)
    for _ in range(300):
        profile = [chance.sample(NAMES, chance.randint(1, 5)) for _ in range(7)]
        seats = chance.randint(1, 4)
        found = elect(cast(profile), NAMES, seats)
        for size in range(1, 5):
            for some in combinations(NAMES, size):
                solid = sum(set(one[:size]) == set(some) for one in profile)
                quotas = solid // (7 // (seats + 1) + 1)
                assert len(set(some).intersection(found.selected)) >= min(quotas, size), (profile, seats, some)


# Large ballots


@pytest.mark.parametrize("seats", [4, 12, 29])
def test_a_large_ballot_conserves_every_vote_and_its_numbers_stay_short(seats: int) -> None:
    chance = Random(3)
    names = [f"challenge {n:02}" for n in range(30)]
    large = [
        Paper(f"voter {n}", tuple(sorted(names, key=lambda one: int(one[-2:]) + chance.gauss(0, 4))))
        for n in range(200)
    ]
    found = count(STV, large, names, seats, SEED, {})
    assert len(found.selected) == seats
    for stage in found.stages:
        assert sum(votes(stage).values()) + Fraction(stage.held) + Fraction(stage.exhausted) == 200
        assert all(Fraction(one.value).denominator <= MAX_DENOMINATOR for one in stage.transfers)
        assert len(msgspec.json.encode(stage)) < 40_000
    cut = [
        one for stage in found.stages for one in stage.transfers if Fraction(one.value).denominator == MAX_DENOMINATOR
    ]
    assert bool(cut) == (seats > 4)


def test_a_count_round_trips_through_json() -> None:
    found = elect(papers(AB=8, AC=4, B=3, C=5), "ABC", 2)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Count) == found
