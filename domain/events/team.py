"""Events of teams: preferences, assignments, formation, members, mergers, dissolution."""

from datetime import date

from msgspec import Struct

from domain.events.challenge import ChallengeRecommissioned
from domain.events.programme import ProgrammeConcluded
from domain.foundation import (
    AssignmentId,
    ChallengeId,
    Code,
    Digest,
    Event,
    Nobody,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Text,
    TripId,
    Words,
)

HOW_TEAMS_COME_ABOUT = Nobody(
    because="the composition of teams is the programme's own business; organisations can see each team formed"
)


class PreferencesRanked(Event, frozen=True, kw_only=True):
    """A participant ranked the selected challenges, best first, which replaces an earlier ranking. `own`: in person."""

    TOPIC = "team.preferences_ranked"
    TAGS = ("person", "programme")
    AUDIENCE = Nobody(because="preferences are private to the participant and those who compose the teams")
    REACH = "own"
    SUMMARY = Text(
        en="{person} ranked {ranking:# challenge|# challenges}.",
        nl="{person} rangschikte {ranking:# vraagstuk|# vraagstukken}.",
    )

    programme: ProgrammeId
    person: PersonId
    ranking: tuple[ChallengeId, ...]
    motivation: Words | None
    own: bool = True


class AssignmentRequested(Event, frozen=True, kw_only=True):
    """A team assignment was requested, based on the log up to here: participants, preferences, selected challenges."""

    TOPIC = "team.assignment_requested"
    TAGS = ("assignment", "programme")
    AUDIENCE = HOW_TEAMS_COME_ABOUT
    REACH = "programme"
    SUMMARY = Text(en="A team assignment was requested.", nl="Een teamindeling werd aangevraagd.")

    assignment: AssignmentId
    programme: ProgrammeId


class PlannedTeam(Struct, frozen=True):
    """A planned CoP. `number` distinguishes teams on the same challenge, from 1."""

    challenge: ChallengeId
    number: int
    members: tuple[PersonId, ...]


class Quality(Struct, frozen=True):
    """The quality of an assignment: the worst rank, the sum of squared ranks, the sum of the organisations in each team."""

    worst_rank: int
    squares: int
    organisations: int


class NextBest(Struct, frozen=True):
    """The cost of a person's next better place, in numbers; see `domain.calculations.assignment.NextBetter`."""

    challenge: ChallengeId
    decided_by: Code
    worst_rank: int
    squares_more: int
    organisations_fewer: int
    others_lower: int
    places_lower: int


class PlaceExplanation(Struct, frozen=True):
    """The explanation of a person's place, for them alone: see `domain.calculations.assignment.Explanation`."""

    person: PersonId
    challenge: ChallengeId
    number: int
    rank: int
    ranked: int
    offered: int
    better: NextBest | None


class AssignmentProposed(Event, frozen=True, kw_only=True):
    """A team assignment was computed (rule 11: stored, never solved again). `input_hash`: SHA-256 of the problem.

    `unproven`: parts of the objective (`squares`, `organisations`, `order_of_ids`) for which a better assignment may exist, since
    time ran out; mostly empty.
    """

    TOPIC = "team.assignment_proposed"
    VERSION = 2
    TAGS = ("assignment", "people", "programme")
    AUDIENCE = HOW_TEAMS_COME_ABOUT
    REACH = "guides"
    SUMMARY = Text(
        en="A team assignment was proposed; CoPs: {teams:count}.",
        nl="Een teamindeling werd voorgesteld; aantal CoP’s: {teams:count}.",
    )

    assignment: AssignmentId
    programme: ProgrammeId
    input_hash: Digest
    solver: Code
    version: Code
    teams: tuple[PlannedTeam, ...]
    objective: Quality
    explanations: tuple[PlaceExplanation, ...]
    unproven: tuple[Code, ...] = ()

    @property
    def people(self) -> tuple[PersonId, ...]:
        return tuple(person for team in self.teams for person in team.members)


class PossibleRelaxation(Struct, frozen=True):
    """The nearest `value` of one `setting` (`min_team`, `max_team`, `challenges` or `people`) with which an assignment exists."""

    setting: Code
    value: int


class AssignmentInfeasible(Event, frozen=True, kw_only=True):
    """No assignment keeps the rules.

    `constraint`: the rule that is broken. `people`: how many there are; `needed`: how many `teams` teams need. `relaxations`: the
    changes of which each makes an assignment possible.
    """

    TOPIC = "team.assignment_infeasible"
    TAGS = ("assignment", "programme")
    AUDIENCE = HOW_TEAMS_COME_ABOUT
    REACH = "programme"
    SUMMARY = Text(
        en="No team assignment is possible: {teams:# CoP needs|# CoPs need} {needed:# participant|# participants}, "
        "and there {people:is #|are #}.",
        nl="Er is geen teamindeling mogelijk: voor {teams:# CoP|# CoP’s} zijn {needed:# deelnemer|# deelnemers} nodig, "
        "en er {people:is er #|zijn er #}.",
    )

    assignment: AssignmentId
    programme: ProgrammeId
    input_hash: Digest
    constraint: Code
    people: int
    needed: int
    teams: int
    relaxations: tuple[PossibleRelaxation, ...]


