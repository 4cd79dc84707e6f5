"""CoPs that merged or were dissolved: their work stays as it is, and their last members are told so (rules 10, 22)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain.advice import Addressee, FormulateRecommendation, ReviseProblemStatement
from domain.convening import PlanOwnGathering
from domain.files import AttachFile
from domain.followup import AddRejoinder
from domain.foundation import (
    AnyId,
    Caller,
    Code,
    Command,
    CommentId,
    Digest,
    Fact,
    FileId,
    GatheringId,
    InsightId,
    InterviewId,
    NotAllowed,
    NotFound,
    Personal,
    PersonId,
    SourceId,
    StakeholderId,
    TripId,
    Words,
)
from domain.gathering import CancelGathering, GatheringPlanned, HoldGathering
from domain.minutes import ApproveMinutes, MinutesWritten, WriteMinutes
from domain.presenting import JudgeAdvice
from domain.research import HoldInterview, InterviewPlanned, LogSource, PlanInterview, ShareInsight
from domain.sharing import AddComment, ShareWork
from domain.stakeholders import IdentifyStakeholder, PlaceStakeholder, StakeholderIdentified
from domain.team import MemberLeft, TeamDissolved, TeamFormed, TeamMerged, TeamOver
from domain.trip_course import ProposeTrip
from tests.domain.a_team import (
    ANNA,
    BANK,
    BERT,
    CHALLENGE,
    CLINIC,
    CORA,
    GUIDE,
    OTHER_TEAM,
    OTTO,
    PROGRAMME,
    RECOMMENDATION,
    SOURCE,
    TEAM,
    drafted,
    id_of,
)
from tests.domain.deciding import NOW, caller
from tests.domain.machine import MemoryLog

GATHERING, INTERVIEW = GatheringId(id_of("gathering", 1)), InterviewId(id_of("interview", 1))
STAKEHOLDER = StakeholderId(id_of("stakeholder", 1))
WORK: list[Fact] = [
    *drafted(),
    InterviewPlanned(
        interview=INTERVIEW,
        team=TEAM,
        programme=PROGRAMME,
        who=Personal("Wil"),
        role=Words("Teler"),
        sector="business",
        on=None,
    ),
    StakeholderIdentified(
        stakeholder=STAKEHOLDER, team=TEAM, programme=PROGRAMME, name=Personal("Wil"), organisation=None
    ),
    GatheringPlanned(
        gathering=GATHERING,
        programme=PROGRAMME,
        kind="own",
        number=None,
        teams=(TEAM,),
        organisations=(BANK,),
        starts_at=NOW - timedelta(hours=2),
        ends_at=NOW,
        place=Words("Zwolle"),
        agenda=(),
    ),
    MinutesWritten(gathering=GATHERING, programme=PROGRAMME, version=1, text=Words("Wij waren er.")),
    TeamFormed(
        team=OTHER_TEAM, programme=PROGRAMME, challenge=CHALLENGE, organisation=CLINIC, number=2, members=(OTTO,)
    ),
    MemberLeft(team=TEAM, programme=PROGRAMME, organisation=BANK, person=CORA),
]
LAST = (ANNA, BERT)
MERGED = TeamMerged(
    team=TEAM,
    programme=PROGRAMME,
    organisation=BANK,
    challenge=CHALLENGE,
    into=OTHER_TEAM,
    into_organisation=CLINIC,
    members=LAST,
)
DISSOLVED = TeamDissolved(team=TEAM, programme=PROGRAMME, organisation=BANK, challenge=CHALLENGE, members=LAST)


def own_gathering(starts_at: datetime, by: Caller) -> PlanOwnGathering:
    return PlanOwnGathering(
        GatheringId(id_of("gathering", 2)),
        programme=PROGRAMME,
        team=TEAM,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        place=Words("Zwolle"),
        by=by,
    )


def recommendation(by: Caller) -> FormulateRecommendation:
    return FormulateRecommendation(
        RECOMMENDATION,
        team=TEAM,
        text=Words("r"),
        evidence=(AnyId(SOURCE),),
        addressee=Addressee(organisation=None, name=Words("De regio")),
        by=by,
    )


WRITES: dict[str, Callable[[Caller], Command]] = {
    "a comment": lambda by: AddComment(
        CommentId(id_of("comment", 1)), team=TEAM, on=AnyId(TEAM), text=Words("En?"), by=by
    ),
    "a share": lambda by: ShareWork(AnyId(SOURCE), team=TEAM, circle="programme", by=by),
    "a source": lambda by: LogSource(SourceId(id_of("source", 2)), team=TEAM, csl=Words("{}"), by=by),
    "an insight": lambda by: ShareInsight(
        InsightId(id_of("insight", 1)), team=TEAM, text=Words("Zo is het."), about=None, by=by
    ),
    "an interview": lambda by: PlanInterview(
        InterviewId(id_of("interview", 2)),
        team=TEAM,
        who=Personal("Wil"),
        role=Words("Teler"),
        sector="business",
        by=by,
    ),
    "findings": lambda by: HoldInterview(INTERVIEW, findings=Words("Veel."), by=by),
    "a stakeholder": lambda by: IdentifyStakeholder(
        StakeholderId(id_of("stakeholder", 2)), team=TEAM, name=Personal("Jo"), by=by
    ),
    "a placement": lambda by: PlaceStakeholder(STAKEHOLDER, power=3, interest=3, stance=0, desired_stance=1, by=by),
    "a file": lambda by: AttachFile(
        FileId(id_of("file", 1)),
        team=TEAM,
        name=Words("a.pdf"),
        media_type=Code("application/pdf"),
        size=1,
        sha256=Digest("A" * 43),
        by=by,
    ),
    "a problem statement": lambda by: ReviseProblemStatement(TEAM, text=Words("p"), by=by),
    "a recommendation": recommendation,
    "a verdict": lambda by: JudgeAdvice(TEAM, verdict="approve", by=by),
    "a rejoinder": lambda by: AddRejoinder(RECOMMENDATION, text=Words("Toch."), by=by),
    "a trip": lambda by: ProposeTrip(
        TripId(id_of("trip", 1)),
        team=TEAM,
        programme=PROGRAMME,
        theme=Words("Start-ups"),
        destination=Words("Berlijn"),
        by=by,
    ),
    "a gathering": lambda by: own_gathering(NOW + timedelta(days=7), by),
    "a cancellation": lambda by: CancelGathering(GATHERING, programme=PROGRAMME, by=by),
    "a holding": lambda by: HoldGathering(GATHERING, programme=PROGRAMME, topics=(), techniques=(), by=by),
    "minutes": lambda by: WriteMinutes(GATHERING, programme=PROGRAMME, text=Words("Nieuw."), by=by),
    "an approval of minutes": lambda by: ApproveMinutes(GATHERING, programme=PROGRAMME, by=by),
}


def asks(person: PersonId) -> Caller:
    return caller("participant", person, reason="Zomaar")


@pytest.mark.parametrize("end", [MERGED, DISSOLVED], ids=["merged", "dissolved"])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_rule_10_nothing_is_added_to_the_work_of_a_cop_that_ended_and_its_last_members_are_told_so(
    write: Callable[[Caller], Command], end: Fact
) -> None:
    going_on, ended = MemoryLog(NOW, *WORK), MemoryLog(NOW, *WORK, end)
    assert going_on.refusal(write(asks(ANNA))) is not TeamOver
    assert ended.refusal(write(asks(ANNA))) is TeamOver


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_who_was_not_there_at_the_end_is_not_told_that_a_cop_ended(write: Callable[[Caller], Command]) -> None:
    for log in (MemoryLog(NOW, *WORK), MemoryLog(NOW, *WORK, MERGED)):
        assert log.refusal(write(asks(CORA))) in {NotAllowed, NotFound}
        assert log.refusal(write(asks(OTTO))) in {NotAllowed, NotFound}


def test_the_facilitator_adds_no_comment_to_the_work_of_a_cop_that_ended() -> None:
    log = MemoryLog(NOW, *WORK, DISSOLVED)
    assert log.refusal(WRITES["a comment"](caller("facilitator", GUIDE))) is TeamOver


def test_who_was_merged_in_works_on_in_the_other_cop() -> None:
    log = MemoryLog(NOW, *WORK, MERGED)
    for person in (*LAST, OTTO):
        note = CommentId(id_of("comment", LAST.index(person) if person in LAST else 9))
        assert log.do(AddComment(note, team=OTHER_TEAM, on=AnyId(OTHER_TEAM), text=Words("Hier."), by=asks(person)))
