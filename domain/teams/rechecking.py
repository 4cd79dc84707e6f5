"""Rechecks of team assignments against their recorded questions (rule 11), without solving them again."""

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
from domain.events.team import AssignmentInfeasible, AssignmentProposed, PossibleRelaxation, Quality
from domain.teams.forming import question_hash

__all__ = ["recheck"]


def recheck(problem: Problem, answered: AssignmentProposed | AssignmentInfeasible) -> tuple[str, ...]:
    """The differences between an answer and its question, in words; empty if they agree.

    `problem`: the question as it was when it was asked. Whether a better answer exists is not checked.
    """
    if (recomputed := question_hash(problem)) != answered.input_hash:
        return (f"input_hash: recorded {answered.input_hash}, the question as it was asked gives {recomputed}",)
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
    placed = places(answer)
    explained: dict[str, tuple[str, int, int, int]] = {
        one.person: (one.challenge, one.number, one.rank, one.ranked) for one in proposed.explanations
    }
    for one in problem.people:
        place = placed[one.person]
        recomputed = (place.challenge, place.number, rank(one, place.challenge), len(one.ranking))
        if explained.get(one.person) != recomputed:
            yield f"explanation of {one.person}: it does not agree with their place and ranks"


def _infeasible(problem: Problem, answered: AssignmentInfeasible) -> Iterator[str]:
    refused = sizes_refused(problem)
    if refused is None:
        yield "infeasible: an assignment exists that keeps the rules"
        return
    ways = convert(refused.relaxations, tuple[PossibleRelaxation, ...], from_attributes=True)
    recomputed = (refused.constraint, refused.people, refused.needed, refused.teams, ways)
    recorded = (answered.constraint, answered.people, answered.needed, answered.teams, answered.relaxations)
    if recomputed != recorded:
        yield "infeasible: the numbers or the relaxations differ"


def _numbers(one: Quality) -> str:
    return f"worst rank {one.worst_rank}, squares {one.squares}, organisations {one.organisations}"
