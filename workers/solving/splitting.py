"""Splits the people of one challenge into its teams; `solver.py` explains why this can be a second step."""

from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from domain.calculations.assignment import (
    Candidate,
    Problem,
    Team,
    kin,
    organisation_cap,
    organisation_sizes,
    team_count,
)
from workers.solving.integers import Integers

__all__ = ["Known", "Split", "at_best", "deal", "known_of", "teams_for"]


class Known(NamedTuple):
    """Values derived from a canonical problem.

    `colleagues`: people of organisations with several, by organisation, as indexes of `problem.people`. `caps`: the maximum
    number of people in a team, by organisation and team size.
    """

    problem: Problem
    teams: int
    sizes: range
    colleagues: dict[str, list[int]]
    caps: dict[str, dict[int, int]]


def known_of(problem: Problem) -> Known:
    """Derive the values from `problem`."""
    people, sizes = organisation_sizes(problem), range(problem.min_team, problem.max_team + 1)
    several = sorted(home for home, size in people.items() if size > 1)
    return Known(
        problem,
        team_count(problem),
        sizes,
        {home: [place for place, one in enumerate(problem.people) if kin(one) == home] for home in several},
        {home: {size: organisation_cap(size, people[home], len(problem.people)) for size in sizes} for home in several},
    )


def teams_for(problem: Problem, people: Sequence[Candidate]) -> int:
    """The minimum number of teams for these people: if teams outnumber challenges, teams are as large as possible."""
    return -(-len(people) // problem.max_team)


def at_best(people: Sequence[Candidate], teams: int) -> int:
    """The maximum sum of organisations over the teams: each counts at most once per person, and once per team."""
    return sum(min(size, teams) for size in _sizes(people).values())


def _sizes(people: Sequence[Candidate]) -> Counter[str]:
    return Counter(kin(one) for one in people)


def deal(known: Known, people: Sequence[Candidate], teams: int) -> list[list[Candidate]] | None:
    """Deal the people out in rounds, the largest organisation first; `None` if that breaks a cap or a size.

    Each organisation is then in as many teams as possible, since its people are dealt one after the other.
    """
    sizes = _sizes(people)
    order = sorted(people, key=lambda one: (-sizes[kin(one)], kin(one), one.person))
    dealt = [order[number::teams] for number in range(teams)]
    return dealt if all(_within(known, team) for team in dealt) else None


def _within(known: Known, team: Sequence[Candidate]) -> bool:
    inside, size = _sizes(team), len(team)
    return size in known.sizes and all(
        count <= known.caps[home][size] for home, count in inside.items() if home in known.caps
    )


class Split:
    """The integer programme that splits the people of one challenge: within sizes and caps, it maximises organisations."""

    def __init__(self, known: Known, challenge: str, people: Sequence[Candidate], until: float) -> None:
        self.known, self.challenge, self.members = known, challenge, people
        self.count = teams_for(known.problem, people)
        self.model = Integers(until=until)
        # The first person is in team 1, the second in team 1 or 2, and so on: other solutions only number the teams differently.
        self.z = [[self.model.column() for _ in range(min(place + 1, self.count))] for place in range(len(people))]
        if self.count > 1:
            self._begin(deal(known, people, self.count))

    def _begin(self, dealt: list[list[Candidate]] | None) -> None:
        """Maximise organisations: start from the dealt teams, or, if there are none, solve."""
        for columns in self.z:
            self.model.row(1, dict.fromkeys(columns, 1), 1)
        seen = [column for number in range(self.count) for column in self._team(number, spread=dealt is not None)]
        if dealt is not None:
            self.model.begin(self._as_columns(dealt))
        else:
            possible = self.model.hold_least(dict.fromkeys(seen, -1))
            assert possible, "the people of a challenge can be split within the rules"

    def _team(self, number: int, *, spread: bool) -> list[int]:
        """Add a team's rows. `spread`: each organisation is in as many teams as possible; else return columns of its presence."""
        sized = {size: self.model.column() for size in self.known.sizes}
        self.model.row(1, dict.fromkeys(sized.values(), 1), 1)
        pairs = zip(self.members, self.z, strict=True)
        inside = {columns[number]: kin(one) for one, columns in pairs if number < len(columns)}
        self.model.row(0, dict.fromkeys(inside, 1) | {column: -size for size, column in sized.items()}, 0)
        seen: list[int] = []
        for home, size in sorted(_sizes(self.members).items()):
            if size > 1:
                mine = {column: 1 for column, theirs in inside.items() if theirs == home}
                caps = self.known.caps[home]
                self.model.row(-inf, {**mine, **{sized[size]: -cap for size, cap in caps.items()}}, 0)
                if spread:
                    self.model.row(int(size >= self.count), mine, 1 if size <= self.count else inf)
                else:
                    seen.append(self.model.column(integral=False))
                    self.model.row(0, {**mine, seen[-1]: -1}, inf)
        return seen

    def _as_columns(self, dealt: Sequence[Sequence[Candidate]]) -> dict[int, int]:
        """Column values of dealt teams, ordered by their first member."""
        ordered = sorted((sorted(one.person for one in team) for team in dealt), key=lambda team: team[0])
        number = {person: place for place, team in enumerate(ordered) for person in team}
        return {columns[number[one.person]]: 1 for one, columns in zip(self.members, self.z, strict=True)}

    def options(self) -> list[list[int]]:
        """For each person the columns of their teams, by number; empty if there is one team."""
        return self.z if self.count > 1 else []

    def organisations(self) -> int:
        """The number of organisations in each team, added."""
        return sum(len(_sizes(members)) for members in self._members())

    def teams(self) -> list[Team]:
        """The teams, by number."""
        return [
            Team(self.challenge, number, tuple(one.person for one in members))
            for number, members in enumerate(self._members(), start=1)
        ]

    def _members(self) -> list[list[Candidate]]:
        if self.count == 1:
            return [list(self.members)]
        pairs = list(zip(self.members, self.z, strict=True))
        return [
            [one for one, columns in pairs if number < len(columns) and self.model.chosen(columns[number])]
            for number in range(self.count)
        ]
