"""The case and the generated programmes as data: complete, consistent, and of the requested sizes."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
import pytest

from domain.calculations import counting
from domain.calculations.assignment import Candidate, Problem, Seat, Solved
from service.demo import invented, steps
from service.demo.case import COPS, PROGRAMME, Cop, Programme
from service.demo.client import when
from workers.solving.solver import solve

RABOBANK = COPS[0]
FIRST, LAST = datetime(2016, 9, 1), datetime(2017, 6, 30, 23, 59)  # noqa: DTZ001  local, as all times of the case
CASES = [(PROGRAMME, COPS), (invented.programme(7), invented.cops(7))]


def moments(part: object) -> Iterator[datetime]:
    """Every time anywhere in the data."""
    match part:
        case datetime():
            yield part
        case msgspec.Struct():
            for name in part.__struct_fields__:
                yield from moments(getattr(part, name))
        case tuple():
            for one in part:  # pyright: ignore[reportUnknownVariableType]  any part
                yield from moments(one)  # pyright: ignore[reportUnknownArgumentType]  likewise
        case _:
            pass


def selected(programme: Programme, seed: int, seats: int) -> set[str]:
    current = {one.voter: one.approves for one in programme.ballot.papers}
    standing = {one.key: one.organisation for one in programme.challenges if one.declined is None}
    papers = [counting.Paper(voter, approves) for voter, approves in current.items()]
    rule = "equal_shares/1"
    return set(counting.count(rule, papers, list(standing), seats, bytes([seed] * 32), standing).selected)


def assigned(programme: Programme, cops: tuple[Cop, ...]) -> dict[str, set[str]]:
    organisations = {one.key: one.organisation for one in programme.people}
    proposers = {one.key: one.by for one in programme.challenges}
    people = tuple(Candidate(key, organisations[key], wishes) for key, wishes in programme.choice.rankings.items())
    answer = solve(Problem(people, tuple(Seat(one.challenge, proposers[one.challenge]) for one in cops), 4, 8))
    assert isinstance(answer, Solved)
    return {team.challenge: set(team.members) for team in answer.assignment.teams}


@pytest.mark.parametrize(("programme", "cops"), CASES)
def test_the_votes_choose_the_challenges_of_the_cops_whatever_the_tie_seed(
    programme: Programme, cops: tuple[Cop, ...]
) -> None:
    voters = len(programme.in_role("participant"))
    seats = counting.default_seats(voters, 4, 8)
    assert seats == len(cops)
    for seed in range(5):
        assert selected(programme, seed, seats) == {one.challenge for one in cops}


@pytest.mark.parametrize(("programme", "cops"), CASES)
def test_the_preferences_lead_to_the_members_of_the_cops(programme: Programme, cops: tuple[Cop, ...]) -> None:
    assert assigned(programme, cops) == {one.challenge: set(one.members) for one in cops}


@pytest.mark.parametrize(("programme", "cops"), CASES)
def test_everything_happens_between_september_2016_and_june_2017(programme: Programme, cops: tuple[Cop, ...]) -> None:
    found = [one for part in (programme, *cops) for one in moments(part)]
    assert len(found) > 200
    assert all(FIRST <= one <= LAST for one in found)


@pytest.mark.parametrize(("programme", "cops"), CASES)
def test_keys_are_unique_and_refer_to_existing_items(programme: Programme, cops: tuple[Cop, ...]) -> None:
    people = [one.key for one in programme.people]
    assert len(people) == len(set(people))
    organisations = {one.key for one in programme.organisations}
    assert {one.organisation for one in programme.people if one.organisation} <= organisations
    assert {one.by for one in programme.challenges} <= set(people)
    assert {one.challenge for one in programme.questions} <= {one.key for one in programme.challenges}
    assert {name for one in programme.questions for name in (one.by, one.answered_by)} <= set(people)
    for cop in cops:
        made = {f"source:{one.key}" for one in cop.sources} | {f"interview:{one.key}" for one in cop.interviews}
        made |= {f"insight:{one.key}" for one in cop.insights} | {f"visit:{one.key}" for one in cop.trip.visits}
        assert {name for one in cop.recommendations for name in one.evidence} <= made
        assert {one.on for one in cop.comments} | {one.item for one in cop.shares} <= made
        assert all(set(one.answers) == set(cop.members) for one in cop.trip.options)


def test_questions_are_answered_after_the_challenge_and_before_the_ballot() -> None:
    proposed = {one.key: one.at for one in PROGRAMME.challenges}
    for one in PROGRAMME.questions:
        assert proposed[one.challenge] < one.at < one.answered_at < PROGRAMME.ballot.opened_at


def test_the_rabobank_cop_has_a_realistic_amount_of_work() -> None:
    sectors = [one.sector for one in RABOBANK.interviews]
    assert all(sectors.count(one) >= 2 for one in ("knowledge", "government", "business"))
    assert (len(RABOBANK.sources), len(RABOBANK.stakeholders), len(RABOBANK.trip.visits)) >= (10, 8, 4)
    assert (len(RABOBANK.trip.bookings), len(RABOBANK.trip.expenses)) == (3, 5)
    assert (len(RABOBANK.problem_statements), len(RABOBANK.recommendations)) == (2, 2)
    for one in RABOBANK.recommendations:
        assert len({name.partition(":")[0] for name in one.evidence}) >= 2


def test_a_source_that_is_invented_says_so() -> None:
    known = {"Feld", "Stam", "Isenberg", "Saxenian", "Katz", "Wenger", "Kotter"}
    for cop in COPS:
        for one in cop.sources:
            authors = msgspec.convert(one.csl.get("author", []), list[dict[str, str]])
            assert "note" in one.csl or authors[0].get("family") in known, one.key


def test_times_carry_the_utc_offset_of_their_day() -> None:
    assert when(datetime(2016, 10, 6, 13, 0)) == "2016-10-06T13:00:00+02:00"  # noqa: DTZ001  local
    assert when(datetime(2017, 1, 19, 9, 30)) == "2017-01-19T09:30:00+01:00"  # noqa: DTZ001  local


def test_there_are_as_many_steps_as_milestones() -> None:
    assert 30 <= steps() <= 60
