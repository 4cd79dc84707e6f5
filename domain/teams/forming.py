"""The forming of teams: preferences, and the assignment that is requested, answered and adopted.

`domain/calculations/assignment.py` defines what a good assignment is.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from msgspec import convert

from domain import base64url
from domain.calculations.assignment import (
    Candidate,
    Explanation,
    Infeasible,
    Problem,
    Seat,
    Solved,
    check,
    input_hash,
    objective,
)
from domain.events.ballot import BallotCertified, ChallengesChosen
from domain.events.challenge import ChallengeProposed, ChallengeWithdrawn
from domain.events.programme import PhasePlanned
from domain.events.team import (
    AssignmentAdopted,
    AssignmentInfeasible,
    AssignmentProposed,
    AssignmentRequested,
    Override,
    PlaceExplanation,
    PlannedTeam,
    PossibleRelaxation,
    PreferencesRanked,
    Quality,
    TeamFormed,
)
from domain.foundation import (
    AssignmentId,
    Caller,
    ChallengeId,
    Code,
    Digest,
    Knowledge,
    NotAllowed,
    NotFound,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.people.people import UnknownPerson
from domain.people.rights import CallerCommand, Participants
from domain.programmes.programme import ProgrammeState

# Refusals


class NoResultYet(Refusal):
    """Rule 10: preferences can be ranked, and teams adopted, once a result is certified."""

    CODE = "no-result-yet"
    TEXT = Text(en="No result has been certified yet.", nl="Er is nog geen uitslag vastgesteld.")


class TeamsAdopted(Refusal):
    """Rule 10: one active CoP per participant per programme; the facilitator places later participants."""

    CODE = "teams-adopted"
    TEXT = Text(
        en="The teams of this programme have already been adopted.", nl="De teams van deze leergang staan al vast."
    )


class NotSelected(Refusal):
    """Only selected challenges can be ranked and worked on."""

    CODE = "not-selected"
    STATUS = 422
    TEXT = Text(en="{challenge} is not a selected challenge.", nl="{challenge} is geen gekozen vraagstuk.")


class NamedTwice(Refusal):
    """A ranking names each challenge once; overrides name each person once."""

    CODE = "named-twice"
    STATUS = 422
    TEXT = Text(en="{id} is named twice.", nl="{id} wordt twee keer genoemd.")


class AlreadyAnswered(Refusal):
    """Rule 11: results are stored, and a request is answered once."""

    CODE = "assignment-answered"
    TEXT = Text(en="This assignment has already been computed.", nl="Deze indeling is al berekend.")


class NothingProposed(Refusal):
    """Only proposed teams can be adopted."""

    CODE = "nothing-proposed"
    TEXT = Text(en="This assignment proposes no teams.", nl="Deze indeling stelt geen teams voor.")


class AssignmentStale(Refusal):
    """A team assignment is stale once participants or preferences change."""

    CODE = "assignment-stale"
    TEXT = Text(
        en="Participants or preferences have changed since this was proposed. Request a new assignment.",
        nl="De deelnemers of hun voorkeuren zijn sindsdien veranderd. Vraag een nieuwe indeling aan.",
    )


class TeamSizes(Refusal):
    """Rule 10: team size within the bounds of the programme; an exception needs a reason."""

    CODE = "team-sizes"
    TEXT = Text(
        en="With these overrides a team has {size:# member|# members}, not {least} to {most}. State a reason to do it anyway.",
        nl="Met deze wijzigingen heeft een team {size:# lid|# leden}, niet {least} tot {most}. "
        "Geef een reden om het toch te doen.",
    )


class EmptyTeam(Refusal):
    """Each selected challenge has at least one team, and a team has members."""

    CODE = "empty-team"
    TEXT = Text(en="These overrides leave a team empty.", nl="Door deze wijzigingen heeft een team geen leden meer.")


# Knowledge


class Preparation(Knowledge):
    """The preparation of teams in a programme: the selected challenges, and whether teams were adopted."""

    def __init__(self, programme_state: ProgrammeState) -> None:
        types = [BallotCertified, ChallengesChosen, ChallengeWithdrawn, AssignmentAdopted]
        super().__init__(Selector(types=types, tags=[programme_state.programme]))
        self.programme_state, self.programme = programme_state, programme_state.programme
        self.selected: dict[ChallengeId, None] = {}
        self.teams_adopted = False

    @applies(BallotCertified)
    def _(self, selected: tuple[ChallengeId, ...], programme: ProgrammeId) -> None:
        if programme == self.programme:
            self.selected.update(dict.fromkeys(selected))

    @applies(ChallengesChosen)
    def _(self, challenges: tuple[ChallengeId, ...], programme: ProgrammeId) -> None:
        if programme == self.programme:
            self.selected.update(dict.fromkeys(challenges))

    @applies(ChallengeWithdrawn)
    def _(self, event: ChallengeWithdrawn) -> None:
        if event.challenge in self.selected:
            del self.selected[event.challenge]
            if event.takes_the_seat is not None:
                self.selected[event.takes_the_seat] = None

    @applies(AssignmentAdopted)
    def _(self, programme: ProgrammeId) -> None:
        self.teams_adopted |= programme == self.programme

    def require_before_teams(self) -> None:
        """Raises `ProgrammeOver`, `NoResultYet` or `TeamsAdopted`."""
        self.programme_state.require_not_concluded(self.programme)
        if not self.selected:
            raise NoResultYet
        if self.teams_adopted:
            raise TeamsAdopted


class Question(Knowledge):
    """Everything that a team assignment depends on; loaded up to a position, it is the question as it was then."""

    def __init__(self, programme: ProgrammeId) -> None:
        super().__init__(Selector(types=[PreferencesRanked, ChallengeProposed], tags=[programme]))
        self.programme = programme
        self.programme_state = ProgrammeState(programme)
        self.preparation = Preparation(self.programme_state)
        self.participants = Participants(programme)
        self.rankings: dict[PersonId, tuple[ChallengeId, ...]] = {}
        self.challenges: dict[ChallengeId, ChallengeProposed] = {}

    @applies(PreferencesRanked)
    def _(self, event: PreferencesRanked) -> None:
        if event.programme == self.programme:
            self.rankings[event.person] = event.ranking

    @applies(ChallengeProposed)
    def _(self, event: ChallengeProposed) -> None:
        self.challenges[event.challenge] = event

    def problem(self) -> Problem:
        """The question in the terms of the solver. Raises `NotFound` if there is no such programme."""
        bounds = self.programme_state.require_programme().policies
        sent_by = self.participants.organisations
        people = (Candidate(one, sent_by[one], self.rankings.get(one, ())) for one in self.participants)
        seats = (Seat(one, self.challenges[one].proposer) for one in self.preparation.selected)
        return Problem(tuple(people), tuple(seats), bounds.min_team, bounds.max_team)


class AssignmentState(Knowledge):
    """An assignment: whether it was requested, and how it was answered."""

    def __init__(self, assignment: AssignmentId) -> None:
        types = [AssignmentRequested, AssignmentProposed, AssignmentInfeasible]
        super().__init__(Selector(types=types, tags=[assignment]))
        self.assignment = assignment
        self.requested: AssignmentRequested | None = None
        self.proposed: AssignmentProposed | None = None
        self.infeasible = False

    @applies(AssignmentRequested)
    def _(self, event: AssignmentRequested) -> None:
        if event.assignment == self.assignment:
            self.requested = event

    @applies(AssignmentProposed)
    def _(self, event: AssignmentProposed) -> None:
        if event.assignment == self.assignment:
            self.proposed = event

    @applies(AssignmentInfeasible)
    def _(self, assignment: AssignmentId) -> None:
        self.infeasible |= assignment == self.assignment

    def require_requested(self) -> AssignmentRequested:
        """Return the request. Raises `NotFound` if there is none."""
        if self.requested is None:
            raise NotFound
        return self.requested

    def require_unanswered(self, by: Caller) -> AssignmentRequested:
        """Return the request if the caller may answer it, which only Kring itself may, once.

        Raises `NotFound`, `NotAllowed` or `AlreadyAnswered`.
        """
        requested = self.require_requested()
        if by.role != "system":
            raise NotAllowed
        if self.proposed is not None or self.infeasible:
            raise AlreadyAnswered
        return requested


def question_hash(problem: Problem) -> Digest:
    """SHA-256 of the canonical question, base64url without padding."""
    return Digest(base64url.encode(bytes.fromhex(input_hash(problem))))


# Commands


class RankPreferences(CallerCommand):
    """Rank the selected challenges, as a participant or, on behalf of one, as the facilitator.

    After the close, or to replace a ranking that the participant entered, the facilitator needs a reason.
    """

    def __init__(
        self,
        programme: ProgrammeId,
        *,
        person: PersonId,
        ranking: tuple[ChallengeId, ...],
        motivation: Words | None,
        by: Caller,
    ) -> None:
        own_ranking = Selector(types=[PreferencesRanked], tags=[person, programme])
        super().__init__(by, boundary=[own_ranking, Selector(types=[PhasePlanned], tags=[programme])])
        self.programme, self.person, self.ranking, self.motivation = programme, person, ranking, motivation
        self.programme_state = ProgrammeState(programme)
        self.preparation = Preparation(self.programme_state)
        self.participants = Participants(programme, person)
        self.preferences_close_at: datetime | None = None
        self.ranked_in_person = False

    @applies(PhasePlanned)
    def _(self, preferences_close_at: datetime | None) -> None:
        self.preferences_close_at = preferences_close_at or self.preferences_close_at

    @applies(PreferencesRanked)
    def _(self, own: bool) -> None:
        self.ranked_in_person = own

    def execute(self) -> None:
        self.programme_state.require_programme()
        own = self._require_right()
        self.preparation.require_before_teams()
        if twice := [one for one, times in Counter(self.ranking).items() if times > 1]:
            raise NamedTwice(field="ranking", id=twice[0])
        if foreign := [one for one in self.ranking if one not in self.preparation.selected]:
            raise NotSelected(field="ranking", challenge=foreign[0])
        self.record(
            PreferencesRanked(
                programme=self.programme,
                person=self.person,
                ranking=self.ranking,
                motivation=self.motivation,
                own=own,
            )
        )

    def _require_right(self) -> bool:
        """Return whether the ranking is the caller's own.

        Raises `NotAllowed`, `NotFound`, `UnknownPerson` or `ReasonMissing` if they may not enter it.
        """
        own = self.person == self.by.person and self.rights.participates(self.programme)
        if not own:
            self.rights.require_facilitator(self.programme)
            if self.person not in self.participants:
                raise UnknownPerson(field="person_id")
            if self.ranked_in_person:
                self.require_reason()
        if own or self.by.reason is None:
            self.not_after = self.preferences_close_at  # rule 4
        return own


class RequestAssignment(CallerCommand):
    """Request an assignment of teams, which a job proposes."""

    def __init__(self, assignment: AssignmentId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__(by)
        self.assignment, self.programme = assignment, programme
        self.programme_state = ProgrammeState(programme)
        self.preparation = Preparation(self.programme_state)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_facilitator(self.programme)
        self.preparation.require_before_teams()
        self.record(AssignmentRequested(assignment=self.assignment, programme=self.programme))


class ProposeAssignment(CallerCommand):
    """Record the proposed teams, what about them is not proven, and the reason for each person's place (rule 11)."""

    def __init__(
        self,
        assignment: AssignmentId,
        *,
        problem: Problem,
        answer: Solved,
        explanations: Sequence[Explanation],
        solver: Code,
        version: Code,
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.assignment, self.problem, self.answer = assignment, problem, answer
        self.explanations, self.solver, self.version = explanations, solver, version
        self.assignment_state = AssignmentState(assignment)

    def execute(self) -> None:
        requested = self.assignment_state.require_unanswered(self.by)
        found = self.answer.assignment
        broken = check(self.problem, found)
        assert not broken, f"the solver keeps the rules, but {broken[0].constraint}"
        self.record(
            AssignmentProposed(
                assignment=self.assignment,
                programme=requested.programme,
                input_hash=question_hash(self.problem),
                solver=self.solver,
                version=self.version,
                teams=convert(found.teams, tuple[PlannedTeam, ...], from_attributes=True),
                objective=convert(objective(self.problem, found), Quality, from_attributes=True),
                explanations=convert(tuple(self.explanations), tuple[PlaceExplanation, ...], from_attributes=True),
                unproven=tuple(Code(one) for one in self.answer.unproven),
            )
        )


class DeclareInfeasible(CallerCommand):
    """Record that no assignment keeps the rules, with the reason and possible relaxations."""

    def __init__(self, assignment: AssignmentId, *, problem: Problem, answer: Infeasible, by: Caller) -> None:
        super().__init__(by)
        self.assignment, self.problem, self.answer = assignment, problem, answer
        self.assignment_state = AssignmentState(assignment)

    def execute(self) -> None:
        requested = self.assignment_state.require_unanswered(self.by)
        self.record(
            AssignmentInfeasible(
                assignment=self.assignment,
                programme=requested.programme,
                input_hash=question_hash(self.problem),
                constraint=Code(self.answer.constraint),
                people=self.answer.people,
                needed=self.answer.needed,
                teams=self.answer.teams,
                relaxations=convert(self.answer.relaxations, tuple[PossibleRelaxation, ...], from_attributes=True),
            )
        )


class AdoptAssignment(CallerCommand):
    """Adopt the proposed teams, with overrides, and form them; once in a programme.

    `programme`: that of the assignment. `teams`: a new id for each proposed team. Everybody is in one team, since the answer
    is to the question as it is now.
    """

    def __init__(
        self,
        assignment: AssignmentId,
        *,
        programme: ProgrammeId,
        teams: tuple[TeamId, ...],
        overrides: tuple[Override, ...],
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.assignment, self.programme, self.teams, self.overrides = assignment, programme, teams, overrides
        self.assignment_state = AssignmentState(assignment)
        self.question = Question(programme)

    def execute(self) -> None:
        requested = self.assignment_state.require_requested()
        if requested.programme != self.programme:
            raise NotFound
        self.rights.require_facilitator(self.programme)
        self.question.preparation.require_before_teams()
        proposed = self.assignment_state.proposed
        if proposed is None:
            raise NothingProposed
        if question_hash(self.question.problem()) != proposed.input_hash:
            raise AssignmentStale
        planned = self._overridden(proposed.teams)
        self._require_sizes(planned)
        self.record(
            AssignmentAdopted(
                assignment=self.assignment, programme=self.programme, overrides=self.overrides, teams=self.teams
            )
        )
        for team, plan in zip(self.teams, planned, strict=True):
            self.record(self._formed(team, plan))

    def _overridden(self, proposed: tuple[PlannedTeam, ...]) -> list[PlannedTeam]:
        """The proposed teams after the overrides.

        Each override moves a person to the smallest team of a challenge, or to the first of several such teams.
        """
        if twice := [one for one, times in Counter(one.person for one in self.overrides).items() if times > 1]:
            raise NamedTwice(field="overrides", id=twice[0])
        members = [set(team.members) for team in proposed]
        for number, one in enumerate(self.overrides):
            if not any(one.person in team for team in members):
                raise UnknownPerson(field=f"overrides.{number}.person_id")
            options = [index for index, team in enumerate(proposed) if team.challenge == one.challenge]
            if not options:
                raise NotSelected(field=f"overrides.{number}.challenge_id", challenge=one.challenge)
            for team in members:
                team.discard(one.person)
            members[min(options, key=lambda index: len(members[index]))].add(one.person)
        return [
            PlannedTeam(team.challenge, team.number, tuple(sorted(now)))
            for team, now in zip(proposed, members, strict=True)
        ]

    def _require_sizes(self, planned: Sequence[PlannedTeam]) -> None:
        bounds = self.question.programme_state.require_programme().policies
        for team in planned:
            if not team.members:
                raise EmptyTeam(field="overrides")
            within = bounds.min_team <= len(team.members) <= bounds.max_team
            if not within and self.by.reason is None:
                raise TeamSizes(field="overrides", size=len(team.members), least=bounds.min_team, most=bounds.max_team)

    def _formed(self, team: TeamId, plan: PlannedTeam) -> TeamFormed:
        return TeamFormed(
            team=team,
            programme=self.programme,
            challenge=plan.challenge,
            organisation=self.question.challenges[plan.challenge].organisation,
            number=plan.number,
            members=plan.members,
        )
