"""How teams come about: preferences, and the assignment that is asked for, answered and adopted.

What a good assignment is stands in `assignment.py`, the events in `team.py`.
"""

from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from msgspec import convert

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
from domain.events.roles import ENROLMENT_EVENTS
from domain.events.team import (
    AssignmentAdopted,
    AssignmentInfeasible,
    AssignmentProposed,
    AssignmentRequested,
    Override,
    PlannedTeam,
    PreferencesRanked,
    Quality,
    TeamFormed,
    WayOut,
    Why,
)
from domain.foundation import (
    AssignmentId,
    Caller,
    ChallengeId,
    Code,
    Digest,
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
from domain.people.rights import Acting
from domain.programmes.programme import InProgramme

# Refusals


class NoResultYet(Refusal):
    """Rule 10: preferences open when a result is certified, teams are adopted after that only."""

    CODE = "no-result-yet"
    TEXT = Text(en="No result has been certified yet.", nl="Er is nog geen uitslag vastgesteld.")


class TeamsAdopted(Refusal):
    """Rule 10: one active CoP per participant per programme; who comes later is placed by the facilitator."""

    CODE = "teams-adopted"
    TEXT = Text(en="The teams of this programme were adopted.", nl="De teams van deze leergang staan vast.")


class NotSelected(Refusal):
    """What can be ranked and worked on are the selected challenges."""

    CODE = "not-selected"
    STATUS = 422
    TEXT = Text(en="{challenge} is not a selected challenge.", nl="{challenge} is geen gekozen vraagstuk.")


class NamedTwice(Refusal):
    """A ranking names a challenge once, overrides name a person once."""

    CODE = "named-twice"
    STATUS = 422
    TEXT = Text(en="{id} is named twice.", nl="{id} wordt twee keer genoemd.")


class AlreadyAnswered(Refusal):
    """Rule 11: solved things are stored; a request is answered once."""

    CODE = "assignment-answered"
    TEXT = Text(en="This assignment was worked out before.", nl="Deze indeling is al uitgerekend.")


class NothingProposed(Refusal):
    """Only proposed teams can be adopted."""

    CODE = "nothing-proposed"
    TEXT = Text(en="This assignment proposes no teams.", nl="Deze indeling stelt geen teams voor.")


class AssignmentStale(Refusal):
    """A team assignment is stale when participants or preferences changed since."""

    CODE = "assignment-stale"
    TEXT = Text(
        en="Participants or preferences changed since this was proposed. Ask for a new assignment.",
        nl="Deelnemers of voorkeuren zijn sindsdien veranderd. Vraag een nieuwe indeling aan.",
    )


class TeamSizes(Refusal):
    """Rule 10: team size within the bounds of the programme; setting that aside needs a reason."""

    CODE = "team-sizes"
    TEXT = Text(
        en="With these overrides a team has {size:# member|# members}, not {least} to {most}. State a reason to do it anyway.",
        nl="Met deze wijzigingen heeft een team {size:# lid|# leden}, niet {least} tot {most}. "
        "Geef een reden om het toch te doen.",
    )


class EmptyTeam(Refusal):
    """Each selected challenge has at least one team, and a team has members."""

    CODE = "empty-team"
    TEXT = Text(en="These overrides leave a team empty.", nl="Deze wijzigingen laten een team leeg achter.")


# What is known


class Forming(InProgramme):
    """Base of commands before the teams: what was selected, and whether there are teams already."""

    def __init__(self) -> None:
        super().__init__()
        self.selected: dict[ChallengeId, None] = {}
        self.teams_adopted = False

    def consistency_boundary(self) -> list[Selector]:
        types = [BallotCertified, ChallengesChosen, ChallengeWithdrawn, AssignmentAdopted]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.programme])]

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
        self.require_not_concluded()
        if not self.selected:
            raise NoResultYet
        if self.teams_adopted:
            raise TeamsAdopted


class Question(Forming):
    """All that an assignment depends on; learnt up to a position, it is the question as it was then."""

    def __init__(self, programme: ProgrammeId, *, by: Caller) -> None:
        super().__init__()
        self.programme, self.by = programme, by
        self.rankings: dict[PersonId, tuple[ChallengeId, ...]] = {}
        self.challenges: dict[ChallengeId, ChallengeProposed] = {}

    def consistency_boundary(self) -> list[Selector]:
        types = [*ENROLMENT_EVENTS, PreferencesRanked, ChallengeProposed]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.programme])]

    @applies(PreferencesRanked)
    def _(self, event: PreferencesRanked) -> None:
        if event.programme == self.programme:
            self.rankings[event.person] = event.ranking

    @applies(ChallengeProposed)
    def _(self, event: ChallengeProposed) -> None:
        self.challenges[event.challenge] = event

    def problem(self) -> Problem:
        """The question in the solver's words. Raises `NotFound` where there is no such programme."""
        bounds = self.require_programme().policies
        here = sorted(person for person, programme in self.participants if programme == self.programme)
        people = (Candidate(one, self.participants[one, self.programme], self.rankings.get(one, ())) for one in here)
        seats = (Seat(one, self.challenges[one].proposer) for one in self.selected)
        return Problem(tuple(people), tuple(seats), bounds.min_team, bounds.max_team)


def question_hash(problem: Problem) -> Digest:
    """SHA-256 of the canonical question, base64url without padding."""
    return Digest(urlsafe_b64encode(bytes.fromhex(input_hash(problem))).rstrip(b"=").decode())


# Commands


