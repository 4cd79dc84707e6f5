"""The case and the generated programmes as data: complete, consistent, and of the requested sizes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import httpx
import msgspec
import pytest

from domain.calculations import counting
from domain.calculations.assignment import Candidate, Problem, Seat, Solved
from service.clock_and_ids import now
from service.demo import invented, steps
from service.demo.case import COPS, PROGRAMME, ZONE, Cop, Living, Programme, living
from service.demo.client import Actor, Stage, when
from service.demo.playing import monday_of
from workers.solving.solver import solve

RABOBANK = COPS[0]
FIRST, LAST = datetime(2016, 9, 1), datetime(2017, 6, 30, 23, 59)  # noqa: DTZ001  local, as all times of the case
MONDAY = date(2026, 11, 30)
LIVING = living(MONDAY)
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


def visits_of(cop: Cop) -> set[str]:
    return {f"visit:{one.key}" for one in cop.trip.visits} if cop.trip is not None else set()


def selected(programme: Programme, seed: int, seats: int) -> set[str]:
    current = {one.voter: one.approves for one in programme.ballots[0].papers}
    standing = {one.key: one.organisation for one in programme.challenges if one.declined is None}
    papers = [counting.Paper(voter, approves) for voter, approves in current.items()]
    rule = "equal_shares/1"
    return set(counting.count(rule, papers, list(standing), seats, bytes([seed] * 32), standing).selected)


def assigned(programme: Programme, cops: tuple[Cop, ...]) -> dict[str, set[str]]:
    assert programme.choice is not None
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
        made |= {f"insight:{one.key}" for one in cop.insights} | visits_of(cop)
        assert {name for one in cop.recommendations for name in one.evidence} <= made
        assert {one.on for one in cop.comments} | {one.item for one in cop.shares} <= made
        assert cop.trip is not None
        assert all(set(one.answers) == set(cop.members) for one in cop.trip.options)


def test_questions_are_answered_after_the_challenge_and_before_the_ballot() -> None:
    proposed = {one.key: one.at for one in PROGRAMME.challenges}
    for one in PROGRAMME.questions:
        assert one.answered_at is not None
        assert proposed[one.challenge] < one.at < one.answered_at < PROGRAMME.ballots[0].opened_at


def test_the_rabobank_cop_has_a_realistic_amount_of_work() -> None:
    sectors = [one.sector for one in RABOBANK.interviews]
    assert all(sectors.count(one) >= 2 for one in ("knowledge", "government", "business"))
    assert RABOBANK.trip is not None
    assert (len(RABOBANK.sources), len(RABOBANK.stakeholders), len(RABOBANK.trip.visits)) >= (10, 8, 4)
    assert (len(RABOBANK.trip.bookings), len(RABOBANK.trip.expenses)) == (3, 5)
    assert (len(RABOBANK.problem_statements), len(RABOBANK.recommendations)) == (2, 2)
    for one in RABOBANK.recommendations:
        assert len({name.partition(":")[0] for name in one.evidence}) >= 2


def test_a_source_that_is_invented_says_so() -> None:
    known = {"Feld", "Stam", "Isenberg", "Saxenian", "Katz", "Wenger", "Kotter"}
    for cop in (*COPS, *LIVING.running.cops):
        for one in cop.sources:
            authors = msgspec.convert(one.csl.get("author", []), list[dict[str, str]])
            assert "note" in one.csl or authors[0].get("family") in known, one.key


def test_times_carry_the_utc_offset_of_their_day() -> None:
    assert when(datetime(2016, 10, 6, 13, 0)) == "2016-10-06T13:00:00+02:00"  # noqa: DTZ001  local
    assert when(datetime(2017, 1, 19, 9, 30)) == "2017-01-19T09:30:00+01:00"  # noqa: DTZ001  local


def test_there_are_as_many_steps_as_milestones() -> None:
    assert 30 <= steps() <= 80


# The living edition


def editions(case: Living) -> list[object]:
    return [case.running.programme, *case.running.cops, case.choosing.programme]


def test_what_happened_in_the_living_edition_precedes_its_week() -> None:
    to_come = {"starts_at", "ends_at"}
    for part in (one for edition in editions(LIVING) for one in parts(edition)):
        for name in set(part.__struct_fields__) - to_come:
            value = getattr(part, name)
            assert not isinstance(value, datetime) or value < datetime(2026, 11, 30), (part, name)  # noqa: DTZ001  local


def parts(part: object) -> Iterator[msgspec.Struct]:
    """Every part of a case."""
    match part:
        case msgspec.Struct():
            yield part
            for name in part.__struct_fields__:
                yield from parts(getattr(part, name))
        case tuple():
            for one in part:  # pyright: ignore[reportUnknownVariableType]  any part
                yield from parts(one)  # pyright: ignore[reportUnknownArgumentType]  likewise
        case _:
            pass


def test_the_living_edition_moves_with_its_week() -> None:
    later = living(MONDAY + timedelta(weeks=60))
    before, after = [[one for part in editions(case) for one in moments(part)] for case in (LIVING, later)]
    assert {then - one for one, then in zip(before, after, strict=True)} == {timedelta(weeks=60)}
    assert later.running.programme.edition == str(later.running.programme.starts_on.year) == "2027"


def test_the_week_of_a_time_begins_on_a_monday_in_local_time() -> None:
    assert monday_of(datetime(2026, 11, 29, 22, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert monday_of(datetime(2026, 11, 29, 23, 1, tzinfo=UTC)) == MONDAY
    assert monday_of(datetime(2026, 12, 6, 12, tzinfo=ZONE)) == MONDAY


def test_the_people_of_all_editions_have_keys_and_names_of_their_own() -> None:
    people = {one.key: one for case in (PROGRAMME, LIVING.running.programme) for one in case.people}
    people |= {one.key: one for one in LIVING.choosing.programme.people}
    assert len({one.name for one in people.values()}) == len(people)
    assert not {one.key for one in PROGRAMME.people} & {one.key for one in LIVING.choosing.programme.people}
    participants = {
        one.key for case in (LIVING.running, LIVING.choosing) for one in case.programme.in_role("participant")
    }
    assert len(participants) == 14
    assert len({people[one].organisation for one in participants}) == 6


def test_half_of_the_electors_have_voted_which_is_the_quorum() -> None:
    programme = LIVING.choosing.programme
    (running,) = [one for one in programme.ballots if one.closed_at is None]
    assert 2 * len(running.papers) == len(programme.in_role("participant"))


async def test_a_time_that_is_to_come_after_the_clock_was_set_back_is_not_stated() -> None:
    sent: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(msgspec.json.decode(request.content))
        return httpx.Response(200, json={})

    async with httpx.AsyncClient(base_url="http://kring.example", transport=httpx.MockTransport(answer)) as http:
        actor, at = Actor(Stage(http, "test"), "kr_1"), now().astimezone(ZONE).replace(tzinfo=None)
        for days in (-1, 1):
            await actor.make("step", "/people", {}, at=at + timedelta(days=days))
    assert [list(one) for one in sent] == [["occurred_at"], []]
