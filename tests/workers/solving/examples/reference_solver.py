"""A team assignment as a single integer programme over all possible teams: slower than `workers/solving/solver.py`, as good."""

from math import inf
from typing import Literal

from domain.calculations.assignment import (
    Assignment,
    Infeasible,
    Problem,
    Team,
    canonical,
    kin,
    organisation_sizes,
    rank,
    sizes_refused,
    team_count,
)
from workers.solving.integers import Integers


def solve_reference(problem: Problem) -> Assignment | Infeasible:
    """An assignment with the least worst rank and squares and the most organisations; ties are broken arbitrarily."""
    problem = canonical(problem)
    if refused := sizes_refused(problem):
        return refused
    whole = Integers(until=inf)
    most = 1 + team_count(problem) - len(problem.challenges)
    slots = [(seat.challenge, number) for seat in problem.challenges for number in range(1, most + 1)]
    x = {(one.person, slot): whole.column() for one in problem.people for slot in slots}
    opens = {slot: whole.column() for slot in slots}
    _teams(problem, whole, x, opens)
    sames = _organisations(problem, whole, x, opens)
    ranks = {x[one.person, slot]: rank(one, slot[0]) for one in problem.people for slot in slots}
    # A worst rank costs more than all squares together can.
    over = {value: whole.column() for value in set(ranks.values())}
    for column, value in ranks.items():
        for lesser in (one for one in over if one < value):
            whole.row(-inf, {column: 1, over[lesser]: -1}, 0)
    squares = {column: value * value for column, value in ranks.items()}
    assert whole.hold_least(dict.fromkeys(over.values(), 1))
    assert whole.hold_least(squares)
    assert whole.hold_least(sames)
    teams = (Team(*slot, tuple(p.person for p in problem.people if whole.chosen(x[p.person, slot]))) for slot in slots)
    return Assignment(tuple(team for team in teams if team.members))


Slot = tuple[str, int]


def _teams(problem: Problem, whole: Integers, x: dict[tuple[str, Slot], int], opens: dict[Slot, int]) -> None:
    first = {one.person: one.ranking[:1] for one in problem.people}
    for one in problem.people:
        whole.row(1, {x[one.person, slot]: 1 for slot in opens}, 1)
    whole.row(team_count(problem), dict.fromkeys(opens.values(), 1), team_count(problem))
    for slot, opened in opens.items():
        members = {x[one.person, slot]: 1 for one in problem.people}
        whole.row(0, {**members, opened: -problem.min_team}, inf)
        whole.row(-inf, {**members, opened: -problem.max_team}, 0)
        challenge, number = slot
        if number == 1:
            whole.row(1, {opened: 1}, 1)
        else:
            whole.row(0, {opens[challenge, number - 1]: 1, opened: -1}, 1)
    for seat in problem.challenges:
        if seat.proposer is not None and first.get(seat.proposer) == (seat.challenge,):
            whole.row(1, {x[seat.proposer, slot]: 1 for slot in opens if slot[0] == seat.challenge}, 1)


def _organisations(
    problem: Problem, whole: Integers, x: dict[tuple[str, Slot], int], opens: dict[Slot, int]
) -> dict[int, Literal[-1]]:
    """Linear formulation, since ceilings are integers: x ≤ ⌈a/b⌉ ⟺ b·x ≤ a + b - 1."""
    total, seen = len(problem.people), list[int]()
    for home, size in organisation_sizes(problem).items():
        over, under = max((1, 2), (size, total), key=lambda share: share[0] / share[1])
        for slot in opens:
            part = {x[one.person, slot]: under * (kin(one) == home) - over for one in problem.people}
            whole.row(-inf, part, under - 1)
            seen.append(whole.column())
            whole.row(0, {x[one.person, slot]: 1 for one in problem.people if kin(one) == home} | {seen[-1]: -1}, inf)
    return dict.fromkeys(seen, -1)
