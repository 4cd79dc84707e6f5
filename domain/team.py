"""Communities of Practice: who works on which challenge, and what every command inside a team knows about that."""

from typing import Protocol

from msgspec import Struct

from domain.foundation import (
    AssignmentId,
    Caller,
    ChallengeId,
    Code,
    Digest,
    Fact,
    Nobody,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Selector,
    TeamId,
    Text,
    Words,
    learns,
)
from domain.roles import Acting

# Facts

HOW_TEAMS_COME_ABOUT = Nobody(
    because="how teams come about is the programme's own; organisations are told of each team formed"
)


class PreferencesRanked(Fact, frozen=True, kw_only=True):
    """A participant ranked the selected challenges, the best first; it replaces an earlier ranking. `own`: in person."""

    TOPIC = "team.preferences_ranked"
    CONCERNS = ("person", "programme")
    AUDIENCE = Nobody(because="what someone prefers is between them and who composes the teams")
    AUDIT = Text(
        en="{person} ranked {ranking:count} challenges.", nl="{person} rangschikte {ranking:count} vraagstukken."
    )

    programme: ProgrammeId
    person: PersonId
    ranking: tuple[ChallengeId, ...]
    motivation: Words | None
    own: bool = True


class AssignmentRequested(Fact, frozen=True, kw_only=True):
    """Teams are to be proposed, from what the log held at this position: participants, preferences, selected challenges."""

    TOPIC = "team.assignment_requested"
    CONCERNS = ("assignment", "programme")
    AUDIENCE = HOW_TEAMS_COME_ABOUT
    AUDIT = Text(en="A team assignment was requested.", nl="Een teamindeling werd aangevraagd.")

    assignment: AssignmentId
    programme: ProgrammeId


class PlannedTeam(Struct, frozen=True):
    """A CoP to be; `number` tells teams on the same challenge apart, from 1."""

    challenge: ChallengeId
    number: int
    members: tuple[PersonId, ...]


class Quality(Struct, frozen=True):
    """How good an assignment is: worst rank, sum of squared ranks, organisations of each team added."""

    worst_rank: int
    squares: int
    organisations: int


class NextBest(Struct, frozen=True):
    """What someone's next better place would have cost, in numbers: see `domain.assignment.NextBetter`."""

    challenge: ChallengeId
    decided_by: Code
    worst_rank: int
    squares_more: int
    organisations_fewer: int
    others_lower: int
    places_lower: int


class Why(Struct, frozen=True):
    """Why a person is where they are, for them alone: see `domain.assignment.Explanation`. `better` None: rank 1."""

    person: PersonId
    challenge: ChallengeId
    number: int
    rank: int
    ranked: int
    offered: int
    better: NextBest | None


class AssignmentProposed(Fact, frozen=True, kw_only=True):
    """The best teams were found (rule 11: stored, never solved again). `input_hash`: SHA-256 of the question."""

    TOPIC = "team.assignment_proposed"
    CONCERNS = ("assignment", "people", "programme")
    AUDIENCE = HOW_TEAMS_COME_ABOUT
    AUDIT = Text(
        en="A team assignment was proposed; CoPs: {teams:count}.",
        nl="Een teamindeling werd voorgesteld; aantal CoP's: {teams:count}.",
    )

    assignment: AssignmentId
    programme: ProgrammeId
    input_hash: Digest
    solver: Code
    version: Code
    teams: tuple[PlannedTeam, ...]
    objective: Quality
    explanations: tuple[Why, ...]

    @property
    def people(self) -> tuple[PersonId, ...]:
        return tuple(person for team in self.teams for person in team.members)


class WayOut(Struct, frozen=True):
    """The nearest `value` of one `setting` (`min_team`, `max_team`, `challenges` or `people`) with which teams exist."""

    setting: Code
    value: int


class AssignmentInfeasible(Fact, frozen=True, kw_only=True):
    """No teams keep the rules: which rule, how many `people` there are and are `needed` for `teams` teams, each way out."""

    TOPIC = "team.assignment_infeasible"
    CONCERNS = ("assignment", "programme")
    AUDIENCE = HOW_TEAMS_COME_ABOUT
    AUDIT = Text(
        en="No team assignment is possible: {teams} CoPs need {needed} participants, there are {people}.",
        nl="Er is geen teamindeling mogelijk: {teams} CoP's vragen {needed} deelnemers, er zijn er {people}.",
    )

    assignment: AssignmentId
    programme: ProgrammeId
    input_hash: Digest
    constraint: Code
    people: int
    needed: int
    teams: int
    relaxations: tuple[WayOut, ...]


