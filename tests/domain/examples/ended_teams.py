"""A team with work of every kind, and the commands that write on it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from domain.advice.advice import FormulateRecommendation, ReviseProblemStatement
from domain.advice.followup import AddRejoinder
from domain.advice.presenting import JudgeAdvice
from domain.events.advice import Addressee
from domain.events.gathering import GatheringPlanned
from domain.events.minutes import MinutesWritten
from domain.events.research import InterviewPlanned
from domain.events.stakeholders import StakeholderIdentified
from domain.events.team import MemberLeft, TeamFormed
from domain.events.trip import GuestInvited, TripIdeaProposed
from domain.foundation import (
    AnyId,
    BookingId,
    Caller,
    Command,
    CommentId,
    Digest,
    Event,
    FileId,
    GatheringId,
    InsightId,
    InterviewId,
    MediaType,
    Personal,
    SourceId,
    StakeholderId,
    TripId,
    Words,
    ZoneName,
)
from domain.gatherings.convening import PlanOwnGathering
from domain.gatherings.gathering import HoldGathering
from domain.gatherings.minutes import ApproveMinutes, WriteMinutes
from domain.research.files import AttachFile
from domain.research.research import HoldInterview, LogSource, PlanInterview, ShareInsight
from domain.research.stakeholders import IdentifyStakeholder, PlaceStakeholder
from domain.spanning.sharing import AddComment, ShareWork
from domain.trips.lifecycle import ProposeTrip
from tests.domain.examples.deciding import NOW
from tests.domain.examples.team import (
    ANNA,
    BANK,
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

GATHERING, INTERVIEW = GatheringId(id_of("gathering", 1)), InterviewId(id_of("interview", 1))
STAKEHOLDER = StakeholderId(id_of("stakeholder", 1))
WORK: list[Event] = [
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
    MinutesWritten(gathering=GATHERING, programme=PROGRAMME, teams=(TEAM,), version=1, text=Words("Wij waren er.")),
    TeamFormed(
        team=OTHER_TEAM, programme=PROGRAMME, challenge=CHALLENGE, organisation=CLINIC, number=2, members=(OTTO,)
    ),
    MemberLeft(team=TEAM, programme=PROGRAMME, organisation=BANK, person=CORA),
]
TRIP, HOTEL = TripId(id_of("trip", 2)), BookingId(id_of("booking", 1))
IDEA = TripIdeaProposed(
    trip=TRIP,
    team=TEAM,
    programme=PROGRAMME,
    organisation=BANK,
    member=ANNA,
    theme=Words("t"),
    destination=Words("d"),
    timezone=ZoneName("Europe/Amsterdam"),
)
INVITED = GuestInvited(
    trip=TRIP, team=TEAM, programme=PROGRAMME, member=ANNA, person=GUIDE, role="facilitator", organisation=None
)


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
        media_type=MediaType("application/pdf"),
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
    "a holding": lambda by: HoldGathering(GATHERING, programme=PROGRAMME, topics=(), techniques=(), by=by),
    "minutes": lambda by: WriteMinutes(GATHERING, programme=PROGRAMME, text=Words("Nieuw."), by=by),
    "an approval of minutes": lambda by: ApproveMinutes(GATHERING, programme=PROGRAMME, by=by),
}
