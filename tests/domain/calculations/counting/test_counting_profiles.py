"""The same papers counted by independent programs: `data/make_profiles.py` says by which, and how."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from domain.calculations.counting import Count, Paper, count

FOLDER = Path(__file__).parent / "data" / "profiles"
SEED = bytes(32)


class Profile(Struct, frozen=True, kw_only=True):
    """Papers, and what somebody else makes of them; fields that do not belong to the rule are empty."""

    challenges: str
    seats: int
    papers: dict[str, int]
    outcomes: tuple[str, ...] = ()
    order: str = ""
    amounts: tuple[str, ...] = ()
    phragmen: int = 0
    elected: str = ""
    rounds: tuple[tuple[str, str], ...] = ()

    def count(self, rule: str) -> Count:
        cast = chain.from_iterable([names] * times for names, times in self.papers.items())
        papers = [Paper(str(number), tuple(names)) for number, names in enumerate(cast)]
        return count(rule, papers, self.challenges, self.seats, SEED, {})


class Profiles(Struct, frozen=True):
    """One file of them."""

    by: str
    profiles: tuple[Profile, ...]


def profiles(rule: str) -> tuple[Profile, ...]:
    found = msgspec.json.decode((FOLDER / f"{rule}.json").read_bytes(), type=Profiles).profiles
    assert len(found) >= 500
    return found


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
        by_shares = [Fraction(each.rho) for each in found.trace if each.method == "equal_shares"]
        moments = [Fraction(each.earned) for each in found.trace if each.method == "phragmen"]
        moments = [sum(moments[: number + 1], Fraction(0)) for number in range(len(moments))]
        assert [*by_shares, *moments] == [Fraction(amount) for amount in one.amounts], one
        assert len(moments) == one.phragmen


def test_votekit_elects_and_eliminates_the_same_at_every_stage_with_the_same_votes() -> None:
    """But for what has no votes: VoteKit forgets it without a round once no paper names it any more."""
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
    """The rounds but for those that exclude what has no votes, and of each the challenges that have some."""
    for done, votes in rounds:
        if done.replace("-", "") + "0" not in votes:
            yield done, [one for one in votes if one[1:] != "0"]
