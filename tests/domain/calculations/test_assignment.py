"""Constraints, objective and explanations of a team assignment."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.calculations.assignment import (
    Assignment,
    Candidate,
    Constraint,
    Explanation,
    Instead,
    MalformedProblem,
    NextBetter,
    Problem,
    Relaxation,
    Seat,
    Team,
    better_rank,
    check,
    explain,
    input_hash,
    objective,
    organisation_cap,
    places,
    rank,
    sizes_refused,
    team_count,
)
from domain.events.programme import Policies
from domain.programmes.programme import require_sound

CARE, ENERGY = Seat("challenge_care", "person_a"), Seat("challenge_energy")
BANK, PORT = "organisation_bank", "organisation_port"
PEOPLE = (
    Candidate("person_a", BANK, ("challenge_care", "challenge_energy")),
    Candidate("person_b", BANK, ("challenge_care",)),
    Candidate("person_c", PORT, ("challenge_energy", "challenge_care")),
    Candidate("person_d", PORT, ("challenge_energy",)),
    Candidate("person_e", None, ("challenge_care", "challenge_energy")),
    Candidate("person_f"),
)
PROBLEM = Problem(PEOPLE, (CARE, ENERGY), 3, 4)


def teams(care: str, energy: str) -> Assignment:
    """Members by their last letters."""
    members = (tuple(f"person_{letter}" for letter in team) for team in (care, energy))
    return Assignment(tuple(Team(seat.challenge, 1, team) for seat, team in zip((CARE, ENERGY), members, strict=True)))


GOOD = teams("abe", "cdf")


def broken(assignment: Assignment, problem: Problem = PROBLEM) -> set[Constraint]:
    return {violation.constraint for violation in check(problem, assignment)}


# Ranks


def test_unranked_challenges_share_the_rank_after_the_last() -> None:
    one = Candidate("person_a", None, ("x", "y"))
    assert [rank(one, challenge) for challenge in ("x", "y", "z", "w")] == [1, 2, 3, 3]


def test_a_person_without_a_ranking_is_indifferent() -> None:
    assert rank(Candidate("person_f"), "x") == 1
    assert better_rank(Candidate("person_f"), "x") is None


def test_the_next_better_challenge_is_the_one_ranked_just_above() -> None:
    one = Candidate("person_a", None, ("x", "y"))
    assert [better_rank(one, challenge) for challenge in ("x", "y", "z")] == [None, "x", "y"]


# The problem


def test_the_hash_does_not_depend_on_the_order_of_the_problem() -> None:
    turned = replace(PROBLEM, people=PROBLEM.people[::-1], challenges=PROBLEM.challenges[::-1])
    assert input_hash(turned) == input_hash(PROBLEM)


@pytest.mark.parametrize(
    "change",
    [
        {"people": PEOPLE[:-1]},
        {"people": (*PEOPLE[:-1], Candidate("person_f", None, ("challenge_care",)))},
        {"people": (*PEOPLE[:-1], Candidate("person_f", BANK))},
        {"challenges": (CARE, Seat("challenge_energy", "person_c"))},
        {"min_team": 2},
        {"max_team": 5},
    ],
)
def test_the_hash_depends_on_everything_else(change: dict[str, Any]) -> None:
    assert input_hash(replace(PROBLEM, **change)) != input_hash(PROBLEM)


def test_ranking_a_challenge_that_is_not_offered_changes_nothing() -> None:
    stray = replace(PEOPLE[2], ranking=("challenge_gone", *PEOPLE[2].ranking))
    assert input_hash(replace(PROBLEM, people=(*PEOPLE[:2], stray, *PEOPLE[3:]))) == input_hash(PROBLEM)


@pytest.mark.parametrize(
    "change",
    [
        {"people": (*PEOPLE, PEOPLE[0])},
        {"challenges": (CARE, CARE)},
        {"people": (Candidate("person_a", None, ("x", "x")),)},
        {"min_team": 5},
        {"min_team": 0},
    ],
)
def test_a_contradictory_problem_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedProblem):
        input_hash(replace(PROBLEM, **change))


# Constraints


def test_a_good_assignment_violates_no_constraint() -> None:
    assert check(PROBLEM, GOOD) == []


@pytest.mark.parametrize(
    ("assignment", "constraint"),
    [
        pytest.param(teams("abe", "cd"), "everybody_once", id="left out"),
        pytest.param(teams("abe", "cdfe"), "everybody_once", id="twice"),
        pytest.param(teams("abe", "cdfz"), "everybody_once", id="unknown"),
        pytest.param(teams("abef", "cd"), "team_size", id="too small"),
        pytest.param(
            Assignment((Team(CARE.challenge, 1, tuple(one.person for one in PEOPLE)),)), "team_size", id="too large"
        ),
        pytest.param(Assignment(GOOD.teams[:1]), "a_team_each", id="no team"),
        pytest.param(
            Assignment((*GOOD.teams, Team("challenge_gone", 1, ()))),
            "known_challenge",
            id="a challenge that is not offered",
        ),
        pytest.param(Assignment((GOOD.teams[0], replace(GOOD.teams[1], number=2))), "numbering", id="a number skipped"),
        pytest.param(
            Assignment((*GOOD.teams, Team(ENERGY.challenge, 2, ()))), "team_count", id="more teams than it takes"
        ),
        pytest.param(teams("cde", "abf"), "proposer", id="the proposer elsewhere"),
    ],
)
def test_each_violated_constraint_is_reported(assignment: Assignment, constraint: Constraint) -> None:
    assert constraint in broken(assignment)


def test_a_proposer_who_prefers_another_challenge_may_be_in_another_team() -> None:
    rather = replace(PEOPLE[0], ranking=("challenge_energy", "challenge_care"))
    assert "proposer" not in broken(teams("cde", "abf"), replace(PROBLEM, people=(rather, *PEOPLE[1:])))


def test_too_many_members_from_one_organisation_are_reported_with_the_cap() -> None:
    people = tuple(Candidate(f"person_{letter}", BANK if letter in "abc" else None) for letter in "abcdef")
    (violation,) = check(replace(PROBLEM, people=people), teams("abc", "def"))
    assert (violation.constraint, violation.actual, violation.bound) == ("organisation_cap", 3, 2)
    assert violation.about == (CARE.challenge, BANK)


@pytest.mark.parametrize(
    ("size", "colleagues", "people", "cap"),
    [(4, 3, 24, 2), (5, 3, 24, 3), (4, 18, 24, 3), (5, 18, 24, 4), (4, 24, 24, 4), (6, 12, 24, 3)],
)
def test_the_cap_is_half_or_the_share_of_the_programme_rounded_up(
    size: int, colleagues: int, people: int, cap: int
) -> None:
    assert organisation_cap(size, colleagues, people) == cap


def test_the_objective_counts_ranks_and_organisations() -> None:
    found = objective(PROBLEM, teams("abd", "cef"))  # d did not rank care: 2; e has energy second: 2
    assert (found.worst_rank, found.squares, found.organisations) == (2, 12, 5)


def test_the_worst_rank_outweighs_the_sum_and_the_sum_outweighs_mixing() -> None:
    best = objective(PROBLEM, GOOD)
    assert replace(best, squares=99).key() < replace(best, worst_rank=best.worst_rank + 1, squares=0).key()
    assert best.key() < replace(best, squares=best.squares + 1, organisations=99).key()
    assert best.key() < replace(best, organisations=best.organisations - 1).key()


# Numbers without a solution


def people(count: int) -> tuple[Candidate, ...]:
    return tuple(Candidate(f"person_{n:03}") for n in range(count))


def problem_of(count: int, offered: int, low: int, high: int) -> Problem:
    return Problem(people(count), tuple(Seat(f"challenge_{n}") for n in range(offered)), low, high)


@pytest.mark.parametrize(("count", "offered", "teams_"), [(9, 2, 2), (16, 2, 2), (17, 2, 3), (24, 4, 4), (60, 4, 8)])
def test_a_challenge_gets_one_team_or_more_when_people_outnumber_the_places(
    count: int, offered: int, teams_: int
) -> None:
    assert team_count(problem_of(count, offered, 4, 8)) == teams_


def test_too_few_people_are_refused_with_every_possible_relaxation() -> None:
    refused = sizes_refused(problem_of(11, 3, 4, 8))
    assert refused is not None
    assert (refused.constraint, refused.people, refused.needed) == ("people", 11, 12)
    assert set(refused.relaxations) == {
        Relaxation("min_team", 3),
        Relaxation("challenges", 2),
        Relaxation("people", 12),
    }


def test_people_who_fit_no_number_of_teams_are_refused_for_the_team_size() -> None:
    refused = sizes_refused(problem_of(11, 2, 5, 5))
    assert refused is not None
    assert refused.constraint == "team_size"
    assert set(refused.relaxations) == {Relaxation("min_team", 3), Relaxation("max_team", 6), Relaxation("people", 15)}


def test_without_challenges_there_is_nothing_to_assign() -> None:
    refused = sizes_refused(problem_of(11, 0, 4, 8))
    assert refused is not None
    assert refused.constraint == "challenges"


@given(st.integers(0, 40), st.integers(1, 6), st.integers(3, 8), st.integers(0, 5))
@example(5, 2, 4, 4)  # teams of two would do, which no programme may have
@example(399, 1, 150, 199)  # so would a team of 399
def test_every_relaxation_is_valid_sufficient_and_minimal(count: int, offered: int, low: int, wider: int) -> None:
    problem = problem_of(count, offered, low, low + wider)
    refused = sizes_refused(problem)
    fits = team_count(problem) * low <= count <= team_count(problem) * (low + wider)
    assert (refused is None) == fits
    for way in refused.relaxations if refused else ():
        after = relaxed(problem, way)
        require_sound(None, None, Policies(min_team=after.min_team, max_team=after.max_team))
        assert sizes_refused(relaxed(problem, way)) is None
        assert sizes_refused(relaxed(problem, replace(way, value=way.value + nearer(way)))) is not None


def relaxed(problem: Problem, way: Relaxation) -> Problem:
    if way.setting == "people":
        return replace(problem, people=people(way.value))
    if way.setting == "challenges":
        return replace(problem, challenges=tuple(Seat(f"challenge_{n}") for n in range(way.value)))
    return replace(problem, **{way.setting: way.value})


def nearer(way: Relaxation) -> int:
    """One step back towards the original problem."""
    return 1 if way.setting in {"min_team", "challenges"} else -1


# Explanations


def only(explanations: tuple[Explanation, ...], person: str) -> Explanation:
    return next(one for one in explanations if one.person == person)


def test_a_first_choice_has_no_price() -> None:
    mine = only(explain(PROBLEM, GOOD, {}), "person_a")
    assert (mine.challenge, mine.rank, mine.ranked, mine.offered, mine.better) == (CARE.challenge, 1, 2, 2, None)


def instead(problem: Problem, assignment: Assignment) -> Instead:
    challenges = {person: place.challenge for person, place in places(assignment).items()}
    return Instead(challenges, objective(problem, assignment).organisations)


def test_the_price_of_the_next_better_challenge_counts_the_effect_on_others() -> None:
    # Not the best assignment: d and e would both rather swap.
    swapped = teams("abd", "cef")
    mine = only(
        explain(PROBLEM, swapped, {"person_d": instead(PROBLEM, GOOD), "person_e": instead(PROBLEM, GOOD)}), "person_d"
    )
    assert mine.better == NextBetter(
        challenge=ENERGY.challenge,
        decided_by="worst_rank",
        worst_rank=1,
        squares_more=-6,
        organisations_fewer=1,
        others_lower=0,
        places_lower=0,
    )


def test_the_price_counts_people_who_would_get_a_lower_choice() -> None:
    problem = replace(PROBLEM, people=(*PEOPLE[:5], Candidate("person_f", None, ("challenge_care",))))
    mine = only(explain(problem, GOOD, {"person_f": instead(problem, teams("abf", "cde"))}), "person_f")
    assert mine.better is not None
    assert (mine.better.decided_by, mine.better.others_lower, mine.better.places_lower) == ("order_of_ids", 1, 1)


def test_a_forbidden_alternative_has_no_price() -> None:
    problem = replace(PROBLEM, people=(*PEOPLE[:5], Candidate("person_f", None, ("challenge_care",))))
    mine = only(explain(problem, GOOD, {"person_f": None}), "person_f")
    assert mine.better == NextBetter(CARE.challenge, "rules")


def test_a_price_that_was_not_computed_in_time_is_unknown() -> None:
    mine = only(explain(PROBLEM, teams("abd", "cef"), {}), "person_d")
    assert mine.better == NextBetter(ENERGY.challenge, "unknown")


def test_an_explanation_names_no_other_person() -> None:
    for one in explain(PROBLEM, teams("abd", "cef"), dict.fromkeys(("person_d", "person_e"), instead(PROBLEM, GOOD))):
        others = {other.person for other in PEOPLE} - {one.person}
        assert not any(other in repr(one) for other in others)
