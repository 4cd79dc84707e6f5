"""Communities of Practice: who works on which challenge, and what every command inside a team knows about that."""

from datetime import date
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from domain.challenge import ChallengeRecommissioned
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
    Refusal,
    Selector,
    TeamId,
    Text,
    TripId,
    Words,
    learns,
)
from domain.programme import KnowingConclusions, ProgrammeConcluded

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
        en="{person} ranked {ranking:# challenge|# challenges}.",
        nl="{person} rangschikte {ranking:# vraagstuk|# vraagstukken}.",
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
    """The best teams were found (rule 11: stored, never solved again). `input_hash`: SHA-256 of the question.

    `unproven`: parts of the objective (`squares`, `organisations`, `order_of_ids`) of which it is not known that no teams are
    better, since time ran out; mostly empty.
    """

    TOPIC = "team.assignment_proposed"
    VERSION = 2
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
    unproven: tuple[Code, ...] = ()

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
        en="No team assignment is possible: {teams:# CoP needs|# CoPs need} {needed:# participant|# participants}, "
        "and there {people:is #|are #}.",
        nl="Er is geen teamindeling mogelijk: {teams:# CoP vraagt|# CoP's vragen} {needed:# deelnemer|# deelnemers}, "
        "en er {people:is er #|zijn er #}.",
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


class OfMembers(Fact, frozen=True, kw_only=True):
    """Base of facts about who is in a team. `organisation`: who commissions the team's challenge, if anybody."""

    team: TeamId
    programme: ProgrammeId
    organisation: OrganisationId | None


class MemberJoined(OfMembers, frozen=True, kw_only=True):
    """The facilitator placed a late joiner in a CoP (rule 10)."""

    TOPIC = "team.member_joined"
    CONCERNS = ("person", "team", "programme")
    AUDIENCE = ("organisation",)
    AUDIT = Text(en="{person} joined {team}.", nl="{person} kwam bij {team}.")

    person: PersonId


class MemberLeft(OfMembers, frozen=True, kw_only=True):
    """A member left a CoP; their work stays (rule 10). Why is sealed in the reason."""

    TOPIC = "team.member_left"
    CONCERNS = ("person", "team", "programme")
    AUDIENCE = ("organisation",)
    AUDIT = Text(en="{person} left {team}.", nl="{person} verliet {team}.")

    person: PersonId


class MemberTransferred(OfMembers, frozen=True, kw_only=True):
    """A member went from one CoP to another (rule 10). `organisation` and `to_organisation`: who commissions their challenges."""

    TOPIC = "team.member_transferred"
    CONCERNS = ("person", "team", "to_team", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(en="{person} went from {team} to {to_team}.", nl="{person} ging van {team} naar {to_team}.")

    person: PersonId
    to_team: TeamId
    to_organisation: OrganisationId | None

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one for one in (self.organisation, self.to_organisation) if one is not None)


class WaiverGranted(Fact, frozen=True, kw_only=True):
    """A CoP below the smallest size may go on as it is, up to and including a day (rule 10)."""

    TOPIC = "team.waiver_granted"
    CONCERNS = ("team", "programme")
    AUDIENCE = Nobody(because="how a CoP is staffed is the programme's own business")
    AUDIT = Text(
        en="{team} may go on below the smallest size up to and including {until}.",
        nl="{team} mag tot en met {until} te klein zijn.",
    )

    team: TeamId
    programme: ProgrammeId
    until: date


class TeamMerged(OfMembers, frozen=True, kw_only=True):
    """A CoP went up in another, whose challenge goes on; its `members` are members there (rule 10)."""

    TOPIC = "team.merged"
    CONCERNS = ("team", "challenge", "into", "members", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(en="{team} went up in {into}.", nl="{team} ging op in {into}.")

    challenge: ChallengeId
    into: TeamId
    into_organisation: OrganisationId | None
    members: tuple[PersonId, ...]

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one for one in (self.organisation, self.into_organisation) if one is not None)


class TeamDissolved(OfMembers, frozen=True, kw_only=True):
    """A CoP ended; its work stays, and its last `members` keep reading it (rules 10 and 22)."""

    TOPIC = "team.dissolved"
    CONCERNS = ("team", "challenge", "members", "programme")
    AUDIENCE = ("organisation",)
    AUDIT = Text(en="{team} was dissolved.", nl="{team} werd opgeheven.")

    challenge: ChallengeId
    members: tuple[PersonId, ...]


