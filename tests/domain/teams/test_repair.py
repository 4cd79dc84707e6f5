"""Repairs of a CoP below its minimum size: best first, within the bounds or naming the ones set aside."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.calculations.assignment import Candidate, Problem, Seat, kin, organisation_cap
from domain.events.roles import ParticipantWithdrew
from domain.events.team import (
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    TeamDissolved,
    TeamFormed,
)
from domain.foundation import Event
from domain.teams.repair import Crew, Repair, Staff, Staffing, repairs
from tests.domain.teams.examples import forming as stage

CHALLENGES = ("care", "energy", "port")


def one(person: str, *ranking: str, home: str | None = None) -> Candidate:
    return Candidate(person, home, ranking)


def staff(people: list[Candidate], *crews: tuple[str, str], low: int = 3, high: int = 5) -> Staff:
    """Crews of people with one-letter names, on care, energy and port in this order."""
    question = Problem(tuple(people), tuple(Seat(challenge) for challenge in CHALLENGES[: len(crews)]), low, high)
    return Staff(
        question,
        tuple(
            Crew(team, challenge, tuple(members)) for challenge, (team, members) in zip(CHALLENGES, crews, strict=False)
        ),
    )


def of(kind: str, found: list[Repair]) -> list[Repair]:
    return [way for way in found if way.kind == kind]


def people_of(way: Repair) -> str:
    return "".join(move.person for move in way.moves)


def test_rule_10_a_team_that_is_large_enough_needs_no_repair() -> None:
    people = [one(letter) for letter in "abcdef"]
    small = staff(people, ("t1", "ab"), ("t2", "cdef"))
    assert repairs(small, "t1")
    assert repairs(small, "t2") == []
    assert repairs(small, "t3") == []


def test_rule_10_repairs_of_a_small_team_are_merger_transfer_and_waiver() -> None:
    people = [one(letter) for letter in "abcdef"]
    found = repairs(staff(people, ("t1", "ab"), ("t2", "cdef"), high=6), "t1")
    assert [way.kind for way in found] == ["transfer"] * 4 + ["merge"] * 2 + ["waiver"]
    assert found[-1].sets_aside == ("team_size",)
    assert {(way.closes, way.into) for way in of("merge", found)} == {("t1", "t2"), ("t2", "t1")}


def test_late_joiners_are_placed_before_members_are_moved() -> None:
    people = [one(letter) for letter in "abcdefg"]
    found = repairs(staff(people, ("t1", "ab"), ("t2", "cdef")), "t1")
    assert (found[0].kind, people_of(found[0]), found[0].moved) == ("late_joiner", "g", 0)
    assert of("transfer", found) == []


def test_members_are_moved_too_if_late_joiners_are_too_few() -> None:
    found = repairs(staff([one(letter) for letter in "acdefg"], ("t1", "a"), ("t2", "cdef")), "t1")
    assert of("late_joiner", found) == []
    assert [(move.person, move.from_team) for move in of("transfer", found)[0].moves] == [("c", "t2"), ("g", None)]


def test_transfers_are_ordered_by_loss_then_caps_then_ids() -> None:
    people = [
        one("a", home="bank"),
        one("b", home="bank"),
        one("c", "energy", "care"),
        one("d", "care", "energy"),  # would rather be there
        one("e", home="bank"),
        one("f"),
    ]
    found = of("transfer", repairs(staff(people, ("t1", "ab"), ("t2", "cdef")), "t1"))
    assert [(people_of(way), way.places_lost) for way in found] == [("d", -1), ("f", 0), ("e", 0), ("c", 1)]
    assert [way.sets_aside for way in found] == [(), (), ("organisation_cap",), ()]
    (over,) = found[2].over_cap
    assert (over.team, over.organisation, over.members, over.cap) == ("t1", "bank", 3, 2)


def test_a_transfer_leaves_no_team_too_small() -> None:
    people = [one(letter) for letter in "abcdefgh"]
    assert of("transfer", repairs(staff(people, ("t1", "ab"), ("t2", "cde"), ("t3", "fgh")), "t1")) == []
    found = of("transfer", repairs(staff([*people, one("i")], ("t1", "a"), ("t2", "cdeb"), ("t3", "fghi")), "t1"))
    assert found
    assert all({move.from_team for move in way.moves} == {"t2", "t3"} for way in found)


# Properties


@st.composite
def staffs(draw: st.DrawFn) -> Staff:
    low = draw(st.integers(3, 4))
    high = draw(st.integers(low, 8))
    sizes = [draw(st.integers(0, low - 1)), *draw(st.lists(st.integers(low - 1, high), min_size=0, max_size=4))]
    alone = draw(st.integers(0, 3))
    chance = Random(draw(st.integers(0, 9999)))
    challenges = [f"challenge_{n}" for n in range(len(sizes))]
    people = tuple(
        Candidate(
            f"person_{n:02}",
            chance.choice(["bank", "clinic", None]),
            tuple(chance.sample(challenges, chance.randint(0, len(challenges)))),
        )
        for n in range(sum(sizes) + alone)
    )
    shuffled = chance.sample(people, len(people))
    crews: list[Crew] = []
    for n, size in enumerate(sizes):
        crews.append(Crew(f"team_{n}", challenges[n], tuple(one.person for one in shuffled[:size])))
        shuffled = shuffled[size:]
    return Staff(Problem(people, tuple(map(Seat, challenges)), low, high), tuple(crews))


def after(staff: Staff, way: Repair) -> dict[str, list[str]]:
    members = {crew.team: list(crew.members) for crew in staff.crews}
    for move in way.moves:
        if move.from_team is not None:
            members[move.from_team].remove(move.person)
        members[move.to_team].append(move.person)
    if way.closes is not None:
        assert members.pop(way.closes) == []
    return members


@settings(max_examples=200, deadline=None)
@given(staffs())
def test_every_repair_keeps_every_bound_or_names_the_ones_it_sets_aside(staff: Staff) -> None:
    low, high = staff.question.min_team, staff.question.max_team
    homes = {one.person: kin(one) for one in staff.question.people}
    everybody = list(homes.values())
    found = repairs(staff, "team_0")
    assert 1 <= len(found) <= 20
    for way in found:
        members = after(staff, way)
        named = {team for move in way.moves for team in (move.from_team, move.to_team) if team is not None}
        touched = named & members.keys()
        if "team_size" in way.sets_aside:
            assert way.kind == "waiver"
        else:
            assert all(low <= len(members[team]) <= high for team in touched)
            assert "team_0" not in members or "team_0" in touched
        over = {
            (team, home, inside)
            for team in touched
            for home in {homes[one] for one in members[team]}
            if (inside := sum(homes[one] == home for one in members[team]))
            > organisation_cap(len(members[team]), everybody.count(home), len(everybody))
        }
        assert over == {(one.team, one.organisation, one.members) for one in way.over_cap}
        assert ("organisation_cap" in way.sets_aside) == bool(over)


@settings(max_examples=200, deadline=None)
@given(staffs())
def test_repairs_of_one_kind_are_ordered_by_moves_then_loss(staff: Staff) -> None:
    found = repairs(staff, "team_0")
    for kind in ("late_joiner", "transfer", "merge"):
        numbers = [(way.moved, way.places_lost) for way in of(kind, found)]
        assert numbers == sorted(numbers)
    needed = staff.question.min_team - len(staff.crews[0].members)
    placed = {person for crew in staff.crews for person in crew.members}
    alone = len(staff.question.people) - len(placed)
    assert all(way.moved == max(0, needed - alone) for way in of("transfer", found))


@settings(max_examples=100, deadline=None)
@given(staffs(), st.randoms(use_true_random=False))
def test_the_order_of_people_and_teams_changes_no_repair(staff: Staff, chance: Random) -> None:
    people = tuple(chance.sample(staff.question.people, len(staff.question.people)))
    crews = [replace(crew, members=tuple(chance.sample(crew.members, len(crew.members)))) for crew in staff.crews]
    turned = Staff(replace(staff.question, people=people), tuple(chance.sample(crews, len(crews))))
    assert repairs(turned, "team_0") == repairs(staff, "team_0")


def test_the_set_with_the_smallest_loss_is_found_among_very_many() -> None:
    # Three are needed of 200, no two from one team: far more sets than are compared.
    willing = {"person_004", "person_119", "person_200"}
    people = [
        one(name, "here", "there") if name in willing else one(name, "there", "here")
        for name in (f"person_{n:03}" for n in range(201))
    ]
    ids = [each.person for each in people]
    crews = [Crew(f"team_{n:02}", "there", tuple(ids[5 * n - 4 : 5 * n + 1])) for n in range(1, 41)]
    question = Problem(tuple(people), (Seat("here"), Seat("there")), 4, 8)
    (first, *_) = of("transfer", repairs(Staff(question, (Crew("team_00", "here", (ids[0],)), *crews)), "team_00"))
    assert ({move.person for move in first.moves}, first.places_lost) == (willing, -3)


# Folded from events


def staffing(*events: Event) -> Staff:
    learner = Staffing(stage.PROGRAMME)
    return learner.load([*stage.GIVEN, *events]).staff()


TEAM, OTHER = (
    TeamFormed(
        team=team,
        programme=stage.PROGRAMME,
        challenge=challenge,
        organisation=None,
        number=1,
        members=tuple(members),
    )
    for team, challenge, members in (
        (stage.TEAMS[0], stage.CARE, stage.PEOPLE[:3]),
        (stage.TEAMS[1], stage.ENERGY, stage.PEOPLE[3:7]),
    )
)
OF_TEAM: dict[str, Any] = {"programme": stage.PROGRAMME, "organisation": None}


def crews(found: Staff) -> dict[str, tuple[str, ...]]:
    return {crew.team: crew.members for crew in found.crews}


def test_team_membership_follows_every_event_that_changes_it() -> None:
    a, b = stage.TEAMS
    first, second, third, fourth, *rest = stage.PEOPLE
    left = MemberLeft(team=a, person=first, **OF_TEAM)
    joined = MemberJoined(team=a, person=stage.PEOPLE[7], **OF_TEAM)
    moved = MemberTransferred(team=b, person=fourth, to_team=a, to_organisation=None, **OF_TEAM)
    withdrew = ParticipantWithdrew(programme=stage.PROGRAMME, person=second, organisation=None)
    assert crews(staffing(TEAM, OTHER)) == {a: tuple(stage.PEOPLE[:3]), b: tuple(stage.PEOPLE[3:7])}
    assert crews(staffing(TEAM, OTHER, left, joined, moved)) == {
        a: tuple(sorted([second, third, fourth, stage.PEOPLE[7]])),
        b: tuple(rest[:3]),
    }
    assert crews(staffing(TEAM, OTHER, withdrew))[a] == (first, third)
    over = TeamDissolved(team=b, challenge=stage.ENERGY, members=tuple(stage.PEOPLE[3:7]), **OF_TEAM)
    assert crews(staffing(TEAM, OTHER, over)) == {a: tuple(stage.PEOPLE[:3])}


def test_a_dissolved_team_has_no_repairs_and_its_members_can_join_another() -> None:
    over = TeamDissolved(team=stage.TEAMS[1], challenge=stage.ENERGY, members=tuple(stage.PEOPLE[3:7]), **OF_TEAM)
    left = MemberLeft(team=stage.TEAMS[0], person=stage.PEOPLE[0], **OF_TEAM)
    found = staffing(TEAM, OTHER, over, left)
    assert repairs(found, stage.TEAMS[1]) == []
    assert {way.kind for way in repairs(found, stage.TEAMS[0])} == {"late_joiner", "waiver"}
