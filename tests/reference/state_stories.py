"""Stories of every resource with a state: sequences of events, with the state after each. They reach every state."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from domain.events.advice import (
    AnswerDrafted,
    Basis,
    GuidingQuestionFixed,
    ProblemStatementRevised,
    RecommendationFormulated,
)
from domain.events.announcements import AnnouncementMade
from domain.events.ballot import (
    BallotCertified,
    BallotChallenge,
    BallotClosed,
    BallotCounted,
    BallotOpened,
    BallotVoided,
    ChallengesChosen,
    VoteCast,
)
from domain.events.challenge import (
    ChallengeAdmitted,
    ChallengeDeclined,
    ChallengeProposed,
    ChallengeRecommissioned,
    ChallengeWithdrawn,
)
from domain.events.commitment import CommitmentMade, CommitmentMoved, CommitmentSettled
from domain.events.expense import ExpenseShared
from domain.events.files import FileAttached
from domain.events.followup import FormalResponseGiven, ProgressReported, RecommendationClosed
from domain.events.gathering import (
    GatheringCancelled,
    GatheringHeld,
    GatheringPlanned,
    GatheringRescheduled,
    HoldingCorrected,
)
from domain.events.itinerary import ItineraryItemAdded, ItineraryItemChanged
from domain.events.minutes import MinutesApproved, MinutesCorrected, MinutesWritten
from domain.events.people import (
    OrganisationRegistered,
    OrganisationRenamed,
    PersonDetailsChanged,
    PersonRegistered,
)
from domain.events.presentation import AdviceDelivered, AdvicePresented, HandedRecommendation
from domain.events.programme import ProgrammeConcluded, ProgrammeOpened
from domain.events.questions import QuestionAnswered, QuestionAsked
from domain.events.research import InsightShared, InterviewHeld, InterviewPlanned, SourceLogged
from domain.events.roles import (
    ContactAppointed,
    ContactEnded,
    FacilitatorAssigned,
    FacilitatorReplaced,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantMoved,
    ParticipantWithdrew,
    TokenIssued,
    TokenRevoked,
)
from domain.events.sharing import CommentAdded, WorkShared
from domain.events.stakeholders import StakeholderIdentified, StakeholderPlaced, TalkHeld
from domain.events.team import (
    AssignmentAdopted,
    AssignmentInfeasible,
    AssignmentProposed,
    AssignmentRequested,
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    PreferencesRanked,
    TeamChallengeChanged,
    TeamDissolved,
    TeamFormed,
    TeamMerged,
)
from domain.events.trip import (
    BookingCancelled,
    BookingConfirmed,
    BookingFailed,
    BookingRequested,
    DateFixed,
    GuestInvited,
    TripBooked,
    TripCancelled,
    TripCompleted,
    TripIdeaProposed,
)
from domain.events.trip_dates import DatePollOpened
from domain.foundation import BallotId, ChallengeId, Digest, Event, ProgrammeId, RecommendationId, TeamId
from domain.teams.forming import Question, question_hash
from projections import (
    advice,
    ballots,
    commitments,
    gatherings,
    people,
    programmes,
    questions,
    recommendations,
    research,
    sharing,
    teams,
    trips,
)
from projections.announcements import ANNOUNCEMENTS, Announcement
from projections.challenges import CHALLENGES, Challenge
from projections.files import FILES, File
from projections.view import EventMetadata, View, fold_events
from service.reading.assignments import status_at
from service.reading.ballots import status_of_paper
from tests.samples import sample_event, sample_id

EventType = TypeVar("EventType", bound=Event)
History = Sequence[tuple[Event, EventMetadata]]
T0 = datetime(2016, 10, 1, tzinfo=UTC)


class Later(NamedTuple):
    """Time passes without an event."""

    by: timedelta
    words: str


class Step(NamedTuple):
    """A change and the state after it; None: the resource does not exist yet."""

    change: Event | Later
    status: str | None

    @property
    def cause(self) -> str:
        """The event type, or the passing time in words."""
        return self.change.words if isinstance(self.change, Later) else self.change.TOPIC


class Story(NamedTuple):
    """The history of the first resource of type `of`."""

    of: type[Struct]
    steps: tuple[Step, ...]


def story(of: type[Struct], *steps: tuple[Event | Later, str | None]) -> Story:
    return Story(of, tuple(Step(*one) for one in steps))


# Events about the same resources

IDS = {
    kind: sample_id(kind, "the one")
    for kind in (
        *("person", "organisation", "contact", "token", "programme", "announcement", "challenge", "question"),
        *(
            "ballot",
            "assignment",
            "team",
            "gathering",
            "trip",
            "item",
            "booking",
            "source",
            "interview",
            "insight",
            "file",
        ),
        *("stakeholder", "talk", "comment", "recommendation", "commitment"),
    )
}
SEVERAL = {
    "organisations": "organisation",
    "challenges": "challenge",
    "challenge_ids": "challenge",
    "teams": "team",
    "recommendations": "recommendation",
}
PROGRAMME, CHALLENGE, TEAM = ProgrammeId(IDS["programme"]), ChallengeId(IDS["challenge"]), TeamId(IDS["team"])
RECOMMENDATION = RecommendationId(IDS["recommendation"])
OTHER_CHALLENGE, OTHER_TEAM = ChallengeId(sample_id("challenge", "other")), TeamId(sample_id("team", "other"))
LATER_BALLOT = BallotId(sample_id("ballot", "later"))


def event(kind: type[EventType], **given: Any) -> EventType:
    """An event of this type about the resources in `IDS`, with the given fields."""
    made = sample_event(kind)
    one: dict[str, Any] = {name: id_ for name, id_ in IDS.items() if name in kind.__struct_fields__}
    for name, prefix in SEVERAL.items():
        match getattr(made, name, None):
            case (str(), *_) if name in kind.__struct_fields__:
                one[name] = (IDS[prefix],)
            case _:  # a number, or structs
                pass
    return replace(made, **{**one, **given})


# Reading states


def history_of(steps: Sequence[Step]) -> tuple[History, datetime]:
    """The events of the steps, recorded an hour apart, and the time after them."""
    history: list[tuple[Event, EventMetadata]] = []
    now = T0
    for step in steps:
        now += step.change.by if isinstance(step.change, Later) else timedelta(hours=1)
        if isinstance(step.change, Event):
            history.append((step.change, EventMetadata(len(history) + 1, now)))
    return history, now


def first(view: View[Any], history: History) -> Any:
    """The first row of a view, or None."""
    return next(iter(fold_events(view, [one for one in history if type(one[0]) in view.takes]).values()), None)


def by_row(
    view: View[Any], inside: Callable[[Any], Any] = lambda row: row
) -> Callable[[History, datetime], str | None]:
    """A function that reads the status of the first row, or of the object that `inside` finds in it."""

    def read(history: History, _: datetime) -> str | None:
        row = first(view, history)
        found = None if row is None else inside(row)
        return None if found is None else found.status

    return read


def first_of(field: str) -> Callable[[Any], Any]:
    """A function that returns the first item in a field of a row, or None."""
    return lambda row: next(iter(getattr(row, field)), None)


def first_in(cut: Callable[[Any], Sequence[Any]]) -> Callable[[Any], Any]:
    """A function that returns the first item that `cut` returns for a row, or None."""
    return lambda row: next(iter(cut(row)), None)


def first_answer(row: advice.Advice) -> advice.Part | None:
    """The first version of the answer, current or earlier."""
    answers = [one for one in (*row.earlier, row.parts.answer) if one is not None and one.part == "answer"]
    return next((one for one in answers if one.version == 1), None)


def paper(history: History, _: datetime) -> str | None:
    return None if first(ballots.PAPERS, history) is None else status_of_paper(first(ballots.RESULTS, history))


def assignment(history: History, _: datetime) -> str | None:
    row = first(teams.ASSIGNMENTS, history)
    return None if row is None else status_at(row, question(*(one for one, _ in history)))


def question(*events: Event) -> Digest:
    """The hash of the problem of a team assignment."""
    return question_hash(Question(PROGRAMME).load(events).problem())


def recommendation(history: History, now: datetime) -> str | None:
    row = first(recommendations.RECOMMENDATIONS, history)
    return None if row is None else recommendations.as_of(row, now).status


STATUS_READERS: dict[type[Struct], Callable[[History, datetime], str | None]] = {
    people.Person: by_row(people.PEOPLE),
    people.Organisation: by_row(people.ORGANISATIONS),
    people.Contact: by_row(people.CONTACTS),
    people.Token: by_row(people.TOKENS),
    programmes.Programme: by_row(programmes.PROGRAMMES),
    programmes.Participant: by_row(programmes.PARTICIPANTS),
    programmes.Facilitator: by_row(programmes.FACILITATORS),
    programmes.Manager: by_row(programmes.PROGRAMMES, first_in(programmes.managers_of)),
    Announcement: by_row(ANNOUNCEMENTS),
    Challenge: by_row(CHALLENGES),
    questions.Question: by_row(questions.QUESTIONS),
    ballots.Ballot: by_row(ballots.BALLOTS),
    ballots.Result: by_row(ballots.RESULTS),
    ballots.Paper: paper,
    teams.Assignment: assignment,
    teams.Team: by_row(teams.TEAMS),
    teams.Member: by_row(teams.TEAMS, first_in(teams.members_of)),
    gatherings.Gathering: by_row(gatherings.GATHERINGS),
    gatherings.Minutes: by_row(gatherings.GATHERINGS, lambda row: row.minutes),
    trips.Trip: by_row(trips.TRIPS),
    trips.Item: by_row(trips.TRIPS, first_of("itinerary")),
    trips.Guest: by_row(trips.TRIPS, first_in(trips.guests_of)),
    trips.Expense: by_row(trips.TRIPS, first_of("expenses")),
    trips.Booking: by_row(trips.BOOKINGS),
    research.Source: by_row(research.SOURCES),
    research.Interview: by_row(research.INTERVIEWS),
    research.Insight: by_row(research.INSIGHTS),
    research.Stakeholder: by_row(research.STAKEHOLDERS),
    research.Talk: by_row(research.STAKEHOLDERS, first_of("talks")),
    sharing.Comment: by_row(sharing.COMMENTS),
    sharing.Share: by_row(sharing.SHARES),
    File: by_row(FILES),
    advice.Advice: by_row(advice.ADVICE),
    advice.Part: by_row(advice.ADVICE, first_answer),
    advice.HandedOver: by_row(advice.ADVICE, first_of("handed_over")),
    recommendations.Recommendation: recommendation,
    recommendations.Formulation: by_row(recommendations.RECOMMENDATIONS, first_of("versions")),
    commitments.Commitment: by_row(commitments.COMMITMENTS),
}
"""Functions that read the status of each type of resource."""


def status(of: type[Struct], steps: Sequence[Step]) -> str | None:
    """The state after these steps."""
    return STATUS_READERS[of](*history_of(steps))


# The stories: people and programmes

PEOPLE_STORIES = [
    story(people.Person, (event(PersonRegistered), "registered"), (event(PersonDetailsChanged), "registered")),
    story(
        people.Organisation, (event(OrganisationRegistered), "registered"), (event(OrganisationRenamed), "registered")
    ),
    story(people.Contact, (event(ContactAppointed), "active"), (event(ContactEnded), "ended")),
    story(people.Token, (event(TokenIssued), "valid"), (event(TokenRevoked), "revoked")),
    story(programmes.Programme, (event(ProgrammeOpened), "open"), (event(ProgrammeConcluded), "concluded")),
    story(
        programmes.Participant,
        (event(ParticipantEnrolled), "active"),
        (event(ParticipantMoved), "active"),
        (event(ParticipantWithdrew), "withdrew"),
        (event(ParticipantEnrolled), "active"),
    ),
    story(
        programmes.Facilitator,
        (event(FacilitatorAssigned), "assigned"),
        (event(FacilitatorReplaced), "replaced"),
        (event(FacilitatorAssigned), "assigned"),
    ),
    story(programmes.Manager, (event(ProgrammeOpened), None), (event(ManagerAppointed), "appointed")),
    story(Announcement, (event(AnnouncementMade), "made")),
]

# Challenges

STANDING = (BallotChallenge(CHALLENGE, None, None, ()),)
OPENED = event(BallotOpened, challenges=STANDING, rerun_of=None)
OPENED_LATER = event(BallotOpened, ballot=LATER_BALLOT, challenges=STANDING, rerun_of=None)
CERTIFIED = event(BallotCertified, selected=(CHALLENGE,))
CERTIFIED_WITHOUT = event(BallotCertified, selected=(OTHER_CHALLENGE,))
VOIDED = event(BallotVoided)
FORMED = event(TeamFormed)
CHOSEN = event(ChallengesChosen)
WITHDRAWN = event(ChallengeWithdrawn, ballot=None, runner_up=None, teams=())
WITHDRAWN_FROM_TEAM = event(ChallengeWithdrawn, ballot=None, runner_up=None)
DISSOLVED = event(TeamDissolved)
MERGED = event(TeamMerged, into=OTHER_TEAM)
CLOSED = event(RecommendationClosed, outcome="implemented")
REJECTED = event(FormalResponseGiven, verdict="rejected", version=1)


def delivered(version: int = 1) -> AdviceDelivered:
    return event(
        AdviceDelivered,
        version=version,
        recommendations=(HandedRecommendation(RECOMMENDATION, version),),
        response_weeks=6,
    )


PROPOSED = ((event(ChallengeProposed), "proposed"),)
ADMITTED = (*PROPOSED, (event(ChallengeAdmitted), "admitted"))
ON_BALLOT = (*ADMITTED, (OPENED, "on_ballot"))
SELECTED = (*ON_BALLOT, (CERTIFIED, "selected"))
NOT_SELECTED = (*ON_BALLOT, (CERTIFIED_WITHOUT, "not_selected"))
IN_PROGRESS = (*SELECTED, (FORMED, "in_progress"))
ADVISED = (*IN_PROGRESS, (delivered(), "advised"))
GONE = (*IN_PROGRESS, (WITHDRAWN_FROM_TEAM, "withdrawn"))
OTHER = event(ChallengeProposed, challenge=OTHER_CHALLENGE)
OTHER_WITHDRAWN = event(ChallengeWithdrawn, challenge=OTHER_CHALLENGE, runner_up=CHALLENGE, teams=())
TAKEN_UP = event(TeamChallengeChanged, previous=OTHER_CHALLENGE)

CHALLENGE_STORIES = [
    story(Challenge, *ADVISED, (CLOSED, "closed")),
    story(Challenge, *PROPOSED, (event(ChallengeDeclined), "declined")),
    story(Challenge, *ON_BALLOT, (VOIDED, "admitted"), (OPENED_LATER, "on_ballot"), (CERTIFIED, "selected")),
    story(Challenge, *NOT_SELECTED, (OPENED_LATER, "on_ballot"), (CERTIFIED, "selected")),
    story(Challenge, *ADMITTED, (CHOSEN, "selected"), (FORMED, "in_progress")),
    story(Challenge, *NOT_SELECTED, (CHOSEN, "selected")),
    story(Challenge, *NOT_SELECTED, (OTHER, "not_selected"), (OTHER_WITHDRAWN, "selected")),
    story(Challenge, *ADMITTED, (OTHER, "admitted"), (TAKEN_UP, "in_progress")),
    story(Challenge, *NOT_SELECTED, (OTHER, "not_selected"), (TAKEN_UP, "in_progress")),
    *(
        story(Challenge, *before, (WITHDRAWN, "withdrawn"))
        for before in (PROPOSED, ADMITTED, ON_BALLOT, SELECTED, NOT_SELECTED)
    ),
    *(story(Challenge, *before, (WITHDRAWN_FROM_TEAM, "withdrawn")) for before in (IN_PROGRESS, ADVISED)),
    story(Challenge, *ON_BALLOT, (WITHDRAWN, "withdrawn"), (CERTIFIED_WITHOUT, "withdrawn")),
    story(Challenge, *ON_BALLOT, (WITHDRAWN, "withdrawn"), (VOIDED, "withdrawn")),
    story(Challenge, *GONE, (event(ChallengeRecommissioned), "in_progress"), (delivered(), "advised")),
    story(Challenge, *ADVISED, (WITHDRAWN_FROM_TEAM, "withdrawn"), (event(ChallengeRecommissioned), "advised")),
    story(Challenge, *GONE, (DISSOLVED, "withdrawn")),
    story(Challenge, *IN_PROGRESS, (DISSOLVED, "closed")),
    story(Challenge, *IN_PROGRESS, (MERGED, "closed")),
    story(Challenge, *ADVISED, (DISSOLVED, "closed")),
    story(Challenge, *ADVISED, (REJECTED, "closed"), (delivered(2), "advised")),
    story(
        questions.Question,
        (event(QuestionAsked), "open"),
        (event(QuestionAnswered), "answered"),
        (event(QuestionAnswered), "answered"),
    ),
]

# Ballots

VOTE = event(VoteCast)
COUNTED = event(BallotCounted, selected=(CHALLENGE,))
OPEN = ((OPENED, "open"),)
CLOSED_BALLOT = (*OPEN, (event(BallotClosed), "closed"))
COUNTED_BALLOT = (*CLOSED_BALLOT, (COUNTED, "counted"))

BALLOT_STORIES = [
    story(ballots.Ballot, *COUNTED_BALLOT, (COUNTED, "counted"), (CERTIFIED, "certified")),
    *(story(ballots.Ballot, *before, (VOIDED, "void")) for before in (OPEN, CLOSED_BALLOT, COUNTED_BALLOT)),
    story(
        ballots.Ballot,
        *OPEN,
        (VOIDED, "void"),
        (replace(OPENED_LATER, rerun_of=OPENED.ballot), "void"),
    ),
    story(ballots.Result, (COUNTED, "counted"), (CERTIFIED, "certified")),
    story(ballots.Result, (COUNTED, "counted"), (COUNTED, "counted"), (VOIDED, "void")),
    story(ballots.Paper, (VOTE, "current"), (VOTE, "current"), (COUNTED, "counted"), (CERTIFIED, "counted")),
]

# Assignments and teams

BEFORE = (event(ProgrammeOpened), event(ParticipantEnrolled), event(ChallengeProposed), CERTIFIED)
RANKED = event(PreferencesRanked, ranking=(CHALLENGE,))
SOLVING = (*((one, None) for one in BEFORE), (event(AssignmentRequested), "solving"))
PROPOSED_TEAMS = (*SOLVING, (event(AssignmentProposed, input_hash=question(*BEFORE)), "proposed"))
NO_TEAMS = (*SOLVING, (event(AssignmentInfeasible, input_hash=question(*BEFORE)), "infeasible"))
ADOPTED = event(AssignmentAdopted)
CHANGED = (
    RANKED,
    event(ParticipantEnrolled, person=sample_id("person", "late")),
    event(ParticipantMoved, organisation=None),
    event(ParticipantWithdrew),
)
HELD, CONCLUDED, PRESENTED = event(GatheringHeld), event(ProgrammeConcluded), event(AdvicePresented)
NEW = ((FORMED, "formed"),)
ACTIVE = (*NEW, (HELD, "active"))
TAKEN_BACK = event(HoldingCorrected, took_place=False)
PRESENTING = (*ACTIVE, (PRESENTED, "presenting"))
FOLLOWING_UP = (*PRESENTING, (delivered(), "following_up"))
OTHER_FORMED = event(TeamFormed, team=OTHER_TEAM)
SOMEBODY = sample_id("person", "somebody")
OTHERS = event(TeamFormed, team=OTHER_TEAM, members=())
ALONE, BACK = event(TeamFormed, members=(SOMEBODY,)), event(MemberJoined, person=SOMEBODY)
AWAY = event(MemberTransferred, person=SOMEBODY, to_team=OTHER_TEAM)


def with_other(steps: tuple[tuple[Event, str], ...]) -> tuple[tuple[Event, str], ...]:
    """The steps, followed by the forming of another CoP."""
    return (*steps, (OTHER_FORMED, steps[-1][1]))


TEAM_STORIES = [
    story(teams.Assignment, *PROPOSED_TEAMS, (ADOPTED, "adopted"), (RANKED, "adopted")),
    *(story(teams.Assignment, *before, (one, "stale")) for before in (PROPOSED_TEAMS, NO_TEAMS) for one in CHANGED),
    story(teams.Member, (ALONE, "member"), (event(MemberLeft, person=SOMEBODY), "left"), (BACK, "member")),
    story(teams.Member, (ALONE, "member"), (OTHERS, "member"), (AWAY, "left")),
    story(teams.Team, *ACTIVE, (TAKEN_BACK, "formed")),
    story(teams.Team, *FOLLOWING_UP, (CONCLUDED, "concluded")),
    *(story(teams.Team, *before, (CONCLUDED, "concluded")) for before in (NEW, ACTIVE, PRESENTING)),
    story(teams.Team, *NEW, (PRESENTED, "presenting")),
    *(story(teams.Team, *before, (DISSOLVED, "dissolved")) for before in (NEW, ACTIVE, PRESENTING, FOLLOWING_UP)),
    *(story(teams.Team, *with_other(one), (MERGED, "merged")) for one in (NEW, ACTIVE, PRESENTING, FOLLOWING_UP)),
]

# Gatherings and trips

PLANNED = ((event(GatheringPlanned), "planned"),)
RESCHEDULED = (*PLANNED, (event(GatheringRescheduled), "rescheduled"))
CALLED_OFF = event(GatheringCancelled)
WRITTEN = ((event(GatheringPlanned), None), (event(MinutesWritten), "written"))
APPROVED, CORRECTED = (event(MinutesApproved), "approved"), (event(MinutesCorrected), "corrected")
IDEA = ((event(TripIdeaProposed), "idea"),)
POLLING = (*IDEA, (event(DatePollOpened), "polling"))
FIXED = event(DateFixed)
DATE_FIXED = (*POLLING, (FIXED, "date_fixed"))
REQUESTED = event(BookingRequested, required=True, replaces=None)
EXTRA = replace(REQUESTED, required=False)
FAILED, DROPPED = event(BookingFailed, required=True), event(BookingCancelled, required=True)
BOOKING = (*DATE_FIXED, (REQUESTED, "booking"))
BOOKED = (*BOOKING, (event(BookingConfirmed), "booking"), (event(TripBooked), "booked"))
COMPLETED, TRIP_CANCELLED = event(TripCompleted), event(TripCancelled)

GATHERING_STORIES = [
    story(gatherings.Gathering, *RESCHEDULED, (HELD, "held")),
    story(gatherings.Gathering, *PLANNED, (HELD, "held")),
    story(gatherings.Gathering, *PLANNED, (HELD, "held"), (TAKEN_BACK, "planned")),
    story(gatherings.Gathering, *RESCHEDULED, (HELD, "held"), (TAKEN_BACK, "rescheduled")),
    *(story(gatherings.Gathering, *before, (CALLED_OFF, "cancelled")) for before in (PLANNED, RESCHEDULED)),
    story(gatherings.Minutes, *WRITTEN, (event(MinutesWritten), "written"), APPROVED, CORRECTED, APPROVED),
    story(trips.Trip, *BOOKED, (COMPLETED, "completed")),
    story(trips.Trip, *DATE_FIXED, (event(TripBooked), "booked")),
    story(trips.Trip, *POLLING, (REQUESTED, "polling"), (FIXED, "booking")),
    *(story(trips.Trip, *BOOKED, (one, "booking"), (event(TripBooked), "booked")) for one in (FAILED, DROPPED)),
    story(trips.Trip, *BOOKED, (REQUESTED, "booking"), (event(TripBooked), "booked")),
    story(trips.Trip, *BOOKED, (EXTRA, "booked"), (replace(FAILED, required=False), "booked"), (FIXED, "booked")),
    *(story(trips.Trip, *one, (TRIP_CANCELLED, "cancelled")) for one in (IDEA, POLLING, DATE_FIXED, BOOKING, BOOKED)),
    story(
        trips.Item,
        (event(TripIdeaProposed), None),
        (event(ItineraryItemAdded), "planned"),
        (event(ItineraryItemChanged), "planned"),
    ),
    story(trips.Guest, (event(TripIdeaProposed), None), (event(GuestInvited), "invited")),
    story(trips.Expense, (event(TripIdeaProposed), None), (event(ExpenseShared), "shared")),
    story(trips.Booking, (REQUESTED, "requested"), (event(BookingConfirmed), "confirmed"), (DROPPED, "cancelled")),
    story(trips.Booking, (REQUESTED, "requested"), (FAILED, "failed")),
    story(trips.Booking, (REQUESTED, "requested"), (DROPPED, "cancelled")),
]

# Research

RESEARCH_STORIES = [
    story(research.Source, (event(SourceLogged), "logged")),
    story(research.Interview, (event(InterviewPlanned), "planned"), (event(InterviewHeld), "held")),
    story(research.Insight, (event(InsightShared), "shared")),
    story(
        research.Stakeholder,
        (event(StakeholderIdentified), "identified"),
        (event(StakeholderPlaced), "placed"),
        (event(TalkHeld), "placed"),
    ),
    story(research.Talk, (event(StakeholderIdentified), None), (event(TalkHeld), "held")),
    story(sharing.Comment, (event(CommentAdded), "added")),
    story(sharing.Share, (event(WorkShared, item=sample_id("source", "shared")), "shared")),
    story(File, (event(FileAttached), "attached")),
]

# Advice

PROBLEM = event(ProblemStatementRevised, version=1, advice_version=1, recommendations=())
QUESTION = event(GuidingQuestionFixed, version=1, advice_version=2, recommendations=(), basis=Basis(1))
ANSWER = event(AnswerDrafted, version=1, advice_version=3, recommendations=(), basis=Basis(1, 1))
REVISED = event(ProblemStatementRevised, version=2, advice_version=4)
ANSWERED = ((PROBLEM, None), (QUESTION, None), (ANSWER, "current"))


def formulated(version: int = 1) -> RecommendationFormulated:
    return event(RecommendationFormulated, version=version, advice_version=3 + version)


def presented(version: int = 1) -> AdvicePresented:
    return event(AdvicePresented, version=version, recommendations=(HandedRecommendation(RECOMMENDATION, version),))


ADVICE_STORIES = [
    story(
        advice.Advice,
        (PROBLEM, "drafting"),
        (presented(), "presented"),
        (delivered(), "delivered"),
        (replace(PROBLEM, version=2, advice_version=2), "drafting"),
    ),
    story(advice.Advice, (formulated(), "drafting"), (presented(), "presented"), (formulated(2), "drafting")),
    story(advice.Part, *ANSWERED, (REVISED, "stale"), (replace(ANSWER, version=2), "superseded")),
    story(advice.Part, *ANSWERED, (replace(QUESTION, version=2), "stale")),
    story(advice.Part, *ANSWERED, (replace(ANSWER, version=2), "superseded")),
    story(
        advice.HandedOver,
        (replace(PROBLEM, advice_version=1), None),
        (presented(), "presented"),
        (delivered(), "delivered"),
    ),
]

# Recommendations and commitments

WEEKS = Later(timedelta(weeks=6, hours=1), "six weeks pass after the delivery")


def answered(verdict: str) -> tuple[Event, str]:
    return event(FormalResponseGiven, verdict=verdict, version=1), verdict


DRAFTED = ((formulated(), "drafted"),)
EXPLAINED = (*DRAFTED, (presented(), "presented"))
WAITING = (*EXPLAINED, (delivered(), "presented"))
GENERATED, PROGRESS = event(CommitmentMade), event(ProgressReported)
ACCEPTED, PARTLY_ACCEPTED = (*WAITING, answered("accepted")), (*WAITING, answered("partly_accepted"))
UNDER_WAY = (*ACCEPTED, (PROGRESS, "in_progress"))
DUE = ((GENERATED, "open"), (event(CommitmentMoved), "open"))

RECOMMENDATION_STORIES = [
    *(story(recommendations.Recommendation, *WAITING, answered(one)) for one in ("accepted", "partly_accepted")),
    story(recommendations.Recommendation, *WAITING, answered("rejected"), (WEEKS, "rejected")),
    story(recommendations.Recommendation, *EXPLAINED, (WEEKS, "presented")),
    *(
        story(recommendations.Recommendation, *WAITING, (WEEKS, "no_response"), answered(one))
        for one in ("accepted", "partly_accepted", "rejected")
    ),
    *(
        story(recommendations.Recommendation, *WAITING, answered(verdict), (one, "in_progress"))
        for verdict in ("accepted", "partly_accepted")
        for one in (GENERATED, PROGRESS)
    ),
    *(
        story(recommendations.Recommendation, *before, (replace(CLOSED, outcome=one), one))
        for before in (ACCEPTED, PARTLY_ACCEPTED, UNDER_WAY)
        for one in ("implemented", "not_implemented")
    ),
    *(
        story(recommendations.Recommendation, *before, (formulated(2), "drafted"), (presented(2), "presented"))
        for before in (
            *(DRAFTED, EXPLAINED, ACCEPTED, PARTLY_ACCEPTED, (*WAITING, answered("rejected")), UNDER_WAY),
            (*WAITING, (WEEKS, "no_response")),
            *((*ACCEPTED, (replace(CLOSED, outcome=one), one)) for one in ("implemented", "not_implemented")),
        )
    ),
    story(recommendations.Formulation, *DRAFTED, (formulated(2), "superseded")),
    story(recommendations.Formulation, *EXPLAINED, (formulated(2), "presented"), (presented(2), "superseded")),
    *(
        story(commitments.Commitment, *DUE, (event(CommitmentSettled, outcome=one), one))
        for one in ("kept", "not_kept", "released")
    ),
]

STORIES: list[Story] = [
    *PEOPLE_STORIES,
    *CHALLENGE_STORIES,
    *BALLOT_STORIES,
    *TEAM_STORIES,
    *GATHERING_STORIES,
    *RESEARCH_STORIES,
    *ADVICE_STORIES,
    *RECOMMENDATION_STORIES,
]
