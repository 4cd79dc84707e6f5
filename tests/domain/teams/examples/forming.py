"""A programme whose participants will be assigned to teams."""

from domain.calculations.assignment import Assignment, Problem, Solved
from domain.events.ballot import BallotCertified
from domain.events.challenge import ChallengeProposed
from domain.events.programme import Policies, ProgrammeOpened
from domain.events.roles import FacilitatorAssigned, ManagerAppointed, ParticipantEnrolled
from domain.events.team import AssignmentRequested, PreferencesRanked
from domain.foundation import (
    AssignmentId,
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Event,
    Label,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
    ZoneName,
)
from domain.teams import forming as f
from tests.domain.examples.deciding import NOW
from workers.solving.solver import explanations, solve


def id_of(prefix: str, number: int) -> str:
    return f"{prefix}_{number:026d}"


PROGRAMME, ELSEWHERE = ProgrammeId(id_of("programme", 1)), ProgrammeId(id_of("programme", 2))
BALLOT, ASSIGNMENT = BallotId(id_of("ballot", 1)), AssignmentId(id_of("assignment", 1))
CARE, ENERGY, WATER = (ChallengeId(id_of("challenge", n)) for n in range(1, 4))
BANK, CLINIC = OrganisationId(id_of("organisation", 1)), OrganisationId(id_of("organisation", 2))
PEOPLE = [PersonId(id_of("person", n)) for n in range(1, 9)]
ANNA, BERT, *_ = PEOPLE
GUIDE, BOSS, EVE = (PersonId(id_of("person", n)) for n in (90, 91, 99))
TEAMS = (TeamId(id_of("team", 1)), TeamId(id_of("team", 2)))
OPENED = ProgrammeOpened(
    programme=PROGRAMME,
    name=Label("Leergang"),
    edition=Label("2016"),
    timezone=ZoneName("Europe/Amsterdam"),
    languages=(Code("nl"),),
    starts_on=None,
    ends_on=None,
    policies=Policies(min_team=3, max_team=5),
)
ROLES: list[Event] = [
    FacilitatorAssigned(programme=PROGRAMME, person=GUIDE),
    ManagerAppointed(programme=PROGRAMME, person=BOSS),
    ManagerAppointed(programme=ELSEWHERE, person=EVE),
    *(
        ParticipantEnrolled(programme=PROGRAMME, person=one, organisation=BANK if n % 2 else None)
        for n, one in enumerate(PEOPLE)
    ),
]
PROPOSED_CHALLENGES = [
    ChallengeProposed(
        challenge=one,
        programme=PROGRAMME,
        organisation=organisation,
        proposer=proposer,
        title=Words(digest="d" * 43),
        context=Words(digest="d" * 43),
        wish=None,
    )
    for one, organisation, proposer in [(CARE, CLINIC, ANNA), (ENERGY, BANK, None), (WATER, BANK, None)]
]
CERTIFIED = BallotCertified(
    ballot=BALLOT,
    programme=PROGRAMME,
    organisations=(BANK, CLINIC),
    challenge_ids=(CARE, ENERGY, WATER),
    selected=(CARE, ENERGY),
)
BEFORE: list[Event] = [OPENED, *ROLES, *PROPOSED_CHALLENGES]
GIVEN: list[Event] = [*BEFORE, CERTIFIED]
REQUESTED = AssignmentRequested(assignment=ASSIGNMENT, programme=PROGRAMME)
SYSTEM = Caller(role="system", via="job_1", at=NOW)


def ranked(person: PersonId, *ranking: ChallengeId, own: bool = True) -> PreferencesRanked:
    return PreferencesRanked(programme=PROGRAMME, person=person, ranking=ranking, motivation=None, own=own)


def question(*given: Event) -> Problem:
    return f.Question(PROGRAMME).load(given).problem()


def proposes(problem: Problem, answer: Assignment | None = None, by: Caller = SYSTEM) -> f.ProposeAssignment:
    found = Solved(answer) if answer else solve(problem)
    assert isinstance(found, Solved)
    return f.ProposeAssignment(
        ASSIGNMENT,
        problem=problem,
        answer=found,
        explanations=explanations(problem, found.assignment),
        solver=Code("highs"),
        version=Code("1.0"),
        by=by,
    )
