"""Concluding a programme."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.advice.followup import RespondToRecommendation
from domain.ballots.opening import OpenBallot
from domain.challenges.challenge import AdmitChallenge, DeclineChallenge
from domain.challenges.revising import ReviseChallenge
from domain.events.attendance import AttendanceCorrected
from domain.events.challenge import ChallengeProposed
from domain.events.minutes import MinutesCorrected
from domain.events.programme import ProgrammeConcluded
from domain.events.team import TeamDissolved
from domain.foundation import (
    AnnouncementId,
    AsIs,
    AssignmentId,
    BallotId,
    Caller,
    ChallengeId,
    Command,
    Digest,
    Event,
    GatheringId,
    Label,
    NotAllowed,
    NotFound,
    ReasonMissing,
    Refusal,
    Words,
)
from domain.gatherings.attendance import Presence, RecordAttendance
from domain.gatherings.convening import PlanSession
from domain.gatherings.gathering import HoldGathering
from domain.gatherings.minutes import ApproveMinutes, WriteMinutes
from domain.programmes.announcing import MakeAnnouncement
from domain.programmes.programme import PlanModule, PlanPhase, ProgrammeOver, SetCurriculum
from domain.spanning.concluding import ConcludeProgramme
from domain.teams.enrolment import MoveParticipant, WithdrawParticipant
from domain.teams.forming import RequestAssignment
from domain.trips.dates import GiveAvailability, NoPoll
from tests.domain.examples import team as t
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.ended_teams import GATHERING, IDEA, INVITED, TRIP, WORK, WRITES
from tests.domain.examples.state_machine import MemoryLog

MANAGER = caller("manager")
WITH_REASON = caller("manager", reason="no time is left")
CONCLUDED = ProgrammeConcluded(programme=t.PROGRAMME, teams=(t.TEAM,), members=(t.ANNA, t.BERT, t.CORA))


def concluding(by: Caller = MANAGER) -> ConcludeProgramme:
    return ConcludeProgramme(t.PROGRAMME, by=by)


def test_a_programme_ends_with_its_cops_once_their_advice_is_delivered() -> None:
    assert t.execute(t.delivered(), concluding())[-1] == CONCLUDED


def test_ending_before_the_delivery_needs_a_reason() -> None:
    with pytest.raises(ReasonMissing):
        t.execute(t.presented(), concluding())
    assert t.execute(t.presented(), concluding(WITH_REASON))[-1] == CONCLUDED


def test_a_cop_that_ended_earlier_is_not_concluded_and_needs_no_reason() -> None:
    dissolved = TeamDissolved(
        team=t.TEAM, programme=t.PROGRAMME, organisation=t.BANK, challenge=t.CHALLENGE, members=t.FORMED.members
    )
    assert t.execute([*t.EVERYBODY, dissolved], concluding())[-1] == replace(CONCLUDED, teams=(), members=())


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(concluding(), [*t.EVERYBODY, CONCLUDED], AsIs, id="twice"),
        pytest.param(concluding(t.BY_GUIDE), t.EVERYBODY, NotAllowed, id="a facilitator"),
        pytest.param(concluding(t.BY_ANNA), t.EVERYBODY, NotAllowed, id="a participant"),
        pytest.param(concluding(t.BY_BANKER), t.EVERYBODY, NotFound, id="hidden from a commissioner"),
        pytest.param(concluding(), [], NotFound, id="no such programme"),
    ],
)
def test_a_conclusion_is_refused(command: ConcludeProgramme, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        t.execute(given, command)


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
def test_nothing_new_starts_in_a_concluded_programme(begin: Callable[[Caller], Command]) -> None:
    history: list[Event] = [*t.EVERYBODY, CONCLUDED]
    with pytest.raises(ProgrammeOver):
        t.execute(history, begin(t.BY_GUIDE))
    with pytest.raises(NotFound):
        t.execute(history, begin(caller("facilitator", t.BANKER)))


def test_follow_up_continues_after_the_conclusion() -> None:
    history = t.execute(t.delivered(), concluding())
    assert t.execute(history, RespondToRecommendation(t.RECOMMENDATION, verdict="accepted", by=t.BY_BANKER))


ENDED_BY_MEMBERS = {name: write for name, write in WRITES.items() if name != "a rejoinder"}


@pytest.mark.parametrize("write", ENDED_BY_MEMBERS.values(), ids=ENDED_BY_MEMBERS)
def test_the_work_of_a_cop_is_read_only_after_the_conclusion(write: Callable[[Caller], Command]) -> None:
    log = MemoryLog(NOW, *WORK)
    log.execute(concluding(WITH_REASON))
    assert log.refusal(write(caller("participant", t.ANNA, reason="Toch"))) is ProgrammeOver
    assert log.refusal(write(caller("participant", t.OTTO, reason="Toch"))) in {NotAllowed, NotFound}, (
        "the conclusion is not revealed to people without permission"
    )


def by_guide(by: Caller) -> list[Command]:
    return [
        MakeAnnouncement(
            AnnouncementId(t.id_of("announcement", 1)), programme=t.PROGRAMME, text=Words("Nog iets"), by=by
        ),
        MoveParticipant(t.PROGRAMME, person=t.ANNA, organisation=None, by=by),
        WithdrawParticipant(t.PROGRAMME, person=t.ANNA, by=by),
        WRITES["a comment"](by),
        AdmitChallenge(OTHER, by=by),
        DeclineChallenge(OTHER, by=by),
        ReviseChallenge(OTHER, title=Words("Anders"), by=by),
    ]


def by_manager(by: Caller) -> list[Command]:
    return [
        PlanModule(t.PROGRAMME, number=4, title=Label("Extra"), starts_on=NOW.date(), ends_on=NOW.date(), by=by),
        PlanPhase(t.PROGRAMME, intake_closes_at=NOW, by=by),
        SetCurriculum(t.PROGRAMME, topics=(), by=by),
    ]


OTHER = ChallengeId(t.id_of("challenge", 9))
PROPOSED = ChallengeProposed(
    challenge=OTHER,
    programme=t.PROGRAMME,
    organisation=t.BANK,
    proposer=None,
    title=Words("t"),
    context=Words("c"),
    wish=Words("w"),
)


def test_facilitators_and_managers_cannot_change_a_concluded_programme() -> None:
    log = MemoryLog(NOW, *WORK, PROPOSED)
    log.execute(concluding(WITH_REASON))
    by = caller("facilitator", t.GUIDE, reason="Toch")
    assert {type(one).__name__: log.refusal(one) for one in by_guide(by)} == {
        type(one).__name__: ProgrammeOver for one in by_guide(by)
    }
    assert {log.refusal(one) for one in by_manager(WITH_REASON)} == {ProgrammeOver}
    assert {log.refusal(one) for one in by_manager(by)} == {NotAllowed}


def test_a_guest_cannot_answer_the_date_poll_of_a_concluded_programme() -> None:
    log = MemoryLog(NOW, *WORK, IDEA, INVITED)
    answer = GiveAvailability(TRIP, answers=(), by=caller("facilitator", t.GUIDE))
    assert log.refusal(answer) is NoPoll
    log.execute(concluding(WITH_REASON))
    assert log.refusal(GiveAvailability(TRIP, answers=(), by=caller("facilitator", t.GUIDE))) is ProgrammeOver


def test_rule_21_after_the_conclusion_minutes_and_attendance_are_only_corrected() -> None:
    log = MemoryLog(NOW, *WORK)
    by, with_reason = caller("participant", t.ANNA), caller("participant", t.ANNA, reason="Een fout")

    def attendance(by: Caller, *, present: bool) -> RecordAttendance:
        return RecordAttendance(GATHERING, programme=t.PROGRAMME, people=(Presence(t.ANNA, present),), by=by)

    def minutes(by: Caller) -> WriteMinutes:
        return WriteMinutes(GATHERING, programme=t.PROGRAMME, text=Words("Beter"), by=by)

    before = MemoryLog(NOW, *WORK)
    before.execute(concluding(WITH_REASON))
    assert before.refusal(attendance(with_reason, present=True)) is ProgrammeOver
    assert before.refusal(minutes(with_reason)) is ProgrammeOver

    log.execute(HoldGathering(GATHERING, programme=t.PROGRAMME, by=by))
    log.execute(attendance(by, present=True))
    log.execute(ApproveMinutes(GATHERING, programme=t.PROGRAMME, by=by))
    log.execute(concluding(WITH_REASON))
    assert isinstance(log.execute(minutes(with_reason))[0], MinutesCorrected)
    assert isinstance(log.execute(attendance(with_reason, present=False))[0], AttendanceCorrected)
