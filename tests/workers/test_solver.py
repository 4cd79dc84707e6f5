"""Solved assignments: every rule kept, the best there is, the same whatever the order of the question."""

from collections.abc import Callable, Iterator
from itertools import permutations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.assignment import (
    Assignment,
    Candidate,
    Explanation,
    Infeasible,
    NextBetter,
    Place,
    Problem,
    Relaxation,
    Seat,
    Team,
    canonical,
    check,
    explain,
    objective,
    places,
    sizes_refused,
)
from workers import solver
from workers.solver import VERSION, Unsolved, explanations, solve


def question(
    people: int, challenges: int, organisations: int, ranked: int, *, chance: int = 1, low: int = 4, high: int = 8
) -> Problem:
    """A programme in which the first challenges are the most popular, each proposed by one of the people."""
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
    return Problem(placed, tuple(Seat(name, placed[n].person) for n, name in enumerate(names)), low, high)


def solved(problem: Problem) -> Assignment:
    found = solve(problem)
    assert isinstance(found, Assignment), found
    assert check(problem, found) == []
    return found


def sizes(assignment: Assignment) -> list[int]:
    return [len(team.members) for team in assignment.teams]


# Rules


@pytest.mark.parametrize("chance", range(6))
def test_twenty_four_people_make_four_teams_within_all_rules(chance: int) -> None:
    found = solved(question(24, 4, 5, 3, chance=chance))
    assert len(found.teams) == 4
    assert all(4 <= size <= 8 for size in sizes(found))


def test_half_of_a_team_may_come_from_one_organisation_and_no_more() -> None:
    # Ten bank people want care, nobody else does: without the cap they would fill it.
    bank = tuple(Candidate(f"person_a{n}", "bank", ("care", "energy")) for n in range(8))
    rest = tuple(Candidate(f"person_b{n}", None, ("energy", "care")) for n in range(8))
    found = solved(Problem((*bank, *rest), (Seat("care"), Seat("energy")), 4, 8))
    assert [sum(member.startswith("person_a") for member in team.members) for team in found.teams] == [4, 4]


def test_all_from_one_organisation_can_be_placed() -> None:
    found = solved(question(24, 4, 1, 2))
    assert sum(sizes(found)) == 24


def test_most_from_one_organisation_are_spread_by_their_share() -> None:
    people = tuple(Candidate(f"person_{n:02}", "bank" if n < 9 else f"other {n}", ("care",)) for n in range(12))
    found = solved(Problem(people, (Seat("care"), Seat("energy"), Seat("port")), 4, 4))
    assert [sum(int(member[-2:]) < 9 for member in team.members) for team in found.teams] == [3, 3, 3]


def test_a_proposer_who_ranks_their_challenge_first_works_on_it() -> None:
    # a's own challenge is full of others who rank it first too; only proposing it makes the difference.
    def asked(proposer: str | None) -> Problem:
        people = tuple(Candidate(f"person_{letter}", None, ("care", "energy")) for letter in "abcdef")
        return Problem(people, (Seat("care", proposer), Seat("energy")), 3, 3)

    assert places(solved(asked(None)))["person_f"].challenge == "energy"
    assert places(solved(asked("person_f")))["person_f"].challenge == "care"


def test_who_ranked_nothing_is_placed_all_the_same() -> None:
    people = tuple(Candidate(f"person_{n}", f"organisation_{n % 3}") for n in range(9))
    found = solved(Problem(people, (Seat("care"), Seat("energy")), 4, 8))
    assert objective(Problem(people, (Seat("care"), Seat("energy")), 4, 8), found).squares == 9


def test_nine_people_with_two_challenges_make_a_four_and_a_five() -> None:
    assert sorted(sizes(solved(question(9, 2, 4, 2)))) == [4, 5]


def test_a_challenge_gets_a_second_team_where_people_outnumber_the_seats() -> None:
    found = solved(question(18, 2, 4, 2))
    assert len(found.teams) == 3
    assert sorted(team.number for team in found.teams) == [1, 1, 2]