class Override(Struct, frozen=True):
    """A person whom the facilitator placed on another challenge than the proposed one, with a reason."""

    person: PersonId
    challenge: ChallengeId
    reason: Words


class AssignmentAdopted(Event, frozen=True, kw_only=True):
    """The proposed assignment was adopted, apart from the overrides. `teams`: those that were formed."""

    TOPIC = "team.assignment_adopted"
    TAGS = ("assignment", "overridden", "programme")
    AUDIENCE = HOW_TEAMS_COME_ABOUT
    REACH = "guides"
    SUMMARY = Text(
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


class TeamFormed(Event, frozen=True, kw_only=True):
    """A CoP was formed: these members work on this challenge. `number` distinguishes teams on the same challenge, from 1.

    `organisation`: the commissioner of the challenge; None: it is in the public interest.
    """

    TOPIC = "team.formed"
    TAGS = ("team", "challenge", "members", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(
        en="A CoP of {members:count} was formed for {challenge}: {members}.",
        nl="Voor {challenge} werd een CoP van {members:count} gevormd: {members}.",
    )

    team: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId | None
    number: int
    members: tuple[PersonId, ...]


class OfMembers(Event, frozen=True, kw_only=True):
    """Base of events about the members of a team. `organisation`: the commissioner of the team's challenge, if any."""

    team: TeamId
    programme: ProgrammeId
    organisation: OrganisationId | None


class MemberJoined(OfMembers, frozen=True, kw_only=True):
    """The facilitator placed a late joiner in a CoP (rule 10)."""

    TOPIC = "team.member_joined"
    TAGS = ("person", "team", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(en="{person} joined {team}.", nl="{person} kwam bij {team}.")

    person: PersonId


class MemberLeft(OfMembers, frozen=True, kw_only=True):
    """A member left a CoP; their work stays (rule 10). The reason is sealed."""

    TOPIC = "team.member_left"
    TAGS = ("person", "team", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(en="{person} left {team}.", nl="{person} verliet {team}.")

    person: PersonId


class MemberTransferred(OfMembers, frozen=True, kw_only=True):
    """A member moved to another CoP (rule 10). `organisation`, `to_organisation`: the commissioners of the two challenges."""

    TOPIC = "team.member_transferred"
    TAGS = ("person", "team", "to_team", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(en="{person} moved from {team} to {to_team}.", nl="{person} stapte over van {team} naar {to_team}.")

    person: PersonId
    to_team: TeamId
    to_organisation: OrganisationId | None

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one for one in (self.organisation, self.to_organisation) if one is not None)


class WaiverGranted(Event, frozen=True, kw_only=True):
    """A CoP below the smallest size may continue up to and including a date (rule 10)."""

    TOPIC = "team.waiver_granted"
    TAGS = ("team", "programme")
    AUDIENCE = Nobody(because="the staffing of a CoP is the programme's own business")
    REACH = "programme"
    SUMMARY = Text(
        en="{team} may continue below the minimum size up to and including {until}.",
        nl="{team} mag tot en met {until} te klein zijn.",
    )

    team: TeamId
    programme: ProgrammeId
    until: date


class TeamMerged(OfMembers, frozen=True, kw_only=True):
    """A CoP merged into another, which keeps its challenge; `members` are members there now (rule 10)."""

    TOPIC = "team.merged"
    TAGS = ("team", "challenge", "into", "members", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(en="{team} merged into {into}.", nl="{team} ging op in {into}.")

    challenge: ChallengeId
    into: TeamId
    into_organisation: OrganisationId | None
    members: tuple[PersonId, ...]

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one for one in (self.organisation, self.into_organisation) if one is not None)


class TeamDissolved(OfMembers, frozen=True, kw_only=True):
    """A CoP was dissolved; its work stays, and its last `members` can still read it (rules 10 and 22)."""

    TOPIC = "team.dissolved"
    TAGS = ("team", "challenge", "members", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(en="{team} was dissolved.", nl="{team} werd opgeheven.")

    challenge: ChallengeId
    members: tuple[PersonId, ...]


class TeamChallengeChanged(OfMembers, frozen=True, kw_only=True):
    """A CoP took up another challenge after its own was withdrawn (rule 22). Its earlier work stays with the CoP.

    `organisation`, `challenge`: the new ones. `previous_organisation`, `previous`: the old ones. `trips`: those of the CoP, whose
    later events `organisation` can see.
    """

    TOPIC = "team.challenge_changed"
    TAGS = ("team", "challenge", "previous", "trips", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(
        en="{team} works on {challenge} from now on, no longer on {previous}.",
        nl="{team} werkt vanaf nu aan {challenge}, niet meer aan {previous}.",
    )

    challenge: ChallengeId
    previous: ChallengeId
    previous_organisation: OrganisationId | None
    trips: tuple[TripId, ...] = ()

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one for one in (self.previous_organisation, self.organisation) if one is not None)


TEAM_EVENTS: list[type[Event]] = [
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
"""The events that change a team: its members, challenge and commissioner, or end it."""
