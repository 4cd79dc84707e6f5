"""Solves a team assignment deterministically, in two steps that together find the optimum ('Assigning teams').

The first step chooses everybody's challenge, by an integer programme: `x[person, challenge]`; `teams[challenge, size]`, the
number of teams of each size; `seen[organisation, challenge]`, the number of a challenge's teams with anybody from the
organisation. Teams of one challenge are interchangeable here, so the programme avoids the symmetry that makes one with every
team in it slow. The second step splits each challenge with several teams into these, by a small programme of its own.

The two steps lose nothing. Worst rank and squares depend on challenges alone. The people of a challenge can be split within the
rules if there are sizes whose caps, added, leave room for each organisation: one with at most half of the people is dealt out in
proportion, and of one with more (there can be only one) each team takes between half and its cap. A challenge with k teams and m
people of an organisation has it in at most min(m, k) teams, which is what `seen` counts. Dealing people out in rounds, the
largest organisation first, reaches this if team sizes differ by at most one; if caps require sizes that differ more (more people
of one organisation than of all others together), it does too if what is left to the others differs by at most one. This holds
for all teams of 3 to 8 people (`tests/workers/solving/test_solver.py` tries every share). For larger teams it may not hold; then
the number found is compared with the number counted, and if it is less, the answer says that its number of organisations is
not proven.

Remaining ties are broken by person id: in that order everybody gets the first challenge (by id) that earlier choices allow; then,
in that order again, the first team. So there is one answer, whatever the order of the question.
"""

import contextlib
import time
from collections.abc import Mapping
from math import inf
from typing import NamedTuple

from domain.calculations.assignment import (
    Assignment,
    Candidate,
    Explanation,
    Infeasible,
    Instead,
    Problem,
    Solved,
    Unproven,
    better_rank,
    canonical,
    explain,
    objective,
    places,
    rank,
    sizes_refused,
)
from workers.solving.integers import SOLVER, VERSION, Integers, Unsolved
from workers.solving.splitting import Known, Split, at_best, known_of, teams_for

__all__ = ["SOLVER", "VERSION", "Unsolved", "explanations", "solve"]

SOLVE_TIMEOUT_S = 20.0  # for the answer, and again for its explanations: together less than the time limit of a job


def solve(problem: Problem, *, timeout_s: float = SOLVE_TIMEOUT_S) -> Solved | Infeasible:
    """The optimal assignment, or why there is none. Raises `MalformedProblem`, and `Unsolved` if none was found in time.

    After `timeout_s`, it is the best assignment found, and says which parts of it are not proven to be optimal. Only team sizes
    can make a question infeasible: caps are never below an organisation's share of a team, so they leave room for everybody.
    """
    problem, until = canonical(problem), time.monotonic() + timeout_s
    if refused := sizes_refused(problem):
        return refused
    known = known_of(problem)
    chosen = _least_worst(known, until)
    if chosen is None:
        raise Unsolved("sizes fit, but no assignment keeps organisations and proposers within the rules")
    best = chosen.model.proven
    chosen.model.hold_first(chosen.options())
    splits = [Split(known, challenge, people, until) for challenge, people in chosen.people()]
    seen = sum(one.organisations() for one in splits)
    for one in splits:
        one.model.hold_first(one.options())
    unproven: dict[Unproven, bool] = {
        "squares": not best,
        "organisations": not best or seen < chosen.organisations(),
        "order_of_ids": not all(one.model.proven for one in [chosen, *splits]),
    }
    teams = tuple(team for one in splits for team in one.teams())
    return Solved(Assignment(teams), tuple(what for what, so in unproven.items() if so))


def explanations(
    problem: Problem, assignment: Assignment, *, timeout_s: float = SOLVE_TIMEOUT_S
) -> tuple[Explanation, ...]:
    """An explanation of each person's place, by person id; `NextBetter` describes the numbers.

    Each solves the problem again with one added constraint: the person is on the challenge that they ranked just above theirs.
    The solution minimises, in this order, worst rank, sum of squared ranks, number of organisations missed, number of others who
    are placed lower than in `assignment`, and by how many ranks in total. After `timeout_s`, the remaining prices are unknown.
    Raises `MalformedProblem`.
    """
    problem, until = canonical(problem), time.monotonic() + timeout_s
    known, worst = known_of(problem), objective(problem, assignment).worst_rank
    where = {person: place.challenge for person, place in places(assignment).items()}
    prices: dict[str, Instead | None] = {}
    for one in problem.people:
        if wish := better_rank(one, where[one.person]):
            with contextlib.suppress(_OutOfTime, Unsolved):
                prices[one.person] = _granting(known, where, _Wish(one.person, wish, worst), until)
    return explain(problem, assignment, prices)


class _OutOfTime(Exception):
    """The solution found is not proven to be optimal."""


class _Wish(NamedTuple):
    """A person who must be on a challenge. `worst`: the worst rank without the wish, which the wish cannot improve."""

    person: str
    challenge: str
    worst: int


def _granting(known: Known, where: Mapping[str, str], wish: _Wish, until: float) -> Instead | None:
    """The optimal places with this wish granted; `None` if that is infeasible. Raises `_OutOfTime`."""
    if time.monotonic() > until:
        raise _OutOfTime
    granted = _least_worst(known, until, wish)
    if granted is None:
        return None
    if lower := granted.falls(where):
        granted.model.hold_least(dict.fromkeys(lower, 1), lower)
    people = granted.people()
    seen = sum(Split(known, challenge, some, until).organisations() for challenge, some in people)
    if not granted.model.proven or seen < granted.organisations():
        raise _OutOfTime
    return Instead({one.person: challenge for challenge, some in people for one in some}, seen)


