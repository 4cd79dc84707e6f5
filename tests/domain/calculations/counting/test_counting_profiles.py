"""Counts compared with those of independent programs, which `data/make_profiles.py` names."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

import pytest

from tests.domain.calculations.counting.examples.profiles import profiles


@pytest.mark.parametrize("rule", ["equal_shares", "approval"])
def test_abcvoting_elects_the_same_or_lists_it_among_tied_outcomes(rule: str) -> None:
    for one in profiles(rule):
        assert "".join(sorted(one.count(f"{rule}/1").selected)) in one.outcomes, one


def test_abcvoting_elects_in_the_same_order_with_the_same_rho_and_loads() -> None:
    without_ties = [one for one in profiles("equal_shares") if one.order]
    assert len(without_ties) > 200
    assert sum(one.phragmen > 0 for one in without_ties) > 100
    for one in without_ties:
        found = one.count("equal_shares/1")
        assert "".join(found.selected) == one.order, one
        rhos = [Fraction(each.rho) for each in found.trace if each.method == "equal_shares"]
        loads = [Fraction(each.earned) for each in found.trace if each.method == "phragmen"]
        loads = [sum(loads[: number + 1], Fraction(0)) for number in range(len(loads))]
        assert [*rhos, *loads] == [Fraction(amount) for amount in one.amounts], one
        assert len(loads) == one.phragmen


def test_votekit_elects_and_eliminates_the_same_at_every_stage_with_the_same_votes() -> None:
    """Challenges without votes are left out: VoteKit drops them without a round once no paper names them."""
    for one in profiles("stv"):
        found = one.count("stv/1")
        assert "".join(sorted(found.selected)) == one.elected, one
        ours = [
            (
                f"-{stage.excluded}" if stage.excluded else "+" + "".join(sorted(stage.elected)),
                [f"{each.challenge}{each.votes}" for each in stage.standing],
            )
            for stage in found.stages
        ]
        theirs = [(done, votes.split()) for done, votes in one.rounds]
        assert [*with_votes(ours)] == [*with_votes(theirs)], one


def with_votes(rounds: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """The rounds without exclusions of challenges without votes, and in each the challenges with votes."""
    for done, votes in rounds:
        if done.replace("-", "") + "0" not in votes:
            yield done, [one for one in votes if one[1:] != "0"]
