"""Counting of ballots: pure, exact, independent of the order of papers and challenges ('Counting a ballot', rules 1, 6, 7, 22).

Each rule has its file: `equal_shares.py`, `approval.py`, `stv.py`. They count a `Race` (`race.py`) and record the steps in the
types of `record.py`. docs/reference/counting.md describes the rules in prose, with the formulas.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from domain.calculations.counting.approval import approval
from domain.calculations.counting.equal_shares import equal_shares
from domain.calculations.counting.race import Course, Race, draw_order
from domain.calculations.counting.record import (
    Count,
    Draw,
    Method,
    Name,
    Paper,
    Ratio,
    Round,
    RunnerUp,
    Share,
    Stage,
    Tally,
    Transfer,
    Votes,
)
from domain.calculations.counting.stv import stv

__all__ = [
    "RULES",
    "SEED_BYTES",
    "Count",
    "CountingError",
    "Draw",
    "MalformedCount",
    "Method",
    "Name",
    "Paper",
    "Ratio",
    "Round",
    "RunnerUp",
    "Share",
    "Stage",
    "Tally",
    "Transfer",
    "UnknownRule",
    "Votes",
    "count",
    "default_seats",
    "draw_order",
    "runner_up",
]

SEED_BYTES = 32  # rule 6

RULES: Mapping[str, Callable[[Race], Course]] = {"equal_shares/1": equal_shares, "approval/1": approval, "stv/1": stv}
"""All rules that were ever used: versions stay for ever, so that their ballots can be recounted."""

_ONE = ord("1")

# Errors
#
# CountingError
#  · UnknownRule
#  · MalformedCount


class CountingError(ValueError):
    """The input cannot be counted."""


class UnknownRule(CountingError):
    """There is no rule of this name and version: an auditor cannot recount the ballot."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"no counting rule is called {rule!r}; known: {', '.join(sorted(RULES))}")


class MalformedCount(CountingError):
    """Papers, challenges, seats or seed contradict each other; the message says how."""


# Functions for callers


def count(
    rule: str,
    papers: Sequence[Paper],
    challenges: Collection[Name],
    seats: int,
    seed: bytes,
    organisations: Mapping[Name, str],
    struck: Collection[Name] = frozenset(),
) -> Count:
    """Count `papers` by `rule` (`name/version`).

    `organisations`: the commissioner of each challenge; one without a commissioner adds none in a draw. `struck`: challenges that
    count as if they had never been on a paper (rule 22). Raises `UnknownRule` and `MalformedCount`.
    """
    return _elect(rule, papers, challenges, seats, seed, organisations, struck, frozenset(), seats)


def runner_up(
    rule: str,
    papers: Sequence[Paper],
    challenges: Collection[Name],
    seats: int,
    seed: bytes,
    organisations: Mapping[Name, str],
    *,
    selected: Collection[Name],
    withdrawn: Name,
    struck: Collection[Name] = frozenset(),
) -> RunnerUp:
    """The result of the same count with `withdrawn` struck and the others of `selected` kept (rule 22).

    A seat is reserved for each of these; the remaining seat goes to the first other challenge that the count elects. `seats`:
    those of the first count, which give the budget. Raises as `count`, and `MalformedCount` if `withdrawn` was not selected.
    """
    if withdrawn not in selected:
        raise MalformedCount(f"{withdrawn} was not selected")
    reserved = frozenset(selected) - {withdrawn}
    found = _elect(
        rule, papers, challenges, len(reserved) + 1, seed, organisations, {*struck, withdrawn}, reserved, seats
    )
    return RunnerUp(next((one for one in found.selected if one not in reserved), None), found)


def default_seats(electors: int, min_team: int, max_team: int) -> int:
    """The default number of challenges that `electors` people choose (rule 1); at least 1."""
    if electors > 4 * max_team:
        return -(-electors // max_team)
    if electors >= 4 * min_team:
        return 4
    if electors >= 3 * min_team:
        return 3
    return max(1, electors // min_team)


# The count


def _elect(
    rule: str,
    papers: Sequence[Paper],
    challenges: Collection[Name],
    seats: int,
    seed: bytes,
    organisations: Mapping[Name, str],
    struck: Collection[Name],
    reserved: frozenset[Name],
    budget: int,
) -> Count:
    if rule not in RULES:
        raise UnknownRule(rule)
    _check(papers, challenges, seats, seed)
    remaining = {one for one in challenges if one not in struck}
    valid = sorted((p for p in papers if not remaining.isdisjoint(p.approvals)), key=lambda paper: paper.key)
    supporters = _supporters(valid, sorted(remaining))
    approved = {one: bits for one, bits in supporters.items() if bits}
    keys = tuple(paper.key for paper in valid)
    rankings = tuple(paper.approvals for paper in valid)
    race = Race(keys, rankings, approved, seats, budget, reserved, seed, organisations)
    course = RULES[rule](race) if valid else Course(())
    tallies = tuple(Tally(one, bits.bit_count()) for one, bits in supporters.items())
    return Count(rule, seats, course.selected, course.trace, tallies, len(papers), len(valid), course.stages)


def _supporters(papers: Sequence[Paper], challenges: Collection[Name]) -> dict[Name, int]:
    """For each challenge, the papers that approve it as the bits of an integer; the first paper is the lowest bit."""
    digits = {one: bytearray(b"0" * max(len(papers), 1)) for one in challenges}
    for place, paper in enumerate(reversed(papers)):
        for one in paper.approvals:
            if one in digits:
                digits[one][place] = _ONE
    return {one: int(its, 2) for one, its in digits.items()}


def _check(papers: Sequence[Paper], challenges: Collection[Name], seats: int, seed: bytes) -> None:
    if seats < 1:
        raise MalformedCount(f"{seats} seats")
    if len(seed) != SEED_BYTES:
        raise MalformedCount(f"a seed of {len(seed)} bytes, not {SEED_BYTES}")
    if len(set(challenges)) != len(challenges):
        raise MalformedCount("a challenge is on the ballot twice")
    if len({paper.key for paper in papers}) != len(papers):
        raise MalformedCount("two papers have the same key")
    if strays := set[Name]().union(*(paper.approvals for paper in papers)).difference(challenges):
        raise MalformedCount(f"approved but not on the ballot: {', '.join(sorted(strays))}")
