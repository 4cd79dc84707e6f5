"""Assignment of people to teams: the problem, the quality of an assignment, and its explanation ('Assigning teams').

The solver is elsewhere; solving, checking and overriding all use these definitions. Everything is pure and takes plain ids.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

__all__ = [
    "LARGEST_TEAM",
    "SMALLEST_TEAM",
    "Assignment",
    "Candidate",
    "Constraint",
    "Explanation",
    "Infeasible",
    "Instead",
    "MalformedProblem",
    "NextBetter",
    "Objective",
    "Place",
    "Problem",
    "Relaxation",
    "Seat",
    "Solved",
    "Team",
    "Unproven",
    "Violation",
    "better_rank",
    "canonical",
    "check",
    "explain",
    "input_hash",
    "kin",
    "objective",
    "organisation_cap",
    "organisation_sizes",
    "places",
    "rank",
    "sizes_refused",
    "team_count",
]

Constraint: TypeAlias = Literal[
    "everybody_once",
    "known_challenge",
    "a_team_each",
    "team_count",
    "team_size",
    "organisation_cap",
    "proposer",
    "numbering",
]
Unproven: TypeAlias = Literal["squares", "organisations", "order_of_ids"]


SMALLEST_TEAM, LARGEST_TEAM = 3, 200
"""Bounds, in people, within which a programme chooses its own team sizes (rule 10)."""


class MalformedProblem(ValueError):
    """The problem contradicts itself; the message says where."""


# The problem


class Candidate(Struct, frozen=True):
    """A person to be placed. `ranking`: best first; it can leave out challenges, or all of them."""

    person: str
    organisation: str | None = None
    ranking: tuple[str, ...] = ()


class Seat(Struct, frozen=True):
    """A selected challenge. `proposer`: None if that is nobody to be placed."""

    challenge: str
    proposer: str | None = None


class Problem(Struct, frozen=True):
    """The people and challenges to be matched; team sizes in people, bounds included."""

    people: tuple[Candidate, ...]
    challenges: tuple[Seat, ...]
    min_team: int
    max_team: int


def canonical(problem: Problem) -> Problem:
    """The same problem in a fixed order: people and challenges by id, rankings without challenges that are not offered.

    Raises `MalformedProblem` on a duplicate person, challenge or rank, and on bounds that allow no size.
    """
    if not 1 <= problem.min_team <= problem.max_team:
        raise MalformedProblem(f"teams of {problem.min_team} to {problem.max_team}")
    offered = {seat.challenge for seat in problem.challenges}
    if len(offered) != len(problem.challenges):
        raise MalformedProblem("a challenge is offered twice")
    if len({one.person for one in problem.people}) != len(problem.people):
        raise MalformedProblem("a person is to be placed twice")
    if any(len(set(one.ranking)) != len(one.ranking) for one in problem.people):
        raise MalformedProblem("somebody ranks a challenge twice")
    people = (
        Candidate(one.person, one.organisation, tuple(c for c in one.ranking if c in offered)) for one in problem.people
    )
    return Problem(
        tuple(sorted(people, key=lambda one: one.person)),
        tuple(sorted(problem.challenges, key=lambda seat: seat.challenge)),
        problem.min_team,
        problem.max_team,
    )


def input_hash(problem: Problem) -> str:
    """SHA-256, in hex, of the canonical problem as JSON with sorted keys: independent of the order of its parts."""
    return sha256(msgspec.json.encode(canonical(problem), order="deterministic")).hexdigest()


def rank(candidate: Candidate, challenge: str) -> int:
    """The rank of `challenge` for `candidate` of a canonical problem; 1 is best.

    Challenges that they did not rank share the rank after their last; with an empty ranking all have rank 1.
    """
    return candidate.ranking.index(challenge) + 1 if challenge in candidate.ranking else len(candidate.ranking) + 1


def better_rank(candidate: Candidate, challenge: str) -> str | None:
    """The challenge that `candidate` ranked just above `challenge`; None at rank 1."""
    place = rank(candidate, challenge)
    return candidate.ranking[place - 2] if place > 1 else None


def team_count(problem: Problem) -> int:
    """The number of teams: one per challenge, more if there are more people than challenges x `max_team`."""
    return max(len(problem.challenges), -(-len(problem.people) // problem.max_team))


def kin(candidate: Candidate) -> str:
    """The candidate's organisation; without one, the person counts as an organisation of their own."""
    return candidate.organisation or candidate.person