class TeamChallengeChanged(OfMembers, frozen=True, kw_only=True):
    """A CoP took up the runner-up after its challenge was withdrawn (rule 22). Work done before stays with the CoP.

    `organisation`, `challenge`: from here on; `previous_organisation`, `previous`: before. `trips`: those of the CoP, which are
    told to `organisation` from here on.
    """

    TOPIC = "team.challenge_changed"
    CONCERNS = ("team", "challenge", "previous", "trips", "programme")
    AUDIENCE = ("organisations",)
    AUDIT = Text(
        en="{team} works on {challenge} from here on, no longer on {previous}.",
        nl="{team} werkt vanaf hier aan {challenge}, niet meer aan {previous}.",
    )

    challenge: ChallengeId
    previous: ChallengeId
    previous_organisation: OrganisationId | None
    trips: tuple[TripId, ...] = ()

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one for one in (self.previous_organisation, self.organisation) if one is not None)


TEAM_FACTS: list[type[Fact]] = [
    TeamFormed,
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    TeamMerged,
    TeamDissolved,
    ChallengeRecommissioned,
    TeamChallengeChanged,
    ProgrammeConcluded,
]
"""The facts that say who is in a team, for whom it works on what, and whether it goes on."""

# Refusals


class TeamOver(Refusal):
    """Rules 10 and 22: the work of a CoP that merged or was dissolved stays as it is."""

    CODE = "team-over"
    TEXT = Text(
        en="This CoP has ended; its work stays as it is.", nl="Deze CoP is beëindigd; het werk blijft zoals het is."
    )


# What a command inside a team knows


