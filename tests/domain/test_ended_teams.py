"""CoPs that merged or were dissolved: their work stays as it is, and their last members are told so (rules 10, 22)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain.advice.advice import FormulateRecommendation, ReviseProblemStatement
from domain.advice.followup import AddRejoinder
from domain.advice.presenting import JudgeAdvice
from domain.calculations.settlement import Share
from domain.events.advice import Addressee
from domain.events.expense import ExpenseShared
from domain.events.gathering import GatheringCancelled, GatheringPlanned, GatheringRescheduled
from domain.events.minutes import MinutesWritten
from domain.events.programme import ProgrammeConcluded
from domain.events.research import InterviewPlanned
from domain.events.stakeholders import StakeholderIdentified
from domain.events.team import MemberLeft, TeamDissolved, TeamFormed, TeamMerged
from domain.events.trip import BookingRequested, GuestInvited, Payer, TripIdeaProposed
from domain.foundation import (
    AnyId,
    BookingId,
    Caller,
    Command,
    CommentId,
    Currency,
    Digest,
    Event,
    ExpenseId,
    FileId,
    GatheringId,
    InsightId,
    InterviewId,
    MediaType,
    Money,
    NotAllowed,
    NotFound,
    Personal,
    PersonId,
    SourceId,
    StakeholderId,
    TripId,
    Words,
    ZoneName,
)
from domain.gatherings.convening import PlanOwnGathering
from domain.gatherings.gathering import CancelGathering, HoldGathering
from domain.gatherings.minutes import ApproveMinutes, WriteMinutes
from domain.research.files import AttachFile
from domain.research.research import HoldInterview, LogSource, PlanInterview, ShareInsight
from domain.research.stakeholders import IdentifyStakeholder, PlaceStakeholder
from domain.spanning.sharing import AddComment, ShareWork
from domain.teams.team import TeamOver
from domain.trips.booking import CancelBooking, FailBooking
from domain.trips.expense import ShareExpense
from domain.trips.lifecycle import CancelTrip, ProposeTrip
from domain.trips.trip import PersonNeeded
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
    MinutesWritten(gathering=GATHERING, programme=PROGRAMME, version=1, text=Words("Wij waren er.")),
    TeamFormed(
        team=OTHER_TEAM, programme=PROGRAMME, challenge=CHALLENGE, organisation=CLINIC, number=2, members=(OTTO,)
    ),
    MemberLeft(team=TEAM, programme=PROGRAMME, organisation=BANK, person=CORA),
]
LAST = (ANNA, BERT)
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
REQUESTED = BookingRequested(
    trip=TRIP,
    team=TEAM,
    programme=PROGRAMME,
    booking=HOTEL,
    member=ANNA,
    kind=Words("Hotel"),
    supplier=Words("Hotel New York"),
    amount=Money(40_000, Currency("EUR")),
    payer=Payer(person_id=ANNA),
    required=True,
    free_cancellation_until=None,
)
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


def asks(person: PersonId) -> Caller:
    return caller("participant", person, reason="Zomaar")


@pytest.mark.parametrize("end", [MERGED, DISSOLVED], ids=["merged", "dissolved"])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_rule_10_nothing_is_added_to_the_work_of_a_cop_that_ended_and_its_last_members_are_told_so(
    write: Callable[[Caller], Command], end: Event
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


# What was planned is wound up


def euro(cents: int) -> Money:
    return Money(cents, Currency("EUR"))


WINDING_UP: dict[str, Callable[[Caller], Command]] = {
    "a gathering called off": lambda by: CancelGathering(GATHERING, programme=PROGRAMME, by=by),
    "a trip called off": lambda by: CancelTrip(TRIP, team=TEAM, by=by),
    "a booking cancelled": lambda by: CancelBooking(HOTEL, trip=TRIP, team=TEAM, refund=euro(30_000), by=by),
    "a booking that failed": lambda by: FailBooking(HOTEL, trip=TRIP, team=TEAM, by=by),
    "what was paid": lambda by: ShareExpense(
        ExpenseId(id_of("expense", 1)),
        trip=TRIP,
        team=TEAM,
        programme=PROGRAMME,
        payer=ANNA,
        amount=euro(40_000),
        text=Words("Hotel"),
        booking=HOTEL,
        by=by,
    ),
}
CONCLUDED = ProgrammeConcluded(programme=PROGRAMME, teams=(TEAM,), members=LAST, trips=(TRIP,))
PLANNED = [*WORK, IDEA, REQUESTED]
winding_up = pytest.mark.parametrize("wind_up", WINDING_UP.values(), ids=WINDING_UP)


@winding_up
@pytest.mark.parametrize("end", [MERGED, DISSOLVED, CONCLUDED], ids=["merged", "dissolved", "concluded"])
def test_what_a_cop_that_ended_had_planned_is_wound_up_by_its_last_members_and_by_who_guides_it(
    wind_up: Callable[[Caller], Command], end: Event
) -> None:
    for by in (asks(ANNA), caller("facilitator", GUIDE, reason="De CoP is er niet meer")):
        assert MemoryLog(NOW, *PLANNED, end).do(wind_up(by))
    for by in (asks(CORA), asks(OTTO)):
        assert MemoryLog(NOW, *PLANNED, end).refusal(wind_up(by)) in {NotFound, NotAllowed}


@winding_up
def test_while_a_cop_goes_on_what_it_planned_is_its_members_to_wind_up(wind_up: Callable[[Caller], Command]) -> None:
    assert MemoryLog(NOW, *PLANNED).do(wind_up(asks(ANNA)))
    assert MemoryLog(NOW, *PLANNED).refusal(wind_up(caller("facilitator", GUIDE, reason="Zo"))) is NotAllowed


@pytest.mark.parametrize("end", [MERGED, DISSOLVED, CONCLUDED], ids=["merged", "dissolved", "concluded"])
def test_a_token_of_a_manager_without_a_person_winds_up_but_where_the_event_names_who_did_it(
    end: Event,
) -> None:
    token = caller("manager", None, reason="De CoP is er niet meer")
    gathering, *of_trip, paid = WINDING_UP.values()
    for one in (gathering, paid):
        assert MemoryLog(NOW, *PLANNED, end).do(one(token))
    for one in of_trip:
        assert MemoryLog(NOW, *PLANNED, end).refusal(one(token)) is PersonNeeded
        assert MemoryLog(NOW, *PLANNED).refusal(one(token)) is NotAllowed


@pytest.mark.parametrize("end", [MERGED, DISSOLVED], ids=["merged", "dissolved"])
def test_rule_13_what_a_cop_that_ended_paid_is_borne_by_its_last_members(end: Event) -> None:
    [shared] = MemoryLog(NOW, *PLANNED, end).do(WINDING_UP["what was paid"](asks(BERT)))
    assert isinstance(shared, ExpenseShared)
    assert shared.split == (Share(ANNA, 20_000), Share(BERT, 20_000))


def test_rule_15_calling_off_a_gathering_of_a_cop_that_ended_raises_its_sequence() -> None:
    moved = GatheringRescheduled(
        gathering=GATHERING,
        programme=PROGRAMME,
        teams=(TEAM,),
        organisations=(BANK,),
        sequence=1,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        place=None,
    )
    guide = caller("facilitator", GUIDE, reason="De CoP is er niet meer")
    [off] = MemoryLog(NOW, *PLANNED, moved, MERGED).do(WINDING_UP["a gathering called off"](guide))
    assert isinstance(off, GatheringCancelled)
    assert off.sequence == 2
