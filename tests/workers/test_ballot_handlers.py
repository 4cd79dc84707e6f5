"""Ballots that nobody closes, counts or tidies up manually."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.ballots.ballot import CloseBallot, VoidBallot
from domain.events.ballot import BallotClosed, BallotCounted, BallotVoided
from domain.foundation import Caller, Words
from service.ballot_papers import count_key
from service.sealing.keys import Destroyed
from tests.workers.examples.stage import Stage, working


async def test_rule_4_a_ballot_is_closed_and_counted_automatically_after_its_deadline(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(seconds=1.5))
    for voter in stage.electors[:2]:
        await stage.vote(ballot, voter)
    async with working(stage.kring):
        counted = await stage.until(BallotCounted)
        await stage.settled("destroy_ballot_key")
    (closed,) = await stage.events(BallotClosed)
    assert (closed.ballot, closed.cause, closed.turnout) == (ballot, "deadline", 2)
    assert counted.selected == stage.challenges[:1]
    with pytest.raises(Destroyed):
        stage.kring.keys.get(count_key(ballot))
    assert {key: state for state, key, _ in await stage.jobs("%ballot")} == {
        f"close_ballot:{ballot}": "done",
        f"count_ballot:{ballot}": "done",
    }


async def test_events_recorded_by_jobs_name_their_cause_and_correlation(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(seconds=1))
    for voter in stage.electors:
        await stage.vote(ballot, voter)
    async with working(stage.kring):
        await stage.until(BallotCounted)
    found, _ = await stage.kring.log.read()
    rows = {one.type: one for one in found}
    assert rows["ballot.closed"].via == f"job_close_ballot:{ballot}"
    assert rows["ballot.closed"].causation_id == rows["ballot.opened"].position
    assert rows["ballot.counted"].causation_id == rows["ballot.closed"].position
    assert rows["ballot.closed"].correlation_id == rows["ballot.opened"].correlation_id
    assert rows["ballot.counted"].correlation_id == rows["ballot.opened"].correlation_id


async def test_a_manually_closed_ballot_is_counted_and_its_timer_does_nothing(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(hours=1))
    for voter in stage.electors:
        await stage.vote(ballot, voter)
    await stage.do(CloseBallot(ballot, by=stage.by()))
    async with working(stage.kring):
        await stage.until(BallotCounted)
        await stage.due_now("close_ballot")
        assert [state for state, *_ in await stage.settled("close_ballot")] == ["done"]
    assert [one.cause for one in await stage.events(BallotClosed)] == ["by_hand"]


async def test_rule_8_a_ballot_below_its_quorum_is_void_and_its_key_is_destroyed(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(seconds=1))
    async with working(stage.kring):
        assert (await stage.until(BallotVoided)).cause == "quorum"
        await stage.settled("destroy_ballot_key")
    with pytest.raises(Destroyed):
        stage.kring.keys.get(count_key(ballot))


async def test_a_ballot_whose_key_is_lost_is_void(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(seconds=1))
    for voter in stage.electors:
        await stage.vote(ballot, voter)
    stage.kring.keys.destroy(count_key(ballot))
    async with working(stage.kring):
        assert (await stage.until(BallotVoided)).cause == "key_lost"


async def test_a_manually_voided_ballot_loses_its_key_and_is_not_closed_later(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(seconds=1))
    by: Caller = replace(stage.by(), reason=Words("A wrong text."))
    await stage.do(VoidBallot(ballot, by=by))
    async with working(stage.kring):
        await stage.settled("close_ballot")
        await stage.settled("destroy_ballot_key")
    assert await stage.events(BallotClosed) == []
    with pytest.raises(Destroyed):
        stage.kring.keys.get(count_key(ballot))
