"""Solved assignments: feasible, optimal, and independent of the order of the input."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise, permutations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.calculations.assignment import (
    Assignment,
    Candidate,
    Explanation,
    Infeasible,
    Instead,
    NextBetter,
    Place,
    Problem,
    Relaxation,
    Seat,
    Solved,
    Team,
    canonical,
    check,
    explain,
    objective,
    organisation_cap,
    places,
    sizes_refused,
    team_count,
)
from tests.workers.solving.examples.reference_solver import solve_reference
from workers.solving import integers
from workers.solving.solver import VERSION, Unsolved, explanations, solve
from workers.solving.splitting import Split, at_best, deal, known_of, teams_for


def problem_of(
    people: int, challenges: int, organisations: int, ranked: int, *, chance: int = 1, low: int = 4, high: int = 8
) -> Problem:
    """A problem in which the first challenges are the most popular, each proposed by one of the people."""
    pick = Random(chance)
    names = [f"challenge_{n:02}" for n in range(challenges)]

    def ranking() -> tuple[str, ...]:
        wishes: dict[str, None] = {}
        while len(wishes) < ranked:
            wishes.setdefault(pick.choices(names, [1 / (n + 1) for n in range(challenges)])[0])
        return tuple(wishes)

    placed = tuple(
        Candidate(f"person_{pick.getrandbits(40):010x}", f"organisation_{pick.randrange(organisations)}", ranking())
        for _ in range(people)
    )
    seats = (Seat(name, placed[n].person if n < people else None) for n, name in enumerate(names))
    return Problem(placed, tuple(seats), low, high)


def solved(problem: Problem) -> Assignment:
    found = solve(problem)
    assert isinstance(found, Solved), found
    assert found.unproven == ()
    assert check(problem, found.assignment) == []
    return found.assignment


def sizes(assignment: Assignment) -> list[int]:
    return [len(team.members) for team in assignment.teams]


# Rules


@pytest.mark.parametrize("chance", range(6))
def test_twenty_four_people_make_four_teams_within_all_rules(chance: int) -> None:
    found = solved(problem_of(24, 4, 5, 3, chance=chance))
    assert len(found.teams) == 4
    assert all(4 <= size <= 8 for size in sizes(found))


def test_at_most_half_of_a_team_comes_from_one_organisation() -> None:
    # Ten bank people want care, nobody else does: without the cap they would fill it.
    bank = tuple(Candidate(f"person_a{n}", "bank", ("care", "energy")) for n in range(8))
    rest = tuple(Candidate(f"person_b{n}", None, ("energy", "care")) for n in range(8))
    found = solved(Problem((*bank, *rest), (Seat("care"), Seat("energy")), 4, 8))
    assert [sum(member.startswith("person_a") for member in team.members) for team in found.teams] == [4, 4]


def test_people_who_all_come_from_one_organisation_can_be_placed() -> None:
    found = solved(problem_of(24, 4, 1, 2))
    assert sum(sizes(found)) == 24


def test_a_majority_organisation_is_spread_in_proportion() -> None:
    people = tuple(Candidate(f"person_{n:02}", "bank" if n < 9 else f"other {n}", ("care",)) for n in range(12))
    found = solved(Problem(people, (Seat("care"), Seat("energy"), Seat("port")), 4, 4))
    assert [sum(int(member[-2:]) < 9 for member in team.members) for team in found.teams] == [3, 3, 3]


def test_a_proposer_who_ranks_their_challenge_first_works_on_it() -> None:
    # a's own challenge is full of others who rank it first too; only having proposed it makes the difference.
    def asked(proposer: str | None) -> Problem:
        people = tuple(Candidate(f"person_{letter}", None, ("care", "energy")) for letter in "abcdef")
        return Problem(people, (Seat("care", proposer), Seat("energy")), 3, 3)

    assert places(solved(asked(None)))["person_f"].challenge == "energy"
    assert places(solved(asked("person_f")))["person_f"].challenge == "care"


def test_people_who_ranked_nothing_are_placed_too() -> None:
    people = tuple(Candidate(f"person_{n}", f"organisation_{n % 3}") for n in range(9))
    found = solved(Problem(people, (Seat("care"), Seat("energy")), 4, 8))
    assert objective(Problem(people, (Seat("care"), Seat("energy")), 4, 8), found).squares == 9


def test_nine_people_with_two_challenges_make_teams_of_four_and_five() -> None:
    assert sorted(sizes(solved(problem_of(9, 2, 4, 2)))) == [4, 5]


def test_a_challenge_gets_a_second_team_if_people_outnumber_the_seats() -> None:
    found = solved(problem_of(18, 2, 4, 2))
    assert len(found.teams) == 3
    assert sorted(team.number for team in found.teams) == [1, 1, 2]


def test_an_infeasible_problem_names_the_constraint_and_relaxations() -> None:
    found = solve(problem_of(11, 3, 4, 2))
    assert isinstance(found, Infeasible)
    assert found.constraint == "people"
    assert Relaxation("min_team", 3) in found.relaxations
    assert solved(replace(problem_of(11, 3, 4, 2), min_team=3))


def relaxed(problem: Problem, way: Relaxation, beside: int = 0) -> Problem:
    """The problem with this relaxation, or `beside` more of it."""
    value = way.value + beside
    match way.setting:
        case "min_team":
            return replace(problem, min_team=value)
        case "max_team":
            return replace(problem, max_team=value)
        case "challenges":
            return replace(problem, challenges=problem.challenges[:value])
        case "people":
            more = tuple(Candidate(f"person_{n}") for n in range(value))
            return replace(problem, people=(*problem.people, *more)[:value])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 20), st.integers(1, 5), st.integers(3, 7), st.integers(0, 2))
def test_every_relaxation_is_sufficient_and_minimal(people: int, challenges: int, low: int, wider: int) -> None:
    problem = problem_of(people, challenges, 3, 1, low=low, high=low + wider)
    found = solve(problem)
    if isinstance(found, Infeasible):
        assert found.relaxations
        for way in found.relaxations:
            assert solved(relaxed(problem, way))
            nearer = 1 if way.setting in {"min_team", "challenges"} else -1
            assert isinstance(solve(relaxed(problem, way, nearer)), Infeasible), way


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3), st.integers(0, 2), st.integers(1, 4))
def test_feasible_sizes_always_have_a_solution_whatever_the_organisations(
    chance: Random, low: int, wider: int, challenges: int
) -> None:
    names = [f"challenge_{n}" for n in range(challenges)]
    count = chance.randint(low * challenges, (low + wider) * challenges)
    homes = [chance.choice(["bank", "bank", "bank", "clinic", None]) for _ in range(count)]
    rare = sorted(range(count), key=lambda n: homes[n] == "bank")[:challenges]  # proposers take up the few that can mix
    wishes = {n: (name,) for n, name in zip(rare, names, strict=False)}
    people = tuple(Candidate(f"person_{n:02}", homes[n], wishes.get(n, ())) for n in range(count))
    seats = tuple(Seat(name, f"person_{n:02}") for n, name in zip(rare, names, strict=False))
    problem = Problem(people, seats, low, low + wider)
    assert sizes_refused(problem) is None
    assert solved(problem)


# Optimality


def every_assignment(problem: Problem) -> Iterator[Assignment]:
    """All ways to place everybody in the teams that each challenge may get, by brute force."""
    people = tuple(one.person for one in canonical(problem).people)
    most = 1 + team_count(problem) - len(problem.challenges)
    slots = [Place(seat.challenge, n + 1) for seat in canonical(problem).challenges for n in range(most)]
    for chosen in product(slots, repeat=len(people)):
        if not set(Counter(chosen).values()) <= set(range(problem.min_team, problem.max_team + 1)):
            continue  # the quickest rule to look at
        pairs = list(zip(people, chosen, strict=True))
        teams = (Team(*slot, tuple(person for person, place in pairs if place == slot)) for slot in slots)
        yield Assignment(tuple(team for team in teams if team.members))


def sort_key(problem: Problem) -> Callable[[Assignment], tuple[tuple[int, int, int], list[str], list[int]]]:
    """Sort key: worst rank, squares, organisations, then challenges by person id, then team numbers."""

    def key(one: Assignment) -> tuple[tuple[int, int, int], list[str], list[int]]:
        where = places(one)
        ordered = [where[person] for person in sorted(where)]
        return objective(problem, one).key(), [one.challenge for one in ordered], [one.number for one in ordered]

    return key


people_of_eight = st.lists(
    st.builds(
        Candidate,
        st.just(""),
        st.sampled_from([None, "bank", "clinic"]),
        st.sampled_from([(), ("x",), ("y",), ("x", "y"), ("y", "x")]),
    ),
    min_size=4,
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(people_of_eight, st.sampled_from([None, 0, 1]))
def test_the_solution_is_optimal_by_brute_force(drawn: list[Candidate], proposer: int | None) -> None:
    people = tuple(replace(one, person=f"person_{n}") for n, one in enumerate(drawn))
    seats = (Seat("x", None if proposer is None else people[proposer].person), Seat("y"))
    problem = Problem(people, seats, 2, 5)
    best = min(
        (one for one in every_assignment(problem) if not check(problem, one)), key=sort_key(problem), default=None
    )
    found = solve(problem)
    assert found == Solved(best) if best else isinstance(found, Infeasible)


@settings(max_examples=60, deadline=None)
@given(people_of_eight)
def test_two_teams_on_one_challenge_are_optimal_by_brute_force(drawn: list[Candidate]) -> None:
    people = tuple(replace(one, person=f"person_{n}") for n, one in enumerate(drawn))
    problem = Problem(people, (Seat("x", people[-1].person),), 2, -(-len(people) // 2))
    best = min((one for one in every_assignment(problem) if not check(problem, one)), key=sort_key(problem))
    assert solved(problem) == best


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.builds(
            Candidate,
            st.just(""),
            st.sampled_from([None, "bank", "clinic"]),
            st.sampled_from([(), ("x",), ("x", "y"), ("y", "x")]),
        ),
        min_size=5,
        max_size=6,
    ),
    st.sampled_from([None, 0, 1]),
)
def test_more_teams_than_challenges_are_optimal_by_brute_force(drawn: list[Candidate], proposer: int | None) -> None:
    people = tuple(replace(one, person=f"person_{n}") for n, one in enumerate(drawn))
    seats = (Seat("x", None if proposer is None else people[proposer].person), Seat("y"))
    problem = Problem(people, seats, 1, 2)
    valid = [one for one in every_assignment(problem) if not check(problem, one)]
    best = min(valid, key=sort_key(problem))
    found = solve(problem)
    assert isinstance(found, Solved)
    assert check(problem, found.assignment) == []
    if found.unproven:
        assert found.unproven == ("organisations",)
        assert objective(problem, found.assignment).key() >= objective(problem, best).key()
    else:
        assert found.assignment == best


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_solution_is_as_good_as_that_of_the_reference_solver(chance: Random) -> None:
    challenges, low = chance.randint(1, 3), chance.randint(3, 4)
    high = chance.randint(low, 8)
    people = chance.randint(low * challenges, min(26, 2 * high * challenges))
    homes, ranked = chance.choice([1, 2, 3, 9]), chance.randint(0, challenges)
    problem = problem_of(people, challenges, homes, ranked, chance=chance.randrange(1000), low=low, high=high)
    reference = solve_reference(problem)
    if isinstance(reference, Infeasible):
        assert solve(problem) == reference
    else:
        assert objective(problem, solved(problem)) == objective(problem, reference)


def test_a_problem_wrongly_rejected_by_presolve_is_solved_without_it() -> None:
    problem = problem_of(23, 3, 9, 2, chance=632, low=3, high=4)
    reference = solve_reference(problem)
    assert not isinstance(reference, Infeasible)
    assert objective(problem, solved(problem)) == objective(problem, reference)


# Splitting the people of one challenge


def ratios() -> Iterator[tuple[int, int]]:
    """Colleagues and people: every ratio for which the caps of teams of 3 to 8 differ, and half."""
    yield 1, 2
    edges = sorted(
        {(n, size) for size in range(3, 9) for n in range(size // 2 + 1, size + 1)}, key=lambda p: p[0] / p[1]
    )
    for (a, b), (c, d) in pairwise(edges):
        yield c, d
        yield a + c, b + d  # between the two


def test_equal_shares_fit_as_many_people_as_unequal_ones_for_teams_of_3_to_8() -> None:
    # The step of the proof in `solver.py` that rests on the bounds. `most(left)`: the largest team that leaves no more
    # than `left` to others. Where its growth never rises, equal rests take up as many people as unequal ones.
    bounds = [(low, high) for high in range(3, 9) for low in range(3, high + 1)]
    for colleagues, people in ratios():
        for low, high in bounds:
            left = {size: size - organisation_cap(size, colleagues, people) for size in range(low, high + 1)}
            most = [max(size for size, rest in left.items() if rest <= n) for n in range(left[low], left[high] + 1)]
            growth = [after - before for before, after in pairwise(most)]
            assert all(before >= after for before, after in pairwise(growth)), (colleagues, people, low, high)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_people_of_a_challenge_can_be_split_with_the_counted_organisations(chance: Random) -> None:
    low = chance.randint(3, 4)
    high, teams = chance.randint(low, 8), chance.randint(2, 4)
    count = chance.randint(max(low, high - 2) * teams, high * teams)
    homes = chance.choice(
        [["bank"], ["bank", "bank", "bank", None], ["bank", "clinic"], ["bank", "clinic", "port", None]]
    )
    people = tuple(Candidate(f"person_{n:02}", chance.choice(homes)) for n in range(count))
    known = known_of(Problem(people, (Seat("x"),), low, high))
    split = Split(known, "x", people, float("inf"))
    split.model.hold_first(split.options())
    assert len(split.teams()) == teams_for(known.problem, people)
    assert check(known.problem, Assignment(tuple(split.teams()))) == []
    assert split.organisations() == at_best(people, len(split.teams()))


def test_people_are_dealt_whenever_caps_and_sizes_allow_it() -> None:
    bank = tuple(Candidate(f"person_a{n}", "bank") for n in range(7))
    rest = tuple(Candidate(f"person_b{n}") for n in range(9))
    even = known_of(Problem((*bank[:6], *rest[:6]), (Seat("x"),), 4, 8))
    assert [len(team) for team in deal(even, even.problem.people, 2) or []] == [6, 6]
    # Seven of twelve, in a programme of which they are less: they fit into teams of five and seven alone.
    odd = known_of(Problem((*bank, *rest), (Seat("x"), Seat("y")), 4, 8))
    assert deal(odd, (*bank, *rest[:5]), 2) is None
    split = Split(odd, "x", (*bank, *rest[:5]), float("inf"))
    assert sorted(len(team.members) for team in split.teams()) == [5, 7]
    assert split.organisations() == at_best((*bank, *rest[:5]), 2)


@pytest.mark.parametrize("chance", range(4))
def test_the_order_of_the_input_does_not_change_the_solution(chance: int) -> None:
    problem = problem_of(24, 4, 5, 2, chance=chance)
    shuffled = list(problem.people)
    Random(chance).shuffle(shuffled)
    assert solve(replace(problem, people=tuple(shuffled), challenges=problem.challenges[::-1])) == solve(problem)


def test_the_random_seed_of_the_solver_does_not_change_the_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(24, 4, 5, 0)
    straight = solve(problem)
    monkeypatch.setattr(integers, "SEED", 4711)
    assert solve(problem) == straight


def test_a_solver_that_runs_out_of_time_decides_nothing() -> None:
    with pytest.raises(Unsolved):
        solve(problem_of(24, 4, 5, 3), timeout_s=0.0)


def test_an_objective_not_proven_in_time_is_reported_as_unproven() -> None:
    whole = integers.Integers(until=float("inf"))
    columns = [whole.column() for _ in range(3)]
    whole.row(1, dict.fromkeys(columns, 1), 1)
    assert whole.hold_least({columns[0]: 0, columns[1]: 0, columns[2]: 1})
    assert whole.proven
    whole.values = None
    whole.begin({columns[1]: 1})
    whole.until = 0.0
    whole.hold_first([columns])
    assert not whole.proven
    assert [whole.chosen(one) for one in columns] == [False, True, False]


def test_prices_not_computed_in_time_are_reported_as_unknown() -> None:
    problem = problem_of(24, 4, 5, 3, chance=3)
    explained = below_first(explanations(problem, solved(problem), timeout_s=0.0))
    assert explained
    assert {one.better.decided_by for one in explained if one.better} == {"unknown"}


@pytest.mark.parametrize("timeout_s", [0.005, 0.02, 0.1, 0.4])
def test_every_wish_gets_a_price_or_unknown_whenever_time_runs_out(timeout_s: float) -> None:
    problem = problem_of(60, 12, 12, 4, chance=3)
    found = solved(problem)
    explained = explanations(problem, found, timeout_s=timeout_s)
    known = {one.person: one for one in explanations(problem, found)}
    assert [one.person for one in explained] == list(known)
    for one in below_first(explained):
        assert one.better is not None
        assert one.better.decided_by == "unknown" or one == known[one.person]


def test_the_solver_writes_nothing_to_standard_output() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", "from workers.solving import solver, integers; integers.Integers(until=0.0)"],
        capture_output=True,
        check=True,
    )
    assert finished.stdout == b""


def test_the_version_is_that_of_the_solver() -> None:
    assert VERSION.split(".")[0] == "1"


# Explanations of placements


def below_first(given: tuple[Explanation, ...]) -> list[Explanation]:
    return [one for one in given if one.rank > 1]


def test_everyone_below_their_first_choice_gets_the_price_of_the_next_better_one() -> None:
    problem = problem_of(24, 4, 5, 3, chance=3)
    explained = explanations(problem, solved(problem))
    assert len(explained) == 24
    assert below_first(explained)
    for one in explained:
        assert (one.better is not None) == (one.rank > 1)


def test_no_wish_could_have_been_granted_at_no_cost() -> None:
    for chance in range(4):
        problem = problem_of(24, 4, 5, 3, chance=chance)
        found = solved(problem)
        for one in below_first(explanations(problem, found)):
            assert one.better is not None
            price = one.better
            assert (price.worst_rank, price.squares_more, price.organisations_fewer) >= (
                objective(problem, found).worst_rank,
                0,
                0,
            )
            assert price.others_lower >= 1


rankings = st.sampled_from([wish for length in range(4) for wish in permutations("xyz", length)])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.builds(Candidate, st.just(""), st.sampled_from([None, "bank"]), rankings), min_size=4, max_size=6))
def test_the_price_is_the_minimum_cost_of_granting_the_wish(drawn: list[Candidate]) -> None:
    people = tuple(replace(one, person=f"person_{n}") for n, one in enumerate(drawn))
    problem = Problem(people, (Seat("x", "person_0"), Seat("y"), Seat("z")), 1, 3)
    found = solved(problem)
    valid = [one for one in every_assignment(problem) if not check(problem, one)]
    for mine in below_first(explanations(problem, found)):
        assert mine.better is not None
        wish = mine.better.challenge
        granting = (one for one in valid if places(one)[mine.person].challenge == wish)
        prices = [price for one in granting if (price := price_of(problem, found, mine.person, one))]
        least = min(map(all_costs, prices), default=None)
        assert all_costs(mine.better) == least if least else mine.better == NextBetter(wish, "rules")


def all_costs(price: NextBetter) -> tuple[int, ...]:
    """Costs in the order in which they are minimised."""
    return price.worst_rank, price.squares_more, price.organisations_fewer, price.others_lower, price.places_lower


def price_of(problem: Problem, found: Assignment, person: str, instead: Assignment) -> NextBetter | None:
    challenges = {one: place.challenge for one, place in places(instead).items()}
    granted = Instead(challenges, objective(problem, instead).organisations)
    alternatives = {one.person: granted if one.person == person else None for one in problem.people}
    return next(one.better for one in explain(problem, found, alternatives) if one.person == person)


def test_a_wish_that_the_rules_forbid_has_no_price() -> None:
    people = (Candidate("person_a", None, ("care",)), Candidate("person_b", None, ("care", "energy")))
    problem = Problem(people, (Seat("care", "person_a"), Seat("energy")), 1, 1)
    (explanation,) = below_first(explanations(problem, solved(problem)))
    assert (explanation.person, explanation.better) == ("person_b", NextBetter("care", "rules"))