def organisation_sizes(problem: Problem) -> Counter[str]:
    """The number of people of each organisation in the programme."""
    return Counter(kin(one) for one in problem.people)


def organisation_cap(size: int, colleagues: int, people: int) -> int:
    """The most members of a team of `size` from an organisation that has `colleagues` of the programme's `people`.

    Half of the team, or the organisation's share of the programme if that is more; rounded up.
    """
    return max(-(-size // 2), -(-size * colleagues // people))


# The assignment


class Team(Struct, frozen=True):
    """A planned CoP. `number`: counts the teams on one challenge from 1. `members`: by id."""

    challenge: str
    number: int
    members: tuple[str, ...]


class Assignment(Struct, frozen=True):
    """Teams by challenge and number."""

    teams: tuple[Team, ...]


class Objective(Struct, frozen=True):
    """The quality of an assignment; the first field that differs decides.

    `worst_rank` and `squares` (sum of squared ranks): less is better. `organisations` (sum over teams): more is better.
    """

    worst_rank: int
    squares: int
    organisations: int

    def key(self) -> tuple[int, int, int]:
        """A sort key: the least is the best."""
        return self.worst_rank, self.squares, -self.organisations


class Solved(NamedTuple):
    """The solution of a problem. `unproven`: the parts of the objective for which a better one may exist, in order."""

    assignment: Assignment
    unproven: tuple[Unproven, ...] = ()


class Violation(Struct, frozen=True):
    """A rule that an assignment breaks. `about`: people or challenges; `actual` and `bound`: numbers."""

    constraint: Constraint
    about: tuple[str, ...]
    actual: int = 0
    bound: int = 0


class Relaxation(Struct, frozen=True):
    """The nearest change of one `setting` to `value` that makes the problem solvable.

    Each can be carried out: team sizes are within the bounds that a programme may choose from.
    `people`: how many there must be; `challenges`: how many may be selected.
    """

    setting: Literal["min_team", "max_team", "challenges", "people"]
    value: int


class Infeasible(Struct, frozen=True):
    """No assignment keeps all the rules. `constraint`: the one that cannot be kept. `relaxations`: each alone suffices.

    `people`: how many there are; `needed`: the least that suffices for `teams` teams.
    """

    constraint: Literal["challenges", "people", "team_size"]
    people: int
    needed: int
    teams: int
    relaxations: tuple[Relaxation, ...]


def sizes_refused(problem: Problem) -> Infeasible | None:
    """The reason why the numbers alone rule out any assignment; None if they do not.

    `people`: fewer than challenges x `min_team`. `team_size`: more than challenges x `max_team`, but too few for one team more.
    """
    people, offered, teams = len(problem.people), len(problem.challenges), team_count(problem)
    if not offered:
        return Infeasible("challenges", people, people, 0, (Relaxation("challenges", 1),))
    needed = teams * problem.min_team
    if people >= needed:
        return None
    ways: list[Relaxation] = []
    if (smaller := people // teams) >= SMALLEST_TEAM:
        ways.append(Relaxation("min_team", smaller))
    if teams > offered:
        if (larger := -(-people // (teams - 1))) <= LARGEST_TEAM:
            ways.append(Relaxation("max_team", larger))
    elif fewer := _most_challenges(problem):
        ways.append(Relaxation("challenges", fewer))
    ways.append(Relaxation("people", needed))
    return Infeasible("people" if teams == offered else "team_size", people, needed, teams, tuple(ways))


def _most_challenges(problem: Problem) -> int:
    """The largest number of the offered challenges that can be staffed; 0 if not even one can."""
    people = len(problem.people)
    for offered in range(min(len(problem.challenges), people // problem.min_team), 0, -1):
        if people >= max(offered, -(-people // problem.max_team)) * problem.min_team:
            return offered
    return 0


class Place(NamedTuple):
    """The team of a person."""

    challenge: str
    number: int


def places(assignment: Assignment) -> dict[str, Place]:
    """The place of each person; for a person in two teams (see `check`) the last one."""
    return {person: Place(team.challenge, team.number) for team in assignment.teams for person in team.members}


def check(problem: Problem, assignment: Assignment) -> list[Violation]:
    """Every rule that `assignment` breaks, in a stable order; empty: it can be adopted without an override."""
    problem = canonical(problem)
    return [
        *_people_broken(problem, assignment),
        *_challenges_broken(problem, assignment),
        *(broken for team in assignment.teams for broken in _team_broken(problem, team)),
        *_proposers_broken(problem, assignment),
    ]


def _people_broken(problem: Problem, assignment: Assignment) -> Iterator[Violation]:
    placed = Counter(person for team in assignment.teams for person in team.members)
    expected = {one.person for one in problem.people}
    for person in sorted(expected | placed.keys()):
        if placed[person] != (bound := int(person in expected)):
            yield Violation("everybody_once", (person,), placed[person], bound)


def _challenges_broken(problem: Problem, assignment: Assignment) -> Iterator[Violation]:
    offered = {seat.challenge for seat in problem.challenges}
    numbers: dict[str, list[int]] = {challenge: [] for challenge in sorted(offered)}
    for team in assignment.teams:
        numbers.setdefault(team.challenge, []).append(team.number)
    for challenge, given in numbers.items():
        if challenge not in offered:
            yield Violation("known_challenge", (challenge,), len(given), 0)
        elif not given:
            yield Violation("a_team_each", (challenge,), 0, 1)
        elif sorted(given) != list(range(1, len(given) + 1)):
            yield Violation("numbering", (challenge,), max(given), len(given))
    if len(assignment.teams) > (bound := team_count(problem)):
        yield Violation("team_count", (), len(assignment.teams), bound)


def _team_broken(problem: Problem, team: Team) -> Iterator[Violation]:
    size, sizes = len(team.members), organisation_sizes(problem)
    if not problem.min_team <= size <= problem.max_team:
        bound = problem.min_team if size < problem.min_team else problem.max_team
        yield Violation("team_size", (team.challenge,), size, bound)
    inside = Counter(kin(one) for one in problem.people if one.person in team.members)
    for organisation, members in sorted(inside.items()):
        if members > (cap := organisation_cap(size, sizes[organisation], len(problem.people))):
            yield Violation("organisation_cap", (team.challenge, organisation), members, cap)


def _proposers_broken(problem: Problem, assignment: Assignment) -> Iterator[Violation]:
    first = {one.person: one.ranking[:1] for one in problem.people}
    where = places(assignment)
    for seat in problem.challenges:
        if seat.proposer in first and first[seat.proposer] == (seat.challenge,):
            place = where.get(seat.proposer)
            if place and place.challenge != seat.challenge:
                yield Violation("proposer", (seat.challenge, seat.proposer), 0, 1)


def objective(problem: Problem, assignment: Assignment) -> Objective:
    """The quality of `assignment`, which places everybody. Ties in all three go by person id: see `workers.solving.solver`."""
    problem = canonical(problem)
    where, home = places(assignment), {one.person: kin(one) for one in problem.people}
    ranks = [rank(one, where[one.person].challenge) for one in problem.people]
    mixed = sum(len({home[person] for person in team.members}) for team in assignment.teams)
    return Objective(max(ranks, default=0), sum(one * one for one in ranks), mixed)


# Explanations


class NextBetter(Struct, frozen=True):
    """The cost of placing a person on `challenge`, which they ranked just above their own: numbers only, no names.

    It compares with the best assignment that does so. `decided_by`: the first part of the objective that would have been worse;
    `rules`: no assignment does so within the rules, all numbers are 0; `order_of_ids`: nothing would have been worse, the draw
    decided; `unknown`: time ran out before this was computed, all numbers are 0.
    `worst_rank`: the one that there would have been. `squares_more`, `organisations_fewer`: how much the sums would have been
    worse (negative: better). `others_lower`: how many others would have had a lower rank; `places_lower`: by how many ranks in
    total.
    """

    challenge: str
    decided_by: Literal["rules", "worst_rank", "squares", "organisations", "order_of_ids", "unknown"]
    worst_rank: int = 0
    squares_more: int = 0
    organisations_fewer: int = 0
    others_lower: int = 0
    places_lower: int = 0


class Explanation(Struct, frozen=True):
    """The explanation of a person's place, for them alone: the rank that they gave it, and how many they ranked of how many.

    `better`: None at rank 1.
    """

    person: str
    challenge: str
    number: int
    rank: int
    ranked: int
    offered: int
    better: NextBetter | None


class Instead(NamedTuple):
    """An alternative assignment: the challenge of each person, and the sum of the organisations in all its teams."""

    challenges: Mapping[str, str]
    organisations: int


def explain(
    problem: Problem, assignment: Assignment, alternatives: Mapping[str, Instead | None]
) -> tuple[Explanation, ...]:
    """The explanations for everybody, by person id.

    `alternatives`: for people below rank 1, the best assignment that places them on the challenge that they ranked just above;
    None: there is none within the rules; missing: not known.
    """
    problem = canonical(problem)
    where = places(assignment)
    return tuple(
        Explanation(
            person=one.person,
            challenge=(place := where[one.person]).challenge,
            number=place.number,
            rank=rank(one, place.challenge),
            ranked=len(one.ranking),
            offered=len(problem.challenges),
            better=_next_better(problem, assignment, one, wish, alternatives)
            if (wish := better_rank(one, place.challenge))
            else None,
        )
        for one in problem.people
    )


def _next_better(
    problem: Problem,
    assignment: Assignment,
    candidate: Candidate,
    wish: str,
    alternatives: Mapping[str, Instead | None],
) -> NextBetter:
    if candidate.person not in alternatives:
        return NextBetter(wish, "unknown")
    if (instead := alternatives[candidate.person]) is None:
        return NextBetter(wish, "rules")
    assert instead.challenges[candidate.person] == wish, "an alternative grants the wish that it is the price of"
    had, before = objective(problem, assignment), places(assignment)
    ranks = {one.person: rank(one, instead.challenges[one.person]) for one in problem.people}
    would = Objective(max(ranks.values()), sum(one * one for one in ranks.values()), instead.organisations)
    falls = [
        ranks[one.person] - rank(one, before[one.person].challenge)
        for one in problem.people
        if one.person != candidate.person
    ]
    return NextBetter(
        challenge=wish,
        decided_by=_decisive(had, would),
        worst_rank=would.worst_rank,
        squares_more=would.squares - had.squares,
        organisations_fewer=had.organisations - would.organisations,
        others_lower=sum(fall > 0 for fall in falls),
        places_lower=sum(fall for fall in falls if fall > 0),
    )


def _decisive(had: Objective, would: Objective) -> Literal["worst_rank", "squares", "organisations", "order_of_ids"]:
    if would.worst_rank != had.worst_rank:
        return "worst_rank"
    if would.squares != had.squares:
        return "squares"
    return "organisations" if would.organisations != had.organisations else "order_of_ids"
