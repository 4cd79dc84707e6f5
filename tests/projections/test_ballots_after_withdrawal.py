"""Ballots and results after a withdrawal (rule 22)."""

from datetime import UTC, datetime

from msgspec.structs import replace

from domain.events.ballot import BallotCounted
from domain.events.challenge import ChallengeWithdrawn
from domain.foundation import BallotId, ChallengeId, Code, Event, TeamId
from domain.spanning.withdrawing import WithdrawChallenge
from projections.ballots import BALLOTS, RESULTS, Ballot, Result
from projections.view import EventMetadata, fold_events
from tests.domain.examples.board import (
    BALLOT,
    BY_BANKER,
    CARE,
    CERTIFIED,
    COUNTED,
    ENERGY,
    OPEN,
    PROGRAMME,
    START_UPS,
    recount,
)
from tests.domain.examples.withdrawing import VOTERS

T0 = datetime(2016, 10, 1, tzinfo=UTC)


def gone(runner_up: ChallengeId | None = None, teams: tuple[TeamId, ...] = ()) -> ChallengeWithdrawn:
    return ChallengeWithdrawn(
        challenge=START_UPS,
        programme=PROGRAMME,
        organisation=None,
        stage=Code("selected"),
        ballot=BALLOT,
        runner_up=runner_up,
        teams=teams,
    )


def ballot(*events: Event) -> Ballot:
    return fold_events(BALLOTS, [(event, EventMetadata(n, T0)) for n, event in enumerate(events, 1)])[BALLOT]


def result(*events: Event) -> Result:
    return fold_events(RESULTS, [(event, EventMetadata(n, T0)) for n, event in enumerate(events, 1)])[BALLOT]


def test_a_ballot_lists_only_challenges_struck_from_it() -> None:
    assert ballot(*OPEN).struck == ()
    assert ballot(*OPEN, gone()).struck == (START_UPS,)
    assert ballot(*OPEN, replace(gone(), ballot=None)).struck == ()


def test_the_result_shows_the_last_count() -> None:
    command = WithdrawChallenge(START_UPS, programme=PROGRAMME, voters=(VOTERS,), by=BY_BANKER).load(COUNTED)
    command.execute()
    again = [one.decision for one in command.collect_events()]
    assert isinstance(again[-1], BallotCounted)
    shown = result(*COUNTED, *again)
    assert (shown.status, shown.selected, shown.struck) == ("counted", recount(START_UPS).selected, (START_UPS,))


def test_the_runner_up_replaces_the_withdrawn_challenge_in_the_certified_result() -> None:
    before = result(*CERTIFIED).selected
    assert set(before) == {CARE, START_UPS}
    after = result(*CERTIFIED, gone(ENERGY)).selected
    assert after == tuple(ENERGY if one == START_UPS else one for one in before)
    assert result(*CERTIFIED, gone(None)).selected == (CARE,)


def test_a_certified_result_with_teams_at_work_does_not_change() -> None:
    assert result(*CERTIFIED, gone(ENERGY, (TeamId("team_1"),))) == result(*CERTIFIED)


def test_a_withdrawal_before_the_count_makes_no_result() -> None:
    events = [(event, EventMetadata(n, T0)) for n, event in enumerate([*OPEN, gone()], 1)]
    assert fold_events(RESULTS, events) == {}


def test_a_withdrawal_affects_no_other_ballot() -> None:
    assert result(*CERTIFIED, replace(gone(ENERGY), ballot=BallotId("ballot_2"))) == result(*CERTIFIED)
