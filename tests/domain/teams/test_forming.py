"""Preferences and team assignments, rule by rule."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.calculations.assignment import Assignment, Infeasible, Relaxation, Solved, Team, places
from domain.events.programme import PhasePlanned
from domain.events.roles import ParticipantEnrolled, ParticipantWithdrew
from domain.events.team import (
    AssignmentAdopted,
    AssignmentInfeasible,
    AssignmentProposed,
    AssignmentRequested,
    Override,
    PlannedTeam,
    PossibleRelaxation,
    PreferencesRanked,
    TeamFormed,
)
from domain.foundation import (
    Caller,
    ChallengeId,
    Code,
    Command,
    Event,
    NotAllowed,
    NotFound,
    PersonId,
    ReasonMissing,
    Refusal,
    TeamId,
    Words,
)
from domain.people.people import UnknownPerson
from domain.teams import forming as f
from domain.teams.team import TeamRights
from tests.domain.examples.deciding import NOW, caller, decide
from tests.domain.teams.examples.forming import (
    ANNA,
    ASSIGNMENT,
    BANK,
    BEFORE,
    BERT,
    BOSS,
    CARE,
    CLINIC,
    ELSEWHERE,
    ENERGY,
    EVE,
    GIVEN,
    GUIDE,
    PEOPLE,
    PROGRAMME,
    REQUESTED,
    SYSTEM,
    TEAMS,
    WATER,
    id_of,
    proposes,
    question,
    ranked,
)
from workers.solving.solver import solve

ADOPTED = AssignmentAdopted(assignment=ASSIGNMENT, programme=PROGRAMME, overrides=(), teams=TEAMS)


def ranks(
    by: Caller, ranking: tuple[ChallengeId, ...], person: PersonId = ANNA, motivation: Words | None = None
) -> f.RankPreferences:
    return f.RankPreferences(PROGRAMME, person=person, ranking=ranking, motivation=motivation, by=by)


def proposal(*given: Event) -> AssignmentProposed:
    (event,) = decide(proposes(question(*given)), REQUESTED)
    assert isinstance(event, AssignmentProposed)
    return event


def adopts(by: Caller, *overrides: Override) -> f.AdoptAssignment:
    return f.AdoptAssignment(ASSIGNMENT, programme=PROGRAMME, teams=TEAMS, overrides=overrides, by=by)


def move(person: PersonId, challenge: ChallengeId) -> Override:
    return Override(person, challenge, Words("Kent het veld"))


PARTICIPANT, FACILITATOR = caller("participant", ANNA), caller("facilitator", GUIDE)

# Preferences


def test_a_participant_ranks_the_selected_challenges() -> None:
    why = Words("Ik werk in de zorg")
    assert decide(ranks(PARTICIPANT, (ENERGY, CARE), motivation=why), *GIVEN) == [
        PreferencesRanked(programme=PROGRAMME, person=ANNA, ranking=(ENERGY, CARE), motivation=why)
    ]


def test_an_empty_ranking_is_accepted() -> None:
    assert decide(ranks(PARTICIPANT, ()), *GIVEN) == [ranked(ANNA)]


def test_rule_4_the_close_of_preferences_is_enforced_by_the_stores_clock() -> None:
    closes_at = NOW + timedelta(days=1)
    planned = PhasePlanned(programme=PROGRAMME, intake_closes_at=None, preferences_close_at=closes_at)
    moved = PhasePlanned(programme=PROGRAMME, intake_closes_at=NOW, preferences_close_at=None)
    own, entered = ranks(PARTICIPANT, (CARE,)), ranks(FACILITATOR, (CARE,))
    late = ranks(caller("facilitator", GUIDE, reason="Was ziek"), (CARE,))
    for command in (own, entered, late):
        decide(command, *GIVEN, planned, moved)
    assert (own.not_after, entered.not_after, late.not_after) == (closes_at, closes_at, None)


def test_a_ranking_entered_by_a_facilitator_is_marked() -> None:
    assert decide(ranks(FACILITATOR, (CARE,)), *GIVEN) == [ranked(ANNA, CARE, own=False)]


def test_replacing_a_participants_own_ranking_needs_a_reason() -> None:
    with pytest.raises(ReasonMissing):
        decide(ranks(FACILITATOR, (CARE,)), *GIVEN, ranked(ANNA, ENERGY))
    assert decide(ranks(FACILITATOR, (CARE,)), *GIVEN, ranked(ANNA, ENERGY, own=False))
    assert decide(ranks(caller("facilitator", GUIDE, reason="Gebeld"), (CARE,)), *GIVEN, ranked(ANNA, ENERGY))


@pytest.mark.parametrize(
    ("command", "history", "refusal"),
    [
        pytest.param(ranks(PARTICIPANT, (CARE,)), BEFORE, f.NoResultYet, id="rule 10: open when a result is certified"),
        pytest.param(
            ranks(PARTICIPANT, (CARE,)), [*GIVEN, ADOPTED], f.TeamsAdopted, id="rule 10: until teams are adopted"
        ),
        pytest.param(ranks(PARTICIPANT, (WATER,)), GIVEN, f.NotSelected, id="only selected challenges"),
        pytest.param(ranks(PARTICIPANT, (CARE, CARE)), GIVEN, f.NamedTwice, id="nothing twice"),
        pytest.param(ranks(PARTICIPANT, (CARE,)), GIVEN[1:], NotFound, id="no such programme"),
        pytest.param(ranks(PARTICIPANT, (CARE,), BERT), GIVEN, NotAllowed, id="not another's"),
        pytest.param(ranks(caller("participant", EVE), (CARE,), EVE), GIVEN, NotFound, id="not by an outsider"),
        pytest.param(ranks(caller("manager", EVE), (CARE,)), GIVEN, NotFound, id="not by another programme's manager"),
        pytest.param(ranks(FACILITATOR, (CARE,), EVE), GIVEN, UnknownPerson, id="not for a non-participant"),
        pytest.param(
            ranks(PARTICIPANT, (CARE,)),
            [*GIVEN, ParticipantWithdrew(programme=PROGRAMME, person=ANNA, organisation=None)],
            NotFound,
            id="not by a participant who left",
        ),
    ],
)
def test_a_ranking_is_refused(command: Command, history: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *history)


def test_preferences_are_sealed_per_person_and_visible_to_nobody() -> None:
    event = ranked(ANNA, CARE)
    assert event.key() == ANNA
    assert event.tags() == [ANNA, PROGRAMME]


# The request


def test_a_facilitator_requests_a_team_assignment() -> None:
    assert decide(f.RequestAssignment(ASSIGNMENT, programme=PROGRAMME, by=FACILITATOR), *GIVEN) == [REQUESTED]


@pytest.mark.parametrize(
    ("by", "history", "refusal"),
    [
        pytest.param(FACILITATOR, BEFORE, f.NoResultYet, id="rule 10: after a certified result"),
        pytest.param(FACILITATOR, [*GIVEN, ADOPTED], f.TeamsAdopted, id="rule 10: once in a programme"),
        pytest.param(PARTICIPANT, GIVEN, NotAllowed, id="not by a participant"),
        pytest.param(caller("manager", EVE), GIVEN, NotFound, id="not by another programme's manager"),
        pytest.param(FACILITATOR, GIVEN[1:], NotFound, id="no such programme"),
    ],
)
def test_requesting_a_team_assignment_is_refused(by: Caller, history: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(f.RequestAssignment(ASSIGNMENT, programme=PROGRAMME, by=by), *history)


def test_the_problem_has_current_participants_and_their_latest_rankings() -> None:
    problem = question(
        *GIVEN,
        ranked(ANNA, ENERGY),
        ranked(ANNA, CARE, ENERGY),
        ParticipantWithdrew(programme=PROGRAMME, person=BERT, organisation=None),
        ParticipantEnrolled(programme=ELSEWHERE, person=EVE, organisation=None),
    )
    assert [one.person for one in problem.people] == [one for one in PEOPLE if one != BERT]
    assert problem.people[0].ranking == (CARE, ENERGY)
    assert [(one.challenge, one.proposer) for one in problem.challenges] == [(CARE, ANNA), (ENERGY, None)]
    assert (problem.min_team, problem.max_team) == (3, 5)


# The proposal


def test_rule_11_a_proposal_is_stored_with_its_input_and_explanations() -> None:
    problem = question(*GIVEN, ranked(ANNA, CARE), ranked(BERT, ENERGY, CARE))
    (event,) = decide(proposes(problem), REQUESTED)
    assert isinstance(event, AssignmentProposed)
    assert event.input_hash == f.question_hash(problem)
    assert sorted(event.people) == PEOPLE
    where = {one.person: (one.challenge, one.rank, one.better) for one in event.explanations}
    assert (where[ANNA], where[BERT]) == ((CARE, 1, None), (ENERGY, 1, None))
    assert event.objective.worst_rank == 1


def test_the_hash_of_the_problem_is_a_digest() -> None:
    assert len(urlsafe_b64encode(bytes(32)).rstrip(b"=")) == len(f.question_hash(question(*GIVEN)))


def test_infeasibility_is_stored_with_the_relaxations() -> None:
    answer = Infeasible("people", 4, 6, 2, (Relaxation("min_team", 2), Relaxation("challenges", 1)))
    problem = question(*GIVEN)
    assert decide(f.DeclareInfeasible(ASSIGNMENT, problem=problem, answer=answer, by=SYSTEM), REQUESTED) == [
        AssignmentInfeasible(
            assignment=ASSIGNMENT,
            programme=PROGRAMME,
            input_hash=f.question_hash(problem),
            constraint=Code("people"),
            people=4,
            needed=6,
            teams=2,
            relaxations=(PossibleRelaxation(Code("min_team"), 2), PossibleRelaxation(Code("challenges"), 1)),
        )
    ]


def test_an_assignment_that_violates_a_rule_is_never_recorded() -> None:
    problem = question(*GIVEN)
    one_team = Assignment((Team(CARE, 1, tuple(PEOPLE)),))
    with pytest.raises(AssertionError):
        decide(proposes(problem, one_team), REQUESTED)


def test_only_the_system_proposes_an_assignment_and_only_once() -> None:
    problem = question(*GIVEN)
    with pytest.raises(f.AlreadyAnswered):
        decide(proposes(problem), REQUESTED, proposal(*GIVEN))
    with pytest.raises(NotAllowed):
        decide(proposes(problem, by=caller("manager")), REQUESTED)
    with pytest.raises(NotFound):
        decide(proposes(problem))


# The adoption


def test_adopting_forms_every_proposed_team() -> None:
    proposed = proposal(*GIVEN)
    adopted, *formed = decide(adopts(FACILITATOR), *GIVEN, REQUESTED, proposed)
    assert adopted == ADOPTED
    assert formed == [
        TeamFormed(
            team=team,
            programme=PROGRAMME,
            challenge=plan.challenge,
            organisation={CARE: CLINIC, ENERGY: BANK}[plan.challenge],
            number=plan.number,
            members=plan.members,
        )
        for team, plan in zip(TEAMS, proposed.teams, strict=True)
    ]


def test_rule_10_every_participant_is_in_one_team() -> None:
    _, *formed = decide(adopts(FACILITATOR), *GIVEN, REQUESTED, proposal(*GIVEN))
    assert sorted(one for team in formed if isinstance(team, TeamFormed) for one in team.members) == PEOPLE


@pytest.mark.parametrize(
    "since",
    [
        pytest.param(ranked(ANNA, ENERGY), id="a preference"),
        pytest.param(ParticipantWithdrew(programme=PROGRAMME, person=BERT, organisation=None), id="someone left"),
        pytest.param(ParticipantEnrolled(programme=PROGRAMME, person=EVE, organisation=None), id="someone came"),
    ],
)
def test_a_change_after_the_proposal_makes_it_stale(since: Event) -> None:
    with pytest.raises(f.AssignmentStale):
        decide(adopts(FACILITATOR), *GIVEN, REQUESTED, proposal(*GIVEN), since)


def test_an_override_moves_only_one_person() -> None:
    proposed = proposal(*GIVEN)
    first, second = proposed.teams
    person = first.members[-1]
    override = move(person, second.challenge)
    adopted, *formed = decide(adopts(FACILITATOR, override), *GIVEN, REQUESTED, proposed)
    assert isinstance(adopted, AssignmentAdopted)
    assert adopted.overrides == (override,)
    assert adopted.tags() == [ASSIGNMENT, person, PROGRAMME]
    assert [one.members for one in formed if isinstance(one, TeamFormed)] == [
        first.members[:-1],
        tuple(sorted([*second.members, person])),
    ]


def test_rule_10_team_sizes_out_of_bounds_need_a_reason() -> None:
    proposed = proposal(*GIVEN)
    first, second = sorted(proposed.teams, key=lambda team: len(team.members))
    two = [move(one, second.challenge) for one in first.members[:2]]
    with pytest.raises(f.TeamSizes):
        decide(adopts(FACILITATOR, *two), *GIVEN, REQUESTED, proposed)
    with_reason = caller("facilitator", GUIDE, reason="Zo werkt het beter")
    assert decide(adopts(with_reason, *two), *GIVEN, REQUESTED, proposed)
    everybody = [move(one, second.challenge) for one in first.members]
    with pytest.raises(f.EmptyTeam):
        decide(adopts(with_reason, *everybody), *GIVEN, REQUESTED, proposed)


@pytest.mark.parametrize(
    ("overrides", "refusal", "field"),
    [
        pytest.param([move(EVE, CARE)], UnknownPerson, "overrides.0.person_id", id="an unknown person"),
        pytest.param(
            [move(ANNA, WATER)], f.NotSelected, "overrides.0.challenge_id", id="to a challenge that was not selected"
        ),
        pytest.param([move(ANNA, CARE), move(ANNA, ENERGY)], f.NamedTwice, "overrides", id="one person twice"),
    ],
)
def test_an_override_is_refused(overrides: list[Override], refusal: type[Refusal], field: str) -> None:
    with pytest.raises(refusal) as refused:
        decide(adopts(FACILITATOR, *overrides), *GIVEN, REQUESTED, proposal(*GIVEN))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("by", "history", "refusal"),
    [
        pytest.param(FACILITATOR, [*GIVEN, REQUESTED], f.NothingProposed, id="not before there is a proposal"),
        pytest.param(FACILITATOR, GIVEN, NotFound, id="not without a request"),
        pytest.param(
            FACILITATOR,
            [*GIVEN, AssignmentRequested(assignment=ASSIGNMENT, programme=ELSEWHERE), proposal(*GIVEN)],
            NotFound,
            id="not another programme's",
        ),
        pytest.param(
            FACILITATOR, [*GIVEN, REQUESTED, proposal(*GIVEN), ADOPTED], f.TeamsAdopted, id="rule 10: not twice"
        ),
        pytest.param(PARTICIPANT, [*GIVEN, REQUESTED, proposal(*GIVEN)], NotAllowed, id="not by a participant"),
        pytest.param(caller("manager", EVE), [*GIVEN, REQUESTED], NotFound, id="not by another programme's manager"),
    ],
)
def test_an_adoption_is_refused(by: Caller, history: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(adopts(by), *history)


def test_a_manager_can_adopt_an_assignment() -> None:
    assert decide(adopts(caller("manager", BOSS)), *GIVEN, REQUESTED, proposal(*GIVEN))


def test_an_override_moves_to_the_smallest_team_of_its_challenge() -> None:
    teams = (
        PlannedTeam(CARE, 1, (PEOPLE[0], PEOPLE[1], PEOPLE[2])),
        PlannedTeam(CARE, 2, (PEOPLE[3], PEOPLE[4])),
        PlannedTeam(ENERGY, 1, (PEOPLE[5], PEOPLE[6])),
    )
    by = caller("facilitator", GUIDE, reason="Klein maar fijn")
    ids = (*TEAMS, TeamId(id_of("team", 3)))
    command = f.AdoptAssignment(ASSIGNMENT, programme=PROGRAMME, teams=ids, overrides=(move(PEOPLE[5], CARE),), by=by)
    _, *formed = decide(command, *GIVEN, REQUESTED, replace(proposal(*GIVEN), teams=teams))
    assert [one.members for one in formed if isinstance(one, TeamFormed)] == [
        teams[0].members,
        (*teams[1].members, PEOPLE[5]),
        (PEOPLE[6],),
    ]


# Permissions on a team's work

TEAM = TeamFormed(
    team=TEAMS[0], programme=PROGRAMME, challenge=CARE, organisation=CLINIC, number=1, members=(ANNA, BERT)
)


@pytest.mark.parametrize(
    ("by", "can_see"),
    [
        pytest.param(PARTICIPANT, True, id="a member"),
        pytest.param(caller("participant", PEOPLE[5]), False, id="another participant"),
        pytest.param(FACILITATOR, True, id="its facilitator"),
        pytest.param(caller("manager", BOSS), True, id="the manager"),
        pytest.param(caller("manager", EVE), False, id="another programme's manager"),
        pytest.param(caller("commissioner", ANNA), False, id="a member in the role of commissioner"),
    ],
)
def test_only_members_and_facilitators_see_a_teams_work_in_full(by: Caller, can_see: bool) -> None:
    assert TeamRights(by).load([*GIVEN, TEAM]).can_see_work(TEAM) is can_see


def test_a_person_who_left_the_programme_is_no_longer_a_member() -> None:
    left = ParticipantWithdrew(programme=PROGRAMME, person=ANNA, organisation=None)
    assert not TeamRights(PARTICIPANT).load([*GIVEN, TEAM, left]).member_of(TEAM.team)


def test_a_formed_team_is_visible_to_the_commissioner() -> None:
    assert TEAM.tags() == [TEAMS[0], CARE, ANNA, BERT, PROGRAMME, f"to:{CLINIC}"]


def test_the_explanations_match_the_places_of_the_assignment() -> None:
    problem = question(*GIVEN)
    solved = solve(problem)
    assert isinstance(solved, Solved)
    answer = solved.assignment
    (event,) = decide(proposes(problem, answer), REQUESTED)
    assert isinstance(event, AssignmentProposed)
    assert {one.person: (one.challenge, one.number) for one in event.explanations} == places(answer)
