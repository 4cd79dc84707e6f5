"""Checking a team assignment from its problem and its event only."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from domain.calculations.assignment import Infeasible, Problem, Relaxation
from domain.events.team import AssignmentInfeasible, AssignmentProposed, PlannedTeam, Quality
from domain.foundation import Code, Digest
from domain.teams.rechecking import recheck
from tests.domain.examples.deciding import decide
from tests.domain.teams.examples import forming as stage

PROBLEM = stage.question(
    *stage.GIVEN, stage.ranked(stage.ANNA, stage.CARE), stage.ranked(stage.BERT, stage.ENERGY, stage.CARE)
)


def proposed(problem: Problem = PROBLEM) -> AssignmentProposed:
    (event,) = decide(stage.proposes(problem), stage.REQUESTED)
    assert isinstance(event, AssignmentProposed)
    return event


def test_rule_11_a_proposal_agrees_with_its_problem() -> None:
    assert recheck(PROBLEM, proposed()) == ()


def test_a_proposal_for_another_problem_is_found_by_its_hash() -> None:
    (difference,) = recheck(stage.question(*stage.GIVEN), proposed())
    assert difference.startswith("input_hash: recorded ")


def swapped(event: AssignmentProposed) -> AssignmentProposed:
    """The proposer of a challenge is in the team of the other one."""
    first, second = event.teams
    anna, other = stage.ANNA, second.members[0]
    moved = (
        PlannedTeam(first.challenge, 1, (other, *(one for one in first.members if one != anna))),
        PlannedTeam(second.challenge, 1, (anna, *second.members[1:])),
    )
    return replace(event, teams=moved)


def better(event: AssignmentProposed) -> AssignmentProposed:
    return replace(event, objective=Quality(1, 9, 9))


def left_out(event: AssignmentProposed) -> AssignmentProposed:
    return replace(event, teams=event.teams[:1])


def unexplained(event: AssignmentProposed) -> AssignmentProposed:
    return replace(event, explanations=event.explanations[1:])


def lower(event: AssignmentProposed) -> AssignmentProposed:
    return replace(event, explanations=tuple(replace(one, rank=one.rank + 1) for one in event.explanations))


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (better, "objective: recorded"),
        (left_out, "everybody_once"),
        (swapped, "proposer"),
        (unexplained, "explanation of"),
        (lower, "explanation of"),
    ],
)
def test_rule_11_a_change_made_afterwards_is_found(
    change: Callable[[AssignmentProposed], AssignmentProposed], names: str
) -> None:
    assert any(one.startswith(names) for one in recheck(PROBLEM, change(proposed())))


def test_infeasibility_agrees_with_its_problem() -> None:
    few = replace(PROBLEM, people=PROBLEM.people[:4])
    answer = Infeasible("people", 4, 6, 2, (Relaxation("challenges", 1), Relaxation("people", 6)))
    (event,) = decide(
        stage.f.DeclareInfeasible(stage.ASSIGNMENT, problem=few, answer=answer, by=stage.SYSTEM), stage.REQUESTED
    )
    assert isinstance(event, AssignmentInfeasible)
    assert recheck(few, event) == ()
    assert recheck(few, replace(event, constraint=Code("team_size"))) == (
        "infeasible: the numbers or the relaxations differ",
    )
    assert recheck(PROBLEM, replace(event, input_hash=stage.f.question_hash(PROBLEM))) == (
        "infeasible: an assignment exists that keeps the rules",
    )
    assert recheck(few, replace(event, input_hash=Digest("d" * 43)))[0].startswith("input_hash")