class Override(Struct, frozen=True):
    """A person whom the facilitator placed on another challenge than was proposed, and why."""

    person: PersonId
    challenge: ChallengeId
    reason: Words


class AssignmentAdopted(Fact, frozen=True, kw_only=True):
    """The proposed teams stand, but for the overrides: `teams` were formed."""

    TOPIC = "team.assignment_adopted"
    CONCERNS = ("assignment", "overridden", "programme")
    AUDIENCE = HOW_TEAMS_COME_ABOUT
    AUDIT = Text(
        en="The team assignment was adopted; overrides: {overrides:count}.",
        nl="De teamindeling werd overgenomen; wijzigingen: {overrides:count}.",
    )

    assignment: AssignmentId
    programme: ProgrammeId
    overrides: tuple[Override, ...]
    teams: tuple[TeamId, ...]

    @property
    def overridden(self) -> tuple[PersonId, ...]:
        return tuple(one.person for one in self.overrides)


class TeamFormed(Fact, frozen=True, kw_only=True):
    """A CoP began: these members work on this challenge. `number` tells teams on the same challenge apart, from 1.

    `organisation`: who commissioned the challenge; None where it is worked on in the public interest.
    """

    TOPIC = "team.formed"
    CONCERNS = ("team", "challenge", "members", "programme")
    AUDIENCE = ("organisation",)
    AUDIT = Text(
        en="A CoP of {members:count} was formed for {challenge}: {members}.",
        nl="Voor {challenge} werd een CoP van {members:count} gevormd: {members}.",
    )

    team: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId | None
    number: int
    members: tuple[PersonId, ...]


TEAM_FACTS: list[type[Fact]] = [TeamFormed]
"""The facts that say who is in a team."""

# What a command inside a team knows


class TeamWork(Acting):
    """Base of commands inside a team: the caller's own memberships; those of others only where `of_team` is read too."""

    def __init__(self) -> None:
        super().__init__()
        self.teams: dict[TeamId, TeamFormed] = {}
        self.members: dict[TeamId, set[PersonId]] = {}

    def consistency_boundary(self) -> list[Selector]:
        mine = [] if self.by.person is None else [Selector(types=TEAM_FACTS, tags=[self.by.person])]
        return [*super().consistency_boundary(), *mine]

    @staticmethod
    def of_team(team: TeamId) -> Selector:
        """The facts that say who is in this team."""
        return Selector(types=TEAM_FACTS, tags=[team])

    @learns(TeamFormed)
    def _(self, fact: TeamFormed) -> None:
        self.teams[fact.team], self.members[fact.team] = fact, set(fact.members)

    def is_member(self, team: TeamId, programme: ProgrammeId) -> bool:
        """An active member of this team, asking as a participant."""
        return self.participates(programme) and self.by.person in self.members.get(team, ())

    def require_member(self, team: TeamId, programme: ProgrammeId, organisation: OrganisationId | None) -> None:
        """Raises `NotAllowed` or `NotFound` unless the caller is a member: what a team does is its own to do."""
        if not self.is_member(team, programme):
            self.refuse(programme, (organisation,))

    def require_member_or_guide(
        self, team: TeamId, programme: ProgrammeId, organisation: OrganisationId | None
    ) -> None:
        """Raises `NotAllowed` or `NotFound` unless the caller is a member, or facilitates this team."""
        if not (self.is_member(team, programme) or self.facilitates(programme, team)):
            self.refuse(programme, (organisation,))


class InTeam(TeamWork):
    """Base of commands that name their team."""

    team: TeamId

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), self.of_team(self.team)]

    def require_team(self) -> TeamFormed:
        """Raises `NotFound` where there is none."""
        formed = self.teams.get(self.team)
        if formed is None:
            raise NotFound
        return formed


class OfTeam(Protocol):
    """Anything that belongs to a team's work."""

    @property
    def team(self) -> TeamId: ...
    @property
    def programme(self) -> ProgrammeId: ...


class TeamRights(TeamWork):
    """The roles and memberships of one caller, learnt for reading."""

    def __init__(self, by: Caller) -> None:
        super().__init__()
        self.by = by

    def member_of(self, team: TeamId) -> bool:
        """An active member of this team, asking as a participant."""
        formed = self.teams.get(team)
        return formed is not None and self.is_member(team, formed.programme)

    def sees_work(self, row: OfTeam) -> bool:
        """Who sees a team's work in full: its members, and who facilitates it or manages its programme."""
        return self.member_of(row.team) or self.facilitates(row.programme, row.team)
