"""Checking a team assignment again from what was recorded of it (rule 11): it solves nothing, and says what does not agree."""

from collections.abc import Iterator

from msgspec import convert

from domain.calculations.assignment import (
    Assignment,
    Problem,
    Team,
    canonical,
    check,
    objective,
    places,
    rank,
    sizes_refused,
)
from domain.events.team import AssignmentInfeasible, AssignmentProposed, Quality, WayOut
from domain.teams.forming import question_hash

__all__ = ["recheck"]


def recheck(problem: Problem, answered: AssignmentProposed | AssignmentInfeasible) -> tuple[str, ...]:
    """Every way in which an answer does not agree with the question that it answers, in words; none: it holds.

    `problem`: the question as it was when it was asked. Whether there is a better answer is not looked into.
    """
    if (asked := question_hash(problem)) != answered.input_hash:
        return (f"input_hash: recorded {answered.input_hash}, the question as it was asked gives {asked}",)
    if isinstance(answered, AssignmentInfeasible):
        return tuple(_infeasible(problem, answered))
    return tuple(_proposed(problem, answered))


def _proposed(problem: Problem, proposed: AssignmentProposed) -> Iterator[str]:
    answer = Assignment(convert(proposed.teams, tuple[Team, ...], from_attributes=True))
    broken = check(problem, answer)
    for one in broken:
        about = f" ({', '.join(one.about)})" if one.about else ""
        yield f"{one.constraint}{about}: {one.actual}, the bound is {one.bound}"
    if broken:
        return
    if (found := convert(objective(problem, answer), Quality, from_attributes=True)) != proposed.objective:
        yield f"objective: recorded {_numbers(proposed.objective)}, recomputed {_numbers(found)}"
    yield from _explanations(canonical(problem), answer, proposed)


def _explanations(problem: Problem, answer: Assignment, proposed: AssignmentProposed) -> Iterator[str]:
    where = places(answer)
    told: dict[str, tuple[str, int, int, int]] = {
        one.person: (one.challenge, one.number, one.rank, one.ranked) for one in proposed.explanations
    }
    for one in problem.people:
        place = where[one.person]
        true = (place.challenge, place.number, rank(one, place.challenge), len(one.ranking))
        if told.get(one.person) != true:
            yield f"explanation of {one.person}: it does not agree with their place and ranks"


def _infeasible(problem: Problem, answered: AssignmentInfeasible) -> Iterator[str]:
    refused = sizes_refused(problem)
    if refused is None:
        yield "infeasible: there are teams that keep the rules"
        return
    ways = convert(refused.relaxations, tuple[WayOut, ...], from_attributes=True)
    true = (refused.constraint, refused.people, refused.needed, refused.teams, ways)
    recorded = (answered.constraint, answered.people, answered.needed, answered.teams, answered.relaxations)
    if true != recorded:
        yield "infeasible: the numbers or the ways out are others"


def _numbers(one: Quality) -> str:
    return f"worst rank {one.worst_rank}, squares {one.squares}, organisations {one.organisations}"
