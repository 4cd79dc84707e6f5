"""The views of preferences, team assignments and teams."""

from datetime import UTC, datetime, timedelta

from domain.events.advice import Basis
from domain.events.gathering import GatheringHeld
from domain.events.presentation import AdviceDelivered, AdvicePresented
from domain.events.team import (
    AssignmentAdopted,
    AssignmentInfeasible,
    AssignmentProposed,
    AssignmentRequested,
    Override,
    PlannedTeam,
    PossibleRelaxation,
    PreferencesRanked,
    Quality,
    TeamFormed,
)
from domain.foundation import (
    AssignmentId,
    ChallengeId,
    Code,
    Digest,
    GatheringId,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
)
from projections.teams import ASSIGNMENTS, PREFERENCES, TEAMS
from projections.view import EventMetadata, fold_events

P, A, T = ProgrammeId("programme_1"), AssignmentId("assignment_1"), TeamId("team_1")
CARE, ENERGY = ChallengeId("challenge_1"), ChallengeId("challenge_2")
ANNA, BERT = PersonId("person_1"), PersonId("person_2")
BANK = OrganisationId("organisation_1")
T0 = datetime(2016, 10, 1, tzinfo=UTC)
HASH = Digest("d" * 43)
REQUESTED = (AssignmentRequested(assignment=A, programme=P), EventMetadata(1, T0))
PROPOSED = (
    AssignmentProposed(
        assignment=A,
        programme=P,
        input_hash=HASH,
        solver=Code("highs"),
        version=Code("1.0"),
        teams=(PlannedTeam(CARE, 1, (ANNA, BERT)),),
        objective=Quality(1, 2, 2),
        explanations=(),
    ),
    EventMetadata(2, T0 + timedelta(seconds=1)),
)
OVERRIDE = Override(ANNA, CARE, Words(digest="e" * 43))
ADOPTED = (
    AssignmentAdopted(assignment=A, programme=P, overrides=(OVERRIDE,), teams=(T,)),
    EventMetadata(3, T0 + timedelta(days=1)),
)
FORMED = TeamFormed(team=T, programme=P, challenge=CARE, organisation=BANK, number=1, members=(ANNA, BERT))


def test_the_last_ranking_is_shown() -> None:
    first = PreferencesRanked(programme=P, person=ANNA, ranking=(CARE,), motivation=None)
    last = PreferencesRanked(programme=P, person=ANNA, ranking=(ENERGY, CARE), motivation=None, own=False)
    later = T0 + timedelta(hours=1)
    row = fold_events(PREFERENCES, [(first, EventMetadata(1, T0)), (last, EventMetadata(2, later))])[f"{ANNA}/{P}"]
    assert (row.ranking, row.in_person, row.ranked_at) == ((ENERGY, CARE), False, later)


def test_an_assignment_goes_from_solving_to_proposed_to_adopted() -> None:
    history = [REQUESTED, PROPOSED, ADOPTED]
    states = [fold_events(ASSIGNMENTS, history[: n + 1])[A].status for n in range(3)]
    assert states == ["solving", "proposed", "adopted"]
    row = fold_events(ASSIGNMENTS, history)[A]
    assert (row.input_hash, row.teams, row.overrides) == (HASH, (T,), (OVERRIDE,))
    assert (row.requested_at, row.answered_at, row.adopted_at) == tuple(moment.recorded_at for _, moment in history)


def test_an_infeasible_assignment_shows_the_relaxations() -> None:
    ways = (PossibleRelaxation(Code("min_team"), 3),)
    event = AssignmentInfeasible(
        assignment=A,
        programme=P,
        input_hash=HASH,
        constraint=Code("people"),
        people=9,
        needed=12,
        teams=3,
        relaxations=ways,
    )
    row = fold_events(ASSIGNMENTS, [REQUESTED, (event, EventMetadata(2, T0))])[A]
    assert row.status == "infeasible"
    assert row.infeasible is not None
    assert (row.infeasible.needed, row.infeasible.relaxations) == (12, ways)


def test_a_team_shows_its_members_and_challenge() -> None:
    row = fold_events(TEAMS, [(FORMED, EventMetadata(4, T0))])[T]
    assert (row.status, row.challenge, row.members, row.formed_at) == ("formed", CARE, (ANNA, BERT), T0)


HELD = GatheringHeld(
    gathering=GatheringId("gathering_1"), programme=P, teams=(T,), organisations=(), topics=(), techniques=()
)
PRESENTED = AdvicePresented(
    team=T,
    programme=P,
    challenge=CARE,
    organisation=BANK,
    version=1,
    parts=Basis(),
    summary=None,
    recommendations=(),
    dissenters=(),
    to=(),
    document_hash=HASH,
)
DELIVERED = AdviceDelivered(
    team=T,
    programme=P,
    challenge=CARE,
    organisation=BANK,
    version=1,
    recommendations=(),
    to=(),
    document_hash=HASH,
    response_weeks=6,
)


def test_a_team_becomes_active_then_presenting_then_following_up_and_never_goes_back() -> None:
    events = [FORMED, HELD, PRESENTED, DELIVERED, HELD, PRESENTED]
    history = [(event, EventMetadata(position, T0)) for position, event in enumerate(events, 4)]
    states = [fold_events(TEAMS, history[: n + 1])[T].status for n in range(len(events))]
    assert states == ["formed", "active", "presenting", "following_up", "following_up", "following_up"]
