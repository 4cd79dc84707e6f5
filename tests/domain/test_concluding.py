"""The end of a programme."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.concluding import ConcludeProgramme
from domain.convening import PlanSession
from domain.followup import RespondToRecommendation
from domain.forming import RequestAssignment
from domain.foundation import (
    AsIs,
    AssignmentId,
    BallotId,
    Caller,
    Command,
    Digest,
    Fact,
    GatheringId,
    NotAllowed,
    NotFound,
    ReasonMissing,
    Refusal,
    Words,
)
from domain.opening import OpenBallot
from domain.programme import ProgrammeConcluded, ProgrammeOver
from domain.team import TeamDissolved
from tests.domain import a_team as t
from tests.domain.deciding import NOW, caller

MANAGER = caller("manager")
SAYING_WHY = caller("manager", reason="no time is left")
CONCLUDED = ProgrammeConcluded(programme=t.PROGRAMME, teams=(t.TEAM,))


def concluding(by: Caller = MANAGER) -> ConcludeProgramme:
    return ConcludeProgramme(t.PROGRAMME, by=by)


def test_a_programme_ends_with_its_cops_once_their_advice_is_delivered() -> None:
    assert t.told(t.delivered(), concluding())[-1] == CONCLUDED


def test_ending_before_the_delivery_needs_a_reason() -> None:
    with pytest.raises(ReasonMissing):
        t.told(t.presented(), concluding())
    assert t.told(t.presented(), concluding(SAYING_WHY))[-1] == CONCLUDED


def test_a_cop_that_ended_before_is_not_concluded_and_asks_for_no_reason() -> None:
    dissolved = TeamDissolved(
        team=t.TEAM, programme=t.PROGRAMME, organisation=t.BANK, challenge=t.CHALLENGE, members=t.FORMED.members
    )
    assert t.told([*t.EVERYBODY, dissolved], concluding())[-1] == replace(CONCLUDED, teams=())


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(concluding(), [*t.EVERYBODY, CONCLUDED], AsIs, id="twice"),
        pytest.param(concluding(t.GUIDE_ASKS), t.EVERYBODY, NotAllowed, id="a facilitator"),
        pytest.param(concluding(t.ANNA_ASKS), t.EVERYBODY, NotAllowed, id="a participant"),
        pytest.param(concluding(t.BANKER_ASKS), t.EVERYBODY, NotFound, id="hidden from a commissioner"),
        pytest.param(concluding(), [], NotFound, id="no such programme"),
    ],
)
def test_a_conclusion_is_refused(command: ConcludeProgramme, given: list[Fact], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        t.told(given, command)


def session(by: Caller) -> Command:
    return PlanSession(
        GatheringId(t.id_of("gathering", 1)),
        programme=t.PROGRAMME,
        number=1,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        place=Words("Zwolle"),
        by=by,
    )


def ballot(by: Caller) -> Command:
    return OpenBallot(
        BallotId(t.id_of("ballot", 1)),
        programme=t.PROGRAMME,
        challenges=(t.CHALLENGE,),
        closes_at=NOW + timedelta(days=1),
        tie_seed_commitment=Digest("A" * 43),
        ballot_key=Digest("A" * 43),
        by=by,
    )


def assignment(by: Caller) -> Command:
    return RequestAssignment(AssignmentId(t.id_of("assignment", 1)), programme=t.PROGRAMME, by=by)


@pytest.mark.parametrize("begin", [session, ballot, assignment])
def test_a_concluded_programme_begins_nothing_new(begin: Callable[[Caller], Command]) -> None:
    history: list[Fact] = [*t.EVERYBODY, CONCLUDED]
    with pytest.raises(ProgrammeOver):
        t.told(history, begin(t.GUIDE_ASKS))
    with pytest.raises(NotFound):
        t.told(history, begin(caller("facilitator", t.BANKER)))


def test_follow_up_goes_on_after_the_conclusion() -> None:
    history = t.told(t.delivered(), concluding())
    assert t.told(history, RespondToRecommendation(t.RECOMMENDATION, verdict="accepted", by=t.BANKER_ASKS))
