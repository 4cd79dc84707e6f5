"""Solving a team assignment, deterministically, in two steps that together find the best there is ('Assigning teams').

First everybody's challenge, by an integer programme: `x[person, challenge]`; `teams[challenge, size]`, how many teams of a size
it gets; `seen[organisation, challenge]`, how many of its teams have anybody of the organisation. Teams of one challenge are
alike here, so the programme has none of the symmetry that makes one with every team in it slow. Then each challenge that gets
several teams is split into them, by a small programme of its own.

Why nothing is lost. Worst rank and squares depend on challenges alone. Who is on a challenge can be split within the rules if
there are sizes whose caps, added, leave room for each organisation: one with at most half of them is dealt out in
proportion, and of one with more (there can be but one) each team takes between half and its cap. A challenge with k teams and m
people of an organisation is seen in at most min(m, k) of them, which is what `seen` counts. Dealing its people out in rounds, the
largest organisation first, reaches that wherever sizes are equal but for one; where caps ask for less equal sizes (more of one
organisation than the others together), it does too if what they leave to the others is equal but for one. So it is for all
teams of 3 to 8 people (`tests/workers/test_solver.py` tries every share). For larger teams it may not be; then what was found is
compared with what was counted, and where it is less, the answer says that its number of organisations is not proven.

What still ties is settled by person id: in that order everybody gets the first challenge (by id) that those before them leave
possible; then, in that order again, the first team. So there is one answer, whatever the order of the question.
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

PATIENCE = 20.0  # seconds for the answer, and again for its explanations: together less than an attempt at a job has


def solve(problem: Problem, *, patience: float = PATIENCE) -> Solved | Infeasible:
    """The best assignment, or why there is none. Raises `MalformedProblem`, and `Unsolved` where not even one was found.

    Where `patience` (seconds) ends first, it is the best that was found, and says what of it is not proven to be the best.
    Only sizes can make a question infeasible: a cap that is never below an organisation's share of a team leaves room for all.
    """
    problem, until = canonical(problem), time.monotonic() + patience
    if refused := sizes_refused(problem):
        return refused
    known = known_of(problem)
    chosen = _least_worst(known, until)
    if chosen is None:
        raise Unsolved("sizes fit, but no assignment keeps organisations and proposers within the rules")
    best = chosen.whole.proven
    chosen.whole.hold_first(chosen.options())
    splits = [Split(known, challenge, people, until) for challenge, people in chosen.people()]
    seen = sum(one.organisations() for one in splits)
    for one in splits:
        one.whole.hold_first(one.options())
    unproven: dict[Unproven, bool] = {
        "squares": not best,
        "organisations": not best or seen < chosen.organisations(),
        "order_of_ids": not all(one.whole.proven for one in [chosen, *splits]),
    }
    teams = tuple(team for one in splits for team in one.teams())
    return Solved(Assignment(teams), tuple(what for what, so in unproven.items() if so))


def explanations(problem: Problem, assignment: Assignment, *, patience: float = PATIENCE) -> tuple[Explanation, ...]:
    """Why everybody is where they are, by person id; see `NextBetter` for what the numbers mean.

    Each is a question solved anew: everything is free but that the person is on the challenge that they ranked just above theirs.
    Its answer has, in this order, the least worst rank, sum of squared ranks, number of organisations missed, number of others
    who are placed lower than in `assignment`, and sum of the places by which they are. Where `patience` (seconds) ends first,
    the prices that are left are said to be unknown. Raises `MalformedProblem`.
    """
    problem, until = canonical(problem), time.monotonic() + patience
    known, worst = known_of(problem), objective(problem, assignment).worst_rank
    where = {person: place.challenge for person, place in places(assignment).items()}
    prices: dict[str, Instead | None] = {}
    for one in problem.people:
        if wish := better_rank(one, where[one.person]):
            with contextlib.suppress(_OutOfTime, Unsolved):
                prices[one.person] = _granting(known, where, _Wish(one.person, wish, worst), until)
    return explain(problem, assignment, prices)


class _OutOfTime(Exception):
    """What was found is not proven to be the best."""


class _Wish(NamedTuple):
    """A person who must be on a challenge. `worst`: no rank below this will do, since it did not without the wish."""

    person: str
    challenge: str
    worst: int


def _granting(known: Known, where: Mapping[str, str], wish: _Wish, until: float) -> Instead | None:
    """The best places with this wish granted; `None` if the rules allow none. Raises `_OutOfTime`."""
    if time.monotonic() > until:
        raise _OutOfTime
    granted = _least_worst(known, until, wish)
    if granted is None:
        return None
    if lower := granted.falls(where):
        granted.whole.hold_least(dict.fromkeys(lower, 1), lower)
    people = granted.people()
    seen = sum(Split(known, challenge, some, until).organisations() for challenge, some in people)
    if not granted.whole.proven or seen < granted.organisations():
        raise _OutOfTime
    return Instead({one.person: challenge for challenge, some in people for one in some}, seen)


# Who is on which challenge


def _least_worst(known: Known, until: float, wish: _Wish | None = None) -> "_Challenges | None":
    """The programme with the least worst rank, and with it least squares and most organisations; `None`: there is none.

    That a rank is too small is told quickest by the programme in fractions; what is left is tried in whole numbers.
    """
    problem = known.problem
    ranks = {rank(one, seat.challenge) for one in problem.people for seat in problem.challenges}
    candidates = sorted(one for one in ranks if wish is None or one >= wish.worst)
    low, high = 0, len(candidates)
    while low < high:
        middle = low if wish and low == 0 else (low + high) // 2  # a wish is seldom worse for who is worst off
        possible = _Challenges(known, candidates[middle], until, wish).whole.possible()
        low, high = (low, middle) if possible else (middle + 1, high)
    for worst in candidates[low:]:
        chosen = _Challenges(known, worst, until, wish)
        if chosen.whole.hold_least(chosen.squares(), chosen.missed()):
            return chosen
    return None


class _Challenges:
    """Everybody's challenge, teams of one challenge being alike: nobody lower than `worst`, and a wish granted."""

    def __init__(self, known: Known, worst: int, until: float, wish: _Wish | None) -> None:
        self.known, self.problem, self.whole = known, known.problem, Integers(until=until)
        self.most = 1 + known.teams - len(self.problem.challenges)
        self.fixed = _proposers(self.problem) | ({wish.person: wish.challenge} if wish else {})
        self.ranks = [self._allowed(one, worst) for one in self.problem.people]
        self.x = [{challenge: self.whole.column() for challenge in ranks} for ranks in self.ranks]
        self.seen: list[int] = []
        for columns in self.x:
            self.whole.row(1, dict.fromkeys(columns.values(), 1), 1)
        teams = [self._challenge(seat.challenge) for seat in self.problem.challenges]
        self.whole.row(known.teams, {column: 1 for sized in teams for column in sized.values()}, known.teams)

    def _allowed(self, one: Candidate, worst: int) -> dict[str, int]:
        """Challenges in order of id, with their rank."""
        ranks = {seat.challenge: rank(one, seat.challenge) for seat in self.problem.challenges}
        only = self.fixed.get(one.person)
        return {key: value for key, value in ranks.items() if value <= worst and only in {None, key}}

    def _challenge(self, challenge: str) -> dict[int, int]:
        """Its rows: at least a team, and as many people as its teams take; by size the columns that count them."""
        sized = {size: self.whole.column(self.most) for size in self.known.sizes}
        self.whole.row(1, dict.fromkeys(sized.values(), 1), self.most)
        on_it = {columns[challenge]: 1 for columns in self.x if challenge in columns}
        self.whole.row(0, on_it | {column: -size for size, column in sized.items()}, 0)
        for home, colleagues in self.known.colleagues.items():
            mine = {self.x[number][challenge]: 1 for number in colleagues if challenge in self.x[number]}
            if mine:
                self._organisation(home, mine, sized)
        return sized

    def _organisation(self, home: str, mine: Mapping[int, int], sized: Mapping[int, int]) -> None:
        """Not more of it than the caps of its teams allow, and in how many of them it is seen."""
        caps = self.known.caps[home]
        if len(mine) > caps[self.problem.min_team]:  # the least that there is room for
            self.whole.row(-inf, {**mine, **{sized[size]: -cap for size, cap in caps.items()}}, 0)
        seen = self.whole.column(min(len(mine), self.most), whole=False)
        self.whole.row(0, {**mine, seen: -1}, inf)
        if self.most > 1:
            self.whole.row(0, {**dict.fromkeys(sized.values(), 1), seen: -1}, inf)
        self.seen.append(seen)

    def options(self) -> list[list[int]]:
        """Of everybody the columns of their challenges, in order of id."""
        return [list(columns.values()) for columns in self.x]

    # What is wanted

    def squares(self) -> dict[int, int]:
        return {
            column: ranks[challenge] ** 2
            for columns, ranks in zip(self.x, self.ranks, strict=True)
            for challenge, column in columns.items()
        }

    def missed(self) -> dict[int, int]:
        """Organisations, negative since less is wanted; who has no colleagues counts one wherever they are."""
        return dict.fromkeys(self.seen, -1)

    def falls(self, where: Mapping[str, str]) -> dict[int, int]:
        """By how many places each would stand lower than `where` they are; who is granted a wish stands higher."""
        return {
            column: fall
            for one, columns, ranks in zip(self.problem.people, self.x, self.ranks, strict=True)
            for challenge, column in columns.items()
            if (fall := ranks[challenge] - rank(one, where[one.person])) > 0
        }

    # What was found

    def people(self) -> list[tuple[str, list[Candidate]]]:
        """By challenge who is on it, both in order of id."""
        found: dict[str, list[Candidate]] = {seat.challenge: [] for seat in self.problem.challenges}
        for one, columns in zip(self.problem.people, self.x, strict=True):
            found[next(challenge for challenge, column in columns.items() if self.whole.chosen(column))].append(one)
        return list(found.items())

    def organisations(self) -> int:
        """How many organisations there are in each team, added, where its people are split at best."""
        return sum(at_best(people, teams_for(self.problem, people)) for _, people in self.people())


def _proposers(problem: Problem) -> dict[str, str]:
    """Who is on their own challenge, since they rank it first."""
    first = {one.person: one.ranking[:1] for one in problem.people}
    return {
        seat.proposer: seat.challenge
        for seat in problem.challenges
        if seat.proposer is not None and first.get(seat.proposer) == (seat.challenge,)
    }