def test_what_cannot_be_is_named_with_what_would_help() -> None:
    found = solve(question(11, 3, 4, 2))
    assert isinstance(found, Infeasible)
    assert found.constraint == "people"
    assert Relaxation("min_team", 3) in found.relaxations
    assert solved(replace(question(11, 3, 4, 2), min_team=3))


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3), st.integers(0, 2), st.integers(1, 4))
def test_where_sizes_fit_there_is_an_answer_however_unevenly_organisations_and_proposers_are_spread(
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


# The best there is


def every_assignment(problem: Problem) -> Iterator[Assignment]:
    """Each way to make one team per challenge, or two teams on one challenge, brute force."""
    people = tuple(one.person for one in canonical(problem).people)
    slots = [Place(seat.challenge, 1) for seat in canonical(problem).challenges]
    slots = slots if len(slots) > 1 else [slots[0], Place(slots[0].challenge, 2)]
    for chosen in product(slots, repeat=len(people)):
        pairs = list(zip(people, chosen, strict=True))
        yield Assignment(
            tuple(Team(*slot, tuple(person for person, place in pairs if place == slot)) for slot in slots)
        )


def in_order(problem: Problem) -> Callable[[Assignment], tuple[tuple[int, int, int], list[Place]]]:
    """Worst rank, squares, organisations, then everybody's place in order of person id."""

    def key(one: Assignment) -> tuple[tuple[int, int, int], list[Place]]:
        where = places(one)
        return objective(problem, one).key(), [where[person] for person in sorted(where)]

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


@settings(max_examples=60, deadline=None)
@given(people_of_eight, st.sampled_from([None, 0, 1]))
def test_the_answer_is_the_best_of_all_there_are(drawn: list[Candidate], proposer: int | None) -> None:
    people = tuple(replace(one, person=f"person_{n}") for n, one in enumerate(drawn))
    seats = (Seat("x", None if proposer is None else people[proposer].person), Seat("y"))
    problem = Problem(people, seats, 2, 5)
    best = min(
        (one for one in every_assignment(problem) if not check(problem, one)), key=in_order(problem), default=None
    )
    found = solve(problem)
    assert found == best if best else isinstance(found, Infeasible)


@settings(max_examples=30, deadline=None)
@given(people_of_eight)
def test_two_teams_on_one_challenge_are_the_best_of_all_there_are(drawn: list[Candidate]) -> None:
    people = tuple(replace(one, person=f"person_{n}") for n, one in enumerate(drawn))
    problem = Problem(people, (Seat("x", people[-1].person),), 2, -(-len(people) // 2))
    best = min((one for one in every_assignment(problem) if not check(problem, one)), key=in_order(problem))
    assert solve(problem) == best


@pytest.mark.parametrize("chance", range(4))
def test_the_order_of_the_question_changes_nothing(chance: int) -> None:
    problem = question(24, 4, 5, 2, chance=chance)
    shuffled = list(problem.people)
    Random(chance).shuffle(shuffled)
    assert solve(replace(problem, people=tuple(shuffled), challenges=problem.challenges[::-1])) == solve(problem)


def test_chance_inside_the_solver_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = question(24, 4, 5, 0)
    straight = solve(problem)
    monkeypatch.setattr(solver, "SEED", 4711)
    assert solve(problem) == straight


def test_a_solver_that_gives_up_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "PATIENCE", 0.0)
    with pytest.raises(Unsolved):
        solve(question(24, 4, 5, 3))


def test_the_version_is_that_of_the_solver() -> None:
    assert VERSION.split(".")[0] == "1"


# Why somebody is where they are


def below_first(given: tuple[Explanation, ...]) -> list[Explanation]:
    return [one for one in given if one.rank > 1]


def test_everybody_below_their_first_choice_is_told_the_price_of_the_next_better() -> None:
    problem = question(24, 4, 5, 3, chance=3)
    told = explanations(problem, solved(problem))
    assert len(told) == 24
    assert below_first(told)
    for one in told:
        assert (one.better is not None) == (one.rank > 1)


def test_no_wish_could_have_been_granted_for_nothing() -> None:
    for chance in range(4):
        problem = question(24, 4, 5, 3, chance=chance)
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
def test_the_price_is_the_least_of_all_that_grant_the_wish(drawn: list[Candidate]) -> None:
    people = tuple(replace(one, person=f"person_{n}") for n, one in enumerate(drawn))
    problem = Problem(people, (Seat("x", "person_0"), Seat("y"), Seat("z")), 1, 3)
    found = solved(problem)
    valid = [one for one in every_assignment(problem) if not check(problem, one)]
    for mine in below_first(explanations(problem, found)):
        assert mine.better is not None
        wish = mine.better.challenge
        granting = (one for one in valid if places(one)[mine.person].challenge == wish)
        prices = [price for one in granting if (price := price_of(problem, found, mine.person, one))]
        least = min(map(in_full, prices), default=None)
        assert in_full(mine.better) == least if least else mine.better == NextBetter(wish, "rules")


def in_full(price: NextBetter) -> tuple[int, ...]:
    """In the order in which it was kept down."""
    return price.worst_rank, price.squares_more, price.organisations_fewer, price.others_lower, price.places_lower


def price_of(problem: Problem, found: Assignment, person: str, instead: Assignment) -> NextBetter | None:
    alternatives = {one.person: instead if one.person == person else None for one in problem.people}
    return next(one.better for one in explain(problem, found, alternatives) if one.person == person)


def test_a_wish_that_the_rules_forbid_has_no_price() -> None:
    people = (Candidate("person_a", None, ("care",)), Candidate("person_b", None, ("care", "energy")))
    problem = Problem(people, (Seat("care", "person_a"), Seat("energy")), 1, 1)
    (told,) = below_first(explanations(problem, solved(problem)))
    assert (told.person, told.better) == ("person_b", NextBetter("care", "rules"))
