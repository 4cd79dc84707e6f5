"""Preferences, team assignments and teams."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.events.challenge import ChallengeRecommissioned
from domain.events.gathering import GatheringHeld, HoldingCorrected
from domain.events.presentation import AdviceDelivered, AdvicePresented
from domain.events.programme import Policies, ProgrammeConcluded
from domain.events.team import (
    AssignmentAdopted,
    AssignmentInfeasible,
    AssignmentProposed,
    AssignmentRequested,
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    Override,
    PlaceExplanation,
    PlannedTeam,
    PossibleRelaxation,
    PreferencesRanked,
    Quality,
    TeamChallengeChanged,
    TeamDissolved,
    TeamFormed,
    TeamMerged,
    WaiverGranted,
)
from domain.foundation import (
    AssignmentId,
    ChallengeId,
    Code,
    Digest,
    Event,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
)
from projections.query import ViewQuery
from projections.view import EventMetadata, On, View, ids, one_row, row_per_field, row_per_id

Stage = Literal["formed", "active", "presenting", "following_up", "concluded", "dissolved", "merged"]
STAGES: tuple[Stage, ...] = ("formed", "active", "presenting", "following_up", "concluded")
"""The stages of a team, in order. One step back is possible: active to formed, if its only gathering was not held after all."""
ENDED: tuple[Stage, ...] = ("concluded", "dissolved", "merged")


class Preferences(Struct, frozen=True, kw_only=True, rename=ids("person", "programme")):
    """One row per person and programme: `person/programme`. `ranking`: best first."""

    person: PersonId
    programme: ProgrammeId
    ranking: tuple[ChallengeId, ...]
    motivation: Words | None
    in_person: bool
    ranked_at: datetime


class Impossible(Struct, frozen=True):
    """The rule that makes a team assignment impossible, and changes that would make it possible."""

    constraint: Code
    people: int
    needed: int
    teams: int
    relaxations: tuple[PossibleRelaxation, ...]


class Assignment(Struct, frozen=True, kw_only=True, rename=ids("programme", "teams")):
    """One row per team assignment. It is stale if its `input_hash` differs from that of the present input."""

    id: AssignmentId
    programme: ProgrammeId
    status: Literal["solving", "proposed", "infeasible", "adopted"]
    requested_at: datetime
    answered_at: datetime | None = None
    adopted_at: datetime | None = None
    input_hash: Digest | None = None
    solver: Code | None = None
    version: Code | None = None
    proposal: tuple[PlannedTeam, ...] = ()
    objective: Quality | None = None
    unproven: tuple[Code, ...] = ()
    explanations: tuple[PlaceExplanation, ...] = ()
    infeasible: Impossible | None = None
    overrides: tuple[Override, ...] = ()
    teams: tuple[TeamId, ...] = ()


TEAM_IDS = ids("programme", "challenge", "organisation", "members") | {
    "former": "former_member_ids",
    "into": "into_team_id",
}


class Team(Struct, frozen=True, kw_only=True, rename=TEAM_IDS):
    """One row per CoP. `number`: distinguishes teams on the same challenge. `members`: the last ones, if it has ended.

    `former`: members who left. `into`: the CoP into which this one merged. `waiver_until`: the last day on which it may be too
    small. `gatherings_held`: the number of its gatherings recorded as held. `warnings`: added when the row is shown.
    """

    id: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId | None
    number: int
    status: Stage
    members: tuple[PersonId, ...]
    former: tuple[PersonId, ...] = ()
    into: TeamId | None = None
    waiver_until: date | None = None
    gatherings_held: int = 0
    warnings: tuple[Code, ...] = ()
    formed_at: datetime


class Member(Struct, frozen=True, kw_only=True, rename=ids("person", "team")):
    """A member of a CoP, a last member if it has ended, or somebody who left it. `id`: that of the person."""

    id: PersonId
    person: PersonId
    team: TeamId
    status: Literal["member", "left"]


def members_of(row: Team) -> list[Member]:
    """The members of a CoP and those who left it, in order of id."""
    stayed = [Member(id=one, person=one, team=row.id, status="member") for one in row.members]
    left = [Member(id=one, person=one, team=row.id, status="left") for one in row.former]
    return sorted([*stayed, *left], key=lambda one: one.id)


def ranked(_: Preferences | None, event: PreferencesRanked, at: EventMetadata) -> Preferences:
    return Preferences(
        person=event.person,
        programme=event.programme,
        ranking=event.ranking,
        motivation=event.motivation,
        in_person=event.own,
        ranked_at=at.recorded_at,
    )


def requested(_: Assignment | None, event: AssignmentRequested, at: EventMetadata) -> Assignment:
    return Assignment(id=event.assignment, programme=event.programme, status="solving", requested_at=at.recorded_at)


def proposed(row: Assignment, event: AssignmentProposed, at: EventMetadata) -> Assignment:
    return replace(
        row,
        status="proposed",
        answered_at=at.recorded_at,
        input_hash=event.input_hash,
        solver=event.solver,
        version=event.version,
        proposal=event.teams,
        objective=event.objective,
        unproven=event.unproven,
        explanations=event.explanations,
    )


def impossible(row: Assignment, event: AssignmentInfeasible, at: EventMetadata) -> Assignment:
    return replace(
        row,
        status="infeasible",
        answered_at=at.recorded_at,
        input_hash=event.input_hash,
        infeasible=Impossible(event.constraint, event.people, event.needed, event.teams, event.relaxations),
    )


def adopted(row: Assignment, event: AssignmentAdopted, at: EventMetadata) -> Assignment:
    return replace(row, status="adopted", adopted_at=at.recorded_at, overrides=event.overrides, teams=event.teams)


def formed(_: Team | None, event: TeamFormed, at: EventMetadata) -> Team:
    return Team(
        id=event.team,
        programme=event.programme,
        challenge=event.challenge,
        organisation=event.organisation,
        number=event.number,
        status="formed",
        members=event.members,
        formed_at=at.recorded_at,
    )


def joined(row: Team, event: MemberJoined, _: EventMetadata) -> Team:
    return with_members(row, (event.person,))


def left(row: Team, event: MemberLeft, _: EventMetadata) -> Team:
    return without_member(row, event.person)


def transferred(row: Team, event: MemberTransferred, _: EventMetadata) -> Team:
    return with_members(row, (event.person,)) if row.id == event.to_team else without_member(row, event.person)


def merged(row: Team, event: TeamMerged, _: EventMetadata) -> Team:
    if row.id == event.into:
        return with_members(row, event.members)
    return replace(row, status="merged", into=event.into)


def dissolved(row: Team, _: TeamDissolved, __: EventMetadata) -> Team:
    return replace(row, status="dissolved")


def with_members(row: Team, people: tuple[PersonId, ...]) -> Team:
    """Add members after the present ones, in order of id."""
    return replace(
        row,
        members=(*row.members, *sorted(set(people) - set(row.members))),
        former=tuple(one for one in row.former if one not in people),
    )


def without_member(row: Team, person: PersonId) -> Team:
    """Make a member a former member."""
    return replace(row, members=tuple(one for one in row.members if one != person), former=(*row.former, person))


def waived(row: Team, event: WaiverGranted, _: EventMetadata) -> Team:
    return replace(row, waiver_until=event.until)


def gathered(row: Team, event: GatheringHeld, at: EventMetadata) -> Team:
    return replace(reached("active")(row, event, at), gatherings_held=row.gatherings_held + 1)


def gathering_corrected(row: Team, event: HoldingCorrected, _: EventMetadata) -> Team:
    if event.took_place:
        return row
    left = row.gatherings_held - 1
    return replace(row, gatherings_held=left, status="formed" if row.status == "active" and not left else row.status)


def reached(stage: Stage) -> Callable[[Team, Event, EventMetadata], Team]:
    """The fold of an event by which a CoP reaches `stage`, unless it is further already."""

    def fold(row: Team, _: Event, __: EventMetadata) -> Team:
        further = row.status in STAGES[: STAGES.index(stage)]
        return replace(row, status=stage) if further else row

    return fold


def recommissioned(row: Team, event: ChallengeRecommissioned, _: EventMetadata) -> Team:
    return replace(row, organisation=event.organisation)


def challenge_changed(row: Team, event: TeamChallengeChanged, _: EventMetadata) -> Team:
    return replace(row, challenge=event.challenge, organisation=event.organisation)


PREFERENCES = View(
    "preferences",
    Preferences,
    {PreferencesRanked: On(one_row("person", "programme"), ranked)},
    key=("person", "programme"),
)
ASSIGNMENTS = View(
    "assignments",
    Assignment,
    {
        AssignmentRequested: On(one_row("assignment"), requested),
        AssignmentProposed: On(one_row("assignment"), proposed),
        AssignmentInfeasible: On(one_row("assignment"), impossible),
        AssignmentAdopted: On(one_row("assignment"), adopted),
    },
)
TEAMS = View(
    "teams",
    Team,
    {
        TeamFormed: On(one_row("team"), formed),
        MemberJoined: On(one_row("team"), joined),
        MemberLeft: On(one_row("team"), left),
        MemberTransferred: On(row_per_field("team", "to_team"), transferred),
        TeamMerged: On(row_per_field("team", "into"), merged),
        TeamDissolved: On(one_row("team"), dissolved),
        WaiverGranted: On(one_row("team"), waived),
        ChallengeRecommissioned: On(row_per_id("teams"), recommissioned),
        TeamChallengeChanged: On(one_row("team"), challenge_changed),
        GatheringHeld: On(row_per_id("teams"), gathered),
        HoldingCorrected: On(row_per_id("teams"), gathering_corrected),
        AdvicePresented: On(one_row("team"), reached("presenting")),
        AdviceDelivered: On(one_row("team"), reached("following_up")),
        ProgrammeConcluded: On(row_per_id("teams"), reached("concluded")),
    },
)

ASSIGNMENTS_OF_PROGRAMME = ViewQuery(
    """
    -- The assignments of one programme, in the order in which they were requested.
    select * from {assignments} where programme_id = $3 and key > $1 order by key limit $2
    """,
    ASSIGNMENTS,
)

ASSIGNMENT_THAT_FORMED = ViewQuery(
    """
    -- The adopted assignment of a programme ($1) that formed this CoP ($2).
    select * from {assignments} where programme_id = $1 and $2 = any(team_ids) limit 1
    """,
    ASSIGNMENTS,
)

TOO_SMALL = Code("below-minimum")
TOO_LARGE = Code("above-maximum")


def with_warnings(row: Team, policies: Policies, today: date) -> Team:
    """The row with warnings on a day: too few members and no waiver, or too many (rule 10)."""
    if row.status in ENDED:
        return row
    waived = row.waiver_until is not None and today <= row.waiver_until
    too_small = () if waived or len(row.members) >= policies.min_team else (TOO_SMALL,)
    too_large = () if len(row.members) <= policies.max_team else (TOO_LARGE,)
    return replace(row, warnings=(*too_small, *too_large))


TEAMS_OF_PROGRAMME = ViewQuery(
    """
    -- The CoPs of one programme; for contacts, those on challenges of their organisations ($5).
    select * from {teams}
    where programme_id = $3 and key > $1 and ($4 or organisation_id = any($5))
    order by key limit $2
    """,
    TEAMS,
)

TEAMS_OF_CHALLENGES = ViewQuery(
    """
    -- The CoPs that work, or worked last, on these challenges ($1), at most $2.
    select * from {teams} where challenge_id = any($1) order by key limit $2
    """,
    TEAMS,
)

TEAMS_OF_MEMBER = ViewQuery(
    """
    -- The CoPs of which a person ($1) is a member, or a last member, in a programme ($2; null: in any), at most $3.
    select * from {teams} where $1 = any(member_ids) and ($2::text is null or programme_id = $2) order by key limit $3
    """,
    TEAMS,
)