# Everybody's challenge


def _least_worst(known: Known, until: float, wish: _Wish | None = None) -> "_Challenges | None":
    """The programme with the minimal worst rank, then minimal squares and most organisations; `None` if infeasible.

    The fractional programme finds quickest that a rank is too small; the remaining ranks are tried in integers.
    """
    problem = known.problem
    ranks = {rank(one, seat.challenge) for one in problem.people for seat in problem.challenges}
    candidates = sorted(one for one in ranks if wish is None or one >= wish.worst)
    low, high = 0, len(candidates)
    while low < high:
        middle = low if wish and low == 0 else (low + high) // 2  # a wish seldom changes the worst rank
        possible = _Challenges(known, candidates[middle], until, wish).model.possible()
        low, high = (low, middle) if possible else (middle + 1, high)
    for worst in candidates[low:]:
        chosen = _Challenges(known, worst, until, wish)
        if chosen.model.hold_least(chosen.squares(), chosen.missed()):
            return chosen
    return None


class _Challenges:
    """The integer programme of everybody's challenge, with no rank beyond `worst` and a wish granted."""

    def __init__(self, known: Known, worst: int, until: float, wish: _Wish | None) -> None:
        self.known, self.problem, self.model = known, known.problem, Integers(until=until)
        self.most = 1 + known.teams - len(self.problem.challenges)
        self.fixed = _proposers(self.problem) | ({wish.person: wish.challenge} if wish else {})
        self.ranks = [self._allowed(one, worst) for one in self.problem.people]
        self.x = [{challenge: self.model.column() for challenge in ranks} for ranks in self.ranks]
        self.seen: list[int] = []
        for columns in self.x:
            self.model.row(1, dict.fromkeys(columns.values(), 1), 1)
        teams = [self._challenge(seat.challenge) for seat in self.problem.challenges]
        self.model.row(known.teams, {column: 1 for sized in teams for column in sized.values()}, known.teams)

    def _allowed(self, one: Candidate, worst: int) -> dict[str, int]:
        """The challenges that a person may be on, by id, with their ranks."""
        ranks = {seat.challenge: rank(one, seat.challenge) for seat in self.problem.challenges}
        only = self.fixed.get(one.person)
        return {key: value for key, value in ranks.items() if value <= worst and only in {None, key}}

    def _challenge(self, challenge: str) -> dict[int, int]:
        """Add a challenge's rows: at least one team, and as many people as fit. Returns the columns of team counts, by size."""
        sized = {size: self.model.column(self.most) for size in self.known.sizes}
        self.model.row(1, dict.fromkeys(sized.values(), 1), self.most)
        on_it = {columns[challenge]: 1 for columns in self.x if challenge in columns}
        self.model.row(0, on_it | {column: -size for size, column in sized.items()}, 0)
        for home, colleagues in self.known.colleagues.items():
            mine = {self.x[number][challenge]: 1 for number in colleagues if challenge in self.x[number]}
            if mine:
                self._organisation(home, mine, sized)
        return sized

    def _organisation(self, home: str, mine: Mapping[int, int], sized: Mapping[int, int]) -> None:
        """Add the rows of an organisation on a challenge: the caps of its teams, and in how many of these it is present."""
        caps = self.known.caps[home]
        if len(mine) > caps[self.problem.min_team]:  # otherwise the caps always leave room
            self.model.row(-inf, {**mine, **{sized[size]: -cap for size, cap in caps.items()}}, 0)
        seen = self.model.column(min(len(mine), self.most), integral=False)
        self.model.row(0, {**mine, seen: -1}, inf)
        if self.most > 1:
            self.model.row(0, {**dict.fromkeys(sized.values(), 1), seen: -1}, inf)
        self.seen.append(seen)

    def options(self) -> list[list[int]]:
        """For each person the columns of their challenges, by id."""
        return [list(columns.values()) for columns in self.x]

    # Objectives

    def squares(self) -> dict[int, int]:
        return {
            column: ranks[challenge] ** 2
            for columns, ranks in zip(self.x, self.ranks, strict=True)
            for challenge, column in columns.items()
        }

    def missed(self) -> dict[int, int]:
        """Negative number of organisations, to be minimised; people without colleagues count the same everywhere."""
        return dict.fromkeys(self.seen, -1)

    def falls(self, where: Mapping[str, str]) -> dict[int, int]:
        """By how many ranks each person would be placed lower than in `where`."""
        return {
            column: fall
            for one, columns, ranks in zip(self.problem.people, self.x, self.ranks, strict=True)
            for challenge, column in columns.items()
            if (fall := ranks[challenge] - rank(one, where[one.person])) > 0
        }

    # The solution

    def people(self) -> list[tuple[str, list[Candidate]]]:
        """The people on each challenge, both by id."""
        found: dict[str, list[Candidate]] = {seat.challenge: [] for seat in self.problem.challenges}
        for one, columns in zip(self.problem.people, self.x, strict=True):
            found[next(challenge for challenge, column in columns.items() if self.model.chosen(column))].append(one)
        return list(found.items())

    def organisations(self) -> int:
        """The number of organisations in each team, added, if people are split optimally."""
        return sum(at_best(people, teams_for(self.problem, people)) for _, people in self.people())


def _proposers(problem: Problem) -> dict[str, str]:
    """Proposers who rank their own challenge first, and so are on it."""
    first = {one.person: one.ranking[:1] for one in problem.people}
    return {
        seat.proposer: seat.challenge
        for seat in problem.challenges
        if seat.proposer is not None and first.get(seat.proposer) == (seat.challenge,)
    }