class TeamWork(KnowingConclusions):
    """Base of commands inside a team: the caller's own memberships; those of others only where `of_team` is read too.

    `teams`: as they are now, with the challenge and the organisation that they work for; only those read with `of_team` are
    certainly there. `former`: who left them, or went to another. `turned_to`: for whom those work that went on for another.
    `over`: teams that merged, with the team that they went up in, or were dissolved (None).
    """

    def __init__(self) -> None:
        super().__init__()
        self.teams: dict[TeamId, TeamFormed] = {}
        self.programmes: dict[TeamId, ProgrammeId] = {}
        self.members: dict[TeamId, set[PersonId]] = {}
        self.former: dict[TeamId, set[PersonId]] = {}
        self.last_members: dict[TeamId, tuple[PersonId, ...]] = {}
        self.over: dict[TeamId, TeamId | None] = {}
        self.turned_to: dict[TeamId, OrganisationId | None] = {}

    def consistency_boundary(self) -> list[Selector]:
        mine = [] if self.by.person is None else [self.of_person(self.by.person)]
        return [*super().consistency_boundary(), *mine]

    @staticmethod
    def of_team(team: TeamId) -> Selector:
        """The facts that say who is in this team, and for whom it works on what."""
        return Selector(types=TEAM_FACTS, tags=[team])

    @staticmethod
    def of_person(person: PersonId) -> Selector:
        """The facts that say in which teams this person is."""
        return Selector(types=TEAM_FACTS, tags=[person])

    @learns(TeamFormed)
    def _(self, fact: TeamFormed) -> None:
        self.teams[fact.team], self.programmes[fact.team] = fact, fact.programme
        self.members[fact.team] = set(fact.members)

    @learns(MemberJoined)
    def _(self, team: TeamId, programme: ProgrammeId, person: PersonId) -> None:
        self._let_in(team, programme, person)

    @learns(MemberLeft)
    def _(self, team: TeamId, person: PersonId) -> None:
        self._let_out(team, person)

    @learns(MemberTransferred)
    def _(self, team: TeamId, to_team: TeamId, programme: ProgrammeId, person: PersonId) -> None:
        self._let_out(team, person)
        self._let_in(to_team, programme, person)

    @learns(TeamMerged)
    def _(self, fact: TeamMerged) -> None:
        self._end(fact.team, fact.members, fact.into)
        for person in fact.members:
            self._let_in(fact.into, fact.programme, person)

    @learns(TeamDissolved)
    def _(self, fact: TeamDissolved) -> None:
        self._end(fact.team, fact.members, None)

    @learns(ChallengeRecommissioned)
    def _(self, fact: ChallengeRecommissioned) -> None:
        for team in fact.teams:
            self.turned_to[team] = fact.organisation
            if team in self.teams:
                self.teams[team] = replace(self.teams[team], organisation=fact.organisation)

    @learns(TeamChallengeChanged)
    def _(self, fact: TeamChallengeChanged) -> None:
        self.turned_to[fact.team] = fact.organisation
        if fact.team in self.teams:
            now = replace(self.teams[fact.team], challenge=fact.challenge, organisation=fact.organisation)
            self.teams[fact.team] = now

    def _let_in(self, team: TeamId, programme: ProgrammeId, person: PersonId) -> None:
        self.programmes[team] = programme
        self.members.setdefault(team, set()).add(person)
        self.former.setdefault(team, set()).discard(person)

    def _let_out(self, team: TeamId, person: PersonId) -> None:
        self.members.setdefault(team, set()).discard(person)
        self.former.setdefault(team, set()).add(person)

    def _end(self, team: TeamId, members: tuple[PersonId, ...], into: TeamId | None) -> None:
        self.over[team], self.last_members[team], self.members[team] = into, members, set()

    def has_ended(self, team: TeamId, programme: ProgrammeId) -> bool:
        """It merged, was dissolved, or was concluded with its programme."""
        return team in self.over or programme in self.concluded

    def was_in(self, team: TeamId) -> set[PersonId]:
        """Its members, or those that it had when it merged or was dissolved."""
        return self.members.get(team, set()).union(self.last_members.get(team, ()))

    def is_member(self, team: TeamId, programme: ProgrammeId) -> bool:
        """An active member of this team, asking as a participant."""
        return self.participates(programme) and self.by.person in self.members.get(team, ())

    def was_there_at_the_end(self, team: TeamId) -> bool:
        """One of the last members of a team that merged or was dissolved: its work stays theirs to read."""
        programme = self.programmes.get(team)
        return (
            team in self.over
            and self.by.person in self.last_members.get(team, ())
            and programme is not None
            and self.participates(programme)
        )

    def winds_up(self, team: TeamId, programme: ProgrammeId) -> bool:
        """Who may call off and settle what a team planned: its members; once it has ended, its last ones and who guides it."""
        if self.is_member(team, programme) or self.was_there_at_the_end(team):
            return True
        return self.has_ended(team, programme) and self.facilitates(programme, team)

    def require_member(self, team: TeamId, programme: ProgrammeId, organisation: OrganisationId | None) -> None:
        """Raises `NotAllowed` or `NotFound` unless the caller is a member, for it is theirs; `TeamOver`, `ProgrammeOver`."""
        self.require_going_on_for(team)
        if not self.is_member(team, programme):
            self.refuse(programme, (organisation,))
        self.require_working_time(programme)

    def require_member_or_guide(
        self, team: TeamId, programme: ProgrammeId, organisation: OrganisationId | None
    ) -> None:
        """Raises `NotAllowed` or `NotFound` unless the caller is a member, or guides this team; `TeamOver`, `ProgrammeOver`."""
        self.require_going_on_for(team)
        if not (self.is_member(team, programme) or self.facilitates(programme, team)):
            self.refuse(programme, (organisation,))
        if team in self.over:
            raise TeamOver
        self.require_working_time(programme)

    def require_going_on_for(self, team: TeamId) -> None:
        """Raises `TeamOver` to the last members of a team that ended, who may know why they cannot go on (rule 10)."""
        if self.was_there_at_the_end(team):
            raise TeamOver


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
        programme = self.programmes.get(team)
        return programme is not None and self.is_member(team, programme)

    def left(self, team: TeamId) -> bool:
        """One who was a member and went, and still takes part: what they made stays theirs to read (rule 10)."""
        programme = self.programmes.get(team)
        return programme is not None and self.participates(programme) and self.by.person in self.former.get(team, ())

    def teams_once(self) -> list[TeamId]:
        """The teams in which the caller was: those that ended with them, and those that they left."""
        return sorted(one for one in self.programmes if self.was_there_at_the_end(one) or self.left(one))

    def sees_work(self, row: OfTeam) -> bool:
        """Who sees a team's work in full: its members, its last ones if it ended, and who facilitates it."""
        return (
            self.member_of(row.team) or self.was_there_at_the_end(row.team) or self.facilitates(row.programme, row.team)
        )