class RankPreferences(Forming):
    """Rank the selected challenges: one's own preferences, or entered for a participant by the facilitator.

    After the close, or over what a participant ranked in person, the facilitator needs a reason.
    """

    preferences_close_at: datetime | None = None
    ranked_in_person: bool = False

    def __init__(
        self,
        programme: ProgrammeId,
        *,
        person: PersonId,
        ranking: tuple[ChallengeId, ...],
        motivation: Words | None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.programme, self.person, self.ranking, self.motivation, self.by = programme, person, ranking, motivation, by

    def consistency_boundary(self) -> list[Selector]:
        types = [*ENROLMENT_EVENTS, PreferencesRanked]
        return [
            *super().consistency_boundary(),
            Selector(types=types, tags=[self.person, self.programme]),
            Selector(types=[PhasePlanned], tags=[self.programme]),
        ]

    @applies(PhasePlanned)
    def _(self, preferences_close_at: datetime | None) -> None:
        self.preferences_close_at = preferences_close_at or self.preferences_close_at

    @applies(PreferencesRanked)
    def _(self, own: bool) -> None:
        self.ranked_in_person = own

    def execute(self) -> None:
        self.require_programme()
        own = self._require_right()
        self.require_before_teams()
        if twice := [one for one, times in Counter(self.ranking).items() if times > 1]:
            raise NamedTwice(field="ranking", id=twice[0])
        if foreign := [one for one in self.ranking if one not in self.selected]:
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
        """Whether it is the caller's own; raises where it is not theirs to enter."""
        own = self.person == self.by.person and self.participates(self.programme)
        if not own:
            self.require_facilitator(self.programme)
            if (self.person, self.programme) not in self.participants:
                raise UnknownPerson(field="person_id")
            if self.ranked_in_person:
                self.require_reason()
        if own or self.by.reason is None:
            self.not_after = self.preferences_close_at  # rule 4
        return own


class RequestAssignment(Forming):
    """Ask for teams; they are proposed by a job."""

    def __init__(self, assignment: AssignmentId, *, programme: ProgrammeId, by: Caller) -> None:
        super().__init__()
        self.assignment, self.programme, self.by = assignment, programme, by

    def execute(self) -> None:
        self.require_programme()
        self.require_facilitator(self.programme)
        self.require_before_teams()
        self.record(AssignmentRequested(assignment=self.assignment, programme=self.programme))


class OnAssignment(Acting):
    """Base of commands on an assignment: whether it was asked for, and what was answered."""

    assignment: AssignmentId
    requested: AssignmentRequested | None = None
    proposed: AssignmentProposed | None = None
    infeasible: bool = False

    def consistency_boundary(self) -> list[Selector]:
        types = [AssignmentRequested, AssignmentProposed, AssignmentInfeasible]
        return [*super().consistency_boundary(), Selector(types=types, tags=[self.assignment])]

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
        """Raises `NotFound` where nobody asked."""
        if self.requested is None:
            raise NotFound
        return self.requested


class AnswerAssignment(OnAssignment):
    """What every answer to a request knows; only Kring itself answers, and once."""

    def require_unanswered(self) -> AssignmentRequested:
        """Raises `NotFound`, `NotAllowed` or `AlreadyAnswered`."""
        requested = self.require_requested()
        if self.by.role != "system":
            raise NotAllowed
        if self.proposed is not None or self.infeasible:
            raise AlreadyAnswered
        return requested


class ProposeAssignment(AnswerAssignment):
    """Record the teams that were found, what of them is proven, and why everybody is where they are (rule 11)."""

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
        super().__init__()
        self.assignment, self.problem, self.answer, self.by = assignment, problem, answer, by
        self.explanations, self.solver, self.version = explanations, solver, version

    def execute(self) -> None:
        requested = self.require_unanswered()
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
                explanations=convert(tuple(self.explanations), tuple[Why, ...], from_attributes=True),
                unproven=tuple(Code(one) for one in self.answer.unproven),
            )
        )


class DeclareInfeasible(AnswerAssignment):
    """Record that there are no such teams, why, and what would help."""

    def __init__(self, assignment: AssignmentId, *, problem: Problem, answer: Infeasible, by: Caller) -> None:
        super().__init__()
        self.assignment, self.problem, self.answer, self.by = assignment, problem, answer, by

    def execute(self) -> None:
        requested = self.require_unanswered()
        self.record(
            AssignmentInfeasible(
                assignment=self.assignment,
                programme=requested.programme,
                input_hash=question_hash(self.problem),
                constraint=Code(self.answer.constraint),
                people=self.answer.people,
                needed=self.answer.needed,
                teams=self.answer.teams,
                relaxations=convert(self.answer.relaxations, tuple[WayOut, ...], from_attributes=True),
            )
        )


class AdoptAssignment(OnAssignment, Question):
    """Let the proposed teams stand, with overrides; it forms them, once in a programme.

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
        Question.__init__(self, programme, by=by)
        self.assignment, self.teams, self.overrides = assignment, teams, overrides

    def execute(self) -> None:
        requested = self.require_requested()
        if requested.programme != self.programme:
            raise NotFound
        self.require_facilitator(self.programme)
        self.require_before_teams()
        if self.proposed is None:
            raise NothingProposed
        if question_hash(self.problem()) != self.proposed.input_hash:
            raise AssignmentStale
        planned = self._overridden(self.proposed.teams)
        self._require_sizes(planned)
        self.record(
            AssignmentAdopted(
                assignment=self.assignment, programme=self.programme, overrides=self.overrides, teams=self.teams
            )
        )
        for team, plan in zip(self.teams, planned, strict=True):
            self.record(self._formed(team, plan))

    def _overridden(self, proposed: tuple[PlannedTeam, ...]) -> list[PlannedTeam]:
        """The proposed teams with each override carried out: onto the smallest team of that challenge, the first of equals."""
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
        bounds = self.require_programme().policies
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
            organisation=self.challenges[plan.challenge].organisation,
            number=plan.number,
            members=plan.members,
        )
