"""Solving a team assignment with HiGHS, deterministically: one thread, one seed, one order, no gap.

The integer programme: `x[person, slot]` says who is in which team, where a slot is the nth team that a challenge may get;
`open[slot]` whether there is that team; `seen[organisation, slot]` whether the team has anybody of it. The objectives of
'Assigning teams' are solved one after the other, each held before the next: worst rank, sum of squared ranks, organisations.
What still ties is settled by person id: in that order, everybody gets the first team (by challenge id, then number) that those
before them leave possible. So there is exactly one answer, whatever the order of the question.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf, prod
from typing import NamedTuple

import highspy
import numpy as np
from highspy import HighsModelStatus

from domain.assignment import (
    Assignment,
    Explanation,
    Infeasible,
    Problem,
    Team,
    better_rank,
    canonical,
    explain,
    kin,
    organisation_sizes,
    places,
    rank,
    sizes_refused,
    team_count,
)

__all__ = ["SOLVER", "VERSION", "Unsolved", "explanations", "solve"]

SOLVER = "highs"
VERSION = f"{highspy.HIGHS_VERSION_MAJOR}.{highspy.HIGHS_VERSION_MINOR}.{highspy.HIGHS_VERSION_PATCH}"

SEED = 0
PATIENCE = 60.0  # seconds for one step; a programme of 120 people takes well below one
TIE_BLOCK = 10_000  # ways to place a block of people; beyond this, coefficients lose exactness in floating point

Terms = Mapping[int, int]  # column → coefficient


class Unsolved(Exception):
    """HiGHS stopped without an answer; the message says why. Nothing was decided, trying again is harmless."""


def solve(problem: Problem) -> Assignment | Infeasible:
    """The best assignment, or why there is none. Raises `MalformedProblem` and `Unsolved`.

    Only sizes can make a question infeasible: a cap that is never below an organisation's share of a team leaves room for all.
    """
    problem = canonical(problem)
    if refused := sizes_refused(problem):
        return refused
    programme = _Programme(problem)
    if not programme.hold_worst_rank():
        raise Unsolved("sizes fit, but no assignment keeps organisations and proposers within the rules")
    programme.hold_least(programme.squares())
    programme.hold_least(programme.sameness())
    programme.hold_first_places()
    return programme.assignment()


def explanations(problem: Problem, assignment: Assignment) -> tuple[Explanation, ...]:
    """Why everybody is where they are, by person id; see `NextBetter` for what the numbers mean.

    Each is a question solved anew: everything is free but that the person is on the challenge that they ranked just above theirs.
    Its answer has, in this order, the least worst rank, sum of squared ranks, number of organisations missed, number of others
    who are placed lower than in `assignment`, and sum of the places by which they are. Raises as `solve`.
    """
    problem = canonical(problem)
    where = places(assignment)
    wishes = {one.person: better_rank(one, where[one.person].challenge) for one in problem.people}
    return explain(
        problem,
        assignment,
        {person: _granting(problem, assignment, person, wish) for person, wish in wishes.items() if wish},
    )


def _granting(problem: Problem, assignment: Assignment, person: str, wish: str) -> Assignment | None:
    """The best assignment with `person` on `wish`; `None` if the rules allow none."""
    programme = _Programme(problem)
    programme.place(person, wish)
    if not programme.hold_worst_rank():
        return None
    lower = programme.falls(assignment)
    programme.hold_least(programme.squares())
    programme.hold_least(programme.sameness())
    programme.hold_least(dict.fromkeys(lower, 1))
    programme.hold_least(lower)
    return programme.assignment()


class _Slot(NamedTuple):
    """A team that there may be."""

    challenge: str
    number: int


class _Programme:
    """The integer programme of a canonical problem in HiGHS, and what is held of it so far."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.most = 1 + team_count(problem) - len(problem.challenges)
        self.slots = [_Slot(one.challenge, n + 1) for one in problem.challenges for n in range(self.most)]
        self.homes = [home for home, size in sorted(organisation_sizes(problem).items()) if size > 1]
        people, slots = len(problem.people), len(self.slots)
        self.opens = people * slots
        self.seen = self.opens + slots
        self.columns = self.seen + len(self.homes) * slots
        self.upper = np.ones(self.columns)
        self.ranks = [[rank(one, slot.challenge) for slot in self.slots] for one in problem.people]
        self.values = np.zeros(self.columns)
        self.highs = _highs(self.columns)
        self._teams()
        self._organisations()
        self._proposers()

    def x(self, person: int, slot: int) -> int:
        return person * len(self.slots) + slot

    # What must hold

    def _row(self, least: float, terms: Terms, most: float) -> None:
        columns, values = np.array(list(terms), dtype=np.int32), np.array(list(terms.values()), dtype=np.float64)
        self.highs.addRow(least, most, len(terms), columns, values)

    def _teams(self) -> None:
        """Everybody in one team, as many teams as it takes, sizes within bounds, no number left out."""
        people, slots = range(len(self.problem.people)), range(len(self.slots))
        for person in people:
            self._row(1, {self.x(person, slot): 1 for slot in slots}, 1)
        self._row(team_count(self.problem), {self.opens + slot: 1 for slot in slots}, team_count(self.problem))
        for slot in slots:
            members = {self.x(person, slot): 1 for person in people}
            self._row(0, {**members, self.opens + slot: -self.problem.min_team}, inf)
            self._row(-inf, {**members, self.opens + slot: -self.problem.max_team}, 0)
            if self.slots[slot].number == 1:
                self._row(1, {self.opens + slot: 1}, 1)
            else:
                # Of answers that differ in numbering alone, fewer to look through.
                self._row(0, {self.opens + slot - 1: 1, self.opens + slot: -1}, 1)

    def _organisations(self) -> None:
        """Not too many of one, and who is seen where. Linear, because ceilings of whole numbers are: x ≤ ⌈a/b⌉ ⟺ b·x ≤ a + b - 1.

        An organisation with at most half of the programme is bound by half of the team, another by its share of the programme.
        """
        total, sizes = len(self.problem.people), organisation_sizes(self.problem)
        for number, home in enumerate(self.homes):
            colleagues = {index for index, one in enumerate(self.problem.people) if kin(one) == home}
            over, under = max((1, 2), (sizes[home], total), key=lambda share: share[0] / share[1])
            for slot in range(len(self.slots)):
                part = {self.x(person, slot): under * (person in colleagues) - over for person in range(total)}
                self._row(-inf, part, under - 1)
                seen = {self.seen + number * len(self.slots) + slot: -1}
                self._row(0, {self.x(person, slot): 1 for person in sorted(colleagues)} | seen, inf)

    def _proposers(self) -> None:
        first = {one.person: one.ranking[:1] for one in self.problem.people}
        for seat in self.problem.challenges:
            if seat.proposer is not None and first.get(seat.proposer) == (seat.challenge,):
                self.place(seat.proposer, seat.challenge)

    def place(self, person: str, challenge: str) -> None:
        """Allow `person` no other challenge."""
        index = next(index for index, one in enumerate(self.problem.people) if one.person == person)
        self._close(self.x(index, slot) for slot, one in enumerate(self.slots) if one.challenge != challenge)

    def _close(self, columns: Iterable[int]) -> None:
        """Let these stay 0 for good."""
        self.upper[list(columns)] = 0
        self._bound(self.upper)

    def _bound(self, upper: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        columns = np.arange(self.columns, dtype=np.int32)
        self.highs.changeColsBounds(self.columns, columns, np.zeros(self.columns), upper)

    # What is wanted

    def squares(self) -> dict[int, int]:
        return {
            self.x(person, slot): one * one for person, ranks in enumerate(self.ranks) for slot, one in enumerate(ranks)
        }

    def sameness(self) -> dict[int, int]:
        """Organisations, negative since less is wanted; who has no colleagues counts one wherever they are."""
        return dict.fromkeys(range(self.seen, self.columns), -1)

    def falls(self, assignment: Assignment) -> dict[int, int]:
        """By how many places each would stand lower than in `assignment`; who is granted a wish stands higher."""
        where = places(assignment)
        return {
            self.x(person, slot): fall
            for person, one in enumerate(self.problem.people)
            for slot, place in enumerate(self.ranks[person])
            if (fall := place - rank(one, where[one.person].challenge)) > 0
        }

    # Solving

    def hold_worst_rank(self) -> bool:
        """Find the least worst rank by halving, and hold it; false if there is no assignment at all."""
        candidates = sorted({one for ranks in self.ranks for one in ranks})
        low, high = 0, len(candidates)
        while low < high:
            middle = (low + high) // 2
            self._bound(self._up_to(candidates[middle]))
            low, high = (low, middle) if self._solved({}) else (middle + 1, high)
        if low == len(candidates):
            return False
        self.upper = self._up_to(candidates[low])
        self._bound(self.upper)
        return True

    def _up_to(self, worst: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        upper = self.upper.copy()
        upper[: self.opens][np.array(self.ranks).ravel() > worst] = 0
        return upper

    def hold_least(self, terms: Terms) -> None:
        """Make the sum as small as it can be, and keep it so."""
        if not terms:
            return
        self._solve(terms)
        least = round(sum(value * self.values[column] for column, value in terms.items()))
        self._row(-inf, terms, least)

    def hold_first_places(self) -> None:
        """Settle what ties by person id, as many people at a time as can be weighed exactly."""
        slots = range(len(self.slots))
        options = [[slot for slot in slots if self.upper[self.x(person, slot)]] for person in range(len(self.ranks))]
        undecided = [person for person, several in enumerate(options) if len(several) > 1]
        while undecided:
            block = _block(undecided, options)
            weight, terms = 1, dict[int, int]()
            for person in reversed(block):
                terms |= {self.x(person, slot): order * weight for order, slot in enumerate(options[person])}
                weight *= len(options[person])
            self._solve(terms)
            self._close(self.x(person, slot) for person in block for slot in slots if not self._is_in(person, slot))
            undecided = undecided[len(block) :]

    def _is_in(self, person: int, slot: int) -> bool:
        return self.values[self.x(person, slot)] > 0.5  # noqa: PLR2004  0 or 1 but for the solver's tolerance

    def _solve(self, terms: Terms) -> None:
        """Minimise the sum of what is known to have a solution."""
        solved = self._solved(terms)
        assert solved, "what is held was reached before"

    def _solved(self, terms: Terms) -> bool:
        """Minimise the sum; false if nothing satisfies what must hold."""
        costs = np.zeros(self.columns)
        costs[list(terms)] = list(terms.values())
        self.highs.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), costs)
        self.highs.run()
        status = self.highs.getModelStatus()
        if status == HighsModelStatus.kInfeasible:
            return False
        if status != HighsModelStatus.kOptimal:
            raise Unsolved(self.highs.modelStatusToString(status))
        self.values = np.array(self.highs.getSolution().col_value)
        return True

    def assignment(self) -> Assignment:
        """The last solution as teams."""
        return Assignment(
            tuple(
                Team(slot.challenge, slot.number, members)
                for number, slot in enumerate(self.slots)
                if (members := tuple(one.person for p, one in enumerate(self.problem.people) if self._is_in(p, number)))
            )
        )


def _block(undecided: Sequence[int], options: Sequence[Sequence[int]]) -> Sequence[int]:
    """The first of `undecided` that together have at most `TIE_BLOCK` ways to be placed; at least one."""
    size = 1
    while size < len(undecided) and prod(len(options[one]) for one in undecided[: size + 1]) <= TIE_BLOCK:
        size += 1
    return undecided[:size]


def _highs(columns: int) -> highspy.Highs:
    """A silent, deterministic HiGHS with as many yes-or-no columns."""
    highs = highspy.Highs()
    settings: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": SEED,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.5,  # every objective is a whole number
        "time_limit": PATIENCE,
    }
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    highs.addVars(columns, np.zeros(columns), np.ones(columns))
    whole = np.full(columns, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
    highs.changeColsIntegrality(columns, np.arange(columns, dtype=np.int32), whole)
    return highs
